//! Garbage collection: what a gone owner owned goes too, in the background; a gone namespace takes everything with it.
//! Finalizers and foreground deletion are not modelled.

use serde_json::Value;

use crate::sim::{
    Key, Resource, World,
    objects::{
        json::{list, text},
        key,
    },
};

/// Deletes what an owner that is gone (its uid) owned.
pub(in crate::sim) fn collect(world: &mut World, uid: &str) {
    let owned = |object: &Value| list(object, "/metadata/ownerReferences").iter().any(|one| text(one, "/uid") == uid);
    delete(world, all(world, None, owned), None);
}

/// Deletes everything in a namespace that is gone. Its pods go at once: nobody could see them end.
pub(in crate::sim) fn empty(world: &mut World, namespace: &str) {
    delete(world, all(world, Some(namespace), |_| true), Some(0));
}

fn all(world: &World, namespace: Option<&str>, which: impl Fn(&Value) -> bool) -> Vec<Key> {
    let namespaced = Resource::ALL.into_iter().filter(|resource| resource.namespaced());
    let of = |resource| {
        world.objects.list(resource, namespace).filter(|object| which(object)).map(move |o| key(resource, o))
    };
    namespaced.flat_map(of).collect()
}

fn delete(world: &mut World, keys: Vec<Key>, grace_s: Option<i64>) {
    let now = world.now();
    for (resource, namespace, name) in keys {
        // It was listed a moment ago, and nothing happens in between.
        drop(world.objects.delete((resource, &namespace, &name), grace_s, now));
    }
}
