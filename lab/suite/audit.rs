//! The API server's audit log: what rolldeck really sent, and what was answered. It judges nothing by itself.

use std::{
    fs::{self, File},
    io::{Read, Seek, SeekFrom},
    path::PathBuf,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde_json::Value;

use crate::kube::{Lab, until};

/// A stretch of the audit log: from the moment it was made.
pub(crate) struct Audit<'a> {
    lab: &'a Lab,
    path: PathBuf,
    from: u64,
}

/// One request of rolldeck's, as the API server saw it.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// The audit's verb (`get`, `patch`).
    pub(crate) verb: String,
    /// Path and query.
    pub(crate) uri: String,
    /// What was sent; null for what only reads.
    pub(crate) body: Value,
    /// The HTTP status of the answer.
    pub(crate) code: u64,
    /// Whether this line says that an answer ended which began earlier: that of a stream may come much later.
    pub(crate) ended: bool,
}

impl Request {
    fn of(event: &Value) -> Self {
        let text = |key: &str| event[key].as_str().unwrap_or_default().to_string();
        Self {
            verb: text("verb"),
            uri: text("requestURI"),
            body: event["requestObject"].clone(),
            code: event["responseStatus"]["code"].as_u64().unwrap_or_default(),
            ended: text("stage") == "ResponseComplete",
        }
    }

    /// Whether it only reads, or asks what it may do.
    pub(crate) fn reads(&self) -> bool {
        let looks = matches!(self.verb.as_str(), "get" | "list" | "watch") && !self.uri.contains("/proxy");
        looks || (self.verb == "create" && self.uri.contains("/selfsubject"))
    }

    /// Whether it is a dry run.
    pub(crate) fn rehearses(&self) -> bool {
        self.uri.split_once('?').is_some_and(|(_, query)| query.split('&').any(|part| part == "dryRun=All"))
    }

    /// Whether the server did it.
    pub(crate) const fn succeeded(&self) -> bool {
        self.code >= 200 && self.code < 300
    }

    /// One line for a report.
    pub(crate) fn line(&self) -> String {
        format!("{} {} {} {}", self.code, self.verb, self.uri, self.body)
    }
}

impl<'a> Audit<'a> {
    /// From now on.
    pub(crate) fn start(lab: &'a Lab) -> Self {
        let path = lab.home.join("audit.log");
        let from = fs::metadata(&path).map_or(0, |m| m.len());
        Self { lab, path, from }
    }

    /// Every request that rolldeck sent since, once the log is known to be complete: a request that nobody else sends
    /// is sent and waited for.
    pub(crate) fn ours(&self) -> Result<Vec<Request>, String> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_err(|e| e.to_string())?;
        let mark = format!("/version?mark={}", now.as_nanos());
        self.lab.kubectl(&["get", "--raw", &mark])?;
        let mut text = String::new();
        until(Duration::from_secs(10), || {
            text = self.text()?;
            if text.contains(&mark) { Ok(()) } else { Err("the audit log does not get to the present".into()) }
        })?;
        Ok(requests(&text))
    }

    /// What rolldeck has written, or tried to, in a namespace: neither reading nor a dry run.
    pub(crate) fn writes(&self, namespace: &str) -> Result<Vec<Request>, String> {
        Ok(writes(self.ours()?, namespace))
    }

    /// Waits until rolldeck has written something in a namespace; nothing else is sent meanwhile.
    pub(crate) fn wait_for_a_write(&self, namespace: &str) -> Result<Request, String> {
        let mut found = Vec::new();
        until(Duration::from_secs(10), || {
            found = writes(requests(&self.text()?), namespace);
            if found.is_empty() { Err("no write in the audit log".into()) } else { Ok(()) }
        })?;
        found.pop().ok_or_else(|| "no write".to_string())
    }

    /// Exactly one write that the server did, or what there is instead.
    pub(crate) fn one_write(&self, namespace: &str) -> Result<Request, String> {
        let found = self.writes(namespace)?;
        match found.as_slice() {
            [one] if one.succeeded() => Ok(one.clone()),
            _ => Err(format!("not exactly one write that was done:{}", listed(&found))),
        }
    }

    /// Nothing was written, whatever was tried.
    pub(crate) fn no_write_done(&self, namespace: &str) -> Result<(), String> {
        let done: Vec<_> = self.writes(namespace)?.into_iter().filter(Request::succeeded).collect();
        if done.is_empty() { Ok(()) } else { Err(format!("something was written:{}", listed(&done))) }
    }

    fn text(&self) -> Result<String, String> {
        let read = || {
            let mut file = File::open(&self.path)?;
            // A shorter file than before is a new one: the log was rotated.
            let from = if file.metadata()?.len() < self.from { 0 } else { self.from };
            file.seek(SeekFrom::Start(from))?;
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes)?;
            Ok::<_, std::io::Error>(String::from_utf8_lossy(&bytes).into_owned())
        };
        read().map_err(|e| format!("{}: {e}", self.path.display()))
    }
}

/// Requests as lines of a report.
pub(crate) fn listed(requests: &[Request]) -> String {
    if requests.is_empty() {
        return " there is none".into();
    }
    requests.iter().map(|request| ["\n    ", &request.line()].concat()).collect()
}

fn writes(requests: Vec<Request>, namespace: &str) -> Vec<Request> {
    let place = format!("/namespaces/{namespace}/");
    requests.into_iter().filter(|r| !r.reads() && !r.rehearses() && r.uri.contains(&place)).collect()
}

fn requests(text: &str) -> Vec<Request> {
    let events = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let ours = events.filter(|event| event["userAgent"].as_str().is_some_and(|agent| agent.starts_with("rolldeck/")));
    ours.map(|event| Request::of(&event)).collect()
}
