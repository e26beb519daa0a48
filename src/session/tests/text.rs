//! Lines of text: the filter as it is typed, the palette.

use crate::{
    input::{Action, Board, Deck, Global, Keymap, Scope},
    session::{
        Effect, Overlay, Screen,
        fixture::{Story, at, shop},
    },
};

#[test]
fn the_filter_applies_as_it_is_typed() {
    let mut story = Story::new(shop());
    story.keys("G / a");
    assert_eq!(story.board(), "api [cart]");
    story.types("p");
    assert_eq!(story.board(), "[api]");
    story.keys("backspace");
    assert_eq!(story.board(), "api [cart]");
    story.keys("enter");
    assert!(story.session.overlay.is_none());
    assert_eq!((story.board().as_str(), story.session.board.filter.as_str()), ("api [cart]", "a"));
}

#[test]
fn a_cancelled_filter_leaves_everything_as_it_was() {
    let mut story = Story::new(shop());
    story.keys("/ e enter G / x x x esc");
    assert_eq!((story.session.board.filter.as_str(), story.board().as_str()), ("e", "ledger [web]"));
    story.keys("/ d");
    assert_eq!(story.board(), "[ledger]");
    story.look();
    story.keys("esc");
    assert_eq!(story.board(), "ledger [web]", "though the world changed meanwhile");
}

#[test]
fn typing_never_reorders_rows() {
    let mut story = Story::new(shop());
    story.keys("/ r");
    assert_eq!(story.board(), "[cart] ledger", "ledger ends with it, and stays behind");
}

#[test]
fn the_cursor_moves_while_the_filter_is_typed() {
    let mut story = Story::new(shop());
    story.keys("/ e down");
    assert_eq!(story.board(), "ledger [web]");
    story.keys("ctrl-p");
    assert_eq!(story.board(), "[ledger] web");
    story.keys("tab enter");
    assert_eq!(story.board(), "ledger [web]");
}

#[test]
fn one_backspace_more_closes_an_empty_line() {
    let mut story = Story::new(shop());
    story.keys("/ a backspace");
    assert!(story.session.overlay.is_some());
    story.keys("backspace");
    assert!(story.session.overlay.is_none());
    story.keys(": backspace");
    assert!(story.session.overlay.is_none());
}

#[test]
fn a_line_is_edited_as_in_a_shell() {
    let mut story = Story::new(shop());
    story.keys("/");
    story.types("ns:shop web");
    story.keys("ctrl-w");
    assert_eq!(story.session.board.filter, "ns:shop ");
    story.types("qwe");
    story.keys("left left backspace home");
    assert_eq!((story.session.board.filter.as_str(), story.session.prompt().unwrap().cursor()), ("ns:shop we", 0));
    story.keys("end ctrl-u");
    assert_eq!(story.session.board.filter, "");
    story.types("q?:");
    assert_eq!(story.session.board.filter, "q?:", "keys of the screen are text here");
    story.keys("ctrl-j");
    assert_eq!(story.session.board.filter, "q?:");
    story.keys("ctrl-m");
    assert!(story.session.overlay.is_none(), "ctrl-m is enter");
}

#[test]
fn a_paste_is_text_on_one_line() {
    let mut story = Story::new(shop());
    story.session.paste("qqq");
    assert_eq!(story.session.screen(), &Screen::Board, "without a line it is dropped");
    story.keys("/");
    story.session.paste("\x1b[31mwe\u{9b}b\r\nns:x\t!y\n");
    assert_eq!(story.session.board.filter, "[31mweb ns:x !y");
    story.session.paste(&"x".repeat(1_000));
    assert_eq!(story.session.board.filter.len(), 200);
    story.types("more");
    assert_eq!(story.session.board.filter.len(), 200);
}

#[test]
fn the_palette_finds_actions_by_fuzzy_name() {
    let mut story = Story::new(shop());
    story.keys(": s r c");
    let first = story.session.suggestions(&story.fleet).remove(0);
    assert_eq!((first.action, first.matched), (Action::Global(Global::Sources), vec![0, 3, 4]));
    story.keys("enter");
    assert_eq!((story.session.screen(), story.session.overlay.is_none()), (&Screen::Sources, true));
}

/// How many actions there are outside of the demo.
fn named() -> usize {
    Action::ALL.iter().filter(|action| action.scope() != Scope::Demo).count()
}

#[test]
fn the_palette_without_text_has_every_action_the_able_ones_first() {
    let mut story = Story::new(shop());
    story.keys(":");
    let lines = story.session.suggestions(&story.fleet);
    assert_eq!(lines.len(), named());
    assert!(lines.is_sorted_by_key(|line| line.able.is_err()));
    assert!(lines.iter().any(|line| line.able.is_err()));
}

#[test]
fn words_of_the_description_are_found_too() {
    let mut story = Story::new(shop());
    story.keys(":");
    story.types("cluster");
    let lines = story.session.suggestions(&story.fleet);
    assert_eq!((lines[0].action, lines[0].matched.len()), (Action::Global(Global::Sources), 0));
}

#[test]
fn an_action_of_another_screen_is_refused_with_the_reason() {
    let mut story = Story::new(shop());
    story.keys(":");
    story.types("pods");
    story.keys("enter");
    assert_eq!(story.notice(), "only on the deck of a rollout");
    assert!(matches!(story.session.overlay, Some(Overlay::Palette(..))), "to try another");
    assert_eq!(story.session.screen(), &Screen::Board);
    story.keys("esc enter :");
    story.types("pods");
    story.keys("enter");
    assert_eq!(story.session.screen(), &Screen::Pods(at("api"), "api-v2".into()));
}

#[test]
fn lines_of_the_palette_are_chosen_round_and_round() {
    let mut story = Story::new(shop());
    let chosen = |story: &Story| if let Some(Overlay::Palette(_, at)) = story.session.overlay { at } else { 99 };
    story.keys(": down ctrl-n tab");
    assert_eq!(chosen(&story), 3);
    story.keys("up ctrl-p shift-tab up");
    assert_eq!(chosen(&story), named() - 1);
    story.keys("x");
    assert_eq!(chosen(&story), 0, "another text, another best");
    story.keys("ctrl-u down");
    story.session.paste("s");
    assert_eq!(chosen(&story), 0);
    story.keys("ctrl-u");
    story.types("zzzz");
    story.keys("down enter");
    assert_eq!(story.notice(), "there is no such action");
}

#[test]
fn the_better_match_goes_before_the_able_one() {
    let mut story = Story::new(shop());
    story.keys(":");
    story.types("next");
    let lines = story.session.suggestions(&story.fleet);
    assert_eq!(lines[0].action, Action::Deck(Deck::Next));
    let sort = lines.iter().find(|line| line.action == Action::Board(Board::SortNext)).unwrap();
    assert!(lines[0].able.is_err() && sort.able.is_ok());
}

#[test]
fn a_character_bound_to_redraw_is_still_typed() {
    let mut story = Story::new(shop());
    story.keymap = Keymap::parse("mine", "inherits = 'default'\n[global]\n'x' = 'redraw'\n").unwrap();
    story.keys("/ x");
    assert_eq!(story.session.board.filter, "x");
}

#[test]
fn quit_by_name() {
    let mut story = Story::new(shop());
    story.keys(":");
    story.types("quit");
    assert_eq!(story.keys("enter"), Some(Effect::Quit));
}
