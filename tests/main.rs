//! All tests that look at the program from outside, in one binary: it links once, and its modules share helpers.
#![cfg(test)]

mod architecture;
mod charts_screens;
mod commands;
mod demo;
mod demo_keys;
mod flights;
mod metrics_screens;
mod pty;
mod screens;
mod screens_books;
mod sim;
mod steering_screens;
mod support;
mod terminal_bytes;
mod trials;
mod verdict;
