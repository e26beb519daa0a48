//! Images that cannot be pulled or whose names cannot be read, with the kubelet's reason.

use super::{
    Case, Noticed, Side,
    lens::{Sick, sick},
    said::{Said, Words},
    words::{brief, describe, pods_do, pods_of},
};
/// The reasons of the kubelet (`pkg/kubelet/images/types.go`) and of container runtimes.
const PULL: &[&str] = &[
    "ErrImagePull",
    "ImagePullBackOff",
    "ErrImageNeverPull",
    "RegistryUnavailable",
    "ImageInspectError",
    "SignatureValidationFailed",
];

/// An image cannot be pulled.
pub(super) fn pull(case: &Case<'_>) -> Noticed {
    each(case, PULL, |side, found| {
        let (worst, image) = (found.first()?, found.first()?.container.image.as_str());
        let (reason, message) = worst.waits()?;
        let (why, advice) = cause(reason, message);
        let message = format!("{} cannot pull {image}: {why}", pods_of(side, found.len()));
        Some(("image pull", message, format!("{advice}; {}", describe(&worst.pod.meta.at))))
    })
}

/// An image's name cannot be read.
pub(super) fn invalid_name(case: &Case<'_>) -> Noticed {
    each(case, &["InvalidImageName"], |side, found| {
        let image = &found.first()?.container.image;
        let have = pods_do(side, found.len(), "has", "have");
        let message = format!("{have} an image name that cannot be read: {image}");
        Some(("image name", message, "set a valid image (registry/name:tag, lower case), or undo".to_owned()))
    })
}

fn each(case: &Case<'_>, reasons: &[&str], words: impl Fn(&Side<'_>, &[Sick<'_>]) -> Option<Words>) -> Noticed {
    let mut noticed = Noticed::default();
    for side in case.living() {
        let found = sick(side, |sick| sick.waits_for(reasons));
        let said = words(side, &found).and_then(|words| Said::unstarted(&found, words));
        if let Some(said) = said {
            noticed.add(said.of(case, side));
        }
    }
    noticed
}

/// What the registry meant, and what to do about it.
fn cause(reason: &str, message: &str) -> (String, &'static str) {
    if reason == "ErrImageNeverPull" {
        let why = "it is not on the node, and the pull policy is Never".to_owned();
        return (why, "load the image onto the nodes, or change imagePullPolicy");
    }
    let lower = message.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let (why, advice) =
        if has(&["unauthorized", "authentication required", "access denied", "forbidden", "insufficient_scope"]) {
            ("access denied", "check imagePullSecrets and the registry's rights, or undo")
        } else if has(&["not found", "notfound", "manifest unknown", "does not exist"]) {
            ("not found", "undo, or push the tag")
        } else if has(&["toomanyrequests", "429"]) {
            ("the registry's rate limit is reached", "wait, log in to the registry, or use a mirror")
        } else if has(&["no such host"]) {
            ("the registry's name does not resolve", "check the image's host name and the nodes' DNS")
        } else if has(&["x509", "certificate"]) {
            ("the registry's certificate is not trusted", "check the registry's certificate on the nodes")
        } else if has(&["timeout", "connection refused", "deadline exceeded", "unreachable"]) {
            ("the registry does not answer", "check the registry and the way to it")
        } else {
            let why = if message.is_empty() { reason } else { message };
            return (brief(why, 140), "undo, or mend the image");
        };
    (why.to_owned(), advice)
}

#[cfg(test)]
mod tests {
    use super::super::story::Story;
    use super::cause;
    use crate::domain::sample;

    const NOT_FOUND: &str = "Back-off pulling image \"registry.example/web:bad\": ErrImagePull: rpc error: code = NotFound desc = failed to pull and unpack image \"registry.example/web:bad\": failed to resolve reference: not found";

    #[test]
    fn the_image_and_the_reason_are_named() {
        let bad = |name| sample::waiting(name, "ImagePullBackOff", NOT_FOUND);
        let finding = Story::of(vec![bad("a"), bad("b"), sample::ready("c")]).one("image-pull");
        assert_eq!(finding.message, "2 of 3 pods of web:2 cannot pull registry.example/web:1: not found");
        assert_eq!(finding.advice, "undo, or push the tag; kubectl -n shop describe pod a");
        assert_eq!((finding.sticks, finding.label.as_str()), (true, "image pull"));
    }

    #[test]
    fn creating_is_not_failing() {
        assert!(Story::of(vec![sample::waiting("a", "ContainerCreating", "")]).all("image-pull").is_empty());
    }

    #[test]
    fn refused_is_not_missing() {
        let why = |message| cause("ErrImagePull", message).0;
        assert_eq!(why("failed to authorize: 401 Unauthorized"), "access denied");
        assert_eq!(why("pull access denied, repository does not exist or may require authorization"), "access denied");
        assert_eq!(why("dial tcp: lookup reg.example: no such host"), "the registry's name does not resolve");
        assert_eq!(why("dial tcp 10.0.0.1:443: i/o timeout"), "the registry does not answer");
        assert_eq!(why("disk is upside down"), "disk is upside down");
        assert!(cause("ErrImageNeverPull", "").0.contains("Never"));
    }

    #[test]
    fn a_name_that_cannot_be_read() {
        let finding = Story::of(vec![sample::waiting("a", "InvalidImageName", "x")]).one("invalid-image-name");
        assert!(finding.sticks && finding.message.ends_with("cannot be read: registry.example/web:1"));
    }
}
