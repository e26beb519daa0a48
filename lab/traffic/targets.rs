//! Tells Prometheus which pods there are, in a file of the form of its `file_sd_configs`: Debian's Prometheus is built without
//! discovery in Kubernetes. Pods are named as such a discovery would, by the labels `namespace` and `pod`.

use std::{
    collections::BTreeMap,
    fs,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use serde_json::{Value, json};
use tokio::{sync::watch::Receiver, time::sleep};

use crate::{
    Answer,
    directory::{Directory, Pod},
};

/// Keeps `file` true for ever; it is written at most once in this time.
const PAUSE: Duration = Duration::from_millis(500);

/// Writes the file now, then whenever the pods to scrape have changed.
pub(crate) async fn keep(file: PathBuf, port: u16, mut directory: Receiver<Directory>) {
    let mut written = None;
    loop {
        let said = tell(&directory.borrow_and_update(), port).to_string();
        if written.as_ref() != Some(&said) {
            match write(&file, &said) {
                Ok(()) => written = Some(said),
                Err(why) => eprintln!("traffic: {}: {why}", file.display()),
            }
        }
        sleep(PAUSE).await;
        if directory.changed().await.is_err() {
            return;
        }
    }
}

fn tell(directory: &Directory, port: u16) -> Value {
    let sorted: BTreeMap<&IpAddr, &Arc<Pod>> = directory.iter().filter(|(_, pod)| pod.scraped).collect();
    let target = |(address, pod): (&IpAddr, &Arc<Pod>)| {
        let target = SocketAddr::from((*address, port)).to_string();
        json!({"targets": [target], "labels": {"namespace": pod.namespace, "pod": pod.name}})
    };
    sorted.into_iter().map(target).collect()
}

/// Prometheus never reads half a file.
fn write(file: &PathBuf, said: &str) -> Answer {
    let new = file.with_extension("new");
    fs::write(&new, said).and_then(|()| fs::rename(&new, file)).map_err(|error| error.to_string())
}
