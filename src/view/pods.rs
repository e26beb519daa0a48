//! The pods of one version, and what the containers of the selected one do.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use super::{
    Scene,
    columns::{self, Column, Table},
    deck, dots, glyphs, layout, pane, text,
    theme::Role,
    timeline, when,
};
use crate::domain::{Container, ContainerRole, ContainerState, Pod, PodState, Ref, Uid, num};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    State,
    Pod,
    Ready,
    Restarts,
    Age,
    Node,
    Wrong,
}

const COLUMNS: [Column<Field>; 7] = [
    Column { field: Field::State, title: "STATE", least: 11, most: 13, rank: 0, right: false },
    Column { field: Field::Pod, title: "POD", least: 16, most: 52, rank: 0, right: false },
    Column { field: Field::Ready, title: "READY", least: 5, most: 5, rank: 2, right: true },
    Column { field: Field::Restarts, title: "RESTARTS", least: 8, most: 8, rank: 3, right: true },
    Column { field: Field::Age, title: "AGE", least: 6, most: 6, rank: 4, right: true },
    Column { field: Field::Node, title: "NODE", least: 12, most: 24, rank: 5, right: false },
    Column { field: Field::Wrong, title: "WHAT IS WRONG", least: 12, most: 24, rank: 1, right: false },
];

pub(super) fn draw(buffer: &mut Buffer, area: Rect, scene: &Scene<'_>, (at, uid): (&Ref, &Uid)) {
    let (title, rest) = layout::take(area, 1);
    let mut path = deck::path(scene, at);
    let Some(version) = scene.fleet.rollouts.get(at).and_then(|rollout| rollout.version(uid)) else {
        text::put(buffer, title, &path);
        let says = "   This version is gone. Its pods ended with it.";
        return text::put(buffer, rest, &Line::from(scene.span(Role::Dim, says)));
    };
    path.spans.push(timeline::step(scene));
    path.spans.push(scene.span(Role::of_version(version.role), version.role.word()));
    path.spans.push(scene.span(Role::Title, format!(" {}", version.image())));
    text::put(buffer, title, &path);
    if version.pods.list.is_empty() {
        let says = if version.pods.known {
            "   It has no pods."
        } else {
            "   Pods may not be read here; the counts on the deck come from the controller."
        };
        return text::put(buffer, rest, &Line::from(scene.span(Role::Dim, says)));
    }
    listed(buffer, rest, scene);
}

fn listed(buffer: &mut Buffer, area: Rect, scene: &Scene<'_>) {
    let pods = scene.session.pods(scene.fleet);
    let selected = scene.session.pod_row(&pods).unwrap_or(0);
    let below = pods.get(selected).map(|pod| containers(scene, pod, area.width)).unwrap_or_default();
    let wanted = num::cells(below.len()).min(area.height.saturating_sub(6).min(area.height / 2));
    let (list, below_area) = layout::take(area, area.height - wanted);
    let cell =
        |index: usize, field, width| pods.get(index).map(|pod| cell(scene, pod, field, width)).unwrap_or_default();
    let widest = |of: &dyn Fn(&Pod) -> u16| pods.iter().map(|pod| of(pod)).max().unwrap_or(0);
    let wish = |column: Column<Field>| {
        let width = match column.field {
            Field::Pod => widest(&|pod| text::width(&pod.meta.at.name)),
            Field::Node => widest(&|pod| pod.node.as_ref().map_or(1, |node| text::width(node))),
            Field::State => widest(&|pod| text::width(dots::word(pod.state())) + 2),
            Field::Ready | Field::Restarts | Field::Age => column.most,
            Field::Wrong => widest(&|pod| wrong(pod).map_or(0, |says| text::width(&says))),
        };
        (column, width)
    };
    let table = Table {
        columns: COLUMNS.into_iter().map(wish).collect(),
        grows: Field::Wrong,
        sorted: None,
        len: pods.len(),
        cursor: Some(selected),
        cell: &cell,
    };
    columns::draw(buffer, list, scene, &table);
    // Right below the last pod with an empty row between, so that the eye need not travel.
    let used = num::cells(pods.len()).saturating_add(2).min(list.height);
    let below_area = Rect { y: list.y + used, ..below_area };
    text::put_all(buffer, below_area, &below);
}

fn cell<'a>(scene: &Scene<'a>, pod: &'a Pod, field: Field, width: u16) -> Line<'a> {
    let state = pod.state();
    match field {
        Field::State => {
            Line::from(scene.span(Role::of_pod(state), format!("{} {}", glyphs::pod(state), dots::word(state))))
        }
        Field::Pod => Line::from(scene.span(Role::Text, text::cut_middle(&pod.meta.at.name, width))),
        Field::Ready => {
            let counted = || pod.containers.iter().filter(|c| c.role != ContainerRole::Init);
            let ready = counted().filter(|c| c.ready).count();
            Line::from(scene.span(
                if state == PodState::Ready { Role::Dim } else { Role::Text },
                format!("{ready}/{}", counted().count()),
            ))
        }
        Field::Restarts => match pod.restarts() {
            0 => Line::from(scene.span(Role::Dim, glyphs::MISSING)),
            restarts => Line::from(scene.span(Role::Warning, restarts.to_string())),
        },
        Field::Age => Line::from(scene.span(Role::Dim, scene.ago(pod.meta.created))),
        Field::Node => {
            Line::from(scene.span(Role::Dim, pod.node.as_ref().map_or(glyphs::MISSING, |node| node.as_str())))
        }
        Field::Wrong => wrong(pod).map(|says| Line::from(scene.span(Role::of_pod(state), says))).unwrap_or_default(),
    }
}

/// What keeps a pod from being ready, as short as the API says it: the pod's reason, the first container that is not well, a gate.
fn wrong(pod: &Pod) -> Option<String> {
    if !pod.reason.is_empty() {
        return Some(pod.reason.to_string());
    }
    let says = |c: &Container, what: &str| {
        if pod.containers.len() > 1 { format!("{}: {what}", c.name) } else { what.to_owned() }
    };
    let waits = |c: &Container| match &c.state {
        ContainerState::Waiting { reason, .. } if !reason.is_empty() => Some(says(c, reason)),
        ContainerState::Ended(end) if c.is_failing() => Some(says(c, &pane::ending(end))),
        ContainerState::Waiting { .. }
        | ContainerState::Ended(_)
        | ContainerState::Running { .. }
        | ContainerState::Unreported => None,
    };
    let container = pod.containers.iter().find(|c| c.is_failing()).and_then(waits);
    container.or_else(|| pod.containers.iter().find_map(waits)).or_else(|| {
        let gate = pod.gates_missing.first().map(|gate| format!("gate {gate} is missing"));
        gate.or_else(|| pod.node.is_none().then(|| "not scheduled".to_owned()).filter(|_| pod.meta.deleting.is_none()))
    })
}

/// A rule with the pod's name, its message if it has one, then a row per container.
fn containers<'a>(scene: &Scene<'a>, pod: &'a Pod, width: u16) -> Vec<Line<'a>> {
    let name = text::cut_middle(&pod.meta.at.name, width.saturating_sub(20));
    let rule = usize::from(width.saturating_sub(text::width(&name) + 4));
    let mut lines = vec![Line::from(vec![
        scene.span(Role::Border, format!("{} ", glyphs::EMPTY)),
        scene.span(Role::Title, name),
        scene.span(Role::Border, format!(" {}", glyphs::EMPTY.repeat(rule))),
    ])];
    let condition =
        pod.conditions.iter().find(|c| !c.message.is_empty() && c.name != "Ready" && c.name != "ContainersReady");
    let says = if pod.message.is_empty() { condition.map(|c| &c.message) } else { Some(&pod.message) };
    lines.extend(says.map(|says| Line::from(vec![Span::raw("   "), scene.span(Role::Warning, says.as_str())])));
    let widest = pod.containers.iter().map(|c| text::width(&c.name)).max().unwrap_or(0).min(width / 4);
    for container in &pod.containers {
        lines.extend(container_lines(scene, container, usize::from(widest)));
    }
    lines
}

fn container_lines<'a>(scene: &Scene<'a>, container: &'a Container, widest: usize) -> Vec<Line<'a>> {
    let (role, says, message) = doing(scene, container);
    let kind = match container.role {
        ContainerRole::Init => "init",
        ContainerRole::Sidecar => "side",
        ContainerRole::Main => "main",
    };
    let name = text::cut(&container.name, num::cells(widest));
    let pad = widest.saturating_sub(usize::from(text::width(&name)));
    let mut first = vec![
        scene.span(Role::Dim, format!("   {kind}  ")),
        scene.span(Role::Title, name),
        Span::raw(" ".repeat(pad + 2)),
        scene.span(role, says),
    ];
    if container.restarts > 0 {
        let restarts = when::counted(num::count_usize(container.restarts), "restart");
        first.push(scene.span(Role::Warning, format!("  {} {restarts}", glyphs::MISSING)));
    }
    if let Some(end) = &container.last {
        let when = end.at.map(|at| format!(" {} ago", scene.ago(at))).unwrap_or_default();
        first.push(scene.span(Role::Text, format!(", last {}{when}", pane::ending(end))));
    }
    first.push(scene.span(Role::Dim, format!("  {} {}", glyphs::MISSING, container.image)));
    let mut lines = vec![Line::from(first)];
    if !message.is_empty() {
        lines.push(Line::from(vec![Span::raw(" ".repeat(widest + 11)), scene.span(Role::Dim, message)]));
    }
    lines
}

/// A container's state: its role, words, and what the kubelet says further.
fn doing<'a>(scene: &Scene<'_>, container: &'a Container) -> (Role, String, &'a str) {
    match &container.state {
        ContainerState::Unreported => (Role::Dim, "not reported yet".to_owned(), ""),
        ContainerState::Waiting { reason, message } => {
            let role = if container.is_failing() { Role::Stuck } else { Role::Progressing };
            (role, format!("waiting: {}", if reason.is_empty() { "no reason given" } else { reason }), message)
        }
        ContainerState::Running { since } => {
            let since = since.map(|at| format!(" for {}", scene.ago(at))).unwrap_or_default();
            // An init container is never ready: it is done or it runs.
            if container.role == ContainerRole::Init {
                (Role::Progressing, format!("running{since}"), "")
            } else if container.ready {
                (Role::Healthy, format!("ready, running{since}"), "")
            } else {
                (Role::Degraded, format!("not ready, running{since}"), "")
            }
        }
        ContainerState::Ended(end) if !container.is_failing() => (Role::Dim, pane::ending(end), &end.message),
        ContainerState::Ended(end) => (Role::Stuck, format!("ended: {}", pane::ending(end)), &end.message),
    }
}
