//! Short stories: keys in, state out. One file per part of the session.

mod board;
mod card;
mod deck;
mod everywhere;
mod journal;
mod steer;
mod text;
