//! Themes: a style for every role, read from TOML, made to fit what the terminal can show.
//!
//! Drawing code names roles, never colours. Colours live in `themes/*.toml`.

use std::collections::BTreeMap;

use ratatui::style::{Modifier, Style};

mod fit;
mod parse;

pub(super) use fit::rgb;
pub use parse::BadTheme;

use crate::domain::{Phase, PodState, Role as VersionRole, Severity, Tone};

macro_rules! roles {
    ($( $role:ident $word:literal $plain:expr, $doc:literal; )*) => {
        /// What a piece of the screen is, for the theme to style.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Role { $( #[doc = $doc] $role, )* }

        impl Role {
            /// All of them, in the order of a theme file.
            pub const ALL: &'static [Self] = &[$( Self::$role, )*];

            /// The word in theme files.
            pub const fn word(self) -> &'static str {
                match self { $( Self::$role => $word, )* }
            }

            /// What it is for.
            pub const fn doc(self) -> &'static str {
                match self { $( Self::$role => $doc, )* }
            }

            /// How it stands out on a screen without colours.
            const fn plain(self) -> Modifier {
                match self { $( Self::$role => $plain, )* }
            }
        }
    };
}

const NONE: Modifier = Modifier::empty();
const LOUD: Modifier = Modifier::BOLD.union(Modifier::REVERSED);

roles! {
    Text "text" NONE, "all that has no other role; its background is the screen's";
    Dim "dim" Modifier::DIM, "what may be overlooked";
    Title "title" Modifier::BOLD, "names of screens, panes and columns";
    Header "header" Modifier::REVERSED, "the first line of the screen";
    Border "border" Modifier::DIM, "frames and rules";
    BorderSelected "border-selected" Modifier::BOLD, "the frame of the selected pane";
    Selected "selected" Modifier::REVERSED, "the selected row";
    Accent "accent" Modifier::BOLD, "what the eye shall find first";
    Healthy "healthy" NONE, "done and serving; ready pods";
    Progressing "progressing" NONE, "on its way; starting pods";
    Paused "paused" Modifier::BOLD, "paused by a human";
    Waiting "waiting" Modifier::BOLD, "a controller waits for a human";
    Degraded "degraded" Modifier::BOLD, "serves with fewer pods than wanted; pods that are not ready";
    Stuck "stuck" Modifier::BOLD, "will not get anywhere; failing pods";
    Unknown "unknown" Modifier::DIM, "nothing reliable is known";
    New "new" Modifier::BOLD, "the version being rolled out";
    Stable "stable" NONE, "the version that serves";
    Old "old" Modifier::DIM, "older versions; terminating pods";
    Warning "warning" NONE, "findings that hurt a little, and events of type Warning";
    Critical "critical" Modifier::BOLD, "findings that hurt";
    Info "info" NONE, "findings worth knowing";
    Key "key" Modifier::BOLD, "keys in hints and help";
    Stale "stale" LOUD, "the banner that what is seen may be old";
    Locked "locked" Modifier::REVERSED, "the read-only mark";
    Matched "matched" Modifier::UNDERLINED, "characters that a search matched";
    Overlay "overlay" NONE, "the ground of help and palette";
}

impl Role {
    /// A phase's role.
    pub const fn of_phase(phase: Phase) -> Self {
        match phase {
            Phase::Stuck => Self::Stuck,
            Phase::Degraded => Self::Degraded,
            Phase::Waiting => Self::Waiting,
            Phase::Paused => Self::Paused,
            Phase::Progressing => Self::Progressing,
            Phase::Healthy => Self::Healthy,
            Phase::Unknown => Self::Unknown,
        }
    }

    /// A pod's role.
    pub const fn of_pod(state: PodState) -> Self {
        match state {
            PodState::Failing => Self::Stuck,
            PodState::NotReady => Self::Degraded,
            PodState::Starting => Self::Progressing,
            PodState::Ready => Self::Healthy,
            PodState::Terminating | PodState::Done => Self::Old,
        }
    }

    /// A version's role.
    pub const fn of_version(role: VersionRole) -> Self {
        match role {
            VersionRole::New => Self::New,
            VersionRole::Stable => Self::Stable,
            VersionRole::Old | VersionRole::Past => Self::Old,
        }
    }

    /// A finding's role.
    pub const fn of_severity(severity: Severity) -> Self {
        match severity {
            Severity::Critical => Self::Critical,
            Severity::Warning => Self::Warning,
            Severity::Info => Self::Info,
        }
    }

    /// The role of a line of the timeline.
    pub const fn of_tone(tone: Tone) -> Self {
        match tone {
            Tone::Plain => Self::Text,
            Tone::Good => Self::Healthy,
            Tone::Bad => Self::Warning,
        }
    }
}

/// How many colours the terminal shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColourDepth {
    /// None (`NO_COLOR`): only bold, dim, underlined and reversed remain.
    None,
    /// The sixteen of ECMA-48 and aixterm.
    Ansi16,
    /// xterm's 256.
    Ansi256,
    /// 24 bits.
    True,
}

/// A style for every role.
#[derive(Clone, Debug, PartialEq)]
pub struct Theme(BTreeMap<Role, Style>);

impl Theme {
    /// The themes that are compiled in: name and file.
    pub const BUILT_IN: [(&'static str, &'static str); 3] = [
        ("dark", include_str!("../../themes/dark.toml")),
        ("light", include_str!("../../themes/light.toml")),
        ("contrast", include_str!("../../themes/contrast.toml")),
    ];

    /// A theme file. `file_name` is only for messages.
    ///
    /// # Errors
    /// [`BadTheme`] with the file, the line and what is wrong there.
    pub fn parse(file_name: &str, text: &str) -> Result<Self, BadTheme> {
        parse::theme(file_name, text)
    }

    /// A theme that is compiled in; None for an unknown name.
    pub fn built_in(name: &str) -> Option<Self> {
        let (_, text) = Self::BUILT_IN.iter().find(|(known, _)| *known == name)?;
        Self::parse(name, text).ok()
    }

    /// The theme without any colour: roles differ by modifiers only.
    pub fn plain() -> Self {
        Self(Role::ALL.iter().map(|role| (*role, Style::new().add_modifier(role.plain()))).collect())
    }

    /// How a role looks.
    pub fn style(&self, role: Role) -> Style {
        self.0.get(&role).copied().unwrap_or_default()
    }

    /// The same theme in the colours a terminal has. ratatui sends colours as they are; an old terminal shows RGB as noise.
    #[must_use]
    pub fn fit(self, depth: ColourDepth) -> Self {
        match depth {
            ColourDepth::None => Self::plain(),
            ColourDepth::True => self,
            ColourDepth::Ansi256 => self.map(|_, style| fit::to_256(style)),
            ColourDepth::Ansi16 => self.map(fit::to_16),
        }
    }

    fn map(self, style: impl Fn(Role, Style) -> Style) -> Self {
        Self(self.0.into_iter().map(|(role, old)| (role, style(role, old))).collect())
    }
}

#[cfg(test)]
mod tests;
