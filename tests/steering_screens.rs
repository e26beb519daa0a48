//! What steering looks like: the card in all of its states, the questions before it, the proof on the deck, the journal.

use rolldeck::{
    domain::{Card, Change, DryRun, Fleet, Moment, Outcome, PlanState, Proof, Ref, Text, Verb, Why},
    session::Screen,
    view::export,
};

use crate::{
    screens::Story,
    support::{ago, cards, stories},
};

/// The deck with the card of that plan open, and the last frame drawn.
fn card((fleet, at): (Fleet, Ref), card: Card, state: fn(Card) -> PlanState, notice: Option<&str>) -> Story {
    let intent = card.intent.clone();
    let fleet = cards::with_plan(fleet, &intent, state(card), notice);
    let story = Story::new(fleet, Screen::Deck(at));
    let story = story.press(match intent.verb {
        Verb::Undo => "u",
        Verb::Scale => "s0\n",
        Verb::SetImage => "i\u{15}app=docker.io/somebody/checkout:latest\n",
        Verb::Pause | Verb::Resume | Verb::Restart | Verb::Shift => unreachable!(),
    });
    assert_eq!(story.session.planning(), Some(&intent), "{:?}", story.session.notice);
    story.look()
}

fn ready(card: Card) -> PlanState {
    PlanState::Ready(card.into())
}

fn gateway() -> (Fleet, Ref) {
    stories::alone(cards::steered(stories::crash_loop()))
}

fn checkout() -> (Fleet, Ref) {
    stories::alone(cards::steered(stories::rolling()))
}

/// The deck of `gateway` after something was done to it.
fn proven(outcome: Outcome, stages: [Option<i64>; 3], secs: i64) -> Story {
    let (mut fleet, at) = gateway();
    let proof = cards::proof(ago(secs), stages, outcome, ago(secs.min(12)));
    fleet.desk.deeds = vec![cards::deed("1", secs, &cards::undo(&at), proof)];
    Story::deck((fleet, at))
}

/// Deeds of every end.
fn journal() -> Fleet {
    let (mut fleet, at) = gateway();
    let (undo, scale) = (cards::undo(&at), cards::scale_to_none(&checkout().1));
    let all = [Some(120), Some(400), Some(12_000)];
    let ends = [
        (
            90_000,
            &scale,
            Outcome::NeverSent("its program died before it was sent; the object is as it was".into()),
            [None; 3],
        ),
        (7_000, &scale, Outcome::Refused("spec.replicas changed from 20 to 18 meanwhile".into()), [None; 3]),
        (4_000, &undo, Outcome::Unknown("the answer was lost, and the object cannot be read".into()), [None; 3]),
        (
            1_200,
            &scale,
            Outcome::Reverted("kube-controller-manager (scale) put 4 there".into()),
            [Some(90), Some(300), None],
        ),
        (700, &undo, Outcome::NotObserved, [Some(110), None, None]),
        (200, &undo, Outcome::TookEffect, all),
        (19, &undo, Outcome::Open, [Some(120), Some(400), None]),
    ];
    let deed = |(n, (secs, card, outcome, stages)): (usize, (i64, &Card, Outcome, _))| {
        cards::deed(&n.to_string(), secs, card, cards::proof(ago(secs), stages, outcome, ago(secs - 40)))
    };
    fleet.desk.deeds = ends.into_iter().enumerate().map(deed).collect();
    fleet
}

/// Confirmed and in the journal; the server takes its time.
fn sent() -> Story {
    let (mut fleet, at) = gateway();
    let undo = cards::undo(&at);
    let deed = cards::deed("1", 2, &undo, Proof::default());
    fleet.desk.deeds = vec![deed];
    card((fleet, at), Card { made: Moment(0), ..undo }, |card| PlanState::Journaling(card.into()), None)
}

/// More changes than a small screen has lines.
fn much(at: &Ref) -> Card {
    let undo = cards::undo(at);
    let env = |n: usize| Change {
        what: Text::clean(&format!("env LIMIT_{n} of app")),
        before: "250".into(),
        after: "200".into(),
    };
    Card { changes: undo.changes.iter().cloned().chain((0..9).map(env)).collect(), ..undo }
}

/// Every screen of this kind, by name.
pub(crate) fn all() -> Vec<(&'static str, Story)> {
    let at = gateway().1;
    let making: fn(Card) -> PlanState = |_| PlanState::Making;
    let unwritable: fn(Card) -> PlanState = |card| {
        let why =
            "the journal /home/anna/.local/state/rolldeck/journal.jsonl cannot be written: No space left on device";
        PlanState::Unwritable(card.into(), Why(why.into()))
    };
    let refused: fn(Card) -> PlanState =
        |_| PlanState::Refused(Why("the current template already matches revision 41".into()));
    let changed = Some("image of app: 2.4.0 \u{2192} 2.4.1-rc.1, by kubectl-set 3 s ago");
    let (mut tracked, web) = checkout();
    std::sync::Arc::make_mut(tracked.rollouts.get_mut(&web).unwrap()).forces = cards::forces();
    let mut broken = journal();
    broken.desk.journal_trouble = Some("2 lines of the journal cannot be read".into());
    vec![
        ("card-undo", card(gateway(), cards::undo(&at), ready, None)),
        ("card-undo-changed", card(gateway(), cards::undo(&at), ready, changed)),
        ("card-undo-scrolled", card(gateway(), cards::undo(&at), ready, None).down(9)),
        ("card-scale-to-0", card(checkout(), cards::scale_to_none(&web), ready, None)),
        ("card-refused-image", card(checkout(), cards::refused_image(&web), ready, None)),
        ("card-making", card(gateway(), cards::undo(&at), making, None)),
        ("card-refused", card(gateway(), cards::undo(&at), refused, None)),
        ("card-confirmed", card(gateway(), cards::undo(&at), |card| PlanState::Journaling(card.into()), None)),
        ("card-sent", sent()),
        ("card-undo-of-much", card(gateway(), much(&at), ready, None)),
        ("card-unwritable", card(gateway(), cards::undo(&at), unwritable, None)),
        ("ask-scale", Story::deck(checkout()).press("s")),
        ("ask-scale-wrong", Story::deck(checkout()).press("s2x\n")),
        ("ask-images", Story::deck(checkout()).press("i")),
        ("deck-way-back", Story::deck(cards::with_way_back(checkout()))),
        ("deck-steered", Story::deck((tracked, web.clone()))),
        ("deck-read-only", Story::deck(checkout()).read_only()),
        ("deck-read-only-key", Story::deck(checkout()).read_only().press("u")),
        ("timeline-read-only", Story::deck(checkout()).read_only().press("t")),
        ("deck-proof-open", proven(Outcome::Open, [Some(120), Some(400), None], 18)),
        ("deck-proof-held", proven(Outcome::TookEffect, [Some(120), Some(400), Some(12_000)], 42)),
        (
            "deck-proof-reverted",
            proven(
                Outcome::Reverted(
                    "argocd-application-controller put the template of revision 43 back after 9 s".into(),
                ),
                [Some(120), Some(400), None],
                21,
            ),
        ),
        ("deck-proof-unseen", proven(Outcome::NotObserved, [Some(120), None, None], 15)),
        ("journal", Story::board(journal()).press("J")),
        ("journal-troubled", Story::board(broken).press("Jjjj")),
        ("journal-empty", Story::board(gateway().0).press("J")),
        ("help-steering", Story::deck(checkout()).press("?").at_its_end()),
    ]
}

#[test]
fn every_steering_screen_at_three_sizes() {
    for (name, story) in all() {
        story.snapshots(name);
    }
}

#[test]
fn what_decides_is_in_sight_at_any_size() {
    for (name, mut story, essentials) in [
        (
            "undo",
            card(gateway(), cards::undo(&gateway().1), ready, None),
            vec![
                "undo gateway to revision 41",
                "41, the newest with",
                "2.3.7",
                "warning: Argo CD",
                "[ confirm ]",
                "[ cancel ]",
            ],
        ),
        (
            "to 0",
            card(checkout(), cards::scale_to_none(&checkout().1), ready, None),
            vec![
                "scale checkout to 0",
                "20 \u{2192} 0",
                "warning: no pod is left",
                "warning: HPA",
                "[ confirm ]",
                "[ cancel ]",
            ],
        ),
    ] {
        for (width, height) in [(60, 15), (72, 18), (80, 24), (140, 45)] {
            let text = export::plain(&story.draw(width, height));
            for essential in &essentials {
                assert!(text.contains(essential), "{name} at {width}x{height}: {essential}\n{text}");
            }
            story = story.down(100);
            let text = export::plain(&story.draw(width, height));
            assert!(text.contains("[ confirm ]"), "{name} at {width}x{height}, scrolled\n{text}");
            story = story.down(-100);
        }
    }
}

#[test]
fn help_and_cards_scroll_to_their_end_and_no_further() {
    for (width, height) in [(60, 15), (80, 24), (140, 45)] {
        for mut story in [Story::deck(checkout()).press("?"), card(gateway(), cards::undo(&gateway().1), ready, None)] {
            story.session.size = (width, height);
            let beyond = story.fit(width, height).beyond.unwrap();
            story.session.beyond = Some(beyond);
            let end = story.down(i32::try_from(beyond).unwrap() + 20);
            let text = export::plain(&end.draw(width, height));
            assert!(beyond == 0 || text.contains(" end"), "{width}x{height}\n{text}");
            let back = export::plain(&end.down(-1).draw(width, height));
            assert!(beyond == 0 || back.contains(" 1 more lines below"), "no key is lost\n{back}");
        }
    }
}

#[test]
fn the_chosen_button_is_told_without_colours() {
    let story = card(checkout(), cards::scale_to_none(&checkout().1), ready, None);
    let text = export::plain(&story.draw(80, 24));
    assert!(text.contains("\u{25b8}[ cancel ]"), "what takes pods away is not the default\n{text}");
    let other = export::plain(&story.press("\t").draw(80, 24));
    assert!(other.contains("\u{25b8}[ confirm ]"), "{other}");
}

#[test]
fn a_dry_run_says_what_it_is() {
    for (answer, says) in [
        (DryRun::Accepted(Vec::new()), "dry run: accepted, 0 warnings"),
        (DryRun::Skipped("read-only".into()), "not dry-run: read-only"),
        (DryRun::Refused("quota".into()), "dry run: refused: quota"),
    ] {
        let plan = Card { dry_run: answer, ..cards::undo(&gateway().1) };
        let text = export::plain(&card(gateway(), plan, ready, None).draw(80, 24));
        assert!(text.contains(says), "{says}\n{text}");
    }
}

#[test]
fn read_only_cannot_be_overlooked_at_any_size() {
    for fleet in [stories::board(), stories::troubled()] {
        for width in (40..=140).step_by(5) {
            let text = export::plain(&Story::board(fleet.clone()).read_only().draw(width, 24));
            assert!(text.lines().next().unwrap().contains("READ-ONLY"), "at {width}:\n{text}");
        }
    }
}
