//! What a plan would ask of each pod, beside what pods have carried. How much a pod can carry nobody knows before it breaks: the
//! most that was seen is a bound from below.

use super::subject::guard;
use crate::domain::{Guard, Version, Weight};

/// So much more than ever seen is worth a warning: a fifth is within what traffic does by itself.
const MORE: f64 = 1.2;

/// The most requests a second that a pod of any of these carries or has carried; None where nothing measures them.
pub(crate) fn busiest<'v>(versions: impl Iterator<Item = &'v Version>) -> Option<f64> {
    versions.flat_map(|version| [version.peak, version.load()]).flatten().reduce(f64::max).filter(|most| *most > 0.0)
}

/// Pods that would each carry so many requests a second, where the most that was seen is this.
pub(crate) fn capacity(who: &str, would: f64, most: f64) -> Guard {
    let weight = if would > most * MORE { Weight::Warn } else { Weight::Note };
    guard("capacity", weight, format!("{who} would carry {would:.1} req/s; a pod has carried {most:.1} at most"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_was_ever_carried_is_a_warning() {
        let says = |would| {
            let guard = capacity("each of the 2 pods of v2", would, 10.0);
            (guard.weight, guard.says.to_string())
        };
        let told = "each of the 2 pods of v2 would carry 12.5 req/s; a pod has carried 10.0 at most";
        assert_eq!(says(12.5), (Weight::Warn, told.to_owned()));
        assert_eq!(says(12.0).0, Weight::Note);
    }
}
