//! The simulated cluster held against real controllers: the same scripts, played in the lab and in the simulator, must show
//! the same facts at every point of rest. Where the real controllers are not deterministic (pods that become ready by
//! themselves), only bounds and the end are compared.

mod applies;
mod ears;
mod evicts;
mod grid;
mod known;
mod play;
mod real;
mod request;
mod script;
mod seen;
mod simulated;
mod sizes;
mod stories;
mod table;
mod trouble;

pub(crate) use applies::applies_agree;
pub(crate) use evicts::evictions_agree;
use futures::{StreamExt, stream};
use kube::Client;
use tokio::{sync::watch::Receiver, task::spawn_blocking};

use self::{
    play::Played,
    script::{Judged, Script},
    seen::Seen,
    table::Row,
};
use crate::{Verdict, kube::Lab};

/// The namespace of all scripts but those with a quota, whose names go on after it.
const NAMESPACE: &str = "twin-scripts";

/// How many scripts are played at a time.
const AT_ONCE: usize = 56;

/// All scripts.
pub(crate) fn all_scripts(lab: &Lab) -> Verdict {
    compare(lab, scripts())
}

/// A dozen of them.
pub(crate) fn some_scripts(lab: &Lab) -> Verdict {
    compare(lab, scripts().into_iter().filter(|script| script.little).collect())
}

fn scripts() -> Vec<Script> {
    let mut all = [stories::scripts(), grid::scripts()].concat();
    // Those that wait for a deadline take longest: they begin first.
    all.sort_by_key(|script| script.spec.get("progressDeadlineSeconds").is_none());
    if let Ok(only) = std::env::var("TWIN_ONLY") {
        all.retain(|script| only.split(',').any(|part| script.name.contains(part)));
    }
    all
}

fn compare(lab: &Lab, scripts: Vec<Script>) -> Verdict {
    let mut namespaces = vec![lab.namespace(NAMESPACE)?];
    for script in scripts.iter().filter(|script| script.quota.is_some()) {
        let namespace = lab.namespace(&script.namespace(NAMESPACE))?;
        let quota = script.quota_object(&namespace.name).unwrap_or_default();
        namespace.apply(&quota.to_string())?;
        namespaces.push(namespace);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let rows = runtime.map_err(|e| e.to_string())?.block_on(play_all(lab, scripts))?;
    table::print(&rows);
    table::verdict(&rows)
}

/// Plays all scripts in both, some at a time.
async fn play_all(lab: &Lab, scripts: Vec<Script>) -> Result<Vec<Row>, String> {
    let client = real::client(lab).await?;
    let ears = ears::listen(&client, &scripts);
    let (client, ears) = (&client, &ears);
    let rows = stream::iter(scripts).map(|script| async move {
        let namespace = script.namespace(NAMESPACE);
        let ear = ears[&script.name].clone();
        play(client, (&script, &namespace), ear).await.unwrap_or_else(|why| Row::broken(&script, &why))
    });
    Ok(rows.buffered(AT_ONCE).collect().await)
}

/// Plays a script in the simulator, then in the lab, and compares.
async fn play(client: &Client, (script, namespace): (&Script, &str), ear: Receiver<Seen>) -> Result<Row, String> {
    let (own, name) = (script.clone(), namespace.to_owned());
    let simulated = spawn_blocking(move || simulated::play(&own, &name)).await.map_err(|e| e.to_string())?;
    let simulated = simulated.map_err(|why| format!("in the simulator: {why}"))?;
    let real = real::play(client, (script, namespace), ear, &simulated).await;
    Ok(Row::compared(script, &real.map_err(|why| format!("in the lab: {why}"))?, &simulated))
}
