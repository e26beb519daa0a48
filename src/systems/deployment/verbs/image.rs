//! Set image, as `kubectl set image` does it, with the change-cause in the same patch: set before, it would tag the old
//! revision; set after, it may miss the new one.

use serde_json::{Value, json};

use super::done;
use crate::{
    domain::{Args, Draft, Name, Op, Text, Verb, Weight, Why},
    systems::{
        Ask, VerbRow,
        subject::{Subject, annotate, change, guard, itself, quote, why},
    },
};

/// Change an image.
pub(super) const SET_IMAGE: VerbRow = VerbRow {
    verb: Verb::SetImage,
    rights: &[("patch", "apps", "deployments"), ("get", "apps", "deployments")],
    needs: itself,
    draft,
    done: done::imaged,
};

const CAUSE: &str = "kubernetes.io/change-cause";

/// One container of the template.
struct Container<'a> {
    path: String,
    name: &'a str,
    image: &'a str,
}

fn draft(ask: &Ask<'_>) -> Result<Draft, Why> {
    let it = Subject::of(ask)?;
    let Args::Images { images, cause } = &ask.intent.args else {
        return Err(why("which image? set-image needs CONTAINER=IMAGE"));
    };
    let containers = containers(it.whole);
    let mut news: Vec<(&Container<'_>, &Text)> = Vec::new();
    for container in &containers {
        if let Some(image) = wanted(container.name, images) {
            news.push((container, image));
        }
    }
    check(images, &containers)?;
    news.retain(|(container, image)| **image != *container.image);
    if news.is_empty() {
        return Err(why("nothing would change: the template has these images already"));
    }
    let pairs: Vec<String> = images.iter().map(|(name, image)| quote(&format!("{name}={image}"))).collect();
    let command = format!("set image {} {}", it.at, pairs.join(" "));
    let cause = cause.clone().filter(|cause| !cause.trim().is_empty());
    let cause = cause.unwrap_or_else(|| told(images));
    let mut ops: Vec<Op> =
        news.iter().map(|(c, image)| Op::Put(c.path.as_str().into(), json!(image.as_str()))).collect();
    let (absent, op) = annotate(it.whole, "/metadata/annotations", CAUSE, &cause);
    ops.push(op);
    let mut changes: Vec<_> =
        news.iter().map(|(c, image)| change(&format!("image of {}", c.name), c.image, image.as_str())).collect();
    let said = it.annotations().and_then(|map| map.get(CAUSE)).and_then(Value::as_str).unwrap_or("none");
    changes.push(change("change-cause", said, &*cause));
    let tag = format!("annotate --overwrite {} {}", it.at, quote(&format!("{CAUSE}={cause}")));
    let waits =
        it.is_paused().then(|| guard("paused", Weight::Note, "it is paused: nothing rolls until it is resumed"));
    let downtime = if it.is_paused() { None } else { it.downtime() };
    Ok(Draft {
        title: Text::clean(&format!("set image of {}", it.at.name)),
        changes,
        writes: vec![it.write([it.generation()].into_iter().chain(absent).collect(), ops)],
        kubectl: Ok(Text::clean(&format!("{} && {}", it.kubectl(&command), it.kubectl(&tag)))),
        destructive: downtime.is_some(),
        guards: downtime.into_iter().chain(waits).collect(),
    })
}

/// Containers and init containers; kubectl's `*` means all of them.
fn containers(whole: &Value) -> Vec<Container<'_>> {
    let mut found = Vec::new();
    for list in ["containers", "initContainers"] {
        let at = format!("/spec/template/spec/{list}");
        for (n, container) in whole.pointer(&at).and_then(Value::as_array).into_iter().flatten().enumerate() {
            let text = |key: &str| container.get(key).and_then(Value::as_str).unwrap_or_default();
            found.push(Container { path: format!("{at}/{n}/image"), name: text("name"), image: text("image") });
        }
    }
    found
}

/// The image for a container: its own before the one for all.
fn wanted<'a>(container: &str, images: &'a [(Name, Text)]) -> Option<&'a Text> {
    let named = |name: &str| images.iter().find(|(held, _)| *held == *name).map(|(_, image)| image);
    named(container).or_else(|| named("*"))
}

fn check(images: &[(Name, Text)], containers: &[Container<'_>]) -> Result<(), Why> {
    if images.is_empty() {
        return Err(why("which image? set-image needs CONTAINER=IMAGE"));
    }
    for (n, (name, image)) in images.iter().enumerate() {
        if *name != *"*" && !containers.iter().any(|container| *name == *container.name) {
            let there: Vec<&str> = containers.iter().map(|container| container.name).collect();
            return Err(why(format!("unable to find container named \"{name}\": there is {}", there.join(", "))));
        }
        if image.is_empty() || image.contains(char::is_whitespace) {
            return Err(why(format!("\"{image}\" is no image for {name}: it needs a name, without spaces")));
        }
        if images.iter().skip(n + 1).any(|(other, _)| other == name) {
            return Err(why(format!("{name} is given twice")));
        }
    }
    Ok(())
}

/// The change-cause when none is given.
fn told(images: &[(Name, Text)]) -> Text {
    let pairs: Vec<String> = images.iter().map(|(name, image)| format!("{name}={image}")).collect();
    Text::clean(&format!("set image {}", pairs.join(" ")))
}
