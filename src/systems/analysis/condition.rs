//! Thresholds out of Argo's success and failure conditions, as far as they compare one number with another. What is too clever
//! for a line in a chart yields none; nothing is evaluated.
//!
//! A success condition fails where one of the comparisons that it needs fails; a failure condition holds where one of those that
//! suffice holds. Guards against empty and meaningless results (`len(result) == 0 || …`) say nothing about the number.

use crate::domain::{Limit, Side};

/// A longer condition compares more than one number: not even its brackets are counted.
const LONGEST: usize = 400;

/// The thresholds of a metric's two conditions; an empty condition is none.
pub(super) fn limits(success: &str, failure: &str) -> Vec<Limit> {
    let [success, failure] = [success, failure].map(|condition| if condition.len() > LONGEST { "" } else { condition });
    let mut limits = Vec::new();
    for limit in of_success(success).into_iter().chain(of_failure(failure)) {
        if !limits.contains(&limit) {
            limits.push(limit);
        }
    }
    limits
}

/// The comparisons without which it is no success: those of its only alternative.
fn of_success(condition: &str) -> Vec<Limit> {
    let alternatives: Vec<Vec<&str>> = telling(condition, "||", "&&");
    let [needed] = alternatives.as_slice() else { return Vec::new() };
    needed.iter().filter_map(|term| Comparison::of(term, "all")).map(Comparison::fails).collect()
}

/// The comparisons that are a failure by themselves.
fn of_failure(condition: &str) -> Vec<Limit> {
    let alternatives = telling(condition, "||", "&&");
    let alone = alternatives.iter().filter_map(|terms| if let [only] = terms.as_slice() { Some(*only) } else { None });
    alone.filter_map(|term| Comparison::of(term, "any")).map(Comparison::holds).collect()
}

/// The alternatives of a condition with the terms of each, without guards and what consists of nothing else.
fn telling<'c>(condition: &'c str, or: &str, and: &str) -> Vec<Vec<&'c str>> {
    let terms = |of: &'c str| split(of, and).into_iter().map(bare).filter(|term| !is_guard(term)).collect();
    let alternatives: Vec<Vec<&str>> = split(bare(condition), or).into_iter().map(|of| terms(bare(of))).collect();
    alternatives.into_iter().filter(|terms| !terms.is_empty()).collect()
}

/// Splits where no bracket is open.
fn split<'c>(text: &'c str, at: &str) -> Vec<&'c str> {
    let (mut parts, mut depth, mut from, mut skip) = (Vec::new(), 0_i32, 0, 0);
    for (place, c) in text.char_indices() {
        depth += match c {
            '(' | '[' | '{' => 1,
            ')' | ']' | '}' => -1,
            _ => 0,
        };
        if depth == 0 && place >= skip && text.get(place..).is_some_and(|rest| rest.starts_with(at)) {
            parts.extend(text.get(from..place));
            (from, skip) = (place + at.len(), place + at.len());
        }
    }
    parts.extend(text.get(from..));
    parts
}

/// Without blanks and brackets around it.
fn bare(text: &str) -> &str {
    let text = text.trim();
    let inner = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
    let is_pair = |inner: &&str| {
        let mut depth = 0_i32;
        inner.chars().all(|c| {
            depth += i32::from(c == '(') - i32::from(c == ')');
            depth >= 0
        })
    };
    inner.filter(is_pair).map_or(text, bare)
}

/// Whether a term only asks whether there is a number at all.
fn is_guard(term: &str) -> bool {
    let term = term.trim_start_matches('!').trim_start();
    let term = term.strip_prefix("not ").unwrap_or(term).trim_start();
    let asks = ["len(", "isNaN(", "isInf(", "isNil("].iter().any(|call| term.starts_with(call));
    term.is_empty() || asks || matches!(term.replace(' ', "").as_str(), "result==nil" | "result!=nil")
}

/// A number compared with the result.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Comparison {
    /// Whether the result is to be the greater one.
    is_more: bool,
    than: f64,
}

impl Comparison {
    /// A term that compares, perhaps each element of the result (`all(result, {# > 1})`); `each` is the word for that.
    fn of(term: &str, each: &str) -> Option<Self> {
        if let Some(inner) = call(term, each) {
            return Self::between(predicate(inner)?, "#");
        }
        // None of them may: all must not.
        if let Some(inner) = call(term, "none").filter(|_| each == "all") {
            return Self::between(predicate(inner)?, "#").map(|of| Self { is_more: !of.is_more, ..of });
        }
        Self::between(term, "result")
    }

    fn between(term: &str, subject: &str) -> Option<Self> {
        let (place, sign) = ["<=", ">=", "<", ">"].into_iter().find_map(|sign| Some((term.find(sign)?, sign)))?;
        let (left, right) = (term.get(..place)?.trim(), term.get(place + sign.len()..)?.trim());
        let is_more = sign.starts_with('>');
        match (is_subject(left, subject), is_subject(right, subject)) {
            (true, false) => Some(Self { is_more, than: number(right)? }),
            (false, true) => Some(Self { is_more: !is_more, than: number(left)? }),
            _ => None,
        }
    }

    /// Where it does not hold.
    const fn fails(self) -> Limit {
        Limit { side: if self.is_more { Side::Below } else { Side::Above }, at: self.than }
    }

    /// Where it holds.
    const fn holds(self) -> Limit {
        Limit { side: if self.is_more { Side::Above } else { Side::Below }, at: self.than }
    }
}

/// What stands in the brackets of a call of that name that is all of the term.
fn call<'t>(term: &'t str, name: &str) -> Option<&'t str> {
    term.strip_prefix(name)?.trim_start().strip_prefix('(')?.strip_suffix(')')
}

/// The condition on each element of the result.
fn predicate(inner: &str) -> Option<&str> {
    let (of, condition) = inner.split_once(',')?;
    let condition = condition.trim();
    let braced = condition.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    (of.trim() == "result").then(|| braced.unwrap_or(condition).trim())
}

/// The result itself or its first element, perhaps as a number, or as one where there is none.
fn is_subject(text: &str, subject: &str) -> bool {
    if let Some(inner) = call(text, "asFloat").or_else(|| call(text, "asInt")) {
        return is_subject(inner.trim(), subject);
    }
    if let Some((inner, _)) = call(text, "default").and_then(|inner| inner.split_once(',')) {
        return is_subject(inner.trim(), subject);
    }
    text == subject || text.strip_prefix(subject).is_some_and(|rest| rest.replace(' ', "") == "[0]")
}

fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(success: &str, failure: &str) -> String {
        let one = |limit: &Limit| format!("{}{}", if limit.side == Side::Above { '>' } else { '<' }, limit.at);
        limits(success, failure).iter().map(one).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_is_wanted_hurts_on_the_other_side() {
        for (condition, hurts) in [
            ("result[0] >= 0.95", "<0.95"),
            ("result < 5", ">5"),
            ("result[0]<=1e3", ">1000"),
            ("0.99 <= result[0]", "<0.99"),
            ("asFloat(result[0]) > 2", "<2"),
            ("default(result, 0) < 0.05", ">0.05"),
            ("all(result, {# > 0.9})", "<0.9"),
            ("all(result, # < 500)", ">500"),
            ("none(result, {# >= 3})", ">3"),
            ("(result[0] >= 0.95)", "<0.95"),
            ("result[0] >= 10 && result[0] <= 90", "<10 >90"),
            ("len(result) == 0 || result[0] >= 0.95", "<0.95"),
            ("isNaN(result[0]) || (result[0] <= 5)", ">5"),
            ("!isNaN(result[0]) && result[0] < 5", ">5"),
            ("result == nil || len(result) == 0 || all(result, {# < 4})", ">4"),
        ] {
            assert_eq!(told(condition, ""), hurts, "{condition}");
        }
    }

    #[test]
    fn a_failure_hurts_where_it_holds() {
        for (condition, hurts) in [
            ("result[0] > 0.05", ">0.05"),
            ("result[0] < 0.9 || result[0] > 1.1", "<0.9 >1.1"),
            ("any(result, {# > 7})", ">7"),
            ("len(result) > 0 && result[0] >= 2", ">2"),
            ("isNaN(result[0]) || result[0] >= 2", ">2"),
        ] {
            assert_eq!(told("", condition), hurts, "{condition}");
        }
        assert_eq!(told("result[0] <= 2", "result[0] > 2"), ">2", "once");
        assert_eq!(told("result[0] <= 2", "result[0] > 5"), ">2 >5");
    }

    #[test]
    fn what_is_too_clever_is_no_line() {
        for condition in [
            "",
            "true",
            "result[0] == 1",
            "result[1] > 5",
            "result[0] > 5 || result[0] < 1",
            "any(result, {# > 1})",
            "result[0] / result[1] > 0.9",
            "filter(result, {# > 3}) == []",
            "result[0] > {{args.least}}",
            "result[0] >= Inf",
            "((",
        ] {
            assert_eq!(told(condition, ""), "", "{condition}");
        }
        assert_eq!(told(&"(".repeat(1_000_000), ""), "");
        assert_eq!(told("", "all(result, {# > 1})"), "");
        assert_eq!(told("", "result[0] > 5 && result[1] > 5"), "");
    }
}
