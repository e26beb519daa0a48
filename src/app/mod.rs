//! The program put together: what was asked is resolved, the cluster is connected to, and the screen or a command runs.
//!
//! This room may import every other one; no other one may import it.

mod books;
mod clock;
mod cockpit;
mod deck;
mod demo;
mod doctor;
mod export;
mod follow;
mod gauges;
mod plan;
mod plan_report;
mod reach;
mod report;
mod selector;
mod snapshot;
mod status;
mod steering;

use std::{
    io::{self, Write},
    sync::Arc,
    time::Duration,
};

use books::Books;
use clock::Clock;
use cockpit::Cockpit;
use deck::{Deck, End, Signals};
use demo::Time;
use export::Exports;
use follow::{Follower, Scope, kinds};
use gauges::Gauges;
use plan::Planning;
use snapshot::{Camera, Shot};
use steering::Steering;
use tokio::time::timeout;

use crate::{
    cli::{Cli, Command, FrameForm, PlanVerb, Target},
    cluster::{self, Cluster, Mode, Narrow, Where},
    config::{Config, Environment, Namespaces},
    domain::{Kind, Limit, Name, OwnQuery, Promql, Ref, SaidBy, Side, Text},
    metrics::{Settings, settings::Charted},
    session::{Options, Screen as Shown, Session},
    steer,
    store::Fact,
    terminal::Screen,
    view::theme::ColourDepth,
};

/// Exit codes: a contract.
pub(crate) mod exit {
    pub(crate) const COMPLETE: u8 = 0;
    pub(crate) const ERROR: u8 = 1;
    /// A guard, a precondition or the server refused it; nothing was written.
    pub(crate) const GUARDED: u8 = 3;
    /// Somebody reverted it.
    pub(crate) const REVERTED: u8 = 4;
    pub(crate) const FAILED: u8 = 5;
    /// The answer was lost, or the controller has not seen it.
    pub(crate) const UNKNOWN: u8 = 6;
    pub(crate) const PROGRESSING: u8 = 7;
    pub(crate) const PAUSED: u8 = 8;
    /// Signals count from here, as shells have it.
    pub(crate) const SIGNAL: u8 = 128;
    /// As one that SIGPIPE ends.
    pub(crate) const CUT_SHORT: u8 = SIGNAL + 13;
}

/// How long the screen waits for the selector of the one rollout that was asked for.
const GLANCE: Duration = Duration::from_secs(2);

type Failure = Box<dyn std::error::Error>;

/// Does what the arguments ask; the exit code.
pub fn main(cli: &Cli) -> u8 {
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            complain(&format!("the machine gives no threads: {error}"));
            return exit::ERROR;
        }
    };
    let code = runtime.block_on(run(cli)).unwrap_or_else(|failure| {
        if is_cut_short(&failure) {
            return exit::CUT_SHORT;
        }
        complain(&failure.to_string());
        exit::ERROR
    });
    runtime.shutdown_background();
    code
}

/// Whether whoever reads our output had enough of it, as `head` does: nobody wants to be told.
fn is_cut_short(failure: &Failure) -> bool {
    failure.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// One sentence on stderr.
pub(crate) fn complain(sentence: &str) {
    let _ = writeln!(io::stderr().lock(), "rolldeck: {sentence}");
}

async fn run(cli: &Cli) -> Result<u8, Failure> {
    let clock = Clock::start();
    let config = Config::resolve(cli, &Environment::read())?;
    let _log = config.log.as_deref().map(log_to).transpose()?;
    match &cli.command {
        Some(Command::Keys) => {
            io::stdout().lock().write_all(config.keymap.markdown().as_bytes())?;
            Ok(exit::COMPLETE)
        }
        Some(Command::Rbac(args)) => {
            let role = match &args.metrics {
                Some(of) if args.forward => steer::forward_role(&of.namespace),
                Some(of) => steer::metrics_role(&of.namespace, of.service.as_deref()),
                None => steer::role(!args.cluster, cli.scope.read_only),
            };
            io::stdout().lock().write_all(role.as_bytes())?;
            Ok(exit::COMPLETE)
        }
        Some(Command::Demo(args)) => Box::pin(demo::demo(config, args, cli.scope.journal.clone(), clock)).await,
        Some(Command::Plan { verb }) => planned(&config, verb, clock).await,
        Some(Command::Doctor) => {
            let (cluster, scope) = reach(&config, None).await?;
            let metrics = config.metrics.of(&cluster.name);
            Ok(doctor::doctor(cluster, &scope, metrics.as_ref(), clock).await?)
        }
        Some(Command::Status { target, wait, timeout, fail_fast, output }) => {
            let (cluster, scope) = reach(&config, Some(target)).await?;
            let on = reference(target, &cluster, &config)?;
            let ask = status::Ask { on, wait: *wait, limit: *timeout, fail_fast: *fail_fast, form: *output };
            let (follower, gauges) = follow(&config, &cluster, &scope, clock.clone());
            Ok(status::status(&ask, (follower, gauges), clock).await?)
        }
        Some(Command::Snapshot { target, size, press, output }) => {
            let shot = Shot { sizes: vec![*size], keys: press.clone(), form: *output };
            let (cluster, scope) = reach(&config, target.as_ref()).await?;
            let session = session(&config, target.as_ref(), &cluster, &clock)?;
            Box::pin(picture(&config, (cluster, &scope), session, (shot, clock))).await
        }
        None => {
            let (cluster, scope) = reach(&config, cli.target.as_ref()).await?;
            let session = session(&config, cli.target.as_ref(), &cluster, &clock)?;
            screen(config, (cluster, &scope), session, (clock, None)).await
        }
    }
}

/// Opens the screen.
async fn screen(
    config: Config,
    (cluster, scope): (Arc<Cluster>, &Scope),
    session: Session,
    (clock, time): (Clock, Option<Time>),
) -> Result<u8, Failure> {
    let signals = Signals::listen()?;
    let screen = Screen::take()?;
    let depth = config.depth;
    let cockpit = cockpit(&config, (cluster, scope), session, (depth, clock.clone()));
    let deck = Deck { cockpit, clock, time };
    Ok(match Box::pin(deck.run(screen, signals)).await? {
        End::Quit => exit::COMPLETE,
        End::Signal(number) => exit::SIGNAL + number,
        End::Gone => exit::ERROR,
    })
}

/// Prints a plan, and applies it if asked.
async fn planned(config: &Config, verb: &PlanVerb, clock: Clock) -> Result<u8, Failure> {
    let how = verb.how();
    let (cluster, scope) = reach(config, Some(&how.target)).await?;
    let intent = plan::intent(verb, reference(&how.target, &cluster, config)?);
    let steering = steering(config, &cluster);
    let follower = Follower::start(cluster, &scope, clock.clone());
    Ok(Planning { intent, follower, steering, clock }.run(how).await?)
}

/// What steers a cluster, as the configuration has it for that context.
fn steering(config: &Config, cluster: &Arc<Cluster>) -> Steering {
    let needs_reason = config.steering.needs_reason(&cluster.name);
    Steering::start(Arc::clone(cluster), config.steering.journal.clone(), needs_reason)
}

/// Prints one frame. A picture has all colours, whatever this terminal has.
async fn picture(
    config: &Config,
    (cluster, scope): (Arc<Cluster>, &Scope),
    session: Session,
    (shot, clock): (Shot, Clock),
) -> Result<u8, Failure> {
    let depth = if shot.form == FrameForm::Svg { ColourDepth::True } else { config.depth };
    let cockpit = cockpit(config, (cluster, scope), session, (depth, clock.clone()));
    Ok(Camera { cockpit, clock }.shoot(&shot).await?)
}

/// A session with everything that works for it.
fn cockpit(
    config: &Config,
    (cluster, scope): (Arc<Cluster>, &Scope),
    session: Session,
    (depth, clock): (ColourDepth, Clock),
) -> Cockpit {
    let (follower, gauges) = follow(config, &cluster, scope, clock);
    Cockpit {
        session,
        follower,
        gauges,
        steering: steering(config, &cluster),
        books: Books::new(cluster),
        theme: config.theme.clone().fit(depth),
        colours: config.theme.clone(),
        exports: Exports::new(config.state_folder.clone()),
        keymap: config.keymap.clone(),
    }
}

/// Starts to read the cluster, and its metrics if they are configured.
fn follow(config: &Config, cluster: &Arc<Cluster>, scope: &Scope, clock: Clock) -> (Follower, Gauges) {
    let mut follower = Follower::start(Arc::clone(cluster), scope, clock.clone());
    let aims = Box::new(config.held_to.of(&cluster.name));
    let settings = config.metrics.of(&cluster.name).map(|of| Settings { budgets: aims.windows(), ..of });
    follower.tell(Fact::Aims { cluster: cluster.name.clone(), aims });
    let gauges = Gauges::start(cluster, (settings.as_ref(), scope), clock, &mut follower);
    (follower, gauges)
}

/// Connects, and says what will be read.
async fn reach(config: &Config, target: Option<&Target>) -> Result<(Arc<Cluster>, Scope), Failure> {
    let place = Where::of_process(config.kubeconfig.clone(), config.context.clone());
    let steering = config.steering.clone();
    let mode = move |context: &str| if steering.is_read_only(context) { Mode::ReadOnly } else { Mode::Steer };
    let cluster = cluster::connect(&place, Arc::new(mode)).await?.streaming_lists(config.streaming_lists);
    let cluster = Arc::new(cluster);
    let mut scope = scope(config, &cluster);
    if let Some(target) = target {
        let at = reference(target, &cluster, config)?;
        scope.namespaces = vec![Some(at.namespace.clone())];
        if at.kind == Kind::DEPLOYMENT {
            scope.roots = Narrow::to_name(&at.name);
            scope.only = Some(at.clone());
            // Without its selector all pods of the namespace are read: more, but not wrong.
            let whole = timeout(GLANCE, cluster.get_json(&at)).await;
            scope.pods =
                Narrow::to_labels(whole.ok().and_then(Result::ok).and_then(|w| selector::of_deployment(&w)).as_deref());
        } else {
            // What a router shares traffic between is known only once all of it is read.
            scope.roots = Narrow::default();
        }
    }
    Ok((cluster, scope))
}

fn scope(config: &Config, cluster: &Cluster) -> Scope {
    let namespaces = match &config.namespaces {
        Namespaces::Own => vec![Some(cluster.namespace.clone())],
        Namespaces::These(names) => names.iter().map(|name| Some(Name::from(name.as_str()))).collect(),
        Namespaces::All => vec![None],
    };
    Scope { namespaces, roots: Narrow::to_labels(config.selector.as_deref()), pods: Narrow::default(), only: None }
}

/// The object that a target names.
fn reference(target: &Target, cluster: &Cluster, config: &Config) -> Result<Ref, Failure> {
    let namespace = match &config.namespaces {
        Namespaces::Own => cluster.namespace.clone(),
        Namespaces::These(names) => match names.as_slice() {
            [only] => Name::from(only.as_str()),
            _ => return Err("one rollout is in one namespace: name it with -n".into()),
        },
        Namespaces::All => return Err("one rollout is in one namespace: name it with -n instead of -A".into()),
    };
    let at = Ref {
        cluster: cluster.name.clone(),
        namespace,
        kind: target.kind.clone(),
        name: Name::from(target.name.as_str()),
    };
    if kinds::is_root(&at.kind) { Ok(at) } else { Err(kinds::no_rollout(&at).into()) }
}

/// A query of the configuration.
fn charted(of: &Charted) -> OwnQuery {
    let limit = |at: Option<f64>, side| at.map(|at| Limit { side, at });
    OwnQuery {
        name: Text::clean(&of.name),
        promql: Ok(Promql::Open(Text::clean(&of.query))),
        unit: Text::clean(&of.unit),
        limits: limit(of.above, Side::Above).into_iter().chain(limit(of.below, Side::Below)).collect(),
        said_by: SaidBy::Config,
    }
}

fn session(config: &Config, target: Option<&Target>, cluster: &Cluster, clock: &Clock) -> Result<Session, Failure> {
    let namespaces = match &config.namespaces {
        Namespaces::Own => cluster.namespace.to_string(),
        Namespaces::These(names) => names.join(", "),
        Namespaces::All => "all namespaces".to_string(),
    };
    let selector = config.selector.as_ref().map_or_else(String::new, |selector| format!(" · {selector}"));
    let options = Options {
        ascii: config.ascii,
        read_only: config.steering.is_read_only(&cluster.name),
        utc_offset_s: clock.utc_offset_s(),
        scope: format!("{} · {namespaces}{selector}", cluster.name),
        windows: config.metrics.of(&cluster.name).map(|settings| settings.windows()).unwrap_or_default(),
        charts: config.charts.iter().map(charted).collect(),
    };
    let first = match target {
        Some(target) => Shown::Deck(reference(target, cluster, config)?),
        None => Shown::Board,
    };
    Ok(Session::new(options, first))
}

/// Sends what goes on inside to a file, without ever waiting for the disk.
fn log_to(path: &std::path::Path) -> Result<tracing_appender::non_blocking::WorkerGuard, Failure> {
    let file = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
    let (writer, guard) = tracing_appender::non_blocking(file);
    // kube logs whole response bodies that it cannot decode: they may hold secrets.
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("rolldeck=info,kube_client=error"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer).with_ansi(false).init();
    Ok(guard)
}
