//! Short stories: keys in, state out.
