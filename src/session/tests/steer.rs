//! Steering keys, and what a verb needs to know.

use crate::{
    domain::{Args, Offer, Percent, Share, Verb, Why},
    input::{Action, Keymap, Scope},
    session::{
        Overlay, Screen,
        fixture::{Story, at, shop},
    },
};

/// The deck of `web` with all verbs able but resume.
pub(super) fn deck() -> Story {
    let mut story = Story::new(shop());
    let able = |verb| if verb == Verb::Resume { Err(Why("not paused".into())) } else { Ok(()) };
    story.change("web", |r| r.offers = Verb::ALL.map(|verb| Offer { verb, able: able(verb) }).to_vec());
    story.keys("G enter");
    assert_eq!(story.session.screen(), &Screen::Deck(at("web")));
    story
}

fn wanted(story: &Story) -> Option<(Verb, Args)> {
    story.session.planning().map(|intent| (intent.verb, intent.args.clone()))
}

#[test]
fn a_verb_that_needs_nothing_opens_its_card_from_every_screen_of_a_rollout() {
    for screen in ["", "p ", "t "] {
        for (key, verb) in [("P", Verb::Pause), ("u", Verb::Undo), ("X", Verb::Restart)] {
            let mut story = deck();
            assert_eq!(story.keys(&format!("{screen}{key}")), None);
            assert_eq!(wanted(&story), Some((verb, Args::None)), "{screen}{key}");
            assert_eq!(story.session.planning().unwrap().target, at("web"));
        }
    }
}

#[test]
fn a_refused_verb_says_why_and_opens_nothing() {
    let mut story = deck();
    story.keys("R");
    assert_eq!((story.notice(), story.session.overlay.is_none()), ("not paused", true));
    story.change("web", |r| r.offers.retain(|offer| offer.verb != Verb::Undo));
    story.keys("u");
    assert_eq!((story.notice(), story.session.overlay.is_none()), ("a deployment has no undo", true));
    let why = "RBAC refuses it: you need patch on deployments/scale.apps in namespace shop";
    story.change("web", |r| r.offers[3].able = Err(Why(why.into())));
    story.keys("s");
    assert_eq!((story.notice(), story.session.overlay.is_none()), (why, true));
    story.fleet.rollouts.remove(&at("web"));
    story.keys("P");
    assert_eq!((story.notice(), story.session.overlay.is_none()), ("deployment/web is gone", true));
}

#[test]
fn read_only_locks_every_steering_key_of_every_keymap() {
    for name in Keymap::NAMES {
        for action in Action::ALL.iter().filter(|action| action.scope() == Scope::Steer) {
            let mut story = deck();
            story.session.options.read_only = true;
            story.keymap = Keymap::built_in(name).unwrap();
            let keys = story.keymap.keys_of(*action);
            assert!(!keys.is_empty(), "{name} has no key for {action}");
            for key in keys {
                assert_eq!(story.keys(&key), None);
                assert_eq!((story.notice(), story.session.overlay.is_none()), ("locked: read-only", true), "{key}");
            }
            let why = story.session.able(*action, &story.fleet).unwrap_err();
            assert_eq!(why.to_string(), "locked: read-only", "the palette says the same");
        }
    }
}

#[test]
fn the_first_digit_replaces_the_number_of_pods() {
    let mut story = deck();
    story.keys("s");
    assert_eq!(story.session.prompt().unwrap().text(), "2");
    story.types("12");
    assert_eq!(story.session.prompt().unwrap().text(), "12");
    story.keys("enter");
    assert_eq!(wanted(&story), Some((Verb::Scale, Args::Replicas(12))));
}

#[test]
fn the_number_of_pods_can_be_edited_and_counted_from() {
    for (typed, wanted_pods) in [("end 0", 20), ("+ 3", 5), ("- 2", 0), ("backspace 7", 7)] {
        let mut story = deck();
        story.keys(&format!("s {typed} enter"));
        assert_eq!(wanted(&story), Some((Verb::Scale, Args::Replicas(wanted_pods))), "{typed}");
    }
}

#[test]
fn a_wrong_number_is_said_beside_the_line_and_goes_with_the_next_key() {
    let mut story = deck();
    story.keys("s 2 x enter");
    let wrong = |story: &Story| match &story.session.overlay {
        Some(Overlay::Ask(field)) => field.wrong.clone(),
        _ => panic!("{:?}", story.session.overlay),
    };
    assert_eq!(wrong(&story).as_deref(), Some("write a number of pods such as 12, or +2 or -1 to count from 2"));
    story.keys("backspace");
    assert_eq!(wrong(&story), None);
    story.change("web", |r| r.offers[4].able = Err(Why("the Deployment is being deleted".into())));
    story.keys("end 9 enter");
    assert_eq!(wrong(&story).as_deref(), Some("the Deployment is being deleted"), "the world goes on meanwhile");
    story.keys("esc");
    assert_eq!((story.session.overlay.is_none(), wanted(&story)), (true, None));
}

#[test]
fn images_are_edited_in_place() {
    let mut story = deck();
    story.keys("i");
    assert_eq!(story.session.prompt().unwrap().text(), "app=example.com/web:v2");
    story.keys("backspace 3 enter");
    let images = vec![("app".into(), "example.com/web:v3".into())];
    assert_eq!(wanted(&story), Some((Verb::SetImage, Args::Images { images, cause: None })));
}

#[test]
fn images_of_several_containers_with_digests_fit_the_line() {
    let mut story = deck();
    let long = format!("registry.example.com/{}@sha256:{}", "team/".repeat(20), "0123456789abcdef".repeat(4));
    story.change("web", |r| {
        let image = |name: &str| (name.into(), long.as_str().into());
        r.versions[0].images = ["app", "proxy", "metrics"].map(image).to_vec();
    });
    story.keys("i");
    assert_eq!(story.session.prompt().unwrap().text().matches(&long).count(), 3);
    story.session.paste(" # a\nb");
    story.keys("home right right right right x enter");
    let images = vec![("app".into(), format!("x{long}").as_str().into())];
    let cause = Some("a b".into());
    assert_eq!(wanted(&story), Some((Verb::SetImage, Args::Images { images, cause })));
}

#[test]
fn shares_begin_with_what_the_newest_version_gets() {
    let mut story = deck();
    story.change("web", |r| {
        r.versions[0].at.name = "web-v2".into();
        r.versions[0].split.wanted = Some(Share(0.125));
    });
    let shares = |list: &[(&str, &str)]| {
        let share = |(name, share): &(&str, &str)| ((*name).into(), Percent::parse(share).unwrap());
        Some((Verb::Shift, Args::Shares(list.iter().map(share).collect())))
    };
    for (typed, wanted_shares) in [
        ("30", &[("web-v2", "30")][..]),
        ("web-v2=0.5 %", &[("web-v2", "0.5")]),
        ("web-v1=60 web-v2=40", &[("web-v1", "60"), ("web-v2", "40")]),
    ] {
        story.keys("w");
        assert_eq!(story.session.prompt().unwrap().text(), "web-v2=12.5");
        story.types(typed);
        story.keys("enter");
        assert_eq!(wanted(&story), shares(wanted_shares), "{typed}");
        story.keys("esc");
    }
    for (typed, why) in [
        ("web-v2=101", "\"101\" is no share: write a percentage from 0 to 100, such as 30 or 0.5"),
        ("30 40", "web-v2 is named twice"),
    ] {
        story.keys("w");
        story.types(typed);
        story.keys("enter");
        assert!(matches!(&story.session.overlay, Some(Overlay::Ask(field)) if field.wrong.as_deref() == Some(why)));
        story.keys("esc");
    }
}
