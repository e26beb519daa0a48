use http::{HeaderValue, Response};
use tower::Service as _;

use super::*;
use crate::{
    cluster::{
        request,
        script::{pause, tickets},
    },
    domain::{Kind, Sub, Write},
};

const WEB: &str = "/apis/apps/v1/namespaces/shop/deployments/web";

fn stamp(write: &Write) -> Stamp {
    tickets(write).remove(0).stamp()
}

/// A dry run, changed in some way.
fn rehearsal(change: impl FnOnce(&mut Request<Body>)) -> Request<Body> {
    let mut request = request::patch(&pause(), true).unwrap();
    change(&mut request);
    request
}

/// A journaled request, changed in some way.
fn stamped(change: impl FnOnce(&mut Request<Body>)) -> Request<Body> {
    let mut request = request::patch(&pause(), false).unwrap();
    request.extensions_mut().insert(stamp(&pause()));
    change(&mut request);
    request
}

fn at(uri: impl Into<String>) -> impl FnOnce(&mut Request<Body>) {
    let uri = uri.into();
    move |request| *request.uri_mut() = uri.parse().unwrap()
}

fn header(name: &'static str, value: &'static str) -> impl Fn(&mut Request<Body>) {
    move |request| {
        request.headers_mut().append(name, HeaderValue::from_static(value));
    }
}

#[test]
fn dry_runs_and_what_was_journaled_pass() {
    assert_eq!(judge(&rehearsal(|_| {})), Ok(()));
    assert_eq!(judge(&rehearsal(at(format!("{WEB}?dryRun=All&fieldManager=rolldeck")))), Ok(()));
    assert_eq!(judge(&stamped(|_| {})), Ok(()));
    let route = pause().target.sibling(Kind::HTTP_ROUTE, "app".into());
    let on_route = |sub| Write { target: route.clone(), sub, ..pause() };
    for write in [
        Write { sub: Sub::Scale, ..pause() },
        Write { sub: Sub::Status, ..pause() },
        on_route(Sub::Main),
        on_route(Sub::Status),
    ] {
        assert_eq!(judge(&request::patch(&write, true).unwrap()), Ok(()));
        let mut real = request::patch(&write, false).unwrap();
        real.extensions_mut().insert(stamp(&write));
        assert_eq!(judge(&real), Ok(()));
    }
    let service = "/api/v1/namespaces/shop/services/web";
    assert_eq!(judge(&rehearsal(at(format!("{service}?fieldManager=rolldeck&dryRun=All")))), Ok(()));
}

#[test]
fn a_dry_run_is_one_to_the_letter() {
    for query in [
        "",
        "?",
        "?dryRun=All",
        "?fieldManager=rolldeck",
        "?fieldManager=rolldeck&dryRun",
        "?fieldManager=rolldeck&dryRun=",
        "?fieldManager=rolldeck&dryRun=all",
        "?fieldManager=rolldeck&dryRun=ALL",
        "?fieldManager=rolldeck&dryrun=All",
        "?fieldManager=rolldeck&DryRun=All",
        "?fieldManager=rolldeck&dryRun=All%20",
        "?fieldManager=rolldeck&dryRun=%41ll",
        "?fieldManager=rolldeck&dry%52un=All",
        "?fieldManager=rolldeck&dryRun=All,",
        "?fieldManager=rolldeck&dryRun=None",
        "?fieldManager=rolldeck&dryRun=All&dryRun=All",
        "?fieldManager=rolldeck&dryRun=All&dryRun=",
        "?fieldManager=rolldeck&dryRun=&dryRun=All",
        "?fieldManager=rolldeck&dryRun=All&",
        "?&fieldManager=rolldeck&dryRun=All",
        "?fieldManager=rolldeck&&dryRun=All",
        "?fieldManager=rolldeck;dryRun=All",
        "?fieldManager=rolldeck&dryRun=All&force=true",
        "?fieldManager=rolldeck&dryRun=All&x",
        "?fieldManager=rolldeck&x=dryRun=All",
        "?fieldManager=kubectl&dryRun=All",
        "?fieldManager=rolldeck&fieldManager=rolldeck&dryRun=All",
        "?fieldManager=rolldeck&dryRun==All",
        "?fieldManager=rolldeck&dryRun=All+",
    ] {
        assert!(judge(&rehearsal(at(format!("{WEB}{query}")))).is_err(), "{query}");
    }
}

#[test]
fn only_objects_in_a_namespace_are_steered() {
    for path in [
        "/",
        "/api/v1/namespaces/shop",
        "/api/v1/nodes/n1",
        "/api/v1/nodes/n1/status",
        "/apis/apps/v1/deployments",
        "/apis/apps/v1/namespaces/shop/deployments",
        "/apis/apps/v1/namespaces/shop/deployments/",
        "/apis/apps/v1/namespaces/shop/deployments/web/",
        "/apis/apps/v1/namespaces/shop/deployments/web/rollback",
        "/apis/apps/v1/namespaces/shop/deployments/web/scale/status",
        "/apis/apps/v1/namespaces/shop/deployments//scale",
        "/apis/apps/v1/namespaces/shop/deployments/../secrets/x",
        "/apis/apps/v1/namespaces/shop/deployments/%77eb",
        "/apis/apps/v1/namespaces/shop/deployments/web%2fscale",
        "/apis/apps/v1/namespaces/shop/deployments/web;x",
        "/apis/apps/v1/namespaces/shop/proxy/web",
        "/apis/apps/v1/namespaces/shop/watch/web",
        "//apis/apps/v1/namespaces/shop/deployments/web",
        "/apis/apps/namespaces/shop/deployments/web",
        "/apis/apps/v1/v2/namespaces/shop/deployments/web",
        "/api/v2/namespaces/shop/pods/web",
        "/api/v1/namespaces/shop/pods/web/exec",
        "/api/v1/namespaces/shop/pods/web/eviction",
        "/api/v1/namespaces/shop/pods/web/proxy",
        "/api/v1/namespaces/shop/services/web/proxy/scale",
        "/k8s/apis/apps/v1/namespaces/shop/deployments/web",
    ] {
        let uri = format!("{path}?fieldManager=rolldeck&dryRun=All");
        assert!(judge(&rehearsal(at(uri))).is_err(), "{path}");
    }
    let elsewhere = format!("https://elsewhere{WEB}?fieldManager=rolldeck&dryRun=All");
    assert_eq!(judge(&rehearsal(at(elsewhere))), Err("it names a server"));
}

#[test]
fn no_other_method_passes_with_or_without_a_stamp() {
    for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "CONNECT", "TRACE", "patch", "DELETECOLLECTION"] {
        let other = |request: &mut Request<Body>| *request.method_mut() = method.parse().unwrap();
        assert!(judge(&rehearsal(other)).is_err(), "{method}");
        assert!(judge(&stamped(other)).is_err(), "{method}");
    }
}

#[test]
fn no_header_passes_that_could_mean_something_else() {
    for (name, value) in [
        ("upgrade", "websocket"),
        ("connection", "upgrade"),
        ("sec-websocket-key", "x"),
        ("http2-settings", ""),
        ("x-http-method-override", "DELETE"),
        ("impersonate-user", "root"),
        ("authorization", "Bearer x"),
        ("accept", "application/json"),
        ("content-type", "application/json-patch+json"),
        ("content-encoding", "gzip"),
        ("transfer-encoding", "chunked"),
    ] {
        assert!(judge(&rehearsal(header(name, value))).is_err(), "{name}: {value}");
        assert!(judge(&stamped(header(name, value))).is_err(), "{name}: {value}");
    }
    for kind in
        ["application/merge-patch+json", "application/strategic-merge-patch+json", "application/apply-patch+yaml"]
    {
        let other = |request: &mut Request<Body>| {
            request.headers_mut().insert("content-type", HeaderValue::from_static(kind));
        };
        assert_eq!(judge(&stamped(other)), Err("it is not a JSON patch"));
    }
    let bare = |request: &mut Request<Body>| request.headers_mut().clear();
    assert!(judge(&stamped(bare)).is_err());
}

#[test]
fn a_stamp_is_good_for_its_own_request_only() {
    let manager = "?fieldManager=rolldeck";
    assert_eq!(judge(&rehearsal(at(format!("{WEB}{manager}")))), Err("the journal does not know of it"));
    for path in [
        "/apis/apps/v1/namespaces/shop/deployments/api",
        &format!("{WEB}/scale"),
        "/apis/apps/v1/namespaces/pay/deployments/web",
    ] {
        let wrong = judge(&stamped(at(format!("{path}{manager}"))));
        assert_eq!(wrong, Err("the journal holds a write to another path"), "{path}");
    }
    for body in ["", "[]", "null", &pause().patch().to_string().replace("u1", "u2"), &format!("{} ", pause().patch())] {
        let body = Body::from(body.as_bytes().to_vec());
        assert_eq!(judge(&stamped(|request| *request.body_mut() = body)), Err("the journal holds another patch"));
    }
    assert_eq!(judge(&stamped(at(format!("{WEB}{manager}&dryRun=All")))), Err("it is a dry run with a stamp"));
    for query in ["", "?fieldManager=kubectl", "?fieldManager=rolldeck&dryRun=", "?fieldManager=rolldeck&force=true"] {
        assert_eq!(judge(&stamped(at(format!("{WEB}{query}")))), Err("its query is not understood"), "{query}");
    }
    // What was refused has not spent it.
    let mut request = stamped(at(format!("{WEB}{manager}&force=true")));
    assert!(judge(&request).is_err());
    at(format!("{WEB}{manager}"))(&mut request);
    assert_eq!((judge(&request), judge(&request)), (Ok(()), Err("it was sent already")));
}

#[tokio::test]
async fn a_refused_request_never_reaches_the_service_below() {
    let (mock, mut below) = tower_test::mock::pair::<Request<Body>, Response<Body>>();
    let mut guarded = OnlySteers.layer(mock);
    let request = rehearsal(at(format!("{WEB}?fieldManager=rolldeck")));
    let error = tower::ServiceExt::ready(&mut guarded).await.unwrap().call(request).await.unwrap_err();
    assert_eq!(error.to_string(), format!("PATCH {WEB} was not sent: the journal does not know of it"));
    assert!(error.is::<NotSent>());
    drop(guarded);
    assert!(below.next_request().await.is_none());
}

#[tokio::test]
async fn a_body_that_is_still_to_come_is_not_compared_with_anything() {
    let patch = || Body::from(serde_json::to_vec(&pause().patch()).unwrap());
    let echo =
        tower::service_fn(move |_: Request<Body>| async move { Ok::<_, tower::BoxError>(Response::new(patch())) });
    let answer = kube::Client::new(echo, "").send(Request::new(Body::empty())).await.unwrap();
    let streamed = answer.into_body();
    assert_eq!(judge(&stamped(|request| *request.body_mut() = streamed)), Err("its body is not whole yet"));
    assert_eq!(judge(&stamped(|request| *request.body_mut() = patch())), Ok(()));
}
