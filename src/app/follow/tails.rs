//! The ends of logs that rules want, each fetched once. Which are wanted is their concern.

use std::{sync::Arc, time::Duration};

use tokio::{sync::mpsc, time::sleep};

use crate::{cluster::Cluster, domain::Want, store::Fact};

/// How often a log end is asked for before its failure is believed.
const TRIES: u32 = 3;
const BETWEEN_TRIES: Duration = Duration::from_secs(1);

/// Fetches the end of a log. What failed may be a server in trouble: it is asked a few times before it is believed.
pub(super) async fn fetch(cluster: Arc<Cluster>, want: Want, facts: mpsc::Sender<Fact>) {
    let mut tail = cluster.previous_log(&want).await;
    for _ in 1..TRIES {
        if tail.lines.is_ok() {
            break;
        }
        sleep(BETWEEN_TRIES).await;
        tail = cluster.previous_log(&want).await;
    }
    let _ = facts.send(Fact::Tail(tail)).await;
}
