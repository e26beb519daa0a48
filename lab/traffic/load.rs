//! Sends requests to a router as an open loop: their times are a Poisson process that does not wait for answers, so that a
//! slow version is not spared. Bounded in rate, number, time and connections; what would exceed the connections is not sent
//! and counted as dropped.
//!
//! `GET /metrics` tells what was asked and answered, by host and `x-version`; `PUT /streams/NAME` changes what is sent (see
//! `orders`); `GET /` tells what is being sent.

use std::{
    collections::BTreeMap,
    fmt::Write,
    net::SocketAddr,
    time::{Duration, Instant},
};

use http::{Method, StatusCode, header};
use tokio::{
    net::TcpListener,
    sync::{mpsc, oneshot},
    time::sleep_until,
};

use crate::{
    Answer,
    chance::Chance,
    counts::{Histogram, head},
    http::{Reply, Request, serve, text},
    orders::{self, Order},
};

/// At most so many streams.
const STREAMS: usize = 16;
/// The longest that an answer may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// What a load begins with.
#[derive(clap::Args)]
pub(crate) struct Settings {
    /// The router
    #[arg(long)]
    to: SocketAddr,
    /// Where to tell the counts and take orders
    #[arg(long)]
    on: SocketAddr,
    /// The host that the stream `steady` asks for
    #[arg(long)]
    host: String,
    /// Its requests a second
    #[arg(long, default_value_t = 100.0)]
    rate: f64,
    /// How long it lasts
    #[arg(long, default_value_t = orders::USUAL.as_secs())]
    seconds: u64,
    /// Requests under way at most, of all streams
    #[arg(long, default_value_t = 256)]
    connections: usize,
    /// Another seed gives other moments
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Sends until it is ended.
pub(crate) async fn run(settings: Settings) -> Answer {
    let listener = TcpListener::bind(settings.on).await.map_err(|error| format!("{}: {error}", settings.on))?;
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .pool_max_idle_per_host(settings.connections)
        .timeout(PATIENCE)
        .build()
        .map_err(|error| error.to_string())?;
    let (ask, mut asked) = mpsc::channel(16);
    let (tell, mut told) = mpsc::channel(settings.connections);
    tokio::spawn(doors(listener, ask));
    let mut load = Load {
        client,
        tell,
        to: settings.to,
        most: settings.connections,
        chance: Chance::new(settings.seed),
        streams: BTreeMap::new(),
        tally: Tally::default(),
    };
    let lasts = Duration::from_secs(settings.seconds);
    load.order(
        "steady",
        Order { host: Some(settings.host), rate: settings.rate, lasts, requests: None, clients: 0 },
        Instant::now(),
    )?;
    loop {
        let due = load.streams.values().filter_map(Stream::due).min();
        tokio::select! {
            () = until(due) => load.fire(Instant::now()),
            Some(done) = told.recv() => load.note(done),
            Some(question) = asked.recv() => load.reply(question),
        }
    }
}

async fn until(due: Option<Instant>) {
    match due {
        Some(due) => sleep_until(due.into()).await,
        None => std::future::pending().await,
    }
}

/// One stream as it is being sent.
struct Stream {
    host: String,
    rate: f64,
    next: Instant,
    until: Instant,
    /// None: as many as come in its time.
    left: Option<u64>,
    /// The cookie of each client, once it was given one.
    cookies: Vec<Option<String>>,
}

impl Stream {
    /// When its next request is due.
    fn due(&self) -> Option<Instant> {
        (self.rate > 0.0 && self.left != Some(0) && self.next < self.until).then_some(self.next)
    }

    /// A request in the name of one of its clients, of the stream of that name.
    fn request(&self, name: &str, chance: &Chance) -> Sent {
        let client = (!self.cookies.is_empty()).then(|| chance.below(self.cookies.len()));
        let cookie = client.and_then(|client| self.cookies.get(client)?.clone());
        Sent { stream: name.to_owned(), host: self.host.clone(), client, cookie }
    }
}

/// The load: the only one that changes what it counts.
struct Load {
    client: reqwest::Client,
    tell: mpsc::Sender<Done>,
    to: SocketAddr,
    most: usize,
    chance: Chance,
    streams: BTreeMap<String, Stream>,
    tally: Tally,
}

/// A request on its way.
struct Sent {
    stream: String,
    host: String,
    /// In whose name, by its number, and the cookie that it keeps.
    client: Option<usize>,
    cookie: Option<String>,
}

/// The end of one request.
struct Done {
    /// With the cookie that it was given, if it was.
    sent: Sent,
    version: String,
    code: String,
    took: Duration,
}

/// What was counted.
#[derive(Default)]
struct Tally {
    under_way: usize,
    sent: BTreeMap<String, u64>,
    dropped: u64,
    answers: BTreeMap<(String, String, String), u64>,
    times: BTreeMap<(String, String), Histogram>,
}

impl Load {
    fn order(&mut self, name: &str, order: Order, now: Instant) -> Answer {
        let known = self.streams.get(name);
        if known.is_none() && self.streams.len() >= STREAMS {
            return Err(format!("there are {STREAMS} streams, which is all there may be"));
        }
        let host = order.host.or_else(|| known.map(|stream| stream.host.clone()));
        let host = host.ok_or_else(|| format!("stream {name} is new: host=NAME is needed"))?;
        let next = if order.rate > 0.0 { self.after(now, order.rate) } else { now };
        let mut cookies = known.map(|stream| stream.cookies.clone()).unwrap_or_default();
        cookies.resize(order.clients, None);
        let until = now + order.lasts;
        let stream = Stream { host, rate: order.rate, next, until, left: order.requests, cookies };
        self.streams.insert(name.to_string(), stream);
        Ok(())
    }

    /// A client keeps the cookie that it was given, and what was answered is counted.
    fn note(&mut self, mut done: Done) {
        let stream = self.streams.get_mut(&done.sent.stream);
        let kept = stream.zip(done.sent.client).and_then(|(stream, client)| stream.cookies.get_mut(client));
        if let (Some(kept), Some(given)) = (kept, done.sent.cookie.take()) {
            *kept = Some(given);
        }
        self.tally.note(done);
    }

    /// The next moment of a Poisson process.
    fn after(&self, now: Instant, rate: f64) -> Instant {
        now + Duration::from_secs_f64((self.chance.exponential() / rate).min(3_600.0))
    }

    /// Sends what is due.
    fn fire(&mut self, now: Instant) {
        let chance = &self.chance;
        for (name, stream) in &mut self.streams {
            while stream.due().is_some_and(|due| due <= now) {
                stream.left = stream.left.map(|left| left - 1);
                stream.next += Duration::from_secs_f64((chance.exponential() / stream.rate).min(3_600.0));
                if self.tally.under_way == self.most {
                    self.tally.dropped += 1;
                    continue;
                }
                self.tally.under_way += 1;
                *self.tally.sent.entry(stream.host.clone()).or_default() += 1;
                tokio::spawn(request(self.client.clone(), self.to, stream.request(name, chance), self.tell.clone()));
            }
        }
    }

    fn reply(&mut self, question: Question) {
        let said = match question.about {
            About::Counts => Ok(self.tally.tell()),
            About::Streams => Ok(self.tell()),
            About::Order(name, order) => self.order(&name, order, Instant::now()).map(|()| self.tell()),
        };
        let _ = question.to.send(said);
    }

    fn tell(&self) -> String {
        let now = Instant::now();
        let mut out = format!("under way: {}\n", self.tally.under_way);
        for (name, stream) in &self.streams {
            let Stream { host, rate, left, until, .. } = stream;
            let seconds = until.saturating_duration_since(now).as_secs();
            let left = left.map(|left| format!(", {left} requests")).unwrap_or_default();
            let _ = writeln!(out, "{name}: {rate} requests/s to {host}, for {seconds} s{left}");
        }
        out
    }
}

impl Tally {
    fn note(&mut self, done: Done) {
        self.under_way -= 1;
        let host = done.sent.host;
        self.times.entry((host.clone(), done.version.clone())).or_default().observe(done.took);
        *self.answers.entry((host, done.version, done.code)).or_default() += 1;
    }

    fn tell(&self) -> String {
        let mut out = String::new();
        head(&mut out, "load_under_way", "gauge", "Requests that have no answer yet.");
        let _ = writeln!(out, "load_under_way {}", self.under_way);
        head(&mut out, "load_dropped_total", "counter", "Requests not sent: too many were under way.");
        let _ = writeln!(out, "load_dropped_total {}", self.dropped);
        head(&mut out, "load_sent_total", "counter", "Requests sent, by host.");
        for (host, sent) in &self.sent {
            let _ = writeln!(out, "load_sent_total{{host=\"{host}\"}} {sent}");
        }
        head(&mut out, "load_requests_total", "counter", "Requests that ended, by host, version and status.");
        for ((host, version, code), count) in &self.answers {
            let labels = format!("host=\"{host}\",version=\"{version}\",code=\"{code}\"");
            let _ = writeln!(out, "load_requests_total{{{labels}}} {count}");
        }
        let name = "load_request_duration_seconds";
        head(&mut out, name, "histogram", "From sending to the whole answer, in seconds.");
        for ((host, version), times) in &self.times {
            times.tell(&mut out, name, &format!("host=\"{host}\",version=\"{version}\""));
        }
        out
    }
}

async fn request(client: reqwest::Client, to: SocketAddr, mut sent: Sent, tell: mpsc::Sender<Done>) {
    let started = Instant::now();
    let mut asking = client.get(format!("http://{to}/")).header(header::HOST, &sent.host);
    if let Some(cookie) = &sent.cookie {
        asking = asking.header(header::COOKIE, cookie);
    }
    let (mut version, mut code) = ("none".to_string(), "error".to_string());
    if let Ok(reply) = asking.send().await {
        let given = reply.headers().get(header::SET_COOKIE).and_then(|value| value.to_str().ok()?.split(';').next());
        sent.cookie = given.filter(|_| sent.client.is_some()).map(ToOwned::to_owned).or(sent.cookie);
        let named = reply.headers().get("x-version").and_then(|value| value.to_str().ok());
        version = named.unwrap_or("none").to_string();
        let status = reply.status().as_u16().to_string();
        if reply.bytes().await.is_ok() {
            code = status;
        }
    }
    let _ = tell.send(Done { sent, version, code, took: started.elapsed() }).await;
}

/// What somebody wants to know or to have.
enum About {
    Counts,
    Streams,
    Order(String, Order),
}

struct Question {
    about: About,
    to: oneshot::Sender<Answer<String>>,
}

async fn doors(listener: TcpListener, ask: mpsc::Sender<Question>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let ask = ask.clone();
        tokio::spawn(async move { serve(stream, |request| door(request, ask.clone())).await });
    }
}

async fn door(request: Request, ask: mpsc::Sender<Question>) -> Reply {
    let (path, query) = (request.uri().path(), request.uri().query().unwrap_or_default());
    let about = match (request.method(), path, path.strip_prefix("/streams/")) {
        (&Method::GET, "/metrics", _) => About::Counts,
        (&Method::GET, "/", _) => About::Streams,
        (&Method::PUT, _, Some(name)) if !name.is_empty() => match orders::read(query) {
            Ok(order) => About::Order(name.to_string(), order),
            Err(why) => return text(StatusCode::BAD_REQUEST, format!("{why}\n")),
        },
        _ => {
            let usage = "GET / or /metrics, or PUT /streams/NAME?host=H&rate=R&seconds=S&requests=N&clients=C\n";
            return text(StatusCode::NOT_FOUND, usage.to_string());
        }
    };
    let (to, said) = oneshot::channel();
    let _ = ask.send(Question { about, to }).await;
    match said.await {
        Ok(Ok(body)) => text(StatusCode::OK, body),
        Ok(Err(why)) => text(StatusCode::BAD_REQUEST, format!("{why}\n")),
        Err(_) => text(StatusCode::SERVICE_UNAVAILABLE, "the load is ending\n".to_string()),
    }
}
