use super::{script::*, *};
use crate::domain::{Kind, Uid};

fn web() -> Ref {
    Ref { cluster: Name::fixed("lab"), namespace: Name::fixed("shop"), kind: Kind::POD, name: Name::fixed("web") }
}

fn want() -> Want {
    Want::PreviousLog { pod: web(), uid: Uid::fixed("u1"), container: Name::fixed("app"), restarts: 3 }
}

#[tokio::test]
async fn the_last_words_of_a_container() {
    let (cluster, mut script) = cluster();
    let tail = tokio::spawn(async move { cluster.previous_log(&want()).await });
    let asked = script.next().await;
    assert_eq!(
        asked.uri,
        "/api/v1/namespaces/shop/pods/web/log?container=app&previous=true&tailLines=5&limitBytes=16384"
    );
    asked.answer(200, "text/plain", "starting\npanic: no config\n");
    let tail = tail.await.unwrap();
    assert_eq!((tail.pod, tail.restarts), (web(), 3));
    assert_eq!(tail.lines, Ok(vec![Text::fixed("starting"), Text::fixed("panic: no config")]));
}

#[tokio::test]
async fn why_there_are_no_last_words() {
    let (cluster, mut script) = cluster();
    let tail = tokio::spawn(async move { cluster.previous_log(&want()).await });
    script.next().await.refuse(400, "BadRequest", "previous terminated container \"app\" in pod \"web\" not found");
    let why = "400: previous terminated container \"app\" in pod \"web\" not found";
    assert_eq!(tail.await.unwrap().lines, Err(Text::fixed(why)));
}

#[tokio::test]
async fn namespaces_are_names_in_order_or_a_refusal() {
    let (cluster, mut script) = cluster();
    let asking = cluster.clone();
    let names = tokio::spawn(async move { asking.namespaces().await });
    let asked = script.expect("/api/v1/namespaces?resourceVersion=0").await;
    assert!(asked.accept().contains("as=PartialObjectMetadataList"));
    asked.answer(200, JSON, r#"{"items":[{"metadata":{"name":"shop"}},{"metadata":{"name":"pay"}}]}"#);
    assert_eq!(names.await.unwrap().unwrap(), ["pay", "shop"]);
    let names = tokio::spawn(async move { cluster.namespaces().await });
    script.next().await.refuse(403, "Forbidden", "namespaces is forbidden");
    let trouble = names.await.unwrap().unwrap_err();
    assert_eq!(trouble.kind, TroubleKind::Denied);
    assert_eq!(trouble.to_string(), "namespaces is forbidden. Ask for the right, or narrow the namespaces.");
}

#[tokio::test]
async fn rights_are_asked_one_by_one_and_answered_in_order() {
    let (cluster, mut script) = cluster();
    let right = |verb, resource| Right {
        verb: Name::fixed(verb),
        group: Name::fixed("apps"),
        resource: Name::fixed(resource),
        namespace: Some(Name::fixed("shop")),
    };
    let rights = vec![right("patch", "deployments/scale"), right("list", "deployments"), right("get", "replicasets")];
    let answers = tokio::spawn(async move { cluster.access(rights).await });
    let (first, second, third) = (script.next().await, script.next().await, script.next().await);
    let review: serde_json::Value = serde_json::from_slice(&first.body).unwrap();
    let asked = &review["spec"]["resourceAttributes"];
    assert_eq!(
        *asked,
        serde_json::json!({
            "verb": "patch", "group": "apps", "resource": "deployments", "subresource": "scale", "namespace": "shop",
        })
    );
    third.refuse(500, "", "no");
    second.answer(201, JSON, r#"{"status":{"allowed":true}}"#);
    first.answer(201, JSON, r#"{"status":{"allowed":false,"reason":"no RBAC policy matched"}}"#);
    let answers = answers.await.unwrap();
    let said: Vec<_> = answers.iter().map(|answer| (answer.allowed, answer.reason.as_str())).collect();
    assert_eq!(said, [(Some(false), "no RBAC policy matched"), (Some(true), ""), (None, "500: no")]);
}

#[tokio::test(start_paused = true)]
async fn troubles_say_what_where_and_what_to_do() {
    let (cluster, mut script) = cluster();
    let (asking, hanging) = (cluster.clone(), cluster.clone());
    let version = tokio::spawn(async move { asking.version().await });
    drop(script.next().await);
    assert_eq!(
        version.await.unwrap().unwrap_err().to_string(),
        "the simulated cluster: the connection was cut. Check the VPN, the proxy settings and that the server runs."
    );
    let version = tokio::spawn(async move { hanging.version().await });
    let _kept = script.next().await;
    assert!(version.await.unwrap().unwrap_err().what.ends_with("no answer within 15 s"));
    let version = tokio::spawn(async move { cluster.version().await });
    script.next().await.refuse(401, "Unauthorized", "Unauthorized");
    let trouble = version.await.unwrap().unwrap_err();
    assert_eq!(trouble.kind, TroubleKind::Unauthenticated);
}

#[tokio::test]
async fn a_whole_object_is_json() {
    let (cluster, mut script) = cluster();
    let object = tokio::spawn(async move { cluster.get_json(&web()).await });
    script.expect("/api/v1/namespaces/shop/pods/web").await.answer(200, JSON, r#"{"kind":"Pod"}"#);
    assert_eq!(object.await.unwrap().unwrap()["kind"], "Pod");
}

#[tokio::test(start_paused = true)]
async fn credentials_that_no_longer_work_are_asked_for_anew() {
    let (script_cluster, mut script) = cluster();
    let (renew, mut asked) = mpsc::channel(1);
    let clients = watch::Sender::new(script_cluster.api.doors());
    let api = Api::new(Name::fixed("lab"), "there".into(), meter::Meter::default(), clients.subscribe(), renew);
    let cluster = Cluster::new(Name::fixed("lab"), Name::fixed("default"), api);
    let (sender, mut facts) = mpsc::channel(64);
    let _reading = cluster.watch(services(), &Narrow::default(), sender);
    script.next().await.refuse(401, "Unauthorized", "Unauthorized");
    asked.recv().await.expect("asked for a new client");
    assert_eq!(told(&mut facts).await[..2], ["connecting", "retrying: 401: Unauthorized"]);
    for _ in 0..6 {
        script.next().await.refuse(401, "Unauthorized", "Unauthorized");
    }
    assert!(script.within(5).await.is_none());
    clients.send_replace(script_cluster.api.doors());
    assert!(script.within(1).await.is_some(), "a new client is tried at once");
}

#[tokio::test]
async fn a_service_behind_the_server_answers_for_itself() {
    let (cluster, mut script) = cluster();
    let asking = cluster.clone();
    let answer = tokio::spawn(async move { asking.proxied("m", "prometheus:9090", "/api/v1/query?query=up").await });
    let asked = script.expect("/api/v1/namespaces/m/services/prometheus:9090/proxy/api/v1/query?query=up").await;
    asked.answer(422, JSON, r#"{"status":"error"}"#);
    let answer = answer.await.unwrap().unwrap();
    assert_eq!((answer.status().as_u16(), answer.body().as_ref()), (422, &br#"{"status":"error"}"#[..]));
    let trouble = cluster.proxied("m", "prometheus", "/api/v1/admin/tsdb/delete_series").await.unwrap_err();
    assert!(trouble.what.contains("is not on the list of what a reading client sends"), "{trouble}");
    assert!(cluster.proxied("m/../x", "prometheus", "/api/v1/query").await.is_err());
}
