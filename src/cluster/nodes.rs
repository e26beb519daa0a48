//! Where pods can run: the zones and pools of nodes, out of their labels.
//!
//! Nodes are listed, not watched. Each node's status is written every few minutes even when nothing changes, so a watch
//! of five thousand nodes brings dozens of events a second for labels that change when nodes are made. A list of the metadata out of
//! the server's cache (`resourceVersion=0`) costs it little (5,000 nodes, 93 MB as JSON: 0.4 MB on the wire, 0.2 s), and every five
//! minutes is often enough: what is said about places rests on minutes of requests. Whether nodes may be listed is asked first, so that who may not is not refused again and again.

use std::{collections::BTreeMap, time::Duration};

use http_body_util::BodyExt as _;
use tokio::{
    sync::mpsc,
    time::{sleep, timeout},
};

use super::{
    access,
    api::Api,
    reader::{chunk, encoding},
    request,
    trouble::Failure,
};
use crate::{
    domain::{Kind, Name, Object, Place, Right},
    store::Fact,
    wire::{Bad, Door, ListDecoder},
};

/// How old the labels of nodes may be, and when a refusal or a failure is worth another try.
const EVERY: Duration = Duration::from_mins(5);
/// The list begins to come within this, and does not stop for so long.
const WITHIN: Duration = Duration::from_secs(30);

/// Lists until nobody listens any more, and says so where that cannot be; `age` is how old the last answer is.
pub(super) async fn follow(api: Api, age: Option<Duration>, facts: mpsc::Sender<Fact>) {
    sleep(age.map_or(Duration::ZERO, |age| EVERY.saturating_sub(age))).await;
    loop {
        let may_list = access::review(&api, vec![right()]).await.iter().all(|access| access.allowed != Some(false));
        let read = if may_list { Some(read(&api).await) } else { None };
        if let Some(Err(failure)) = &read {
            tracing::info!(cluster = %api.cluster, why = failure.sentence(), "no labels of nodes");
        }
        let (cluster, places) = (api.cluster.clone(), read.and_then(Result::ok));
        if facts.send(Fact::Places { cluster, places }).await.is_err() {
            return;
        }
        sleep(EVERY).await;
    }
}

/// What it takes.
pub(super) fn right() -> Right {
    Right { verb: Name::fixed("list"), group: Name::default(), resource: Name::fixed("nodes"), namespace: None }
}

async fn read(api: &Api) -> Result<BTreeMap<Name, Place>, Failure> {
    let request = request::nodes().ok_or_else(|| Failure::Garbled("nodes have no path".to_owned()))?;
    let response = api.send(request, WITHIN).await?;
    let garbled = |bad: Bad| Failure::Garbled(format!("the list of nodes does not decode: {bad}"));
    let mut decoder = ListDecoder::new(&Kind::NODE, encoding(&response)?).map_err(garbled)?;
    let (mut body, mut door) = (response.into_body(), Door::new(api.cluster.clone()));
    let mut places = BTreeMap::new();
    let stopped = |_| Failure::Broken("the list of nodes stopped in the middle".to_owned());
    while let Some(bytes) = chunk(timeout(WITHIN, body.frame()).await.map_err(stopped)?)? {
        let nodes = decoder.push(&bytes, &mut door).map_err(garbled)?;
        let nodes = nodes.iter().filter_map(|object| if let Object::Node(node) = object { Some(node) } else { None });
        places.extend(nodes.map(|node| (node.meta.at.name.clone(), Place::of(&node.meta.labels))));
    }
    decoder.finish(&mut door).map_err(garbled)?;
    Ok(places)
}

#[cfg(test)]
mod tests {
    use super::{super::script::*, *};

    const NODES: &str = "/api/v1/nodes?resourceVersion=0";
    const REVIEW: &str = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

    #[tokio::test(start_paused = true)]
    async fn labels_are_listed_rarely_and_only_where_that_is_allowed() {
        let (cluster, mut script) = cluster();
        let (sender, mut facts) = mpsc::channel(8);
        let _nodes = cluster.follow_nodes(None, sender);
        script.expect(REVIEW).await.answer(201, JSON, r#"{"status":{"allowed":false}}"#);
        assert!(matches!(facts.recv().await, Some(Fact::Places { places: None, .. })));
        assert!(script.within(299).await.is_none(), "who may not is not refused again and again");
        script.expect(REVIEW).await.answer(201, JSON, r#"{"status":{"allowed":true}}"#);
        let list = r#"{"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/v1","metadata":{"resourceVersion":"7"},
            "items":[{"metadata":{"name":"n1","labels":{"topology.kubernetes.io/zone":"a","agentpool":"spot"}}},
                     {"metadata":{"name":"n2"}}]}"#;
        script.expect(NODES).await.answer(200, JSON, list);
        let Some(Fact::Places { places: Some(places), .. }) = facts.recv().await else { panic!("no places") };
        assert_eq!(places["n1"], Place { zone: Some("a".into()), pool: Some("spot".into()), machine: None });
        assert_eq!(places["n2"], Place::default());
        assert!(script.within(299).await.is_none() && script.within(2).await.is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_known_is_not_listed_again_for_another_deck() {
        let (cluster, mut script) = cluster();
        let (sender, _facts) = mpsc::channel(8);
        let _nodes = cluster.follow_nodes(Some(Duration::from_mins(4)), sender);
        assert!(script.within(59).await.is_none() && script.within(2).await.is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_knows_no_metadata_lists_whole_nodes_and_a_cut_list_is_none() {
        let (cluster, mut script) = cluster();
        let (sender, mut facts) = mpsc::channel(8);
        let _nodes = cluster.follow_nodes(None, sender);
        for (list, is_whole) in [
            (r#"{"kind":"NodeList","metadata":{"resourceVersion":"7"},"items":[{"#, false),
            (
                r#"{"kind":"NodeList","metadata":{"resourceVersion":"7"},"items":[{"metadata":{"name":"n1"},"status":{}}]}"#,
                true,
            ),
        ] {
            script.expect(REVIEW).await.answer(201, JSON, r#"{"status":{"allowed":true}}"#);
            script.expect(NODES).await.answer(200, JSON, list);
            let Some(Fact::Places { places, .. }) = facts.recv().await else { panic!("no answer") };
            assert_eq!(places.map(|places| places.len()), is_whole.then_some(1), "half a list is no list");
        }
    }
}
