//! One bad file per way to be wrong, with its exact message.

use super::*;
use crate::input::{Move, Resolved};

fn says(text: &str) -> String {
    Keymap::parse("my.toml", text).map_or_else(|bad| bad.to_string(), |_| "fine".to_owned())
}

#[test]
fn a_file_holds_only_what_differs() {
    let mine =
        Keymap::parse("my.toml", "inherits = 'default'\n[global]\nq = ''\n'f1' = false\n[move]\nw = 'up'\n").unwrap();
    assert_eq!(mine.keys_of(Action::Global(Global::Leave)), Vec::<String>::new());
    assert_eq!(mine.keys_of(Action::Global(Global::Help)), ["?"]);
    assert_eq!(mine.keys_of(Action::Move(Move::Up)), ["k", "w", "up"]);
}

#[test]
fn a_key_can_be_given_to_another_action() {
    let mine = Keymap::parse("my.toml", "inherits = 'default'\n[move]\nj = 'up'\n").unwrap();
    assert_eq!(mine.keys_of(Action::Move(Move::Down)), ["down"]);
}

#[test]
fn ctrl_c_always_quits() {
    let empty = Keymap::parse("my.toml", "").unwrap();
    let quit = Resolved::Action(Action::Global(Global::Quit));
    assert_eq!(empty.resolve(&[Scope::Board, Scope::Global], &[Chord::CTRL_C]), quit);
    let refused = "ctrl-c always quits; it cannot be unbound or mean anything else";
    assert_eq!(says("[global]\n'ctrl-c' = ''"), format!("my.toml:2:1: {refused}"));
    assert_eq!(says("[board]\n'ctrl-c' = 'open'"), format!("my.toml:2:1: {refused}"));
    assert_eq!(says("[board]\n'x ctrl-c' = 'open'"), format!("my.toml:2:1: {refused}"));
    assert_eq!(says("[global]\n'ctrl-c' = 'quit'"), "fine");
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    for (text, message) in [
        ("[borad]\n", "1:2: unknown scope [borad]; did you mean \"board\"?"),
        (
            "[zzz]\n",
            "1:2: unknown scope [zzz]; scopes are global, move, board, deck, steer, chart, history, logs, demo",
        ),
        (
            "[zoo]\n[aaa]\n",
            "1:2: unknown scope [zoo]; scopes are global, move, board, deck, steer, chart, history, logs, demo",
        ),
        ("board = 3\n", "1:9: [board] holds keys; write it as a table header on its own line"),
        ("\n[board]\n'x' = 'opne'\n", "3:7: unknown action \"opne\"; did you mean \"open\"?"),
        ("[board]\n'x' = 'pods'\n", "2:7: \"pods\" is not an action of [board]; write it under [deck]"),
        (
            "[board]\n'x' = 'fly'\n",
            "2:7: unknown action \"fly\"; [board] has open, filter, sort-next, sort-reverse, needs-you",
        ),
        ("[board]\n'x' = 7\n", "2:7: expected the name of an action, or \"\" to unbind the key"),
        ("[board]\n'x' = true\n", "2:7: expected the name of an action, or \"\" to unbind the key"),
        ("[board]\n'PgDn' = 'open'\n", "2:1: bad key: \"PgDn\" is not a key here; write \"pgdn\""),
        ("[board]\n'ctrl-m' = 'open'\n", "2:1: bad key: to a terminal \"ctrl-m\" is the same as \"enter\"; write that"),
        ("[board]\n'' = 'open'\n", "2:1: bad key: no key is named; write one such as \"x\""),
        ("[board]\nG = 'open'\n'shift-g' = 'filter'\n", "3:1: \"G\" is in [board] twice; leave one"),
        ("[board]\nx = ''\n", "2:1: \"x\" is not bound in [board]; there is nothing to unbind"),
        ("inherits = 'vim'\n", "1:12: nothing to inherit by that name; there are \"default\" and \"k9s\""),
        ("inherits = 3\n", "1:12: nothing to inherit by that name; there are \"default\" and \"k9s\""),
    ] {
        assert_eq!(says(text), format!("my.toml:{message}"), "{text}");
    }
}

#[test]
fn a_key_that_begins_another_is_refused() {
    let why = "which could then never be typed; write another key, or unbind the other with";
    assert_eq!(
        says("[move]\n'x y' = 'up'\nx = 'down'\n"),
        format!("my.toml:2:1: \"x\" is the beginning of \"x y\" in [move], {why} \"x\" = \"\"")
    );
    let inherited = "inherits = 'default'\n[move]\ng = 'top'\n";
    assert_eq!(
        says(inherited),
        format!("my.toml:3:1: \"g\" is the beginning of \"g g\" in [move], {why} \"g g\" = \"\"")
    );
    assert_eq!(says(&format!("{inherited}'g g' = ''\n")), "fine");
    assert_eq!(says("[move]\ng = 'top'\n[board]\n'g x' = 'open'\n"), "fine", "other scopes do not matter");
}

#[test]
fn broken_toml_keeps_the_parsers_words_and_place() {
    let bad = Keymap::parse("my.toml", "[board]\n'x' = \n").unwrap_err();
    assert_eq!((bad.line, bad.says.contains('\n')), (2, false), "{bad}");
    assert!(says("[board]\nx = 'open'\nx = 'open'\n").starts_with("my.toml:3:1: duplicate key"));
    assert!(says("[board]\n[board]\n").starts_with("my.toml:2:"));
}

#[test]
fn columns_count_characters() {
    assert_eq!(says("[board]\n'é' = 'opne'\n"), "my.toml:2:7: unknown action \"opne\"; did you mean \"open\"?");
}

#[test]
fn neighbours_swapped_are_one_step() {
    assert_eq!(distance("opne", "open"), 1);
    assert_eq!(distance("", "open"), 4);
    assert_eq!(distance("kitten", "sitting"), 3);
}
