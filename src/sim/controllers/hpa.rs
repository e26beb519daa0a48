//! The `HorizontalPodAutoscaler` controller: every 15 s it corrects sizes outside the bounds, and follows a target of cpu
//! utilisation if the world knows the load. Behaviours and other metrics are not modelled; the rules are the ones without
//! `spec.behavior` (`pkg/controller/podautoscaler/horizontal.go` of 1.36).

use serde_json::{Value, json};

use super::{MANAGER, condition, is_going, is_ready};
use crate::{
    domain::{Moment, Sub, num},
    sim::{
        Resource, World,
        objects::{
            json::{count, int, list, object_or_null, set, stamp, text},
            labels::selects,
        },
        scale_of,
        world::{HPA_PERIOD_MS, Named, Note, Timer},
    },
};

/// A difference this small is not acted upon (`--horizontal-pod-autoscaler-tolerance`).
const TOLERANCE: f64 = 0.1;
/// Scaling down follows the highest recommendation of this long (`--horizontal-pod-autoscaler-downscale-stabilization`).
const STABLE_MS: i64 = 300_000;
const UNKNOWN: &str = "unable to get metrics for resource cpu: no metrics returned from resource metrics API";
const METRIC: &str = "cpu resource utilization (percentage of request)";

/// What a round decided: the size, and why.
struct Verdict {
    size: i32,
    why: String,
}

/// One round of an HPA. The next is due 15 s later, as long as it exists.
pub(in crate::sim) fn round(world: &mut World, named: &Named) {
    let (namespace, name) = named;
    let Some(mut hpa) = world.objects.get(Resource::Hpas, namespace, name).cloned() else {
        world.advice.remove(named);
        return;
    };
    let next = Moment(world.now().0 + HPA_PERIOD_MS);
    world.at(next, Timer::Hpa(named.clone()));
    let target = text(&hpa, "/spec/scaleTargetRef/name").to_owned();
    let Some(object) = world.objects.get(Resource::Deployments, namespace, &target).cloned() else {
        let why = format!("deployments/scale.apps {target:?} not found");
        let message = format!("the HPA controller was unable to get the target's current scale: {why}");
        say(world, &mut hpa, ("AbleToScale", "False", "FailedGetScale"), &message);
        tell(world, &hpa, ("Warning", "FailedGetScale"), &why);
        return write(world, hpa);
    };
    let message = "the HPA controller was able to get the target's current scale";
    say(world, &mut hpa, ("AbleToScale", "True", "SucceededGetScale"), message);
    let is = count(&object, "/spec/replicas");
    set(&mut hpa, &["status", "currentReplicas"], int(&object, "/status/replicas"));
    let Some(verdict) = decide(world, &mut hpa, &object, named) else { return write(world, hpa) };
    set(&mut hpa, &["status", "desiredReplicas"], verdict.size);
    if verdict.size != is {
        rescale(world, &mut hpa, &object, &verdict);
    }
    write(world, hpa);
}

/// The size that is wanted; None when it cannot be known or nothing is to be done.
fn decide(world: &mut World, hpa: &mut Value, object: &Value, named: &Named) -> Option<Verdict> {
    let is = count(object, "/spec/replicas");
    let (least, most) = (count(hpa, "/spec/minReplicas"), count(hpa, "/spec/maxReplicas"));
    if is == 0 {
        let message = "scaling is disabled since the replica count of the target is zero";
        say(world, hpa, ("ScalingActive", "False", "ScalingDisabled"), message);
        return Some(Verdict { size: 0, why: String::new() });
    }
    if is > most {
        return Some(Verdict { size: most, why: "Current number of replicas above Spec.MaxReplicas".to_owned() });
    }
    if is < least {
        return Some(Verdict { size: least, why: "Current number of replicas below Spec.MinReplicas".to_owned() });
    }
    let Some(wanted) = by_load(world, hpa, object) else {
        let message =
            format!("the HPA was unable to compute the replica count: failed to get cpu utilization: {UNKNOWN}");
        say(world, hpa, ("ScalingActive", "False", "FailedGetResourceMetric"), &message);
        tell(world, hpa, ("Warning", "FailedGetResourceMetric"), &format!("failed to get cpu utilization: {UNKNOWN}"));
        let first = format!(
            "first error is: failed to get cpu resource metric value: failed to get cpu utilization: {UNKNOWN}"
        );
        let message = format!("invalid metrics (1 invalid out of 1), {first}");
        tell(world, hpa, ("Warning", "FailedComputeMetricsReplicas"), &message);
        return None;
    };
    let message = format!("the HPA was able to successfully calculate a replica count from {METRIC}");
    say(world, hpa, ("ScalingActive", "True", "ValidMetricFound"), &message);
    let why = if wanted > is { format!("{METRIC} above target") } else { "All metrics below target".to_owned() };
    let stable = stabilize(world, named, wanted);
    if stable == wanted {
        say(world, hpa, ("AbleToScale", "True", "ReadyForNewScale"), "recommended size matches current size");
    } else {
        let message = "recent recommendations were higher than current one, applying the highest recent recommendation";
        say(world, hpa, ("AbleToScale", "True", "ScaleDownStabilized"), message);
    }
    let (size, reason, message) = limit(is, stable, (least, most));
    let limited = if size == stable { "False" } else { "True" };
    say(world, hpa, ("ScalingLimited", limited, reason), message);
    Some(Verdict { size, why })
}

/// The size that brings the load to its target.
fn by_load(world: &World, hpa: &mut Value, object: &Value) -> Option<i32> {
    let part = |pointer| text(object, pointer).to_owned();
    let load = *world.load.get(&(part("/metadata/namespace"), part("/metadata/name")))?;
    let cpu = |metric: &&Value| text(metric, "/resource/name") == "cpu";
    let target = list(hpa, "/spec/metrics").iter().find(cpu).map(|m| int(m, "/resource/target/averageUtilization"))?;
    let target = f64::from(i32::try_from(target).ok().filter(|target| *target > 0)?);
    let current = json!([{"type": "Resource", "resource": {"name": "cpu", "current": {
        "averageUtilization": num::round_i32(load), "averageValue": "0"}}}]);
    set(hpa, &["status", "currentMetrics"], current);
    let ratio = load / target;
    if (ratio - 1.0).abs() <= TOLERANCE {
        return Some(count(object, "/spec/replicas"));
    }
    let selector = object_or_null(object, "/spec/selector");
    let namespace = part("/metadata/namespace");
    let pods = world.objects.list(Resource::Pods, Some(&namespace));
    let ours =
        |pod: &&Value| selects(selector, object_or_null(pod, "/metadata/labels")) && !is_going(pod) && is_ready(pod);
    let ready = f64::from(num::count_i32(pods.filter(ours).count()));
    Some(num::round_i32((ratio * ready).ceil()))
}

/// The highest recommendation of the last five minutes.
fn stabilize(world: &mut World, named: &Named, wanted: i32) -> i32 {
    let now = world.now();
    let advice = world.advice.entry(named.clone()).or_default();
    advice.retain(|(at, _)| now.0 - at.0 <= STABLE_MS);
    let highest = advice.iter().map(|(_, size)| *size).max().unwrap_or(wanted).max(wanted);
    advice.push((now, wanted));
    highest
}

/// A size within the bounds, and no more than doubled at once (but four are always allowed).
fn limit(is: i32, wanted: i32, (least, most): (i32, i32)) -> (i32, &'static str, &'static str) {
    let fastest = is.saturating_mul(2).max(4);
    if wanted < least {
        (least, "TooFewReplicas", "the desired replica count is less than the minimum replica count")
    } else if wanted > most.min(fastest) && most > fastest {
        (fastest, "ScaleUpLimit", "the desired replica count is increasing faster than the maximum scale rate")
    } else if wanted > most {
        (most, "TooManyReplicas", "the desired replica count is more than the maximum replica count")
    } else {
        (wanted, "DesiredWithinRange", "the desired count is within the acceptable range")
    }
}

fn rescale(world: &mut World, hpa: &mut Value, object: &Value, verdict: &Verdict) {
    let mut scale = scale_of(object);
    set(&mut scale, &["spec", "replicas"], verdict.size);
    let now = world.now();
    let Verdict { size, why } = verdict;
    match world.objects.replace((Resource::Deployments, Sub::Scale), scale, MANAGER, now) {
        Ok(_) => {
            let message = format!("the HPA controller was able to update the target scale to {size}");
            say(world, hpa, ("AbleToScale", "True", "SucceededRescale"), &message);
            set(hpa, &["status", "lastScaleTime"], stamp(now));
            tell(world, hpa, ("Normal", "SuccessfulRescale"), &format!("New size: {size}; reason: {why}"));
        }
        Err(refusal) => {
            let message = format!("the HPA controller was unable to update the target scale: {}", refusal.message);
            say(world, hpa, ("AbleToScale", "False", "FailedUpdateScale"), &message);
            let message = format!("New size: {size}; reason: {why}; error: {}", refusal.message);
            tell(world, hpa, ("Warning", "FailedRescale"), &message);
        }
    }
}

/// Sets a condition; its transition time stays while its status does.
fn say(world: &World, hpa: &mut Value, (kind, status, reason): (&str, &str, &str), message: &str) {
    let now = stamp(world.now());
    let same = condition(hpa, kind).filter(|is| text(is, "/status") == status);
    let since = same.map_or(now, |is| text(is, "/lastTransitionTime").to_owned());
    let fresh =
        json!({"type": kind, "status": status, "reason": reason, "message": message, "lastTransitionTime": since});
    let mut all = list(hpa, "/status/conditions").to_vec();
    match all.iter_mut().find(|one| text(one, "/type") == kind) {
        Some(one) => *one = fresh,
        None => all.push(fresh),
    }
    set(hpa, &["status", "conditions"], all);
}

fn tell(world: &mut World, hpa: &Value, (kind, reason): (&str, &str), message: &str) {
    world.tell(hpa, Note { component: "horizontal-pod-autoscaler", kind, reason, message, part: "" });
}

fn write(world: &mut World, hpa: Value) {
    let now = world.now();
    // It was read in this round, and nothing happens in between.
    drop(world.objects.replace((Resource::Hpas, Sub::Status), hpa, MANAGER, now));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_stay_in_bounds_and_grow_no_faster_than_double() {
        let limit = |is, wanted| limit(is, wanted, (2, 20)).0;
        assert_eq!([limit(3, 1), limit(3, 4), limit(3, 9), limit(1, 9), limit(12, 30)], [2, 4, 6, 4, 20]);
    }
}
