//! What is on the screen as a file: numbers as CSV or JSON, the frame as a picture, the timeline with numbers as Markdown.
//! Nothing is ever written over, and a slow disk holds nobody up.

mod csv;
mod json;
mod markdown;
mod sheet;

use std::{
    fs::OpenOptions,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use tokio::sync::mpsc;

use super::cockpit::Cockpit;
use crate::{
    domain::Text,
    session::{Export, Form},
    view::{export, theme::Role},
};
pub(crate) use sheet::Sheet;

/// Reports that may wait to be read.
const WAITING: usize = 8;
/// Names that are tried where a file exists already.
const NAMES: usize = 100;

/// What is being written.
pub(crate) struct Exports {
    folder: Option<PathBuf>,
    sender: mpsc::Sender<String>,
    said: mpsc::Receiver<String>,
}

impl Exports {
    /// Nothing is written yet. The folder is for when the one we are in takes no files.
    pub(crate) fn new(folder: Option<PathBuf>) -> Self {
        let (sender, said) = mpsc::channel(WAITING);
        Self { folder, sender, said }
    }

    /// What became of a file, as a sentence.
    pub(crate) async fn said(&mut self) -> String {
        match self.said.recv().await {
            Some(said) => said,
            // The sender is ours: there is always one.
            None => std::future::pending().await,
        }
    }

    /// Writes what this makes into the file, without waiting.
    fn write(&self, file: Option<Text>, stem: String, made: Made) {
        let (sender, folder) = (self.sender.clone(), self.folder.clone());
        tokio::task::spawn_blocking(move || {
            let said = save(file.as_deref().map(Path::new), (&stem, folder), &made).unwrap_or_else(|why| why);
            // Who has left needs no report.
            let _ = sender.blocking_send(said);
        });
    }
}

/// A file's content, how it ends, and how many rows of what it holds.
struct Made {
    text: String,
    form: Form,
    holds: String,
}

impl Cockpit {
    /// Writes what is shown into a file. What became of it is said later.
    pub(crate) fn export(&mut self, export: Export) {
        let made = match export.form {
            Form::Svg => Ok(self.picture()),
            form @ (Form::Csv | Form::Json | Form::Markdown) => self.written(form),
        };
        match made {
            Ok(made) => {
                let stem = self.stem();
                self.exports.write(export.file, stem, made);
            }
            Err(why) => self.session.notice = Some(why),
        }
    }

    /// The numbers that are shown, in a form; or why there are none.
    pub(crate) fn numbers(&self, form: Form) -> Result<(String, usize), String> {
        let fleet = self.follower.fleet();
        let sheet = Sheet::of(fleet, &self.session, self.follower.now())
            .ok_or("numbers are written of one rollout: name it, or open its deck")?;
        Ok(match form {
            Form::Csv => csv::csv(&sheet),
            Form::Json => json::json(&sheet)?,
            Form::Markdown | Form::Svg => markdown::markdown(&sheet),
        })
    }

    fn written(&self, form: Form) -> Result<Made, String> {
        let (text, rows) = self.numbers(form)?;
        let what = if form == Form::Markdown { "line" } else { "row" };
        let plural = if rows == 1 { "" } else { "s" };
        Ok(Made { text, form, holds: format!("{rows} {what}{plural}") })
    }

    /// The frame as it is, in all colours.
    fn picture(&mut self) -> Made {
        let overlay = self.session.overlay.take();
        let theme = std::mem::replace(&mut self.theme, self.colours.clone());
        let buffer = self.frame();
        let text = export::svg(&buffer, "rolldeck", self.theme.style(Role::Text));
        (self.theme, self.session.overlay) = (theme, overlay);
        Made { text, form: Form::Svg, holds: format!("{}x{} cells", buffer.area.width, buffer.area.height) }
    }

    /// `rolldeck-checkout-20261121T031207Z`.
    fn stem(&self) -> String {
        let name = self.session.focus().map_or("board", |at| at.name.as_str());
        let at = super::report::rfc3339(self.follower.now()).unwrap_or_default();
        let at: String = at.split('.').next().unwrap_or_default().chars().filter(char::is_ascii_alphanumeric).collect();
        let at = at.trim_end_matches('Z');
        format!("rolldeck-{name}-{at}Z")
    }
}

/// Writes it: into the file that was named if there is none of that name, else into a new one of a made-up name, here or in
/// the state folder. The sentence that says where.
fn save(file: Option<&Path>, (stem, folder): (&str, Option<PathBuf>), made: &Made) -> Result<String, String> {
    let path = match file {
        Some(path) => create(path, &made.text).map(|()| path.to_path_buf()).map_err(|error| refused(path, &error))?,
        None => made_up((stem, folder), made)?,
    };
    let path = std::path::absolute(&path).unwrap_or(path);
    Ok(format!("{} written: {}", made.holds, path.display()))
}

fn made_up((stem, folder): (&str, Option<PathBuf>), made: &Made) -> Result<PathBuf, String> {
    let here = PathBuf::from(".");
    let mut last = None;
    if let Some(folder) = &folder {
        // What is wrong with it is said of the file.
        let _ = std::fs::create_dir_all(folder);
    }
    for folder in std::iter::once(here).chain(folder) {
        for n in 1..=NAMES {
            let again = if n == 1 { String::new() } else { format!("-{n}") };
            let path = folder.join(format!("{stem}{again}.{}", made.form.word()));
            match create(&path, &made.text) {
                Ok(()) => return Ok(path),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => {
                    last = Some(refused(&path, &error));
                    break;
                }
            }
        }
    }
    Err(last.unwrap_or_else(|| "there are a hundred files of such a name: name another one".to_owned()))
}

fn create(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn refused(path: &Path, error: &io::Error) -> String {
    if error.kind() == io::ErrorKind::AlreadyExists {
        format!("{} exists, and is not written over: name another file", path.display())
    } else {
        format!("{} cannot be written: {error}", path.display())
    }
}

#[cfg(test)]
mod tests;
