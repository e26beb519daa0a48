//! What can be done to a Deployment: the requests of kubectl v1.36 as guarded JSON patches. kubectl sends most of these
//! without a precondition; here each tests the object's uid and what its plan was made from.
//!
//! Nothing is sent here, and what others would do about it (autoscalers, owners) is said elsewhere.

mod done;
mod image;
mod own;
mod pause;
mod restart;
mod scale;

mod undo;

#[cfg(test)]
mod tests;

pub(super) use undo::bare;

use super::super::VerbRow;

/// One verb a row.
pub(super) static VERBS: &[VerbRow] =
    &[pause::PAUSE, pause::RESUME, undo::UNDO, restart::RESTART, scale::SCALE, image::SET_IMAGE];
