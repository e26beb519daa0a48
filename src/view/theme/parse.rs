//! Theme files: palette, inheritance, roles; every mistake is told with file and line.

use std::{collections::BTreeMap, fmt, ops::Range, str::FromStr};

use ratatui::style::{Color, Modifier, Style};
use toml::{
    Spanned,
    de::{DeString, DeTable, DeValue},
};

use super::{Role, Theme};

/// A theme file that cannot be used, told as `file:line: what`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadTheme {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for BadTheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.what)
    }
}

impl std::error::Error for BadTheme {}

/// A mistake and where it is, in bytes.
type Bad = (Range<usize>, String);
type Key<'i> = Spanned<DeString<'i>>;
type Value<'i> = Spanned<DeValue<'i>>;
type Palette = BTreeMap<String, Color>;

pub(super) fn theme(file: &str, text: &str) -> Result<Theme, BadTheme> {
    read(text).map_err(|(at, what)| BadTheme { file: file.to_owned(), line: line_of(text, at.start), what })
}

fn line_of(text: &str, byte: usize) -> usize {
    text.bytes().take(byte).filter(|b| *b == b'\n').count() + 1
}

fn read(text: &str) -> Result<Theme, Bad> {
    let document = DeTable::parse(text).map_err(|e| (e.span().unwrap_or(0..0), e.message().to_owned()))?;
    let (mut base, mut palette, mut roles) = (None, Palette::new(), BTreeMap::new());
    // Two rounds: names of the palette may be used before the palette in the file.
    for (key, value) in document.get_ref() {
        match key.get_ref().as_ref() {
            "palette" => palette = read_palette(value)?,
            "inherits" => base = Some(inherited(value)?),
            "roles" => {}
            other => {
                let known = ["inherits", "palette", "roles"];
                return Err((key.span(), unknown("section", other, &known)));
            }
        }
    }
    for (key, value) in document.get_ref() {
        if key.get_ref() == "roles" {
            roles = read_roles(value, &palette)?;
        }
    }
    let mut styles = base.map_or_else(BTreeMap::new, |theme: Theme| theme.0);
    styles.extend(roles);
    match Role::ALL.iter().find(|role| !styles.contains_key(role)) {
        None => Ok(Theme(styles)),
        Some(missing) => Err((
            0..0,
            format!(
                "role `{}` is missing: give it a style, or start from a theme with inherits = \"dark\"",
                missing.word()
            ),
        )),
    }
}

fn inherited(value: &Value<'_>) -> Result<Theme, Bad> {
    let name = string(value, "inherits")?;
    match Theme::BUILT_IN.iter().find(|(known, _)| *known == name) {
        Some((_, text)) => read(text).map_err(|(_, what)| (value.span(), what)),
        None => Err((value.span(), unknown("theme", name, &Theme::BUILT_IN.map(|(known, _)| known)))),
    }
}

fn read_palette(value: &Value<'_>) -> Result<Palette, Bad> {
    let mut palette = Palette::new();
    for (name, colour) in table(value, "palette")? {
        palette.insert(name.get_ref().to_string(), read_colour(colour, &Palette::new())?);
    }
    Ok(palette)
}

fn read_roles(value: &Value<'_>, palette: &Palette) -> Result<BTreeMap<Role, Style>, Bad> {
    let mut roles = BTreeMap::new();
    for (word, style) in table(value, "roles")? {
        let known = Role::ALL.iter().find(|role| role.word() == word.get_ref());
        let Some(role) = known else {
            let words: Vec<&str> = Role::ALL.iter().map(|role| role.word()).collect();
            return Err((word.span(), unknown("role", word.get_ref(), &words)));
        };
        roles.insert(*role, read_style(style, palette)?);
    }
    Ok(roles)
}

/// `"blue"` is short for `{ fg = "blue" }`.
fn read_style(value: &Value<'_>, palette: &Palette) -> Result<Style, Bad> {
    let DeValue::Table(parts) = value.get_ref() else {
        return Ok(Style::new().fg(read_colour(value, palette)?));
    };
    let mut style = Style::new();
    for (part, value) in parts {
        style = match part.get_ref().as_ref() {
            "fg" => style.fg(read_colour(value, palette)?),
            "bg" => style.bg(read_colour(value, palette)?),
            "modifiers" => style.add_modifier(read_modifiers(value)?),
            other => return Err((part.span(), unknown("part of a style", other, &["fg", "bg", "modifiers"]))),
        };
    }
    Ok(style)
}

fn read_modifiers(value: &Value<'_>) -> Result<Modifier, Bad> {
    const KNOWN: [(&str, Modifier); 5] = [
        ("bold", Modifier::BOLD),
        ("dim", Modifier::DIM),
        ("italic", Modifier::ITALIC),
        ("underlined", Modifier::UNDERLINED),
        ("reversed", Modifier::REVERSED),
    ];
    let DeValue::Array(words) = value.get_ref() else {
        return Err((value.span(), "modifiers are a list, such as [\"bold\"]".to_owned()));
    };
    let mut all = Modifier::empty();
    for word in words.iter() {
        let text = string(word, "a modifier")?;
        match KNOWN.iter().find(|(known, _)| *known == text) {
            Some((_, modifier)) => all |= *modifier,
            None => return Err((word.span(), unknown("modifier", text, &KNOWN.map(|(known, _)| known)))),
        }
    }
    Ok(all)
}

/// A name of the palette, `#rrggbb`, one of the terminal's names, `default`, or 0 to 255.
fn read_colour(value: &Value<'_>, palette: &Palette) -> Result<Color, Bad> {
    let bad = |what: String| Err((value.span(), what));
    if let DeValue::Integer(number) = value.get_ref() {
        return match number.as_str().parse() {
            Ok(index) => Ok(Color::Indexed(index)),
            Err(_) => bad(format!("{} is no colour: numbers go from 0 to 255", number.as_str())),
        };
    }
    let name = string(value, "a colour")?;
    if let Some(colour) = palette.get(name) {
        return Ok(*colour);
    }
    if name == "default" {
        return Ok(Color::Reset);
    }
    match Color::from_str(name) {
        Ok(colour) => Ok(colour),
        Err(_) if name.starts_with('#') => bad(format!("`{name}` is no colour: write #rrggbb with hexadecimal digits")),
        Err(_) => {
            let mut known: Vec<&str> = palette.keys().map(String::as_str).collect();
            known.extend([
                "black", "red", "green", "yellow", "blue", "magenta", "cyan", "gray", "darkgray", "white", "default",
            ]);
            bad(unknown("colour", name, &known))
        }
    }
}

fn string<'v>(value: &'v Value<'_>, what: &str) -> Result<&'v str, Bad> {
    match value.get_ref().as_str() {
        Some(text) => Ok(text),
        None => Err((value.span(), format!("{what} must be a string, not {}", value.get_ref().type_str()))),
    }
}

fn table<'v, 'i>(value: &'v Value<'i>, what: &str) -> Result<impl Iterator<Item = (&'v Key<'i>, &'v Value<'i>)>, Bad> {
    match value.get_ref().as_table() {
        Some(table) => Ok(table.iter()),
        None => Err((value.span(), format!("`{what}` must be a section, not {}", value.get_ref().type_str()))),
    }
}

/// Names the nearest known word if it is near enough to be a slip.
fn unknown(what: &str, word: &str, known: &[&str]) -> String {
    let nearest = known.iter().min_by_key(|candidate| slips(word, candidate));
    match nearest {
        Some(near) if slips(word, near) <= 2.max(word.len() / 3) => {
            format!("unknown {what} `{word}`: did you mean `{near}`?")
        }
        Some(_) | None => format!("unknown {what} `{word}`: there are {}", known.join(", ")),
    }
}

/// Letters to insert, drop or replace to get from one word to the other (Levenshtein's distance).
fn slips(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.chars().count()).collect();
    for (i, a) in from.chars().enumerate() {
        let mut left = i + 1;
        let mut diagonal = i;
        let mut next = vec![left];
        for (b, up) in to.chars().zip(row.iter().skip(1)) {
            let best = (diagonal + usize::from(a != b)).min(left + 1).min(up + 1);
            diagonal = *up;
            left = best;
            next.push(best);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}
