//! Each verb, its exact patch, and its refusals.
