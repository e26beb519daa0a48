//! The keymaps that are compiled in, and what a sequence of keys means.

use super::*;
use crate::input::{Board, Deck, Global, Move, Steer};

/// The scopes that are looked up together, screen by screen.
const TOGETHER: [&[Scope]; 5] = [
    &[Scope::Board, Scope::Move, Scope::Global, Scope::Demo],
    &[Scope::Deck, Scope::Steer, Scope::Move, Scope::Global, Scope::Demo],
    &[Scope::History, Scope::Move, Scope::Global, Scope::Demo],
    &[Scope::Logs, Scope::Move, Scope::Global, Scope::Demo],
    &[Scope::Move, Scope::Global, Scope::Demo],
];

fn built_in(name: &str) -> Keymap {
    let text = Keymap::BUILT_IN.iter().find(|(known, _)| *known == name).unwrap().1;
    Keymap::parse(name, text).unwrap_or_else(|e| panic!("{e}"))
}

fn means(keymap: &Keymap, scopes: &[Scope], keys: &str) -> Resolved {
    keymap.resolve(scopes, &Chord::sequence(keys).unwrap())
}

#[test]
fn every_action_has_a_key_or_is_for_the_palette_only() {
    const PALETTE_ONLY: &[(&str, Action)] = &[("k9s", Action::Global(Global::Leave))];
    for (name, action) in Keymap::BUILT_IN.iter().flat_map(|(name, _)| Action::ALL.iter().map(move |a| (*name, *a))) {
        let bound = !built_in(name).keys_of(action).is_empty();
        assert_ne!(bound, PALETTE_ONLY.contains(&(name, action)), "{action} in {name}");
    }
}

#[test]
fn no_key_of_a_screen_hides_one_that_goes_everywhere() {
    for (name, _) in Keymap::BUILT_IN {
        let keymap = built_in(name);
        for (scopes, ((scope, keys), action)) in TOGETHER.iter().flat_map(|s| keymap.bound.iter().map(move |b| (s, b)))
        {
            if scopes.contains(scope) {
                assert_eq!(keymap.resolve(scopes, keys), Resolved::Action(*action), "{name}: {}", Chord::text_of(keys));
            }
        }
    }
}

#[test]
fn whoever_comes_from_k9s_finds_the_keys_of_a_deployment() {
    let keymap = built_in("k9s");
    for (key, action) in [
        ("l", Action::Deck(Deck::Logs)),
        ("r", Action::Steer(Steer::Restart)),
        ("s", Action::Steer(Steer::Scale)),
        ("i", Action::Steer(Steer::SetImage)),
    ] {
        assert_eq!(means(&keymap, TOGETHER[1], key), Resolved::Action(action), "{key}");
    }
}

#[test]
fn the_reflex_for_redraw_redraws_on_every_screen_of_every_keymap() {
    for (name, scopes) in Keymap::NAMES.iter().flat_map(|name| TOGETHER.iter().map(move |scopes| (name, scopes))) {
        let redraw = Resolved::Action(Action::Global(Global::Redraw));
        assert_eq!(means(&built_in(name), scopes, "ctrl-l"), redraw, "{name}");
    }
}

#[test]
fn a_sequence_is_pending_until_it_means_something() {
    let keymap = Keymap::default();
    assert_eq!(means(&keymap, TOGETHER[0], "g"), Resolved::Pending);
    assert_eq!(means(&keymap, TOGETHER[0], "g g"), Resolved::Action(Action::Move(Move::Top)));
    assert_eq!(means(&keymap, TOGETHER[0], "g x"), Resolved::Nothing);
    assert_eq!(means(&keymap, TOGETHER[0], "G"), Resolved::Action(Action::Move(Move::Bottom)));
}

#[test]
fn the_screen_decides_what_a_key_means() {
    let keymap = Keymap::default();
    assert_eq!(means(&keymap, TOGETHER[0], "enter"), Resolved::Action(Action::Board(Board::Open)));
    assert_eq!(means(&keymap, TOGETHER[1], "enter"), Resolved::Action(Action::Deck(Deck::Pods)));
    assert_eq!(means(&keymap, &[Scope::Move, Scope::Global], "enter"), Resolved::Nothing);
    let deck_only = Keymap::parse("mine", "[deck]\n'n' = 'next'\n").unwrap();
    assert_eq!(means(&deck_only, &[Scope::Board], "n"), Resolved::Nothing);
    let mine = Keymap::parse("mine", "inherits = 'default'\n[board]\n'k' = 'open'\n").unwrap();
    assert_eq!(means(&mine, TOGETHER[0], "k"), Resolved::Action(Action::Board(Board::Open)), "the screen goes first");
    assert_eq!(means(&mine, TOGETHER[1], "k"), Resolved::Action(Action::Move(Move::Up)));
}

#[test]
fn the_habits_of_k9s() {
    let k9s = built_in("k9s");
    assert_eq!(means(&k9s, TOGETHER[0], "g"), Resolved::Action(Action::Move(Move::Top)));
    assert_eq!(means(&k9s, TOGETHER[0], "q"), Resolved::Action(Action::Global(Global::Back)));
    assert_eq!(means(&k9s, TOGETHER[0], "j"), Resolved::Action(Action::Move(Move::Down)), "inherited");
}

#[test]
fn keys_are_found_for_an_action_shortest_first() {
    let keymap = Keymap::default();
    assert_eq!(keymap.keys_of(Action::Move(Move::Top)), ["g g", "home"]);
    assert_eq!(keymap.keys_of(Action::Move(Move::Down)), ["j", "down"]);
    assert_eq!(keymap.rows(Scope::Board)[1], (vec!["/".to_owned()], Action::Board(Board::Filter)));
}

#[test]
fn the_table_of_keys_has_every_action() {
    let page = Keymap::default().markdown();
    assert!(page.contains("| `g g` `home` | top | to the first |\n"), "{page}");
    for action in Action::ALL {
        assert!(page.contains(&format!("| {} | {} |", action.name(), action.doc())), "{action}");
    }
    let bare = Keymap::parse("bare", "[move]\n'|' = 'up'\n").unwrap().markdown();
    assert!(bare.contains("| `\\|` | up |") && bare.contains("| palette | open |"), "{bare}");
}
