//! A rollout run forward: the controller's arithmetic, event by event, on counts of pods and the moments at which they become
//! ready. One sync of the Deployment's controller at a time, each followed by what the `ReplicaSets` do about it: one of the
//! sequences that the real ones, which run side by side, can show.

use std::collections::BTreeMap;

use super::pace::{Pace, Run};
use crate::systems::deployment::arithmetic::{self, Bounds, Counts, Recreate, Share, Sizes, Strategy};

/// Pods by the moment at which they become (or became) ready, milliseconds from now.
type Pods = BTreeMap<i64, i32>;

/// A pod that does not become ready by itself.
pub(super) const NEVER: i64 = i64::MAX;
/// A pod that has been ready long enough for everything.
pub(super) const LONG_AGO: i64 = i64::MIN / 4;
/// More steps than any rollout takes: a mistake, and no forecast.
const STEPS: usize = 100_000;

/// One version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Side {
    /// Pods that it is to have.
    pub(super) size: i32,
    /// Pods that it has, but for those that end.
    pub(super) pods: Pods,
    /// The replicas that it was last scaled for.
    pub(super) scaled_for: i32,
    /// The most pods that all versions were to have then.
    pub(super) most: i32,
    /// Whether pods that it starts become ready.
    pub(super) fails: bool,
}

/// What is wanted of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Goal {
    /// The new version alone, all of it available.
    RolledOut,
    /// That many pods of any version, all of them available.
    Scaled,
    /// Nothing but the change itself.
    Written,
}

/// A rollout with the change made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fork {
    pub(super) strategy: Strategy,
    pub(super) replicas: i32,
    pub(super) is_paused: bool,
    /// How long a pod must be ready to be available.
    pub(super) min_ready_ms: i64,
    /// The versions, oldest first.
    pub(super) sides: Vec<Side>,
    /// The one that runs the wanted template; None while there is none.
    pub(super) new: Option<usize>,
    /// Pods that end, by the moment at which they are gone.
    pub(super) ending: Pods,
    pub(super) goal: Goal,
}

/// What came of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Course {
    /// Pods created.
    pub(super) started: i32,
    /// Pods deleted.
    pub(super) stopped: i32,
    /// When it was done; None if it came to rest before.
    pub(super) done: Option<i64>,
    /// When nothing moved any more.
    pub(super) rest: i64,
    /// The fewest ready pods, those of now included.
    pub(super) lowest: i32,
    /// For how long none was ready, milliseconds, after some were.
    pub(super) down: i64,
    /// Whether none is ready in the end, after some were.
    pub(super) is_down: bool,
    /// The longest time without a pod more that is available.
    pub(super) idle: i64,
}

impl Side {
    fn have(&self) -> i32 {
        self.pods.values().sum()
    }

    /// Pods that are ready at a moment.
    fn ready(&self, at: i64) -> i32 {
        self.pods.range(..=at).map(|(_, pods)| pods).sum()
    }

    fn available(&self, at: i64, min_ready_ms: i64) -> i32 {
        self.ready(at.saturating_sub(min_ready_ms))
    }
}

impl Fork {
    /// Runs it until nothing moves any more; None if that does not happen within reason.
    pub(super) fn run(mut self, pace: &Pace, run: Run) -> Option<Course> {
        let mut starts = pace.starts(run);
        let mut drains = pace.drains(run);
        let mut course = Course { lowest: self.ready(0), ..Course::default() };
        let serves = course.lowest > 0;
        let (mut now, mut down_since, mut progress) = (0, None, 0);
        for _ in 0..STEPS {
            let before = self.available(now);
            for _ in 0..STEPS {
                let moved = self.sync(now);
                if !self.place(now, &mut course, (&mut starts, &mut drains)) && !moved {
                    break;
                }
            }
            let ready = self.ready(now);
            course.lowest = course.lowest.min(ready);
            match (ready == 0 && serves, down_since) {
                (true, None) => down_since = Some(now),
                (false, Some(since)) => {
                    course.down += now - since;
                    down_since = None;
                }
                (true, Some(_)) | (false, None) => {}
            }
            if course.done.is_none() && self.is_done(now) {
                course.done = Some(now);
            }
            course.rest = now;
            let Some(next) = self.next(now) else {
                course.is_down = down_since.is_some();
                return Some(course);
            };
            self.ending.retain(|gone, _| *gone > next);
            now = next;
            if self.available(now) > before && course.done.is_none() {
                course.idle = course.idle.max(now - progress);
                progress = now;
            }
        }
        None
    }

    fn ready(&self, at: i64) -> i32 {
        self.sides.iter().map(|side| side.ready(at)).sum()
    }

    fn available(&self, at: i64) -> i32 {
        self.sides.iter().map(|side| side.available(at, self.min_ready_ms)).sum()
    }

    /// When something happens next by itself: a pod becomes ready or available, or is gone.
    fn next(&self, now: i64) -> Option<i64> {
        let after = |pods: &Pods, from: i64| pods.range(from.saturating_add(1)..NEVER).next().map(|(at, _)| *at);
        let ready = self.sides.iter().filter_map(|side| after(&side.pods, now));
        let available = self.sides.iter().filter_map(|side| after(&side.pods, now - self.min_ready_ms));
        ready.chain(available.map(|at| at + self.min_ready_ms)).chain(after(&self.ending, now)).min()
    }

    /// `kubectl rollout status`, and the number of pods for a change of scale.
    fn is_done(&self, at: i64) -> bool {
        let new = self.new.and_then(|new| self.sides.get(new));
        let all = Counts {
            replicas: self.sides.iter().map(Side::have).sum(),
            updated: new.map_or(0, Side::have),
            available: self.available(at),
            ..Counts::default()
        };
        match self.goal {
            Goal::Written => true,
            Goal::Scaled => all.replicas == self.replicas && all.available == self.replicas,
            // A change that brings a new template waits for its version even where no pod is wanted.
            Goal::RolledOut => new.is_some() && all.complete(self.replicas),
        }
    }

    /// One sync of the Deployment's controller. Whether it changed a size.
    fn sync(&mut self, now: i64) -> bool {
        let before: Vec<i32> = self.sides.iter().map(|side| side.size).collect();
        let is_scaled = self.sides.iter().any(|side| side.size > 0 && side.scaled_for != self.replicas);
        if self.is_paused || is_scaled {
            self.rescale(now);
        } else {
            match self.strategy {
                Strategy::Rolling { .. } => self.roll(now),
                Strategy::Recreate => self.recreate(),
            }
        }
        self.sides.iter().map(|side| side.size).ne(before)
    }

    fn bounds(&self) -> Bounds {
        self.strategy.bounds(self.replicas)
    }

    fn sizes(&self, at: usize, now: i64) -> Sizes {
        self.sides.get(at).map_or_else(Sizes::default, |side| Sizes {
            replicas: side.size,
            available: side.available(now, self.min_ready_ms),
        })
    }

    fn active(&self) -> Vec<usize> {
        (0..self.sides.len()).filter(|at| self.sides.get(*at).is_some_and(|side| side.size > 0)).collect()
    }

    fn scale(&mut self, at: usize, size: i32) {
        let (replicas, most) = (self.replicas, self.bounds().most());
        if let Some(side) = self.sides.get_mut(at) {
            (side.size, side.scaled_for, side.most) = (size, replicas, most);
        }
    }

    /// The position of the new version, which is made where there is none.
    fn make_new(&mut self) -> usize {
        let (replicas, most) = (self.replicas, self.bounds().most());
        *self.new.get_or_insert_with(|| {
            self.sides.push(Side { scaled_for: replicas, most, ..Side::default() });
            self.sides.len() - 1
        })
    }

    fn roll(&mut self, now: i64) {
        let new = self.make_new();
        let (bounds, is) = (self.bounds(), self.sizes(new, now));
        let grown = bounds.new_size(self.sides.iter().map(|side| side.size).sum(), is.replicas);
        if grown != is.replicas {
            return self.scale(new, grown);
        }
        let old: Vec<usize> = self.active().into_iter().filter(|at| *at != new).collect();
        let sizes: Vec<Sizes> = old.iter().map(|at| self.sizes(*at, now)).collect();
        for (at, size) in old.into_iter().zip(bounds.shrink(is, &sizes).scaled) {
            self.scale(at, size);
        }
    }

    fn recreate(&mut self) {
        let is_old = |at: &usize| Some(*at) != self.new;
        let old: Vec<usize> = (0..self.sides.len()).filter(is_old).collect();
        let olds = || old.iter().filter_map(|at| self.sides.get(*at));
        let sizes: Vec<i32> = olds().map(|side| side.size).collect();
        let run = olds().any(|side| side.have() > 0) || !self.ending.is_empty();
        match arithmetic::recreate(&sizes, run) {
            Recreate::ScaleDown => old.into_iter().for_each(|at| self.scale(at, 0)),
            Recreate::Wait => {}
            Recreate::ScaleUp => {
                let new = self.make_new();
                self.scale(new, self.replicas);
            }
        }
    }

    /// Paused, or the number of pods was changed.
    fn rescale(&mut self, now: i64) {
        let active = self.active();
        let newest = || self.new.or_else(|| self.sides.len().checked_sub(1));
        let only = match active.as_slice() {
            [] => newest(),
            [one] => Some(*one),
            [..] => None,
        };
        let is_full = |new: usize| {
            let Sizes { replicas, available } = self.sizes(new, now);
            let scaled_for = self.sides.get(new).map(|side| side.scaled_for);
            replicas == self.replicas && available == self.replicas && scaled_for == Some(self.replicas)
        };
        if let Some(only) = only {
            self.scale(only, self.replicas);
        } else if let Some(new) = self.new.filter(|new| is_full(*new)) {
            active.into_iter().filter(|at| *at != new).for_each(|at| self.scale(at, 0));
        } else if matches!(self.strategy, Strategy::Rolling { .. }) {
            let sides = active.iter().filter_map(|at| self.sides.get(*at));
            let shares: Vec<Share> = sides.map(|side| Share { replicas: side.size, max: Some(side.most) }).collect();
            let have = self.sides.iter().map(Side::have).sum();
            for (at, size) in active.into_iter().zip(self.bounds().proportional(&shares, have)) {
                self.scale(at, size);
            }
        }
    }

    /// What the `ReplicaSets` do: start what is missing, stop what is too much, the pods that are not ready and the youngest
    /// first. Whether anything was done.
    fn place(
        &mut self,
        now: i64,
        course: &mut Course,
        (starts, drains): (&mut impl Iterator<Item = i64>, &mut impl Iterator<Item = i64>),
    ) -> bool {
        let before = (course.started, course.stopped);
        for side in &mut self.sides {
            let have = side.have();
            for _ in have..side.size {
                let takes = starts.next().filter(|_| !side.fails);
                *side.pods.entry(takes.map_or(NEVER, |takes| now + takes)).or_default() += 1;
                course.started += 1;
            }
            for _ in side.size..have {
                let Some(mut last) = side.pods.last_entry() else { break };
                *last.get_mut() -= 1;
                if *last.get() == 0 {
                    last.remove();
                }
                // It is there a moment longer even if it ends at once.
                let takes = drains.next().unwrap_or(0).max(1);
                *self.ending.entry(now + takes).or_default() += 1;
                course.stopped += 1;
            }
        }
        before != (course.started, course.stopped)
    }
}
