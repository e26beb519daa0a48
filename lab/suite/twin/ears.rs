//! Hears what happens to the objects of all scripts: one list and one watch for each kind, begun anew when the API server
//! ends it (it does when a listener is slow).

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use futures::StreamExt;
use http::Request;
use kube::{Client, core::WatchEvent};
use serde_json::Value;
use tokio::{sync::watch, time::sleep};

use super::{
    real::ask,
    script::{MARK, Script},
    seen::{News, Seen, list, text},
};

/// What is heard of each script.
pub(super) type Ears = BTreeMap<String, watch::Receiver<Seen>>;

type Mouths = BTreeMap<String, watch::Sender<Seen>>;

/// Kinds, and where they are.
const KINDS: [(&str, &str); 3] =
    [("Deployment", "/apis/apps/v1/deployments"), ("ReplicaSet", "/apis/apps/v1/replicasets"), ("Pod", "/api/v1/pods")];

/// Begins to listen for the objects of scripts.
pub(super) fn listen(client: &Client, scripts: &[Script]) -> Ears {
    let mouths: Mouths =
        scripts.iter().map(|script| (script.name.clone(), watch::channel(Seen::default()).0)).collect();
    let ears = mouths.iter().map(|(name, mouth)| (name.clone(), mouth.subscribe())).collect();
    for (kind, path) in KINDS {
        let (client, mouths) = (client.clone(), mouths.clone());
        tokio::spawn(async move {
            loop {
                // Whatever ended it, what was missed is listed.
                drop(hear(&client, (kind, path), &mouths).await);
                sleep(Duration::from_millis(100)).await;
            }
        });
    }
    ears
}

/// Lists, and watches until the watch ends.
async fn hear(client: &Client, (kind, path): (&str, &str), mouths: &Mouths) -> Result<(), String> {
    let path = format!("{path}?labelSelector={MARK}%3Dyes");
    let all = ask(client, "GET", &path, "", None).await.map_err(|(_, why)| why)?;
    let mut names = BTreeSet::new();
    for item in list(&all, "/items") {
        let mut object = item.clone();
        // The items of a list do not say their kind.
        object["kind"] = kind.into();
        names.insert(text(&object, "/metadata/name").to_owned());
        tell(mouths, News { gone: false, object });
    }
    for mouth in mouths.values() {
        mouth.send_modify(|seen| seen.keep(kind, &names));
    }
    let from = text(&all, "/metadata/resourceVersion");
    let request = Request::get(format!("{path}&watch=true&resourceVersion={from}")).body(Vec::new());
    let events = client.request_events::<Value>(request.map_err(|e| e.to_string())?).await;
    let mut events = Box::pin(events.map_err(|e| e.to_string())?);
    while let Some(event) = events.next().await {
        match event.map_err(|e| e.to_string())? {
            WatchEvent::Added(object) | WatchEvent::Modified(object) => tell(mouths, News { gone: false, object }),
            WatchEvent::Deleted(object) => tell(mouths, News { gone: true, object }),
            WatchEvent::Bookmark(_) => {}
            WatchEvent::Error(why) => return Err(why.message),
        }
    }
    Ok(())
}

fn tell(mouths: &Mouths, news: News) {
    if let Some(mouth) = mouths.get(text(&news.object, "/metadata/labels/app")) {
        mouth.send_modify(|seen| seen.take(news));
    }
}
