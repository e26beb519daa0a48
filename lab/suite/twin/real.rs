//! Plays a script against the lab's real controllers.

use std::time::{Duration, Instant};

use http::Request as Http;
use kube::{
    Client, Config,
    config::{KubeConfigOptions, Kubeconfig},
};
use serde_json::{Value, json};
use tokio::{sync::watch, time::timeout};

use super::{
    play::{Played, Stop, refused},
    request::{Request, has_come, requests},
    script::{GATE, Move, Rest, Script},
    seen::{Point, Seen},
};
use crate::kube::Lab;

/// How often it is looked whether everything rests, when nothing changes.
const LOOK: Duration = Duration::from_millis(100);
/// How long nothing must have changed.
const QUIET: Duration = Duration::from_millis(700);
/// How long, before what is seen counts as different from what was expected.
const SURE: Duration = Duration::from_secs(5);
/// What does not rest until then never does.
const LIMIT: Duration = Duration::from_secs(90);

/// A client with the administrator's rights.
pub(super) async fn client(lab: &Lab) -> Result<Client, String> {
    let file = Kubeconfig::read_from(lab.kubeconfig()).map_err(|e| e.to_string())?;
    let config = Config::from_custom_kubeconfig(file, &KubeConfigOptions::default()).await;
    let mut config = config.map_err(|e| e.to_string())?;
    // What is refused is an answer.
    config.default_retry = false;
    Client::try_from(config).map_err(|e| e.to_string())
}

/// A script with real controllers.
struct Real<'s> {
    client: &'s Client,
    script: &'s Script,
    namespace: &'s str,
    ear: watch::Receiver<Seen>,
    /// What was written last: rest begins when the watches have told it.
    wrote: Vec<Value>,
}

/// Plays a script. `expected` is what the simulator showed: what differs from it must last longer to count.
pub(super) async fn play(
    client: &Client,
    (script, namespace): (&Script, &str),
    ear: watch::Receiver<Seen>,
    expected: &Played,
) -> Result<Played, String> {
    let mut stage = Real { client, script, namespace, ear, wrote: Vec::new() };
    let mut played = Played::default();
    for (at, one) in script.moves.iter().enumerate() {
        let refusal = stage.perform(one).await?;
        if one.rest == Rest::None {
            continue;
        }
        let expects = expected.stops.get(played.stops.len()).map(|stop| &stop.point);
        let point = stage.rest(one, expects).await.map_err(|why| format!("move {at}, {:?}: {why}", one.step))?;
        played.stops.push(Stop::new(at, &one.step, point, refusal));
    }
    let seen = stage.ear.borrow();
    played.extremes = (seen.most, seen.least);
    Ok(played)
}

impl Real<'_> {
    /// Writes what a step writes; what was refused. An object that changed in between is read again.
    async fn perform(&mut self, one: &Move) -> Result<Option<String>, String> {
        loop {
            let seen = self.ear.borrow_and_update().clone();
            let mut refusal = None;
            let mut stale = false;
            self.wrote.clear();
            for request in requests(self.script, &one.step, &seen, self.namespace)? {
                match self.write(request).await {
                    Err((409, _)) => stale = true,
                    Err((code, why)) => drop(refusal.get_or_insert_with(|| refused(code, &why))),
                    Ok(written) => self.wrote.push(written),
                }
            }
            if !stale {
                return Ok(refusal);
            }
            drop(timeout(Duration::from_millis(50), self.ear.changed()).await);
        }
    }

    /// One write; the object after it.
    async fn write(&self, request: Request) -> Result<Value, (u16, String)> {
        let apps = format!("/apis/apps/v1/namespaces/{}/deployments", self.namespace);
        let core = format!("/api/v1/namespaces/{}", self.namespace);
        let (method, path, kind, body) = match request {
            Request::Create(object) => ("POST", apps, "application/json", Some(object)),
            Request::Replace(object) => {
                ("PUT", format!("{apps}/{}", self.script.name), "application/json", Some(object))
            }
            Request::Scale(replicas) => {
                let body = json!({"spec": {"replicas": replicas}});
                ("PATCH", format!("{apps}/{}/scale", self.script.name), "application/merge-patch+json", Some(body))
            }
            Request::Gate(pod, open) => {
                let condition = json!({"type": GATE, "status": if open { "True" } else { "False" }});
                let body = json!({"status": {"conditions": [condition]}});
                ("PATCH", format!("{core}/pods/{pod}/status"), "application/strategic-merge-patch+json", Some(body))
            }
            Request::Evict(pod) => {
                let body = json!({"status": {"phase": "Failed", "reason": "Evicted"}});
                ("PATCH", format!("{core}/pods/{pod}/status"), "application/merge-patch+json", Some(body))
            }
            Request::Delete(pod) => ("DELETE", format!("{core}/pods/{pod}"), "", None),
            Request::Quota(pods) => {
                let body = json!({"spec": {"hard": {"pods": pods.to_string()}}});
                ("PATCH", format!("{core}/resourcequotas/pods"), "application/merge-patch+json", Some(body))
            }
        };
        ask(self.client, method, &path, kind, body).await
    }

    /// Waits until everything rests; the facts then.
    async fn rest(&mut self, one: &Move, expects: Option<&Point>) -> Result<Point, String> {
        let started = Instant::now();
        let (mut since, mut print) = (started, self.ear.borrow_and_update().fingerprint());
        loop {
            match timeout(LOOK, self.ear.changed()).await {
                Ok(Err(_)) => return Err("the watch ended".into()),
                Ok(Ok(())) => {
                    let fresh = self.ear.borrow_and_update().fingerprint();
                    if fresh != print {
                        (since, print) = (Instant::now(), fresh);
                    }
                    continue;
                }
                Err(_) => {}
            }
            let (awaits, come, facts) = {
                let seen = self.ear.borrow();
                let unheard =
                    || self.wrote.iter().any(|object| !seen.knows(object)).then(|| "the watch is late".into());
                (seen.awaits(one.rest).or_else(unheard), has_come(&one.step, &seen), self.script.facts(&seen))
            };
            let quiet = if expects == Some(&facts) { QUIET } else { SURE };
            if since.elapsed() >= quiet && awaits.is_none() && come {
                return Ok(facts);
            }
            if started.elapsed() > LIMIT {
                let why = awaits.unwrap_or_else(|| "it has not come".into());
                return Err(format!("the lab never rested: {why}; {:?}", print.0));
            }
        }
    }
}

/// One request; code and message when it is refused.
pub(super) async fn ask(
    client: &Client,
    method: &str,
    path: &str,
    kind: &str,
    body: Option<Value>,
) -> Result<Value, (u16, String)> {
    let body = body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
    let request = Http::builder().method(method).uri(path).header("Content-Type", kind).body(body);
    match client.request::<Value>(request.map_err(|e| (0, e.to_string()))?).await {
        Ok(answer) => Ok(answer),
        Err(kube::Error::Api(status)) => Err((status.code, status.message.clone())),
        Err(other) => Err((0, other.to_string())),
    }
}
