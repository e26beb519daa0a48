//! Fuzzy words: whether they are in a name, how well, and which characters they found.

use std::fmt;

use nucleo_matcher::{
    Config, Matcher, Utf32Str,
    pattern::{Atom, AtomKind, CaseMatching, Normalization},
};

use super::{Filter, Term};

/// A score and the places of the characters that matched.
pub(super) type Found = (u32, Vec<usize>);

/// Finds fuzzy words in names. Holds the matcher's scratch memory (100 KiB): make one for many names.
pub struct Marker {
    words: Vec<Atom>,
    matcher: Matcher,
    wide: Vec<char>,
}

impl fmt::Debug for Marker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Marker").field("words", &self.words).finish_non_exhaustive()
    }
}

impl Marker {
    /// For the fuzzy words of a filter.
    pub fn new(filter: &Filter) -> Self {
        let fuzzy = |term: &Term| if let Term::Fuzzy(word) = term { Some(word.clone()) } else { None };
        Self::of(filter.terms().filter_map(fuzzy))
    }

    pub(super) fn of(words: impl Iterator<Item = String>) -> Self {
        let atom = |word: String| Atom::new(&word, CaseMatching::Ignore, Normalization::Smart, AtomKind::Fuzzy, false);
        Self { words: words.map(atom).collect(), matcher: Matcher::new(Config::DEFAULT), wide: Vec::new() }
    }

    /// Which characters of a name the words found, in rising order, counted as a reader counts them (graphemes); empty when there are no words or one is not in it.
    pub fn marks(&mut self, name: &str) -> Vec<usize> {
        self.find(name).map(|(_, places)| places).unwrap_or_default()
    }

    /// All words in a name; None when one is not in it.
    pub(super) fn find(&mut self, name: &str) -> Option<Found> {
        let name = Utf32Str::new(name, &mut self.wide);
        let (mut score, mut places) = (0, Vec::new());
        for word in &self.words {
            score += u32::from(word.indices(name, &mut self.matcher, &mut places)?);
        }
        let mut places: Vec<usize> = places.into_iter().filter_map(|at| usize::try_from(at).ok()).collect();
        places.sort_unstable();
        places.dedup();
        Some((score, places))
    }
}
