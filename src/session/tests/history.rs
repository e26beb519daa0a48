//! The revisions of a rollout, and the differences between them.

use crate::{
    domain::{Args, Diff, DiffLine, DiffSide, Moment, Offer, Phase, Role, Verb, Why},
    session::{
        Overlay, Screen,
        fixture::{Story, at, shop, version},
    },
};

/// The deck of `web`: revision 5 comes over 4, which serves; 3 has pods left, 2 is history.
fn deck() -> Story {
    let mut story = Story::new(shop());
    story.change("web", |r| {
        let roles = [(5, Role::New, 1), (2, Role::Past, 0), (4, Role::Stable, 2), (3, Role::Old, 1)];
        r.versions = roles.map(|(n, role, pods)| version("web", &format!("v{n}"), role, pods)).into();
        for (version, (n, ..)) in r.versions.iter_mut().zip(roles) {
            version.revision = Some(n);
            version.created = Moment::from_secs(n);
        }
        r.offers = vec![Offer { verb: Verb::Undo, able: Ok(()) }];
    });
    story.keys("G enter");
    story
}

/// The rows, the selected one in brackets.
fn rows(story: &Story) -> String {
    let revisions = story.session.revisions(&story.fleet);
    let row = story.session.revision_row(&revisions);
    let name = |(n, v): (usize, &&crate::domain::Version)| {
        if Some(n) == row { format!("[{}]", v.uid) } else { v.uid.to_string() }
    };
    revisions.iter().enumerate().map(name).collect::<Vec<_>>().join(" ").replace("web-", "")
}

/// `old new` of the difference that is looked at.
fn diff(story: &Story) -> String {
    let ask = story.session.diffing();
    ask.map_or_else(String::new, |ask| format!("{} {}", ask.old.name, ask.new.name).replace("web-", ""))
}

#[test]
fn the_newest_revision_is_first_and_the_cursor_stays_on_its_own() {
    let mut story = deck();
    story.keys("H");
    assert_eq!(rows(&story), "[v5] v4 v3 v2");
    story.keys("j j");
    assert_eq!(rows(&story), "v5 v4 [v3] v2");
    story.change("web", |r| r.versions[2].revision = Some(6));
    story.look();
    assert_eq!(rows(&story), "v4 v5 [v3] v2", "an undo raised its number");
    story.change("web", |r| r.versions.retain(|v| v.uid != "web-v3"));
    story.look();
    assert_eq!(rows(&story), "v4 v5 [v2]", "gone: the row it was in");
    story.keys("g g");
    assert_eq!(rows(&story), "[v4] v5 v2");
    story.keys("l");
    assert_eq!(story.notice(), "this list only scrolls up and down");
}

#[test]
fn compared_with_what_runs_or_with_the_marked_one() {
    let mut story = deck();
    let mut after = |keys: &str| {
        story.keys(keys);
        diff(&story)
    };
    assert_eq!(after("H enter"), "v4 v5", "what comes, with what serves");
    assert_eq!(after("esc G d"), "v2 v5", "the older one first");
    assert_eq!(after("esc m k d"), "v2 v3", "with the marked one");
    assert_eq!(after("esc G d"), "v2 v5", "the marked one itself: with what runs");
    assert_eq!(after("esc m k k d"), "v4 v5", "no mark any more");
    story.keys("esc g g");
    story.change("web", |r| r.versions.truncate(1));
    story.keys("d");
    assert_eq!((diff(&story).as_str(), story.notice()), ("", "there is no other revision to compare it with"));
}

#[test]
fn undo_to_the_selected_revision_opens_a_card_and_no_more() {
    let mut story = deck();
    story.keys("H j j u");
    let Some(Overlay::Card(card)) = &story.session.overlay else { panic!("no card") };
    assert_eq!((&card.intent.target, card.intent.verb), (&at("web"), Verb::Undo));
    assert_eq!(card.intent.args, Args::Revision(3));
    story.session.overlay = None;
    story.change("web", |r| r.offers[0].able = Err(Why("RBAC refuses it".into())));
    story.keys("u");
    assert_eq!((story.notice(), story.session.planning()), ("RBAC refuses it", None));
    story.session.options.read_only = true;
    story.keys("u");
    assert_eq!((story.notice(), story.session.planning()), ("locked: read-only", None));
}

#[test]
fn the_deck_compares_the_newest_with_what_served_before() {
    let mut story = deck();
    story.keys("d");
    assert_eq!(diff(&story), "v4 v5");
    story.keys("esc");
    story.change("web", |r| r.versions[2].role = Role::Old);
    story.keys("d");
    assert_eq!(diff(&story), "v4 v5", "nothing serves: the revision before");
    story.keys("esc");
    story.change("web", |r| {
        (r.versions[0].role, r.versions[2].role) = (Role::Stable, Role::Past);
        r.phase = Phase::Paused;
    });
    story.keys("d");
    assert_eq!(diff(&story), "v5 web", "the object's own template waits for the resume");
    story.keys("esc");
    story.change("web", |r| {
        r.phase = Phase::Healthy;
        r.versions.truncate(1);
    });
    story.keys("d");
    assert_eq!(story.notice(), "there is no version before this one");
    story.change("web", |r| r.versions.clear());
    story.keys("H");
    assert_eq!(story.notice(), "this rollout has no versions yet");
}

#[test]
fn a_difference_scrolls_as_far_as_it_is_long() {
    let mut story = deck();
    story.keys("d");
    let line = DiffLine { side: DiffSide::Both, pieces: Vec::new() };
    let of = story.session.diffing().unwrap().clone();
    let mut top = |keys: &str| {
        story.keys(keys);
        story.session.history.diff_top
    };
    assert_eq!(top("j"), 0, "nothing has come yet");
    story.fleet.desk.diff = Some(Diff { of, lines: Ok(vec![line; 40]) });
    let mut top = |keys: &str| {
        story.keys(keys);
        story.session.history.diff_top
    };
    assert_eq!([top("j"), top("ctrl-d"), top("G"), top("ctrl-d"), top("g g")], [1, 11, 30, 39, 0]);
    story.keys("j esc d");
    assert_eq!((story.session.history.diff_top, story.session.screen().rollout()), (0, Some(&at("web"))));
    assert!(matches!(story.session.screen(), Screen::Diff(..)));
}
