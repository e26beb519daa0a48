//! Plays a script in the simulator, in virtual time.

use rolldeck::{
    domain::{Moment, Sub},
    sim::{Happened, Refusal, Resource, World, scale_of},
};
use serde_json::{Value, json};

use super::{
    play::{Played, Stop, refused},
    request::{Request, has_come, requests},
    script::{GATE, Move, Rest, Script},
    seen::{News, Seen},
};

/// Any moment would do.
const START: Moment = Moment(1_700_000_000_000);
/// How often it is looked whether everything rests, and how long nothing must have changed.
const LOOK_MS: i64 = 100;
const QUIET_MS: i64 = 700;
/// What does not rest until then never does.
const LIMIT_MS: i64 = 120_000;
const MANAGER: &str = "twin";

/// A world with one script in it.
struct Simulated<'s> {
    world: World,
    script: &'s Script,
    namespace: &'s str,
    seen: Seen,
    version: u64,
}

/// Plays a script. An error is a fault of the script or of the simulator.
pub(super) fn play(script: &Script, namespace: &str) -> Result<Played, String> {
    let mut world = World::new(7, START);
    world.add_nodes(20);
    let mut make = |resource, object| world.objects.create(resource, object, MANAGER, START).map_err(|e| e.message);
    make(Resource::Namespaces, json!({"metadata": {"name": namespace}}))?;
    if let Some(quota) = script.quota_object(namespace) {
        make(Resource::Quotas, quota)?;
    }
    world.settle();
    let mut stage = Simulated { version: world.objects.version(), world, script, namespace, seen: Seen::default() };
    let mut played = Played::default();
    for (at, one) in script.moves.iter().enumerate() {
        let refusal = stage.perform(one)?;
        if one.rest == Rest::None {
            continue;
        }
        stage.rest(one)?;
        played.stops.push(Stop::new(at, &one.step, script.facts(&stage.seen), refusal));
    }
    played.extremes = (stage.seen.most, stage.seen.least);
    stage.world.trouble().map_or(Ok(played), |trouble| Err(trouble.to_owned()))
}

impl Simulated<'_> {
    /// Writes what a step writes; what was refused.
    fn perform(&mut self, one: &Move) -> Result<Option<String>, String> {
        let mut refusal = None;
        for request in requests(self.script, &one.step, &self.seen, self.namespace)? {
            if let Err(why) = self.write(request) {
                refusal.get_or_insert_with(|| refused(why.code, &why.message));
            }
        }
        self.world.settle();
        self.hear()?;
        Ok(refusal)
    }

    fn write(&mut self, request: Request) -> Result<(), Refusal> {
        let (now, namespace, name) = (self.world.now(), self.namespace, self.script.name.as_str());
        let objects = &mut self.world.objects;
        let pod = |name: &str| objects.get(Resource::Pods, namespace, name).cloned().unwrap_or_default();
        let done = match request {
            Request::Create(object) => objects.create(Resource::Deployments, object, MANAGER, now),
            Request::Replace(object) => objects.replace((Resource::Deployments, Sub::Main), object, MANAGER, now),
            Request::Scale(replicas) => {
                let mut scale = scale_of(objects.get(Resource::Deployments, namespace, name).unwrap_or(&Value::Null));
                scale["spec"]["replicas"] = json!(replicas);
                objects.replace((Resource::Deployments, Sub::Scale), scale, MANAGER, now)
            }
            Request::Gate(name, open) => {
                let mut pod = pod(&name);
                let conditions = pod["status"]["conditions"].as_array_mut().unwrap();
                conditions.retain(|is| is["type"] != GATE);
                conditions.push(json!({"type": GATE, "status": if open { "True" } else { "False" }}));
                objects.replace((Resource::Pods, Sub::Status), pod, MANAGER, now)
            }
            Request::Evict(name) => {
                let mut pod = pod(&name);
                pod["status"]["phase"] = json!("Failed");
                pod["status"]["reason"] = json!("Evicted");
                objects.replace((Resource::Pods, Sub::Status), pod, MANAGER, now)
            }
            Request::Delete(name) => objects.delete((Resource::Pods, namespace, &name), None, now),
            Request::Quota(pods) => {
                let mut quota = objects.get(Resource::Quotas, namespace, "pods").cloned().unwrap_or_default();
                quota["spec"]["hard"]["pods"] = json!(pods.to_string());
                objects.replace((Resource::Quotas, Sub::Main), quota, MANAGER, now)
            }
        };
        done.map(drop)
    }

    /// Lets time pass until everything rests.
    fn rest(&mut self, one: &Move) -> Result<(), String> {
        let started = self.world.now();
        let (mut since, mut print) = (started, self.seen.fingerprint());
        loop {
            let now = Moment(self.world.now().0 + LOOK_MS);
            self.world.run_to(now);
            if self.hear()? {
                let fresh = self.seen.fingerprint();
                if fresh != print {
                    (since, print) = (now, fresh);
                }
            } else if now.0 - since.0 < QUIET_MS {
                continue;
            }
            let awaits = self.seen.awaits(one.rest);
            let come = has_come(&one.step, &self.seen);
            if now.0 - since.0 >= QUIET_MS && awaits.is_none() && come {
                return Ok(());
            }
            if now.0 - started.0 > LIMIT_MS {
                let why = awaits.unwrap_or_else(|| "it has not come".into());
                return Err(format!("the simulator never rested after {:?}: {why}", one.step));
            }
        }
    }

    /// Takes in what changed; whether anything did.
    fn hear(&mut self) -> Result<bool, String> {
        let news = self.world.objects.since(self.version).map_err(|e| e.message)?;
        let ours = [Resource::Deployments, Resource::ReplicaSets, Resource::Pods];
        for change in news.filter(|change| ours.contains(&change.key.0)) {
            let gone = change.happened == Happened::Deleted;
            self.seen.take(News { gone, object: Value::clone(&change.object) });
        }
        let before = std::mem::replace(&mut self.version, self.world.objects.version());
        Ok(self.version > before)
    }
}
