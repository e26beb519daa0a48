//! What went wrong between this program and a cluster, in sentences for an operator: what, where, and what to do.

use std::{error::Error, fmt, io};

use kube::client::AuthError;

use crate::{domain::Text, wire::Status};

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

/// An error of the client as a failure: the innermost cause is the one that says something.
pub(super) fn failure(error: &(dyn Error + 'static)) -> Failure {
    let mut cause = Some(error);
    let mut last = error.to_string();
    while let Some(this) = cause {
        if let Some(kube::Error::Auth(auth)) = this.downcast_ref::<kube::Error>() {
            return Failure::Login(login_sentence(auth));
        }
        if let Some(tls) = this.downcast_ref::<rustls::Error>() {
            return Failure::Untrusted(tls_sentence(tls));
        }
        if let Some(io) = this.downcast_ref::<io::Error>() {
            if let Some(tls) = io.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
                return Failure::Untrusted(tls_sentence(tls));
            }
            if let Some(sentence) = io_sentence(io.kind()) {
                return Failure::Broken(sentence.to_owned());
            }
        }
        last = this.to_string();
        cause = this.source();
    }
    Failure::Broken(last)
}

fn io_sentence(kind: io::ErrorKind) -> Option<&'static str> {
    Some(match kind {
        io::ErrorKind::ConnectionRefused => "connection refused: nothing listens there",
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::BrokenPipe => {
            "the connection was cut"
        }
        io::ErrorKind::UnexpectedEof => "the connection was cut in the middle of an answer",
        io::ErrorKind::TimedOut => "no answer in time",
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => "no route to that address",
        _ => return None,
    })
}

/// Why there are no credentials. A plugin's last line on stderr says most.
pub(super) fn login_sentence(error: &AuthError) -> String {
    match error {
        AuthError::AuthExecStart(error) => format!("the credential plugin of this context cannot be started: {error}"),
        AuthError::AuthExecRun { out, .. } => {
            let complaint = String::from_utf8_lossy(&out.stderr);
            let last = complaint.lines().rev().map(str::trim).find(|line| !line.is_empty());
            let last = last.unwrap_or("it said nothing");
            format!("the credential plugin of this context failed ({}): {last}", out.status)
        }
        other => format!("no credentials: {other}"),
    }
}

fn tls_sentence(error: &rustls::Error) -> String {
    use rustls::{AlertDescription as Alert, CertificateError as Bad};
    if let rustls::Error::AlertReceived(alert) = error {
        return match alert {
            Alert::CertificateExpired => "our client certificate has expired".to_owned(),
            Alert::CertificateRequired | Alert::BadCertificate | Alert::UnknownCA | Alert::CertificateUnknown => {
                "the server does not accept our client certificate".to_owned()
            }
            other => format!("the server ended the TLS handshake: {other:?}"),
        };
    }
    if let rustls::Error::InvalidCertificate(bad) = error {
        return match bad {
            Bad::Expired | Bad::ExpiredContext { .. } => "the server's certificate has expired".to_owned(),
            Bad::NotValidYet | Bad::NotValidYetContext { .. } => "the server's certificate is not valid yet".to_owned(),
            Bad::UnknownIssuer => "the server's certificate is from an authority that we do not trust".to_owned(),
            Bad::NotValidForName | Bad::NotValidForNameContext { .. } => {
                "the server's certificate is for another name".to_owned()
            }
            other => format!("the server's certificate is not valid: {other:?}"),
        };
    }
    format!("TLS failed: {error}")
}
