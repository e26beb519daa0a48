//! Which form what is shown is to be written in, and into which file. Writing is the loop's.

use super::{
    Effect, Overlay, Prompt, Session, Typed, Why,
    overlay::{Aside, aside},
    refuse,
};
use crate::{
    domain::{Fleet, Text},
    input::{Chord, KeyEvent},
};

/// A form of what is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Numbers, a row per moment.
    Csv,
    /// Numbers, versions and timeline as data.
    Json,
    /// The frame as a picture.
    Svg,
    /// Versions and timeline with numbers, for a post-mortem.
    Markdown,
}

impl Form {
    /// All, in the order in which they are offered.
    pub const ALL: [Self; 4] = [Self::Csv, Self::Json, Self::Svg, Self::Markdown];

    /// The word, which is also how the names of such files end.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Svg => "svg",
            Self::Markdown => "md",
        }
    }
}

/// What is to be written, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// The form.
    pub form: Form,
    /// The file as it was typed; a name is made up without one.
    pub file: Option<Text>,
}

/// The same, being typed.
#[derive(Clone, Debug, Default)]
pub struct ExportField {
    /// The line.
    pub prompt: Prompt,
    /// What was wrong with it when enter was pressed.
    pub wrong: Option<String>,
}

/// `csv`, `md notes.md`, or a file's name that ends so.
fn read(typed: &str) -> Result<Export, Why> {
    let named = |word: &str| Form::ALL.into_iter().find(|form| form.word() == word);
    let (first, rest) = typed.trim().split_once(' ').unwrap_or((typed.trim(), ""));
    if let Some(form) = named(first) {
        let file = Some(rest.trim()).filter(|file| !file.is_empty()).map(Text::clean);
        return Ok(Export { form, file });
    }
    let ending = first.rsplit_once('.').and_then(|(_, ending)| named(ending)).filter(|_| rest.is_empty());
    let form = ending.ok_or_else(|| refuse("write csv, json, svg or md, and perhaps a file behind it"))?;
    Ok(Export { form, file: Some(Text::clean(first)) })
}

impl Session {
    /// Asks for form and file.
    pub(super) fn ask_export(&mut self, fleet: &Fleet) {
        let is_there = self.focus().is_some_and(|at| fleet.rollouts.contains_key(at));
        let first = if is_there { "csv" } else { "svg" };
        self.overlay = Some(Overlay::Export(ExportField { prompt: Prompt::selected(first), wrong: None }));
    }

    /// What was typed as an effect, or why it cannot be written.
    pub(super) fn export(&self, typed: &str, fleet: &Fleet) -> Result<Effect, Why> {
        let export = read(typed)?;
        let is_there = self.focus().is_some_and(|at| fleet.rollouts.contains_key(at));
        if export.form != Form::Svg && !is_there {
            return Err(refuse("numbers are written from the deck of a rollout; svg writes any screen"));
        }
        Ok(Effect::Export(export))
    }

    pub(super) fn type_in_export(&mut self, event: KeyEvent, mut field: ExportField, fleet: &Fleet) -> Typed {
        match Chord::of(&event).and_then(|chord| aside(chord, field.prompt.text())) {
            Some(Aside::Cancel | Aside::Leave) => return Typed::Closed,
            Some(Aside::Accept) => match self.export(field.prompt.text(), fleet) {
                Ok(effect) => return Typed::Does(effect),
                Err(why) => field.wrong = Some(why.to_string()),
            },
            Some(Aside::Up | Aside::Down) => {
                let here = Form::ALL.iter().position(|form| form.word() == field.prompt.text()).unwrap_or(0);
                let next = Form::ALL.get((here + 1) % Form::ALL.len()).copied().unwrap_or(Form::Csv);
                field.prompt = Prompt::selected(next.word());
            }
            None => {
                field.prompt.type_key(event);
                field.wrong = None;
            }
        }
        self.overlay = Some(Overlay::Export(field));
        Typed::Taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_a_file_or_both() {
        let of = |typed| read(typed).map(|export| (export.form, export.file.map(|file| file.to_string())));
        assert_eq!(of("csv"), Ok((Form::Csv, None)));
        assert_eq!(of(" md  post mortem.md "), Ok((Form::Markdown, Some("post mortem.md".into()))));
        assert_eq!(of("/tmp/a.json"), Ok((Form::Json, Some("/tmp/a.json".into()))));
        assert_eq!(of("csv out.txt"), Ok((Form::Csv, Some("out.txt".into()))));
        for wrong in ["", "pdf", "notes.txt"] {
            assert!(of(wrong).is_err(), "{wrong}");
        }
    }
}
