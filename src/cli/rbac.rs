//! The arguments of `rolldeck rbac`. Which rules there are is not said here; `steer` says it.

use clap::Args;

/// Which role is printed.
#[derive(Clone, Debug, Args)]
pub struct RbacArgs {
    /// A `ClusterRole`, for several namespaces.
    #[arg(long)]
    pub cluster: bool,
    /// Another Role instead: in the namespace of a Prometheus, to find it and to ask it through the API server. Such as
    /// monitoring/prometheus:9090 for that one only, or monitoring for every Service there.
    #[arg(long, value_name = "NAMESPACE[/NAME:PORT]", value_parser = Outlet::parse, conflicts_with = "cluster")]
    pub metrics: Option<Outlet>,
    /// With --metrics: the rights to ask it by port-forwards to its pods, for where its Service may not be asked through the API
    /// server or does not answer so. They lead to every pod of that namespace.
    #[arg(long, requires = "metrics")]
    pub forward: bool,
}

/// A Prometheus behind the API server: `monitoring/prometheus:9090`, or all of a namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outlet {
    /// The namespace.
    pub namespace: String,
    /// Name and port of the Service; None for all of them.
    pub service: Option<String>,
}

impl Outlet {
    fn parse(text: &str) -> Result<Self, String> {
        let plain = |text: &str, marks: &[char]| {
            !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || marks.contains(&c))
        };
        let (namespace, service) = text.split_once('/').map_or((text, None), |(first, rest)| (first, Some(rest)));
        let is_service = |service: &str| service.contains(':') && plain(service, &['-', '.', ':']);
        if !plain(namespace, &['-']) || !service.is_none_or(is_service) {
            return Err("write NAMESPACE/NAME:PORT or NAMESPACE: monitoring/prometheus:9090".into());
        }
        Ok(Self { namespace: namespace.into(), service: service.map(str::to_owned) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outlet_is_a_namespace_or_a_service_with_its_port() {
        let outlet = |namespace: &str, service: Option<&str>| {
            Ok(Outlet { namespace: namespace.into(), service: service.map(str::to_owned) })
        };
        assert_eq!(Outlet::parse("monitoring"), outlet("monitoring", None));
        assert_eq!(Outlet::parse("m/prometheus:9090"), outlet("m", Some("prometheus:9090")));
        assert_eq!(Outlet::parse("m/https:prometheus:web"), outlet("m", Some("https:prometheus:web")));
        for bad in ["", "m/", "m/prometheus", "/prometheus:9090", "m/prometheus:9090/x", "m/\"x:1", "m\nx"] {
            assert!(Outlet::parse(bad).is_err(), "{bad:?}");
        }
    }
}
