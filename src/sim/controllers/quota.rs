//! The status of `ResourceQuotas`. That they refuse pods is the storage's admission.

use serde_json::{Value, json};

use super::MANAGER;
use crate::{
    domain::Sub,
    sim::{
        Resource, World,
        objects::{
            json::{object_or_null, set},
            usage,
        },
    },
};

/// Brings the quotas of a namespace up to date.
pub(in crate::sim) fn sync(world: &mut World, namespace: &str) {
    let quotas: Vec<Value> = world.objects.list(Resource::Quotas, Some(namespace)).cloned().collect();
    let now = world.now();
    for mut quota in quotas {
        let status = json!({"hard": object_or_null(&quota, "/spec/hard"), "used": usage(&world.objects, &quota)});
        set(&mut quota, &["status"], status);
        // It was listed a moment ago, and nothing happens in between.
        drop(world.objects.replace((Resource::Quotas, Sub::Status), quota, MANAGER, now));
    }
}
