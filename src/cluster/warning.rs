//! `Warning` headers (RFC 7234 §5.5) as the API server writes them: `299 - "text"`. Other codes are about caches.

use http::{HeaderMap, header};

use crate::domain::Text;

/// Warnings of one answer that are kept: each may be 256 bytes, and a card is not a log.
const AT_MOST: usize = 16;

/// The texts of all warnings with code 299, in order.
pub(super) fn warnings(headers: &HeaderMap) -> Vec<Text> {
    let values = headers.get_all(header::WARNING).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
    values.flat_map(|value| texts(&value)).take(AT_MOST).collect()
}

/// The texts in one header, which may hold several warnings; what follows something that is none is left out.
fn texts(mut value: &str) -> Vec<Text> {
    let mut found = Vec::new();
    while let Some((code, text, rest)) = one(value) {
        if code == "299" {
            found.push(Text::clean(&text));
        }
        value = rest;
    }
    found
}

/// `code agent "text"`, perhaps ` "date"`, perhaps a comma: the code, the text, and what follows.
fn one(value: &str) -> Option<(&str, String, &str)> {
    let (code, rest) = value.trim_start().split_once(' ')?;
    let (_agent, rest) = rest.split_once(' ')?;
    let (text, rest) = quoted(rest)?;
    let rest = rest.trim_start();
    let rest = quoted(rest).map_or(rest, |(_date, rest)| rest).trim_start();
    Some((code, text, rest.strip_prefix(',').unwrap_or(rest)))
}

/// A quoted string, without its quotes and escapes, and what follows.
fn quoted(value: &str) -> Option<(String, &str)> {
    let inner = value.strip_prefix('"')?;
    let mut text = String::new();
    let mut chars = inner.chars();
    loop {
        match chars.next()? {
            '"' => return Some((text, chars.as_str())),
            '\\' => text.push(chars.next()?),
            c => text.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_are_unquoted_and_tamed() {
        for (value, expected) in [
            (r#"299 - "unknown field \"spec.x\"""#, &[r#"unknown field "spec.x""#][..]),
            (r#"299 - "one", 299 kube "two" "Sat, 21 Nov 2026 10:00:00 GMT", 299 - "three""#, &["one", "two", "three"]),
            (r#"110 cache "stale", 299 - "old API""#, &["old API"]),
            ("299 - \"a\tb\"", &["a b"]),
            (r#"299 - "never ends"#, &[]),
            (r#"299 - "ends in \"#, &[]),
            ("299", &[]),
            ("", &[]),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::WARNING, value.parse().unwrap());
            assert_eq!(warnings(&headers), expected, "{value}");
        }
    }

    #[test]
    fn several_headers_are_several_warnings_up_to_a_limit() {
        let mut headers = HeaderMap::new();
        for number in 0..40 {
            headers.append(header::WARNING, format!("299 - \"{number}\"").parse().unwrap());
        }
        assert_eq!(warnings(&headers).len(), AT_MOST);
        assert_eq!(warnings(&headers)[15], "15");
    }
}
