//! Reading a keymap file (TOML), and saying exactly what is wrong with a bad one.
//!
//! ```toml
//! inherits = "default"   # optional: start from a compiled-in keymap; the file then holds only what differs
//! [board]                # a scope
//! "x" = "open"           # a key, or several in sequence ("g x"), and the action of that scope
//! "s" = ""               # unbound; `false` does the same
//! ```

use std::{fmt, ops::Range};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{Action, Chord, Global, Keymap, Scope};

/// What is wrong with a keymap file, where, and what would be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadKeymap {
    /// The file, as the caller named it.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong, and what would be right.
    pub says: String,
}

impl fmt::Display for BadKeymap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.says)
    }
}

impl std::error::Error for BadKeymap {}

/// A complaint and the bytes it is about.
type Bad = (Range<usize>, String);

/// One line of a scope: a key, what it is bound to, and where both stand.
struct Line<'t> {
    scope: Scope,
    key: &'t str,
    key_at: Range<usize>,
    value: &'t DeValue<'t>,
    value_at: Range<usize>,
}

pub(super) fn read(file: &str, text: &str) -> Result<Keymap, BadKeymap> {
    compile(text).map_err(|(at, says)| {
        let before = text.get(..at.start).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let column = before.get(line_start..).unwrap_or_default().chars().count() + 1;
        BadKeymap { file: file.to_owned(), line: before.matches('\n').count() + 1, column, says }
    })
}

fn compile(text: &str) -> Result<Keymap, Bad> {
    let table = DeTable::parse(text).map_err(|e| (e.span().unwrap_or(0..0), plain(e.message())))?;
    let (mut keymap, mut lines) = (Keymap::empty(), Vec::new());
    // A table is sorted by key; complaints go by place in the file.
    let mut entries: Vec<_> = table.get_ref().iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    for (key, value) in entries {
        if key.get_ref() == "inherits" {
            keymap = inherited(value)?;
        } else {
            lines.extend(scope_lines(key.get_ref(), key.span(), value)?);
        }
    }
    lines.sort_by_key(|line| line.key_at.start);
    keymap.bind(vec![Chord::CTRL_C], Action::Global(Global::Quit));
    let mut seen: Vec<(Scope, Vec<Chord>)> = Vec::new();
    for line in &lines {
        let keys = keys_of(line)?;
        if let Some((_, keys)) = seen.iter().find(|(scope, other)| *scope == line.scope && *other == keys) {
            let text = Chord::text_of(keys);
            return Err((line.key_at.clone(), format!("\"{text}\" is in [{}] twice; leave one", line.scope.word())));
        }
        apply(&mut keymap, line, &keys)?;
        seen.push((line.scope, keys));
    }
    // Only now: a later line may unbind what an earlier one would clash with.
    lines.iter().zip(seen).try_for_each(|(line, (scope, keys))| unambiguous(&keymap, line, scope, &keys))?;
    Ok(keymap)
}

/// The parser's sentence, on one line.
fn plain(message: &str) -> String {
    message.lines().map(str::trim).collect::<Vec<_>>().join(", ")
}

fn inherited(value: &Spanned<DeValue<'_>>) -> Result<Keymap, Bad> {
    let name = value.get_ref().as_str().unwrap_or_default();
    Keymap::built_in(name).ok_or_else(|| {
        let known: Vec<String> = Keymap::NAMES.iter().map(|name| format!("\"{name}\"")).collect();
        (value.span(), format!("nothing to inherit by that name; there are {}", known.join(" and ")))
    })
}

fn scope_lines<'t>(word: &str, at: Range<usize>, value: &'t Spanned<DeValue<'t>>) -> Result<Vec<Line<'t>>, Bad> {
    let Some(scope) = Scope::ALL.iter().copied().find(|scope| scope.word() == word) else {
        let words: Vec<&str> = Scope::ALL.iter().map(|scope| scope.word()).collect();
        let meant = hint(word, &words).unwrap_or_else(|| format!("scopes are {}", words.join(", ")));
        return Err((at, format!("unknown scope [{word}]; {meant}")));
    };
    let Some(table) = value.get_ref().as_table() else {
        return Err((value.span(), format!("[{word}] holds keys; write it as a table header on its own line")));
    };
    let line = |(key, value): (&'t Spanned<_>, &'t Spanned<DeValue<'t>>)| {
        let key_text: &'t std::borrow::Cow<'t, str> = key.get_ref();
        Line { scope, key: key_text, key_at: key.span(), value: value.get_ref(), value_at: value.span() }
    };
    Ok(table.iter().map(line).collect())
}

fn keys_of(line: &Line<'_>) -> Result<Vec<Chord>, Bad> {
    let bad = |says: String| (line.key_at.clone(), says);
    let keys = Chord::sequence(line.key).map_err(|e| bad(format!("bad key: {e}")))?;
    for key in &keys {
        let same = match key.to_string().as_str() {
            "ctrl-i" => "tab",
            "ctrl-m" => "enter",
            "ctrl-[" => "esc",
            _ => continue,
        };
        return Err(bad(format!("bad key: to a terminal \"{key}\" is the same as \"{same}\"; write that")));
    }
    Ok(keys)
}

/// Binds or unbinds one line.
fn apply(keymap: &mut Keymap, line: &Line<'_>, keys: &[Chord]) -> Result<(), Bad> {
    let bad = |says: String| Err((line.value_at.clone(), says));
    let scope = line.scope.word();
    let unbinds = line.value.as_bool() == Some(false) || line.value.as_str() == Some("");
    let action = line.value.as_str().and_then(|name| Action::find(line.scope, name));
    if keys.contains(&Chord::CTRL_C) && action != Some(Action::Global(Global::Quit)) {
        return Err((
            line.key_at.clone(),
            "ctrl-c always quits; it cannot be unbound or mean anything else".to_owned(),
        ));
    }
    if unbinds {
        let text = Chord::text_of(keys);
        return if keymap.unbind(line.scope, keys.to_vec()) {
            Ok(())
        } else {
            Err((line.key_at.clone(), format!("\"{text}\" is not bound in [{scope}]; there is nothing to unbind")))
        };
    }
    match (line.value.as_str(), action) {
        (_, Some(action)) => keymap.bind(keys.to_vec(), action),
        (Some(name), None) => return bad(unknown_action(line.scope, name)),
        (None, None) => return bad("expected the name of an action, or \"\" to unbind the key".to_owned()),
    }
    Ok(())
}

fn unknown_action(scope: Scope, name: &str) -> String {
    if let Some(other) = Action::ALL.iter().find(|action| action.name() == name) {
        return format!("\"{name}\" is not an action of [{}]; write it under [{}]", scope.word(), other.scope().word());
    }
    let names: Vec<&str> = Action::ALL.iter().filter(|a| a.scope() == scope).map(|a| a.name()).collect();
    let meant = hint(name, &names).unwrap_or_else(|| format!("[{}] has {}", scope.word(), names.join(", ")));
    format!("unknown action \"{name}\"; {meant}")
}

fn unambiguous(keymap: &Keymap, line: &Line<'_>, scope: Scope, keys: &[Chord]) -> Result<(), Bad> {
    let is_bound = line.value.as_str().is_some_and(|name| !name.is_empty());
    let Some(other) = keymap.clash(scope, keys).filter(|_| is_bound) else { return Ok(()) };
    let (mine, theirs) = (Chord::text_of(keys), Chord::text_of(other));
    let (short, long) = if keys.len() < other.len() { (&mine, &theirs) } else { (&theirs, &mine) };
    let says = format!(
        "\"{short}\" is the beginning of \"{long}\" in [{}], which could then never be typed; \
         write another key, or unbind the other with \"{theirs}\" = \"\"",
        scope.word()
    );
    Err((line.key_at.clone(), says))
}

/// The nearest of some words, as the end of a sentence; None when none is near.
fn hint(word: &str, among: &[&str]) -> Option<String> {
    let (distance, near) = among.iter().map(|other| (distance(word, other), other)).min_by_key(|(d, _)| *d)?;
    (distance <= 1 + word.chars().count() / 4).then(|| format!("did you mean \"{near}\"?"))
}

/// How many characters must be put in, left out, replaced or swapped with their neighbour to make one word of the other
/// (optimal string alignment).
fn distance(one: &str, other: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let at = |row: &[usize], j: usize| row.get(j).copied().unwrap_or(usize::MAX - 1);
            let mut best = (at(&above, j) + usize::from(x != y)).min(at(&above, j + 1) + 1).min(at(&row, j) + 1);
            if i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x) {
                best = best.min(at(&before, j - 1) + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut above, row);
    }
    above.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests;
