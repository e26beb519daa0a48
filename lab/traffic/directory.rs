//! Who answers at which address: the running pods, as the API server tells of them.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use k8s_openapi::{api::core::v1, jiff::Timestamp};

use crate::{
    behaviour::{ANNOTATION, Behaviour},
    chance::Chance,
    counts::{Histogram, head},
};

/// The pods by address.
pub(crate) type Directory = Arc<HashMap<IpAddr, Arc<Pod>>>;

/// The statuses that a pod answers.
pub(crate) const CODES: [u16; 3] = [200, 500, 503];

/// A pod whose first container runs.
pub(crate) struct Pod {
    /// Its uid and how often it was restarted: another one is another process.
    pub(crate) process: (String, i32),
    /// Its namespace.
    pub(crate) namespace: String,
    /// Its name.
    pub(crate) name: String,
    /// Its label `version`, or its image's tag.
    pub(crate) version: String,
    /// Whether Prometheus shall ask it: its annotation `prometheus.io/scrape` is `true`.
    pub(crate) scraped: bool,
    /// How it answers.
    pub(crate) behaviour: Behaviour,
    /// What it has counted since its process runs.
    pub(crate) counts: Arc<Counts>,
}

/// What one process of a pod knows of itself.
pub(crate) struct Counts {
    /// When it started.
    pub(crate) born: Instant,
    /// Its luck.
    pub(crate) chance: Chance,
    /// Answers by status, as in [`CODES`].
    answers: [AtomicU64; 3],
    /// How long they took.
    times: Histogram,
    /// When, in microseconds after `born`, it has worked off all that it was given.
    busy_until: AtomicU64,
}

impl Counts {
    fn new(process: &(String, i32), born: Instant) -> Self {
        let mut seed = DefaultHasher::new();
        process.hash(&mut seed);
        let zero = || AtomicU64::new(0);
        Self {
            born,
            chance: Chance::new(seed.finish()),
            answers: [zero(), zero(), zero()],
            times: Histogram::default(),
            busy_until: zero(),
        }
    }

    /// Counts an answer.
    pub(crate) fn count(&self, code: u16, took: Duration) {
        if let Some((_, answers)) = CODES.iter().zip(&self.answers).find(|(known, _)| **known == code) {
            answers.fetch_add(1, Relaxed);
        }
        self.times.observe(took);
    }

    /// Whether one more request is within `capacity` requests a second (a leaky bucket that holds one second's worth).
    pub(crate) fn admit(&self, capacity: f64, age: Duration) -> bool {
        let now = u64::try_from(age.as_micros()).unwrap_or(u64::MAX);
        let cost = u64::try_from(Duration::from_secs_f64(1.0 / capacity).as_micros()).unwrap_or(u64::MAX);
        let full = now.saturating_add(Duration::from_secs(1).as_micros().try_into().unwrap_or(u64::MAX)).max(cost);
        let more = |busy: u64| Some(busy.max(now).saturating_add(cost)).filter(|until| *until <= full);
        self.busy_until.fetch_update(Relaxed, Relaxed, more).is_ok()
    }

    /// Everything, as Prometheus reads it.
    pub(crate) fn tell(&self) -> String {
        use std::fmt::Write;
        let mut out = String::new();
        head(&mut out, "http_requests_total", "counter", "Requests answered, by status.");
        for (code, answers) in CODES.iter().zip(&self.answers) {
            let _ = writeln!(out, "http_requests_total{{code=\"{code}\"}} {}", answers.load(Relaxed));
        }
        head(&mut out, "http_request_duration_seconds", "histogram", "From the request to the answer, in seconds.");
        self.times.tell(&mut out, "http_request_duration_seconds", "");
        out
    }
}

impl Pod {
    /// The pod as it is now, if a process of it would answer; the counters are those of `known` if it is still the same
    /// process.
    pub(crate) fn of(pod: &v1::Pod, known: &HashMap<IpAddr, Arc<Self>>) -> Option<(IpAddr, Self)> {
        let status = pod.status.as_ref().filter(|status| status.phase.as_deref() == Some("Running"))?;
        let address = status.pod_ip.as_ref()?.parse().ok()?;
        let container = pod.spec.as_ref()?.containers.first()?;
        let container_status = status.container_statuses.iter().flatten().find(|it| it.name == container.name)?;
        let running = container_status.state.as_ref()?.running.as_ref()?;
        let (uid, name) = (pod.metadata.uid.clone()?, pod.metadata.name.clone()?);
        let process = (uid, container_status.restart_count);
        let known = known.get(&address).filter(|known| known.process == process);
        let counts = known.map_or_else(
            || Arc::new(Counts::new(&process, began(running.started_at.as_ref().map(|time| time.0)))),
            |known| Arc::clone(&known.counts),
        );
        let label = pod.metadata.labels.as_ref().and_then(|labels| labels.get("version")).cloned();
        let tag =
            || container.image.as_deref().and_then(|image| image.rsplit_once(':')).map(|(_, tag)| tag.to_string());
        let version = label.or_else(tag).unwrap_or_else(|| "latest".to_string());
        let annotation = |name| pod.metadata.annotations.as_ref().and_then(|all| all.get(name));
        let scraped = annotation("prometheus.io/scrape").is_some_and(|said| said == "true");
        let said = annotation(ANNOTATION);
        let behaviour =
            said.map_or_else(|| Ok(Behaviour::default()), |said| Behaviour::read(said)).unwrap_or_else(|why| {
                eprintln!("traffic: pod {name}, annotation {ANNOTATION}: {why}; it stays as it was");
                known.map_or_else(Behaviour::default, |known| known.behaviour)
            });
        let namespace = pod.metadata.namespace.clone().unwrap_or_default();
        Some((address, Self { process, namespace, name, version, scraped, behaviour, counts }))
    }
}

/// When a container started that says it did so at `at`.
fn began(at: Option<Timestamp>) -> Instant {
    let age = at.map(|at| Timestamp::now().duration_since(at)).and_then(|age| Duration::try_from(age).ok());
    let now = Instant::now();
    age.and_then(|age| now.checked_sub(age)).unwrap_or(now)
}
