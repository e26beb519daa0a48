//! Watches: what is told of each change to whom. A watch that is not read is ended, as the real server does; it never holds
//! up the others.

use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::{
    accept::View,
    call::Call,
    list::{self, Shown},
    reply::{self, Reply, Stream},
    select::Filter,
    status::Status,
};
use crate::{
    domain::{Moment, num},
    sim::{Change, Happened, Objects},
};

/// Lines that may wait to be read.
const WAITING: usize = 1_024;
/// How long a watch lasts that does not say (the real server: between 30 and 60 minutes).
const LASTS: Duration = Duration::from_mins(45);

/// A watch that goes on.
pub(in crate::sim) struct Watch {
    filter: Filter,
    shown: Shown,
    bookmarks: bool,
    /// Nothing up to this version is told: it is known already.
    after: u64,
    /// Whether the columns of a table are still to be told: they come once.
    columns: bool,
    lines: mpsc::Sender<Bytes>,
}

/// Begins a watch: what is answered, and what goes on, unless that was the end.
pub(super) fn begin(
    objects: &Objects,
    call: &Call,
    filter: Filter,
    shown: Shown,
) -> Result<(Reply, Option<Watch>), Status> {
    let query = &call.query;
    let bookmarks = query.on("allowWatchBookmarks");
    let streams_list = query.on("sendInitialEvents");
    if streams_list && query.get("resourceVersionMatch") != Some("NotOlderThan") {
        let why = "Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan";
        return Err(list::options("resourceVersionMatch", why));
    }
    let lasts = query.number("timeoutSeconds").map_err(Status::bad_request)?.filter(|seconds| *seconds > 0);
    let within = lasts.map_or(LASTS, |seconds| Duration::from_secs(num::clamp_u64(seconds)));
    let asked = list::version(query)?;
    let current = objects.version();
    let mut head = Vec::new();
    let mut after = current;
    match asked.filter(|asked| *asked != 0 && !streams_list) {
        None => {
            if let Some(asked) = asked.filter(|asked| *asked > current) {
                return Err(Status::too_new(asked, current));
            }
            let all = objects.list(filter.resource, filter.namespace.as_deref()).filter(|object| filter.sees(object));
            head.extend(all.enumerate().map(|(n, object)| line("ADDED", &render(shown, object, n == 0))));
            if streams_list && bookmarks {
                head.push(line("BOOKMARK", &list::bookmark(shown, current, true)));
            }
        }
        Some(version) => match objects.since(version) {
            Ok(missed) => {
                let told = missed.filter_map(|change| Some((change, event(&filter, change)?)));
                head.extend(
                    told.enumerate().map(|(n, (_, (word, object)))| line(word, &render(shown, &object, n == 0))),
                );
                after = after.max(version);
            }
            Err(refusal) => {
                let status = Status::expired(refusal.message);
                let stream = Stream { head: vec![line("ERROR", &status.body())], rest: None, within };
                return Ok((Reply::stream(reply::JSON, stream), None));
            }
        },
    }
    let (lines, rest) = mpsc::channel(WAITING);
    let watch = Watch { filter, shown, bookmarks, after, columns: head.is_empty(), lines };
    Ok((Reply::stream(reply::JSON, Stream { head, rest: Some(rest), within }), Some(watch)))
}

impl Watch {
    /// Tells what changed; false when nobody listens any more, or not fast enough.
    pub(super) fn tell(&mut self, changes: &[&Change], now: Moment) -> bool {
        self.shown.now = now;
        let news = changes.iter().filter(|change| change.version > self.after);
        let told = news.filter_map(|change| event(&self.filter, change));
        for (word, object) in told {
            if self.lines.try_send(line(word, &render(self.shown, &object, self.columns))).is_err() {
                return false;
            }
            self.columns = false;
        }
        !self.lines.is_closed()
    }

    /// Says how far the world is; false as above.
    pub(super) fn bookmark(&self, version: u64) -> bool {
        let object = || list::bookmark(self.shown, version.max(self.after), false);
        !self.lines.is_closed() && (!self.bookmarks || self.lines.try_send(line("BOOKMARK", &object())).is_ok())
    }

    /// How many more lines it can hold.
    pub(super) fn room(&self) -> usize {
        self.lines.capacity()
    }
}

/// What a change means to a watch with this filter. Who leaves a selector is deleted for it, who enters is added.
fn event(filter: &Filter, change: &Change) -> Option<(&'static str, Value)> {
    if change.key.0 != filter.resource {
        return None;
    }
    let is = filter.sees(&change.object);
    let was = change.before.as_ref().is_some_and(|before| filter.sees(before));
    match (change.happened, was, is) {
        (Happened::Deleted, was, is) => (was || is).then(|| ("DELETED", Value::clone(&change.object))),
        (Happened::Added, _, true) | (Happened::Modified, false, true) => Some(("ADDED", Value::clone(&change.object))),
        (Happened::Modified, true, true) => Some(("MODIFIED", Value::clone(&change.object))),
        // The object as it was seen last, at the version of the change.
        (Happened::Modified, true, false) => {
            let mut before = change.before.as_deref()?.clone();
            if let Some(version) = before.pointer_mut("/metadata/resourceVersion") {
                *version = change.version.to_string().into();
            }
            Some(("DELETED", before))
        }
        (Happened::Added, _, false) | (Happened::Modified, false, false) => None,
    }
}

fn render(shown: Shown, object: &Value, columns: bool) -> Value {
    let whole = list::one(shown, object);
    let is_table = match shown.view {
        View::Table(_) => true,
        View::Whole | View::Metadata => false,
    };
    if is_table && !columns { list::without_columns(whole) } else { whole }
}

fn line(word: &str, object: &Value) -> Bytes {
    let mut line = json!({"type": word, "object": object}).to_string();
    line.push('\n');
    line.into()
}
