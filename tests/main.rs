//! One binary for all tests of the whole: it links once.

mod architecture;
