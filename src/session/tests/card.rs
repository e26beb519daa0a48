//! The card: when enter confirms, and above all when it does not.

use std::sync::Arc;

use proptest::prelude::*;

use super::steer;
use crate::{
    domain::{Card, DryRun, Guard, Intent, Moment, Plan, PlanState, Text, Weight, Why},
    input::Chord,
    session::{CardState, Effect, Overlay, fixture::Story},
};

fn card(id: u64, intent: &Intent) -> Card {
    Card {
        id,
        intent: intent.clone(),
        title: "undo web to revision 1".into(),
        changes: Vec::new(),
        writes: Vec::new(),
        kubectl: Err(Why("none".into())),
        guards: Vec::new(),
        dry_run: DryRun::Accepted(Vec::new()),
        destructive: false,
        needs_reason: false,
        made: Moment(0),
        flight: None,
        generation: 1,
    }
}

/// The card of undo is open, and no plan is there yet.
fn open() -> Story {
    let mut story = steer::deck();
    story.keys("u");
    story
}

impl Story {
    /// The loop publishes a plan.
    fn plan(&mut self, state: impl FnOnce(Card) -> PlanState) {
        let intent = self.session.planning().unwrap().clone();
        let state = state(card(7, &intent));
        self.fleet.desk.plan = Some(Plan { intent, state, notice: None });
        self.look();
    }

    /// A frame shows what is so.
    fn frame(&mut self) {
        self.look();
        self.session.was_drawn(&self.fleet);
    }

    fn state(&self) -> &CardState {
        match &self.session.overlay {
            Some(Overlay::Card(card)) => card,
            other => panic!("no card: {other:?}"),
        }
    }
}

fn ready(card: Card) -> PlanState {
    PlanState::Ready(Arc::new(card))
}

fn unwritable(card: Card) -> PlanState {
    PlanState::Unwritable(Arc::new(card), Why("the journal x cannot be written: disk full".into()))
}

/// What the confirmation of a card comes to.
fn confirm(card: u64, reason: &str) -> Option<Effect> {
    Effect::Confirm { card, reason: reason.into() }.into()
}

#[test]
fn enter_confirms_what_was_read_once() {
    let mut story = open();
    story.plan(ready);
    story.frame();
    story.types("INC-7, why? ");
    assert_eq!(story.keys("enter"), confirm(7, "INC-7, why?"));
    assert_eq!((story.keys("enter"), story.notice()), (None, "confirmed already: it is on its way"));
    story.plan(|card| PlanState::Journaling(Arc::new(card)));
    story.frame();
    story.types("more");
    assert_eq!((story.keys("enter"), story.notice()), (None, "confirmed: it is being written into the journal"));
    assert_eq!(story.state().reason.text(), "INC-7, why? ", "what was confirmed is not edited");
    story.fleet.desk.plan = None;
    story.look();
    assert!(story.session.overlay.is_none(), "it closes by itself");
}

#[test]
fn enter_before_the_card_was_drawn_only_says_so() {
    const MAKING: &str = "the plan is still being made: read it, then choose confirm";
    let mut story = open();
    assert_eq!((story.keys("enter"), story.notice()), (None, MAKING));
    story.plan(|_| PlanState::Making);
    story.frame();
    assert_eq!((story.keys("enter"), story.notice()), (None, MAKING));
    story.plan(ready);
    assert_eq!((story.keys("enter"), story.notice()), (None, NOT_YET));
    story.frame();
    assert!(!story.state().confirms, "a key that is held down comes again");
    assert_eq!(story.keys("tab enter"), confirm(7, ""));
}

#[test]
fn an_enter_that_came_too_early_makes_the_next_one_cancel() {
    for makes in [PlanState::Making, PlanState::Refused(Why("moment".into()))] {
        let mut story = open();
        let early = matches!(makes, PlanState::Making);
        story.plan(|_| makes);
        story.frame();
        story.keys("enter");
        story.plan(ready);
        story.frame();
        let sent = story.keys("enter");
        assert_eq!(sent, if early { None } else { confirm(7, "") });
    }
}

const NOT_YET: &str = "it was not on the screen yet: read it, then choose confirm";

#[test]
fn a_screen_too_small_to_draw_it_is_no_reading() {
    let mut story = open();
    story.plan(ready);
    story.session.size = (39, 24);
    story.frame();
    assert_eq!((story.keys("enter"), story.notice()), (None, NOT_YET));
}

#[test]
fn a_card_that_changed_under_the_finger_is_read_again() {
    let mut story = open();
    story.plan(ready);
    story.frame();
    story.types("why");
    story.plan(|card| ready(Card { id: 8, ..card }));
    assert_eq!((story.keys("enter"), story.notice()), (None, "it changed in the meantime: read it again"));
    assert!(!story.state().confirms, "a fresh card is chosen about afresh");
    story.frame();
    assert_eq!(story.keys("tab enter"), confirm(8, "why"));
}

#[test]
fn a_fresh_card_after_a_confirmation_wants_another_one() {
    let mut story = open();
    story.plan(ready);
    story.frame();
    assert_eq!(story.keys("enter"), confirm(7, ""));
    story.plan(|card| ready(Card { id: 8, ..card }));
    story.frame();
    assert!(!story.state().is_confirmed());
    assert!(!story.state().confirms, "enter must not mean a card that nobody has read");
    assert_eq!(story.keys("tab enter"), confirm(8, ""));
}

#[test]
fn a_card_that_was_confirmed_is_not_confirmed_again_when_it_is_opened_again() {
    let mut story = open();
    story.plan(ready);
    story.frame();
    assert_eq!(story.keys("enter"), confirm(7, ""));
    story.keys("esc");
    assert_eq!(story.notice(), "confirmed before: closing takes nothing back");
    story.keys("u");
    story.frame();
    assert_eq!((story.keys("enter"), story.notice()), (None, "confirmed already: it is on its way"));
}

#[test]
fn a_destructive_card_starts_at_cancel() {
    let mut story = open();
    story.plan(|card| ready(Card { destructive: true, ..card }));
    story.frame();
    assert_eq!(
        (story.keys("enter"), story.notice(), story.session.overlay.is_none()),
        (None, "cancelled: nothing was sent", true)
    );
    story.keys("u");
    story.plan(|card| ready(Card { destructive: true, ..card }));
    story.frame();
    assert_eq!(story.keys("shift-tab enter"), confirm(7, ""));
}

#[test]
fn what_is_stopped_or_refused_is_not_confirmed() {
    let stop = Guard { rule: "stale-view".into(), weight: Weight::Stop, says: "too old to steer by".into() };
    let mut story = open();
    story.plan(|card| ready(Card { guards: vec![stop], ..card }));
    story.frame();
    assert_eq!((story.keys("tab enter"), story.notice()), (None, "refused: too old to steer by"));
    story.plan(|card| ready(Card { id: 8, dry_run: DryRun::Refused("denied".into()), ..card }));
    story.frame();
    assert_eq!((story.keys("tab enter"), story.notice()), (None, "refused: denied"));
    story.plan(|_| PlanState::Refused(Why("no such revision".into())));
    story.frame();
    assert_eq!((story.keys("tab enter"), story.notice()), (None, "refused: no such revision"));
}

#[test]
fn a_needed_reason_is_asked_for() {
    let mut story = open();
    story.plan(|card| ready(Card { needs_reason: true, ..card }));
    story.frame();
    story.types("  ");
    assert_eq!((story.keys("enter"), story.notice()), (None, "a reason is needed here: type why"));
    story.types("x");
    assert_eq!(story.keys("enter"), confirm(7, "x"));
}

#[test]
fn a_full_disk_takes_another_file_and_one_more_enter_that_was_meant_for_it() {
    let mut story = open();
    story.plan(ready);
    story.frame();
    story.types("why");
    assert_eq!(story.keys("enter"), confirm(7, "why"));
    story.plan(unwritable);
    assert_eq!(story.keys("enter"), None, "this enter was typed before the trouble was on the screen");
    assert_eq!(story.notice(), "it changed in the meantime: read it again");
    story.frame();
    assert_eq!(story.state().file.text(), "/tmp/rolldeck-journal.jsonl");
    story.types("2");
    let into = |file: &str| Some(Effect::ConfirmInto { card: 7, reason: "why".into(), file: file.into() });
    assert_eq!(story.keys("enter"), into("/tmp/rolldeck-journal.jsonl2"));
    assert_eq!(story.keys("enter"), None, "{}", story.notice());
    story.plan(|card| PlanState::Journaling(Arc::new(card)));
    story.plan(unwritable);
    story.frame();
    assert_eq!((story.keys("ctrl-u enter"), story.notice()), (None, "name a file that can be written"));
    story.types("~/j");
    assert_eq!((story.keys("enter"), story.notice()), (None, "write the whole path: ~ is only known to shells"));
    story.keys("ctrl-u");
    story.session.paste("/mnt/j\n");
    assert_eq!(story.keys("enter"), into("/mnt/j"), "the disk is tried again when it was tried in vain");
    story.keys("esc");
    assert!(story.session.overlay.is_none());
}

#[test]
fn trouble_that_nobody_confirmed_is_not_answered() {
    let mut story = open();
    story.plan(unwritable);
    story.frame();
    assert_eq!((story.keys("enter"), story.notice()), (None, "nobody confirmed this plan here: esc closes it"));
}

#[test]
fn left_and_right_choose_until_there_is_a_text_to_edit() {
    let mut story = open();
    story.plan(ready);
    story.frame();
    story.keys("right");
    assert!(!story.state().confirms);
    story.keys("left a b left c");
    assert_eq!((story.state().confirms, story.state().reason.text()), (true, "acb"));
    story.keys("ctrl-w tab");
    assert_eq!((story.state().confirms, story.state().reason.text()), (false, "b"));
}

#[test]
fn a_card_scrolls_as_far_as_there_is_more() {
    let mut story = open();
    story.plan(ready);
    story.session.beyond = Some(3);
    story.keys("down pgdn pgdn");
    assert_eq!(story.state().top, 3);
    story.keys("up");
    assert_eq!(story.state().top, 2, "no key is lost on the way back");
    story.plan(|card| ready(Card { id: 8, ..card }));
    assert_eq!(story.state().top, 0);
}

#[test]
fn a_paste_with_line_breaks_is_a_reason_and_no_confirmation() {
    let mut story = open();
    story.plan(ready);
    story.frame();
    story.session.paste("because\r\nof\n\n");
    assert_eq!((story.state().reason.text(), story.state().is_confirmed()), ("because of", false));
}

#[test]
fn keys_that_leave_or_redraw_do_that_and_no_more() {
    let mut story = open();
    story.plan(ready);
    story.frame();
    let before = format!("{:?}", story.session);
    assert_eq!(story.keys("ctrl-l"), Some(Effect::Redraw));
    assert_eq!(format!("{:?}", story.session), before);
    assert_eq!(story.keys("ctrl-j ctrl-c"), Some(Effect::Quit));
    story.keys("esc");
    assert_eq!((story.session.overlay.is_none(), story.session.planning()), (true, None));
}

/// What may happen while a card is open.
#[derive(Clone, Debug)]
enum Happens {
    Keys(&'static str),
    Paste(&'static str),
    Plan(u64, u8),
    Frame,
}

fn happens() -> impl Strategy<Value = Happens> {
    let keys = ["tab", "esc", "u", "s", "5", "x", "left", "right", "space", "P", "backspace", "q"];
    prop_oneof![
        4 => prop::sample::select(vec!["enter", "ctrl-m"]).prop_map(Happens::Keys),
        4 => prop::sample::select(keys.to_vec()).prop_map(Happens::Keys),
        1 => prop::sample::select(vec!["a\n", "\r\n\r\n", "\n"]).prop_map(Happens::Paste),
        3 => (0_u64..4, 0_u8..7).prop_map(|(id, state)| Happens::Plan(id, state)),
        3 => Just(Happens::Frame),
    ]
}

/// A plan in one of its states, for what is wanted now. A card of the same id is always the same one.
fn publish(story: &mut Story, id: u64, state: u8) {
    let Some(intent) = story.session.planning().cloned() else {
        story.fleet.desk.plan = None;
        return;
    };
    let dry_run = if id == 2 { DryRun::Refused("no".into()) } else { DryRun::Accepted(Vec::new()) };
    let made = Card { destructive: id == 3, dry_run, ..card(id, &intent) };
    let state = match state {
        0 => PlanState::Making,
        1 => PlanState::Refused(Why("no".into())),
        2 => PlanState::Journaling(Arc::new(made)),
        3 => unwritable(made),
        _ => ready(made),
    };
    story.fleet.desk.plan = Some(Plan { intent, state, notice: None });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Whatever is typed, pasted, planned and drawn, in whatever order: an effect that writes comes from enter alone, on
    /// the card that the last frame showed and that is so now, that nothing stops, and once for each card.
    #[test]
    fn nothing_but_enter_on_a_drawn_and_ready_card_confirms(story_of in prop::collection::vec(happens(), 1..60)) {
        let mut story = open();
        let mut shown: Option<Plan> = None;
        let mut given: Vec<u64> = Vec::new();
        for event in story_of {
            let was_open = story.session.planning().is_some();
            match event {
                Happens::Paste(text) => story.session.paste(text),
                Happens::Plan(id, kind) => publish(&mut story, id, kind),
                Happens::Frame => {
                    story.frame();
                    shown = story.session.planning().and(story.fleet.desk.plan.clone());
                }
                Happens::Keys(key) => {
                    let now = story.fleet.desk.plan.clone();
                    let wanted = story.session.planning().cloned();
                    let chord = Chord::sequence(key).unwrap()[0];
                    let effect = story.session.press(chord.event(), &story.keymap, &story.fleet);
                    let sends = match effect {
                        Some(Effect::Confirm { card, .. }) => Some((card, false)),
                        Some(Effect::ConfirmInto { card, .. }) => Some((card, true)),
                        Some(Effect::Quit | Effect::Redraw | Effect::Export(_) | Effect::Hold | Effect::Step | Effect::Faster | Effect::Slower) | None => None,
                    };
                    if let Some((id, into)) = sends {
                        prop_assert!(["enter", "ctrl-m"].contains(&key), "{key}");
                        let now = now.unwrap();
                        prop_assert_eq!(shown.as_ref(), Some(&now), "another one was drawn");
                        prop_assert_eq!(Some(&now.intent), wanted.as_ref());
                        let card = now.card().unwrap();
                        prop_assert_eq!(card.id, id);
                        prop_assert_eq!(card.stopped(), None::<&Text>);
                        match &now.state {
                            PlanState::Ready(_) => {
                                prop_assert!(!into && !given.contains(&id), "twice");
                                given.push(id);
                            }
                            PlanState::Unwritable(..) => prop_assert!(into && given.contains(&id)),
                            PlanState::Making | PlanState::Refused(_) | PlanState::Journaling(_) => {
                                prop_assert!(false, "{:?}", now.state);
                            }
                        }
                    }
                }
            }
            if was_open != story.session.planning().is_some() {
                shown = None;
            }
        }
    }
}
