//! Which pack is asked: the first one whose series exist in the namespaces of the scope, unless another one is wanted. Two
//! queries find out for all of them: which metrics there are, and then which labels those have.

use std::{collections::BTreeSet, time::Duration};

use super::{
    Settings,
    pack::{Label, Labels, Library, Pack, Side},
    query::{About, Book, Variant, any_of, filled},
    settings::Queries,
};
use crate::domain::{self, Choice, Measure, Name, Packs, Text};

/// Namespaces are named in the probe as long as that is not longer.
const NAMED: usize = 256;

/// A way to ask, and the series that it needs.
#[derive(Clone, Debug)]
struct Candidate {
    /// The metric that its series have to be of.
    metric: String,
    /// The word that its probe answers.
    word: String,
    probe: String,
    is_clients: bool,
    told: domain::Pack,
    book: Book,
}

/// All ways to ask, and which of them have series.
#[derive(Clone, Debug)]
pub(super) struct Choices {
    all: Vec<Candidate>,
    pinned: Option<Name>,
    found: BTreeSet<String>,
}

/// What is asked of a source.
#[derive(Clone, Debug, Default)]
pub(super) struct Chosen {
    pub(super) versions: Option<Book>,
    pub(super) clients: Option<Book>,
    pub(super) packs: Packs,
}

impl Chosen {
    /// The same without what takes how long: only requests and failures.
    pub(super) fn failures(&self) -> Self {
        self.only(&[Measure::Rate, Measure::Errors])
    }

    /// The same, or as far as a board shows it.
    pub(super) fn brief(&self, brief: bool) -> Self {
        if brief { self.only(&[Measure::Rate, Measure::Errors, Measure::P95]) } else { self.clone() }
    }

    fn only(&self, measures: &[Measure]) -> Self {
        let of = |book: &Option<Book>| book.clone().map(|book| book.only(measures));
        Self { versions: of(&self.versions), clients: of(&self.clients), packs: Packs::default() }
    }
}

impl Choices {
    /// The ways of all packs. Whole queries of the configuration go before them all, and fall back on `app`.
    pub(super) fn of(settings: &Settings) -> Self {
        let library = Library::with(&settings.packs);
        let mut all: Vec<Candidate> = library.0.iter().flat_map(|(name, pack)| candidates(name, pack)).collect();
        let mut pinned = settings.pack.clone();
        if settings.queries != Queries::default() {
            let own = own(&library, &settings.queries);
            pinned = Some(own.told.name.clone());
            all.insert(0, own);
        }
        Self { all, pinned, found: BTreeSet::new() }
    }

    /// The query that finds out which metrics there are at all: a series per metric, whose label `set` is its name.
    pub(super) fn probe_names(&self) -> String {
        let names: BTreeSet<&str> =
            self.all.iter().map(|of| of.metric.as_str()).filter(|name| !name.is_empty()).collect();
        let names = names.into_iter().collect::<Vec<_>>().join("|");
        format!(r#"label_replace(count by (__name__) ({{__name__=~"{names}"}}), "set", "$1", "__name__", "(.+)")"#)
    }

    /// The query that finds out, of these metrics, which have series in these namespaces and with which labels: a series per
    /// way to ask, whose label `set` is its word. None when there is nothing to ask.
    pub(super) fn probe(&self, metrics: &BTreeSet<String>, namespaces: &[Name]) -> Option<String> {
        let is_long = any_of(namespaces, Name::to_string).len() > NAMED;
        let about = About { namespaces: if is_long { &[] } else { namespaces }, sets: &[], window: Duration::ZERO };
        let named =
            |of: &Candidate| format!(r#"label_replace({}, "set", "{}", "", "")"#, filled(&of.probe, about), of.word);
        let is_there = |of: &&Candidate| of.metric.is_empty() || metrics.contains(&of.metric);
        let all: Vec<String> = self.all.iter().filter(is_there).map(named).collect();
        (!all.is_empty()).then(|| all.join(" or "))
    }

    /// Notes the words that the probe answered.
    pub(super) fn note(&mut self, words: BTreeSet<String>) {
        self.found = words;
    }

    /// Whether anything can be asked for versions.
    pub(super) fn has_versions(&self) -> bool {
        self.able().next().is_some()
    }

    /// What to ask when this pack is wanted, or none in particular.
    pub(super) fn choose(&self, wanted: Option<&Name>) -> Chosen {
        let wanted = wanted.or(self.pinned.as_ref());
        let is_wanted = |of: &&Candidate| wanted.is_none_or(|name| of.told.name == *name);
        let missing = || self.all.iter().find(|of| wanted.is_some() && !of.is_clients && is_wanted(of));
        let versions = self.able().find(is_wanted).or_else(missing);
        let clients = || self.all.iter().filter(|of| of.is_clients && self.is_found(of));
        let same = |of: &&Candidate| versions.is_some_and(|versions| versions.told.name == of.told.name);
        let clients = clients().find(same).or_else(|| clients().next());
        let mut able: Vec<Choice> = Vec::new();
        for of in self.able().chain(versions) {
            if !able.iter().any(|choice| choice.name == of.told.name) {
                able.push(Choice { name: of.told.name.clone(), naming: of.told.naming });
            }
        }
        Chosen {
            versions: versions.map(|of| of.book.clone()),
            clients: clients.map(|of| of.book.clone().only(&[Measure::Rate, Measure::Errors])),
            packs: Packs {
                versions: versions.map(|of| of.told.clone()),
                clients: clients.map(|of| of.told.clone()),
                able,
            },
        }
    }

    fn able(&self) -> impl Iterator<Item = &Candidate> {
        self.all.iter().filter(|of| !of.is_clients && self.is_found(of))
    }

    fn is_found(&self, of: &Candidate) -> bool {
        self.found.contains(&of.word)
    }
}

/// The ways to ask of a pack.
fn candidates(name: &Name, pack: &Pack) -> Vec<Candidate> {
    if let Some(probe) = &pack.probe {
        let told = domain::Pack { name: name.clone(), about: pack.about.clone(), ..domain::Pack::default() };
        let word = format!("{name} {}", probe.0);
        let (metric, book) = (probe.0.clone(), Book::of(None, &pack.queries));
        let probe = format!("count({metric})");
        return vec![Candidate { metric, word, probe, is_clients: false, told, book }];
    }
    let sides = [(&pack.versions, false), (&pack.clients, true)];
    let sides = sides.into_iter().filter_map(|(side, is_clients)| Some((side.as_ref()?, is_clients)));
    sides.flat_map(|(side, is_clients)| of_side((name, &pack.about), side, is_clients)).collect()
}

fn of_side((name, about): (&Name, &Text), side: &Side, is_clients: bool) -> Vec<Candidate> {
    let variants = side.labels.iter().flat_map(|labels| side.status.iter().map(move |status| (labels, status)));
    let candidate = |(place, (labels, status)): (usize, (&Labels, &Label))| {
        let variant = Variant { side, labels, status };
        Candidate {
            metric: side.requests.0.clone(),
            word: format!("{name} {}{}", if is_clients { "clients " } else { "" }, place),
            probe: variant.probe(),
            is_clients,
            told: side.told(name, about, labels.naming()),
            book: Book::of(Some(variant), &Queries::default()),
        }
    };
    variants.enumerate().map(candidate).collect()
}

/// The configuration's whole queries; what they leave out is asked as `app` asks of the plainest labels.
fn own(library: &Library, queries: &Queries) -> Candidate {
    let app = library.0.iter().find(|(name, _)| *name == "app").and_then(|(_, pack)| pack.versions.as_ref());
    let variant =
        app.and_then(|side| Some(Variant { side, labels: side.labels.last()?, status: side.status.first()? }));
    let name = Name::fixed("own");
    let told = domain::Pack {
        name: name.clone(),
        about: Text::fixed("the queries of the configuration"),
        ..domain::Pack::default()
    };
    // A probe that always answers, whichever metrics there are.
    let (metric, word, probe) = (String::new(), name.to_string(), "vector(1)".to_owned());
    Candidate { metric, word, probe, is_clients: false, told, book: Book::of(variant, queries) }
}
