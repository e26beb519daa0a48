//! What the screens look like: (fleet, keys, size) to snapshot, at 60x15, 80x24 and 140x45.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use proptest::prelude::*;
use ratatui::{buffer::Buffer, layout::Rect};
use rolldeck::{
    domain::{Fleet, Ref, Uid},
    input::Keymap,
    session::{Options, Screen, Session},
    view::{
        self, Scene, export,
        theme::{ColourDepth, Role, Theme},
    },
};

use crate::support::{NOW, stories};

const SIZES: [(u16, u16); 3] = [(60, 15), (80, 24), (140, 45)];

/// A session, the fleet it looks at, and how it is drawn.
pub(crate) struct Story {
    pub(crate) session: Session,
    pub(crate) fleet: Fleet,
    pub(crate) theme: Theme,
}

impl Story {
    pub(crate) fn new(fleet: Fleet, screen: Screen) -> Self {
        let options = Options { scope: "prod-eu".to_owned(), ..Options::default() };
        let mut session = Session::new(options, screen);
        session.settle(&fleet);
        Self { session, fleet, theme: theme("dark") }
    }

    pub(crate) fn board(fleet: Fleet) -> Self {
        Self::new(fleet, Screen::Board)
    }

    pub(crate) fn deck((fleet, at): (Fleet, Ref)) -> Self {
        Self::new(fleet, Screen::Deck(at))
    }

    /// Presses keys: characters, `\n` for enter, `\t` for tab, `\u{15}` for ctrl-u.
    pub(crate) fn press(mut self, keys: &str) -> Self {
        for key in keys.chars() {
            let (code, held) = match key {
                '\n' => (KeyCode::Enter, KeyModifiers::NONE),
                '\t' => (KeyCode::Tab, KeyModifiers::NONE),
                '\u{15}' => (KeyCode::Char('u'), KeyModifiers::CONTROL),
                key => (KeyCode::Char(key), KeyModifiers::NONE),
            };
            self.key(KeyEvent::new(code, held));
        }
        self
    }

    /// So many lines down, or up, of what is scrolled by arrows.
    pub(crate) fn down(mut self, lines: i32) -> Self {
        for _ in 0..lines.abs() {
            self.key(KeyEvent::from(if lines > 0 { KeyCode::Down } else { KeyCode::Up }));
        }
        self
    }

    fn key(&mut self, key: KeyEvent) {
        self.session.press(key, &Keymap::default(), &self.fleet);
    }

    /// A new picture of the world came, and was drawn.
    pub(crate) fn look(mut self) -> Self {
        self.session.settle(&self.fleet);
        self.session.was_drawn(&self.fleet);
        self
    }

    pub(crate) fn read_only(mut self) -> Self {
        self.session.options.read_only = true;
        self
    }

    /// Scrolls to the end of what a frame of 80x24 shows of an overlay.
    pub(crate) fn at_its_end(mut self) -> Self {
        self.session.beyond = self.fit(80, 24).beyond;
        self.press("G")
    }

    pub(crate) fn draw(&self, width: u16, height: u16) -> Buffer {
        self.frame(width, height).0
    }

    pub(crate) fn fit(&self, width: u16, height: u16) -> view::Fit {
        self.frame(width, height).1
    }

    fn frame(&self, width: u16, height: u16) -> (Buffer, view::Fit) {
        let area = Rect::new(0, 0, width, height);
        let mut buffer = Buffer::empty(area);
        let keys = Keymap::default();
        let scene = Scene { fleet: &self.fleet, session: &self.session, theme: &self.theme, keys: &keys, now: NOW };
        let fit = view::draw(&mut buffer, area, &scene);
        (buffer, fit)
    }

    #[track_caller]
    pub(crate) fn snapshots(&self, name: &str) {
        for (width, height) in SIZES {
            let buffer = self.draw(width, height);
            picture(&format!("{name}-{width}x{height}"), &buffer, &self.theme);
            insta::assert_snapshot!(format!("{name}-{width}x{height}"), export::plain(&buffer));
        }
    }
}

fn theme(name: &str) -> Theme {
    Theme::built_in(name).unwrap()
}

/// With `ROLLDECK_PICTURES=folder`, every frame is written there as SVG, for eyes.
fn picture(name: &str, buffer: &Buffer, theme: &Theme) {
    if let Some(folder) = std::env::var_os("ROLLDECK_PICTURES") {
        let picture = export::svg(buffer, name, theme.style(Role::Text));
        std::fs::write(std::path::Path::new(&folder).join(format!("{name}.svg")), picture).unwrap();
    }
}

fn newest(at: &Ref, fleet: &Fleet) -> Uid {
    fleet.rollouts[at].versions[0].uid.clone()
}

fn pods_of((fleet, at): (Fleet, Ref)) -> Story {
    let version = newest(&at, &fleet);
    Story::new(fleet, Screen::Pods(at, version))
}

/// Every screen there is, by name.
fn all() -> Vec<(&'static str, Story)> {
    let (rolling, at) = stories::alone(stories::rolling());
    vec![
        ("board", Story::board(stories::board())),
        ("board-filtered", Story::board(stories::board()).press("/ge")),
        ("board-troubled", Story::board(stories::troubled()).read_only()),
        ("board-loading", Story::board(stories::loading())),
        ("board-empty", Story::board(crate::support::fleet(Vec::new()))),
        ("deck-rolling", Story::deck((rolling.clone(), at.clone()))),
        ("deck-image-pull", Story::deck(stories::alone(stories::image_pull()))),
        ("deck-crash-loop", Story::deck(stories::alone(stories::crash_loop()))),
        ("deck-paused", Story::deck(stories::alone(stories::paused())).press("l")),
        ("deck-huge", Story::deck(stories::alone(stories::huge()))),
        ("deck-huge-unfolded", Story::deck(stories::alone(stories::huge())).press("oll")),
        ("deck-healthy", Story::deck(stories::alone(stories::healthy("shop", "web", "1.9.0", 12)))),
        ("deck-unreadable", Story::deck(stories::alone(stories::unreadable()))),
        ("board-denied", Story::board(stories::denied())),
        ("board-notice", Story::board(stories::board()).press("x")),
        ("deck-gone", Story::deck((crate::support::fleet(Vec::new()), at.clone()))),
        ("deck-deleted", Story::deck((deleted(&rolling), at.clone()))),
        ("pods", pods_of(stories::alone(stories::crash_loop()))),
        ("timeline", Story::new(rolling, Screen::Timeline(at))),
        ("sources", Story::board(stories::troubled()).press("S")),
        ("sources-no-routers", Story::board(stories::no_routers()).press("S")),
        ("help-board", Story::board(stories::board()).press("?")),
        ("help-deck", Story::deck(stories::alone(stories::rolling())).press("?")),
        ("palette", Story::deck(stories::alone(stories::rolling())).press(":ti")),
        ("palette-all", Story::board(stories::board()).press(":")),
    ]
}

/// Those and the ones of steering.
fn all_of_them() -> impl Iterator<Item = (&'static str, Story)> {
    all().into_iter().chain(crate::steering_screens::all()).chain(crate::screens_books::all())
}

/// The same fleet after its rollout was deleted: what happened stays.
fn deleted(before: &Fleet) -> Fleet {
    Fleet { rollouts: std::collections::BTreeMap::new(), ..before.clone() }
}

/// Every screen, hostile ones among them, at three sizes, in full colour and in fewer.
pub(crate) fn frames() -> Vec<Buffer> {
    let mut frames = Vec::new();
    for mut story in hostile_screens() {
        for (width, height) in SIZES {
            frames.push(story.draw(width, height));
        }
        for depth in [ColourDepth::Ansi256, ColourDepth::Ansi16, ColourDepth::None] {
            story.theme = theme("contrast").fit(depth);
            frames.push(story.draw(80, 24));
        }
    }
    frames
}

#[test]
fn every_screen_at_three_sizes() {
    for (name, story) in all() {
        story.snapshots(name);
    }
}

#[test]
fn themes_and_depths_style_the_same_characters() {
    let looks = [
        ("dark", ColourDepth::True),
        ("light", ColourDepth::True),
        ("contrast", ColourDepth::True),
        ("dark", ColourDepth::Ansi256),
        ("dark", ColourDepth::Ansi16),
        ("dark", ColourDepth::None),
    ];
    for (name, depth) in looks {
        for (screen, mut story) in
            [("board", Story::board(stories::board())), ("deck", Story::deck(stories::alone(stories::crash_loop())))]
        {
            let plain = export::plain(&story.draw(80, 24));
            story.theme = theme(name).fit(depth);
            let buffer = story.draw(80, 24);
            assert_eq!(export::plain(&buffer), plain);
            picture(&format!("theme-{name}-{depth:?}-{screen}"), &story.draw(140, 45), &story.theme);
            insta::assert_snapshot!(
                format!("theme-{name}-{depth:?}-{screen}"),
                export::ansi(&buffer).replace('\u{1b}', "^")
            );
        }
    }
}

#[test]
fn ascii_means_ascii_on_every_screen() {
    for (name, mut story) in all_of_them() {
        story.session.options.ascii = true;
        for (width, height) in SIZES {
            let buffer = story.draw(width, height);
            picture(&format!("ascii-{name}-{width}x{height}"), &buffer, &story.theme);
            let foreign: Vec<_> =
                buffer.content.iter().map(ratatui::buffer::Cell::symbol).filter(|s| !s.is_ascii()).collect();
            assert!(foreign.is_empty(), "{name} at {width}x{height}: {foreign:?}");
        }
    }
    let mut board = Story::board(stories::board());
    board.session.options.ascii = true;
    insta::assert_snapshot!("ascii-board", export::plain(&board.draw(80, 24)));
}

#[test]
fn versions_of_one_image_are_told_apart_by_revision() {
    let mut restarted = stories::image_pull();
    let image = restarted.versions[1].images.clone();
    restarted.versions[0].images = image;
    let new = restarted.versions[0].uid.clone();
    restarted.findings[0].version = Some(new);
    let board = export::plain(&Story::board(crate::support::fleet(vec![restarted.clone()])).draw(140, 45));
    assert!(board.contains("3.1.0 r41 \u{25b8} r42"), "{board}");
    let deck = export::plain(&Story::deck(stories::alone(restarted)).draw(140, 45));
    assert!(deck.contains("image pull (rev 42): 5 pods"), "{deck}");
}

#[test]
fn one_namespace_or_one_system_needs_no_column() {
    let titles = |fleet: Fleet| {
        let mut story = Story::board(fleet);
        story.session.options.scope = "prod-eu \u{b7} shop".to_owned();
        export::plain(&story.draw(140, 45)).lines().nth(1).unwrap_or_default().to_owned()
    };
    let all = titles(stories::board());
    assert!(all.contains("NAMESPACE") && all.contains("SYSTEM"), "{all}");
    let mut one = crate::support::fleet(vec![stories::rolling()]);
    for source in &mut one.sources {
        source.source.namespace = Some("shop".into());
    }
    let one = titles(one);
    assert!(!one.contains("NAMESPACE") && !one.contains("SYSTEM"), "{one}");
}

#[test]
fn a_screen_too_small_says_so() {
    let story = Story::board(stories::board());
    assert_eq!(export::plain(&story.draw(30, 3)), "rolldeck needs 40x8 cells.\nHere are 30x3.\n\n");
}

#[test]
fn stale_data_is_never_shown_as_fresh() {
    for (width, height) in [(40, 8), (60, 15), (80, 24), (140, 45)] {
        let text = export::plain(&Story::board(stories::troubled()).draw(width, height));
        assert!(text.contains("stale since 03:10:03"), "{width}x{height}:\n{text}");
    }
}

fn hostile_screens() -> Vec<Story> {
    let mut screens: Vec<Story> = all_of_them().map(|(_, story)| story).collect();
    screens.push(Story::deck(stories::alone(stories::hostile())));
    screens.push(pods_of(stories::alone(stories::hostile())));
    screens.push(Story::board(crate::support::fleet(vec![stories::hostile()])));
    screens
}

#[test]
fn drawing_at_any_size_never_panics_and_stays_in_its_area() {
    let screens = hostile_screens();
    let keys = Keymap::default();
    let sizes = ((0_u16..20, 0_u16..10), (0_u16..200, 0_u16..60));
    proptest!(ProptestConfig::with_cases(200), |(((x, y), (width, height)) in sizes, which in 0..screens.len(), ascii: bool)| {
        let Story { session, fleet, theme } = &screens[which];
        let mut session = session.clone();
        session.options.ascii = ascii;
        let area = Rect::new(x, y, width, height);
        let mut buffer = Buffer::filled(Rect::new(0, 0, 225, 72), ratatui::buffer::Cell::new("\u{2592}"));
        view::draw(&mut buffer, area, &Scene { fleet, session: &session, theme, keys: &keys, now: NOW });
        for position in buffer.area.positions() {
            let symbol = buffer[position].symbol();
            prop_assert_eq!(symbol != "\u{2592}", area.contains(position), "{:?}", position);
            prop_assert!(!symbol.contains(char::is_control));
        }
    });
}

#[test]
fn the_same_scene_gives_the_same_cells_and_nothing_is_left_of_the_frame_before() {
    let (board, deck) = (Story::board(stories::board()), Story::deck(stories::alone(stories::crash_loop())));
    let fresh = deck.draw(80, 24);
    let mut reused = board.draw(80, 24);
    let area = reused.area;
    let keys = Keymap::default();
    let scene = Scene { fleet: &deck.fleet, session: &deck.session, theme: &deck.theme, keys: &keys, now: NOW };
    view::draw(&mut reused, area, &scene);
    assert_eq!(reused, fresh);
}

#[test]
fn the_selected_row_stays_in_sight_at_any_height() {
    let mut story = Story::board(stories::board());
    for _ in 0..12 {
        let name = story.session.selected(&story.fleet).unwrap().at.name.clone();
        for height in 8..24 {
            let text = export::plain(&story.draw(140, height));
            let row =
                text.lines().find(|line| line.starts_with(" \u{258c}")).unwrap_or_else(|| panic!("no row:\n{text}"));
            let start: String = name.chars().take(3).collect();
            assert!(row.contains(&start), "{name} at {height}: {row}");
        }
        story = story.press("j");
    }
}
