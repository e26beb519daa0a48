//! What can be done to a Deployment: the requests of kubectl v1.36 as guarded JSON patches.

use super::super::VerbRow;

/// One verb a row.
pub(super) static VERBS: &[VerbRow] = &[];
