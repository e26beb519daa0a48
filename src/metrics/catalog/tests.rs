use super::*;
use crate::domain::{Kind, Labels, sample};

/// A Service of `monitoring` with these labels and ports.
fn service(name: &str, labels: &[(&str, &str)], ports: &[(&str, i32)]) -> Service {
    let mut meta = sample::meta(Kind::SERVICE, name);
    (meta.at.namespace, meta.labels) = ("monitoring".into(), sample::labels(labels));
    let port = |(name, number): &(&str, i32)| Port { name: (*name).into(), number: *number };
    Service { meta, selector: Labels::default(), ports: ports.iter().map(port).collect(), is_sticky: false }
}

/// What it is taken for: product, the proxy's name for it with the prefix.
fn taken(name: &str, labels: &[(&str, &str)], ports: &[(&str, i32)]) -> Option<(&'static str, String)> {
    let service = service(name, labels, ports);
    ranked([&service].into_iter()).pop().map(|found| (found.product, found.service + found.prefix))
}

#[test]
fn what_charts_and_operators_install_is_recognised() {
    let by_name = |name| [(NAME, name)];
    for (product, outlet, name, labels, ports) in [
        ("Prometheus", "prometheus:9090", "prometheus", &[][..], &[("http", 9090)][..]),
        ("Prometheus", "prom-prometheus-server:80", "prom-prometheus-server", &by_name("prometheus"), &[("http", 80)]),
        (
            "Prometheus",
            "ps-kube-prom-prometheus:9090",
            "ps-kube-prom-prometheus",
            &[("app", "kube-prometheus-stack-prometheus")],
            &[("reloader-web", 8080), ("http-web", 9090)],
        ),
        (
            "Prometheus",
            "prometheus-k8s:9090",
            "prometheus-k8s",
            &by_name("prometheus"),
            &[("web", 9090), ("reloader-web", 8080)],
        ),
        (
            "Prometheus operator",
            "prometheus-operated:9090",
            "prometheus-operated",
            &[("operated-prometheus", "true")],
            &[("web", 9090)],
        ),
        (
            "Thanos Query",
            "thanos-query:9090",
            "thanos-query",
            &by_name("thanos-query"),
            &[("grpc", 10901), ("http", 9090)],
        ),
        (
            "Thanos Query",
            "t-thanos-query:9090",
            "t-thanos-query",
            &[(NAME, "thanos"), (COMPONENT, "query")],
            &[("http", 9090)],
        ),
        (
            "VictoriaMetrics cluster",
            "vmselect-main:8481/select/0/prometheus",
            "vmselect-main",
            &by_name("vmselect"),
            &[("http", 8481)],
        ),
        ("VictoriaMetrics", "vmsingle-main:8428", "vmsingle-main", &by_name("vmsingle"), &[("http", 8428)]),
        (
            "Mimir",
            "mimir-gateway:80/prometheus",
            "mimir-gateway",
            &[(NAME, "mimir"), (COMPONENT, "gateway")],
            &[("http-metrics", 80)],
        ),
        ("Thanos Query", "https:thanos-querier:443", "thanos-querier", &[], &[("https-web", 443)]),
    ] {
        assert_eq!(taken(name, labels, ports), Some((product, outlet.to_owned())), "{name}");
    }
}

#[test]
fn what_is_installed_beside_it_is_not() {
    let prometheus = [("app", "prometheus")];
    for (name, ports) in [
        ("prometheus-alertmanager", [("http", 9093)]),
        ("prometheus-pushgateway", [("http", 9091)]),
        ("prometheus-node-exporter", [("metrics", 9100)]),
        ("prometheus-operator", [("http", 8080)]),
        ("prometheus-sidecar", [("grpc", 10901)]),
    ] {
        assert_eq!(taken(name, &prometheus, &ports), None, "{name}");
    }
    assert_eq!(taken("web", &[], &[("http", 9090)]), None, "a port alone says nothing");
    assert_eq!(taken("prometheusish", &[], &[("http", 9090)]), None);
}

#[test]
fn what_its_selector_says_counts_too() {
    let mut operated = service("metrics-store", &[], &[("web", 9090)]);
    operated.selector = sample::labels(&[(NAME, "prometheus")]);
    assert_eq!(ranked([&operated].into_iter()).len(), 1);
}

#[test]
fn the_order_is_product_labels_usual_namespace_name() {
    let place = |mut service: Service, namespace: &str| {
        service.meta.at.namespace = namespace.into();
        service
    };
    let (labels, port) = ([(NAME, "prometheus")], [("web", 9090)]);
    let all = [
        service("prometheus-operated", &[("operated-prometheus", "true")], &port),
        place(service("prometheus", &labels, &port), "team"),
        service("a-prometheus", &[], &port),
        service("prometheus-b", &labels, &port),
        service("prometheus-a", &labels, &port),
        place(service("thanos-query", &[], &port), "team"),
    ];
    let order = |all: &[Service]| -> Vec<String> {
        ranked(all.iter()).into_iter().map(|found| format!("{}/{}", found.namespace, found.service)).collect()
    };
    let wanted = [
        "team/thanos-query:9090",
        "monitoring/prometheus-a:9090",
        "monitoring/prometheus-b:9090",
        "team/prometheus:9090",
        "monitoring/a-prometheus:9090",
        "monitoring/prometheus-operated:9090",
    ];
    assert_eq!(order(&all), wanted);
    let mut turned = all.clone();
    turned.reverse();
    assert_eq!(order(&turned), wanted, "whatever order they come in");
}
