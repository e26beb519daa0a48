//! Others who write the same object, each by its marks.

use super::*;
use crate::domain::{
    Deployment, Hpa, Kind,
    sample::{self, World, labels},
};

fn told(world: &World) -> Vec<String> {
    let mut look = world;
    let root = sample::at(Kind::DEPLOYMENT, "web");
    forces(&root, &mut look).into_iter().map(|force| format!("{}: {}", force.by, force.says)).collect()
}

fn marked(marks: &[(&str, &str)], notes: &[(&str, &str)]) -> World {
    let mut web = sample::deployment("web:1", 3);
    (web.meta.labels, web.meta.annotations) = (labels(marks), labels(notes));
    World::default().and(web)
}

#[test]
fn an_hpa_keeps_its_bounds_until_nothing_is_wanted() {
    let world = |replicas, hpa: Hpa| World::default().and(sample::deployment("web:1", replicas)).and(hpa);
    let mut look = &world(4, sample::hpa());
    let force = forces(&sample::at(Kind::DEPLOYMENT, "web"), &mut look).remove(0);
    assert_eq!(force.says, "HPA web keeps 2 to 10 pods (has 4, wants 4) and sets replicas every 15 s");
    let mut blind = &world(4, Hpa { desired: 0, ..sample::hpa() });
    let says = forces(&sample::at(Kind::DEPLOYMENT, "web"), &mut blind).remove(0).says;
    assert_eq!(says, "HPA web keeps 2 to 10 pods (has 4, and has computed no number yet) and sets replicas every 15 s");
    assert_eq!(
        (force.field.as_str(), force.reverts_within_s, force.bounds),
        ("/spec/replicas", Some(15), Some((2, 10)))
    );
    assert!(told(&world(0, sample::hpa()))[0].contains("switched off while replicas is 0"));
    assert!(told(&world(0, Hpa { min: 0, ..sample::hpa() }))[0].contains("keeps 0 to 10"));
    assert!(told(&world(4, Hpa { target: "other".into(), ..sample::hpa() })).is_empty());
    assert!(told(&world(4, sample::hpa()).denied(Kind::HPA))[0].contains("cannot be read"));
}

#[test]
fn argo_cd_must_track_this_very_object() {
    let id = "argocd.argoproj.io/tracking-id";
    let own = told(&marked(&[], &[(id, "front:apps/Deployment:shop/web")]));
    assert!(own[0].starts_with("argo-cd: Argo CD application front tracks it"), "{own:?}");
    assert!(told(&marked(&[], &[(id, "front:apps/Deployment:shop/original")])).is_empty());
    let label = ("app.kubernetes.io/instance", "front");
    assert!(told(&marked(&[label], &[]))[0].starts_with("argo-cd: maybe Argo CD application front"));
}

#[test]
fn flux_may_be_told_to_leave_it_alone() {
    let marks = [("kustomize.toolkit.fluxcd.io/name", "apps"), ("app.kubernetes.io/instance", "web")];
    assert_eq!(
        told(&marked(&marks, &[])),
        ["flux: Flux Kustomization apps applies it: each reconciliation brings back what Git says"]
    );
    let off = [("kustomize.toolkit.fluxcd.io/reconcile", "disabled")];
    assert!(!told(&marked(&marks, &off)).iter().any(|says| says.starts_with("flux")));
    let helm = [("helm.toolkit.fluxcd.io/name", "web"), ("app.kubernetes.io/managed-by", "Helm")];
    let release = [("meta.helm.sh/release-name", "web")];
    let told = told(&marked(&helm, &release));
    assert_eq!(told.len(), 1, "Flux runs Helm: {told:?}");
    assert!(told[0].contains("drift detection"));
}

#[test]
fn helm_and_apply_revert_at_their_next_run_only() {
    let helm = marked(
        &[("app.kubernetes.io/managed-by", "Helm"), ("app.kubernetes.io/instance", "web")],
        &[("meta.helm.sh/release-name", "web")],
    );
    assert_eq!(told(&helm), ["helm: Helm release web owns it: the next upgrade may bring back what its chart says"]);
    let applied = marked(&[], &[("kubectl.kubernetes.io/last-applied-configuration", "")]);
    assert!(told(&applied)[0].starts_with("kubectl-apply: "));
    assert!(told(&World::default().and(Deployment { paused: true, ..sample::deployment("web:1", 1) })).is_empty());
}
