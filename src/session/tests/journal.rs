//! The screen of the journal.

use std::sync::Arc;

use crate::{
    domain::{Args, Deed, Intent, Moment, Proof, Verb},
    session::{
        Screen,
        fixture::{Story, at, shop},
    },
};

fn deed(id: &str) -> Arc<Deed> {
    Arc::new(Deed {
        id: id.into(),
        by: "anna@bastion".into(),
        at: Moment(0),
        intent: Intent { target: at("web"), verb: Verb::Undo, args: Args::None },
        title: "undo web".into(),
        reason: "".into(),
        writes: Vec::new(),
        flight: None,
        proof: Proof::default(),
    })
}

/// The id of the selected deed.
fn selected(story: &Story) -> String {
    let row = story.session.journal_row(&story.fleet);
    story.fleet.desk.deeds.iter().rev().nth(row).map_or_else(String::new, |deed| deed.id.to_string())
}

#[test]
fn the_cursor_stays_on_its_deed_while_others_are_done() {
    let mut story = Story::new(shop());
    story.fleet.desk.deeds = ["a", "b", "c"].map(deed).to_vec();
    story.keys("enter J");
    assert_eq!((story.session.screen(), selected(&story).as_str()), (&Screen::Journal, "c"));
    story.fleet.desk.deeds.push(deed("d"));
    story.look();
    assert_eq!(selected(&story), "d", "who looks at the newest goes on doing so");
    story.keys("j");
    assert_eq!(selected(&story), "c");
    story.fleet.desk.deeds.push(deed("e"));
    story.look();
    assert_eq!((selected(&story).as_str(), story.session.journal.row), ("c", 2));
    story.keys("G");
    assert_eq!(selected(&story), "a");
    story.fleet.desk.deeds.remove(0);
    story.look();
    assert_eq!(selected(&story), "b", "the row where it was");
    story.keys("k k l");
    assert_eq!((selected(&story).as_str(), story.notice()), ("d", "the journal only scrolls up and down"));
    story.keys("g g");
    assert_eq!(selected(&story), "e");
    story.keys("J");
    assert_eq!(story.notice(), "the journal is shown already");
    story.keys("esc");
    assert_eq!(story.session.screen(), &Screen::Deck(at("api")));
}

#[test]
fn an_empty_journal_has_nothing_to_move_in() {
    let mut story = Story::new(shop());
    assert_eq!(story.keys("J j G pgdn"), None);
    assert_eq!((story.session.journal_row(&story.fleet), story.notice()), (0, ""));
}
