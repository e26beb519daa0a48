//! One line per kind of word.

use proptest::prelude::*;

use super::*;
use crate::{domain::Phase, session::fixture::rollout};

/// `checkout` in `shop`: stuck on an image pull, versions v2 and v1, label `app=checkout`.
fn checkout() -> Rollout {
    let mut rollout = rollout("checkout", Phase::Stuck, 1);
    rollout.cause = Some("image pull".into());
    rollout
}

fn holds(filter: &str, rollout: &Rollout) -> bool {
    let filter = Filter::parse(filter);
    filter.holds(rollout, &mut Marker::new(&filter))
}

#[test]
fn what_each_word_means() {
    for (filter, expected) in [
        ("", true),
        ("chk", true),
        ("CheckOut", true),
        ("kchk", false),
        ("ch out", true),
        ("ch web", false),
        ("ns:shop", true),
        ("ns:ho", true),
        ("ns:pay", false),
        ("state:stuck", true),
        ("state:st", true),
        ("state:tuck", false),
        ("image:v1", true),
        ("image:example.com/checkout:v2", true),
        ("image:v3", false),
        ("system:deploy", true),
        ("system:argo", false),
        ("cause:pull", true),
        ("cause:crash", false),
        ("app=checkout", true),
        ("app=check", false),
        ("app!=web", true),
        ("app!=checkout", false),
        ("team=x", false),
        ("label:app", true),
        ("label:app=checkout", true),
        ("label:app!=checkout", false),
        ("label:App", false),
        ("label:team", false),
        ("NS:shop", false),
        ("ns:SHOP state:STUCK", true),
        ("!Check", false),
        ("!web", true),
        ("!check", false),
        ("!ckt", true),
        ("!state:healthy", true),
        ("!ns:shop", false),
        ("!app=web", true),
        ("!app!=web", false),
        ("ns:shop state:stuck image:v2 chk", true),
        ("ns:shop state:healthy", false),
    ] {
        assert_eq!(holds(filter, &checkout()), expected, "{filter}");
    }
}

#[test]
fn what_is_not_yet_a_term_hides_nothing() {
    for half in ["ns:", "state:", "label:", "image:", "!", "!ns:", " "] {
        assert!(Filter::parse(half).is_empty(), "{half}");
    }
}

#[test]
fn an_unknown_key_is_a_plain_word() {
    assert_eq!(Filter::parse("!=x").terms().count(), 0, "negated: the name does not contain it");
    assert_eq!(Filter::parse("zone:eu").terms().collect::<Vec<_>>(), [&Term::Fuzzy("zone:eu".into())]);
    assert_eq!(Filter::parse("image:a=b").terms().collect::<Vec<_>>(), [&Term::Image("a=b".into())], "a known one");
    assert_eq!(Filter::parse("=x").terms().collect::<Vec<_>>(), [&Term::Fuzzy("=x".into())]);
}

#[test]
fn images_of_history_do_not_count() {
    let mut rollout = checkout();
    rollout.versions.push(crate::session::fixture::version("checkout", "v0", crate::domain::Role::Past, 0));
    assert!(!holds("image:v0", &rollout));
}

#[test]
fn marks_are_the_characters_that_matched() {
    let mut marker = Marker::new(&Filter::parse("chk ns:shop !x"));
    assert_eq!(marker.marks("checkout"), [0, 1, 4]);
    assert_eq!(marker.marks("web"), Vec::<usize>::new());
    assert_eq!(Marker::new(&Filter::parse("ch che")).marks("checkout"), [0, 1, 2]);
    assert_eq!(Marker::new(&Filter::parse("out ch")).marks("checkout"), [0, 1, 5, 6, 7]);
}

proptest! {
    #[test]
    fn nothing_typed_can_break_it(text in "[!:=a-z ß\u{301}é🦀]{0,20}", name in ".{0,12}") {
        let mut rollout = checkout();
        rollout.at.name = name.as_str().into();
        holds(&text, &rollout);
        let count = rollout.at.name.chars().count();
        let marks = Marker::new(&Filter::parse(&text)).marks(&rollout.at.name);
        prop_assert!(marks.iter().all(|at| *at < count) && marks.is_sorted());
    }
}
