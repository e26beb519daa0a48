//! Which query packs the numbers of a cluster come from, and what their series call a version. Queries are not written here.

use serde::{Deserialize, Serialize};

use super::{Name, Text};

/// A pod's name is no longer than this, if its controller has made it up (`maxNameLength` of Kubernetes' `names.go`).
const LONGEST: usize = 63;
/// So many random letters end it (`randomLength`).
const RANDOM: usize = 5;

/// What the series of a pack call a version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Naming {
    /// The ReplicaSet that its pods are named after.
    #[default]
    ReplicaSet,
    /// The workload: versions of one Deployment have the same.
    Workload,
    /// A Service, or a router's word for one of its ports.
    Backend,
}

/// A query pack that is in use.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pack {
    /// Its name.
    pub name: Name,
    /// What it measures, in one sentence.
    pub about: Text,
    /// What counts as failed.
    pub failed: Text,
    /// What it cannot split or tell.
    pub cannot: Option<Text>,
    /// What its series call a version.
    pub naming: Naming,
}

/// The packs of a cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Packs {
    /// For the versions of rollouts; None where no series of any pack exist.
    pub versions: Option<Pack>,
    /// For what clients see in front of them; None where nothing there is measured.
    pub clients: Option<Pack>,
    /// All that could be used for versions, best first.
    pub able: Vec<Choice>,
}

/// A pack that has series.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// Its name.
    pub name: Name,
    /// What its series call a version.
    pub naming: Naming,
}

impl Packs {
    /// The pack to take after the one in use, if there is another.
    pub fn next(&self) -> Option<&Name> {
        let here = self.versions.as_ref().map(|pack| &pack.name);
        let place = self.able.iter().position(|choice| Some(&choice.name) == here);
        let next = place.map_or(0, |place| (place + 1) % self.able.len().max(1));
        self.able.get(next).map(|choice| &choice.name).filter(|name| Some(*name) != here)
    }

    /// The best pack that tells pods apart.
    pub fn by_pod(&self) -> Option<&Name> {
        self.able.iter().find(|choice| choice.naming == Naming::ReplicaSet).map(|choice| &choice.name)
    }
}

/// What the names of a ReplicaSet's pods begin with, without the dash behind it. Kubernetes cuts what is too long: of a name
/// of more than 57 characters the first 58 remain, and the random letters follow at once (`SimpleNameGenerator` of `names.go`,
/// whose base is the ReplicaSet's name and a dash).
pub fn pod_prefix(set: &str) -> &str {
    if set.len() + 1 + RANDOM <= LONGEST {
        return set;
    }
    let cut = set.get(..LONGEST - RANDOM).unwrap_or(set);
    cut.strip_suffix('-').unwrap_or(cut)
}

/// Whether a router's word stands for a port of this Service: `shop-web-80`, `shop-web-http@kubernetescrd` and
/// `shop-web-http-80@kubernetesgateway` do so for `web` in `shop`, as does the Service's own name.
pub fn is_backend(word: &str, namespace: &str, service: &str) -> bool {
    if word == service {
        return true;
    }
    let (word, provider) = word.split_once('@').unwrap_or((word, ""));
    let behind = |text: &'_ str, part: &str| text.strip_prefix(part)?.strip_prefix('-').map(str::to_owned);
    let Some(port) = behind(word, namespace).and_then(|rest| behind(&rest, service)) else { return false };
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match port.split_once('-') {
        // The Gateway API names the protocol too.
        Some((_, number)) => provider == "kubernetesgateway" && is_number(number),
        None => provider != "kubernetesgateway" && !port.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_are_cut_as_kubernetes_does() {
        let name = |length: usize| "a".repeat(length - 11) + "-0123456789";
        assert_eq!(pod_prefix(&name(57)), name(57));
        assert_eq!(pod_prefix(&name(58)), name(58), "58 characters fit, but no dash behind them");
        assert_eq!(pod_prefix(&name(59)), &name(59)[..58]);
        assert_eq!(pod_prefix(&name(200)).len(), 58);
    }

    #[test]
    fn routers_name_services_in_their_own_ways() {
        let of = |service: &str, words: &[&str]| words.iter().all(|word| is_backend(word, "shop", service));
        assert!(of(
            "app-v1",
            &["app-v1", "shop-app-v1-80", "shop-app-v1-http@kubernetescrd", "shop-app-v1-http-80@kubernetesgateway"]
        ));
        for other in ["shop-app-v1-80", "shop-app-v1-http-80@kubernetesgateway", "pay-app-80", "shop-app", "app-v1"] {
            assert!(!is_backend(other, "shop", "app"), "{other}");
        }
        assert!(!is_backend("shop-app-http-80@kubernetesgateway", "shop", "app-http"), "the port of app");
    }

    #[test]
    fn packs_come_in_turn() {
        let choice = |name: &str| Choice { name: name.into(), naming: Naming::Backend };
        let packs = |here: Option<&str>, able: &[&str]| Packs {
            versions: here.map(|name| Pack { name: name.into(), ..Pack::default() }),
            able: able.iter().map(|name| choice(name)).collect(),
            clients: None,
        };
        let next = |packs: Packs| packs.next().map(ToString::to_string);
        assert_eq!(next(packs(Some("a"), &["a", "b"])).as_deref(), Some("b"));
        assert_eq!(next(packs(Some("b"), &["a", "b"])).as_deref(), Some("a"));
        assert_eq!(next(packs(Some("a"), &["a"])), None);
        assert_eq!(next(packs(None, &[])), None);
    }
}
