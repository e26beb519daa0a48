//! `pods/NAME/eviction`, as `kubectl drain` uses it: a deletion that the disruption budgets of the pod may refuse with 429
//! (`pkg/registry/core/pod/storage/eviction.go` of Kubernetes 1.36). Budgets are kept by their controller, which
//! is never behind here: what the real server says of one that is still being processed is never said.

use serde_json::{Value, json};

use super::{
    call::Call,
    list::get,
    route::At,
    status::Status,
    write::{Written, delete, parsed},
};
use crate::{
    domain::{Moment, Sub},
    sim::{
        Objects, Resource,
        controllers::disruption::{allow, guards, let_go},
        controllers::{is_going, is_over, is_ready},
        objects::json::{count, object_or_null, text},
    },
};

/// What an eviction asks for: the options of its deletion.
pub(super) fn options(call: &Call) -> Result<Value, Status> {
    let eviction = parsed(call, "Eviction")?;
    Ok(eviction.get("deleteOptions").filter(|options| options.is_object()).cloned().unwrap_or_else(|| json!({})))
}

/// Deletes the pod, if its budget lets it go.
pub(super) fn evict(
    objects: &mut Objects,
    call: &Call,
    (at, options): (&At, &Value),
    now: Moment,
) -> Result<Written, Status> {
    let pod = get(objects, at)?;
    if let Some(mut budget) = budget_of(objects, pod)? {
        let allowed = count(&budget, "/status/disruptionsAllowed");
        let name = text(&budget, "/metadata/name");
        if allowed == 0 {
            let (needs, has) = (count(&budget, "/status/desiredHealthy"), count(&budget, "/status/currentHealthy"));
            let why = if has <= needs {
                format!("The disruption budget {name} needs {needs} healthy pods and has {has} currently")
            } else {
                format!("The disruption budget {name} does not allow evicting pods currently")
            };
            return Err(Status::guarded(&why));
        }
        allow(&mut budget, allowed - 1, now);
        let_go(&mut budget, &at.name, now);
        // The budget was read a moment ago, and nothing happens in between.
        drop(objects.replace((Resource::Budgets, Sub::Status), budget, call.manager(), now));
    }
    delete(objects, call, (at, options), now)?;
    let object = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201});
    Ok(Written { code: 201, object, warnings: Vec::new() })
}

/// The budget that has a say; None for a pod that none guards, that serves nobody, or that its budget would not miss.
fn budget_of(objects: &Objects, pod: &Value) -> Result<Option<Value>, Status> {
    if is_over(pod) || is_going(pod) || text(pod, "/status/phase") == "Pending" {
        return Ok(None);
    }
    let labels = object_or_null(pod, "/metadata/labels");
    let namespace = text(pod, "/metadata/namespace");
    let guarding: Vec<&Value> =
        objects.list(Resource::Budgets, Some(namespace)).filter(|budget| guards(budget, labels)).collect();
    let budget = match guarding.as_slice() {
        [] => return Ok(None),
        [budget] => *budget,
        _ => {
            return Err(Status::internal(
                "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
            ));
        }
    };
    let (has, needs) = (count(budget, "/status/currentHealthy"), count(budget, "/status/desiredHealthy"));
    // The default policy, IfHealthyBudget: a pod that is not ready may go while the others are enough.
    let is_free = text(budget, "/spec/unhealthyPodEvictionPolicy") == "AlwaysAllow" || (has >= needs && needs > 0);
    Ok((is_ready(pod) || !is_free).then(|| budget.clone()))
}
