//! Which proxy a cluster is reached through. kube 5.0 holds `NO_PROXY` against the proxy's own address and stops at a
//! trailing comma, so it is decided here, by the rules that kubectl follows: an explicit `proxy-url` of the cluster is
//! used as it is; else `HTTPS_PROXY` (or `HTTP_PROXY` for a plain-text server), unless the server is this machine or
//! `NO_PROXY` names it (Go's `golang.org/x/net/http/httpproxy`).

use std::net::IpAddr;

use http::{Uri, uri::Scheme};

/// What the environment says about proxies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProxyEnv {
    /// `HTTPS_PROXY` or `https_proxy`.
    pub https_proxy: Option<String>,
    /// `HTTP_PROXY` or `http_proxy`.
    pub http_proxy: Option<String>,
    /// `NO_PROXY` or `no_proxy`.
    pub no_proxy: Option<String>,
}

/// The proxy for a server, if any. Errors with the text that is no proxy address.
pub(super) fn choose(explicit: Option<&str>, env: &ProxyEnv, server: &Uri) -> Result<Option<Uri>, String> {
    if let Some(explicit) = explicit.filter(|text| !text.trim().is_empty()) {
        return parse(explicit).map(Some);
    }
    let plain = server.scheme() == Some(&Scheme::HTTP);
    let proxy = if plain { &env.http_proxy } else { &env.https_proxy };
    let Some(proxy) = proxy.as_deref().filter(|text| !text.trim().is_empty()) else { return Ok(None) };
    let host = server.host().unwrap_or_default().trim_matches(['[', ']']).to_ascii_lowercase();
    let port = server.port_u16().unwrap_or(if plain { 80 } else { 443 });
    if is_this_machine(&host) || is_exempt(&host, port, env.no_proxy.as_deref().unwrap_or_default()) {
        return Ok(None);
    }
    parse(proxy).map(Some)
}

fn parse(text: &str) -> Result<Uri, String> {
    let text = text.trim();
    let whole = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let uri: Uri = whole.parse().map_err(|_| text.to_owned())?;
    let known = matches!(uri.scheme_str(), Some("http" | "https" | "socks5"));
    if known && uri.host().is_some() { Ok(uri) } else { Err(text.to_owned()) }
}

fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Whether an entry of `NO_PROXY` names the host. Entries that make no sense are ignored, as Go does.
fn is_exempt(host: &str, port: u16, no_proxy: &str) -> bool {
    no_proxy.split(',').map(str::trim).filter(|entry| !entry.is_empty()).any(|entry| names(entry, host, port))
}

fn names(entry: &str, host: &str, port: u16) -> bool {
    if entry == "*" {
        return true;
    }
    let entry = entry.to_ascii_lowercase();
    if let Some((network, bits)) = entry.split_once('/') {
        return contains(network, bits, host);
    }
    let (name, wanted) = split_port(&entry);
    if wanted.is_some_and(|wanted| wanted != port) {
        return false;
    }
    if let (Ok(named), Ok(ip)) = (name.parse::<IpAddr>(), host.parse::<IpAddr>()) {
        return named == ip;
    }
    let under = |domain: &str| host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'));
    match name.strip_prefix("*.").or_else(|| name.strip_prefix('.')) {
        Some(domain) => under(domain),
        None => host == name || under(name),
    }
}

/// `host:8443` in two; a bare IPv6 address has colons and no port.
fn split_port(entry: &str) -> (&str, Option<u16>) {
    if entry.parse::<IpAddr>().is_ok() {
        return (entry, None);
    }
    let split = entry.rsplit_once(':').and_then(|(name, port)| Some((name, port.parse().ok()?)));
    let (name, port) = split.map_or((entry, None), |(name, port)| (name, Some(port)));
    (name.trim_matches(['[', ']']), port)
}

/// Whether a CIDR block contains an address.
fn contains(network: &str, bits: &str, host: &str) -> bool {
    let (Ok(network), Ok(bits), Ok(ip)) = (network.parse(), bits.parse::<u32>(), host.parse()) else { return false };
    match (network, ip) {
        (IpAddr::V4(network), IpAddr::V4(ip)) if bits <= 32 => {
            u32::MAX.checked_shl(32 - bits).is_none_or(|mask| network.to_bits() & mask == ip.to_bits() & mask)
        }
        (IpAddr::V6(network), IpAddr::V6(ip)) if bits <= 128 => {
            u128::MAX.checked_shl(128 - bits).is_none_or(|mask| network.to_bits() & mask == ip.to_bits() & mask)
        }
        (IpAddr::V4(_) | IpAddr::V6(_), IpAddr::V4(_) | IpAddr::V6(_)) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The proxy chosen for a server while `HTTPS_PROXY=proxy:3128` and `NO_PROXY` is as given.
    fn via(server: &str, no_proxy: &str) -> Option<String> {
        let env = ProxyEnv {
            https_proxy: Some("proxy:3128".to_owned()),
            http_proxy: None,
            no_proxy: Some(no_proxy.to_owned()),
        };
        choose(None, &env, &server.parse().unwrap()).unwrap().map(|uri| uri.to_string())
    }

    #[test]
    fn no_proxy_is_held_against_the_server() {
        for (server, no_proxy) in [
            ("https://api.corp:6443", "api.corp"),
            ("https://api.corp:6443", "corp"),
            ("https://api.corp:6443", ".corp,"),
            ("https://api.corp:6443", "*.corp"),
            ("https://API.corp", "api.CORP:443"),
            ("https://10.1.2.3:6443", "192.168.0.0/16, 10.0.0.0/8"),
            ("https://10.1.2.3:6443", "10.1.2.3"),
            ("https://10.1.2.3:6443", "0.0.0.0/0"),
            ("https://[fd00::1]:6443", "fd00::/8"),
            ("https://[fd00::1]:6443", "fd00::1"),
            ("https://[fd00::1]:6443", "[fd00::1]:6443"),
            ("https://api.corp", " , *"),
            ("https://127.0.0.1:6443", ""),
            ("https://localhost:6443", ""),
            ("https://[::1]:6443", ""),
        ] {
            assert_eq!(via(server, no_proxy), None, "{server} with NO_PROXY={no_proxy}");
        }
    }

    #[test]
    fn what_no_proxy_does_not_name_goes_through_the_proxy() {
        for (server, no_proxy) in [
            ("https://api.corp:6443", ""),
            ("https://api.corp:6443", "api.corp:443"),
            ("https://corp:6443", ".corp"),
            ("https://notcorp:6443", "corp"),
            ("https://10.1.2.3:6443", "10.1.2.4,11.0.0.0/8,10.0.0.0/x,10.0.0.0/33"),
            ("https://10.1.2.3:6443", "proxy"),
            ("https://[fd00::1]:6443", "10.0.0.0/8"),
        ] {
            assert_eq!(
                via(server, no_proxy).as_deref(),
                Some("http://proxy:3128/"),
                "{server} with NO_PROXY={no_proxy}"
            );
        }
    }

    #[test]
    fn an_explicit_proxy_wins_and_a_bad_one_is_named() {
        let env = ProxyEnv { no_proxy: Some("*".to_owned()), ..ProxyEnv::default() };
        let server = Uri::from_static("https://api.corp");
        let chosen = choose(Some("socks5://jump:1080"), &env, &server).unwrap().unwrap();
        assert_eq!(chosen.to_string(), "socks5://jump:1080/");
        assert_eq!(choose(Some("ftp://jump"), &env, &server), Err("ftp://jump".to_owned()));
        assert_eq!(choose(Some(" "), &env, &server), Ok(None));
    }

    #[test]
    fn a_plain_text_server_is_asked_through_http_proxy() {
        let env = ProxyEnv { http_proxy: Some("http://p:1".to_owned()), ..ProxyEnv::default() };
        assert!(choose(None, &env, &Uri::from_static("http://api.corp")).unwrap().is_some());
        assert!(choose(None, &env, &Uri::from_static("https://api.corp")).unwrap().is_none());
    }
}
