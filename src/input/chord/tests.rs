//! Chords: one form for every way a terminal reports a key.

use proptest::prelude::*;

use super::*;

fn event(code: KeyCode, modifiers: KeyModifiers) -> String {
    Chord::of(&KeyEvent::new(code, modifiers)).map_or_else(|| "none".to_owned(), |chord| chord.to_string())
}

#[test]
fn terminals_agree_on_one_form() {
    assert_eq!(event(KeyCode::Char('g'), KeyModifiers::SHIFT), "G");
    assert_eq!(event(KeyCode::Char('G'), KeyModifiers::SHIFT), "G");
    assert_eq!(event(KeyCode::Char('G'), KeyModifiers::NONE), "G");
    assert_eq!(event(KeyCode::Char('?'), KeyModifiers::SHIFT), "?");
    assert_eq!(event(KeyCode::Char('D'), KeyModifiers::CONTROL | KeyModifiers::SHIFT), "ctrl-d");
    assert_eq!(event(KeyCode::BackTab, KeyModifiers::NONE), "shift-tab");
    assert_eq!(event(KeyCode::Tab, KeyModifiers::SHIFT), "shift-tab");
    assert_eq!(event(KeyCode::Char(' '), KeyModifiers::CONTROL), "ctrl-space");
    assert_eq!(event(KeyCode::F(1), KeyModifiers::NONE), "f1");
    assert_eq!(event(KeyCode::CapsLock, KeyModifiers::NONE), "none");
    assert_eq!(event(KeyCode::Char('x'), KeyModifiers::SUPER), "none");
}

#[test]
fn a_release_is_no_chord() {
    let up = KeyEvent::new_with_kind(KeyCode::Char('x'), KeyModifiers::NONE, KeyEventKind::Release);
    assert_eq!(Chord::of(&up), None);
}

#[test]
fn files_write_keys_so() {
    for text in ["g g", "ctrl-d", "alt-x", "shift-tab", "space", "esc", "pgdn", "f12", "?", ":", "-", "ctrl--", "alt-X"]
    {
        assert_eq!(Chord::text_of(&Chord::sequence(text).unwrap()), text);
    }
    assert_eq!(Chord::sequence("shift-g").unwrap(), Chord::sequence("G").unwrap());
    assert_eq!(Chord::sequence("alt-ctrl-x").unwrap(), Chord::sequence("ctrl-alt-x").unwrap());
}

#[test]
fn a_bad_chord_says_what_would_be_right() {
    let says = |text: &str| Chord::sequence(text).unwrap_err().0;
    assert_eq!(says("PageDown"), "\"PageDown\" is not a key here; write \"pgdn\"");
    assert_eq!(says("Esc"), "\"Esc\" is not a key here; write \"esc\"");
    assert_eq!(
        says("C-x"),
        "\"C-x\" is not a key; keys are single characters, space, f1 to f24, esc, enter, tab, \
        backspace, delete, insert, up, down, left, right, home, end, pgup, pgdn"
    );
    assert_eq!(says("cmd-x"), "\"cmd\" in \"cmd-x\" is not a modifier; they are ctrl-, alt- and shift-");
    assert_eq!(says("shift-1"), "\"shift-1\" depends on the keyboard; write the character it makes, such as \"?\"");
    assert!(says("ctrl-shift-d").ends_with("leave shift out"));
    assert_eq!(says("ctrl-ctrl-d"), "\"ctrl-ctrl-d\" names a modifier twice");
    assert!(says("f25").starts_with("\"f25\" is not a key;"));
    assert!(says("f01").starts_with("\"f01\" is not a key;"));
    assert!(says("  ").starts_with("no key is named"));
}

fn any_event() -> impl Strategy<Value = KeyEvent> {
    let named = proptest::sample::select(Named::ALL).prop_map(Named::code);
    let code = prop_oneof![any::<char>().prop_map(KeyCode::Char), named, (0_u8..30).prop_map(KeyCode::F)];
    (code, 0_u8..8).prop_map(|(code, bits)| KeyEvent::new(code, KeyModifiers::from_bits_truncate(bits)))
}

proptest! {
    #[test]
    fn printing_is_the_inverse_of_parsing(event in any_event()) {
        if let Some(chord) = Chord::of(&event) {
            prop_assume!(!matches!(chord.key, Key::Char(c) if c != ' ' && c.is_whitespace()));
            prop_assert_eq!(chord.to_string().parse(), Ok(chord));
            prop_assert_eq!(Chord::of(&chord.event()), Some(chord));
        }
    }
}
