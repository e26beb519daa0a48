//! What went wrong between two certificates, as a sentence: for the API server and for Prometheus. Opens no connection.

/// What is the matter, in one sentence without the address.
pub(crate) fn sentence(error: &rustls::Error) -> String {
    if let rustls::Error::AlertReceived(alert) = error {
        return alert_sentence(*alert);
    }
    if let rustls::Error::InvalidCertificate(bad) = error {
        return format!("the server's certificate {}", certificate_fault(bad));
    }
    format!("TLS failed: {error}")
}

/// What the server had against us.
fn alert_sentence(alert: rustls::AlertDescription) -> String {
    use rustls::AlertDescription as Alert;
    if alert == Alert::CertificateExpired {
        return "our client certificate has expired".to_owned();
    }
    let ours = [Alert::CertificateRequired, Alert::BadCertificate, Alert::UnknownCA, Alert::CertificateUnknown];
    if ours.contains(&alert) {
        return "the server wants a client certificate that it accepts".to_owned();
    }
    format!("the server ended the TLS handshake: {alert:?}")
}

/// What we have against the server.
fn certificate_fault(bad: &rustls::CertificateError) -> String {
    use rustls::CertificateError as Bad;
    if matches!(bad, Bad::Expired | Bad::ExpiredContext { .. }) {
        return "has expired".to_owned();
    }
    if matches!(bad, Bad::NotValidYet | Bad::NotValidYetContext { .. }) {
        return "is not valid yet".to_owned();
    }
    if matches!(bad, Bad::UnknownIssuer) {
        return "is from an authority that we do not trust".to_owned();
    }
    if matches!(bad, Bad::NotValidForName | Bad::NotValidForNameContext { .. }) {
        return "is for another name".to_owned();
    }
    format!("is not valid: {bad:?}")
}

#[cfg(test)]
mod tests {
    use rustls::{AlertDescription, CertificateError, Error};

    use super::sentence;

    #[test]
    fn certificates_that_fail_are_told_apart() {
        let server = |fault| sentence(&Error::InvalidCertificate(fault));
        assert_eq!(server(CertificateError::Expired), "the server's certificate has expired");
        assert_eq!(server(CertificateError::NotValidForName), "the server's certificate is for another name");
        let client = |alert| sentence(&Error::AlertReceived(alert));
        assert_eq!(client(AlertDescription::CertificateExpired), "our client certificate has expired");
        assert_eq!(client(AlertDescription::UnknownCA), "the server wants a client certificate that it accepts");
        assert_eq!(sentence(&Error::DecryptError), "TLS failed: cannot decrypt peer's message");
    }
}
