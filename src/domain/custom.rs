//! A custom resource, kept whole: routers differ in where their weights live, and a table says where to look. What is in it
//! is not judged here.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Meta;

/// An object of a kind that is not built in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Custom {
    /// Who it is.
    pub meta: Meta,
    /// All of it as the server sent it; of `metadata.managedFields` only who wrote to it and when, without the status.
    pub body: Value,
}
