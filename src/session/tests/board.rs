//! Rows, their order, and a cursor that stays on its rollout.

use std::sync::Arc;

use crate::{
    domain::{Health, Moment, Phase, Role},
    input::{Action, Board},
    session::{
        Screen, Sort,
        fixture::{Story, at, fleet, restart, rollout, shop, source, version},
    },
};

#[test]
fn who_needs_a_human_comes_first() {
    let mut rows: Vec<_> = Phase::ALL.iter().rev().map(|phase| rollout(phase.word(), *phase, 5)).collect();
    rows.push(rollout("stuck-longer", Phase::Stuck, 2));
    let mut unknown_since = rollout("stuck-since-ever", Phase::Stuck, 0);
    unknown_since.since = None;
    rows.push(unknown_since);
    rows.push(rollout("paused-longer", Phase::Paused, 1));
    let expected =
        "[stuck-longer] stuck stuck-since-ever degraded waiting paused-longer paused progressing healthy unknown";
    assert_eq!(Story::new(fleet(rows)).board(), expected);
}

#[test]
fn equal_rows_go_by_namespace_then_name() {
    let mut other = rollout("a", Phase::Healthy, 1);
    other.at.namespace = "zoo".into();
    let story = Story::new(fleet([other, rollout("c", Phase::Healthy, 1), rollout("b", Phase::Healthy, 1)]));
    assert_eq!(story.board(), "[b] c a");
}

#[test]
fn the_sorts_go_round() {
    let mut story = Story::new(shop());
    story.change("web", |r| r.versions = vec![version("web", "v1", Role::New, 5)]);
    story.change("ledger", |r| restart(Arc::make_mut(&mut r.versions[1].pods.list[0]), 3));
    assert_eq!(story.board(), "[api] cart ledger web");
    for (sort, board) in [
        (Sort::Name, "[api] cart ledger web"),
        (Sort::Since, "[api] web ledger cart"),
        (Sort::Restarts, "ledger [api] cart web"),
        (Sort::Pods, "web [api] cart ledger"),
        (Sort::Urgency, "[api] cart ledger web"),
    ] {
        story.keys("s");
        assert_eq!((story.session.board.sort, story.board().as_str()), (sort, board));
    }
    story.keys("s r");
    assert_eq!(story.board(), "web ledger cart [api]");
    let reversed = |story: &Story| story.session.board.reversed;
    assert!(reversed(&story));
    assert_eq!(story.notice(), "", "the next key took the notice away");
    story.keys("s");
    assert!(!reversed(&story), "another column starts the right way round");
    assert_eq!(story.notice(), "sorted by since");
}

#[test]
fn the_cursor_moves_and_stops_at_the_ends() {
    let mut story = Story::new(shop());
    for (keys, board) in [
        ("j j", "api cart [ledger] web"),
        ("G j", "api cart ledger [web]"),
        ("k", "api cart [ledger] web"),
        ("g g up", "[api] cart ledger web"),
        ("ctrl-d", "api cart ledger [web]"),
        ("pgup", "[api] cart ledger web"),
        ("end home", "[api] cart ledger web"),
    ] {
        story.keys(keys);
        assert_eq!(story.board(), board, "{keys}");
    }
}

#[test]
fn a_page_is_half_of_what_fits() {
    let mut story = Story::new(shop());
    story.session.size = (60, 8);
    story.keys("ctrl-d");
    assert_eq!(story.board(), "api cart [ledger] web");
}

#[test]
fn the_cursor_stays_on_its_rollout_when_rows_move() {
    let mut story = Story::new(shop());
    story.keys("j");
    story.change("web", |r| r.phase = Phase::Stuck);
    story.look();
    assert_eq!(story.board(), "web api [cart] ledger");
}

#[test]
fn when_its_rollout_vanishes_the_cursor_takes_the_row_it_was_last_seen_in() {
    let mut story = Story::new(shop());
    story.keys("j");
    story.change("web", |r| r.phase = Phase::Stuck);
    story.look();
    story.fleet.rollouts.remove(&at("cart"));
    assert_eq!(story.board(), "web api [ledger]", "even before the session looks");
    story.look();
    story.fleet.rollouts.remove(&at("ledger"));
    story.look();
    assert_eq!(story.board(), "web [api]", "the last row, when there is none below");
    story.fleet.rollouts.clear();
    story.look();
    assert_eq!((story.board().as_str(), story.session.cursor_row(&[])), ("", None));
    story.keys("enter");
    assert_eq!(story.notice(), "nothing is selected");
}

#[test]
fn while_the_first_list_arrives_the_first_row_is_selected_whoever_it_is() {
    let mut world = fleet([rollout("cart", Phase::Progressing, 1)]);
    world.sources.push(source(Health::Loading));
    let mut story = Story::new(world);
    story.fleet.rollouts.extend(fleet([rollout("api", Phase::Stuck, 1)]).rollouts);
    story.look();
    assert_eq!(story.board(), "[api] cart");
    story.fleet.sources.clear();
    story.look();
    story.fleet.rollouts.extend(fleet([rollout("aaa", Phase::Stuck, 0)]).rollouts);
    story.look();
    assert_eq!(story.board(), "aaa [api] cart", "from then on it stays");
}

#[test]
fn only_what_needs_a_human() {
    let mut story = Story::new(shop());
    story.keys("!");
    assert_eq!(story.board(), "[api]");
    story.keys("!");
    assert_eq!(story.board(), "[api] cart ledger web");
}

#[test]
fn open_puts_the_deck_on_top() {
    let mut story = Story::new(shop());
    story.keys("j enter");
    assert_eq!(story.session.screens, [Screen::Board, Screen::Deck(at("cart"))]);
    assert_eq!(story.session.focus(), Some(&at("cart")));
    let why = story.session.able(Action::Board(Board::Open), &story.fleet).unwrap_err();
    assert_eq!(why.to_string(), "only on the board");
}

#[test]
fn reverse_keeps_ties_apart() {
    let mut story = Story::new(fleet([rollout("a", Phase::Healthy, 1), rollout("b", Phase::Healthy, 1)]));
    story.change("a", |r| r.since = Some(Moment::from_secs(1)));
    story.keys("r");
    assert_eq!(story.board(), "b [a]");
}
