//! Addresses that objects of a cluster name: which of them lead to a Service of the same cluster, and so can be asked through
//! the API server. All others are never contacted because of that: an object must not make this machine send anything anywhere.

use reqwest::Url;

use super::{Upstream, Way, settings::is_prefix};
use crate::domain::Named;

/// Of an address: the way to its Service, or why it is not asked by itself.
pub(super) fn way(named: &Named) -> Result<Way, String> {
    let address = named.address.as_str();
    let url = Url::parse(address).map_err(|error| format!("this is no address: {error}"))?;
    let port = match (url.scheme(), url.port()) {
        ("http", port) => port.unwrap_or(80),
        ("https", port) => port.unwrap_or(443),
        _ => return Err("this is no address of HTTP".to_owned()),
    };
    let host = url.host_str().unwrap_or_default().trim_end_matches('.');
    let labels: Vec<&str> = host.split('.').collect();
    let (name, namespace) = match labels.as_slice() {
        [name, namespace] | [name, namespace, "svc", ..] if is_service(name, namespace) => (*name, *namespace),
        [_] if url.domain().is_some() => {
            let says = "it says no namespace, and stands for another Service in each";
            return Err(format!("{says}: --prometheus URL asks one that this machine can reach"));
        }
        _ => {
            let says = "it is outside of the cluster, and nothing is sent there by itself";
            // Others wrote it: it is not handed on where a shell would make more of it.
            let is_plain = |c: char| c.is_ascii_alphanumeric() || ".:/_~-[]".contains(c);
            let what = if address.chars().all(is_plain) { address } else { "URL" };
            return Err(format!("{says}: --prometheus {what} asks it"));
        }
    };
    let prefix = url.path().trim_end_matches('/');
    if !is_prefix(prefix) || url.query().is_some() {
        return Err(format!(
            "its path {prefix} is none that is asked through the API server: --prometheus URL takes it"
        ));
    }
    let scheme = if url.scheme() == "https" { "https:" } else { "" };
    let service = format!("{scheme}{name}:{port}");
    Ok(Way::Proxy(Upstream { namespace: namespace.to_owned(), service, prefix: prefix.to_owned() }))
}

/// Whether these can be the names of a Service (RFC 1035) and of a namespace (RFC 1123): segments of a path that mean
/// themselves.
fn is_service(name: &str, namespace: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let is_label = |label: &str| !label.is_empty() && label.chars().all(is_plain);
    name.starts_with(|c: char| c.is_ascii_lowercase()) && is_label(name) && is_label(namespace)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Kind, sample};

    fn of(address: &str) -> Result<String, String> {
        way(&Named::of(address, &sample::at(Kind::METRIC_TEMPLATE, "errors"))).map(|way| way.to_string())
    }

    #[test]
    fn a_service_of_the_cluster_is_asked_through_the_api_server() {
        for (address, service) in [
            ("http://prometheus.monitoring:9090", "monitoring/prometheus:9090"),
            ("http://prometheus.monitoring.svc:9090/", "monitoring/prometheus:9090"),
            ("http://prometheus.monitoring.svc.cluster.local", "monitoring/prometheus:80"),
            ("https://prom-1.ops.svc.corp.example.", "ops/https:prom-1:443"),
            ("http://mimir.mimir:8080/prometheus", "mimir/mimir:8080/prometheus"),
            ("http://me:secret@prometheus.monitoring:9090", "monitoring/prometheus:9090"),
        ] {
            assert_eq!(of(address), Ok(format!("service {service}")), "{address}");
        }
    }

    #[test]
    fn nothing_else_is_asked_by_itself() {
        for (address, why) in [
            ("https://prometheus.example.org", "outside of the cluster"),
            ("http://10.0.0.1:9090", "outside of the cluster"),
            ("http://[::1]:9090", "outside of the cluster"),
            ("http://127.1", "outside of the cluster"),
            ("http://0.monitoring:9090", "outside of the cluster"),
            ("http://prometheus:9090", "says no namespace"),
            ("http://localhost:9090", "says no namespace"),
            ("http://prometheus.monitoring:9090/../../../secrets", "its path /secrets"),
            ("http://prometheus.monitoring:9090/api", "its path /api"),
            ("http://a.b?x=1", "its path"),
            ("file:///etc/passwd", "no address of HTTP"),
            ("prometheus.monitoring:9090", "no address of HTTP"),
            ("", "no address"),
        ] {
            let told = of(address).unwrap_err();
            assert!(told.contains(why), "{address}: {told}");
        }
        let outside = of("https://prometheus.example.org").unwrap_err();
        assert!(outside.ends_with("--prometheus https://prometheus.example.org asks it"), "{outside}");
    }
}
