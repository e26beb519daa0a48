//! What names a rollout's own analysis comes and goes with its objects.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{World, family, source};
use crate::{
    domain::{Custom, Kind, Link, Object, OwnQuery, sample},
    store::Fact,
};

fn object(kind: Kind, name: &str, body: Value) -> Object {
    Object::Custom(Arc::new(Custom { meta: sample::meta(kind, name), body }))
}

fn template(query: &str) -> Object {
    object(Kind::METRIC_TEMPLATE, "errors", json!({"spec": {"query": query}}))
}

/// A kind is read from now on, and there is none of it.
fn read(world: &mut World, kind: &Kind) {
    world.say(Fact::Link(source(kind), Link::Connecting));
    world.list(&source(kind), []);
}

/// What is asked, or why not.
fn asked(world: &mut World) -> Vec<String> {
    let says = |query: &OwnQuery| match &query.promql {
        Ok(promql) => promql.to_string(),
        Err(why) => format!("({why})"),
    };
    world.rollout("web").analysis.queries.iter().map(says).collect()
}

#[test]
fn a_query_follows_the_objects_that_name_it() {
    let mut world = World::of(family(&["one"]));
    read(&mut world, &Kind::CANARY);
    assert_eq!(asked(&mut world), [""; 0]);
    let metrics = json!([{"name": "m", "templateRef": {"name": "errors"}}]);
    let canary = object(
        Kind::CANARY,
        "web",
        json!({"spec": {"targetRef": {"kind": "Deployment", "name": "web"}, "analysis": {"metrics": metrics}}}),
    );
    world.put(canary.clone());
    assert_eq!(asked(&mut world), ["(metrictemplate/errors is not read: see rolldeck doctor)"]);
    read(&mut world, &Kind::METRIC_TEMPLATE);
    assert_eq!(asked(&mut world), ["(there is no metrictemplate/errors)"]);
    world.put(template("up"));
    assert_eq!(asked(&mut world), ["up"]);
    world.put(template("up{a=\"{{ target }}\"}"));
    assert_eq!(asked(&mut world), ["up{a=\"web\"}"]);
    world.gone(canary);
    assert_eq!(asked(&mut world), [""; 0]);
}
