//! Short stories: keys in, state out. One file per part of the session.

mod board;
mod card;
mod deck;
mod everywhere;
mod history;
mod journal;
mod logs;
mod steer;
mod text;
