//! One request as the simulated server sees it: who, what, which query. Bodies are decoded by those who need them.

use bytes::Bytes;
use http::{HeaderMap, Method, Request, header};

/// One request, whole.
#[derive(Clone, Debug)]
pub(in crate::sim) struct Call {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) query: Query,
    raw_query: String,
    headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Call {
    /// From an HTTP request.
    pub(in crate::sim) fn new(request: Request<Bytes>) -> Self {
        let (head, body) = request.into_parts();
        let path = head.uri.path().to_owned();
        let raw_query = head.uri.query().unwrap_or_default().to_owned();
        Self { method: head.method, path, query: Query::parse(&raw_query), raw_query, headers: head.headers, body }
    }

    /// The query as it was sent, for those who read it themselves.
    pub(super) fn raw_query(&self) -> &str {
        &self.raw_query
    }

    fn header(&self, name: header::HeaderName) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// What may be answered.
    pub(super) fn accept(&self) -> &str {
        self.header(header::ACCEPT)
    }

    /// The media type of the body without its parameters; JSON if it is not said.
    pub(super) fn media(&self) -> &str {
        let said = self.header(header::CONTENT_TYPE).split(';').next().unwrap_or_default().trim();
        if said.is_empty() { "application/json" } else { said }
    }

    /// Whose fields these are: `fieldManager`, else the first part of the user agent, as the real server has it.
    pub(super) fn manager(&self) -> &str {
        let agent = self.header(header::USER_AGENT).split('/').next().unwrap_or_default();
        match self.query.get("fieldManager") {
            Some(manager) => manager,
            None if agent.is_empty() => "unknown",
            None => agent,
        }
    }
}

/// A decoded query.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    fn parse(text: &str) -> Self {
        let pairs = text.split('&').filter(|pair| !pair.is_empty());
        let split = |pair: &str| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(key, true), decode(value, true))
        };
        Self(pairs.map(split).collect())
    }

    /// The first value of a key, if it is not empty: the real server takes an empty one as none.
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(k, _)| k == key).map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// Whether a switch is on.
    pub(super) fn on(&self, key: &str) -> bool {
        self.get(key).is_some_and(|value| matches!(value, "true" | "1"))
    }

    /// A whole number. The error is a sentence.
    pub(super) fn number(&self, key: &str) -> Result<Option<i64>, String> {
        let Some(text) = self.get(key) else { return Ok(None) };
        text.parse().map(Some).map_err(|_| format!("strconv.ParseInt: parsing {text:?}: invalid syntax"))
    }
}

/// Undoes percent signs, and plus signs in a query.
pub(super) fn decode(text: &str, plus: bool) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let hex = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
        let ahead = &mut rest.clone();
        match (byte, hex(ahead.next()), hex(ahead.next())) {
            (b'%', Some(high), Some(low)) => {
                bytes.push(u8::try_from(high * 16 + low).unwrap_or(b'?'));
                rest = ahead.clone();
            }
            (b'+', ..) if plus => bytes.push(b' '),
            _ => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_decoded() {
        let query = Query::parse("labelSelector=app%20in%20%28a%2Cb%29&limit=5&x=&watch=1&bad=%zz&p=a+b");
        assert_eq!(query.get("labelSelector"), Some("app in (a,b)"));
        assert_eq!(query.number("limit"), Ok(Some(5)));
        assert_eq!(query.get("x"), None);
        assert!(query.on("watch"));
        assert_eq!(query.get("bad"), Some("%zz"));
        assert_eq!(query.get("p"), Some("a b"));
        assert_eq!(query.number("bad"), Err("strconv.ParseInt: parsing \"%zz\": invalid syntax".to_owned()));
    }
}
