use serde_json::json;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    task::JoinHandle,
};

use super::*;
use crate::{
    cluster::{Cluster, Mode, Where, connect, script::*},
    domain::{Kind, Sub},
};

const WEB: &str = "/apis/apps/v1/namespaces/shop/deployments/web";

/// How the server answers, and what is said about it.
type Case = (fn(Asked), &'static str);

fn answer() -> String {
    json!({"kind": "Deployment", "metadata": {"uid": "u1", "generation": 8}}).to_string()
}

/// A write that is on its way, and the server.
fn sending(write: &Write) -> (JoinHandle<Sent>, Script) {
    let (cluster, script) = reached(Mode::Steer);
    let (writer, ticket) = (cluster.writer().unwrap(), tickets(write).remove(0));
    (tokio::spawn(async move { writer.send(ticket).await }), script)
}

/// What a write ends with when the server answers so.
async fn sent(answer: impl FnOnce(Asked)) -> Sent {
    let (sent, mut script) = sending(&pause());
    answer(script.next().await);
    let sent = sent.await.unwrap();
    assert!(script.within(3_600).await.is_none(), "nobody tries again");
    sent
}

#[tokio::test]
async fn without_the_wish_to_steer_there_is_no_writer() {
    assert!(cluster().0.writer().is_none());
    assert!(reached(Mode::Steer).0.writer().is_some());
    let (read_only, mut script) = cluster();
    let request = request::patch(&pause(), true).unwrap();
    let refused = read_only.api.send(request, ANSWERED_WITHIN).await.unwrap_err();
    assert!(refused.sentence().ends_with("is not on the list of what a reading client sends; it was not sent"));
    assert!(script.within(1).await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_custom_resource_is_read_rehearsed_and_written_like_any_other() {
    let write = Write { target: pause().target.sibling(Kind::HTTP_ROUTE, "app".into()), ..pause() };
    let path = "/apis/gateway.networking.k8s.io/v1/namespaces/shop/httproutes/app";
    let (cluster, mut script) = reached(Mode::Steer);
    let (reader, target, rehearsed) = (cluster.clone(), write.target.clone(), write.clone());
    let reading = tokio::spawn(async move { reader.get_json(&target).await });
    script.expect(path).await.answer(200, JSON, answer());
    assert_eq!(reading.await.unwrap().unwrap()["metadata"]["uid"], "u1");
    let rehearsing = tokio::spawn(async move { cluster.writer().unwrap().rehearse(&rehearsed).await });
    script.expect(&format!("{path}?fieldManager=rolldeck&dryRun=All")).await.answer(200, JSON, answer());
    assert_eq!(rehearsing.await.unwrap().unwrap().warnings, Vec::<Text>::new());
    let (sent, mut script) = sending(&write);
    script.expect(&format!("{path}?fieldManager=rolldeck")).await.answer(200, JSON, answer());
    assert!(matches!(sent.await.unwrap(), Sent::Accepted(_)));
}

#[tokio::test(start_paused = true)]
async fn a_write_is_one_patch() {
    let (sent, mut script) = sending(&pause());
    let asked = script.expect(&format!("{WEB}?fieldManager=rolldeck")).await;
    assert_eq!(asked.method, "PATCH");
    assert_eq!(asked.headers["content-type"], "application/json-patch+json");
    assert_eq!(asked.accept(), "application/json");
    assert_eq!(serde_json::from_slice::<Value>(&asked.body).unwrap(), pause().patch());
    asked.answer(200, JSON, answer());
    let Sent::Accepted(object) = sent.await.unwrap() else { panic!("it was accepted") };
    assert_eq!(object["metadata"]["generation"], 8);
    assert!(script.within(3_600).await.is_none());
    let (_, mut script) = sending(&Write { sub: Sub::Scale, ..pause() });
    script.expect(&format!("{WEB}/scale?fieldManager=rolldeck")).await;
}

#[tokio::test(start_paused = true)]
async fn a_rehearsal_is_the_same_patch_and_brings_the_warnings() {
    let (cluster, mut script) = reached(Mode::Steer);
    let writer = cluster.writer().unwrap();
    let rehearsed = tokio::spawn(async move { writer.rehearse(&pause()).await });
    let asked = script.expect(&format!("{WEB}?fieldManager=rolldeck&dryRun=All")).await;
    assert_eq!((asked.method.as_str(), asked.body.as_ref()), ("PATCH", pause().patch().to_string().as_bytes()));
    asked.head(200, &[("warning", r#"299 - "spec.x is \"old\"""#)], answer());
    let rehearsed = rehearsed.await.unwrap().unwrap();
    assert_eq!(rehearsed.object["metadata"]["uid"], "u1");
    assert_eq!(rehearsed.warnings, [r#"spec.x is "old""#]);
}

#[tokio::test(start_paused = true)]
async fn why_a_rehearsal_says_nothing() {
    let cases: [Case; 5] = [
        (
            |asked| asked.refuse(422, "Invalid", "the server rejected our request"),
            "422: the server rejected our request",
        ),
        (|asked| asked.refuse(403, "Forbidden", "deployments.apps \"web\" is forbidden"), "\"web\" is forbidden"),
        (|asked| asked.refuse(500, "InternalError", "failed calling webhook"), "500: failed calling webhook"),
        (|asked| asked.answer(200, JSON, "<html>"), "its answer is not JSON"),
        (drop, "the connection was cut"),
    ];
    for (answer, says) in cases {
        let (cluster, mut script) = reached(Mode::Steer);
        let writer = cluster.writer().unwrap();
        let rehearsed = tokio::spawn(async move { writer.rehearse(&pause()).await });
        answer(script.next().await);
        let trouble = rehearsed.await.unwrap().unwrap_err();
        assert!(trouble.what.contains(says), "{trouble}");
    }
    let (cluster, mut script) = reached(Mode::Steer);
    let writer = cluster.writer().unwrap();
    let rehearsed = tokio::spawn(async move { writer.rehearse(&pause()).await });
    let _kept = script.next().await;
    assert!(rehearsed.await.unwrap().unwrap_err().what.ends_with("no answer to the dry run within 15 s"));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_proves_that_nothing_was_written() {
    for (code, kind, says) in [
        (400, TroubleKind::Server, "400: no"),
        (401, TroubleKind::Unauthenticated, "401: no"),
        (403, TroubleKind::Denied, "no"),
        (404, TroubleKind::NotFound, "404: no"),
        (409, TroubleKind::Server, "409: no"),
        (422, TroubleKind::Server, "422: no"),
        (429, TroubleKind::Server, "429: no"),
    ] {
        let Sent::Refused(trouble) = sent(|asked| asked.refuse(code, "", "no")).await else {
            panic!("{code} is a refusal");
        };
        assert_eq!(trouble.kind, kind);
        assert!(trouble.what.ends_with(says), "{trouble}");
    }
    let html = sent(|asked| asked.answer(403, "text/html", "<b>proxy says no</b>")).await;
    assert!(matches!(html, Sent::Refused(trouble) if trouble.what.contains("proxy says no")));
}

#[tokio::test(start_paused = true)]
async fn what_proves_nothing_is_lost() {
    let statuses = [408, 500, 502, 503, 504, 507, 302];
    for code in statuses {
        let Sent::Lost(why) = sent(|asked| asked.refuse(code, "", "no")).await else { panic!("{code} proves nothing") };
        assert_eq!(why, format!("the simulated cluster: {code}: no").as_str());
    }
    // A gateway's error that calls itself a conflict is still a gateway's error.
    let lying = sent(|asked| asked.answer(502, JSON, status(409, "Conflict", "no").to_string())).await;
    assert_eq!(lying, Sent::Lost("the simulated cluster: 502: no".into()));
    let cases: [Case; 5] = [
        (drop, "the connection was cut"),
        (|asked| asked.answer(200, JSON, "{\"metadata\":"), "it said yes, but its answer is not JSON"),
        (|asked| asked.answer(200, "text/html", "<html>login</html>"), "it said yes, but its answer is not JSON"),
        (|asked| asked.answer(200, JSON, answer().replace("u1", "u2")), "not the object that was written to"),
        (|asked| asked.answer(204, JSON, ""), "it said yes, but its answer is not JSON"),
    ];
    for (answer, says) in cases {
        let Sent::Lost(why) = sent(answer).await else { panic!("{says}") };
        assert!(why.contains(says), "{why}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_cut_or_late_is_lost() {
    let (sent, mut script) = sending(&pause());
    let pipe = script.next().await.stream(JSON);
    pipe.chunk("{\"metadata\":").await;
    pipe.cut().await;
    assert!(matches!(sent.await.unwrap(), Sent::Lost(why) if why.ends_with("the connection was cut")));
    let (sent, mut script) = sending(&pause());
    let _kept = script.next().await;
    assert_eq!(sent.await.unwrap(), Sent::Lost("the simulated cluster: no answer within 20 s".into()));
    assert!(script.within(3_600).await.is_none());
}

/// A real client of a server that is spoken to over plain HTTP.
async fn over_tcp(server: &str) -> Cluster {
    let _installed = rustls::crypto::ring::default_provider().install_default();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config");
    let kubeconfig = json!({
        "current-context": "lab",
        "clusters": [{"name": "c", "cluster": {"server": server}}],
        "contexts": [{"name": "lab", "context": {"cluster": "c", "user": ""}}],
    });
    std::fs::write(&file, kubeconfig.to_string()).unwrap();
    connect(&Where { kubeconfig: Some(file), ..Where::default() }, std::sync::Arc::new(|_| Mode::Steer)).await.unwrap()
}

#[tokio::test]
async fn without_a_connection_nothing_was_written() {
    for server in ["http://127.0.0.1:1", "https://127.0.0.1:1"] {
        let writer = over_tcp(server).await.writer().unwrap();
        let sent = writer.send(tickets(&pause()).remove(0)).await;
        let Sent::Refused(trouble) = sent else { panic!("{server}: {sent:?}") };
        assert_eq!(trouble.kind, TroubleKind::Unreachable, "{trouble}");
    }
}

/// Reads one request; None when the client has gone.
async fn request_line(socket: &mut BufReader<TcpStream>) -> Option<String> {
    let (mut first, mut length) = (String::new(), 0);
    socket.read_line(&mut first).await.ok().filter(|read| *read > 0)?;
    loop {
        let mut line = String::new();
        socket.read_line(&mut line).await.ok()?;
        match line.trim_end().split_once(": ") {
            None => break,
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => length = value.parse().unwrap(),
            Some(_) => {}
        }
    }
    socket.read_exact(&mut vec![0; length]).await.ok()?;
    Some(first)
}

#[tokio::test]
async fn a_connection_that_dies_under_a_write_is_not_tried_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let cluster = over_tcp(&format!("http://{}", listener.local_addr().unwrap())).await;
    let (seen, mut requests) = mpsc::channel(16);
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let seen = seen.clone();
            tokio::spawn(async move {
                let mut socket = BufReader::new(socket);
                while let Some(line) = request_line(&mut socket).await {
                    seen.send(line.clone()).await.unwrap();
                    if !line.starts_with("GET") {
                        // It was read, and perhaps done: the connection goes without a word.
                        return;
                    }
                    let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 22\r\n\r\n{\"gitVersion\":\"v1.36\"}";
                    socket.write_all(answer).await.unwrap();
                }
            });
        }
    });
    let writer = cluster.writer().unwrap();
    for on_a_used_connection in [false, true] {
        if on_a_used_connection {
            cluster.version().await.unwrap();
            assert!(requests.recv().await.unwrap().starts_with("GET /version"));
        }
        let sent = writer.send(tickets(&pause()).remove(0)).await;
        assert!(matches!(sent, Sent::Lost(_)), "{sent:?}");
        assert_eq!(requests.recv().await.unwrap(), format!("PATCH {WEB}?fieldManager=rolldeck HTTP/1.1\r\n"));
        assert!(requests.try_recv().is_err(), "one call is one request on the wire");
    }
}
