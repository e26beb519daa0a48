//! Short stories: keys in, state out. One file per part of the session.

mod board;
mod deck;
mod everywhere;
mod history;
mod logs;
mod text;
