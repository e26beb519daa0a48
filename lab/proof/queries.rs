//! The questions: each query at moments that matter and over a range; mistakes; the other paths of the API.

use super::compare::Ask;

/// Answered by both.
const QUERIES: &[&str] = &[
    "up",
    "sum(up)",
    "count(up == 1)",
    "up == 0",
    "http_requests_total",
    r#"http_requests_total{code="500"}"#,
    r#"http_requests_total{code!="200",pod=~"web-.*"}"#,
    r#"{__name__=~"http_requests_total|ingress_requests_total",code!~"2.."}"#,
    r#"http_requests_total{pod=~"web-(aaa|bbb)-[0-2]"}"#,
    r#"http_requests_total{absent=""}"#,
    "http_requests_total offset 5m",
    "http_requests_total offset -1m",
    "http_requests_total[1m]",
    "http_requests_total{code='500'}[90s] offset 2m",
    "rate(http_requests_total[1m])",
    "rate(http_requests_total[20s])",
    "rate(http_requests_total[7s])",
    "rate(http_requests_total[5m])",
    "rate(http_requests_total[5m] offset 3m)",
    "increase(http_requests_total[10m])",
    "increase(http_requests_total[1h])",
    "irate(http_requests_total[1m])",
    "irate(container_cpu_usage_seconds_total[5m])",
    "rate(container_cpu_usage_seconds_total[2m])",
    "rate(http_request_duration_seconds_sum[1m]) / rate(http_request_duration_seconds_count[1m])",
    "sum(rate(http_requests_total[1m]))",
    "sum by (pod) (rate(http_requests_total[1m]))",
    "sum(rate(http_requests_total[1m])) by (service, code)",
    "sum without (pod, code) (rate(http_requests_total[1m]))",
    "avg by (service) (container_memory_working_set_bytes)",
    "avg without (pod) (rate(container_cpu_usage_seconds_total[1m]))",
    "min by (service) (http_requests_total)",
    "max(container_memory_working_set_bytes)",
    "count by (service) (http_requests_total)",
    "count(http_requests_total > 1000)",
    "topk(3, rate(http_requests_total[2m]))",
    "bottomk by (service) (1, http_requests_total)",
    "topk(0, up)",
    r#"sum(rate(http_requests_total{code=~"5.."}[1m])) / sum(rate(http_requests_total[1m]))"#,
    r#"sum by (pod) (rate(http_requests_total{code=~"5.."}[1m])) / sum by (pod) (rate(http_requests_total[1m]))"#,
    r#"sum(rate(http_requests_total{code="404"}[1m])) or vector(0)"#,
    r#"sum by (pod) (rate(http_requests_total{code="500"}[1m])) or 0 * sum by (pod) (rate(http_requests_total[1m]))"#,
    "histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket[1m])))",
    "histogram_quantile(0.5, sum by (le, pod) (rate(http_request_duration_seconds_bucket[1m])))",
    "histogram_quantile(0.95, rate(http_request_duration_seconds_bucket[5m]))",
    "histogram_quantile(0, sum by (le) (http_request_duration_seconds_bucket))",
    "histogram_quantile(1, sum by (le) (http_request_duration_seconds_bucket))",
    "histogram_quantile(1.5, sum by (le) (http_request_duration_seconds_bucket))",
    "histogram_quantile(-1, sum by (le) (http_request_duration_seconds_bucket))",
    "histogram_quantile(NaN, sum by (le) (http_request_duration_seconds_bucket))",
    r#"histogram_quantile(0.9, sum by (le) (rate(http_request_duration_seconds_bucket{le!="+Inf"}[1m])))"#,
    r#"histogram_quantile(0.9, sum by (le) (rate(http_request_duration_seconds_bucket{le="+Inf"}[1m])))"#,
    "histogram_quantile(0.9, http_requests_total)",
    "histogram_quantile(0.9, sum by (le) (rate(http_request_duration_seconds_bucket{service='cart'}[30s])) * 0)",
    r#"histogram_quantile(0.999, sum by (le) (rate(http_request_duration_seconds_bucket{pod=~"web-bbb.*"}[3m])))"#,
    "1 + 2 * 3 - 4 / 8",
    "-1 / 0",
    "0 / 0",
    "1 > bool 2",
    "2 >= bool 2",
    "http_requests_total * 2 > 5000",
    "1000 < http_requests_total",
    "http_requests_total > bool 1000",
    "http_requests_total != http_requests_total",
    "http_requests_total == http_requests_total",
    "http_request_duration_seconds_sum / http_request_duration_seconds_count * 1000",
    r#"http_requests_total{code="200"} - ignoring (code) http_requests_total{code="500"}"#,
    r#"http_requests_total{code="200"} > on (pod) http_requests_total{code="500"}"#,
    r#"http_requests_total{code="200"} >= bool on (pod) http_requests_total{code="500"}"#,
    r#"http_requests_total and on (pod) http_requests_total{code="500"}"#,
    r#"up unless on (pod) http_requests_total{code="500"}"#,
    r#"up or http_requests_total{code="500"}"#,
    "-rate(http_requests_total[1m])",
    "+up",
    "-up * 3 + 1",
    "clamp_min(rate(http_requests_total[1m]), 20)",
    "clamp_max(rate(http_requests_total[1m]), 20)",
    "clamp_max(up, NaN)",
    r#"sum by (rs) (label_replace(rate(http_requests_total[1m]), "rs", "$1", "pod", "(.*)-[^-]+"))"#,
    r#"label_replace(up, "le", "${1}x", "pod", "nothing(.*)")"#,
    r#"label_replace(up, "pod", "", "pod", "web-aaa.*") unless vector(1)"#,
    "vector(1)",
    "vector(Inf)",
    "vector(1e-9) * 0x10",
    "vector(1e22)",
    "count(up) + on () vector(1)",
    "nothing_of_that_name",
    "sum(nothing_of_that_name)",
    "rate(nothing_of_that_name[5m])",
    "'text'",
    "sum by () (up)",
    "sum(up) # the end",
    "max by (__name__) ({service='web', __name__=~'up|http_requests_total'})",
];

/// Refused by both, in the same words.
const MISTAKES: &[&str] = &[
    "",
    "sum(",
    "sum()",
    "up[5m",
    "rate(up)",
    "rate(up[5m], 1)",
    "{}",
    r#"{a=~".*"}"#,
    "up{a}",
    "up{a=1}",
    "up{a='b'",
    "sum(1)",
    "1 > 2",
    "1 and 2",
    "up +",
    "up up",
    "up 1.50",
    "up by (pod)",
    "sum(5m",
    "sum by (1) (up)",
    "up)",
    "up]",
    "up{{}",
    "up{a=='b'}",
    "up{a~'b'}",
    "up{a='b' c='d'}",
    "1[5m]",
    "sum(up)[5m]",
    "up[5x]",
    "up[up]",
    "up offset up",
    "rate(up[5m]) offset 5m",
    "bool",
    "up + bool up",
    "sum by pod (up)",
    "sum(up, up)",
    "topk(up, up)",
    "histogram_quantile(up, up)",
    "label_replace(up, 1, 'a', 'b', 'c')",
    "rate(rate(up[5m]))",
    "up[5m] + 1",
    "vector(up)",
    "vector()",
    "'a' + 1",
    "nope(1)",
    "up ;",
    "'open",
    "up[0s]",
    "5m",
    "topk(up)",
    "up > bool on (pod",
    "-'a'",
    "(up)[5m]",
    "1 offset 5m",
    "up{a=~'('}",
    r#"up{__name__="down"}"#,
    "http_requests_total / on (service) http_requests_total",
    "up + on (service) sum by (service) (up)",
    r#"label_replace(up, "pod", "x", "pod", ".*")"#,
    r#"label_replace(up, "0", "x", "pod", ".*")"#,
    r#"rate({__name__=~"http_requests_total|ingress_requests_total|up"}[1m]) + {__name__=~"up|.*memory.*"}"#,
];

/// Everything.
pub(crate) fn all(from: i64, to: i64) -> Vec<Ask> {
    let mut asks = Vec::new();
    for query in QUERIES {
        for time in [from + 300, from + 655, from + 1_205, from + 1_505, to + 290] {
            asks.push(ask("query", &[("query", query), ("time", &time.to_string())]));
        }
        asks.push(ask("query", &[("query", query), ("time", &format!("{}.337", from + 907))]));
        // Ranges of the samples have no value of their own in a range query: a mistake in both.
        let (start, end) = ((from - 30).to_string(), (to + 330).to_string());
        asks.push(ask("query_range", &[("query", query), ("start", &start), ("end", &end), ("step", "15")]));
        let start = format!("{}.123", from + 590);
        let end = (from + 700).to_string();
        asks.push(ask("query_range", &[("query", query), ("start", &start), ("end", &end), ("step", "1.5")]));
    }
    for query in MISTAKES {
        let time = (from + 650).to_string();
        asks.push(ask("query", &[("query", query), ("time", &time)]));
    }
    let (start, end) = (from.to_string(), to.to_string());
    for step in ["0", "x", "-5", "0.01", "1m30s"] {
        asks.push(ask("query_range", &[("query", "sum(up)"), ("start", &start), ("end", &end), ("step", step)]));
    }
    asks.push(ask("query_range", &[("query", "up"), ("start", &end), ("end", &start), ("step", "5")]));
    asks.push(ask("query_range", &[("query", "up"), ("start", "soon"), ("end", &start), ("step", "5")]));
    asks.push(ask("query", &[("query", "up"), ("time", "soon")]));
    asks.push(ask("query", &[("query", "up"), ("time", "2023-11-15T12:10:00.5Z")]));
    asks.push(ask("labels", &[]));
    asks.push(ask("labels", &[("match[]", "up")]));
    asks.push(ask("label/__name__/values", &[]));
    asks.push(ask("label/pod/values", &[("match[]", "up{service='cart'}"), ("match[]", "up{pod='web-bbb-1'}")]));
    asks.push(ask("label/po-d/values", &[]));
    asks.push(ask("labels", &[("match[]", "{}")]));
    asks.push(ask("labels", &[("match[]", "up{")]));
    asks.push(ask("series", &[]));
    asks.push(ask("series", &[("match[]", "{}")]));
    asks.push(ask("series", &[("match[]", "up")]));
    asks.push(ask("series", &[("match[]", "up["), ("match[]", "up")]));
    asks
}

fn ask(path: &str, form: &[(&str, &str)]) -> Ask {
    let form = form.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Ask { path: path.into(), form }
}
