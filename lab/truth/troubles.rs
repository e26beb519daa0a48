//! What goes wrong between an exporter and an answer: counters that begin again, series that are missing, scrapes that are, two
//! replicas of Prometheus, and histograms of two kinds side by side. The application's own names stand for all.

use rolldeck::domain::Naming;

use crate::{
    cases::{APP, Case, Expected, Group, NEW, OLD, SETS, case},
    export::{Export, Label, Life, Names, Truth},
};

/// Two pods of each version.
const PODS: [[&str; 2]; 2] = [["b8x2c", "d4k9z"], ["g2n5v", "h7p4w"]];

pub(crate) const GROUPS: [Group; 6] = [
    |export| vec![restart(export)],
    |export| vec![gap(export)],
    |export| vec![missing(export)],
    |export| vec![replicas(export)],
    |export| vec![lagging(export)],
    |export| vec![native(export)],
];

/// Both versions in a namespace, each pod with that life; `more` are further labels.
fn serve(export: &mut Export, namespace: &str, more: &[Label<'_>], life: impl Fn(usize) -> Life) {
    for (truth, (set, pods)) in [OLD, NEW].into_iter().zip(SETS.into_iter().zip(PODS)) {
        for (at, random) in pods.into_iter().enumerate() {
            let pod = format!("{set}-{random}");
            let labels = [&[("namespace", namespace), ("pod", &pod)], more].concat();
            export.serve(APP, &labels, Truth { rate: truth.rate / 2.0, ..truth }, life(at));
        }
    }
}

fn told(namespace: &'static str) -> Case {
    case(namespace, "app", Naming::ReplicaSet, APP, SETS)
}

/// All pods restart within the window, one after the other: what was counted is not lost, and nothing is negative.
fn restart(export: &mut Export) -> Case {
    serve(export, "restart", &[], |at| Life::Restarted(if at == 0 { 19 } else { 34 }));
    told("restart")
}

/// Nobody was scraped for half of the window.
fn gap(export: &mut Export) -> Case {
    serve(export, "gap", &[], |_| Life::Gap(15, 6));
    told("gap")
}

/// A pod that ended two minutes ago, and failed until then, is none of the window; a version without series is unknown, not
/// idle.
fn missing(export: &mut Export) -> Case {
    let pod = |random: &str| format!("{}-{random}", SETS[0]);
    let (alive, ended) = (pod(PODS[0][0]), pod(PODS[0][1]));
    export.serve(APP, &[("namespace", "missing"), ("pod", &alive)], OLD, Life::Steady);
    let failing = Truth { failed: 0.5, ..OLD };
    export.serve(APP, &[("namespace", "missing"), ("pod", &ended)], failing, Life::Until(120));
    let versions = vec![(SETS[0], Expected::All(OLD)), (SETS[1], Expected::Nothing)];
    Case { versions, ..told("missing") }
}

/// Both replicas' series in one answer, as of a store that does not take them for one; one of them missed scrapes.
fn replicas(export: &mut Export) -> Case {
    serve(export, "replicas", &[("prometheus_replica", "prometheus-k8s-0")], |_| Life::Steady);
    serve(export, "replicas", &[("prometheus_replica", "prometheus-k8s-1")], |_| Life::Gap(15, 2));
    told("replicas")
}

/// A replica that is 20 s behind.
fn lagging(export: &mut Export) -> Case {
    serve(export, "lagging", &[], |_| Life::Until(20));
    let versions = vec![(SETS[0], Expected::Late(OLD)), (SETS[1], Expected::Late(NEW))];
    Case { versions, ..told("lagging") }
}

/// A native histogram beside the classic one changes nothing; one alone says nothing yet of how long requests took.
fn native(export: &mut Export) -> Case {
    for (version, truth) in [OLD, NEW].into_iter().enumerate() {
        let pod = format!("{}-{}", SETS[version], PODS[version][0]);
        let labels = [("namespace", "native"), ("pod", pod.as_str())];
        let names = if version == 0 { APP } else { Names { buckets: None, ..APP } };
        export.serve(names, &labels, truth, Life::Steady);
        export.native("http_request_duration_seconds", &labels, truth.rate);
    }
    let versions = vec![(SETS[0], Expected::All(OLD)), (SETS[1], Expected::NoLatency(NEW))];
    Case { versions, ..told("native") }
}
