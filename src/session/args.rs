//! What is typed for a verb, read: a number of pods, images by container, shares by version. Says what is wrong with it; decides nothing else.

use crate::domain::{Args, Name, Percent, Rollout, Text, num};

/// What stands between the images and the change-cause.
const CAUSE: &str = " # ";

/// A number of pods, or a step from the `now` that are wanted: `12`, `+2`, `-1`.
pub(super) fn replicas(text: &str, now: i32) -> Result<Args, String> {
    let typed = text.trim();
    let (step, digits) = match (typed.strip_prefix('+'), typed.strip_prefix('-')) {
        (Some(digits), _) => (Some(1), digits),
        (None, Some(digits)) => (Some(-1), digits),
        (None, None) => (None, typed),
    };
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(format!("write a number of pods such as 12, or +2 or -1 to count from {now}"));
    }
    let too_many = || format!("{typed} are more pods than a Deployment can count");
    let number: i64 = digits.parse().map_err(|_| too_many())?;
    let wanted = step.map_or(Some(number), |step: i64| i64::from(now).checked_add(step * number));
    let wanted = wanted.and_then(|wanted| i32::try_from(wanted).ok()).ok_or_else(too_many)?;
    match wanted {
        ..0 => Err(format!("{typed} from {now} leaves less than none; 0 takes all pods away")),
        _ if wanted == now => Err(format!("{now} are wanted already: write another number")),
        _ => Ok(Args::Replicas(wanted)),
    }
}

/// The images that a rollout has, as a line to be edited: `app=registry/web:1.9.0 proxy=envoy:1.31`.
pub(super) fn line_of(images: &[(Name, Text)]) -> String {
    images.iter().map(|(container, image)| format!("{container}={image}")).collect::<Vec<_>>().join(" ")
}

/// Images by container, `*` standing for all of them, and after ` # ` the change-cause. Only what differs from `now` is
/// taken.
pub(super) fn images(text: &str, now: &[(Name, Text)]) -> Result<Args, String> {
    let (typed, cause) = text.split_once(CAUSE).unwrap_or((text.trim_end().trim_end_matches(" #"), ""));
    let mut seen: Vec<&str> = Vec::new();
    let mut images = Vec::new();
    for word in typed.split_whitespace() {
        let (container, image) = word.split_once('=').ok_or_else(|| {
            let first = now.first().map_or("app", |(name, _)| name.as_str());
            format!("{word} names no container: write {first}={word}")
        })?;
        if image.is_empty() {
            return Err(format!("{container}= names no image"));
        }
        if seen.contains(&container) {
            return Err(format!("{container} is named twice"));
        }
        seen.push(container);
        if differs(container, image, now)? {
            images.push((Name::from(container), Text::clean(image)));
        }
    }
    if images.is_empty() {
        return Err("these images are what it has already: change one".to_owned());
    }
    let cause = Some(Text::clean(cause.trim())).filter(|cause| !cause.is_empty());
    Ok(Args::Images { images, cause })
}

/// Whether that image of a container is another one than now.
fn differs(container: &str, image: &str, now: &[(Name, Text)]) -> Result<bool, String> {
    if container == "*" {
        return Ok(now.iter().any(|(_, had)| *had != *image));
    }
    let had = now.iter().find(|(name, _)| *name == *container);
    let names = || now.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
    let (_, had) = had.ok_or_else(|| format!("there is no container {container}; there is {}", names()))?;
    Ok(*had != *image)
}

/// What the newest version gets now, as a line to be edited: `app-v2=10`.
pub(super) fn shares_of(rollout: &Rollout) -> String {
    let Some(newest) = rollout.newest() else { return String::new() };
    let now = newest.split.wanted.map_or(0.0, |share| share.0);
    let now = Percent::hundredths(num::round_u32(now * 10_000.0)).unwrap_or_default();
    format!("{}={}", newest.at.name, now.to_string().trim_end_matches(" %"))
}

/// Shares by version: `app-v2=30`, or a number alone for the newest version.
pub(super) fn shares(text: &str, rollout: &Rollout) -> Result<Args, String> {
    let newest = rollout.newest().map(|version| version.at.name.clone());
    let mut shares: Vec<(Name, Percent)> = Vec::new();
    for word in text.replace(" %", "%").split_whitespace() {
        let (name, share) = match (word.split_once('='), &newest) {
            (Some((name, share)), _) => (Name::from(name), share),
            (None, Some(newest)) => (newest.clone(), word),
            (None, None) => return Err(format!("{word} names no version: write VERSION={word}")),
        };
        if shares.iter().any(|(held, _)| *held == name) {
            return Err(format!("{name} is named twice"));
        }
        shares.push((name, Percent::parse(share)?));
    }
    if shares.is_empty() {
        return Err("write a version and its share, such as app-v2=30".to_owned());
    }
    Ok(Args::Shares(shares))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_digits_or_steps() {
        for (typed, wanted) in [("12", 12), (" 0 ", 0), ("+2", 22), ("-20", 0), ("2147483647", i32::MAX)] {
            assert_eq!(replicas(typed, 20), Ok(Args::Replicas(wanted)), "{typed}");
        }
        for (typed, why) in [
            ("", "write a number of pods such as 12, or +2 or -1 to count from 20"),
            ("2x", "write a number of pods such as 12, or +2 or -1 to count from 20"),
            ("+-2", "write a number of pods such as 12, or +2 or -1 to count from 20"),
            ("-21", "-21 from 20 leaves less than none; 0 takes all pods away"),
            ("20", "20 are wanted already: write another number"),
            ("+0", "20 are wanted already: write another number"),
            ("2147483648", "2147483648 are more pods than a Deployment can count"),
            ("99999999999999999999", "99999999999999999999 are more pods than a Deployment can count"),
        ] {
            assert_eq!(replicas(typed, 20), Err(why.to_owned()), "{typed}");
        }
    }

    #[test]
    fn only_images_that_differ_are_taken() {
        let now = [("app".into(), "r/web:1".into()), ("proxy".into(), "envoy:1".into())];
        assert_eq!(line_of(&now), "app=r/web:1 proxy=envoy:1");
        let taken = |pairs: &[(&str, &str)], cause: Option<&str>| {
            let images = pairs.iter().map(|(name, image)| (Name::from(*name), Text::from(*image))).collect();
            Ok(Args::Images { images, cause: cause.map(Text::from) })
        };
        assert_eq!(images("app=r/web:2 proxy=envoy:1", &now), taken(&[("app", "r/web:2")], None));
        let both = "app=r/web:2 proxy=envoy:2 # fixes #42 ";
        assert_eq!(images(both, &now), taken(&[("app", "r/web:2"), ("proxy", "envoy:2")], Some("fixes #42")));
        assert_eq!(images("*=r/web:1 # ", &now), taken(&[("*", "r/web:1")], None), "the proxy has another one");
        for (typed, why) in [
            ("app=r/web:1 proxy=envoy:1", "these images are what it has already: change one"),
            (" # why", "these images are what it has already: change one"),
            ("web=r/web:2", "there is no container web; there is app, proxy"),
            ("r/web:2", "r/web:2 names no container: write app=r/web:2"),
            ("app= ", "app= names no image"),
            ("app=a app=b", "app is named twice"),
        ] {
            assert_eq!(images(typed, &now), Err(why.to_owned()), "{typed}");
        }
    }
}
