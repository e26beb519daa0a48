//! Going back, leaving, help, sources, sequences of keys.

use crate::{
    domain::Health,
    input::{Action, Chord, Global, KeyEvent, Keymap, Move},
    session::{
        Effect, Options, Overlay, Screen, Session,
        fixture::{Story, at, shop, source},
    },
};

#[test]
fn back_undoes_the_last_thing_and_never_leaves() {
    let mut story = Story::new(shop());
    story.keys("/ a enter ! enter p ?");
    assert_eq!(story.session.screens.len(), 3);
    story.keys("esc");
    assert!(story.session.overlay.is_none());
    story.keys("esc esc");
    assert_eq!((story.session.screens.len(), story.session.board.filter.as_str()), (1, "a"));
    story.keys("esc");
    assert_eq!((story.session.board.filter.as_str(), story.session.board.needs_you), ("", true));
    story.keys("esc");
    assert!(!story.session.board.needs_you);
    assert_eq!(story.keys("esc"), None);
    assert_eq!(story.notice(), "there is nothing to go back to; ctrl-c leaves");
}

#[test]
fn q_goes_back_and_leaves_from_the_first_screen() {
    let mut story = Story::new(shop());
    assert_eq!(story.keys("enter q"), None);
    assert_eq!(story.keys("? q"), None);
    assert_eq!(story.session.screen(), &Screen::Board);
    assert_eq!(story.keys("q"), Some(Effect::Quit));
    let mut alone = Session::new(Options::default(), Screen::Deck(at("web")));
    assert_eq!(alone.update(Action::Global(Global::Leave), &story.fleet), Some(Effect::Quit));
}

#[test]
fn ctrl_c_quits_from_anywhere() {
    for keys in ["ctrl-c", "g ctrl-c", "? ctrl-c", ": ctrl-c", "/ x ctrl-c", "enter p ctrl-c"] {
        assert_eq!(Story::new(shop()).keys(keys), Some(Effect::Quit), "{keys}");
    }
}

#[test]
fn redraw_changes_nothing() {
    for keys in ["j", "g", "?", ": x", "/ a", "enter o", "x", "esc"] {
        let mut story = Story::new(shop());
        story.keys(keys);
        let before = format!("{:?}", story.session);
        assert_eq!(story.keys("ctrl-l"), Some(Effect::Redraw), "{keys}");
        assert_eq!(format!("{:?}", story.session), before, "{keys}");
    }
}

#[test]
fn a_sequence_half_typed_is_shown_and_can_be_given_up() {
    let mut story = Story::new(shop());
    story.keys("G g");
    assert_eq!(Chord::text_of(&story.session.pending), "g");
    story.keys("esc");
    assert_eq!((story.session.pending.len(), story.board().as_str(), story.notice()), (0, "api cart ledger [web]", ""));
    story.keys("g x");
    assert_eq!((story.session.pending.len(), story.notice()), (0, "g x does nothing here"));
    story.keys("g g");
    assert_eq!((story.board().as_str(), story.notice()), ("[api] cart ledger web", ""));
}

#[test]
fn help_scrolls_and_closes_by_its_own_key() {
    let mut story = Story::new(shop());
    story.keys("? j j k");
    assert!(matches!(story.session.overlay, Some(Overlay::Help(1))));
    story.keys("enter");
    assert_eq!(story.session.screen(), &Screen::Board, "the screen below is not reached");
    story.keys("G");
    let (lines, page) = (5 + 8 + 9 + 3 * 2, 10);
    assert!(matches!(story.session.overlay, Some(Overlay::Help(top)) if top == lines - page));
    story.session.beyond = Some(2);
    story.keys("G");
    assert!(matches!(story.session.overlay, Some(Overlay::Help(2))), "a frame has told how long it is");
    story.keys("?");
    assert!(story.session.overlay.is_none());
    assert_eq!(story.board(), "[api] cart ledger web");
}

#[test]
fn sources_lie_over_any_screen_and_keep_the_focus() {
    let mut story = Story::new(shop());
    story.keys("enter S S");
    assert_eq!(story.notice(), "the sources are shown already");
    assert_eq!((story.session.screen(), story.session.focus()), (&Screen::Sources, Some(&at("api"))));
    story.keys("j l");
    assert_eq!((story.session.sources_top, story.notice()), (0, "this list only scrolls up and down"));
    story.fleet.sources = (0..30).map(|_| source(Health::Live)).collect();
    story.keys("G");
    assert_eq!(story.session.sources_top, 20);
    story.keys("q");
    assert_eq!(story.session.screen(), &Screen::Deck(at("api")));
    story.keys("S");
    assert_eq!(story.session.sources_top, 0);
}

#[test]
fn asking_whether_an_action_is_able_changes_nothing_and_agrees_with_doing_it() {
    for keys in ["j", "enter", "enter l", "enter p", "enter t", "S", "j / z z"] {
        let mut story = Story::new(shop());
        story.keys(keys);
        let before = format!("{:?}", story.session);
        for action in Action::ALL {
            let able = story.session.able(*action, &story.fleet);
            let mut copy = Session { overlay: None, notice: None, ..story.session.clone() };
            copy.update(*action, &story.fleet);
            let refused = able.as_ref().err().map(ToString::to_string);
            assert!(refused.is_none() || copy.notice == refused, "{keys}: {action}: {refused:?} {:?}", copy.notice);
        }
        assert_eq!(format!("{:?}", story.session), before);
    }
    let mut story = Story::new(shop());
    story.keys("enter ?");
    assert_eq!(
        story.session.able(Action::Move(Move::Left), &story.fleet),
        Ok(()),
        "it is asked of the screen below help"
    );
}

#[test]
fn releases_and_nameless_keys_are_not_keys() {
    use crossterm::event::{KeyCode, KeyModifiers};
    let mut story = Story::new(shop());
    story.keys("g");
    let caps = KeyEvent::new(KeyCode::CapsLock, KeyModifiers::NONE);
    assert_eq!(story.session.press(caps, &Keymap::default(), &story.fleet), None);
    assert_eq!(story.session.pending.len(), 1);
}

#[test]
fn no_motion_fails_on_an_empty_fleet() {
    for motion in Action::ALL.iter().filter(|a| matches!(a, Action::Move(_))) {
        for screen in [Screen::Board, Screen::Deck(at("web")), Screen::Timeline(at("web")), Screen::Sources] {
            let mut session = Session::new(Options::default(), screen);
            assert_eq!(session.update(*motion, &crate::domain::Fleet::default()), None);
        }
    }
}
