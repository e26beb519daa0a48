//! A story with its traffic and its Prometheus: what moves with the world of the demo.

#[cfg(test)]
mod tests;

use serde_json::Value;

use super::{
    Around, Line, Scenario, Traffic, World,
    prom::{Tsdb, answer},
    scenario::Script,
};
use crate::domain::Moment;

/// A story that is being told. [`Story::begin`] gives it with its world; who lets time pass in that world lets it pass here.
pub struct Story {
    script: Script,
    traffic: Traffic,
    db: Tsdb,
}

impl Story {
    /// The world of a scenario before anything happened, and the story to go on with. Its screen opens at `opens`: what is
    /// to have happened by then happens when time passes up to it.
    pub fn begin(scenario: Scenario, seed: u64, opens: Moment) -> (World, Self) {
        let script = Script::new(scenario, opens);
        let world = script.world(seed);
        (world, Self { script, traffic: Traffic::new(seed), db: Tsdb::default() })
    }

    /// The first step that the world refused, and why: a mistake in the story, unless somebody else changed its world.
    pub fn refused(&self) -> Option<&str> {
        self.script.refused()
    }

    fn pass(&mut self, world: &mut World, to: Moment) {
        let from = self.script.traffic_from();
        world.run_to(to.min(from));
        if to > from {
            self.traffic.run_to(world, to, &mut self.db);
        }
    }
}

impl Around for Story {
    fn run_to(&mut self, world: &mut World, to: Moment) {
        while let Some(next) = self.script.next().filter(|next| *next <= to) {
            self.pass(world, next);
            self.script.act(world);
        }
        self.pass(world, to);
    }

    fn next(&self) -> Option<Moment> {
        self.script.next()
    }

    fn prometheus(&self, (path, query, form): (&str, &str, &[u8]), now: Moment) -> (u16, Value) {
        answer(&self.db, path, query, form, now)
    }

    fn requests(&self, _world: &World, pod: &Value, span: (Moment, Moment)) -> Vec<Line> {
        self.traffic.access_log(pod, span)
    }
}
