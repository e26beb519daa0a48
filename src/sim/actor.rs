//! The task that owns the world: requests come in, answers and watches go out, and time passes as the caller's clock says,
//! or not at all while it is held.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{mpsc, oneshot, watch},
    task::yield_now,
    time::{MissedTickBehavior, interval, sleep},
};

use super::{
    World,
    api::{Around, Call, Reply, Server},
    service::Service,
};
use crate::domain::Moment;

/// Requests that may wait; one more is answered 429.
const WAITING: usize = 64;
/// How often bookmarks are sent, as by the real server.
const BOOKMARKS: Duration = Duration::from_mins(1);

/// A clock of virtual time.
pub type Clock = Arc<dyn Fn() -> Moment + Send + Sync>;

/// What comes to the actor.
pub(super) enum Asked {
    /// A request of the API.
    Call(Box<Call>, oneshot::Sender<Reply>),
    /// Something that a scenario does to the world.
    Act(Box<dyn FnOnce(&mut World) + Send>, oneshot::Sender<()>),
}

/// How virtual time follows from the caller's clock.
#[derive(Clone, Copy, Debug)]
struct Timer {
    /// Time stands still here.
    held: Option<Moment>,
    /// What the clock said when virtual time began to go as it does now, and what virtual time was then.
    from: (Moment, Moment),
    /// How much faster than the clock it goes.
    speed: f64,
}

impl Timer {
    fn now(self, clock: &Clock) -> Moment {
        let (began, then) = self.from;
        self.held.unwrap_or_else(|| then.plus(clock().since(began).mul_f64(self.speed)))
    }
}

/// A handle on a running simulated cluster. It runs as long as there is one, or a service made from it.
#[derive(Clone)]
pub struct Simulator {
    asked: mpsc::Sender<Asked>,
    timer: watch::Sender<Timer>,
    clock: Clock,
}

impl Simulator {
    /// Sets a world going. `clock` is the caller's, and says what time it is there now; from then on time goes `speed` times
    /// as fast (anything but a positive number counts as 1). Needs a tokio runtime with time.
    pub fn start(world: World, clock: Clock, speed: f64, around: Box<dyn Around>) -> Self {
        let (asked, requests) = mpsc::channel(WAITING);
        let now = clock();
        let (timer, timing) = watch::channel(Timer { held: None, from: (now, now), speed: possible(speed) });
        let actor = Actor { server: Server::new(world, around), timing, clock: Arc::clone(&clock) };
        tokio::spawn(actor.run(requests));
        Self { asked, timer, clock }
    }

    /// Its API server, for a client in this process.
    pub fn service(&self) -> Service {
        Service::new(self.asked.clone())
    }

    /// What time it is there.
    pub fn now(&self) -> Moment {
        let timer = *self.timer.borrow();
        timer.now(&self.clock)
    }

    /// A clock that stands still when the world does.
    pub fn clock(&self) -> Clock {
        let (timer, clock) = (self.timer.clone(), Arc::clone(&self.clock));
        Arc::new(move || {
            let timer = *timer.borrow();
            timer.now(&clock)
        })
    }

    /// Holds time. Requests are still answered, and controllers react to them.
    pub fn pause(&self) {
        let now = self.now();
        self.timer.send_modify(|timer| timer.held = timer.held.or(Some(now)));
    }

    /// Lets time go on from where it was held.
    pub fn go_on(&self) {
        let real = (self.clock)();
        self.timer.send_modify(|timer| {
            if let Some(held) = timer.held.take() {
                timer.from = (real, held);
            }
        });
    }

    /// How much faster than the caller's clock time goes when it is not held.
    pub fn speed(&self) -> f64 {
        self.timer.borrow().speed
    }

    /// Lets time go so much faster than the caller's clock, from now on (anything but a positive number counts as 1).
    pub fn set_speed(&self, speed: f64) {
        let (real, now) = ((self.clock)(), self.now());
        self.timer.send_modify(|timer| (timer.from, timer.speed) = ((real, now), possible(speed)));
    }

    /// Whether time is held.
    pub fn is_paused(&self) -> bool {
        self.timer.borrow().held.is_some()
    }

    /// Moves time on at once, held or not; returns when everything in between has happened.
    pub async fn step(&self, by: Duration) {
        self.timer.send_modify(|timer| match &mut timer.held {
            Some(held) => *held = held.plus(by),
            None => timer.from.1 = timer.from.1.plus(by),
        });
        self.act(|_| {}).await;
    }

    /// Does something to the world, as a scenario does; the controllers have reacted when it returns.
    pub async fn act(&self, act: impl FnOnce(&mut World) + Send + 'static) {
        let (done, is_done) = oneshot::channel();
        if self.asked.send(Asked::Act(Box::new(act), done)).await.is_ok() {
            // An error says that the runtime is going down.
            let _ended = is_done.await;
        }
    }
}

/// The owner of the world.
struct Actor {
    server: Server,
    timing: watch::Receiver<Timer>,
    clock: Clock,
}

/// A speed that time can go at.
fn possible(speed: f64) -> f64 {
    if speed.is_finite() && speed > 0.0 { speed } else { 1.0 }
}

impl Actor {
    async fn run(mut self, mut requests: mpsc::Receiver<Asked>) {
        let mut bookmarks = interval(BOOKMARKS);
        bookmarks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            self.catch_up().await;
            let wait = self.wait();
            tokio::select! {
                asked = requests.recv() => match asked {
                    None => return,
                    Some(asked) => {
                        self.catch_up().await;
                        self.answer(asked);
                    }
                },
                () = sleep(wait.unwrap_or_default()), if wait.is_some() => {}
                // The handles may be gone while services are left.
                Ok(()) = self.timing.changed() => {}
                _ = bookmarks.tick() => self.server.bookmark(),
            }
        }
    }

    /// Brings the world to this moment, with time for others to read what happens on the way.
    async fn catch_up(&mut self) {
        let timer = *self.timing.borrow_and_update();
        let now = timer.now(&self.clock);
        while !self.server.run_to(now) {
            yield_now().await;
        }
    }

    /// How long nothing happens by itself, in real time; None while time is held, or nothing ever will.
    fn wait(&self) -> Option<Duration> {
        let timer = *self.timing.borrow();
        if timer.held.is_some() {
            return None;
        }
        let virtual_wait = self.server.next()?.since(timer.now(&self.clock));
        // The clock counts milliseconds: a shorter sleep would end before it moved.
        Some(virtual_wait.div_f64(timer.speed).max(Duration::from_millis(1)))
    }

    fn answer(&mut self, asked: Asked) {
        match asked {
            // Whoever asked may have gone.
            Asked::Call(call, answer) => {
                let _gone = answer.send(self.server.call(&call));
            }
            Asked::Act(act, done) => {
                self.server.act(act);
                let _gone = done.send(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tokio::time::{Instant, advance};

    use super::*;
    use crate::sim::{Alone, Resource};

    /// A simulator that goes ten times as fast as tokio's clock.
    #[expect(clippy::disallowed_methods, reason = "a clock that the test holds")]
    fn simulator() -> Simulator {
        let started = Instant::now();
        let clock = move || Moment::from_secs(1_000).plus(started.elapsed());
        Simulator::start(World::new(1, Moment::from_secs(1_000)), Arc::new(clock), 10.0, Box::new(Alone))
    }

    async fn world_time(simulator: &Simulator) -> Moment {
        let (tell, told) = oneshot::channel();
        simulator.act(move |world| tell.send(world.now()).unwrap()).await;
        told.await.unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn virtual_time_goes_as_fast_as_its_clock_and_can_be_held() {
        let simulator = simulator();
        advance(Duration::from_secs(3)).await;
        assert_eq!(world_time(&simulator).await, Moment::from_secs(1_030));
        simulator.pause();
        advance(Duration::from_mins(1)).await;
        assert!(simulator.is_paused());
        assert_eq!(world_time(&simulator).await, Moment::from_secs(1_030));
        simulator.step(Duration::from_secs(5)).await;
        assert_eq!(
            (simulator.now(), world_time(&simulator).await),
            (Moment::from_secs(1_035), Moment::from_secs(1_035))
        );
        simulator.go_on();
        assert_eq!(simulator.now(), Moment::from_secs(1_035));
        advance(Duration::from_secs(1)).await;
        assert_eq!(world_time(&simulator).await, Moment::from_secs(1_045));
        assert_eq!((simulator.clock())(), Moment::from_secs(1_045));
    }

    #[tokio::test(start_paused = true)]
    async fn another_speed_goes_on_from_where_time_was() {
        let simulator = simulator();
        advance(Duration::from_secs(2)).await;
        simulator.set_speed(0.5);
        assert_eq!(simulator.now(), Moment::from_secs(1_020));
        advance(Duration::from_secs(4)).await;
        assert_eq!(world_time(&simulator).await, Moment::from_secs(1_022));
        simulator.pause();
        simulator.set_speed(60.0);
        advance(Duration::from_secs(4)).await;
        assert_eq!(world_time(&simulator).await, Moment::from_secs(1_022), "it is still held");
        simulator.go_on();
        advance(Duration::from_secs(1)).await;
        simulator.set_speed(f64::NAN);
        advance(Duration::from_secs(1)).await;
        assert_eq!((world_time(&simulator).await, simulator.speed()), (Moment::from_secs(1_083), 1.0));
    }

    #[tokio::test(start_paused = true)]
    async fn a_service_keeps_the_world_alive() {
        let simulator = simulator();
        let service = simulator.service();
        let node = json!({"metadata": {"name": "node-0"}});
        let make = move |world: &mut World| {
            let now = world.now();
            world.objects.create(Resource::Nodes, node, "test", now).unwrap();
        };
        simulator.act(make).await;
        drop(simulator);
        let request = http::Request::get("/api/v1/nodes/node-0").body(String::new()).unwrap();
        let response = tower::ServiceExt::oneshot(service, request).await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "application/json");
    }
}
