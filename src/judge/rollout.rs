//! All versions of a rollout beside its stable one, block by block, and whether it is the release that hurts. Which version
//! is the stable one is told, not found; blocks are kept by those who count them.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    cause::{self, Course},
    crew::Crew,
    pair::Pair,
    unequal,
};
use crate::domain::{Block, Cause, Criteria, Judgement, Moment, Name, PodTraits, Uid, Verdict};

/// One block of everything, with the same boundaries.
#[derive(Clone, Copy, Debug)]
pub struct Step<'a> {
    /// The stable version's.
    pub stable: &'a Arc<Block>,
    /// Those of the other versions.
    pub others: &'a [(Uid, Arc<Block>)],
    /// Those of the neighbours: what else runs in the namespace.
    pub neighbours: &'a [(Name, Arc<Block>)],
    /// What is known of the pods of all versions.
    pub traits: &'a [PodTraits],
}

/// The comparison of all versions of a rollout with its stable one. It holds on to the blocks that it was given: about three
/// hours of them at most, then begin anew.
#[derive(Clone, Debug)]
pub struct Judge {
    criteria: Criteria,
    stable: Uid,
    others: BTreeMap<Uid, (Pair, Course)>,
    course: Course,
    neighbours: BTreeMap<Name, (Course, Crew)>,
    at: Moment,
}

impl Judge {
    /// Nothing seen yet. When another version becomes the stable one, begin anew.
    pub fn new(stable: Uid, criteria: Criteria) -> Self {
        Self {
            criteria,
            stable,
            others: BTreeMap::new(),
            course: Course::default(),
            neighbours: BTreeMap::new(),
            at: Moment::default(),
        }
    }

    /// One more block of all. Blocks that are not later than the last one are passed over: they were counted.
    pub fn add(&mut self, step: &Step) {
        if step.stable.at <= self.at {
            return;
        }
        self.at = step.stable.at;
        self.course.add(step.stable);
        for (name, block) in step.neighbours {
            let (course, crew) = self.neighbours.entry(name.clone()).or_default();
            course.add(block);
            crew.add(block);
        }
        for (version, block) in step.others {
            let fresh = || (Pair::new(self.criteria), Course::default());
            let (pair, course) = self.others.entry(version.clone()).or_insert_with(fresh);
            pair.add(block, step.stable, step.traits);
            course.add(block);
        }
    }

    /// What is said of each version beside the stable one.
    pub fn judgements(&self, traits: &[PodTraits]) -> Vec<Judgement> {
        self.others.iter().map(|(version, (pair, course))| self.judgement(version, pair, course, traits)).collect()
    }

    fn judgement(&self, version: &Uid, pair: &Pair, course: &Course, traits: &[PodTraits]) -> Judgement {
        let crews = pair.crews();
        let [new, stable] = crews;
        let level = self.criteria.level;
        let outliers = [new.outlier(version, level), stable.outlier(&self.stable, level)];
        let unequal = [unequal::pods(crews), pair.left_out(), unequal::place(crews, traits)];
        Judgement {
            new: version.clone(),
            stable: self.stable.clone(),
            at: self.at,
            new_total: course.total(),
            stable_total: self.course.total(),
            errors: pair.errors().clone(),
            latency: pair.latency().clone(),
            causes: self.causes(pair, course, traits),
            outliers: outliers.into_iter().flatten().collect(),
            unequal: unequal.into_iter().flatten().collect(),
        }
    }

    fn causes(&self, pair: &Pair, course: &Course, traits: &[PodTraits]) -> Vec<Cause> {
        let courses = self.neighbours.iter().map(|(name, (course, _))| (name, course));
        let everywhere = cause::everywhere((course, &self.course), courses, &self.criteria);
        let beside: Vec<(&Name, &Crew)> = self.neighbours.iter().map(|(name, (_, crew))| (name, crew)).collect();
        let common = cause::common((&pair.crews(), &beside), traits, &self.criteria);
        let found: Vec<Cause> = everywhere.into_iter().chain(common).collect();
        let is_worse = [pair.errors(), pair.latency()].iter().any(|said| said.verdict == Verdict::Worse);
        if found.is_empty() && is_worse { vec![Cause::Release] } else { found }
    }
}
