//! Evictions: the same disruption budgets before the same Deployment, and the same requests to let its pods go, must get the
//! same answers from the real API server and controllers and from the simulated ones, and leave the same status.

use std::{sync::Arc, time::Duration};

use http::{Method, Request};
use kube::Client;
use rolldeck::{
    domain::Moment,
    sim::{Alone, Resource, Simulator, World},
};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::real;
use crate::{Verdict, kube::Lab};

const NAMESPACE: &str = "twin-evictions";
const START: Moment = Moment(1_700_000_000_000);
const CORE: &str = "/api/v1/namespaces/twin-evictions";
const APPS: &str = "/apis/apps/v1/namespaces/twin-evictions";
const POLICY: &str = "/apis/policy/v1/namespaces/twin-evictions/poddisruptionbudgets";

/// The pods of the Deployment.
const PODS: usize = 4;
/// Looks until something holds at the latest: half a minute in the lab.
const LOOKS: u32 = 150;

/// Specs of the budgets of one round each, without their selectors, which select all of the pods.
const ROUNDS: &[&[&str]] = &[
    &[],
    &[r#"{"minAvailable": 4}"#],
    &[r#"{"minAvailable": "75%"}"#],
    &[r#"{"minAvailable": "60%"}"#],
    &[r#"{"maxUnavailable": 0}"#],
    &[r#"{"maxUnavailable": 1}"#],
    &[r#"{"maxUnavailable": "30%"}"#],
    &["{}"],
    &[r#"{"minAvailable": 1}"#, r#"{"maxUnavailable": 3}"#],
    &[r#"{"minAvailable": -1}"#],
    &[r#"{"minAvailable": 1, "maxUnavailable": 1}"#],
    &[r#"{"maxUnavailable": "101%"}"#],
    &[r#"{"maxUnavailable": "x"}"#],
];

/// One of the two clusters.
struct Stage {
    client: Client,
    /// None in the lab, where time passes by itself.
    simulator: Option<Simulator>,
}

/// Plays all rounds on both.
pub(crate) fn evictions_agree(lab: &Lab) -> Verdict {
    let _namespace = lab.namespace(NAMESPACE)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let wrong = runtime.map_err(|e| e.to_string())?.block_on(compare(lab))?;
    println!("    {} of {} rounds of evictions agree", ROUNDS.len() - wrong.len(), ROUNDS.len());
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}

async fn compare(lab: &Lab) -> Result<Vec<String>, String> {
    let simulator = Simulator::start(World::new(7, START), Arc::new(|| START), 1.0, Box::new(Alone));
    let furnish = |world: &mut World| {
        let namespace = json!({"metadata": {"name": NAMESPACE}});
        drop(world.objects.create(Resource::Namespaces, namespace, "twin", START));
        world.add_nodes(2);
    };
    simulator.pause();
    simulator.act(furnish).await;
    let here = Stage { client: Client::new(simulator.service(), NAMESPACE), simulator: Some(simulator) };
    let in_lab = Stage { client: real::client(lab).await?, simulator: None };
    for stage in [&in_lab, &here] {
        stage.send(Method::POST, &format!("{APPS}/deployments"), &deployment()).await?;
    }
    let mut wrong = Vec::new();
    for round in ROUNDS {
        let (told, simulated) = (in_lab.round(round).await?, here.round(round).await?);
        if told != simulated {
            wrong.push(format!("{round:?}\n      lab       {told}\n      simulator {simulated}"));
        }
    }
    Ok(wrong)
}

fn deployment() -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
        "spec": {
            "replicas": PODS, "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{"name": "app", "image": "registry.example/web:1"}]},
            },
        },
    })
}

impl Stage {
    /// What is answered to these budgets, says their status, and is answered to three evictions one right after the other.
    async fn round(&self, budgets: &[&str]) -> Result<Value, String> {
        let rests = || async { Ok((self.pods().await?.len(), self.ready().await?.len()) == (PODS, PODS)) };
        self.until("all pods are ready, and no other is there", rests).await?;
        let mut made = Vec::new();
        for (at, spec) in budgets.iter().enumerate() {
            let mut spec: Value = serde_json::from_str(spec).map_err(|e| e.to_string())?;
            spec["selector"] = json!({"matchLabels": {"app": "web"}});
            let budget = json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": format!("b{at}")}, "spec": spec});
            let answer = self.send(Method::POST, POLICY, &budget).await?;
            made.push(if answer["kind"] == "Status" { answer } else { json!("made") });
        }
        self.until("budgets are observed", || async {
            Ok(self.budgets().await?.iter().all(|budget| budget["status"]["observedGeneration"] == 1))
        })
        .await?;
        let statuses: Vec<Value> = self.budgets().await?.iter().map(status).collect();
        let pods = self.ready().await?;
        let mut answers = Vec::new();
        for query in ["?dryRun=All", "", ""] {
            let Some(pod) = pods.get(answers.len().saturating_sub(1)) else { return Err("no pod is left".to_owned()) };
            let body = json!({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": pod}});
            let answer = self.send(Method::POST, &format!("{CORE}/pods/{pod}/eviction{query}"), &body).await?;
            answers.push(answer.to_string().replace(pod, "POD"));
        }
        for budget in self.budgets().await? {
            let name = budget["metadata"]["name"].as_str().unwrap_or_default();
            self.send(Method::DELETE, &format!("{POLICY}/{name}"), &json!({})).await?;
        }
        Ok(json!({"made": made, "statuses": statuses, "answers": answers}))
    }

    async fn pods(&self) -> Result<Vec<Value>, String> {
        let list = self.send(Method::GET, &format!("{CORE}/pods"), &Value::Null).await?;
        Ok(list["items"].as_array().cloned().unwrap_or_default())
    }

    /// The ready pods that stay, by name.
    async fn ready(&self) -> Result<Vec<String>, String> {
        let is_ready = |pod: &&Value| {
            let conditions = pod["status"]["conditions"].as_array().into_iter().flatten();
            pod["metadata"]["deletionTimestamp"].is_null()
                && conditions.into_iter().any(|condition| condition["type"] == "Ready" && condition["status"] == "True")
        };
        let name = |pod: &Value| pod["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        Ok(self.pods().await?.iter().filter(is_ready).map(name).collect())
    }

    async fn budgets(&self) -> Result<Vec<Value>, String> {
        let list = self.send(Method::GET, POLICY, &Value::Null).await?;
        Ok(list["items"].as_array().cloned().unwrap_or_default())
    }

    /// The answer, whether it is an object or a refusal.
    async fn send(&self, method: Method, path: &str, body: &Value) -> Result<Value, String> {
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let request = Request::builder().method(method).uri(path).header("Content-Type", "application/json").body(body);
        match self.client.request::<Value>(request.map_err(|e| e.to_string())?).await {
            Ok(answer) => Ok(answer),
            Err(kube::Error::Api(status)) => serde_json::to_value(*status).map_err(|e| e.to_string()),
            Err(other) => Err(other.to_string()),
        }
    }

    /// Lets time pass until something holds.
    async fn until<F: Future<Output = Result<bool, String>>>(&self, what: &str, holds: impl Fn() -> F) -> Verdict {
        for _ in 0..LOOKS {
            if holds().await? {
                return Ok(());
            }
            match &self.simulator {
                Some(simulator) => simulator.step(Duration::from_secs(1)).await,
                None => sleep(Duration::from_millis(200)).await,
            }
        }
        Err(format!("not seen in time: {what}"))
    }
}

/// What is to be compared of a budget's status.
fn status(budget: &Value) -> Value {
    let status = &budget["status"];
    let condition = &status["conditions"][0];
    let counts = ["currentHealthy", "desiredHealthy", "expectedPods", "disruptionsAllowed"].map(|name| &status[name]);
    json!([
        counts,
        condition["status"],
        condition["reason"],
        condition["observedGeneration"],
        budget["metadata"]["generation"]
    ])
}
