//! Facts in, the picture of the world out.

pub mod fact;
pub use fact::Fact;
