//! Themes: colours and modifiers by role.

/// A theme.
pub struct Theme;
