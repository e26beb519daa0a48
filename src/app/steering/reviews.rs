//! When to ask what we may do to the rollouts of a kind in a namespace. The questions and what their answers mean are others' concern.

use std::{collections::HashMap, time::Duration};

use crate::domain::{Access, Kind, Moment, Name, Ref};

/// What was refused, or not answered, is asked for again after this: somebody may be granting it right now.
const AGAIN_AFTER: Duration = Duration::from_secs(30);

/// Where the same rights are needed: routers are not asked about where none is steered.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    namespace: Name,
    kind: Kind,
}

impl Place {
    /// The place of a rollout.
    pub(super) fn of(at: &Ref) -> Self {
        Self { namespace: at.namespace.clone(), kind: at.kind.clone() }
    }
}

/// The questions, by place.
#[derive(Default)]
pub(super) struct Reviews(HashMap<Place, Review>);

enum Review {
    Asked,
    /// All of it is granted.
    Granted,
    /// Something was refused or not answered, at that time.
    Missing(Moment),
}

impl Reviews {
    /// Whether to ask about a place now; then it counts as asked.
    pub(super) fn ask(&mut self, place: &Place, now: Moment) -> bool {
        let is_due = match self.0.get(place) {
            None => true,
            Some(Review::Asked | Review::Granted) => false,
            Some(Review::Missing(at)) => now.since(*at) >= AGAIN_AFTER,
        };
        if is_due {
            self.0.insert(place.clone(), Review::Asked);
        }
        is_due
    }

    /// Takes the answers to one batch.
    pub(super) fn answered(&mut self, place: Place, access: &[Access], now: Moment) {
        let is_granted = access.iter().all(|access| access.allowed == Some(true));
        self.0.insert(place, if is_granted { Review::Granted } else { Review::Missing(now) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{
            Text,
            sample::{NOW, deployment, later},
        },
        steer,
    };

    fn answers(allowed: &[Option<bool>]) -> Vec<Access> {
        let rights = steer::rights(&deployment("web:1", 3).meta.at).into_iter().zip(allowed.iter().copied());
        rights.map(|(right, allowed)| Access { right, allowed, reason: Text::default() }).collect()
    }

    #[test]
    fn what_is_missing_is_asked_for_again_and_what_is_granted_is_not() {
        let at = deployment("web:1", 3).meta.at;
        let (mut reviews, shop) = (Reviews::default(), Place::of(&at));
        assert!(reviews.ask(&shop, NOW));
        assert!(!reviews.ask(&shop, later(99)), "the answer is on its way");
        reviews.answered(shop.clone(), &answers(&[Some(true), Some(false)]), NOW);
        assert!(!reviews.ask(&shop, later(29)) && reviews.ask(&shop, later(30)));
        reviews.answered(shop.clone(), &answers(&[Some(true), None]), later(31));
        assert!(reviews.ask(&shop, later(61)), "no answer is no grant");
        reviews.answered(shop.clone(), &answers(&[Some(true), Some(true)]), later(61));
        assert!(!reviews.ask(&shop, later(999)));
        assert!(reviews.ask(&Place::of(&at.sibling(Kind::HTTP_ROUTE, "web".into())), later(999)), "other rights");
    }
}
