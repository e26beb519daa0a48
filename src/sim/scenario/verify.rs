//! What a story's file may say that TOML allows and the story does not: names that stand for nothing, impossible numbers.

use toml::Spanned;

use super::{Act, Offset, Scenario};

/// Where in the file, and what.
type Mistake = (usize, String);

impl Scenario {
    /// Finds the first mistake.
    pub(super) fn verify(&self) -> Result<(), Mistake> {
        self.known(&self.moment.deck)?;
        for quota in &self.quotas {
            let name = quota.namespace.get_ref();
            if !self.deployments.iter().any(|one| one.namespace == *name) {
                return Err(at(&quota.namespace, format!("no deployment is in the namespace {name:?}")));
            }
        }
        for step in &self.steps {
            self.known(&step.on)?;
            if step.every.is_some_and(|every| every.0 <= 0) {
                return Err(at(&step.on, "every 0s would never end".into()));
            }
            if step.every.is_some() && step.at < Offset(0) {
                return Err(at(
                    &step.on,
                    "what happens again and again begins when the screen opens: at = \"+…\"".into(),
                ));
            }
            if matches!(step.act, Act::Scale(count) if count < 0) {
                return Err(at(&step.on, "a number of pods is not negative".into()));
            }
            let born = self.deployments.iter().find(|one| one.is(step.on.get_ref())).map(|one| one.since);
            if born.is_some_and(|born| step.at <= born) {
                return Err(at(&step.on, format!("{} does not exist yet then", step.on.get_ref())));
            }
        }
        Ok(())
    }

    fn known(&self, on: &Spanned<String>) -> Result<(), Mistake> {
        if self.deployments.iter().any(|one| one.is(on.get_ref())) {
            return Ok(());
        }
        Err(at(on, format!("no deployment is {:?}; write NAMESPACE/NAME", on.get_ref())))
    }
}

fn at(place: &Spanned<String>, what: String) -> Mistake {
    (place.span().start, what)
}
