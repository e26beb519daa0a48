//! Error budgets out of what failed over long windows.

use std::time::Duration;

use super::{World, family, series::sampled};
use crate::{
    domain::{About, Aims, Budget, Link, Measured, Samples, Slo},
    store::Fact,
};

const MONTH: Duration = Duration::from_hours(720);

/// A rollout that may fail one request in a hundred.
fn world() -> World {
    let mut world = World::of(family(&["a"]));
    let (cluster, place) = ("lab".into(), "http://prometheus:9090".into());
    world.say(Fact::Gauge { cluster, place, every: Duration::from_secs(15), link: Link::Live });
    let slos = vec![Slo { namespace: "shop".into(), rollout: "web".into(), objective: 0.99, over: MONTH }];
    world.say(Fact::Aims { cluster: "lab".into(), aims: Box::new(Aims { slos, ..Aims::default() }) });
    world
}

/// That share of the requests of its version failed over that window.
fn burnt(world: &mut World, window: Duration, errors: f64) {
    let at = world.now;
    let point = Measured { at, rate: Some(100.0), errors: Some(errors), ..Measured::default() };
    world.say(Fact::Burnt(Box::new(Samples {
        cluster: "lab".into(),
        window,
        about: About::Now(at),
        of: vec![sampled("web-1", vec![point])],
        clients: Vec::new(),
        failed: Vec::new(),
    })));
}

fn budget(world: &mut World) -> Option<Budget> {
    world.rollout("web").door.budget.clone()
}

#[test]
fn what_failed_is_held_against_the_objective() {
    let mut world = world();
    assert_eq!(budget(&mut world), None, "nothing is known");
    burnt(&mut world, Duration::from_hours(1), 0.2);
    let known = budget(&mut world).unwrap();
    assert_eq!((known.left, known.burns.len()), (None, 1));
    burnt(&mut world, MONTH, 0.004);
    burnt(&mut world, Duration::from_mins(5), 0.3);
    let known = budget(&mut world).unwrap();
    let near = |is: f64, wanted: f64| assert!((is - wanted).abs() < 1e-9, "{is} {wanted}");
    near(known.left.unwrap(), 0.6);
    near(known.burn(Duration::from_hours(1)).unwrap(), 20.0);
    assert_eq!(known.by.len(), 1);
    let findings = &world.rollout("web").findings;
    assert!(findings.iter().any(|finding| finding.rule == "budget-burns"), "{findings:#?}");
    let windows = world.fleet().gauges.sources[0].budgets;
    assert_eq!(windows, 3);
}

#[test]
fn a_rollout_that_no_objective_is_for_has_no_budget() {
    let mut world = world();
    let slos = vec![Slo { namespace: "shop".into(), rollout: "web-*".into(), objective: 0.99, over: MONTH }];
    world.say(Fact::Aims { cluster: "lab".into(), aims: Box::new(Aims { slos, ..Aims::default() }) });
    burnt(&mut world, MONTH, 0.004);
    assert_eq!(budget(&mut world), None);
}
