//! The parameters of a request: of the query string and of a form in the body. Times and durations as Prometheus reads them.

use jiff::Timestamp;

use super::lex;
use crate::domain::num;

/// Names and values, decoded, in the order in which they came; those of the body first, as Go's `ParseForm` has it.
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    pub(super) fn read(query_string: &str, body: &[u8]) -> Self {
        let body = String::from_utf8_lossy(body);
        let pairs = body.split('&').chain(query_string.split('&')).filter(|pair| !pair.is_empty());
        Self(
            pairs
                .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
                .map(|(n, v)| (decoded(n), decoded(v)))
                .collect(),
        )
    }

    /// The first value of a name; empty when it is not there.
    pub(super) fn get(&self, name: &str) -> &str {
        self.all(name).next().unwrap_or("")
    }

    /// All values of a name.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A time in milliseconds since the epoch: seconds, perhaps with a fraction, or RFC 3339.
    pub(super) fn time(&self, name: &str) -> Result<i64, String> {
        let text = self.get(name);
        if let Ok(secs) = text.parse::<f64>() {
            return Ok(num::trunc_i64((secs * 1_000.0).round()).clamp(-FAR_MS, FAR_MS));
        }
        text.parse::<Timestamp>()
            .map(Timestamp::as_millisecond)
            .map_err(|_| format!("invalid parameter {name:?}: cannot parse {text:?} to a valid timestamp"))
    }

    /// The same, or what holds when it was not given.
    pub(super) fn time_or(&self, name: &str, otherwise: i64) -> Result<i64, String> {
        if self.get(name).is_empty() {
            return Ok(otherwise);
        }
        let say = |why: String| why.replace(": cannot", &format!(": Invalid time value for '{name}': cannot"));
        self.time(name).map_err(say)
    }

    /// The distance between two steps, in milliseconds: seconds, or a duration such as `1m`.
    pub(super) fn step(&self) -> Result<i64, String> {
        let text = self.get("step");
        let ms = match text.parse::<f64>() {
            Ok(secs) => num::trunc_i64(secs * 1_000.0),
            Err(_) => lex::duration(text)
                .ok_or_else(|| format!("invalid parameter \"step\": cannot parse {text:?} to a valid duration"))?,
        };
        if ms > 0 {
            return Ok(ms.min(FAR_MS));
        }
        let what = "zero or negative query resolution step widths are not accepted. Try a positive integer";
        Err(format!("invalid parameter \"step\": {what}"))
    }
}

/// No time is further from the epoch than 30,000 years: sums of times stay numbers.
pub(super) const FAR_MS: i64 = 1 << 50;

/// Percent and plus decoded; what is no escape stays as it is.
pub(super) fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        let escaped = after.split_first_chunk::<2>().and_then(|(hex, after)| {
            let hex = std::str::from_utf8(hex).ok().filter(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
            Some((u8::from_str_radix(hex, 16).ok()?, after))
        });
        match (first, escaped) {
            (b'+', _) => bytes.push(b' '),
            (b'%', Some((byte, after))) => {
                bytes.push(byte);
                rest = after;
            }
            _ => bytes.push(*first),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_decoded() {
        let form = Form::read("query=up%7Ba%3D%22b%22%7D+%2B+1&match[]=a&match%5B%5D=b&bad=%zz%4", b"query=down");
        assert_eq!(form.all("query").collect::<Vec<_>>(), ["down", r#"up{a="b"} + 1"#]);
        assert_eq!(form.all("match[]").collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(form.get("bad"), "%zz%4");
    }

    #[test]
    fn times_are_seconds_or_dates() {
        let form = Form::read("a=1435781430.781&b=2015-07-01T20:10:30.781Z&c=soon&step=1m&d=1e300", b"");
        assert_eq!(form.time("a"), Ok(1_435_781_430_781));
        assert_eq!(form.time("b"), Ok(1_435_781_430_781));
        assert_eq!(form.time("c").unwrap_err(), r#"invalid parameter "c": cannot parse "soon" to a valid timestamp"#);
        assert_eq!(form.time("d"), Ok(FAR_MS));
        assert_eq!(form.time_or("e", 7), Ok(7));
        assert_eq!(form.step(), Ok(60_000));
        assert!(Form::read("step=0", b"").step().unwrap_err().contains("zero or negative"));
    }
}
