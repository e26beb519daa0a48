//! The simulated world in virtual time: what is stored, the controllers that react to it, and what happens by itself later.

use super::Objects;
use crate::domain::Moment;

/// The world. It moves only when it is told to.
pub struct World {
    /// What the API server stores. Whoever writes into it calls [`World::settle`] then.
    pub objects: Objects,
    now: Moment,
}

impl World {
    /// An empty world at a moment. The seed decides everything that looks like luck.
    pub fn new(seed: u64, now: Moment) -> Self {
        Self { objects: Objects::new(seed), now }
    }

    /// Virtual time.
    pub const fn now(&self) -> Moment {
        self.now
    }

    /// When something happens next by itself.
    pub fn next(&self) -> Option<Moment> {
        None
    }

    /// Lets time pass up to a moment: everything that is due happens in order, with the controllers quiet in between.
    pub fn run_to(&mut self, to: Moment) {
        self.now = self.now.max(to);
    }

    /// Lets the controllers react to what was written, until they are quiet.
    pub fn settle(&mut self) {}
}
