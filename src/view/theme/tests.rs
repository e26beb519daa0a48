use ratatui::style::Color;

use super::*;

#[track_caller]
fn refused(text: &str) -> String {
    Theme::parse("my.toml", text).unwrap_err().to_string()
}

#[test]
fn built_in_themes_are_whole() {
    for (name, text) in Theme::BUILT_IN {
        let theme = Theme::parse(name, text).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(theme.0.len(), Role::ALL.len());
    }
}

#[test]
fn a_theme_changes_what_it_names_and_inherits_the_rest() {
    let dark = Theme::parse("dark", Theme::BUILT_IN[0].1).unwrap();
    let text = "inherits = 'dark'\n[roles]\nhealthy = { fg = 'leaf', modifiers = ['bold'] }\nstuck = 9\n[palette]\nleaf = '#00ff00'\n";
    let mine = Theme::parse("my.toml", text).unwrap();
    let leaf = Color::from_u32(0x0000_ff00);
    assert_eq!(mine.style(Role::Healthy), Style::new().fg(leaf).add_modifier(Modifier::BOLD));
    assert_eq!(mine.style(Role::Stuck), Style::new().fg(Color::Indexed(9)));
    assert_eq!(mine.style(Role::Dim), dark.style(Role::Dim));
}

#[test]
fn mistakes_are_told_with_file_and_line() {
    let roles = |row: &str| refused(&format!("inherits = 'dark'\n[roles]\n{row}\n"));
    assert_eq!(roles("helthy = 'green'"), "my.toml:3: unknown role `helthy`: did you mean `healthy`?");
    assert_eq!(roles("dim = 'gren'"), "my.toml:3: unknown colour `gren`: did you mean `green`?");
    assert_eq!(roles("dim = '#12345'"), "my.toml:3: `#12345` is no colour: write #rrggbb with hexadecimal digits");
    assert_eq!(roles("dim = 256"), "my.toml:3: 256 is no colour: numbers go from 0 to 255");
    assert_eq!(roles("dim = true"), "my.toml:3: a colour must be a string, not boolean");
    assert_eq!(
        roles("dim = { fg = 'red', modifiers = ['blod'] }"),
        "my.toml:3: unknown modifier `blod`: did you mean `bold`?"
    );
    assert_eq!(roles("dim = { gf = 'red' }"), "my.toml:3: unknown part of a style `gf`: did you mean `fg`?");
    assert_eq!(refused("inherits = 'drak'"), "my.toml:1: unknown theme `drak`: did you mean `dark`?");
    assert_eq!(refused("\n[rolls]\n"), "my.toml:2: unknown section `rolls`: did you mean `roles`?");
    assert_eq!(refused("roles = 3"), "my.toml:1: `roles` must be a section, not integer");
    assert!(refused("[roles]\n").starts_with("my.toml:1: role `text` is missing"));
    assert!(refused("\n\nroles = {").starts_with("my.toml:3: "));
}

#[test]
fn colours_fit_the_terminal() {
    let theme = Theme::parse("dark", Theme::BUILT_IN[0].1).unwrap();
    let all = |theme: &Theme, ok: fn(Color) -> bool| theme.0.values().flat_map(|s| [s.fg, s.bg]).flatten().all(ok);
    assert!(all(&theme.clone().fit(ColourDepth::Ansi256), |c| matches!(c, Color::Indexed(_))));
    assert!(all(&theme.clone().fit(ColourDepth::Ansi16), |c| matches!(c, Color::Indexed(0..16))));
    assert!(theme.clone().fit(ColourDepth::None).0.values().all(|s| s.fg.is_none() && s.bg.is_none()));
    assert_eq!(theme.clone().fit(ColourDepth::True), theme);
}

#[test]
fn states_keep_their_hue_with_sixteen_colours() {
    for (name, text) in Theme::BUILT_IN {
        let theme = Theme::parse(name, text).unwrap().fit(ColourDepth::Ansi16);
        let hue = |role| match theme.style(role).fg {
            Some(Color::Indexed(index)) => index % 8,
            other => panic!("{name}: {other:?}"),
        };
        let (black, white) = (0, 7);
        for role in [Role::Healthy, Role::Progressing, Role::Paused, Role::Waiting, Role::Degraded, Role::Stuck] {
            assert!(hue(role) != black && hue(role) != white, "{name}: {role:?} became grey");
        }
        assert_ne!(hue(Role::Healthy), hue(Role::Stuck), "{name}");
        assert_ne!(hue(Role::Healthy), hue(Role::Progressing), "{name}");
    }
}

#[test]
fn without_colours_the_loud_roles_still_stand_out() {
    let plain = Theme::plain();
    for role in [Role::Stuck, Role::Stale, Role::Selected, Role::Matched, Role::BorderSelected] {
        assert_ne!(plain.style(role), plain.style(Role::Text), "{role:?}");
    }
}

/// The luminance of WCAG 2.2, from 0 to 1.
fn luminance((r, g, b): (u8, u8, u8)) -> f64 {
    let part = |value: u8| {
        let value = f64::from(value) / 255.0;
        if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b)
}

/// The contrast ratio of WCAG 2.2, from 1 to 21.
fn contrast(one: Color, other: Color) -> f64 {
    let [a, b] = [one, other].map(|colour| luminance(rgb(colour).expect("a colour of its own")) + 0.05);
    a.max(b) / a.min(b)
}

#[test]
fn text_is_legible_on_every_ground_it_stands_on() {
    let text = Role::ALL.iter().copied().filter(|role| !matches!(role, Role::Border | Role::BorderSelected));
    for (name, file) in Theme::BUILT_IN {
        let theme = Theme::parse(name, file).unwrap();
        let ground = |role| theme.style(role).bg.unwrap();
        for role in text.clone() {
            let Some(ink) = theme.style(role).fg else { continue };
            let own = theme.style(role).bg.filter(|_| matches!(role, Role::Stale | Role::Locked));
            let grounds = own.map_or_else(
                || [Role::Text, Role::Selected, Role::Header, Role::Overlay].map(|on| (on, ground(on))).to_vec(),
                |own| vec![(role, own)],
            );
            for (on, ground) in grounds {
                let ratio = contrast(ink, ground);
                assert!(ratio >= 4.5, "{name}: {role:?} on {on:?} has {ratio:.2}:1");
            }
        }
    }
}

#[test]
fn frames_are_seen_and_states_that_need_a_human_are_told_apart() {
    for (name, file) in Theme::BUILT_IN {
        let theme = Theme::parse(name, file).unwrap();
        let fg = |role| theme.style(role).fg.unwrap();
        let ground = theme.style(Role::Text).bg.unwrap();
        assert!(contrast(fg(Role::Border), ground) >= 1.5, "{name}: frames");
        assert!(contrast(fg(Role::BorderSelected), ground) >= 3.0, "{name}: the selected frame");
        let [(r, g, b), (r2, g2, b2)] = [Role::Stuck, Role::Degraded].map(|role| rgb(fg(role)).unwrap());
        let apart = r.abs_diff(r2).max(g.abs_diff(g2)).max(b.abs_diff(b2));
        assert!(apart >= 50, "{name}: stuck and degraded differ by {apart} of 255");
    }
}
