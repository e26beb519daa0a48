//! Containers that cannot be created or started: a missing ConfigMap, Secret or key, a command that is not there.

use super::{
    Case, Noticed,
    lens::sick,
    said::Said,
    words::{after, between, brief, describe, pods_of},
};
/// The kubelet's reasons (`kuberuntime_container.go`).
const REASONS: &[&str] = &["CreateContainerConfigError", "CreateContainerError", "RunContainerError", "StartError"];

/// Names what is missing.
pub(super) fn check(case: &Case<'_>) -> Noticed {
    let mut noticed = Noticed::default();
    for side in case.living() {
        let found = sick(side, |sick| sick.waits_for(REASONS));
        let Some((worst, (reason, says))) = found.first().and_then(|worst| Some((worst, worst.waits()?))) else {
            continue;
        };
        let who = pods_of(side, found.len());
        let words = if let Some(what) = missing(says) {
            let message = format!("{who} cannot start {}: {what} is missing", worst.named());
            ("config missing", message, format!("create {what} in namespace {}, or undo", case.rollout.at.namespace))
        } else {
            let label = if reason == "CreateContainerConfigError" { "config error" } else { "cannot start" };
            let message = format!("{who} cannot start {}: {} ({reason})", worst.named(), brief(says, 140));
            (label, message, format!("undo, or mend the template; {}", describe(&worst.pod.meta.at)))
        };
        // The kubelet's caches fill by themselves.
        let sticks = !says.contains("failed to sync");
        if let Some(said) = Said::unstarted(&found, words) {
            noticed.add(Said { sticks, ..said }.of(case, side));
        }
    }
    noticed
}

/// The object, or the key in it, that a sentence of the kubelet misses.
pub(super) fn missing(says: &str) -> Option<String> {
    for (mark, kind) in [("configmap \"", "ConfigMap"), ("secret \"", "Secret")] {
        if let Some(name) = between(says, mark, "\" not found") {
            return Some(format!("{kind} {name}"));
        }
    }
    for (mark, kind) in [(" in ConfigMap ", "ConfigMap"), (" in Secret ", "Secret")] {
        if let Some(key) = between(says, "couldn't find key ", mark) {
            let place = after(says, mark)?;
            let name = place.rsplit('/').next().unwrap_or(place);
            return Some(format!("key {key} of {kind} {name}"));
        }
    }
    for (mark, kind) in [("non-existent config key: ", "ConfigMap"), ("non-existent secret key: ", "Secret")] {
        if let Some(key) = after(says, mark) {
            return Some(format!("key {key} of a {kind}"));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::story::Story;
    use super::missing;
    use crate::domain::sample;

    #[test]
    fn what_is_missing_is_named() {
        let table = [
            ("configmap \"web-config\" not found", "ConfigMap web-config"),
            ("secret \"token\" not found", "Secret token"),
            ("couldn't find key url in ConfigMap shop/web-config", "key url of ConfigMap web-config"),
            ("couldn't find key pin in Secret shop/token", "key pin of Secret token"),
            ("references non-existent config key: app.toml", "key app.toml of a ConfigMap"),
        ];
        for (says, what) in table {
            assert_eq!(missing(says).as_deref(), Some(what));
        }
        assert_eq!(missing("failed to sync configmap cache"), None);
    }

    #[test]
    fn a_missing_configmap_sticks() {
        let pod = sample::waiting("a", "CreateContainerConfigError", "configmap \"web-config\" not found");
        let finding = Story::of(vec![pod]).one("config-error");
        assert_eq!(finding.message, "the pod of web:2 cannot start container app: ConfigMap web-config is missing");
        assert_eq!(finding.advice, "create ConfigMap web-config in namespace shop, or undo");
        assert_eq!((finding.sticks, finding.label.as_str()), (true, "config missing"));
    }

    #[test]
    fn a_cache_that_fills_does_not_stick_and_a_missing_command_does() {
        let cache = "failed to sync configmap cache: timed out waiting for the condition";
        assert!(!Story::of(vec![sample::waiting("a", "CreateContainerConfigError", cache)]).one("config-error").sticks);
        let command = "failed to create containerd task: exec: \"serve\": executable file not found in $PATH";
        let finding = Story::of(vec![sample::waiting("a", "RunContainerError", command)]).one("config-error");
        assert!(finding.sticks && finding.message.contains("executable file not found"), "{}", finding.message);
    }
}
