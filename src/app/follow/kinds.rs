//! Which kinds are read, and when. What is done about it is others' concern.

use crate::{
    domain::{Kind, Ref},
    systems::{ANALYSED, DRIVERS, Driver},
};

/// What runs is read whatever drives it.
static PODS: Kind = Kind::POD;

/// The kinds that name rollouts.
pub(crate) fn roots() -> Vec<&'static Kind> {
    distinct(DRIVERS.iter().flat_map(|driver| driver.roots()))
}

/// Whether objects of this kind may be rollouts.
pub(crate) fn is_root(kind: &Kind) -> bool {
    roots().contains(&kind)
}

/// Whether its objects are the first rows: a cluster need not have custom kinds at all, and nothing waits for them.
pub(super) fn comes_first(kind: &Kind) -> bool {
    is_root(kind) && !kind.is_custom()
}

/// The kinds that the board needs: what the drivers read, pods, and what names a rollout's own analysis; not what a close look
/// or a router adds.
pub(crate) fn board() -> Vec<&'static Kind> {
    let kinds =
        DRIVERS.iter().flat_map(|driver| driver.kinds()).chain([&PODS]).chain(ANALYSED.iter().map(|(kind, _)| kind));
    distinct(kinds.filter(|kind| !CLOSE.contains(kind)))
}

/// The kinds that a close look adds.
pub(super) static CLOSE: [Kind; 3] = [Kind::EVENT, Kind::SERVICE, Kind::SLICE];

/// The kinds that the board needs besides where there are objects of this custom kind: a router is recognised by the Services
/// behind it, and an analysis consists of templates.
pub(super) fn behind(of: &Kind) -> Vec<&'static Kind> {
    let reads = |driver: &&&dyn Driver| of.is_custom() && driver.kinds().contains(of);
    let routed = DRIVERS.iter().filter(reads).flat_map(|driver| driver.kinds()).filter(|kind| CLOSE.contains(kind));
    distinct(routed.chain(ANALYSED.iter().filter(|(kind, _)| kind == of).flat_map(|(_, templates)| *templates)))
}

/// Whether its objects name a rollout's own analysis.
pub(super) fn is_analysed(kind: &Kind) -> bool {
    ANALYSED.iter().any(|(name, templates)| name == kind || templates.contains(kind))
}

/// Whether it stands in front of workloads.
pub(super) fn is_router(kind: &Kind) -> bool {
    kind.is_custom() && !is_analysed(kind)
}

/// Why something that was asked for can be no rollout, and what can be one.
pub(crate) fn no_rollout(at: &Ref) -> String {
    let known: Vec<String> = roots().iter().map(|kind| kind.kind.to_lowercase()).collect();
    format!("{at} is no rollout: KIND/NAME names one, and KIND is one of {}", known.join(", "))
}

fn distinct(kinds: impl Iterator<Item = &'static Kind>) -> Vec<&'static Kind> {
    let mut all = Vec::new();
    for kind in kinds {
        if !all.contains(&kind) {
            all.push(kind);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_read_for_the_board_that_only_a_close_look_or_a_router_needs() {
        let board = board();
        for kind in [Kind::DEPLOYMENT, Kind::REPLICA_SET, Kind::POD, Kind::HPA] {
            assert_eq!(board.iter().filter(|read| ***read == kind).count(), 1, "{kind}");
        }
        assert!(CLOSE.iter().all(|kind| !board.contains(&kind)));
    }

    #[test]
    fn only_custom_kinds_add_what_is_behind_them() {
        assert_eq!(behind(&Kind::CANARY), [&Kind::METRIC_TEMPLATE]);
        assert!(board().contains(&&Kind::CANARY) && !board().contains(&&Kind::METRIC_TEMPLATE));
        assert_eq!(behind(&Kind::DEPLOYMENT), [&Kind::EVENT; 0]);
        assert!(comes_first(&Kind::DEPLOYMENT) && !comes_first(&Kind::POD));
    }

    #[test]
    fn what_is_no_rollout_is_told_what_can_be_one() {
        let at = crate::domain::sample::deployment("web:1", 3).meta.at.sibling(Kind::POD, "web-1".into());
        assert!(
            no_rollout(&at).starts_with("pod/web-1 is no rollout: KIND/NAME names one, and KIND is one of deployment")
        );
    }
}
