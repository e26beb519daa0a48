//! `rolldeck demo`: a simulated cluster in this process, behind the same door as any cluster. No other file outside the
//! simulator knows that it exists.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process,
    sync::Arc,
    time::Duration,
};

use super::{Failure, clock::Clock, deck::Signals, exit, snapshot::Shot};
use crate::{
    cli::DemoArgs,
    cluster::{Cluster, Mode},
    config::{Config, Metrics, Namespaces},
    domain::{Kind, Moment, Name, Ref, Slo, Text},
    metrics::{
        Settings, Upstream, Way,
        settings::{Every, Window},
    },
    session::{Demo, Screen},
    sim::{Around as _, NoStory, Scenario, Simulator, Story, listen, serve},
};

/// The name of the cluster, as of a context.
const NAME: &str = "demo";
/// When pictures are taken: a Tuesday at 14:32 UTC.
const PICTURES: Moment = Moment::from_secs(1_773_153_120);
/// The simulated Prometheus has something new so often.
const SCRAPED: Duration = Duration::from_secs(2);
/// How fast time can pass.
const SPEEDS: [f64; 7] = [0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0];
/// Over how long objectives are kept.
const MONTH: Duration = Duration::from_hours(30 * 24);
/// How far a step goes.
const STEP: Duration = Duration::from_secs(10);

/// Does what `rolldeck demo` asks. `journal` is the file that was named on the command line: the usual one is for real clusters.
pub(super) async fn demo(
    mut config: Config,
    args: &DemoArgs,
    journal: Option<PathBuf>,
    clock: Clock,
) -> Result<u8, Failure> {
    if config.kubeconfig.is_some() || config.context.is_some() {
        return Err("the demo brings its own cluster: leave out --kubeconfig and --context".into());
    }
    if args.list {
        return list();
    }
    let scenario = scenario(args.scenario.as_deref().unwrap_or("day"))?;
    let is_picture = !args.snapshot.is_empty();
    let opens = if is_picture { PICTURES } else { clock.now() };
    let after = args.at.unwrap_or(scenario.best_moment());
    let at = if is_picture { opens.plus(after) } else { opens };
    let (simulator, scenario) = begin(scenario, args, (opens, at), &clock).await?;
    if let Some(address) = &args.serve {
        return served(address, &simulator, &scenario).await;
    }
    let told = clock.told_by(simulator.clock());
    let clock = if is_picture { told.in_utc() } else { told };
    let read_only = config.steering.is_read_only(NAME);
    let access = if read_only { Mode::ReadOnly } else { Mode::Steer };
    let cluster = Cluster::over(Name::fixed(NAME), Name::fixed("default"), access, simulator.service());
    let cluster = Arc::new(cluster.streaming_lists(config.streaming_lists));
    cluster.pace(args.speed);
    let folder = Folder::make(journal.is_none())?;
    config.steering.journal = journal.or_else(|| folder.journal());
    config.metrics = Metrics::fixed(metrics());
    if let Some(slo) = objective(&scenario) {
        config.held_to = config.held_to.and(slo);
    }
    if config.namespaces == Namespaces::Own {
        config.namespaces = Namespaces::All;
    }
    let scope = super::scope(&config, &cluster);
    let mut session = super::session(&config, None, &cluster, &clock)?;
    let time = Time { simulator, cluster: Arc::clone(&cluster), scenario: scenario.name.clone(), is_picture };
    session.demo = Some(time.shown());
    if args.deck {
        session.screens.push(Screen::Deck(subject(&scenario)));
    }
    if args.scenario.is_some() && !is_picture {
        session.notice = Some(scenario.see.clone());
    }
    if is_picture {
        let shot = Shot { sizes: args.snapshot.clone(), keys: args.press.clone(), form: args.output };
        return Box::pin(super::picture(&config, (cluster, &scope), session, (shot, clock))).await;
    }
    super::screen(config, (cluster, &scope), session, (clock, Some(time))).await
}

/// A scenario that is built in; one from a file when that is what its name looks like.
fn scenario(name: &str) -> Result<Scenario, NoStory> {
    let path = Path::new(name);
    let is_file = name.contains('/') || path.extension().is_some_and(|ending| ending == "toml");
    if is_file { Scenario::from_file(path) } else { Scenario::named(name) }
}

/// Prints the scenarios.
fn list() -> Result<u8, Failure> {
    let out = &mut io::stdout().lock();
    for name in Scenario::names() {
        let scenario = Scenario::named(name)?;
        writeln!(out, "{name:<15} {}\n{:<15} {}\n", scenario.title, "", scenario.see)?;
    }
    Ok(exit::COMPLETE)
}

/// Makes the world and sets it going. What is to have happened before happens while the screen opens, and whoever asks
/// meanwhile waits; in pictures it has happened, and time stands still.
async fn begin(
    scenario: Scenario,
    args: &DemoArgs,
    (opens, at): (Moment, Moment),
    clock: &Clock,
) -> Result<(Simulator, Scenario), Failure> {
    let (seed, told, is_picture) = (args.seed, scenario.clone(), !args.snapshot.is_empty());
    let (world, story) = tokio::task::spawn_blocking(move || {
        let (mut world, mut story) = Story::begin(told, seed, opens);
        if is_picture {
            story.run_to(&mut world, at);
        }
        (world, story)
    })
    .await?;
    let time = if is_picture { Arc::new(move || at) } else { clock.beginning(at) };
    let simulator = Simulator::start(world, time, args.speed, Box::new(story));
    if is_picture {
        simulator.pause();
    }
    Ok((simulator, scenario))
}

/// The rollout that the story is about.
fn subject(scenario: &Scenario) -> Ref {
    let (namespace, name) = scenario.moment.rollout();
    let kind = if scenario.is_about_a_route() { Kind::HTTP_ROUTE } else { Kind::DEPLOYMENT };
    Ref { cluster: Name::fixed(NAME), namespace: Name::from(namespace), kind, name: Name::from(name) }
}

/// What the story promises the clients of its rollout.
fn objective(scenario: &Scenario) -> Option<Slo> {
    let (namespace, rollout) = scenario.moment.rollout();
    let (namespace, rollout) = (Text::from(namespace), Text::from(rollout));
    scenario.objective.map(|percent| Slo { namespace, rollout, objective: percent / 100.0, over: MONTH })
}

fn metrics() -> Settings {
    Settings {
        way: Some(Way::Proxy(Upstream {
            namespace: "monitoring".into(),
            service: "prometheus:9090".into(),
            prefix: String::new(),
        })),
        every: Every(SCRAPED),
        window: Window(Duration::from_mins(1)),
        ..Settings::default()
    }
}

/// Serves the API until a signal comes.
async fn served(address: &str, simulator: &Simulator, scenario: &Scenario) -> Result<u8, Failure> {
    let mut signals = Signals::listen()?;
    let listener = listen(address).await?;
    let at = listener.local_addr()?;
    let (namespace, _) = scenario.moment.rollout();
    let said = format!(
        "The simulated cluster ({}) is served at http://{at}; ctrl-c ends it.\n  \
         kubectl --kubeconfig /dev/null --server http://{at} -n {namespace} get deployments,pods\n",
        scenario.title
    );
    io::stdout().lock().write_all(said.as_bytes())?;
    tokio::select! {
        () = serve(listener, simulator.service()) => Ok(exit::ERROR),
        number = signals.next() => Ok(if number == 2 { exit::COMPLETE } else { exit::SIGNAL + number }),
    }
}

/// The demo's time, for the keys that turn it.
pub(crate) struct Time {
    simulator: Simulator,
    cluster: Arc<Cluster>,
    scenario: String,
    is_picture: bool,
}

impl Time {
    pub(super) fn hold_or_go_on(&self) {
        if self.simulator.is_paused() {
            self.simulator.go_on();
        } else {
            self.simulator.pause();
        }
    }

    pub(super) fn step(&self) {
        let simulator = self.simulator.clone();
        tokio::spawn(async move { simulator.step(STEP).await });
    }

    pub(super) fn faster(&self) {
        let now = self.simulator.speed();
        self.go(SPEEDS.into_iter().find(|speed| *speed > now));
    }

    pub(super) fn slower(&self) {
        let now = self.simulator.speed();
        self.go(SPEEDS.into_iter().rfind(|speed| *speed < now));
    }

    /// Lets time pass at another speed, if there is one.
    fn go(&self, speed: Option<f64>) {
        if let Some(speed) = speed {
            self.simulator.set_speed(speed);
            self.cluster.pace(speed);
        }
    }

    /// What the screen says of it.
    pub(super) fn shown(&self) -> Demo {
        let (is_held, speed) = (self.simulator.is_paused(), self.simulator.speed());
        let pace = if (speed - 1.0).abs() < f64::EPSILON { String::new() } else { format!("x{speed}") };
        // A picture is held too, but nobody held it.
        let pace = if is_held && !self.is_picture { "held".to_owned() } else { pace };
        Demo { scenario: self.scenario.clone(), pace, speed, is_held }
    }
}

/// A folder for the journal of one demo; it goes with it.
struct Folder(Option<PathBuf>);

impl Folder {
    fn make(is_wanted: bool) -> io::Result<Self> {
        if !is_wanted {
            return Ok(Self(None));
        }
        let path = std::env::temp_dir().join(format!("rolldeck-demo-{}", process::id()));
        fs::create_dir_all(&path)?;
        Ok(Self(Some(path)))
    }

    fn journal(&self) -> Option<PathBuf> {
        self.0.as_deref().map(|folder: &Path| folder.join("journal.jsonl"))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Some(folder) = &self.0 {
            let _ = fs::remove_dir_all(folder);
        }
    }
}
