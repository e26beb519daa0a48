//! Who steers a rollout: the verbs at hand with their keys, and the others that write to it.

use ratatui::{
    layout::Rect,
    text::{Line, Span},
};

use super::{Scene, glyphs, state, text, theme::Role};
use crate::{
    domain::Rollout,
    input::{Action, Steer},
    session,
};

/// With so many rows the way back gets one of its own.
const HIGH: u16 = 30;

/// `P pause  u undo  s scale   not now: R resume`; what is refused is left out where there is no room for it.
pub(super) fn verbs<'a>(scene: &Scene<'_>, rollout: &Rollout, width: u16) -> Option<Line<'a>> {
    if scene.session.options.read_only {
        return Some(Line::from(vec![
            Span::raw(" "),
            scene.span(Role::Locked, " locked: read-only "),
            scene.span(Role::Dim, " no key here changes the cluster"),
        ]));
    }
    if rollout.offers.is_empty() {
        return None;
    }
    // What such a rollout never can is no news now.
    let knows = |key: Steer| rollout.offers.iter().any(|offer| offer.verb == session::verb(key));
    let all = Action::ALL.iter().filter(|action| matches!(action, Action::Steer(key) if knows(*key)));
    let (able, refused): (Vec<&Action>, Vec<&Action>) =
        all.partition(|action| scene.session.able(**action, scene.fleet).is_ok());
    let named = |action: &&Action, role| {
        let key = scene.keys.keys_of(**action).into_iter().next().unwrap_or_default();
        let is_able = role == Role::Text;
        let key = scene.span(if is_able { Role::Key } else { Role::Dim }, format!("{key} "));
        [key, scene.span(role, format!("{}  ", action.name()))]
    };
    let mut spans = vec![Span::raw(" ")];
    spans.extend(able.iter().flat_map(|action| named(action, Role::Text)));
    if !refused.is_empty() {
        let mut more = vec![scene.span(Role::Dim, if able.is_empty() { "not now: " } else { " not now: " })];
        more.extend(refused.iter().flat_map(|action| named(action, Role::Dim)));
        let wide: usize = spans.iter().chain(&more).map(Span::width).sum();
        if able.is_empty() || wide <= usize::from(width) + 2 {
            spans.extend(more);
        }
    }
    Some(Line::from(spans))
}

/// Since when and what comes next, with the way back behind it where there is room, or on a row of its own on a high screen.
pub(super) fn timing<'a>(scene: &Scene<'_>, rollout: &Rollout, area: Rect) -> Vec<Line<'a>> {
    let mut timing = state::timing(scene, rollout);
    let Some(back) = way_back(scene, rollout) else { return vec![timing] };
    let says: usize = back.iter().map(Span::width).sum();
    let gap = scene.span(Role::Dim, format!("  {}  ", glyphs::MISSING));
    let is_empty = timing.spans.len() < 2;
    if timing.width() + gap.width() + says <= usize::from(area.width) {
        timing.spans.extend((!is_empty).then_some(gap));
        timing.spans.extend(back);
        vec![timing]
    } else if area.height >= HIGH {
        vec![timing, std::iter::once(Span::raw("   ")).chain(back).collect()]
    } else {
        vec![timing]
    }
}

/// `way back: u undo to 1.8.2: 6 pods, about 40 s`.
fn way_back<'a>(scene: &Scene<'_>, rollout: &Rollout) -> Option<Vec<Span<'a>>> {
    let way = scene.fleet.way_back.as_ref().filter(|way| way.of == rollout.at)?;
    let mut spans = vec![scene.span(Role::Dim, "way back: ")];
    if scene.session.able(Action::Steer(Steer::Undo), scene.fleet).is_ok() {
        let key = scene.keys.keys_of(Action::Steer(Steer::Undo)).into_iter().next().unwrap_or_default();
        spans.push(scene.span(Role::Key, format!("{key} ")));
    }
    spans.push(scene.span(Role::Text, way.says()));
    Some(spans)
}

/// `◇ HPA web keeps 2 to 10 pods · Argo CD app shop tracks this`: who else writes to it.
pub(super) fn forces<'a>(scene: &Scene<'_>, rollout: &Rollout, width: u16) -> Option<Line<'a>> {
    if rollout.forces.is_empty() {
        return None;
    }
    let says: Vec<&str> = rollout.forces.iter().map(|force| force.says.as_str()).collect();
    let says = says.join(&format!(" {} ", glyphs::MISSING));
    Some(Line::from(vec![
        scene.span(Role::Warning, format!(" {} also steering: ", glyphs::WATCH)),
        scene.span(Role::Text, text::cut(&says, width.saturating_sub(18)).into_owned()),
    ]))
}
