//! Themes and keymaps by name: a file of the config folder, else one that is built in. What is in them is read elsewhere.

use std::{fs, path::Path};

use super::{File, Wrong};
use crate::{cli::LookArgs, input::Keymap, view::theme::Theme};

/// A file's text; None when there is no such file.
pub(super) fn read_if_there(path: &Path) -> Result<Option<String>, Wrong> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Wrong(format!("{} cannot be read: {error}", path.display()))),
    }
}

/// The theme and the keymap: a file of the config folder goes before what is built in.
pub(super) fn assets(look: &LookArgs, file: &File, folder: Option<&Path>) -> Result<(Theme, Keymap), Wrong> {
    let theme = look.theme.as_deref().or(file.theme.as_deref()).unwrap_or("dark");
    let keymap = look.keymap.as_deref().or(file.keymap.as_deref()).unwrap_or("default");
    let (path, text) = asset(&Theme::BUILT_IN, "theme", theme, folder)?;
    let theme = Theme::parse(&path, &text).map_err(|bad| Wrong(bad.to_string()))?;
    let (path, text) = asset(&Keymap::BUILT_IN, "keymap", keymap, folder)?;
    let keymap = Keymap::parse(&path, &text).map_err(|bad| Wrong(bad.to_string()))?;
    Ok((theme, keymap))
}

/// The path and text of a theme or keymap: the config folder's own, else the one that is built in.
fn asset(built_in: &[(&str, &str)], what: &str, name: &str, folder: Option<&Path>) -> Result<(String, String), Wrong> {
    let room = format!("{what}s");
    if let Some(own) = own_file(folder, &room, name)? {
        return Ok(own);
    }
    let found = built_in.iter().find(|(known, _)| *known == name);
    found.map(|(_, text)| (format!("{room}/{name}.toml"), (*text).to_string())).ok_or_else(|| {
        let names: Vec<&str> = built_in.iter().map(|(known, _)| *known).collect();
        let own = folder.map_or_else(String::new, |f| format!(", and {} has no {name}.toml", f.join(&room).display()));
        Wrong(format!("there is no {what} {name:?}: built in are {}{own}", names.join(", ")))
    })
}

fn own_file(folder: Option<&Path>, room: &str, name: &str) -> Result<Option<(String, String)>, Wrong> {
    if name.contains(['/', '\\']) || name.starts_with('.') {
        return Err(Wrong(format!("{name:?}: name a file of the folder {room} without its path and ending")));
    }
    let Some(path) = folder.map(|folder| folder.join(room).join(format!("{name}.toml"))) else { return Ok(None) };
    Ok(read_if_there(&path)?.map(|text| (path.display().to_string(), text)))
}
