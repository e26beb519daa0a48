//! A small Prometheus: a store of samples and a subset of PromQL over it, behind Prometheus' HTTP API. What it answers is what
//! Prometheus 2.42 answers over the same samples (`lab/promql` holds it against the real one); what it cannot answer is
//! refused with a 422, never guessed. It does not scrape, has no rules, no alerts and no `/metrics` of its own.
//!
//! # The subset
//!
//! | | |
//! |---|---|
//! | selectors | `name{a="b", c!="d", e=~"x.*", f!~"y"}`, ranges `[5m]` (both ends included), `offset 1h`, `offset -1h` |
//! | functions | `rate`, `increase`, `irate`, `histogram_quantile`, `clamp_min`, `clamp_max`, `label_replace`, `vector` |
//! | aggregation | `sum`, `avg`, `min`, `max`, `count`, `topk`, `bottomk`, each with `by (…)` or `without (…)` |
//! | operators | `+ - * /`, `== != < <= > >=` (also with `bool`), `and`, `or`, `unless`, unary `-` and `+`; between vectors one to one, with `on (…)` or `ignoring (…)` |
//! | literals | numbers (also `0x1f`, `1e3`, `Inf`, `NaN`), durations, strings, comments |
//!
//! Not in it: `group_left` and `group_right`, `^` and `%`, subqueries, `@`, every other function and aggregation. Regular
//! expressions are those of the `regex` crate, which are RE2's but for rarely used classes.

mod ast;
mod binary;
mod check;
mod chunk;
mod eval;
mod fold;
mod form;
mod functions;
mod http;
mod labels;
mod lex;
mod parse;
mod rate;
mod tsdb;

pub use http::answer;
pub use labels::{LabelSet, Matcher};
pub use tsdb::{BOUND, Series, SeriesId, Tsdb, stale};
