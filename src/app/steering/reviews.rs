//! When to ask what we may do in a namespace. The questions and what their answers mean are others' concern.

use std::{collections::HashMap, time::Duration};

use crate::domain::{Access, Moment, Name};

/// What was refused, or not answered, is asked for again after this: somebody may be granting it right now.
const AGAIN_AFTER: Duration = Duration::from_secs(30);

/// The questions, by namespace.
#[derive(Default)]
pub(super) struct Reviews(HashMap<Name, Review>);

enum Review {
    Asked,
    /// All of it is granted.
    Granted,
    /// Something was refused or not answered, at that time.
    Missing(Moment),
}

impl Reviews {
    /// Whether to ask about a namespace now; then it counts as asked.
    pub(super) fn ask(&mut self, namespace: &Name, now: Moment) -> bool {
        let is_due = match self.0.get(namespace) {
            None => true,
            Some(Review::Asked | Review::Granted) => false,
            Some(Review::Missing(at)) => now.since(*at) >= AGAIN_AFTER,
        };
        if is_due {
            self.0.insert(namespace.clone(), Review::Asked);
        }
        is_due
    }

    /// Takes the answers to one batch.
    pub(super) fn answered(&mut self, access: &[Access], now: Moment) {
        let is_granted = access.iter().all(|access| access.allowed == Some(true));
        for namespace in access.iter().filter_map(|access| access.right.namespace.as_ref()) {
            let review = if is_granted { Review::Granted } else { Review::Missing(now) };
            self.0.insert(namespace.clone(), review);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{
            Text,
            sample::{NOW, later},
        },
        steer,
    };

    fn answers(allowed: &[Option<bool>]) -> Vec<Access> {
        let rights = steer::rights("shop").into_iter().zip(allowed.iter().copied());
        rights.map(|(right, allowed)| Access { right, allowed, reason: Text::default() }).collect()
    }

    #[test]
    fn what_is_missing_is_asked_for_again_and_what_is_granted_is_not() {
        let (mut reviews, shop) = (Reviews::default(), Name::from("shop"));
        assert!(reviews.ask(&shop, NOW));
        assert!(!reviews.ask(&shop, later(99)), "the answer is on its way");
        reviews.answered(&answers(&[Some(true), Some(false)]), NOW);
        assert!(!reviews.ask(&shop, later(29)) && reviews.ask(&shop, later(30)));
        reviews.answered(&answers(&[Some(true), None]), later(31));
        assert!(reviews.ask(&shop, later(61)), "no answer is no grant");
        reviews.answered(&answers(&[Some(true), Some(true)]), later(61));
        assert!(!reviews.ask(&shop, later(999)));
    }
}
