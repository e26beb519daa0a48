//! What went wrong between this program and a cluster, in sentences for an operator: what, where, and what to do.

use std::{error::Error, fmt};

use kube::client::AuthError;

use super::allow::NotSent;
use crate::{cause, domain::Text, tls, wire::Status};

/// Why something could not be had from a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// Which kind of trouble, for those who act on it.
    pub kind: TroubleKind,
    /// What happened and where, one sentence without a full stop.
    pub what: Text,
    /// What to do about it, one sentence; empty if there is nothing to say.
    pub advice: Text,
}

/// Kinds of trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TroubleKind {
    /// The kubeconfig is missing, unreadable or does not say what is needed.
    Config,
    /// The server was not reached or did not answer.
    Unreachable,
    /// The server does not know who is asking (401), or credentials could not be had.
    Unauthenticated,
    /// The server knows who is asking and refuses (403).
    Denied,
    /// The server does not have it (404).
    NotFound,
    /// The server answered with another error, or with something that is not an answer.
    Server,
}

impl Trouble {
    pub(super) fn new(kind: TroubleKind, what: &str, advice: &str) -> Self {
        Self { kind, what: Text::clean(what), advice: Text::clean(advice) }
    }

    pub(super) fn config(what: &str, advice: &str) -> Self {
        Self::new(TroubleKind::Config, what, advice)
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        if self.advice.is_empty() { Ok(()) } else { write!(f, ". {}", self.advice) }
    }
}

impl Error for Trouble {}

/// Why one request has no usable answer.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Failure {
    /// The server answered with an error.
    Refused(Status),
    /// The answer does not make sense.
    Garbled(String),
    /// There was no answer, or it was cut: one sentence.
    Broken(String),
    /// TLS failed: credentials or certificates may have been renewed on disk since. One sentence.
    Untrusted(String),
    /// Credentials could not be had: one sentence.
    Login(String),
}

impl Failure {
    /// The sentence.
    pub(super) fn sentence(&self) -> String {
        match self {
            Self::Refused(status) => refusal(status),
            Self::Garbled(why) | Self::Broken(why) | Self::Untrusted(why) | Self::Login(why) => why.clone(),
        }
    }

    /// The trouble that it is for who asked.
    pub(super) fn trouble(&self, server: &str) -> Trouble {
        let what = self.sentence();
        match self {
            Self::Refused(status) => match status.code {
                401 => {
                    let advice = "Log in again, or check the user of this context in the kubeconfig.";
                    Trouble::new(
                        TroubleKind::Unauthenticated,
                        &format!("{server} does not accept the credentials: {what}"),
                        advice,
                    )
                }
                403 => Trouble::new(TroubleKind::Denied, &what, "Ask for the right, or narrow the namespaces."),
                404 => Trouble::new(TroubleKind::NotFound, &what, ""),
                _ => Trouble::new(TroubleKind::Server, &format!("{server} answered {what}"), ""),
            },
            Self::Garbled(_) => Trouble::new(
                TroubleKind::Server,
                &format!("{server}: {what}"),
                "Check that this address is a Kubernetes API server and not a proxy's login page.",
            ),
            Self::Broken(_) => Trouble::new(
                TroubleKind::Unreachable,
                &format!("{server}: {what}"),
                "Check the VPN, the proxy settings and that the server runs.",
            ),
            Self::Untrusted(_) => Trouble::new(
                TroubleKind::Unreachable,
                &format!("{server}: {what}"),
                "Check the certificates in the kubeconfig and this machine's clock.",
            ),
            Self::Login(_) => Trouble::new(
                TroubleKind::Unauthenticated,
                &what,
                "Log in first: a credential plugin never gets this program's terminal to ask questions.",
            ),
        }
    }
}

/// An error status in one sentence.
fn refusal(status: &Status) -> String {
    let message = status.message.trim();
    match (message.is_empty(), status.reason.is_empty()) {
        (false, _) if status.code == 403 => message.to_owned(),
        (false, _) => format!("{}: {message}", status.code),
        (true, false) => format!("{} {}", status.code, status.reason),
        (true, true) => format!("HTTP status {}", status.code),
    }
}

/// Whether a request that failed so is certain not to have left this machine: our guard kept it, there were no credentials for
/// it, or there was no connection. hyper-util's error for the last has no public type that kube hands on, so its words are
/// compared; should they change, this says no, which is the safe side.
pub(super) fn never_left(error: &(dyn Error + 'static)) -> bool {
    cause::all(error).any(|this| {
        this.is::<NotSent>()
            || matches!(this.downcast_ref(), Some(kube::Error::Auth(_)))
            || this.to_string() == "client error (Connect)"
    })
}

/// An error of the client as a failure: the innermost cause is the one that says something.
pub(super) fn failure(error: &(dyn Error + 'static)) -> Failure {
    for this in cause::all(error) {
        if let Some(kube::Error::Auth(auth)) = this.downcast_ref::<kube::Error>() {
            return Failure::Login(login_sentence(auth));
        }
        if let Some(tls) = this.downcast_ref::<rustls::Error>() {
            return Failure::Untrusted(tls::sentence(tls));
        }
    }
    Failure::Broken(cause::sentence(error))
}

/// Why there are no credentials. A plugin's last line on stderr says most.
fn login_sentence(error: &AuthError) -> String {
    if let AuthError::AuthExecStart(error) = error {
        return format!("the credential plugin of this context cannot be started: {error}");
    }
    let AuthError::AuthExecRun { out, .. } = error else { return format!("no credentials: {error}") };
    let complaint = String::from_utf8_lossy(&out.stderr);
    let last = complaint.lines().rev().map(str::trim).find(|line| !line.is_empty());
    format!("the credential plugin of this context failed ({}): {}", out.status, last.unwrap_or("it said nothing"))
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;
    use crate::wire;

    fn said(error: impl Into<Box<dyn Error + Send + Sync>>) -> Failure {
        let error = kube::Error::Service(io::Error::other(error).into());
        failure(&error)
    }

    #[test]
    fn certificates_that_fail_are_no_broken_wire() {
        assert!(matches!(said(rustls::Error::DecryptError), Failure::Untrusted(_)));
    }

    #[test]
    fn the_innermost_cause_speaks() {
        let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
        assert_eq!(said(refused), Failure::Broken("connection refused: nothing listens there".to_owned()));
        assert_eq!(said("dns error: no such host"), Failure::Broken("dns error: no such host".to_owned()));
    }

    #[test]
    fn a_refusal_is_the_servers_sentence() {
        let refused = |code, body: &str| Failure::Refused(wire::decode_status("text/plain", code, body.as_bytes()));
        assert_eq!(refused(403, "pods is forbidden").sentence(), "pods is forbidden");
        assert_eq!(refused(500, "etcd is away").sentence(), "500: etcd is away");
        assert_eq!(refused(502, "").sentence(), "HTTP status 502");
    }
}
