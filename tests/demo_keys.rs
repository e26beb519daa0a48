//! The demo by keystroke, in a pseudo terminal: the bad release is found, understood and undone with keys that the screen
//! itself prints; and every verb of a Deployment takes effect.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    path::Path,
};

use serde_json::Value;

use crate::support::{believes::Served, home::Home, pty::Terminal};

/// A rolldeck in a terminal, and the keys that were pressed so far.
struct Newcomer {
    _home: Home,
    terminal: Terminal,
    pressed: usize,
}

impl Newcomer {
    fn sit_down(arguments: &[&str]) -> Self {
        let home = Home::new();
        let mut terminal = Terminal::open(home.path(), arguments, &[]);
        terminal.see("live");
        Self { _home: home, terminal, pressed: 0 }
    }

    /// Presses a key that the frame prints with this word.
    #[track_caller]
    fn press(&mut self, key: &str, word: &str) {
        let printed = format!("{key} {word}");
        self.terminal.wait_until(&format!("the key {printed:?}"), |screen| screen.contents().contains(&printed));
        let sent = match key {
            "enter" => "\r",
            "esc" => "\u{1b}",
            "tab" => "\t",
            key => key,
        };
        self.terminal.type_keys(sent);
        self.pressed += 1;
    }

    #[track_caller]
    fn see(&mut self, words: &str) {
        self.terminal.see(words);
    }

    /// Confirms the card that is shown, and sees it take effect.
    #[track_caller]
    fn confirm(&mut self, title: &str) {
        self.see("▸[ confirm ]");
        self.press("enter", "the marked choice");
        self.terminal.wait_until(&format!("{title} took effect"), |screen| {
            let text = screen.contents();
            text.lines().any(|line| line.contains(title) && line.contains("took effect"))
        });
    }
}

#[test]
fn a_newcomer_finds_the_bad_release_and_undoes_it_with_printed_keys() {
    let mut newcomer = Newcomer::sit_down(&["demo", "--speed", "10"]);
    newcomer.see("stuck: crash lo");
    let board = newcomer.terminal.text();
    let row = board.lines().find(|line| line.contains("stuck: crash lo")).unwrap_or_default();
    assert!(row.contains("▌") && row.contains("checkout"), "the worst is selected\n{board}");
    newcomer.press("enter", "open");
    newcomer.see("panic: no database to work with");
    newcomer.press("u", "undo");
    newcomer.see("undo checkout to revision 3");
    newcomer.see("kubectl would take revision 4");
    newcomer.confirm("undo checkout to revision 3");
    newcomer.see("all 8 pods available");
    assert!(newcomer.pressed <= 12, "{} keys", newcomer.pressed);
}

#[test]
fn every_verb_of_a_deployment_takes_effect_by_key() {
    // shop/cart: nothing but these keys happens to it.
    let mut newcomer = Newcomer::sit_down(&["demo", "smooth", "-n", "shop", "-l", "app=cart", "--speed", "20"]);
    newcomer.see("cart");
    newcomer.terminal.type_keys("\r");
    for (key, word, typed, title) in [
        ("P", "pause", "", "pause cart"),
        ("R", "resume", "", "resume cart"),
        ("i", "set-image", "app=registry.example/shop/cart:1.20.0", "set image of cart"),
        ("u", "undo", "", "undo cart to revision 1"),
        ("X", "restart", "", "restart cart"),
        ("s", "scale", "5", "scale cart"),
    ] {
        newcomer.press(key, word);
        if !typed.is_empty() {
            newcomer.see("plan it");
            // ctrl-u empties the line of what is proposed.
            newcomer.terminal.type_keys(&format!("\u{15}{typed}\r"));
        }
        newcomer.confirm(title);
    }
    newcomer.see("all 5 pods available");
}

#[test]
fn time_can_be_held_and_turned() {
    let mut newcomer = Newcomer::sit_down(&["demo"]);
    newcomer.see("DEMO day");
    newcomer.terminal.type_keys("T");
    newcomer.see("DEMO day held");
    newcomer.terminal.type_keys(">");
    newcomer.terminal.type_keys("T");
    newcomer.terminal.wait_until("time goes on", |screen| !screen.contents().contains("held"));
    newcomer.terminal.type_keys("q");
    assert_eq!(newcomer.terminal.end(), 0);
    newcomer.terminal.assert_given_back();
}

/// Shifts the canary to 30 % with keys that the screen prints.
#[track_caller]
fn shift_the_canary(newcomer: &mut Newcomer) {
    newcomer.see("10 % to app-v2");
    newcomer.press("enter", "open");
    newcomer.see("wanted   10 · routed 10");
    newcomer.press("w", "shift");
    // ctrl-u empties the line of what is proposed.
    newcomer.see("plan it");
    newcomer.terminal.type_keys("\u{15}app-v2=30");
    newcomer.press("enter", "plan it");
    newcomer.confirm("shift app: app-v2 30");
    newcomer.see("wanted   30 · routed 30");
    newcomer.see("weights: app-v1 90 → 70, app-v2 10 → 30");
}

#[test]
fn a_shift_is_one_patch() {
    let served = Served::of(Path::new(env!("CARGO_BIN_EXE_rolldeck")), "canary").unwrap();
    let route = || -> Value {
        let mut stream = TcpStream::connect(&served.address).unwrap();
        let path = "/apis/gateway.networking.k8s.io/v1/namespaces/shop/httproutes/app";
        write!(stream, "GET {path} HTTP/1.0\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
    };
    let before = route();
    let kubeconfig = format!(
        "{{apiVersion: v1, kind: Config, current-context: sim, users: [{{name: me}}], contexts: [{{name: sim, context: \
         {{cluster: sim, user: me, namespace: shop}}}}], clusters: [{{name: sim, cluster: {{server: 'http://{}'}}}}]}}",
        served.address
    );
    let home = Home::new();
    let file = home.path().join("kubeconfig");
    std::fs::write(&file, kubeconfig).unwrap();
    shift_the_canary(&mut Newcomer::sit_down(&["--kubeconfig", file.to_str().unwrap()]));
    let after = route();
    let generation = |route: &Value| route["metadata"]["generation"].as_i64().unwrap();
    assert_eq!(generation(&after), generation(&before) + 1, "one write of the spec");
    let weights = |route: &Value| [0, 1].map(|place| route["spec"]["rules"][0]["backendRefs"][place]["weight"].clone());
    assert_eq!((weights(&before), weights(&after)), ([90.into(), 10.into()], [70.into(), 30.into()]));
    let by = after["metadata"]["managedFields"]
        .as_array()
        .unwrap()
        .iter()
        .rfind(|one| one["fieldsV1"]["f:spec"]["f:rules"].is_object());
    assert!(by.unwrap()["manager"].as_str().unwrap().starts_with("rolldeck"));
}
