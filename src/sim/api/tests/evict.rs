//! Evictions: what a disruption budget lets go. The bodies are kube-apiserver 1.36.1's (`lab/test evictions-agree`).

use super::*;

const BUDGETS: &str = "/apis/policy/v1/namespaces/shop/poddisruptionbudgets";
const WEB_BUDGET: &str = "/apis/policy/v1/namespaces/shop/poddisruptionbudgets/web";

/// A server with `web`, whose pods are ready, behind a budget.
fn guarded(replicas: i64, budget: Value) -> Server {
    let mut server = server();
    server.act(|world| world.add_nodes(2));
    let (code, made) = server.ask("POST", DEPLOYMENTS, "application/json", &deployment("web", replicas));
    assert_eq!(code, 201, "{made}");
    server.pass(60);
    server.guard("web", budget);
    server
}

impl Server {
    fn pass(&mut self, seconds: i64) {
        let to = Moment(self.world.now().0 + seconds * 1_000);
        while !self.run_to(to) {}
    }

    fn guard(&mut self, name: &str, mut spec: Value) {
        spec["selector"] = json!({"matchLabels": {"app": "web"}});
        let budget = json!({"metadata": {"name": name}, "spec": spec});
        let (code, made) = self.ask("POST", BUDGETS, "application/json", &budget);
        assert_eq!(code, 201, "{made}");
    }

    fn pods(&mut self) -> Vec<String> {
        let (_, list) = self.get(PODS);
        let going = |pod: &&Value| pod.pointer("/metadata/deletionTimestamp").is_none();
        let name = |pod: &Value| pod["metadata"]["name"].as_str().unwrap().to_owned();
        list["items"].as_array().unwrap().iter().filter(going).map(name).collect()
    }

    fn ask_to_evict(&mut self, pod: &str, query: &str, options: &Value) -> (u16, Value) {
        let eviction =
            json!({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": pod}, "deleteOptions": options});
        self.ask("POST", &format!("{PODS}/{pod}/eviction{query}"), "application/json", &eviction)
    }

    fn allowed(&mut self) -> (Value, Value, Value) {
        let (_, budget) = self.get(WEB_BUDGET);
        let status = &budget["status"];
        (
            status["disruptionsAllowed"].clone(),
            status["currentHealthy"].clone(),
            status["conditions"][0]["reason"].clone(),
        )
    }
}

#[test]
fn a_budget_that_can_spare_nothing_answers_429_with_its_numbers() {
    let mut server = guarded(3, json!({"minAvailable": "100%"}));
    let pod = server.pods().remove(0);
    let (code, status) = server.ask_to_evict(&pod, "", &Value::Null);
    let says = "Cannot evict pod as it would violate the pod's disruption budget.";
    assert_eq!(refusal(&(code, status.clone())), (429, "TooManyRequests", says));
    let why = "The disruption budget web needs 3 healthy pods and has 3 currently";
    assert_eq!(status["details"], json!({"causes": [{"reason": "DisruptionBudget", "message": why}]}));
    assert_eq!(server.ask_to_evict(&pod, "?dryRun=All", &Value::Null).0, 429);
    assert_eq!(server.pods().len(), 3);
}

#[test]
fn a_budget_lets_go_one_after_the_other_as_new_pods_become_ready() {
    let mut server = guarded(3, json!({"maxUnavailable": 1}));
    let (first, second) = (server.pods().remove(0), server.pods().remove(1));
    assert_eq!(server.ask_to_evict(&first, "?dryRun=All", &Value::Null).0, 201);
    assert_eq!(server.ask_to_evict(&first, "", &json!({"dryRun": ["All"]})).0, 201);
    assert_eq!(server.allowed(), (json!(1), json!(3), json!("SufficientPods")));
    let (code, status) = server.ask_to_evict(&first, "", &Value::Null);
    assert_eq!((code, &status["status"], &status["code"]), (201, &json!("Success"), &json!(201)));
    assert_eq!(server.allowed(), (json!(0), json!(2), json!("InsufficientPods")));
    assert_eq!(server.ask_to_evict(&second, "", &Value::Null).0, 429);
    server.pass(60);
    assert_eq!(server.allowed(), (json!(1), json!(3), json!("SufficientPods")));
    assert_eq!(server.ask_to_evict(&second, "", &Value::Null).0, 201);
}

#[test]
fn who_is_guarded_by_nobody_or_by_two_is_told_so() {
    let mut server = guarded(2, json!({"minAvailable": 1}));
    let pod = server.pods().remove(0);
    assert_eq!(
        refusal(&server.ask_to_evict("absent", "", &Value::Null)),
        (404, "NotFound", "pods \"absent\" not found")
    );
    let mistaken = server.ask_to_evict(&pod, "", &json!({"preconditions": {"uid": "abc"}}));
    assert!(
        refusal(&mistaken).2.starts_with(&format!("Operation cannot be fulfilled on Pod \"{pod}\": the UID in the"))
    );
    server.guard("too", json!({"maxUnavailable": "50%"}));
    let both = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
    assert_eq!(refusal(&server.ask_to_evict(&pod, "", &Value::Null)), (500, "", both));
}

#[test]
fn budgets_are_held_to_what_makes_sense() {
    let mut server = server();
    for (spec, says) in [
        (json!({"minAvailable": -1}), "spec.minAvailable: Invalid value: -1: must be greater than or equal to 0"),
        (
            json!({"maxUnavailable": "150%"}),
            "spec.maxUnavailable: Invalid value: \"150%\": must not be greater than 100%",
        ),
        (json!({"minAvailable": "x"}), "a valid percent string must be a numeric string followed by an ending '%'"),
        (json!({"minAvailable": 1, "maxUnavailable": 1}), "minAvailable and maxUnavailable cannot be both set"),
    ] {
        let answer = server.ask("POST", BUDGETS, "application/json", &json!({"metadata": {"name": "b"}, "spec": spec}));
        let (code, _, message) = refusal(&answer);
        assert!(code == 422 && message.contains(says), "{message}");
    }
}
