//! `[[charts]]` in the configuration: queries that are to be drawn, by name. They are asked only while somebody looks.

use serde::Deserialize;

/// A query that is to be drawn.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "Written")]
pub struct Charted {
    /// What it is called.
    pub name: String,
    /// PromQL with variables such as `$namespace`.
    pub query: String,
    /// Its unit; empty for none.
    pub unit: String,
    /// Above it, it hurts.
    pub above: Option<f64>,
    /// Below it, it hurts.
    pub below: Option<f64>,
}

/// The section as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    query: String,
    #[serde(default)]
    unit: String,
    above: Option<f64>,
    below: Option<f64>,
}

impl TryFrom<Written> for Charted {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        let Written { name, query, unit, above, below } = written;
        if name.trim().is_empty() || query.trim().is_empty() {
            return Err("a chart has a name and a query: give both".to_owned());
        }
        if let Some(unknown) = super::curves::unknown(&query) {
            return Err(unknown);
        }
        Ok(Self { name, query, unit, above, below })
    }
}
