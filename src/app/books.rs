//! What is read besides because a screen shows it: the lines of containers, and two templates to compare. What is wanted
//! follows from the screen; nothing is read for longer.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::Value;
use tokio::task::JoinHandle;

use super::follow::Follower;
use crate::{
    cluster::{Cluster, Watching},
    diff,
    domain::{Diff, DiffAsk, LogAsk, Ref, Text},
    store::Fact,
};

/// Readers of what the screen shows.
pub(crate) struct Books {
    cluster: Arc<Cluster>,
    logs: BTreeMap<LogAsk, Watching>,
    diff: Option<(DiffAsk, JoinHandle<()>)>,
}

impl Books {
    pub(crate) fn new(cluster: Arc<Cluster>) -> Self {
        Self { cluster, logs: BTreeMap::new(), diff: None }
    }

    /// Follows the containers whose lines are shown, and no others.
    pub(crate) fn want_logs(&mut self, asks: &[LogAsk], follower: &mut Follower) {
        if self.logs.len() == asks.len() && asks.iter().all(|ask| self.logs.contains_key(ask)) {
            return;
        }
        self.logs.retain(|ask, _| asks.contains(ask));
        follower.tell(Fact::Logs(asks.to_vec()));
        for ask in asks {
            let read = || self.cluster.follow_log(ask.clone(), follower.sender());
            self.logs.entry(ask.clone()).or_insert_with(read);
        }
    }

    /// Compares what is to be compared, once.
    pub(crate) fn want_diff(&mut self, ask: Option<&DiffAsk>, follower: &Follower) {
        if self.diff.as_ref().map(|(of, _)| of) == ask {
            return;
        }
        if let Some((_, task)) = self.diff.take() {
            task.abort();
        }
        let Some(ask) = ask else { return };
        let (cluster, of, facts) = (Arc::clone(&self.cluster), ask.clone(), follower.sender());
        let task = tokio::spawn(async move {
            let lines = match tokio::join!(template(&cluster, &of.old), template(&cluster, &of.new)) {
                (Ok(old), Ok(new)) => Ok(diff::templates(&old, &new)),
                (Err(why), _) | (_, Err(why)) => Err(why),
            };
            let _ = facts.send(Fact::Diff(Diff { of, lines })).await;
        });
        self.diff = Some((ask.clone(), task));
    }
}

/// The pod template of a workload.
async fn template(cluster: &Cluster, at: &Ref) -> Result<Value, Text> {
    let mut whole = cluster.get_json(at).await.map_err(|trouble| trouble.what)?;
    let template = whole.pointer_mut("/spec/template").map(Value::take);
    template.ok_or_else(|| Text::clean(&format!("{at} has no pod template")))
}
