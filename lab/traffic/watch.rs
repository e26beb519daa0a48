//! Keeps the directory of pods: a list in pages, then a watch; after a mistake all over again.

use std::{collections::HashMap, net::IpAddr, path::Path, sync::Arc, time::Duration};

use futures::{StreamExt, pin_mut};
use k8s_openapi::api::core::v1;
use kube::{
    Api, Client, Config,
    api::{ListParams, WatchEvent, WatchParams},
    config::{KubeConfigOptions, Kubeconfig},
};
use tokio::sync::watch::Sender;

use crate::{
    Answer,
    directory::{Directory, Pod},
};

/// A client for all pods.
pub(crate) async fn pods(kubeconfig: &Path) -> Answer<Api<v1::Pod>> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let wrong = |why: String| format!("{}: {why}", kubeconfig.display());
    let read = Kubeconfig::read_from(kubeconfig).map_err(|error| wrong(error.to_string()))?;
    let options = KubeConfigOptions::default();
    let config = Config::from_custom_kubeconfig(read, &options).await.map_err(|error| wrong(error.to_string()))?;
    Client::try_from(config).map(Api::all).map_err(|error| wrong(error.to_string()))
}

/// Keeps `directory` true for ever.
pub(crate) async fn keep(pods: Api<v1::Pod>, directory: Sender<Directory>) {
    loop {
        let Err(why) = follow(&pods, &directory).await else { continue };
        eprintln!("traffic: pods: {why}; listing again");
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// Lists, then watches until the server ends that, which is no mistake.
async fn follow(pods: &Api<v1::Pod>, directory: &Sender<Directory>) -> Answer {
    let mut version = list(pods, directory).await?;
    loop {
        let watch = pods.watch(&WatchParams::default().timeout(290), &version).await.map_err(|e| e.to_string())?;
        pin_mut!(watch);
        while let Some(event) = watch.next().await {
            match event.map_err(|e| e.to_string())? {
                WatchEvent::Added(pod) | WatchEvent::Modified(pod) => {
                    version = pod.metadata.resource_version.clone().unwrap_or(version);
                    directory.send_modify(|all| note(Arc::make_mut(all), &pod, true));
                }
                WatchEvent::Deleted(pod) => {
                    version = pod.metadata.resource_version.clone().unwrap_or(version);
                    directory.send_modify(|all| note(Arc::make_mut(all), &pod, false));
                }
                WatchEvent::Bookmark(mark) => version = mark.metadata.resource_version,
                WatchEvent::Error(status) => return Err(format!("{} ({})", status.message, status.code)),
            }
        }
    }
}

/// Takes in all pods; the version that was listed.
async fn list(pods: &Api<v1::Pod>, directory: &Sender<Directory>) -> Answer<String> {
    let mut found = HashMap::new();
    let mut page = ListParams::default().limit(500);
    loop {
        let some = pods.list(&page).await.map_err(|e| e.to_string())?;
        let known = directory.borrow().clone();
        let now = some.items.iter().filter_map(|pod| Pod::of(pod, &known));
        found.extend(now.map(|(address, pod)| (address, Arc::new(pod))));
        let Some(token) = some.metadata.continue_.filter(|token| !token.is_empty()) else {
            directory.send_replace(Arc::new(found));
            return Ok(some.metadata.resource_version.unwrap_or_default());
        };
        page = page.continue_token(&token);
    }
}

/// Takes in what happened to one pod.
fn note(all: &mut HashMap<IpAddr, Arc<Pod>>, pod: &v1::Pod, exists: bool) {
    let now = if exists { Pod::of(pod, all) } else { None };
    all.retain(|_, known| Some(&known.process.0) != pod.metadata.uid.as_ref());
    if let Some((address, now)) = now {
        all.insert(address, Arc::new(now));
    }
}
