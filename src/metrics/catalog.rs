//! Which Services look like something that answers Prometheus' queries, and which of them is asked first: a table. Nothing is
//! asked here.
//!
//! Sources of the rows: the Services that these install, with their labels and ports: the Helm charts `prometheus` and
//! `kube-prometheus-stack` (prometheus-community), the Prometheus operator (`prometheus-operated`), kube-prometheus
//! (`prometheus-k8s`), Istio's and Linkerd's add-ons, kube-thanos, bitnami's `thanos`, `OpenShift`'s `thanos-querier`,
//! `VictoriaMetrics`' charts and operator, Grafana's `mimir-distributed`.

use crate::domain::{Name, Port, Service};

/// One way to look. The rows come in the order of preference: what stands in front of several sees what all of them have, and
/// answers while one of them is away.
pub(super) struct Row {
    /// Its name.
    pub(super) product: &'static str,
    /// Sets of labels; a Service that has one of them whole, or selects pods by it, is one.
    labels: &'static [&'static [(&'static str, &'static str)]],
    /// Names; also those of a release, which end with `-NAME`.
    names: &'static [&'static str],
    /// Names of the port, then numbers, the best first; without any of them it is none.
    ports: (&'static [&'static str], &'static [i32]),
    /// Where below its root the query paths are. The reading client lets no others through.
    pub(super) prefix: &'static str,
}

const NAME: &str = "app.kubernetes.io/name";
const COMPONENT: &str = "app.kubernetes.io/component";

const ROWS: [Row; 8] = [
    Row {
        product: "Mimir",
        labels: &[&[(NAME, "mimir"), (COMPONENT, "gateway")], &[(NAME, "mimir"), (COMPONENT, "nginx")]],
        names: &["mimir-gateway", "mimir-nginx"],
        ports: (&["http-metrics", "http-metric", "http"], &[80, 8080]),
        prefix: "/prometheus",
    },
    Row {
        product: "Thanos Query Frontend",
        labels: &[&[(NAME, "thanos"), (COMPONENT, "query-frontend")], &[(NAME, "thanos-query-frontend")]],
        names: &["thanos-query-frontend"],
        ports: (&["http"], &[9090, 10902]),
        prefix: "",
    },
    Row {
        product: "Thanos Query",
        labels: &[&[(NAME, "thanos-query")], &[(NAME, "thanos"), (COMPONENT, "query")], &[("app", "thanos-query")]],
        names: &["thanos-query", "thanos-querier"],
        ports: (&["http", "web"], &[9090, 10902, 9091]),
        prefix: "",
    },
    Row {
        product: "VictoriaMetrics cluster",
        labels: &[&[(NAME, "vmselect")], &[("app", "vmselect")]],
        names: &["vmselect"],
        ports: (&["http"], &[8481]),
        prefix: "/select/0/prometheus",
    },
    Row {
        product: "Prometheus",
        labels: &[&[(NAME, "prometheus")], &[("app", "prometheus")], &[("app", "kube-prometheus-stack-prometheus")]],
        names: &["prometheus", "prometheus-server", "prometheus-k8s"],
        ports: (&["http-web", "web", "http-prometheus", "admin", "admin-http", "http"], &[9090]),
        prefix: "",
    },
    Row {
        product: "VictoriaMetrics",
        labels: &[&[(NAME, "vmsingle")], &[(NAME, "victoria-metrics-single")], &[("app", "vmsingle")]],
        names: &["vmsingle", "victoria-metrics", "victoria-metrics-single-server"],
        ports: (&["http"], &[8428, 8429]),
        prefix: "",
    },
    Row {
        product: "Mimir query frontend",
        labels: &[&[(NAME, "mimir"), (COMPONENT, "query-frontend")]],
        names: &["mimir-query-frontend"],
        ports: (&["http-metrics"], &[8080]),
        prefix: "/prometheus",
    },
    // Every replica by turns, which have not seen the same; usually there is another Service in front of them.
    Row {
        product: "Prometheus operator",
        labels: &[&[("operated-prometheus", "true")]],
        names: &["prometheus-operated"],
        ports: (&["http-web", "web"], &[9090]),
        prefix: "",
    },
];

/// Parts of names of what is installed beside a Prometheus, often with its labels.
const BESIDE: [&str; 9] = [
    "alertmanager",
    "pushgateway",
    "exporter",
    "-operator",
    "adapter",
    "kube-state-metrics",
    "grafana",
    "-headless",
    "blackbox",
];

/// Where a Prometheus usually is: looked at where Services of all namespaces may not be listed, and preferred in this order.
pub(super) const USUAL: [&str; 12] = [
    "monitoring",
    "observability",
    "prometheus",
    "kube-prometheus-stack",
    "thanos",
    "mimir",
    "victoria-metrics",
    "metrics",
    "openshift-monitoring",
    "cattle-monitoring-system",
    "istio-system",
    "linkerd-viz",
];

/// A Service that looks like one, and where its answers are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) namespace: Name,
    /// Its name and port, as the API server's proxy takes it.
    pub(super) service: String,
    pub(super) product: &'static str,
    pub(super) prefix: &'static str,
}

/// Those that look like one, the best first: by product, then those that labels tell before those that only their names tell,
/// then by namespace and name, so that the same cluster has the same order every time.
pub(super) fn ranked<'s>(services: impl Iterator<Item = &'s Service>) -> Vec<Found> {
    let mut all: Vec<_> = services.filter_map(found).collect();
    all.sort_by(|(one, _), (other, _)| one.cmp(other));
    all.into_iter().map(|(_, found)| found).collect()
}

/// Row, whether only its name tells, place of its namespace among the usual ones, namespace, name.
type Order = (usize, bool, usize, Name, Name);

fn found(service: &Service) -> Option<(Order, Found)> {
    let at = &service.meta.at;
    if BESIDE.iter().any(|part| at.name.contains(part)) {
        return None;
    }
    let told = |row: &Row| row.is_told_by_labels(service).then_some(false).or(row.is_named(&at.name).then_some(true));
    let (place, row, by_name) = ROWS.iter().enumerate().find_map(|(place, row)| Some((place, row, told(row)?)))?;
    let port = row.port(&service.ports)?;
    let is_tls = port.name.starts_with("https") || matches!(port.number, 443 | 8443);
    let scheme = if is_tls { "https:" } else { "" };
    let found = Found {
        namespace: at.namespace.clone(),
        service: format!("{scheme}{}:{}", at.name, port.number),
        product: row.product,
        prefix: row.prefix,
    };
    let usual = USUAL.iter().position(|usual| *usual == at.namespace.as_str()).unwrap_or(USUAL.len());
    Some(((place, by_name, usual, at.namespace.clone(), at.name.clone()), found))
}

impl Row {
    fn is_told_by_labels(&self, service: &Service) -> bool {
        let (labels, selector) = (&service.meta.labels, &service.selector);
        self.labels.iter().any(|set| {
            [labels, selector]
                .iter()
                .any(|held| set.iter().all(|(key, value)| held.get(key).is_some_and(|is| is.as_str() == *value)))
        })
    }

    fn is_named(&self, name: &str) -> bool {
        let of_release = |own: &str| name.strip_suffix(own).is_some_and(|release| release.ends_with('-'));
        self.names.iter().any(|own| name == *own || of_release(own))
    }

    fn port<'p>(&self, ports: &'p [Port]) -> Option<&'p Port> {
        let (names, numbers) = self.ports;
        let by_name = names.iter().find_map(|name| ports.iter().find(|port| port.name.as_str() == *name));
        let tls = || ports.iter().find(|port| port.name.starts_with("https"));
        by_name
            .or_else(|| numbers.iter().find_map(|number| ports.iter().find(|port| port.number == *number)))
            .or_else(tls)
    }
}

#[cfg(test)]
mod tests;
