//! The simulated API server: one request against the world at a moment, and everybody who watches it. Synchronous: when it
//! is asked, and how answers travel, is the actor's and the service's concern.

mod accept;
mod apply;
mod call;
mod catalog;
mod discovery;
mod evict;
mod gateway;
mod list;
mod logs;
mod openapi;
mod patch;
mod protobuf;
mod reply;
mod route;
mod select;
mod status;
mod table;
#[cfg(test)]
mod tests;
mod typed;
mod watch;
mod write;

use http::Method;
use serde_json::Value;

pub(super) use call::Call;
pub use logs::Line;
pub(super) use reply::{Body, Reply, Stream};
pub(super) use status::Status;

use self::{
    list::Shown,
    logs::Follow,
    route::{At, Part, Target},
    select::Filter,
    watch::Watch,
    write::Written,
};
use super::{Objects, World, scale_of};
use crate::domain::Moment;

/// What is around the world and moves with it: traffic, and the Prometheus that has seen it.
pub trait Around: Send {
    /// Lets time pass in the world, and here.
    fn run_to(&mut self, world: &mut World, to: Moment) {
        world.run_to(to);
    }

    /// When something that is not the world's own happens next.
    fn next(&self) -> Option<Moment> {
        None
    }

    /// The answer of the Prometheus behind `services/…/proxy` to a path with its query and its form: status code and body.
    fn prometheus(&self, _request: (&str, &str, &[u8]), _now: Moment) -> (u16, Value) {
        (503, Status::unavailable("no endpoints available for service \"prometheus\"").body())
    }

    /// What a pod wrote about the requests that it served between two moments. Lines outside of them are dropped.
    fn requests(&self, _world: &World, _pod: &Value, _span: (Moment, Moment)) -> Vec<Line> {
        Vec::new()
    }
}

/// Nothing is around: no traffic, no Prometheus.
#[derive(Clone, Copy, Debug, Default)]
pub struct Alone;

impl Around for Alone {}

/// The server and its world.
pub(super) struct Server {
    world: World,
    around: Box<dyn Around>,
    watches: Vec<Watch>,
    follows: Vec<Follow>,
    /// The version up to which everybody was told.
    told: u64,
}

/// The largest body of a request, bytes, as in the real server.
pub(super) const LIMIT: usize = 3 << 20;

/// A watch with less room than this is given time to be read before the world goes on.
const ROOM: usize = 256;

impl Server {
    pub(super) const fn new(world: World, around: Box<dyn Around>) -> Self {
        Self { world, around, watches: Vec::new(), follows: Vec::new(), told: 0 }
    }

    /// When something happens next by itself.
    pub(super) fn next(&self) -> Option<Moment> {
        let follows = (!self.follows.is_empty()).then(|| self.world.now().plus(logs::EVERY));
        self.world.next().into_iter().chain(follows).chain(self.around.next()).min()
    }

    /// Lets time pass; false when it stopped on the way because somebody should read first.
    pub(super) fn run_to(&mut self, to: Moment) -> bool {
        while let Some(next) = self.world.next().filter(|next| *next < to) {
            let before = self.world.now();
            self.around.run_to(&mut self.world, next);
            self.tell();
            if self.watches.iter().any(|watch| watch.room() < ROOM) && self.world.now() > before {
                return false;
            }
        }
        self.around.run_to(&mut self.world, to);
        self.tell();
        true
    }

    /// Changes the world from inside, as a scenario does.
    pub(super) fn act(&mut self, act: impl FnOnce(&mut World)) {
        act(&mut self.world);
        self.world.settle();
        self.tell();
    }

    /// Sends bookmarks to those who want them.
    pub(super) fn bookmark(&mut self) {
        let version = self.world.objects.version();
        self.watches.retain(|watch| watch.bookmark(version));
    }

    fn tell(&mut self) {
        let version = self.world.objects.version();
        let now = self.world.now();
        if version > self.told {
            match self.world.objects.since(self.told) {
                Ok(changes) => {
                    let changes: Vec<_> = changes.collect();
                    self.watches.retain_mut(|watch| watch.tell(&changes, now));
                }
                // More happened than is remembered: they have to begin anew.
                Err(_) => self.watches.clear(),
            }
            self.told = version;
        }
        let (world, around) = (&self.world, self.around.as_ref());
        self.follows.retain_mut(|follow| follow.tell(world, around));
    }

    /// Answers one request.
    pub(super) fn call(&mut self, call: &Call) -> Reply {
        self.answer(call).unwrap_or_else(|status| status.reply())
    }

    fn answer(&mut self, call: &Call) -> Result<Reply, Status> {
        let objects = &self.world.objects;
        let target = Target::of(&call.path).had_by(objects);
        let reads = matches!(call.method, Method::GET | Method::HEAD);
        match target {
            Target::Nowhere => Ok(Reply::text(404, "404 page not found\n")),
            Target::Nothing => Err(Status::no_resource()),
            Target::Collection(row, namespace) => self.collection(call, row, namespace.as_deref()),
            Target::Object(at, Part::Log) if reads => {
                let (reply, follow) = logs::read(&self.world, self.around.as_ref(), &at, &call.query)?;
                self.follows.extend(follow);
                Ok(reply)
            }
            Target::Object(at, Part::Proxy(path)) => self.proxy(call, &at, &path),
            Target::Object(at, Part::Eviction) if call.method == Method::POST => self.evict(call, &at),
            Target::Object(at, part) => self.object(call, &at, &part),
            Target::Review(kind) if call.method == Method::POST => {
                Ok(Reply::json(201, &discovery::review(kind, call)?))
            }
            _ if !reads => Err(Status::no_method()),
            Target::Version => Ok(Reply::json(200, &discovery::version())),
            Target::Health => Ok(Reply::text(200, "ok")),
            Target::Core => Ok(discovery::core(objects, call)),
            Target::Groups => Ok(discovery::groups(objects, call)),
            Target::Group(group) => Ok(Reply::json(200, &discovery::group(objects, &group)?)),
            Target::Resources(group, version) => {
                Ok(Reply::json(200, &discovery::resources(objects, (&group, &version))?))
            }
            Target::OpenApi(None) => Ok(Reply::json(200, &openapi::index(objects))),
            Target::OpenApi(Some(path)) => Ok(Reply::json(200, &openapi::document(objects, &path)?)),
            Target::Review(_) => Err(Status::no_method()),
        }
    }

    fn collection(
        &mut self,
        call: &Call,
        row: &'static catalog::Row,
        namespace: Option<&str>,
    ) -> Result<Reply, Status> {
        let now = self.world.now();
        let shown = Shown { row, view: accept::view(call.accept(), &call.query)?, now };
        if call.method == Method::POST && (namespace.is_some() || !row.namespaced()) {
            let dry = write::is_dry(call, "CreateOptions")?;
            let written = self.write(dry, None, |objects| write::create(objects, call, (row, namespace), now))?;
            return Ok(shown_written(shown, &written));
        }
        if call.method != Method::GET {
            return Err(Status::no_method());
        }
        let filter = Filter::new(row, namespace, call.query.get("labelSelector"), call.query.get("fieldSelector"))?;
        if call.query.on("watch") {
            let (reply, watch) = watch::begin(&self.world.objects, call, filter, shown)?;
            self.watches.extend(watch);
            return Ok(reply);
        }
        Ok(Reply::json(200, &list::list(&self.world.objects, call, &filter, shown)?))
    }

    fn object(&mut self, call: &Call, at: &At, part: &Part) -> Result<Reply, Status> {
        let now = self.world.now();
        let shown = Shown { row: at.row, view: accept::view(call.accept(), &call.query)?, now };
        let Some(sub) = write::door(part) else { return Err(Status::no_method()) };
        let written = match (&call.method, part) {
            (&Method::GET, Part::Scale) => {
                return Ok(Reply::json(200, &scale_of(list::get(&self.world.objects, at)?)));
            }
            (&Method::GET, _) => {
                return Ok(Reply::json(200, &list::one(shown, list::get(&self.world.objects, at)?)));
            }
            (&Method::PUT, _) => {
                let dry = write::is_dry(call, "UpdateOptions")?;
                self.write(dry, Some(at), |objects| write::replace(objects, call, (at, sub), now))?
            }
            (&Method::PATCH, _) => {
                let dry = write::is_dry(call, "PatchOptions")?;
                self.write(dry, Some(at), |objects| write::patch(objects, call, (at, sub), now))?
            }
            (&Method::DELETE, Part::Main) => {
                let dry = write::is_dry(call, "DeleteOptions")?;
                let options = write::deletion(call)?;
                self.write(dry, Some(at), |objects| write::delete(objects, call, (at, &options), now))?
            }
            _ => return Err(Status::no_method()),
        };
        let is_own = written.object.get("status").is_none_or(|status| !status.is_string());
        if *part == Part::Scale || !is_own {
            return Ok(Reply { warnings: written.warnings, ..Reply::json(written.code, &written.object) });
        }
        Ok(shown_written(shown, &written))
    }

    /// `pods/NAME/eviction`.
    fn evict(&mut self, call: &Call, at: &At) -> Result<Reply, Status> {
        let options = evict::options(call)?;
        let dry = write::is_dry(call, "CreateOptions")? || write::rehearses(&options);
        let now = self.world.now();
        let written = self.write(dry, Some(at), |objects| evict::evict(objects, call, (at, &options), now))?;
        Ok(Reply::json(written.code, &written.object))
    }

    /// Writes, and lets the controllers see it; a dry run writes to a copy that nobody sees.
    fn write(
        &mut self,
        dry: bool,
        at: Option<&At>,
        write: impl FnOnce(&mut Objects) -> Result<Written, Status>,
    ) -> Result<Written, Status> {
        if !dry {
            let written = write(&mut self.world.objects)?;
            self.world.settle();
            self.tell();
            return Ok(written);
        }
        let mut written = write(&mut self.world.objects.rehearsal())?;
        // A dry run makes no version: the object keeps its own, and a new one has none.
        let before = at.and_then(|at| list::get(&self.world.objects, at).ok());
        let version = before.and_then(|before| before.pointer("/metadata/resourceVersion"));
        if let Some(metadata) = written.object.get_mut("metadata").and_then(Value::as_object_mut) {
            match version {
                Some(version) if metadata.contains_key("resourceVersion") => {
                    metadata.insert("resourceVersion".to_owned(), version.clone());
                }
                _ => drop(metadata.remove("resourceVersion")),
            }
        }
        Ok(written)
    }

    /// `services/NAME/proxy`: only the Prometheus answers.
    fn proxy(&self, call: &Call, at: &At, path: &str) -> Result<Reply, Status> {
        // `SCHEME:NAME:PORT`, `NAME:PORT`, `NAME`.
        let parts: Vec<&str> = at.name.split(':').collect();
        let name = match parts.as_slice() {
            [_, name, _] | [name, _] | [name] => *name,
            _ => return Err(Status::no_object(at.row, &at.name)),
        };
        let service = At { name: name.to_owned(), ..at.clone() };
        list::get(&self.world.objects, &service)?;
        if !name.contains("prometheus") {
            return Err(Status::unavailable(format!("no endpoints available for service {:?}", at.name)));
        }
        let (code, body) = self.around.prometheus((path, call.raw_query(), &call.body), self.world.now());
        Ok(Reply::json(code, &body))
    }
}

fn shown_written(shown: Shown, written: &Written) -> Reply {
    let warnings = written.warnings.clone();
    Reply { warnings, ..Reply::json(written.code, &list::one(shown, &written.object)) }
}

/// A moment written as RFC 3339; None if it is not.
pub(super) fn moment(text: &str) -> Option<Moment> {
    let time: jiff::Timestamp = text.parse().ok()?;
    Some(Moment(time.as_millisecond()))
}

/// A moment as a kubelet writes it.
fn stamp(at: Moment) -> String {
    jiff::Timestamp::from_millisecond(at.0).map_or_else(|_| at.0.to_string(), |time| format!("{time:.9}"))
}
