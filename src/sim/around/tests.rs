//! The promise of the demo: the same seed and the same script give the same writes, however real time went meanwhile.

use std::{sync::Arc, time::Duration};

use http::Request;
use tokio::time::{Instant, advance};
use tower::ServiceExt as _;

use super::*;
use crate::sim::{Service, Simulator};

const OPENS: Moment = Moment::from_secs(1_800_000_000);
const CART: &str = "/apis/apps/v1/namespaces/shop/deployments/cart";
/// What the client writes, and how many seconds after the screen opened.
const SCRIPT: [(u64, &str); 4] = [
    (20, r#"{"spec":{"replicas":5}}"#),
    (65, r#"{"spec":{"template":{"spec":{"containers":[{"name":"app","image":"reg/shop/cart:1.20.0-errors"}]}}}}"#),
    (90, r#"{"spec":{"paused":true}}"#),
    (150, r#"{"spec":{"paused":false,"replicas":3}}"#),
];

/// How somebody sits before the demo.
#[derive(Clone, Copy)]
enum Operator {
    /// Lets time pass and writes.
    Calm,
    /// Reads all the time, in small steps, at another speed, and holds time.
    Restless,
}

async fn send(service: &Service, request: http::request::Builder, body: &str) {
    let response = service.clone().oneshot(request.body(body.to_owned()).unwrap()).await.unwrap();
    assert_eq!(response.status(), 200);
}

/// Lets virtual time pass up to a moment.
async fn wait(simulator: &Simulator, until: Moment, operator: Operator) {
    while simulator.now() < until {
        let rest = until.since(simulator.now());
        match operator {
            Operator::Calm => advance(rest.div_f64(simulator.speed())).await,
            Operator::Restless => {
                advance(rest.min(Duration::from_millis(1_700)).div_f64(simulator.speed())).await;
                send(&simulator.service(), Request::get("/api/v1/pods"), "").await;
                simulator.pause();
                advance(Duration::from_secs(1)).await;
                simulator.go_on();
            }
        }
    }
    assert_eq!(simulator.now(), until);
}

/// The write log of a demo with its script: when, which version, what happened to which object; and what each write made of
/// the object, which says more than its patch.
#[expect(clippy::disallowed_methods, reason = "a clock that the test holds")]
async fn written(seed: u64, operator: Operator) -> (Vec<String>, Vec<String>) {
    let started = Instant::now();
    let clock = Arc::new(move || OPENS.plus(started.elapsed()));
    let (world, story) = Story::begin(Scenario::named("smooth").unwrap(), seed, OPENS);
    let simulator = Simulator::start(world, clock, 1.0, Box::new(story));
    if matches!(operator, Operator::Restless) {
        simulator.set_speed(10.0);
    }
    for (at, body) in SCRIPT {
        wait(&simulator, OPENS.plus(Duration::from_secs(at)), operator).await;
        let request = Request::patch(CART).header("content-type", "application/strategic-merge-patch+json");
        send(&simulator.service(), request, body).await;
    }
    wait(&simulator, OPENS.plus(Duration::from_mins(4)), operator).await;
    let (tell, told) = tokio::sync::oneshot::channel();
    let copy = move |world: &mut World| {
        let log = world.write_log().map(|write| format!("{write:?}")).collect();
        let changes = world.objects.since(0).unwrap();
        tell.send((log, changes.map(|change| format!("{} {}", change.version, change.object)).collect())).unwrap();
    };
    simulator.act(copy).await;
    told.await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_and_script_write_the_same_however_real_time_went() {
    let (log, objects) = written(7, Operator::Calm).await;
    let (log_again, objects_again) = written(7, Operator::Restless).await;
    let differs = log.iter().zip(&log_again).find(|(one, other)| one != other);
    assert_eq!((differs, log.len()), (None, log_again.len()));
    let differs = objects.iter().zip(&objects_again).find(|(one, other)| one != other);
    assert_eq!((differs, objects.len()), (None, objects_again.len()));
    assert!(log.len() > 1_000 && objects.len() > 1_000, "{} writes, {} objects", log.len(), objects.len());
    let (other, _) = written(8, Operator::Calm).await;
    assert!(other != log, "the seed decides");
}
