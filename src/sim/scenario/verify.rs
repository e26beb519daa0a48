//! What a story's file may say that TOML allows and the story does not: names that stand for nothing, impossible numbers.

use toml::Spanned;

use super::{Act, Deployment, Offset, Scenario, furnish::namespace};
use crate::{
    domain::Moment,
    sim::{Objects, Resource, objects::amount},
};

/// Where in the file, and what.
type Mistake = (usize, String);

impl Scenario {
    /// Finds the first mistake.
    pub(super) fn verify(&self) -> Result<(), Mistake> {
        if !self.is_about_a_route() {
            self.known(&self.moment.deck)?;
        }
        self.deployments()?;
        self.routes()?;
        self.objects()?;
        for quota in &self.quotas {
            let name = quota.namespace.get_ref();
            if !self.deployments.iter().any(|one| one.namespace == *name) {
                return Err(at(&quota.namespace, format!("no deployment is in the namespace {name:?}")));
            }
        }
        for step in &self.steps {
            let is_shift = matches!(step.act, Act::Shift(_) | Act::Sicken(_));
            let route = self.routes.iter().find(|one| is_shift && one.is(step.on.get_ref()));
            if route.is_none() {
                self.known(&step.on)?;
            }
            if is_shift && route.is_none() {
                return Err(at(&step.on, "only a route is shifted: write NAMESPACE/NAME of one".into()));
            }
            if step.every.is_some_and(|every| every.0 <= 0) {
                return Err(at(&step.on, "every 0s would never end: write a time, every = \"1m\"".into()));
            }
            if step.every.is_some() && step.at < Offset(0) {
                return Err(at(
                    &step.on,
                    "what happens again and again begins when the screen opens: at = \"+…\"".into(),
                ));
            }
            if matches!(step.act, Act::Scale(count) if count < 0) {
                return Err(at(&step.on, "a number of pods is not negative: write 0 or more".into()));
            }
            let born = self.deployments.iter().find(|one| one.is(step.on.get_ref())).map(|one| one.since);
            let born = route.map(|one| one.since).or(born);
            if born.is_some_and(|born| step.at <= born) {
                return Err(at(
                    &step.on,
                    format!(
                        "{} does not exist yet then: write a later `at`, or an earlier `since` of it",
                        step.on.get_ref()
                    ),
                ));
            }
        }
        Ok(())
    }

    /// What the simulated API server would not take, it does not take here either.
    fn deployments(&self) -> Result<(), Mistake> {
        let mut objects = Objects::new(0);
        for one in &self.deployments {
            let (now, by) = (Moment(0), "scenario");
            // A namespace may be there already; one that is refused is missed at once.
            drop(objects.create(Resource::Namespaces, namespace(&one.namespace), by, now));
            if objects.get(Resource::Deployments, &one.namespace, one.name.get_ref()).is_some() {
                let named = format!("{}/{}", one.namespace, one.name.get_ref());
                return Err(at(&one.name, format!("{named} is there twice: give one of them another name")));
            }
            let mut all = vec![(Resource::Services, one.service()), (Resource::Deployments, one.object())];
            all.extend(one.hpa.as_ref().map(|hpa| (Resource::Hpas, hpa.object(one))));
            for (resource, object) in all {
                objects.create(resource, object, by, now).map_err(|refusal| at(&one.name, refusal.message))?;
            }
            let wrong = [
                (!(one.load >= 0.0 && one.load.is_finite()), "load is a number of requests a second: 80"),
                (one.capacity == Some(0), "capacity is how many requests a second a pod can answer: at least 1"),
                (amount(&one.cpu) <= 0, "cpu is a quantity of Kubernetes: \"250m\" or \"1\""),
                (one.tag.is_empty(), "tag is the first tag of its image: \"1.0.0\""),
            ];
            if let Some((_, why)) = wrong.into_iter().find(|(is_wrong, _)| *is_wrong) {
                return Err(at(&one.name, format!("of {}, {why}", one.name.get_ref())));
            }
        }
        Ok(())
    }

    fn routes(&self) -> Result<(), Mistake> {
        for (place, one) in self.routes.iter().enumerate() {
            let named = format!("{}/{}", one.namespace, one.name.get_ref());
            if self.routes.iter().take(place).any(|other| other.is(&named)) {
                return Err(at(&one.name, format!("{named} is there twice: give one of them another name")));
            }
            if !(one.load >= 0.0 && one.load.is_finite()) {
                return Err(at(&one.name, "load is a number of requests a second: 80".into()));
            }
            for backend in &one.backends {
                let service = backend.service.get_ref();
                let serves = |of: &Deployment| of.namespace == one.namespace && of.served_by() == service;
                if !self.deployments.iter().any(serves) {
                    return Err(at(&backend.service, format!("no deployment is \"{}/{service}\"", one.namespace)));
                }
            }
        }
        Ok(())
    }

    fn objects(&self) -> Result<(), Mistake> {
        let mut objects = Objects::new(0);
        for one in &self.deployments {
            // A namespace may be there already, as above.
            drop(objects.create(Resource::Namespaces, namespace(&one.namespace), "scenario", Moment(0)));
        }
        for one in &self.objects {
            let (resource, object) = one.object().ok_or_else(|| at(&one.kind, one.strange()))?;
            let made = objects.create(resource, object, "scenario", Moment(0));
            made.map_err(|refusal| at(&one.kind, refusal.message))?;
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
