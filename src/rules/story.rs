//! A story for a rule's test: one Deployment, its versions with their pods, and what was said about them.

use std::sync::Arc;

use super::{Case, Noticed, Side, check, settle};
use crate::domain::{
    Course, Deployment, Event, Finding, Hpa, LogTail, Moment, Phase, Pod, Pods, ReplicaSet, Role, Rollout,
    RolloutStatus, Split, Standing, Text, Version, num,
    sample::{self, NOW},
};

/// All of it; a test bends what it needs.
pub(super) struct Story {
    pub(super) rollout: Rollout,
    pub(super) deployment: Deployment,
    pub(super) sets: Vec<ReplicaSet>,
    pub(super) events: Vec<Event>,
    pub(super) scalers: Vec<Hpa>,
    pub(super) tails: Vec<LogTail>,
    pub(super) now: Moment,
}

impl Story {
    /// Version web:2 is being rolled out with these pods.
    pub(super) fn of(pods: Vec<Pod>) -> Self {
        let deployment = sample::deployment("web:2", num::count_i32(pods.len()));
        let rollout = Rollout {
            at: deployment.meta.at.clone(),
            uid: deployment.meta.uid.clone(),
            labels: deployment.meta.labels.clone(),
            system: "deployment".into(),
            parent: None,
            phase: Phase::Progressing,
            says: Text::default(),
            cause: None,
            since: None,
            status: RolloutStatus { standing: Standing::Waiting, says: Text::default() },
            created: deployment.meta.created,
            generation: 1,
            observed: 1,
            desired: deployment.replicas,
            forces: Vec::new(),
            analysis: crate::domain::Analysis::default(),
            course: Course::default(),
            door: crate::domain::Doorstep::default(),
            versions: Vec::new(),
            findings: Vec::new(),
            wants: Vec::new(),
            offers: Vec::new(),
            again: None,
        };
        let story = Self {
            rollout,
            deployment,
            sets: Vec::new(),
            events: Vec::new(),
            scalers: Vec::new(),
            tails: Vec::new(),
            now: NOW,
        };
        story.with(Role::New, "web:2", pods)
    }

    /// One more version, older than those before.
    pub(super) fn with(mut self, role: Role, image: &str, pods: Vec<Pod>) -> Self {
        let number = 9 - i64::try_from(self.sets.len()).unwrap();
        let mut set = sample::set(number, image, num::count_i32(pods.len()));
        let ready = num::count_i32(pods.iter().filter(|pod| pod.is_ready()).count());
        (set.ready, set.available) = (ready, ready);
        let counts = Pods {
            desired: set.replicas,
            have: set.have,
            ready,
            available: ready,
            list: pods.into_iter().map(Arc::new).collect(),
            known: true,
            ended: Vec::new(),
        };
        self.rollout.versions.push(Version {
            at: set.meta.at.clone(),
            uid: set.meta.uid.clone(),
            role,
            revision: Some(number),
            images: set.template.images.clone(),
            cause: None,
            created: set.meta.created,
            sets: vec![set.meta.at.name.clone()],
            pods: counts,
            split: Split::default(),
            services: Vec::new(),
            metrics: None,
            peak: None,
        });
        self.sets.push(set);
        self
    }

    /// With an event.
    pub(super) fn said(mut self, event: Event) -> Self {
        self.events.push(event);
        self
    }

    /// What all rules notice.
    pub(super) fn noticed(&self) -> Noticed {
        check(&self.case())
    }

    /// What rules look at.
    pub(super) fn case(&self) -> Case<'_> {
        let sides = self.rollout.versions.iter().zip(&self.sets);
        Case {
            rollout: &self.rollout,
            deployment: Some(&self.deployment),
            versions: sides.map(|(version, set)| Side { version, set: Some(set) }).collect(),
            events: self.events.iter().collect(),
            scalers: self.scalers.iter().collect(),
            tails: self.tails.iter().collect(),
            now: self.now,
        }
    }

    /// The rollout after all rules.
    pub(super) fn settled(mut self) -> Rollout {
        let noticed = self.noticed();
        settle(&mut self.rollout, noticed);
        self.rollout
    }

    /// The findings of a rule.
    pub(super) fn all(&self, rule: &str) -> Vec<Finding> {
        self.noticed().findings.into_iter().filter(|finding| finding.rule == rule).collect()
    }

    /// The one finding of a rule.
    pub(super) fn one(&self, rule: &str) -> Finding {
        let mut found = self.all(rule);
        assert_eq!(found.len(), 1, "{rule}: {:#?}", self.noticed().findings);
        found.remove(0)
    }

    /// The rules that noticed anything, worst first.
    pub(super) fn rules(&self) -> Vec<String> {
        self.noticed().findings.iter().map(|finding| finding.rule.to_string()).collect()
    }
}
