//! Requests and answers, against a store of a few series.

use proptest::prelude::*;

use super::*;

/// Two pods that are asked 10 and 20 times a second from 0 to 600 s, one error a second of the first, scraped every 5 s; `b`
/// ends at 300 s.
fn db() -> Tsdb {
    let mut db = Tsdb::default();
    for (pod, code, rate) in [("a", "200", 10.0), ("a", "500", 1.0), ("b", "200", 20.0)] {
        let id = db.series("http_requests_total", &[("pod", pod), ("code", code)]);
        for n in 0..=120_i64 {
            let at = Moment::from_secs(n * 5);
            match n {
                0..=60 => assert!(db.append(id, at, num::float(n * 5) * rate)),
                61 if pod == "b" => assert!(db.append(id, at, super::super::stale())),
                _ if pod == "b" => {}
                _ => assert!(db.append(id, at, num::float(n * 5) * rate)),
            }
        }
    }
    db
}

fn get(path: &str, query: &str) -> (u16, Json) {
    answer(&db(), &format!("/api/v1/{path}"), query, b"", Moment::from_secs(600))
}

fn escaped(text: &str) -> String {
    text.bytes().fold(String::new(), |all, byte| all + &format!("%{byte:02X}"))
}

/// The values of an instant query, with their labels.
fn ask(query: &str, time: i64) -> Vec<(String, String)> {
    let (code, body) = get("query", &format!("query={}&time={time}", escaped(query)));
    assert_eq!(code, 200, "{query}: {body}");
    let rows = body["data"]["result"].as_array().unwrap();
    let text = |json: &Json| json.as_str().unwrap().to_owned();
    rows.iter().map(|row| (row["metric"].to_string(), text(&row["value"][1]))).collect()
}

fn one(query: &str, time: i64) -> String {
    let rows = ask(query, time);
    assert_eq!(rows.len(), 1, "{query}: {rows:?}");
    rows[0].1.clone()
}

fn error(query: &str) -> (u16, String) {
    let (code, body) = get("query", &format!("query={}", escaped(query)));
    assert_eq!(body["status"], "error", "{query}: {body}");
    (code, body["error"].as_str().unwrap().to_owned())
}

#[test]
fn the_queries_of_a_release_are_answered() {
    assert_eq!(one("sum(rate(http_requests_total[1m]))", 300), "31");
    assert_eq!(
        one(r#"sum(rate(http_requests_total{code=~"5.."}[1m])) / sum(rate(http_requests_total[1m]))"#, 600),
        "0.09090909090909091"
    );
    assert_eq!(
        ask("sum by (pod) (rate(http_requests_total[1m]))", 300),
        [(r#"{"pod":"a"}"#.into(), "11".into()), (r#"{"pod":"b"}"#.into(), "20".into())]
    );
    assert_eq!(one(r#"sum(rate(http_requests_total{code="404"}[1m])) or vector(0)"#, 300), "0");
    assert_eq!(one("count(http_requests_total) + 1", 300), "4");
    assert_eq!(one("-max without (pod, code) (http_requests_total)", 300), "-6000");
    assert_eq!(one("topk(1, http_requests_total)", 300), "6000");
    assert_eq!(one(r#"label_replace(topk(1, http_requests_total), "rs", "$1-x", "pod", "(.*)") == 6000"#, 300), "6000");
    assert_eq!(one("avg(http_requests_total offset 5m)", 600), "3100");
    assert_eq!(one("http_requests_total{code='200'} / on (pod) http_requests_total{code='500'}", 600), "10");
    assert_eq!(one("clamp_max(http_requests_total{code='500'}, 7)", 600), "7");
    assert_eq!(get("query", "query=1+%3C+bool+2+*+3").1["data"], json!({"resultType": "scalar", "result": [600, "1"]}));
}

#[test]
fn an_ended_series_is_gone_at_once_and_a_silent_one_after_five_minutes() {
    assert_eq!(ask(r#"http_requests_total{pod="b"}"#, 304).len(), 1);
    assert_eq!(ask(r#"http_requests_total{pod="b"}"#, 305).len(), 0);
    assert_eq!(ask(r#"http_requests_total{pod="a"}"#, 900).len(), 2);
    assert_eq!(ask(r#"http_requests_total{pod="a"}"#, 901).len(), 0);
}

#[test]
fn a_range_query_answers_at_its_own_steps() {
    let (code, body) = get("query_range", "query=http_requests_total%7Bpod%3D%22b%22%7D&start=297.5&end=310&step=5");
    assert_eq!(code, 200);
    assert_eq!(
        body["data"],
        json!({"resultType": "matrix", "result": [{
            "metric": {"__name__": "http_requests_total", "code": "200", "pod": "b"},
            "values": [[297.5, "5900"], [302.5, "6000"]],
        }]})
    );
    let (code, body) = get("query_range", "query=1&start=0&end=11001&step=1");
    assert_eq!((code, body["error"].as_str().unwrap().starts_with("exceeded maximum resolution")), (400, true));
    assert_eq!(get("query_range", "query=1&start=0&end=11000&step=1").0, 200);
    assert_eq!(get("query_range", "query=1&start=10&end=0&step=1").0, 400);
    assert_eq!(get("query_range", "query=up%5B5m%5D&start=0&end=0&step=1").0, 400);
}

#[test]
fn labels_values_series_and_the_rest() {
    assert_eq!(get("labels", "").1["data"], json!(["__name__", "code", "pod"]));
    assert_eq!(get("label/pod/values", "match[]=http_requests_total{code='500'}").1["data"], json!(["a"]));
    assert_eq!(get("label/po-d/values", "").0, 400);
    assert_eq!(get("series", "match[]={pod='b'}&start=600").1["data"], json!([]));
    assert_eq!(get("series", "match[]={pod='b'}").1["data"][0]["pod"], "b");
    assert_eq!(get("series", "").0, 400);
    assert_eq!(get("metadata", "metric=http_requests_total").1["data"]["http_requests_total"][0]["type"], "counter");
    assert_eq!(get("status/buildinfo", "").1["data"]["version"], "2.42.0");
    assert_eq!(get("admin/tsdb/snapshot", "").0, 404);
}

#[test]
fn a_mistake_is_told_as_prometheus_tells_it() {
    let cases = [
        ("", "1:1: parse error: no expression found in input"),
        ("sum(", "1:5: parse error: unclosed left parenthesis"),
        ("up[5m", "1:6: parse error: unclosed left bracket"),
        ("rate(up)", "1:6: parse error: expected type range vector in call to function \"rate\", got instant vector"),
        ("{a=~\".*\"}", "1:1: parse error: vector selector must contain at least one non-empty matcher"),
        ("sum(1)", "1:5: parse error: expected type instant vector in aggregation expression, got scalar"),
        ("1 > 2", "1:3: parse error: comparisons between scalars must use BOOL modifier"),
        ("up\n + nope(1)", "2:4: parse error: unknown function with name \"nope\""),
        ("rate(up[5m], 1)", "1:1: parse error: expected 1 argument(s) in call to \"rate\", got 2"),
    ];
    for (query, sentence) in cases {
        assert_eq!(error(query), (400, format!("invalid parameter \"query\": {sentence}")));
    }
}

#[test]
fn what_is_not_in_the_subset_is_refused_and_not_guessed() {
    let queries = [
        "absent(up)",
        "quantile(0.5, up)",
        "up ^ 2",
        "up % 2",
        "rate(up[5m:1m])",
        "up @ 5",
        "up * on (pod) group_left up",
    ];
    for query in queries {
        let (code, sentence) = error(query);
        assert_eq!(code, 422, "{query}: {sentence}");
        assert!(sentence.contains("not in the subset of PromQL"), "{sentence}");
    }
    let (code, sentence) = error("http_requests_total / on (pod) http_requests_total");
    assert_eq!(code, 422);
    assert!(
        sentence.starts_with("found duplicate series for the match group {pod=\"a\"} on the right hand-side"),
        "{sentence}"
    );
}

#[test]
fn values_are_written_as_go_writes_them() {
    for (value, text) in [
        (0.1, "0.1"),
        (1e21, "1e+21"),
        (1e-7, "1e-7"),
        (123_456_789.0, "123456789"),
        (-0.0, "-0"),
        (f64::INFINITY, "+Inf"),
        (f64::NAN, "NaN"),
    ] {
        assert_eq!(written(value), text);
    }
}

proptest! {
    #[test]
    fn nothing_makes_it_panic(query in r#"([ -~\n]{0,12}|(sum|rate|by|offset|up|[0-9]{1,3}[smx]|[(){}\[\]=!~<>+*/,"'.:-]| ){0,24})"#) {
        let (code, _) = get("query", &format!("query={}", escaped(&query)));
        prop_assert!(matches!(code, 200 | 400 | 422));
    }

    #[test]
    fn nor_does_any_request(path in "[ -~]{0,20}", form in "[ -~]{0,40}", body in prop::collection::vec(any::<u8>(), 0..40)) {
        let _ = answer(&db(), &path, &form, &body, Moment(0));
    }
}

#[test]
fn deep_queries_are_refused() {
    let (code, sentence) = error(&format!("{}1{}", "(".repeat(9_000), ")".repeat(9_000)));
    assert_eq!(code, 422, "{sentence}");
    assert_eq!(error(&"-".repeat(9_000)).0, 422);
    assert_eq!(error(&vec!["1"; 9_000].join("+")).0, 422);
}
