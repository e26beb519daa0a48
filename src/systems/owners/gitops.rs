//! Argo CD, Flux and Helm, by the marks that they leave on what they apply. Their own objects live in other namespaces and
//! are not read.

use super::Owner;
use crate::domain::{Force, Look, Meta, Name, Object, Ref, Text};

/// Argo CD, by its tracking annotation; by the label that it shares with Helm charts only as a maybe.
pub(super) struct ArgoCd;
/// Flux: a Kustomization or a `HelmRelease`.
pub(super) struct Flux;
/// Helm, when nobody runs it by himself.
pub(super) struct Helm;

impl Owner for ArgoCd {
    fn forces(&self, root: &Ref, look: &mut dyn Look<'_>) -> Vec<Force> {
        let Some(meta) = look.get(root).map(Object::meta) else { return Vec::new() };
        let tracked = meta.annotations.get("argocd.argoproj.io/tracking-id").and_then(|id| application(id, root));
        if let Some(application) = tracked {
            let says = format!(
                "Argo CD application {application} tracks it: self-heal reverts within seconds, else the next sync"
            );
            return vec![force("argo-cd", &says)];
        }
        let instance = meta.labels.get("app.kubernetes.io/instance");
        let maybe = instance.filter(|_| flux(meta).is_none() && release(meta).is_none());
        maybe
            .map(|name| {
                force(
                    "argo-cd",
                    &format!("maybe Argo CD application {name} (label app.kubernetes.io/instance): it would revert"),
                )
            })
            .into_iter()
            .collect()
    }
}

impl Owner for Flux {
    fn forces(&self, root: &Ref, look: &mut dyn Look<'_>) -> Vec<Force> {
        look.get(root).and_then(|object| flux(object.meta())).map(|says| force("flux", &says)).into_iter().collect()
    }
}

impl Owner for Helm {
    fn forces(&self, root: &Ref, look: &mut dyn Look<'_>) -> Vec<Force> {
        let meta = look.get(root).map(Object::meta).filter(|meta| flux(meta).is_none());
        let release = meta.and_then(release);
        let says = |name| format!("Helm release {name} owns it: the next upgrade may bring back what its chart says");
        release.map(|name| force("helm", &says(name))).into_iter().collect()
    }
}

fn force(by: &'static str, says: &str) -> Force {
    let field = Text::fixed("/spec");
    Force { by: Name::fixed(by), field, says: Text::clean(says), reverts_within_s: None, bounds: None }
}

/// The application in `APP:GROUP/KIND:NAMESPACE/NAME`, if that is this very object: copies keep the annotation of what they
/// were copied from.
fn application<'a>(id: &'a str, at: &Ref) -> Option<&'a str> {
    let (application, of) = id.split_once(':')?;
    let own = format!("{}/{}:{}/{}", at.kind.group, at.kind.kind, at.namespace, at.name);
    (of == own).then_some(application)
}

/// The Helm release that an object says it belongs to.
fn release(meta: &Meta) -> Option<&Name> {
    let managed = meta.labels.get("app.kubernetes.io/managed-by").is_some_and(|by| *by == *"Helm");
    meta.annotations.get("meta.helm.sh/release-name").filter(|_| managed)
}

/// What Flux does to an object, unless it was told to leave it alone.
fn flux(meta: &Meta) -> Option<String> {
    let left_alone =
        |key: &str| [&meta.annotations, &meta.labels].iter().any(|map| map.get(key).is_some_and(|v| *v == *"disabled"));
    if let Some(name) = meta.labels.get("kustomize.toolkit.fluxcd.io/name") {
        let off = left_alone("kustomize.toolkit.fluxcd.io/reconcile");
        return (!off)
            .then(|| format!("Flux Kustomization {name} applies it: each reconciliation brings back what Git says"));
    }
    let name = meta.labels.get("helm.toolkit.fluxcd.io/name")?;
    let off = left_alone("helm.toolkit.fluxcd.io/driftDetection");
    let when = if off { "the next upgrade" } else { "drift detection or the next upgrade" };
    Some(format!("Flux HelmRelease {name} owns it: {when} may bring back what its chart says"))
}
