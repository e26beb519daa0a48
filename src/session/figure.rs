//! What a chart can be of: the measures of versions, and queries that are not ours.

use crate::domain::Measure;

/// What a chart is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Figure {
    /// A measure of each version.
    Measure(Measure),
    /// A query that is not ours, by its place among them.
    Own(usize),
}

impl Default for Figure {
    fn default() -> Self {
        Self::Measure(Measure::Rate)
    }
}

impl Figure {
    /// All, with so many queries that are not ours.
    pub fn all(own: usize) -> Vec<Self> {
        Measure::ALL.into_iter().map(Self::Measure).chain((0..own).map(Self::Own)).collect()
    }
}
