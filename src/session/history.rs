//! The revisions of a rollout: a cursor, a mark, and the way to differences and back to a revision.

use std::cmp::Reverse;

use super::{
    Done, Screen, Session, Why,
    deck::alive,
    motion::{scroll, step},
    refuse,
};
use crate::{
    domain::{Args, DiffAsk, Fleet, Intent, Phase, Ref, Role, Rollout, Uid, Verb, Version},
    input::{History, Move},
};

/// The screen of revisions.
#[derive(Clone, Debug, Default)]
pub struct HistoryState {
    /// The selected revision, by its ReplicaSet.
    pub cursor: Option<Uid>,
    /// The row it was last seen in.
    pub row: usize,
    /// The revision that others are compared with.
    pub marked: Option<Uid>,
    /// Lines scrolled in a difference.
    pub diff_top: usize,
}

/// The versions of a rollout by revision, the newest first; those without a number last.
fn by_revision(rollout: &Rollout) -> Vec<&Version> {
    let mut versions: Vec<&Version> = rollout.versions.iter().collect();
    versions.sort_by_key(|v| (Reverse(v.revision), Reverse(v.created), &v.at.name));
    versions
}

/// What a version is compared with if nobody says with what: the one that served when it came, or the revision before it.
fn before<'r>(rollout: &'r Rollout, of: &Version) -> Option<&'r Version> {
    let serving = rollout.versions.iter().find(|v| of.role == Role::New && v.role == Role::Stable);
    serving.or_else(|| by_revision(rollout).into_iter().skip_while(|v| v.uid != of.uid).nth(1))
}

/// The difference of two versions; the older revision is the older side, whichever was chosen first.
fn between(a: &Version, b: &Version) -> DiffAsk {
    let (old, new) = if (a.revision, a.created) <= (b.revision, b.created) { (a, b) } else { (b, a) };
    DiffAsk { old: old.at.clone(), new: new.at.clone() }
}

impl Session {
    /// The rows of the screen of revisions, the newest first. Empty on other screens.
    pub fn revisions<'f>(&self, fleet: &'f Fleet) -> Vec<&'f Version> {
        let Screen::History(at) = self.screen() else { return Vec::new() };
        fleet.rollouts.get(at).map(|rollout| by_revision(rollout)).unwrap_or_default()
    }

    /// The row of the selected revision; the row it was last seen in once it is gone. None only when there are no rows.
    pub fn revision_row(&self, revisions: &[&Version]) -> Option<usize> {
        let last = revisions.len().checked_sub(1)?;
        let seen = revisions.iter().position(|v| Some(&v.uid) == self.history.cursor.as_ref());
        Some(seen.unwrap_or_else(|| self.history.row.min(last)))
    }

    pub(super) fn settle_history(&mut self, fleet: &Fleet) {
        let revisions = self.revisions(fleet);
        if let Some(row) = self.revision_row(&revisions) {
            self.put_revision(&revisions, row);
        }
    }

    fn put_revision(&mut self, revisions: &[&Version], row: usize) {
        if let Some(version) = revisions.get(row) {
            self.history.cursor = Some(version.uid.clone());
            self.history.row = row;
        }
    }

    pub(super) fn on_history(&mut self, action: History, fleet: &Fleet) -> Done {
        let Screen::History(at) = self.screen().clone() else {
            return Err(refuse("only on the screen of revisions"));
        };
        let rollout = alive(&at, fleet)?;
        let revisions = self.revisions(fleet);
        let row = self.revision_row(&revisions);
        let selected = row.and_then(|row| revisions.get(row)).ok_or_else(|| refuse("there are no revisions"))?;
        match action {
            History::Compare => {
                let ask = self.compared(rollout, selected)?;
                self.show_diff(&at, ask);
            }
            History::Mark => {
                let is_marked = self.history.marked.as_ref() == Some(&selected.uid);
                self.history.marked = (!is_marked).then(|| selected.uid.clone());
            }
            History::UndoTo => {
                let revision = selected.revision.ok_or_else(|| refuse("this version has no revision number"))?;
                self.offered(&at, Verb::Undo, fleet)?;
                return self.plan(Intent { target: at, verb: Verb::Undo, args: Args::Revision(revision) });
            }
        }
        Ok(None)
    }

    /// The selected revision against the marked one, or against what runs; what runs itself against what was before it.
    fn compared(&self, rollout: &Rollout, selected: &Version) -> Result<DiffAsk, Why> {
        let is_other = |other: &&Version| other.uid != selected.uid;
        let marked = self.history.marked.as_ref().and_then(|uid| rollout.version(uid)).filter(is_other);
        let other = marked.or_else(|| rollout.newest().filter(is_other));
        let other = other.or_else(|| before(rollout, selected));
        other
            .map(|other| between(other, selected))
            .ok_or_else(|| refuse("there is no other revision to compare it with"))
    }

    pub(super) fn open_history(&mut self, at: Ref, fleet: &Fleet) -> Result<(), Why> {
        if alive(&at, fleet)?.versions.is_empty() {
            return Err(refuse("this rollout has no versions yet"));
        }
        self.history = HistoryState::default();
        self.screens.push(Screen::History(at));
        self.settle_history(fleet);
        Ok(())
    }

    /// What changed last: the newest version and what served before it. While the rollout is paused and nothing is being
    /// rolled out, what waits for the resume: the object's own template and what runs.
    pub(super) fn open_diff(&mut self, at: &Ref, fleet: &Fleet) -> Result<(), Why> {
        let rollout = alive(at, fleet)?;
        let newest = rollout.newest().ok_or_else(|| refuse("this rollout has no versions yet"))?;
        let ask = if rollout.phase == Phase::Paused && newest.role != Role::New {
            DiffAsk { old: newest.at.clone(), new: at.clone() }
        } else {
            let before = before(rollout, newest).ok_or_else(|| refuse("there is no version before this one"))?;
            DiffAsk { old: before.at.clone(), new: newest.at.clone() }
        };
        self.show_diff(at, ask);
        Ok(())
    }

    fn show_diff(&mut self, at: &Ref, ask: DiffAsk) {
        self.history.diff_top = 0;
        self.screens.push(Screen::Diff(at.clone(), Box::new(ask)));
    }

    pub(super) fn move_in_history(&mut self, motion: Move, at: &Ref, fleet: &Fleet) -> Done {
        alive(at, fleet)?;
        let revisions = self.revisions(fleet);
        let row = self.revision_row(&revisions).ok_or_else(|| refuse("there are no revisions"))?;
        let to = step(motion, row, revisions.len(), self.page());
        self.put_revision(&revisions, to.ok_or_else(|| refuse("this list only scrolls up and down"))?);
        Ok(None)
    }

    pub(super) fn move_in_diff(&mut self, motion: Move, fleet: &Fleet) -> Done {
        let shown = fleet.desk.diff.as_ref().filter(|diff| self.diffing() == Some(&diff.of));
        let lines = shown.and_then(|diff| diff.lines.as_ref().ok()).map_or(0, Vec::len);
        // Line by line it goes on to the last one: long lines take several rows, so that half a screen may be too few.
        let along = if motion == Move::Bottom { scroll } else { step };
        let to = along(motion, self.history.diff_top, lines, self.page());
        self.history.diff_top = to.ok_or_else(|| refuse("a difference only scrolls up and down"))?;
        Ok(None)
    }
}
