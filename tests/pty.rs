//! The binary itself in a pseudo terminal: how it starts, what it leaves behind, and what it never writes.

use std::process::{Command, Stdio};

use crate::support::{home::Home, pty::Terminal};

/// A deck whose server refuses connections, once it says so.
#[track_caller]
fn deck(arguments: &[&str], environment: &[(&str, &str)]) -> (Home, Terminal) {
    let home = Home::new();
    home.unreachable();
    let mut terminal = Terminal::open(home.path(), arguments, environment);
    terminal.see("connection refused");
    (home, terminal)
}

#[test]
fn without_a_kubeconfig_the_terminal_is_not_touched() {
    let home = Home::new();
    let mut terminal = Terminal::open(home.path(), &[], &[]);
    assert_eq!(terminal.end(), 1);
    let file = home.path().join(".kube/config");
    let sentence = "Name one with --kubeconfig FILE or $KUBECONFIG.";
    assert_eq!(terminal.said(), format!("rolldeck: no kubeconfig: {} does not exist. {sentence}\n", file.display()));
    terminal.assert_given_back();
}

#[test]
fn a_terminal_that_cannot_place_a_cursor_is_refused() {
    for (term, named) in [("dumb", "TERM=dumb"), ("", "TERM=")] {
        let home = Home::new();
        home.unreachable();
        let mut terminal = Terminal::open(home.path(), &[], &[("TERM", term)]);
        assert_eq!(terminal.end(), 1);
        assert_eq!(
            terminal.said(),
            format!(
                "rolldeck: {named} cannot place a cursor; set TERM to what your terminal is (xterm-256color suits most), or use `rolldeck snapshot`\n"
            )
        );
        terminal.assert_given_back();
    }
}

#[test]
fn what_is_no_terminal_is_refused() {
    let home = Home::new();
    home.unreachable();
    let mut command = Command::new(env!("CARGO_BIN_EXE_rolldeck"));
    command.env_clear().env("HOME", home.path()).env("TERM", "xterm").stdin(Stdio::null());
    let answer = command.output().unwrap();
    assert_eq!((answer.status.code(), answer.stdout.len()), (Some(1), 0));
    let said = String::from_utf8(answer.stderr).unwrap();
    assert_eq!(
        said,
        "rolldeck: rolldeck needs a terminal for its screen; without one use `rolldeck status`, or `rolldeck snapshot` for one frame\n"
    );
}

#[test]
fn a_server_that_is_away_is_named_on_the_screen_and_leaving_gives_the_terminal_back() {
    for keys in ["q", "\u{3}", "ZZ"] {
        let (_home, mut terminal) = deck(&[], &[]);
        terminal.wait_until("a whole screen", |s| s.alternate_screen() && s.hide_cursor() && s.bracketed_paste());
        terminal.type_keys(keys);
        assert_eq!(terminal.end(), 0, "{keys:?}");
        terminal.assert_given_back();
    }
}

#[test]
fn signals_end_it_with_their_number_and_give_the_terminal_back() {
    for (signal, code) in [("TERM", 143), ("HUP", 129), ("INT", 130)] {
        let (_home, mut terminal) = deck(&[], &[]);
        terminal.signal(signal);
        assert_eq!(terminal.end(), code, "SIG{signal}");
        terminal.assert_given_back();
    }
}

#[test]
fn a_deck_of_one_rollout_opens_without_its_server() {
    let (_home, mut terminal) = deck(&["deployment/web"], &[]);
    terminal.see("web");
    terminal.type_keys("\u{3}");
    assert_eq!(terminal.end(), 0);
}

#[test]
fn a_screen_made_tiny_and_large_again_is_whole() {
    let (_home, mut terminal) = deck(&[], &[]);
    terminal.resize(30, 5);
    terminal.see("rolldeck needs 40x8 cells");
    terminal.resize(120, 40);
    terminal.see("connection refused");
    terminal.wait_until("nothing left of the tiny one", |s| !s.contents().contains("needs 40x8"));
    terminal.resize(1, 1);
    terminal.resize(100, 30);
    terminal.see("connection refused");
}

#[test]
fn help_opens_though_nothing_is_connected() {
    let (_home, mut terminal) = deck(&[], &[]);
    terminal.type_keys("?");
    terminal.see("keys of this screen");
    terminal.type_keys("\u{1b}");
    terminal.wait_until("closed help", |screen| !screen.contents().contains("keys of this screen"));
}

/// The numbers of all SGR sequences.
fn styles(raw: &[u8]) -> Vec<u16> {
    let text = String::from_utf8_lossy(raw);
    let sequences = text.split("\u{1b}[").skip(1).filter_map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != ';')?;
        rest[end..].starts_with('m').then(|| rest[..end].to_owned())
    });
    sequences.flat_map(|s| s.split(';').filter_map(|n| n.parse().ok()).collect::<Vec<_>>()).collect()
}

/// Everything a short visit writes: board, help, palette, sources, and the way out.
#[track_caller]
fn visit(arguments: &[&str], environment: &[(&str, &str)]) -> Vec<u8> {
    let (_home, mut terminal) = deck(arguments, environment);
    terminal.type_keys("?");
    terminal.see("keys of this screen");
    terminal.type_keys("\u{1b}");
    terminal.wait_until("closed help", |screen| !screen.contents().contains("keys of this screen"));
    terminal.type_keys("S");
    terminal.see("Deployment");
    terminal.type_keys("\u{3}");
    assert_eq!(terminal.end(), 0);
    terminal.assert_given_back();
    terminal.raw().to_vec()
}

#[test]
fn no_color_leaves_weights_and_no_colours() {
    let is_colour = |n: &u16| matches!(n, 30..=38 | 40..=48 | 58 | 90..=107);
    let plain = styles(&visit(&[], &[("NO_COLOR", "1")]));
    let colours: Vec<&u16> = plain.iter().filter(|n| is_colour(n)).collect();
    assert!(colours.is_empty(), "{colours:?}");
    assert!(plain.contains(&1) && plain.contains(&7), "{plain:?}");
    assert!(styles(&visit(&[], &[])).iter().any(is_colour), "colours are found where there are some");
}

#[test]
fn ascii_writes_nothing_else() {
    let foreign: Vec<u8> = visit(&["--ascii"], &[]).into_iter().filter(|byte| !byte.is_ascii()).collect();
    assert!(foreign.is_empty(), "{:?}", String::from_utf8_lossy(&foreign));
    assert!(visit(&[], &[]).iter().any(|byte| !byte.is_ascii()), "others are found where they are");
}
