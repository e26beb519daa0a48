//! What the pods of a namespace use, asked of `metrics.k8s.io` (the metrics server) again and again. A cluster without it, or one
//! that does not let us ask, is asked rarely; nothing is guessed, and why there is nothing is told.

use std::{collections::BTreeMap, time::Duration};

use serde::Deserialize;
use tokio::{
    sync::mpsc,
    time::{sleep, timeout},
};

use super::{api::Api, request, trouble::Failure};
use crate::{
    domain::{Name, Text, Unmeasured, Usage},
    store::Fact,
};

/// As often as the metrics server has something new by default.
const EVERY: Duration = Duration::from_secs(15);
/// After a failure, and where it is not installed or may not be read.
const AFTER_FAILURE: Duration = Duration::from_mins(1);
const WHERE_NONE: Duration = Duration::from_mins(5);
/// A later answer is of no use.
const WITHIN: Duration = Duration::from_secs(5);
/// Ten thousand pods of a few containers.
const BYTES: usize = 32 << 20;
/// Where the API server says which versions of the group it has.
const GROUP: &str = "/apis/metrics.k8s.io";
const GROUP_BYTES: usize = 64 << 10;

/// Asks until nobody listens any more. The first answer comes in any case, if only why there is none.
pub(super) async fn follow(api: Api, namespace: Name, facts: mpsc::Sender<Fact>) {
    loop {
        let (used, wait) = match ask(&api, &namespace).await {
            Ok(pods) => (Ok(pods), EVERY),
            Err(failure) => {
                let (why, wait) = explain(&api, &namespace, &failure).await;
                (Err(why), wait)
            }
        };
        let (cluster, namespace) = (api.cluster.clone(), namespace.clone());
        if facts.send(Fact::Usage { cluster, namespace, used: Some(used) }).await.is_err() {
            return;
        }
        sleep(wait).await;
    }
}

/// Why there is no answer, and when to ask again. Who may not ask is refused whether there is a metrics server or not, and so
/// the API server is asked whether it has the group: that is readable to everybody (`system:discovery`).
async fn explain(api: &Api, namespace: &Name, failure: &Failure) -> (Unmeasured, Duration) {
    let is_absent = |failure: &Failure| matches!(failure, Failure::Refused(status) if status.code == 404);
    if is_absent(failure) {
        return (Unmeasured::Absent, WHERE_NONE);
    }
    tracing::info!(cluster = %api.cluster, why = failure.sentence(), "no usage of pods");
    if !matches!(failure, Failure::Refused(status) if status.code == 403) {
        let why = format!("the metrics server does not answer: {}", failure.sentence());
        return (Unmeasured::Trouble(Text::clean(&why)), AFTER_FAILURE);
    }
    let group = match request::plain(GROUP) {
        Some(request) => api.fetch(request, GROUP_BYTES).await.map(drop),
        None => Ok(()),
    };
    if group.is_err_and(|failure| is_absent(&failure)) {
        return (Unmeasured::Absent, WHERE_NONE);
    }
    let why = format!("needs list on pods.metrics.k8s.io in namespace {namespace}");
    (Unmeasured::Trouble(Text::clean(&why)), WHERE_NONE)
}

async fn ask(api: &Api, namespace: &Name) -> Result<BTreeMap<Name, Usage>, Failure> {
    let path = format!("{GROUP}/v1beta1/namespaces/{namespace}/pods");
    let request = request::plain(&path).ok_or_else(|| Failure::Garbled("this is no namespace".to_owned()))?;
    let late = |_| Failure::Broken(format!("no answer within {} s", WITHIN.as_secs()));
    let body = timeout(WITHIN, api.fetch(request, BYTES)).await.map_err(late)??;
    let list: List =
        serde_json::from_slice(&body).map_err(|error| Failure::Garbled(format!("it does not decode: {error}")))?;
    Ok(list.items.into_iter().map(|pod| (pod.metadata.name, pod.containers.iter().filter_map(used).sum())).collect())
}

/// `PodMetricsList` of `metrics.k8s.io/v1beta1`.
#[derive(Deserialize)]
struct List {
    items: Vec<PodMetrics>,
}

#[derive(Deserialize)]
struct PodMetrics {
    metadata: Metadata,
    #[serde(default)]
    containers: Vec<Container>,
}

#[derive(Deserialize)]
struct Metadata {
    name: Name,
}

#[derive(Deserialize)]
struct Container {
    usage: Quantities,
}

#[derive(Deserialize)]
struct Quantities {
    cpu: String,
    memory: String,
}

fn used(container: &Container) -> Option<Usage> {
    let (cpu, memory) = (nano(&container.usage.cpu)?, nano(&container.usage.memory)? / NANO);
    Some(Usage { cpu_nano: u64::try_from(cpu).ok()?, memory: u64::try_from(memory).ok()? })
}

const NANO: u128 = 1_000_000_000;

/// A quantity of whole digits with its suffix (`resource.Quantity` in its canonical form), in billionths.
fn nano(text: &str) -> Option<u128> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, suffix) = text.split_at_checked(digits)?;
    let scale = match suffix {
        "n" => 1,
        "u" => 1_000,
        "m" => 1_000_000,
        "" => NANO,
        "k" => NANO * 1_000,
        "M" => NANO * 1_000_000,
        "G" => NANO * 1_000_000_000,
        "Ki" => NANO << 10,
        "Mi" => NANO << 20,
        "Gi" => NANO << 30,
        "Ti" => NANO << 40,
        _ => return None,
    };
    number.parse::<u128>().ok()?.checked_mul(scale)
}

#[cfg(test)]
mod tests {
    use super::{super::script::*, *};
    use crate::domain::UsageOf;

    const PATH: &str = "/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods";

    async fn told(facts: &mut mpsc::Receiver<Fact>) -> UsageOf {
        let Some(Fact::Usage { used: Some(used), .. }) = facts.recv().await else { panic!("no usage") };
        used
    }

    /// The sentence that there is instead of numbers.
    async fn trouble(facts: &mut mpsc::Receiver<Fact>) -> Text {
        let Err(Unmeasured::Trouble(why)) = told(facts).await else { panic!("no trouble") };
        why
    }

    #[tokio::test(start_paused = true)]
    async fn containers_are_summed_and_asked_for_every_fifteen_seconds() {
        let (cluster, mut script) = cluster();
        let (sender, mut facts) = mpsc::channel(8);
        let _usage = cluster.follow_usage(&"shop".into(), sender);
        let body = r#"{"kind":"PodMetricsList","items":[
            {"metadata":{"name":"web-1","namespace":"shop"},"timestamp":"2026-01-01T00:00:00Z","window":"15s","containers":[
                {"name":"app","usage":{"cpu":"250m","memory":"96Mi"}},{"name":"proxy","usage":{"cpu":"1500000n","memory":"2048Ki"}}]},
            {"metadata":{"name":"web-2"},"containers":[{"name":"app","usage":{"cpu":"2","memory":"1000000"}}]}]}"#;
        script.expect(PATH).await.answer(200, JSON, body);
        let used = told(&mut facts).await.unwrap();
        assert_eq!(used["web-1"], Usage { cpu_nano: 251_500_000, memory: 98 << 20 });
        assert_eq!(used["web-2"], Usage { cpu_nano: 2_000_000_000, memory: 1_000_000 });
        assert!(script.within(14).await.is_none());
        script.expect(PATH).await.refuse(503, "ServiceUnavailable", "the server is currently unable");
        assert_eq!(
            trouble(&mut facts).await,
            "the metrics server does not answer: 503: the server is currently unable",
            "what is old is not shown"
        );
        assert!(script.within(59).await.is_none() && script.within(2).await.is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn a_cluster_without_a_metrics_server_is_asked_rarely() {
        let (cluster, mut script) = cluster();
        let (sender, mut facts) = mpsc::channel(8);
        let _usage = cluster.follow_usage(&"shop".into(), sender);
        script.expect(PATH).await.refuse(404, "", "no");
        assert_eq!(told(&mut facts).await, Err(Unmeasured::Absent));
        assert!(script.within(299).await.is_none() && script.within(2).await.is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn a_right_is_missed_only_where_there_is_something_to_read() {
        for is_there in [false, true] {
            let (cluster, mut script) = cluster();
            let (sender, mut facts) = mpsc::channel(8);
            let _usage = cluster.follow_usage(&"shop".into(), sender);
            script.expect(PATH).await.refuse(403, "Forbidden", "pods.metrics.k8s.io is forbidden");
            let group = script.expect(GROUP).await;
            if is_there {
                group.answer(200, JSON, r#"{"kind":"APIGroup"}"#);
                assert_eq!(trouble(&mut facts).await, "needs list on pods.metrics.k8s.io in namespace shop");
            } else {
                group.refuse(404, "", "no");
                assert_eq!(told(&mut facts).await, Err(Unmeasured::Absent));
            }
            assert!(script.within(299).await.is_none() && script.within(2).await.is_some());
        }
    }

    #[test]
    fn what_is_no_quantity_is_none() {
        assert_eq!(["", "x", "1x", "-1", "1.5"].map(nano), [None; 5]);
    }
}
