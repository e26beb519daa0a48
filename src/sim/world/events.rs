//! Events as the recorder of the real components writes them: the same event again only counts up, and after ten alike in
//! ten minutes the rest become one `(combined from similar events)`. They go after an hour, as `--event-ttl` says.

use serde_json::{Value, json};

use super::{Named, Timer, World};
use crate::domain::{Moment, Sub};
use crate::sim::{
    Resource,
    objects::{
        json::{int, micro_stamp, moment, set, stamp, text, unset},
        luck::hash,
    },
};

/// What is told about an object.
#[derive(Clone, Copy, Debug)]
pub(in crate::sim) struct Note<'a> {
    /// Who tells it: `deployment-controller`, `kubelet`…
    pub(in crate::sim) component: &'a str,
    /// `Normal` or `Warning`.
    pub(in crate::sim) kind: &'a str,
    /// One word.
    pub(in crate::sim) reason: &'a str,
    /// One sentence.
    pub(in crate::sim) message: &'a str,
    /// Which part of the object: `spec.containers{app}`; empty for all of it.
    pub(in crate::sim) part: &'a str,
}

/// Alike events in ten minutes that are told one by one (client-go's correlator).
const ALIKE: usize = 10;
/// Its events are not counted up.
const SCHEDULER: &str = "default-scheduler";
const ALIKE_MS: i64 = 600_000;
const KEPT_MS: i64 = 3_600_000;

impl World {
    /// Tells an event about an object.
    pub(in crate::sim) fn tell(&mut self, about: &Value, note: Note<'_>) {
        let namespace = match text(about, "/metadata/namespace") {
            "" => "default",
            namespace => namespace,
        };
        let (uid, now) = (text(about, "/metadata/uid"), self.now());
        let alike = |event: &&Value| {
            let recent = told(event).is_some_and(|at| now.0 - at.0 < ALIKE_MS);
            let again = note.component != SCHEDULER && recent;
            again && text(event, "/involvedObject/uid") == uid && text(event, "/reason") == note.reason
        };
        // Events are named after their object.
        let name = text(about, "/metadata/name");
        let alike: Vec<&Value> = self.objects.beginning(Resource::Events, namespace, name).filter(alike).collect();
        let same = |message: &str| alike.iter().find(|event| text(event, "/message") == message).copied();
        let combined = format!("(combined from similar events): {}", note.message);
        let mut again = same(note.message).cloned();
        let mut message = note.message;
        if again.is_none() && alike.len() >= ALIKE {
            message = &combined;
            again = alike.iter().find(|event| text(event, "/message").starts_with("(combined from")).copied().cloned();
        }
        if let Some(mut event) = again {
            let count = int(&event, "/count") + 1;
            set(&mut event, &["count"], count);
            set(&mut event, &["lastTimestamp"], stamp(now));
            set(&mut event, &["message"], message);
            // It was read a line above: nobody else can have written it.
            drop(self.objects.replace((Resource::Events, Sub::Main), event, note.component, now));
            return;
        }
        let event = fresh(about, namespace, (note, message), now);
        // A namespace that is gone takes no events; the real one refuses them too.
        let Ok(event) = self.objects.create(Resource::Events, event, note.component, now) else { return };
        let named = (namespace.to_owned(), text(&event, "/metadata/name").to_owned());
        self.at(Moment(now.0 + KEPT_MS), Timer::Forget(named));
    }

    /// Takes an event out that was not told again for too long.
    pub(super) fn forget_event(&mut self, named: &Named) {
        let (namespace, name) = named;
        let Some(event) = self.objects.get(Resource::Events, namespace, name) else { return };
        let until = Moment(told(event).unwrap_or(self.now()).0 + KEPT_MS);
        let now = self.now();
        if until <= now {
            self.objects.forget(Resource::Events, namespace, name, now);
        } else {
            self.at(until, Timer::Forget(named.clone()));
        }
    }
}

/// When an event was told last.
fn told(event: &Value) -> Option<Moment> {
    moment(text(event, "/lastTimestamp")).or_else(|| moment(text(event, "/eventTime")))
}

fn fresh(about: &Value, namespace: &str, (note, message): (Note<'_>, &str), now: Moment) -> Value {
    let stamp = stamp(now);
    let part = |pointer| text(about, pointer);
    let name = part("/metadata/name");
    let host = part("/spec/nodeName");
    let mark = hash(&format!("{} {} {message} {}", part("/metadata/uid"), note.reason, now.0));
    let mut event = json!({
        "metadata": {"name": format!("{name}.{mark}"), "namespace": namespace},
        "involvedObject": {
            "apiVersion": part("/apiVersion"), "kind": part("/kind"), "name": name, "namespace": namespace,
            "uid": part("/metadata/uid"), "resourceVersion": part("/metadata/resourceVersion"),
        },
        "type": note.kind, "reason": note.reason, "message": message,
        "count": 1, "firstTimestamp": stamp, "lastTimestamp": stamp, "eventTime": null,
        "source": {"component": note.component},
        "reportingComponent": note.component, "reportingInstance": "",
    });
    if !note.part.is_empty() {
        set(&mut event, &["involvedObject", "fieldPath"], note.part);
    }
    if note.component == SCHEDULER {
        // The scheduler speaks events.k8s.io/v1, which the core API shows like this.
        set(&mut event, &["eventTime"], micro_stamp(now));
        set(&mut event, &["action"], if note.reason == "Scheduled" { "Binding" } else { "Scheduling" });
        set(&mut event, &["source"], json!({}));
        set(&mut event, &["reportingInstance"], "default-scheduler-0");
        for name in ["count", "firstTimestamp", "lastTimestamp"] {
            unset(&mut event, &[name]);
        }
    }
    if note.component == "kubelet" {
        set(&mut event, &["source", "host"], host);
        set(&mut event, &["reportingInstance"], host);
    }
    event
}
