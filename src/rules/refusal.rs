//! Why the API server refuses to create a pod or a ReplicaSet, read out of its sentence. The sentences are those of the
//! admission plugins of Kubernetes 1.36, as the controller copies them into `ReplicaFailure`.

use super::words::{after, between, brief};

/// A refusal.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal<'t> {
    /// A ResourceQuota.
    Quota { name: &'t str, says: String },
    /// An admission webhook, or a `ValidatingAdmissionPolicy`.
    Webhook { what: &'static str, name: &'t str, says: String },
    /// A webhook that does not answer.
    WebhookDown { name: &'t str, says: String },
    /// Anything else.
    Other { label: &'static str, says: String },
}

/// Reads the sentence.
pub(super) fn parse(message: &str) -> Refusal<'_> {
    None.or_else(|| quota(message))
        .or_else(|| webhook(message))
        .or_else(|| policy(message))
        .unwrap_or_else(|| other(message))
}

fn quota(message: &str) -> Option<Refusal<'_>> {
    if let Some(rest) = after(message, "exceeded quota: ") {
        let (name, numbers) = rest.split_once(", requested: ")?;
        let (requested, numbers) = numbers.split_once(", used: ")?;
        let (used, limited) = numbers.split_once(", limited: ")?;
        return Some(Refusal::Quota { name, says: amounts(requested, used, limited) });
    }
    let (name, says) = after(message, "failed quota: ")?.split_once(": ")?;
    Some(Refusal::Quota { name, says: format!("pods {}", brief(says, 80)) })
}

/// `2 of 2 pods are used, 1 more is asked for`; several resources stay as the server lists them.
fn amounts(requested: &str, used: &str, limited: &str) -> String {
    let split = |text: &'_ str| text.split_once('=').map(|(what, n)| (what.to_owned(), n.to_owned()));
    match (requested.contains(','), split(requested), split(used), split(limited)) {
        (false, Some((what, more)), Some((_, used)), Some((_, all))) => {
            format!("{used} of {all} {what} used, {more} more asked for")
        }
        _ => format!("asked for {requested}, used {used}, limit {limited}"),
    }
}

fn webhook(message: &str) -> Option<Refusal<'_>> {
    if let Some(name) = between(message, "failed calling webhook \"", "\"") {
        let why = after(message, "failed to call webhook: ").unwrap_or(message);
        let why = after(why, "\": ").unwrap_or(why);
        return Some(Refusal::WebhookDown { name, says: brief(why, 80) });
    }
    let name = between(message, "admission webhook \"", "\"")?;
    let says = after(message, "denied the request: ").unwrap_or("without explanation");
    Some(Refusal::Webhook { what: "webhook", name, says: brief(says, 120) })
}

fn policy(message: &str) -> Option<Refusal<'_>> {
    let name = between(message, "ValidatingAdmissionPolicy '", "'")?;
    let says = after(message, "denied request: ").unwrap_or("without explanation");
    Some(Refusal::Webhook { what: "policy", name, says: brief(says, 120) })
}

fn other(message: &str) -> Refusal<'_> {
    let forbidden = after(message, " is forbidden: ").unwrap_or(message);
    let label = if forbidden.contains("violates PodSecurity") {
        "pod security"
    } else if ["maximum ", "minimum "].iter().any(|start| forbidden.starts_with(start)) && forbidden.contains(" per ") {
        "limit range"
    } else if forbidden.contains("service account") {
        "service account"
    } else {
        "create refused"
    };
    Refusal::Other { label, says: brief(forbidden, 140) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quota_is_named_with_its_numbers() {
        let one = "pods \"web-f68-srk7p\" is forbidden: exceeded quota: tight, requested: pods=1, used: pods=2, limited: pods=2";
        let says = "2 of 2 pods used, 1 more asked for".to_owned();
        assert_eq!(parse(one), Refusal::Quota { name: "tight", says });
        let two = "exceeded quota: q, requested: cpu=1,pods=1, used: cpu=9,pods=2, limited: cpu=9,pods=2";
        let says = "asked for cpu=1,pods=1, used cpu=9,pods=2, limit cpu=9,pods=2".to_owned();
        assert_eq!(parse(two), Refusal::Quota { name: "q", says });
        let unset = "pods \"a\" is forbidden: failed quota: q: must specify limits.cpu for: app";
        let says = "pods must specify limits.cpu for: app".to_owned();
        assert_eq!(parse(unset), Refusal::Quota { name: "q", says });
    }

    #[test]
    fn webhooks_and_policies_are_named() {
        let denied = "admission webhook \"images.example.com\" denied the request: image is not signed";
        let says = "image is not signed".to_owned();
        assert_eq!(parse(denied), Refusal::Webhook { what: "webhook", name: "images.example.com", says });
        let down = "Internal error occurred: failed calling webhook \"hook.example\": failed to call webhook: Post \"https://127.0.0.1:1/x?timeout=10s\": dial tcp 127.0.0.1:1: connect: connection refused";
        let says = "dial tcp 127.0.0.1:1: connect: connection refused".to_owned();
        assert_eq!(parse(down), Refusal::WebhookDown { name: "hook.example", says });
        let policy = "pods \"vap-9\" is forbidden: ValidatingAdmissionPolicy 'deny' with binding 'b' denied request: no vap here";
        let says = "no vap here".to_owned();
        assert_eq!(parse(policy), Refusal::Webhook { what: "policy", name: "deny", says });
    }

    #[test]
    fn the_rest_keeps_the_servers_words() {
        let label = |message| if let Refusal::Other { label, .. } = parse(message) { label } else { "" };
        let secure = "pods \"psa-5\" is forbidden: violates PodSecurity \"restricted:latest\": runAsNonRoot != true";
        let range = "pods \"fat-7\" is forbidden: maximum memory usage per Container is 1Gi, but limit is 5Gi";
        let account =
            "pods \"a\" is forbidden: error looking up service account shop/ghost: serviceaccount \"ghost\" not found";
        assert_eq!([secure, range, account].map(label), ["pod security", "limit range", "service account"]);
        let says = "maximum memory usage per Container is 1Gi, but limit is 5Gi".to_owned();
        assert_eq!(parse(range), Refusal::Other { label: "limit range", says });
    }
}
