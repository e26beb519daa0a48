//! A query in pieces: names, numbers, durations, strings and signs, each with its place. No grammar.

/// A piece.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// A keyword, the name of a metric, of a label, of a function.
    Word(String),
    Number(f64),
    /// Milliseconds.
    Duration(i64),
    Text(String),
    /// `{ } ( ) [ ] , : @` and the operators.
    Sign(&'static str),
    /// What is no piece, and why: nothing follows.
    Wrong(String),
    End,
}

impl Token {
    /// As Prometheus names it when it does not expect it; `written` is what stands in the query.
    pub(super) fn described(&self, written: &str) -> String {
        match self {
            Self::Word(word) if KEYWORDS.contains(&word.as_str()) => format!("<{word}>"),
            Self::Word(word) => format!("identifier {word:?}"),
            Self::Number(_) => format!("number {written:?}"),
            Self::Duration(_) => format!("duration {written:?}"),
            Self::Text(_) => format!("string {written:?}"),
            Self::Sign(sign) if OPERATORS.contains(sign) => format!("<op:{sign}>"),
            Self::Sign(sign) => format!("{sign:?}"),
            Self::Wrong(why) => why.clone(),
            Self::End => "end of input".into(),
        }
    }
}

const KEYWORDS: &[&str] = &["by", "without", "on", "ignoring", "offset", "bool", "group_left", "group_right"];
const OPERATORS: &[&str] = &["+", "-", "*", "/", "%", "^", "==", "!=", "<=", ">=", "<", ">"];

/// The longest first.
const SIGNS: &[&str] =
    &["==", "!=", "<=", ">=", "=", "<", ">", "+", "-", "*", "/", "%", "^", "(", ")", "{", "[", "]", ",", ":", "@"];

/// Those between braces.
const SIGNS_OF_MATCHERS: &[&str] = &["=~", "!~", "!=", "=", ",", "}"];

/// What is open at a place of the query.
#[derive(Default)]
struct Open {
    parentheses: usize,
    brackets: bool,
    braces: bool,
}

/// Cuts a query into pieces; the last one is [`Token::End`], or [`Token::Wrong`] where it cannot be cut any further.
pub(super) fn lex(query: &str) -> Vec<(usize, Token)> {
    let mut tokens = Vec::new();
    let mut open = Open::default();
    let mut rest = query;
    loop {
        rest = rest.trim_start_matches([' ', '\t', '\n', '\r']);
        let at = query.len() - rest.len();
        let Some(first) = rest.chars().next() else { break };
        if first == '#' {
            rest = rest.find('\n').and_then(|end| rest.get(end..)).unwrap_or_default();
            continue;
        }
        match open.piece(rest, first) {
            Ok((token, length)) => {
                tokens.push((at, token));
                rest = rest.get(length..).unwrap_or_default();
            }
            Err(why) => {
                // Prometheus places a parenthesis too many behind itself.
                tokens.push((at + usize::from(first == ')'), Token::Wrong(why)));
                return tokens;
            }
        }
    }
    tokens.push((query.len(), open.end()));
    tokens
}

impl Open {
    fn piece(&mut self, rest: &str, first: char) -> Result<(Token, usize), String> {
        match first {
            '"' | '\'' | '`' => text(rest, first),
            'a'..='z' | 'A'..='Z' | '_' => Ok(word(rest)),
            _ if self.braces => self.sign(rest, SIGNS_OF_MATCHERS).ok_or_else(|| match first {
                '{' => format!("unexpected left brace {first:?}"),
                _ => format!("unexpected character inside braces: {first:?}"),
            }),
            '0'..='9' => number(rest),
            '.' if rest.get(1..2).is_some_and(is_digits) => number(rest),
            // Between brackets a colon is that of a subquery, elsewhere part of a name.
            ':' if !self.brackets && rest.get(1..).is_some_and(|after| after.starts_with(is_word)) => Ok(word(rest)),
            ')' if self.parentheses == 0 => Err(format!("unexpected right parenthesis {first:?}")),
            ']' if !self.brackets => Err(format!("unexpected right bracket {first:?}")),
            '[' if self.brackets => Err(format!("unexpected left bracket {first:?}")),
            _ => self.sign(rest, SIGNS).ok_or_else(|| format!("unexpected character: {first:?}")),
        }
    }

    fn sign(&mut self, rest: &str, known: &[&'static str]) -> Option<(Token, usize)> {
        let sign = *known.iter().find(|sign| rest.starts_with(**sign))?;
        match sign {
            "(" => self.parentheses += 1,
            ")" => self.parentheses -= 1,
            "[" | "]" => self.brackets = sign == "[",
            "{" | "}" => self.braces = sign == "{",
            _ => {}
        }
        Some((Token::Sign(sign), sign.len()))
    }

    /// The end of the query: nothing may be open.
    fn end(&self) -> Token {
        match self {
            Self { braces: true, .. } => Token::Wrong("unexpected end of input inside braces".into()),
            Self { parentheses: 1.., .. } => Token::Wrong("unclosed left parenthesis".into()),
            Self { brackets: true, .. } => Token::Wrong("unclosed left bracket".into()),
            Self { .. } => Token::End,
        }
    }
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | ':')
}

fn word(rest: &str) -> (Token, usize) {
    let word = rest.find(|c| !is_word(c)).and_then(|end| rest.get(..end)).unwrap_or(rest);
    let token = match word.to_ascii_lowercase().as_str() {
        "inf" => Token::Number(f64::INFINITY),
        "nan" => Token::Number(f64::NAN),
        _ => Token::Word(word.into()),
    };
    (token, word.len())
}

/// A number (decimal, hexadecimal, with an exponent) or a duration such as `1h30m`.
fn number(rest: &str) -> Result<(Token, usize), String> {
    let mut length = 0;
    for c in rest.chars() {
        let before = rest.get(..length).unwrap_or_default();
        let exponent = before.ends_with(['e', 'E']) && !before.starts_with("0x") && !before.starts_with("0X");
        if !(c.is_ascii_alphanumeric() || c == '_' || c == '.' || (exponent && matches!(c, '+' | '-'))) {
            break;
        }
        length += c.len_utf8();
    }
    let all = rest.get(..length).unwrap_or_default();
    let bad = || format!("bad number or duration syntax: {all:?}");
    if let Some(hex) = all.strip_prefix("0x").or_else(|| all.strip_prefix("0X")) {
        let n = u32::from_str_radix(hex, 16).map_err(|_| bad())?;
        return Ok((Token::Number(f64::from(n)), length));
    }
    if all.ends_with(|c: char| c.is_ascii_alphabetic()) {
        return Ok((Token::Duration(duration(all).ok_or_else(bad)?), length));
    }
    Ok((Token::Number(all.parse().map_err(|_| bad())?), length))
}

/// A duration of Prometheus (`1h30m`, each unit once and the largest first) in milliseconds.
pub(super) fn duration(text: &str) -> Option<i64> {
    const UNITS: &[(&str, i64)] = &[
        ("y", 31_536_000_000),
        ("w", 604_800_000),
        ("d", 86_400_000),
        ("h", 3_600_000),
        ("m", 60_000),
        ("s", 1_000),
        ("ms", 1),
    ];
    if text == "0" {
        return Some(0);
    }
    let (mut total, mut rest, mut largest) = (0_i64, text, 0);
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let (count, after) = rest.split_at_checked(digits)?;
        let unit = after.find(|c: char| c.is_ascii_digit()).and_then(|end| after.get(..end)).unwrap_or(after);
        let place = UNITS.iter().position(|(name, _)| *name == unit).filter(|place| *place >= largest)?;
        let (_, worth) = UNITS.get(place)?;
        total = total.checked_add(count.parse::<i64>().ok()?.checked_mul(*worth)?)?;
        largest = place + 1;
        rest = after.get(unit.len()..)?;
    }
    (!text.is_empty()).then_some(total)
}

/// A string in one of the three kinds of quotes; in `` ` `` nothing is escaped.
fn text(rest: &str, quote: char) -> Result<(Token, usize), String> {
    let mut value = String::new();
    let mut chars = rest.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            c if c == quote => return Ok((Token::Text(value), at + 1)),
            '\n' if quote != '`' => break,
            '\\' if quote != '`' => {
                let (_, escaped) = chars.next().ok_or("escape sequence not terminated")?;
                value.push(match escaped {
                    'n' => '\n',
                    't' => '\t',
                    'r' => '\r',
                    '\\' => '\\',
                    'x' | 'u' | 'U' => code(escaped, &mut chars).ok_or("unknown escape sequence")?,
                    c if c == quote => c,
                    c => return Err(format!("unknown escape sequence U+{:04X} {c:?}", u32::from(c))),
                });
            }
            c => value.push(c),
        }
    }
    Err(if quote == '`' { "unterminated raw string".into() } else { "unterminated quoted string".into() })
}

fn code(kind: char, chars: &mut impl Iterator<Item = (usize, char)>) -> Option<char> {
    let digits = if kind == 'x' { 2 } else { 4 * (1 + usize::from(kind == 'U')) };
    let hex: String = chars.take(digits).map(|(_, c)| c).collect();
    char::from_u32(u32::from_str_radix(&hex, 16).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(query: &str) -> Vec<Token> {
        lex(query).into_iter().map(|(_, token)| token).collect()
    }

    #[test]
    fn durations_are_those_of_prometheus() {
        let cases =
            [("5m", 300_000), ("1h30m", 5_400_000), ("100ms", 100), ("1d", 86_400_000), ("0", 0), ("1m1ms", 60_001)];
        for (text, ms) in cases {
            assert_eq!(duration(text), Some(ms), "{text}");
        }
        for wrong in ["", "5", "m", "30m1h", "1h1h", "5q", "-5m", "99999999999999y"] {
            assert_eq!(duration(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn numbers_strings_and_comments() {
        assert_eq!(
            tokens("1e-3 .5 0x1F"),
            [0.001, 0.5, 31.0].map(Token::Number).into_iter().chain([Token::End]).collect::<Vec<_>>()
        );
        assert_eq!(
            tokens(r#""a\"\x41" 'b' `\n` # c"#),
            ["a\"A", "b", "\\n"].map(|s| Token::Text(s.into())).into_iter().chain([Token::End]).collect::<Vec<_>>()
        );
        assert!(matches!(tokens("Inf").first(), Some(Token::Number(n)) if n.is_infinite()));
    }

    #[test]
    fn what_is_no_piece_has_a_place() {
        let wrong = |query: &str| lex(query).pop().unwrap();
        let cases = [
            ("up ;", 3, "unexpected character: ';'"),
            ("up{a='b", 5, "unterminated quoted string"),
            ("5mm", 0, r#"bad number or duration syntax: "5mm""#),
            ("up)", 3, "unexpected right parenthesis ')'"),
            ("up{a=1}", 5, "unexpected character inside braces: '1'"),
            ("sum(up[5m", 9, "unclosed left parenthesis"),
            ("up[5m", 5, "unclosed left bracket"),
        ];
        for (query, at, why) in cases {
            assert_eq!(wrong(query), (at, Token::Wrong(why.into())));
        }
    }
}
