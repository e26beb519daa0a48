//! What is told to Prometheus, a namespace for each case, and what must come back. Names, labels, units and buckets are those
//! of the real exporters; each has its traps in it.

use rolldeck::domain::Naming;

use crate::export::{Export, Label, Life, Names, Truth};

/// The version that serves, and the one that comes: it fails ten times as often, and is half as fast again.
pub(crate) const OLD: Truth = Truth { rate: 90.0, failed: 0.005, mean: 0.04 };
pub(crate) const NEW: Truth = Truth { rate: 10.0, failed: 0.05, mean: 0.06 };
/// What clients send, of which one in a hundred reaches no pod.
const SENT: Truth = Truth { rate: 101.0, failed: (90.0 * 0.005 + 10.0 * 0.05 + 1.0) / 101.0, mean: 0.04 };

const SECONDS: &[f64] = &[0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
/// Istio's own, and Linkerd's.
const ISTIO_MS: &[f64] = &[0.5, 1.0, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1_000.0, 2_500.0, 5_000.0, 10_000.0];
const LINKERD_MS: &[f64] =
    &[1.0, 2.0, 3.0, 4.0, 5.0, 10.0, 20.0, 30.0, 40.0, 50.0, 100.0, 200.0, 300.0, 400.0, 500.0, 1_000.0];

/// The two versions' ReplicaSets, and a pair whose names are too long for their pods.
pub(crate) const SETS: [&str; 2] = ["web-5d9f8c7b6d", "web-7c4b9d8f5f"];
const LONG: [&str; 2] = [
    "a-workload-whose-name-alone-is-48-characters-lon-5d9f8c7b6d",
    "a-workload-whose-name-alone-is-48-characters-lon-7c4b9d8f5f",
];

/// A case: where, which pack must be chosen, and the truth for each version and for the clients of a Service.
pub(crate) struct Case {
    pub(crate) namespace: &'static str,
    pub(crate) pack: &'static str,
    pub(crate) naming: Naming,
    pub(crate) versions: Vec<(&'static str, Expected)>,
    pub(crate) clients: Option<(&'static str, Truth)>,
    /// The bounds of its buckets in seconds; none where there is no histogram.
    pub(crate) bounds: Vec<f64>,
}

/// What must come back for a version.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Expected {
    All(Truth),
    /// Requests, but not how long they took: buckets are missing, or there is only +Inf.
    NoLatency(Truth),
    /// Requests, but not which of them failed.
    NoFailures(Truth),
    /// All, but for the rate, of which the newest part is missing.
    Late(Truth),
    /// No series, and so no numbers: not even 0.
    Nothing,
}

pub(crate) const APP: Names = Names {
    requests: "http_requests_total",
    buckets: Some("http_request_duration_seconds_bucket"),
    bounds: SECONDS,
    per_second: 1.0,
    status: ("code", "200", "500"),
    in_buckets: false,
};

/// Fills the store and says what must come of it.
pub(crate) type Group = fn(&mut Export) -> Vec<Case>;

pub(crate) const GROUPS: [Group; 9] = [
    |export| vec![istio(export)],
    |export| vec![waypoint(export)],
    |export| vec![linkerd(export)],
    |export| vec![nginx(export)],
    |export| vec![traefik(export)],
    apps,
    |export| vec![long_names(export)],
    |export| vec![hollow(export)],
    |export| vec![simulated(export)],
];

/// The labels of a version's pod.
type Labelled<'a> = dyn Fn(usize, &str) -> Vec<(String, String)> + 'a;

/// Three pods of the old version, of which one restarts, and two of the new, of which one misses scrapes.
fn pods(export: &mut Export, names: Names, sets: [&str; 2], labels: &Labelled<'_>) {
    let lives = [(0, "b8x2c", Life::Steady), (0, "d4k9z", Life::Restarted(18)), (0, "f6m7q", Life::Steady)];
    let newer = [(1, "g2n5v", Life::Steady), (1, "h7p4w", Life::Gap(20, 2))];
    for (version, random, life) in lives.into_iter().chain(newer) {
        let (truth, count) = if version == 0 { (OLD, 3.0) } else { (NEW, 2.0) };
        let set = sets[version];
        let pod =
            if set.len() > 57 { format!("{}{random}", &format!("{set}-")[..58]) } else { format!("{set}-{random}") };
        let all = labels(version, &pod);
        let all: Vec<Label<'_>> = all.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        export.serve(names, &all, Truth { rate: truth.rate / count, ..truth }, life);
    }
}

fn owned(labels: &[Label<'_>]) -> Vec<(String, String)> {
    labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

pub(crate) fn case(
    namespace: &'static str,
    pack: &'static str,
    naming: Naming,
    names: Names,
    versions: [&'static str; 2],
) -> Case {
    let bounds = names.bounds.iter().map(|bound| bound / names.per_second).collect();
    let versions = vec![(versions[0], Expected::All(OLD)), (versions[1], Expected::All(NEW))];
    Case { namespace, pack, naming, versions, clients: None, bounds }
}

/// Both versions have one `destination_workload`, as under Argo Rollouts; mirrored requests are in the destination's counts and
/// therefore in the truth; the gateway reports the same requests again, and some that reached no pod.
fn istio(export: &mut Export) -> Case {
    let names = Names {
        requests: "istio_requests_total",
        buckets: Some("istio_request_duration_milliseconds_bucket"),
        bounds: ISTIO_MS,
        per_second: 1_000.0,
        status: ("response_code", "200", "503"),
        in_buckets: true,
    };
    let common = [
        ("destination_workload", "web"),
        ("destination_workload_namespace", "istio"),
        ("destination_service_name", "web"),
    ];
    let common = [&common[..], &[("destination_service_namespace", "istio")]].concat();
    pods(export, names, SETS, &|_, pod| {
        owned(&[&common[..], &[("reporter", "destination"), ("namespace", "istio"), ("pod", pod)]].concat())
    });
    let source = [("reporter", "source"), ("namespace", "istio-system"), ("pod", "gateway-6f7d8c9b5-x2x4z")];
    let seen = Truth { rate: 100.0, failed: (90.0 * 0.005 + 10.0 * 0.05) / 100.0, mean: 0.04 };
    export.serve(names, &[&common[..], &source[..]].concat(), seen, Life::Steady);
    let lost =
        [("destination_workload", "unknown"), ("destination_workload_namespace", "unknown"), ("response_flags", "UH")];
    let lost = [&lost[..], &source[..], &common[2..], &[("response_code", "503")]].concat();
    export.count(names.requests, &lost, 1.0, Life::Steady);
    Case { clients: Some(("web", SENT)), ..case("istio", "istio", Naming::ReplicaSet, names, SETS) }
}

/// A waypoint: no pod of the workload is named.
fn waypoint(export: &mut Export) -> Case {
    let names = Names {
        requests: "istio_requests_total",
        buckets: Some("istio_request_duration_milliseconds_bucket"),
        bounds: ISTIO_MS,
        per_second: 1_000.0,
        status: ("response_code", "200", "500"),
        in_buckets: true,
    };
    for (workload, truth) in [("app-v1", OLD), ("app-v2", NEW)] {
        let labels = [
            ("reporter", "waypoint"),
            ("namespace", "ambient"),
            ("pod", "waypoint-7d9f8b6c5-k2k4z"),
            ("destination_workload", workload),
            ("destination_workload_namespace", "ambient"),
            ("destination_service_name", "app"),
            ("destination_service_namespace", "ambient"),
        ];
        export.serve(names, &labels, truth, Life::Steady);
    }
    let seen = Truth { rate: 100.0, failed: (90.0 * 0.005 + 10.0 * 0.05) / 100.0, mean: 0.04 };
    Case { clients: Some(("app", seen)), ..case("ambient", "waypoint", Naming::Workload, names, ["app-v1", "app-v2"]) }
}

/// What goes out of a pod must not count; latency has no classification.
fn linkerd(export: &mut Export) -> Case {
    let names = Names {
        requests: "response_total",
        buckets: Some("response_latency_ms_bucket"),
        bounds: LINKERD_MS,
        per_second: 1_000.0,
        status: ("classification", "success", "failure"),
        in_buckets: false,
    };
    for direction in ["inbound", "outbound"] {
        pods(export, names, SETS, &|version, pod| {
            let hash = SETS[version].rsplit('-').next().unwrap();
            let own = [("namespace", "linkerd"), ("pod", pod), ("deployment", "web"), ("pod_template_hash", hash)];
            owned(&[&own[..], &[("direction", direction)]].concat())
        });
    }
    case("linkerd", "linkerd", Naming::ReplicaSet, names, SETS)
}

/// `ingress` and `service` stay the primary's for the canary's requests; the target's own labels took the plain names; codes
/// are classes.
fn nginx(export: &mut Export) -> Case {
    let names = Names {
        requests: "nginx_ingress_controller_requests",
        buckets: Some("nginx_ingress_controller_request_duration_seconds_bucket"),
        bounds: SECONDS,
        per_second: 1.0,
        status: ("status", "2xx", "5xx"),
        in_buckets: true,
    };
    for (canary, truth) in [("", OLD), ("nginx-app-v2-80", NEW)] {
        let labels = [
            ("namespace", "ingress-nginx"),
            ("pod", "controller-7d9f8b6c5-k2k4z"),
            ("service", "controller-metrics"),
            ("exported_namespace", "nginx"),
            ("exported_service", "app-v1"),
            ("ingress", "app"),
            ("canary", canary),
        ];
        let labels: Vec<Label<'_>> = labels.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        export.serve(names, &labels, truth, Life::Steady);
    }
    let versions = ["app-v1", "app-v2"];
    Case { clients: Some(("app-v2", NEW)), ..case("nginx", "nginx", Naming::Backend, names, versions) }
}

/// The namespace is a part of the name, in both forms that Traefik has; a Service whose name goes on must not be taken.
fn traefik(export: &mut Export) -> Case {
    let names = Names {
        requests: "traefik_service_requests_total",
        buckets: Some("traefik_service_request_duration_seconds_bucket"),
        bounds: SECONDS,
        per_second: 1.0,
        status: ("code", "200", "502"),
        in_buckets: true,
    };
    let other = Truth { rate: 50.0, failed: 0.5, mean: 1.0 };
    for (service, truth) in [
        ("traefik-app-v1-80@kubernetescrd", OLD),
        ("traefik-app-v2-http-80@kubernetesgateway", NEW),
        ("traefik-app-v1-old-http-80@kubernetesgateway", other),
    ] {
        let labels = [("job", "traefik"), ("method", "GET"), ("protocol", "http"), ("service", service)];
        export.serve(names, &labels, truth, Life::Steady);
    }
    Case { clients: Some(("app-v1", OLD)), ..case("traefik", "traefik", Naming::Backend, names, ["app-v1", "app-v2"]) }
}

/// Applications, each with another set of labels for the pod and for how requests ended.
fn apps(export: &mut Export) -> Vec<Case> {
    let histogram =
        |requests, buckets, status| Names { requests, buckets: Some(buckets), status, in_buckets: true, ..APP };
    let own = histogram(
        "http_request_duration_seconds_count",
        "http_request_duration_seconds_bucket",
        ("status", "200", "503"),
    );
    let otel = histogram(
        "http_server_request_duration_seconds_count",
        "http_server_request_duration_seconds_bucket",
        ("http_response_status_code", "200", "500"),
    );
    let micrometer = histogram(
        "http_server_requests_seconds_count",
        "http_server_requests_seconds_bucket",
        ("status", "200", "500"),
    );
    let grpc = Names {
        requests: "grpc_server_handled_total",
        buckets: Some("grpc_server_handling_seconds_bucket"),
        status: ("grpc_code", "NotFound", "Unavailable"),
        ..APP
    };
    let status = Names { status: ("status_code", "204", "504"), ..APP };
    let list = [
        ("app", "app", APP, ("namespace", "pod")),
        ("exported", "app", status, ("exported_namespace", "exported_pod")),
        ("flagger", "histogram", own, ("kubernetes_namespace", "kubernetes_pod_name")),
        ("otel", "opentelemetry", otel, ("k8s_namespace_name", "k8s_pod_name")),
        ("spring", "micrometer", micrometer, ("namespace", "pod")),
        ("grpc", "grpc", grpc, ("namespace", "pod")),
    ];
    let mut cases = Vec::new();
    for (namespace, pack, names, (of_namespace, of_pod)) in list {
        pods(export, names, SETS, &|_, pod| {
            let mut labels = owned(&[(of_namespace, namespace), (of_pod, pod)]);
            if of_pod == "exported_pod" {
                // The scrape target's own: whoever believes them sees one pod of a namespace that is not in question.
                labels.extend(owned(&[("namespace", "monitoring"), ("pod", "pushgateway-5d4f6b7c8-z2z4z")]));
            }
            labels
        });
        cases.push(case(namespace, pack, Naming::ReplicaSet, names, SETS));
    }
    cases
}

fn long_names(export: &mut Export) -> Case {
    pods(export, APP, LONG, &|_, pod| owned(&[("namespace", "long"), ("pod", pod)]));
    case("long", "app", Naming::ReplicaSet, APP, LONG)
}

/// A histogram with +Inf only; a version that never failed; one that does not say how requests ended.
fn hollow(export: &mut Export) -> Case {
    let bare = Names { bounds: &[], ..APP };
    let good = Truth { failed: 0.0, ..OLD };
    export.serve(bare, &[("namespace", "hollow"), ("pod", "web-5d9f8c7b6d-b8x2c")], good, Life::Steady);
    let mute = [("namespace", "hollow"), ("pod", "web-7c4b9d8f5f-g2n5v")];
    export.count(APP.requests, &mute, NEW.rate, Life::Steady);
    let versions = vec![(SETS[0], Expected::NoLatency(good)), (SETS[1], Expected::NoFailures(NEW))];
    Case { versions, ..case("hollow", "app", Naming::ReplicaSet, bare, SETS) }
}

/// The demo's: the application, and the ingress that also counts what no pod answered.
fn simulated(export: &mut Export) -> Case {
    pods(export, APP, SETS, &|_, pod| owned(&[("namespace", "demo"), ("pod", pod), ("service", "web")]));
    let ingress = Names { requests: "ingress_requests_total", buckets: None, status: ("code", "200", "502"), ..APP };
    export.serve(ingress, &[("namespace", "demo"), ("service", "web")], SENT, Life::Steady);
    Case { clients: Some(("web", SENT)), ..case("demo", "app", Naming::ReplicaSet, APP, SETS) }
}
