//! `kubectl apply`: it reverts nothing by itself, and brings back what its manifest says when somebody applies it again.

use super::Owner;
use crate::domain::{Force, Look, Name, Object, Ref, Text};

/// Whoever applies a manifest by hand or from a pipeline.
pub(super) struct Apply;

impl Owner for Apply {
    fn forces(&self, root: &Ref, look: &mut dyn Look<'_>) -> Vec<Force> {
        let applied = |object: &Object| {
            object.meta().annotations.get("kubectl.kubernetes.io/last-applied-configuration").is_some()
        };
        let force = Force {
            by: Name::fixed("kubectl-apply"),
            field: Text::fixed("/spec"),
            says: Text::fixed("kubectl apply manages it: the next apply brings back what its manifest says"),
            reverts_within_s: None,
            bounds: None,
        };
        look.get(root).filter(|object| applied(object)).map(|_| force).into_iter().collect()
    }
}
