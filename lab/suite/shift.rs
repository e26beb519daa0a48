//! An operator's shift: a namespace, a state folder with a journal, a kubeconfig, and rolldeck in a terminal or as a command.
//! It knows the keys and words of cards; what is right is judged by the stories.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use rolldeck::domain::Write;
use serde_json::Value;

use crate::{
    Verdict,
    audit::{Audit, Request},
    kube::{Lab, Namespace, deployment, until},
    pty::{Terminal, frame},
    relay::Relay,
};

/// For whatever the control plane has to do.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);
/// For what rolldeck alone has to do.
pub(crate) const SOON: Duration = Duration::from_secs(10);
/// The Deployment of a story.
pub(crate) const WEB: &str = "deployment/web";

/// The shift.
pub(crate) struct Shift<'a> {
    /// The lab.
    pub(crate) lab: &'a Lab,
    /// The story's namespace.
    pub(crate) place: Namespace<'a>,
    /// A folder of the story's own, empty at the start.
    pub(crate) folder: PathBuf,
    kubeconfig: PathBuf,
}

/// What a command answered.
pub(crate) struct Answer {
    /// Its exit code; -1 if a signal ended it.
    pub(crate) code: i32,
    /// Its stdout.
    pub(crate) out: String,
    /// Its stderr.
    pub(crate) err: String,
    asked: String,
}

impl Answer {
    /// The answer, if it ended with that code.
    pub(crate) fn expect(self, code: i32) -> Result<Self, String> {
        if self.code == code { Ok(self) } else { Err(format!("exit {}, not {code}\n{}", self.code, self.report())) }
    }

    /// The answer, if it says all of these words, in any case.
    pub(crate) fn says(self, words: &[&str]) -> Result<Self, String> {
        let said = self.said();
        let missing: Vec<_> = words.iter().filter(|word| !said.contains(&word.to_lowercase())).collect();
        if missing.is_empty() { Ok(self) } else { Err(format!("it does not say {missing:?}\n{}", self.report())) }
    }

    /// All of it, in lower case.
    pub(crate) fn said(&self) -> String {
        [&self.out, "\n", &self.err].concat().to_lowercase()
    }

    fn report(&self) -> String {
        format!("rolldeck {}\n{}{}", self.asked, frame(&self.out), frame(&self.err))
    }
}

impl<'a> Shift<'a> {
    /// Enter on the card that is open, while somebody else changes the object and the deck does not hear of it: the server
    /// refuses what the card says.
    pub(crate) fn refused_behind_its_back(
        &self,
        (deck, relay, audit): (&mut Terminal, &Relay, &Audit),
        meddle: impl FnOnce() -> Verdict,
    ) -> Verdict {
        relay.hold_answers();
        meddle()?;
        deck.type_keys("\r")?;
        let refused = audit.wait_for_a_write(&self.place.name);
        relay.release();
        let refused = refused?;
        if refused.code == 422 { Ok(()) } else { Err(format!("not refused: {}", refused.line())) }
    }

    /// Begins in a namespace of that name.
    pub(crate) fn begin(lab: &'a Lab, name: &str) -> Result<Self, String> {
        let folder = lab.folder(name)?;
        let kubeconfig = folder.join("kubeconfig");
        fs::copy(lab.kubeconfig(), &kubeconfig).map_err(|e| e.to_string())?;
        Ok(Self { lab, place: lab.namespace(name)?, folder, kubeconfig })
    }

    /// Begins with `web` of that many pods of version 1, all of them ready.
    pub(crate) fn begin_with_web(lab: &'a Lab, name: &str, replicas: u32) -> Result<Self, String> {
        let shift = Self::begin(lab, name)?;
        shift.place.apply(&deployment("web", replicas, "registry.example/web:1"))?;
        shift.rolled_out()?;
        Ok(shift)
    }

    /// A relay to the API server, which the shift's kubeconfig goes through from now on.
    pub(crate) fn relay(&self) -> Result<Relay, String> {
        let server = self.lab.kubectl(&["config", "view", "-o", "jsonpath={.clusters[0].cluster.server}"])?;
        let port = server.rsplit(':').next().and_then(|port| port.parse().ok());
        let relay = Relay::to(port.ok_or_else(|| format!("no port in {server:?}"))?)?;
        self.configure(&["set-cluster", "lab", &format!("--server=https://127.0.0.1:{}", relay.port)])?;
        Ok(relay)
    }

    /// Changes the shift's kubeconfig by `kubectl config`.
    pub(crate) fn configure(&self, arguments: &[&str]) -> Verdict {
        let file = self.kubeconfig.to_string_lossy();
        let all: Vec<&str> = ["config", "--kubeconfig", file.as_ref()].iter().chain(arguments).copied().collect();
        self.lab.kubectl(&all).map(|_| ())
    }

    /// The journal's usual file.
    pub(crate) fn journal_file(&self) -> PathBuf {
        self.folder.join("rolldeck/journal.jsonl")
    }

    /// The lines of the journal.
    pub(crate) fn journal(&self) -> Vec<Value> {
        lines_of(&self.journal_file())
    }

    /// Waits until the journal holds so many lines of an event.
    pub(crate) fn wait_for_journal(&self, event: &str, count: usize) -> Verdict {
        self.wait_for_lines(event, count, |line| line["event"] == event)
    }

    /// Waits until the controller has observed so many of the actions in the journal. Stages that are reached at once share
    /// a line.
    pub(crate) fn wait_for_observed(&self, count: usize) -> Verdict {
        self.wait_for_lines("observed", count, |line| !line["proof"]["observed"].is_null())
    }

    fn wait_for_lines(&self, what: &str, count: usize, holds: impl Fn(&Value) -> bool) -> Verdict {
        until(SOON, || {
            let lines = self.journal();
            let actions: BTreeSet<_> =
                lines.iter().filter(|line| holds(line)).map(|line| line["id"].as_str()).collect();
            let found = actions.len();
            if found >= count { Ok(()) } else { Err(format!("{found} actions {what} in the journal: {lines:#?}")) }
        })
        .map(|_| ())
    }

    fn environment(&self) -> [(&'static str, String); 2] {
        let folder = |name: &str| self.folder.join(name).to_string_lossy().into_owned();
        [("XDG_STATE_HOME", self.folder.to_string_lossy().into_owned()), ("XDG_CONFIG_HOME", folder("config"))]
    }

    /// rolldeck in a terminal of 140x45, once it is live.
    pub(crate) fn open(&self, arguments: &[&str]) -> Result<Terminal, String> {
        let file = self.kubeconfig.to_string_lossy();
        let all: Vec<&str> =
            ["--kubeconfig", file.as_ref(), "-n", &self.place.name].iter().chain(arguments).copied().collect();
        let mut deck = Terminal::open_in(self.lab.rolldeck(), &all, (140, 45), &self.environment())?;
        deck.see_words("● live", PATIENCE)?;
        Ok(deck)
    }

    /// The deck of `web`, once it is live.
    pub(crate) fn deck(&self) -> Result<Terminal, String> {
        self.open(&[WEB])
    }

    /// rolldeck as a command in the shift's namespace.
    pub(crate) fn run(&self, arguments: &[&str]) -> Result<Answer, String> {
        finish(self.start(arguments)?, arguments)
    }

    /// The same, started and not waited for.
    pub(crate) fn start(&self, arguments: &[&str]) -> Result<Child, String> {
        let mut command = Command::new(self.lab.rolldeck());
        command.arg("--kubeconfig").arg(&self.kubeconfig).args(["-n", &self.place.name]).args(arguments);
        command.envs(self.environment()).env_remove("KUBECONFIG");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().map_err(|e| e.to_string())
    }

    /// `rolldeck plan VERB deployment/web …`.
    pub(crate) fn plan(&self, verb: &str, arguments: &[&str]) -> Result<Answer, String> {
        self.run(&["plan", verb, WEB].iter().chain(arguments).copied().collect::<Vec<_>>())
    }

    /// The same with `--apply`, once it is done as kubectl would say; exactly one write, the one that was journaled.
    pub(crate) fn apply(&self, verb: &str, arguments: &[&str]) -> Result<Answer, String> {
        let audit = Audit::start(self.lab);
        let all: Vec<&str> =
            arguments.iter().chain(&["--apply", "--reason", "a story", "--until", "done"]).copied().collect();
        let answer = self.plan(verb, &all)?.expect(0)?;
        self.one_write(&audit)?;
        Ok(answer)
    }

    /// One field of `web`, by kubectl.
    pub(crate) fn field(&self, path: &str) -> Result<String, String> {
        self.place.kubectl(&["get", WEB, "-o", &format!("jsonpath={{{path}}}")])
    }

    /// Waits until kubectl says that a field of `web` is so.
    pub(crate) fn kubectl_sees(&self, path: &str, wanted: &str) -> Verdict {
        until(SOON, || {
            let found = self.field(path)?;
            if found == wanted { Ok(()) } else { Err(format!("kubectl sees {path} = {found:?}, not {wanted:?}")) }
        })
        .map(|_| ())
    }

    /// Waits for `kubectl rollout status`.
    pub(crate) fn rolled_out(&self) -> Verdict {
        self.place.kubectl(&["rollout", "status", WEB, "--timeout=120s"]).map(|_| ())
    }

    /// Another image by kubectl, as somebody else's doing.
    pub(crate) fn set_image(&self, tag: &str) -> Verdict {
        self.place.kubectl(&["set", "image", WEB, &format!("app=registry.example/web:{tag}")]).map(|_| ())
    }

    /// Exactly one write of ours that was done, and it is the last one that the journal holds.
    pub(crate) fn one_write(&self, audit: &Audit<'_>) -> Result<Request, String> {
        let request = audit.one_write(&self.place.name)?;
        let lines = self.journal();
        let intended = lines.iter().rev().find(|line| line["event"] == "intended");
        let patches = intended.map(patches).unwrap_or_default();
        if patches.contains(&request.body) {
            Ok(request)
        } else {
            Err(format!("sent: {}\nbut journaled: {patches:#?}\n{intended:#?}", request.line()))
        }
    }
}

/// Waits for the end of a command; every command of a story ends by itself, because it has a limit of its own.
pub(crate) fn finish(child: Child, arguments: &[&str]) -> Result<Answer, String> {
    let output = child.wait_with_output().map_err(|e| e.to_string())?;
    Ok(Answer {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
        asked: arguments.join(" "),
    })
}

/// The lines of a journal.
pub(crate) fn lines_of(file: &Path) -> Vec<Value> {
    let text = fs::read_to_string(file).unwrap_or_default();
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// All JSON patches in a line of the journal, or in a card, each once: written out, or as the requests they are made from.
pub(crate) fn patches(value: &Value) -> Vec<Value> {
    let mut all = Vec::new();
    collect(value, &mut all);
    all
}

fn collect(value: &Value, all: &mut Vec<Value>) {
    let mut found = |patch: Value| {
        if !all.contains(&patch) {
            all.push(patch);
        }
    };
    if let Ok(write) = serde_json::from_value::<Write>(value.clone()) {
        return found(write.patch());
    }
    match value {
        Value::Array(items) if items.first().is_some_and(|item| item["op"] == "test") => found(value.clone()),
        Value::Array(items) => items.iter().for_each(|item| collect(item, all)),
        Value::Object(members) => members.values().for_each(|member| collect(member, all)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Presses keys and waits for a card that can be confirmed; its text.
pub(crate) fn card(deck: &mut Terminal, keys: &str) -> Result<String, String> {
    deck.type_keys(keys)?;
    deck.see(&format!("a card after {keys:?}"), SOON, is_card)?;
    Ok(deck.text())
}

/// Presses a key that asks for something, types that in place of what is proposed, and presses enter.
pub(crate) fn typed(deck: &mut Terminal, key: &str, text: &str) -> Verdict {
    deck.type_keys(&[key, "\x15", text, "\r"].concat())
}

/// A card has two buttons, one of which is marked; before the plan is there, none is.
pub(crate) fn is_card(text: &str) -> bool {
    text.contains("▸[ confirm ]") || text.contains("▸[ cancel ]")
}

/// Gives a reason, chooses *confirm* where it is not, and presses enter.
pub(crate) fn confirm(deck: &mut Terminal, reason: &str) -> Verdict {
    deck.type_keys(reason)?;
    choose_confirm(deck)?;
    deck.type_keys("\r")
}

/// Chooses *confirm* on the card that is shown.
pub(crate) fn choose_confirm(deck: &mut Terminal) -> Verdict {
    if !deck.text().contains("▸[ confirm ]") {
        deck.type_keys("\t")?;
        deck.see_words("▸[ confirm ]", SOON)?;
    }
    Ok(())
}

/// Goes back by escape, and waits until those words are gone: a key right after an escape would be read as alt and that key.
pub(crate) fn back(deck: &mut Terminal, words: &str) -> Verdict {
    deck.type_keys("\x1b")?;
    deck.see(&format!("{words:?} is gone"), SOON, |text| !text.contains(words)).map(|_| ())
}

/// The end of a terminal by ctrl-c, from anywhere.
pub(crate) fn quit(mut deck: Terminal) -> Verdict {
    deck.type_keys("\x03")?;
    let (code, _) = deck.end(SOON)?;
    if code == 0 { Ok(()) } else { Err(format!("ctrl-c ends with {code}")) }
}
