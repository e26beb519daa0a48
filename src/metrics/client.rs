//! Asking by HTTP: certificates, credentials and limits. Credentials are read from their files for each request, so that a
//! token that is renewed on disk is used; they are in no log and no sentence.

use std::{error::Error, fs, path::Path, time::Duration};

use bytes::{Bytes, BytesMut};
use http::{HeaderValue, Response, header};
use prometheus_http_query::Client;
use reqwest::{Certificate, Identity, redirect};

use super::{
    Settings,
    door::{Question, Range, Trouble},
    settings::{Address, Login, Trust},
};
use crate::{
    cause,
    domain::{Text, num},
    tls,
};

/// A server that has not accepted a connection after this long will not.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// Longer queries go as POST: something on the way may not like longer addresses.
const GET_BYTES: usize = 2_000;

/// A Prometheus at an address.
pub(super) struct Http {
    client: Client,
    login: Login,
    place: String,
}

impl Http {
    /// Reads certificates; nothing is sent yet.
    pub(super) fn new(address: &Address, settings: &Settings) -> Result<Self, Text> {
        let wrong = |what: &str| Text::clean(&format!("prometheus: {what}"));
        let agent = concat!("rolldeck/", env!("CARGO_PKG_VERSION"));
        let mut builder = reqwest::Client::builder()
            .user_agent(agent)
            .connect_timeout(CONNECT_WITHIN)
            // Credentials do not follow to somewhere else.
            .redirect(redirect::Policy::none());
        if address.is_loopback() {
            // A proxy would look for it on its own machine.
            builder = builder.no_proxy();
        }
        let Trust { ca_file, client, insecure } = &settings.trust;
        if let Some(path) = ca_file {
            let authorities = Certificate::from_pem_bundle(&read(path).map_err(|why| wrong(&why))?).unwrap_or_default();
            if authorities.is_empty() {
                return Err(wrong(&format!("{} holds no PEM certificate", path.display())));
            }
            builder = builder.tls_certs_only(authorities);
        }
        if let Some((cert, key)) = client {
            let both = [read(cert), read(key)].into_iter().collect::<Result<Vec<_>, _>>().map_err(|why| wrong(&why))?;
            let identity = Identity::from_pem(&both.join(&b'\n')).map_err(|_| {
                wrong(&format!("{} and {} are no PEM certificate with its key", cert.display(), key.display()))
            })?;
            builder = builder.identity(identity);
        }
        let client = builder.tls_danger_accept_invalid_certs(*insecure).build();
        let client = client.map_err(|error| wrong(&format!("certificates cannot be used: {}", innermost(&error))))?;
        let client = Client::from(client, address.as_str()).map_err(|error| wrong(&error.to_string()))?;
        Ok(Self { client, login: settings.login.clone(), place: address.as_str().to_owned() })
    }

    pub(super) fn place(&self) -> &str {
        &self.place
    }

    /// Sends a question and reads the whole answer of at most so many bytes, whatever its status.
    pub(super) async fn send(&self, question: &Question, most: usize) -> Result<Response<Bytes>, Trouble> {
        let login = self.authorization()?;
        let long = question.query.len() > GET_BYTES;
        let sent = match &question.range {
            None => {
                let mut query = self.client.query(&question.query);
                if let Some(login) = login {
                    query = query.header(header::AUTHORIZATION, login);
                }
                if long { query.post_raw().await } else { query.get_raw().await }
            }
            Some(Range { from, to, step }) => {
                let (from, to) = (num::whole_seconds(*from), num::whole_seconds(*to));
                let mut query = self.client.query_range(&question.query, from, to, step.as_secs_f64());
                if let Some(login) = login {
                    query = query.header(header::AUTHORIZATION, login);
                }
                if long { query.post_raw().await } else { query.get_raw().await }
            }
        };
        let mut response = sent.map_err(|error| Trouble::whole(&innermost(&error)))?;
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| Trouble::whole(&innermost(&error)))? {
            if body.len() + chunk.len() > most {
                let megabytes = most >> 20;
                return Err(Trouble::whole(&format!("its answer is longer than {megabytes} MB: ask for less")));
            }
            body.extend_from_slice(&chunk);
        }
        let mut whole = Response::new(body.freeze());
        *whole.status_mut() = response.status();
        *whole.headers_mut() = response.headers().clone();
        Ok(whole)
    }

    /// Who we are, out of the files as they are now.
    fn authorization(&self) -> Result<Option<HeaderValue>, Trouble> {
        let secret = |path: &Path| {
            let text = read(path).map(String::from_utf8).map_err(|why| Trouble::whole(&why))?;
            let text = text.map_err(|_| Trouble::whole(&format!("{} is no text", path.display())))?;
            Ok(text.trim_end_matches(['\r', '\n']).to_owned())
        };
        let value = match &self.login {
            Login::None => return Ok(None),
            Login::Bearer { file } => format!("Bearer {}", secret(file)?),
            Login::Basic { user, password_file } => {
                format!("Basic {}", base64(format!("{user}:{}", secret(password_file)?).as_bytes()))
            }
        };
        let mut value = HeaderValue::from_str(&value)
            .map_err(|_| Trouble::whole("the credentials hold characters that HTTP does not take"))?;
        value.set_sensitive(true);
        Ok(Some(value))
    }
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    fs::read(path).map_err(|error| format!("{} cannot be read: {error}", path.display()))
}

/// Base 64 with padding (RFC 4648, 4).
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let at = |index| u32::from(chunk.get(index).copied().unwrap_or(0));
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for place in 0..4 {
            let letter = usize::try_from(bits >> (18 - 6 * place) & 63).unwrap_or(0);
            let letter = LETTERS.get(letter).filter(|_| place <= chunk.len());
            text.push(letter.map_or('=', |letter| char::from(*letter)));
        }
    }
    text
}

/// What went wrong in the end: the innermost cause says it, and names no address.
fn innermost(error: &(dyn Error + 'static)) -> String {
    if let Some(tls) = cause::all(error).find_map(|this| this.downcast_ref()) {
        return tls::sentence(tls);
    }
    // A wait that is over is an io::Error too, which does not know how long it was.
    let is_late = |this: &(dyn Error + 'static)| this.downcast_ref().is_some_and(reqwest::Error::is_timeout);
    if cause::all(error).any(is_late) {
        return format!("no connection within {} s", CONNECT_WITHIN.as_secs());
    }
    cause::sentence(error)
}

#[cfg(test)]
mod tests {
    use super::base64;

    #[test]
    fn base64_is_that_of_rfc_4648() {
        let all = ["", "f", "fo", "foo", "foob", "fooba", "foobar"].map(|text| base64(text.as_bytes()));
        assert_eq!(all, ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"]);
        assert_eq!(base64("rolldeck:s3cret?>".as_bytes()), "cm9sbGRlY2s6czNjcmV0Pz4=");
    }
}
