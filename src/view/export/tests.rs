use ratatui::{
    layout::Rect,
    style::{Color, Style, Stylize as _},
    text::Line,
};

use super::*;

fn frame() -> Buffer {
    let mut buffer = Buffer::empty(Rect::new(0, 0, 8, 2));
    crate::view::text::put(
        &mut buffer,
        Rect::new(0, 0, 8, 1),
        &Line::from(vec!["a<".red().bold(), " 日".into(), "b".into()]),
    );
    crate::view::text::put(&mut buffer, Rect::new(1, 1, 7, 1), &Line::from("on".on_blue()));
    buffer
}

#[test]
fn plain_text_has_no_trailing_spaces_and_wide_characters_once() {
    assert_eq!(plain(&frame()), "a< 日b\n on\n");
}

#[test]
fn ansi_changes_style_only_where_it_changes_and_resets_each_line() {
    let mut buffer = frame();
    buffer.set_style(Rect::new(0, 0, 2, 1), Style::new().fg(Color::Indexed(9)));
    assert_eq!(
        ansi(&buffer),
        "\u{1b}[0;1;38;5;9ma<\u{1b}[0m 日b  \n \u{1b}[0;48;2;0;0;128mon\u{1b}[0m     \n".replace("0;0;128", &blue())
    );
}

fn blue() -> String {
    let (r, g, b) = crate::view::theme::rgb(Color::Blue).unwrap();
    format!("{r};{g};{b}")
}

#[test]
fn svg_escapes_and_gives_each_run_its_length() {
    let picture = svg(&frame(), "R&D", Style::new());
    assert!(picture.contains("<title>R&amp;D</title>"), "{picture}");
    assert!(picture.contains("font-weight=\"bold\">a&lt;</text>"), "{picture}");
    // Two columns for the wide character and one for the letter, in columns 3 to 5.
    assert!(picture.contains("x=\"25.2\" y=\"13\" textLength=\"25.2\""), "{picture}");
    assert_eq!(picture.matches("<rect").count(), 2, "the window and one background: {picture}");
}
