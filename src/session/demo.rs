//! What the screen knows of the demo: its story and how time passes there. Time itself is the loop's to hold.

use super::{Done, Effect, Session, refuse};
use crate::input::{self, Scope};

/// How time passes in the demo.
#[derive(Clone, Debug, PartialEq)]
pub struct Demo {
    /// The story that is told.
    pub scenario: String,
    /// How time passes, as it is shown (`x10`, `held`); empty for real time.
    pub pace: String,
    /// How much faster than ours time passes when it does not stand still.
    pub speed: f64,
    /// Time stands still.
    pub is_held: bool,
}

impl Session {
    pub(super) fn on_demo(&mut self, action: input::Demo) -> Done {
        if self.demo.is_none() {
            return Err(refuse("only in the demo does time obey"));
        }
        Ok(Some(match action {
            input::Demo::Hold => Effect::Hold,
            input::Demo::Step => Effect::Step,
            input::Demo::Faster => Effect::Faster,
            input::Demo::Slower => Effect::Slower,
        }))
    }

    /// How much faster than ours time passes on the clusters: 1 but in the demo.
    pub fn pace(&self) -> f64 {
        self.demo.as_ref().map_or(1.0, |demo| demo.speed)
    }

    /// Where the keys of the screen are looked up: in the demo, last in those of its own.
    pub fn screen_scopes(&self) -> Vec<Scope> {
        let own = self.demo.is_some().then_some(Scope::Demo);
        self.screen().scopes().iter().copied().chain(own).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::Fleet,
        input::Action,
        session::{Options, Screen},
    };

    #[test]
    fn time_obeys_in_the_demo_only() {
        let mut session = Session::new(Options::default(), Screen::Board);
        assert_eq!(session.update(Action::Demo(input::Demo::Hold), &Fleet::default()), None);
        assert_eq!(session.notice.as_deref(), Some("only in the demo does time obey"));
        assert!(!session.screen_scopes().contains(&Scope::Demo));
        session.demo = Some(Demo { scenario: "day".into(), pace: String::new(), speed: 1.0, is_held: false });
        assert_eq!(session.update(Action::Demo(input::Demo::Step), &Fleet::default()), Some(Effect::Step));
        assert!(session.screen_scopes().contains(&Scope::Demo));
    }
}
