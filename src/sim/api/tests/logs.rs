//! Logs: from a pod's status to the lines that its container wrote.

use super::*;

/// A pod with a container in this state. It has no node, so nobody else says how it is.
fn pod(server: &mut Server, state: &Value) {
    let state = state.clone();
    server.act(move |world| {
        let now = world.now();
        let pod = json!({
            "metadata": {"name": "web-1", "namespace": "shop"},
            "spec": {"containers": [{"name": "app", "image": "r/web:1"}]},
        });
        let mut pod = world.objects.create(Resource::Pods, pod, "test", now).unwrap();
        pod["status"] = json!({"phase": "Running", "containerStatuses": [state]});
        world.objects.replace((Resource::Pods, crate::domain::Sub::Status), pod, "test", now).unwrap();
    });
}

fn container(state: &Value, last: &Value) -> Value {
    json!({"name": "app", "image": "r/web:1", "imageID": "", "ready": false, "restartCount": 1, "state": state, "lastState": last})
}

fn log(server: &mut Server, query: &str) -> (u16, String) {
    let (code, body) = whole(server.send("GET", &format!("{PODS}/web-1/log{query}"), ["*/*", ""], ""));
    let text = body.as_str().map_or_else(|| body["message"].as_str().unwrap_or_default().to_owned(), str::to_owned);
    (code, text)
}

#[test]
fn a_running_container_says_that_it_started() {
    let mut server = server();
    pod(&mut server, &container(&json!({"running": {"startedAt": "1970-01-01T00:16:30Z"}}), &json!({})));
    assert_eq!(
        log(&mut server, ""),
        (200, "level=info msg=\"starting\" image=r/web:1\nlevel=info msg=\"up\"\n".to_owned())
    );
    assert_eq!(log(&mut server, "?tailLines=1").1, "level=info msg=\"up\"\n");
    assert_eq!(log(&mut server, "?sinceTime=1970-01-01T00:16:35Z").1, "");
    let stamped = "1970-01-01T00:16:30.000000000Z level=info msg=\"starting\" image=r/web:1\n";
    assert_eq!(log(&mut server, "?timestamps=true&limitBytes=71").1, stamped);
    let previous = "previous terminated container \"app\" in pod \"web-1\" not found";
    assert_eq!(log(&mut server, "?previous=true"), (400, previous.to_owned()));
    assert_eq!(log(&mut server, "?container=zz"), (400, "container zz is not valid for pod web-1".to_owned()));
    let tail = "PodLogOptions \"web-1\" is invalid: tailLines: Invalid value: -1: must be greater than or equal to 0";
    assert_eq!(log(&mut server, "?tailLines=-1"), (422, tail.to_owned()));
}

#[test]
fn a_crash_leaves_its_last_words() {
    let mut server = server();
    let ended = json!({"terminated": {
        "exitCode": 1, "reason": "Error", "message": "panic: no config\ngoroutine 1",
        "startedAt": "1970-01-01T00:16:00Z", "finishedAt": "1970-01-01T00:16:02Z",
    }});
    pod(&mut server, &container(&json!({"waiting": {"reason": "CrashLoopBackOff"}}), &ended));
    let words = "level=info msg=\"starting\" image=r/web:1\npanic: no config\ngoroutine 1\n";
    assert_eq!(log(&mut server, "?previous=true"), (200, words.to_owned()));
    assert_eq!(log(&mut server, ""), (200, words.to_owned()), "while it waits, as a kubelet has it");
}

#[test]
fn a_container_that_never_ran_has_no_log() {
    let mut server = server();
    pod(&mut server, &container(&json!({"waiting": {"reason": "ImagePullBackOff"}}), &json!({})));
    let why = "container \"app\" in pod \"web-1\" is waiting to start: trying and failing to pull image";
    assert_eq!(log(&mut server, ""), (400, why.to_owned()));
}

#[test]
fn a_follower_hears_what_is_written_and_the_end_of_it() {
    let mut server = server();
    server.around = Box::new(Echo);
    pod(&mut server, &container(&json!({"running": {"startedAt": "1970-01-01T00:16:39Z"}}), &json!({})));
    let reply = server.send("GET", &format!("{PODS}/web-1/log?follow=true&tailLines=1"), ["*/*", ""], "");
    let Body::Stream(Stream { head, rest: Some(mut rest), .. }) = reply.body else { panic!("a stream") };
    assert_eq!(head, ["GET / at 1000000\n"]);
    server.run_to(Moment::from_secs(1_002));
    assert_eq!(rest.try_recv().unwrap(), "GET / at 1001000\nGET / at 1002000\n");
    server.act(|world| world.objects.forget(Resource::Pods, "shop", "web-1", Moment::from_secs(1_002)));
    assert!(rest.try_recv().is_err() && rest.is_closed());
}
