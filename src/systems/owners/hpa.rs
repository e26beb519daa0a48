//! HPAs: they write `spec.replicas` about every 15 s (`--horizontal-pod-autoscaler-sync-period`). Not VPAs, which do not
//! touch the object.

use super::Owner;
use crate::domain::{Force, Hpa, Kind, Look, Name, Object, Ref, Text};

/// The HPAs that target a rollout.
pub(super) struct Scalers;

/// How often an HPA looks, seconds.
const SYNC_S: u32 = 15;

impl Owner for Scalers {
    fn forces(&self, root: &Ref, look: &mut dyn Look<'_>) -> Vec<Force> {
        if !look.readable(&root.cluster, &Kind::HPA, &root.namespace) {
            let says = "HPAs cannot be read here: one may set the number of pods";
            return vec![force(Text::fixed(says), None, None)];
        }
        let is_off = matches!(look.get(root), Some(Object::Deployment(deployment)) if deployment.replicas == 0);
        look.scalers(root).into_iter().map(|hpa| say(hpa, is_off)).collect()
    }
}

/// With no pods wanted an HPA is switched off, unless its own minimum is 0.
fn say(hpa: &Hpa, is_off: bool) -> Force {
    let Hpa { min, max, current, desired, .. } = *hpa;
    let name = &hpa.meta.at.name;
    let bounds = Some((min, max));
    if is_off && min > 0 {
        let says = format!("HPA {name} is switched off while replicas is 0; from 1 on it keeps {min} to {max} pods");
        return force(Text::clean(&says), None, bounds);
    }
    // 0 is what its status says before it has computed anything; it never wants less than its minimum.
    let wants =
        if desired == 0 && min > 0 { "and has computed no number yet".to_owned() } else { format!("wants {desired}") };
    let says =
        format!("HPA {name} keeps {min} to {max} pods (has {current}, {wants}) and sets replicas every {SYNC_S} s");
    force(Text::clean(&says), Some(SYNC_S), bounds)
}

fn force(says: Text, reverts_within_s: Option<u32>, bounds: Option<(i32, i32)>) -> Force {
    Force { by: Name::fixed("hpa"), field: Text::fixed("/spec/replicas"), says, reverts_within_s, bounds }
}
