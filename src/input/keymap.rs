//! Which chords mean which action, in which scope; and the other way round, for hints, help and the README.
//!
//! Keymap files are read by `keymap_file`. Files are never opened here: the caller brings their text.

use std::{collections::BTreeMap, fmt::Write as _};

use super::{Action, BadKeymap, Chord, Scope, keymap_file};

/// A keymap: per scope, sequences of chords and their actions. No sequence of a scope is the beginning of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keymap {
    // Sorted, so that a sequence's continuations follow it directly: a trie without its nodes.
    bound: BTreeMap<(Scope, Vec<Chord>), Action>,
}

/// What a sequence of chords means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolved {
    /// This.
    Action(Action),
    /// More keys may follow.
    Pending,
    /// Nothing.
    Nothing,
}

impl Default for Keymap {
    /// The keymap `default`.
    fn default() -> Self {
        Self::built_in("default").unwrap_or(Self::empty())
    }
}

impl Keymap {
    /// The keymaps that are compiled in: name and text.
    pub const BUILT_IN: [(&str, &str); 2] =
        [("default", include_str!("../../keymaps/default.toml")), ("k9s", include_str!("../../keymaps/k9s.toml"))];

    /// Their names.
    pub const NAMES: &[&str] = &[Self::BUILT_IN[0].0, Self::BUILT_IN[1].0];

    /// Reads a keymap file; `file_name` is for messages only. `inherits` names a compiled-in keymap.
    ///
    /// # Errors
    /// The first thing in the file that is wrong, with its line and column and what would be right.
    pub fn parse(file_name: &str, text: &str) -> Result<Self, BadKeymap> {
        keymap_file::read(file_name, text)
    }

    /// A keymap that is compiled in; None for a name that is not one.
    pub fn built_in(name: &str) -> Option<Self> {
        let (name, text) = Self::BUILT_IN.into_iter().find(|(known, _)| *known == name)?;
        Self::parse(&format!("keymaps/{name}.toml"), text).ok()
    }

    /// What the chords typed so far mean: the first scope that knows them decides.
    pub fn resolve(&self, scopes: &[Scope], pending: &[Chord]) -> Resolved {
        for scope in scopes {
            let start = (*scope, pending.to_vec());
            let next = self.bound.range(&start..).next();
            match next.filter(|((at, keys), _)| at == scope && keys.starts_with(pending)) {
                Some(((_, keys), action)) if keys.len() == pending.len() => return Resolved::Action(*action),
                Some(_) => return Resolved::Pending,
                None => {}
            }
        }
        Resolved::Nothing
    }

    /// The keys of an action as text (`g g`, `ctrl-d`, `?`), shortest first.
    pub fn keys_of(&self, action: Action) -> Vec<String> {
        let bound = self.bound.iter().filter(|(_, to)| **to == action);
        let mut keys: Vec<String> = bound.map(|((_, keys), _)| Chord::text_of(keys)).collect();
        keys.sort_by_key(|text| (text.chars().count(), text.clone()));
        keys
    }

    /// The actions of a scope with their keys, in the order of help.
    pub fn rows(&self, scope: Scope) -> Vec<(Vec<String>, Action)> {
        let here = Action::ALL.iter().filter(|action| action.scope() == scope);
        here.map(|action| (self.keys_of(*action), *action)).collect()
    }

    /// The README's tables of keys, one per scope.
    pub fn markdown(&self) -> String {
        let mut page = String::new();
        for scope in Scope::ALL {
            let _ = writeln!(page, "| {} | action | what it does |\n|---|---|---|", scope.word());
            for (keys, action) in self.rows(*scope) {
                let keys: Vec<String> = keys.iter().map(|key| format!("`{}`", key.replace('|', "\\|"))).collect();
                let keys = if keys.is_empty() { "palette".to_owned() } else { keys.join(" ") };
                let _ = writeln!(page, "| {keys} | {} | {} |", action.name(), action.doc());
            }
            page.push('\n');
        }
        page.truncate(page.trim_end().len());
        page.push('\n');
        page
    }

    /// A keymap with nothing bound.
    pub(super) const fn empty() -> Self {
        Self { bound: BTreeMap::new() }
    }

    pub(super) fn bind(&mut self, keys: Vec<Chord>, action: Action) {
        self.bound.insert((action.scope(), keys), action);
    }

    /// Whether there was something to unbind.
    pub(super) fn unbind(&mut self, scope: Scope, keys: Vec<Chord>) -> bool {
        self.bound.remove(&(scope, keys)).is_some()
    }

    /// A bound sequence of the scope that begins with `keys` or that `keys` begins with, other than itself.
    pub(super) fn clash(&self, scope: Scope, keys: &[Chord]) -> Option<&[Chord]> {
        let others = self.bound.keys().filter(|(at, other)| *at == scope && other != keys);
        others.map(|(_, other)| other.as_slice()).find(|other| other.starts_with(keys) || keys.starts_with(other))
    }
}

#[cfg(test)]
mod tests;
