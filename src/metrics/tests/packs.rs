//! Query packs: the text of their queries, trap by trap; which of them is chosen; and that finding out costs no poll anything.
//! That a real Prometheus answers them with the truth is shown by `lab/packs`.

use std::collections::BTreeSet;

use super::*;
use crate::{
    domain::{Name, Naming},
    metrics::{choice::Choices, query::About},
};

/// The choices when these words were answered.
fn found(settings: &Settings, words: &[&str]) -> Choices {
    let mut choices = Choices::of(settings);
    choices.note(words.iter().map(|word| (*word).to_owned()).collect());
    choices
}

/// The queries of a pack's first way to ask that these words name, over five minutes in these namespaces.
fn queries(word: &str, namespaces: &[&str], sets: &[&str]) -> Vec<(Measure, String)> {
    let names = |names: &[&str]| names.iter().map(|name| Name::from(*name)).collect::<Vec<_>>();
    let (namespaces, sets) = (names(namespaces), names(sets));
    let chosen = found(&Settings::default(), &[word]).choose(None);
    let book = if word.contains("clients") { chosen.clients } else { chosen.versions };
    book.unwrap().queries(About { namespaces: &namespaces, sets: &sets, window: Duration::from_mins(5) })
}

fn query(word: &str, measure: Measure) -> String {
    queries(word, &["shop", "pay"], &[]).into_iter().find(|(of, _)| *of == measure).unwrap().1
}

#[test]
fn pods_are_joined_to_versions_in_the_query() {
    let rates = |labels: &str| format!("rate(http_requests_total{{{labels}}}[5m])");
    let sum = |rates: &str| {
        format!(
            "sum by (namespace, set) (label_replace({rates}, \
             \"set\", \"$1$2\", \"pod\", \"(.+)-[^-]{{5}}|(.{{58}})[^-]{{5}}\"))"
        )
    };
    let of = |labels: &str| sum(&rates(labels));
    let all = queries("app 6", &["shop", "pay"], &[]);
    let labels = r#"namespace=~"(shop|pay)",pod=~".+""#;
    let once = format!("max without (prometheus_replica, replica, __replica__) ({})", rates(labels));
    assert_eq!(all[0], (Measure::Rate, sum(&once)));
    let (failed, known) = (of(&format!(r#"{labels},code=~"5..""#)), of(&format!(r#"{labels},code!="""#)));
    assert_eq!(all[1], (Measure::Errors, format!("({failed} or 0 * {known}) / {known}")));
    assert!(all[3].1.starts_with("histogram_quantile(0.95, sum by (namespace, set, le) (label_replace(rate("));
    assert!(all[3].1.ends_with("))"), "seconds already: {}", all[3].1);
}

#[test]
fn names_cannot_reach_further_than_they_say_and_long_ones_are_cut() {
    let long = format!("{}-7d9f", "a".repeat(60));
    let one = |set: &str| queries("app 6", &[], &[set])[0].1.clone();
    assert!(one("web.eu-7d9f").contains(r#"namespace=~".+",pod=~"web[.]eu-7d9f-[^-]+""#));
    assert!(one(&long).contains(&format!("pod=~\"{}-?[^-]{{5}}\"", "a".repeat(58))), "{}", one(&long));
}

#[test]
fn labels_of_the_application_go_before_those_of_the_scrape() {
    let rate = query("app 0", Measure::Rate);
    assert!(rate.contains(r#"{exported_namespace=~"(shop|pay)",exported_pod=~".+"}"#), "{rate}");
    assert!(rate.contains(r#""namespace", "$1", "exported_namespace", "(.+)")"#), "{rate}");
    let both = found(&Settings::default(), &["app 6", "app 0"]).choose(None).versions.unwrap();
    let about = About { namespaces: &["shop".into()], sets: &[], window: Duration::from_mins(1) };
    assert!(both.queries(about)[0].1.contains("exported_pod"));
    assert!(query("histogram 4", Measure::Errors).contains(r#"kubernetes_pod_name=~".+",status=~"5..""#));
}

#[test]
fn istio_asks_one_reporter_only_and_knows_versions_by_the_pod() {
    for measure in Measure::ALL {
        let query = query("istio 1", measure);
        let reported = query.matches(r#"reporter="destination""#).count();
        assert_eq!(
            (reported, query.matches("reporter").count()),
            (query.matches("rate(").count(), reported),
            "{query}"
        );
        assert!(query.contains(r#""pod", "(.+)-"#) && !query.contains("destination_workload"), "{query}");
    }
    let errors = query("istio 1", Measure::Errors);
    let grpc = r#"response_code!~"5..",grpc_response_status=~"2|4|12|13|14|15""#;
    assert!(errors.contains(grpc), "no request fails twice: {errors}");
    let clients = query("istio clients 0", Measure::Errors);
    assert!(clients.contains(r#"reporter="source""#) && clients.contains("destination_service_name"), "{clients}");
    assert!(!clients.contains(r#"reporter="destination""#) && !clients.contains("destination_workload"), "{clients}");
}

#[test]
fn milliseconds_become_seconds() {
    for (word, is_ms) in
        [("istio 1", true), ("waypoint 0", true), ("linkerd 0", true), ("nginx 1", false), ("grpc 2", false)]
    {
        assert_eq!(query(word, Measure::P95).ends_with(" / 1000"), is_ms, "{word}");
    }
}

#[test]
fn linkerd_counts_what_comes_in_and_knows_the_replica_set() {
    let rate = query("linkerd 0", Measure::Rate);
    assert!(rate.contains(r#""set", "-", "deployment", "pod_template_hash")"#), "{rate}");
    assert!(rate.contains(r#"direction="inbound""#));
    let p95 = query("linkerd 0", Measure::P95);
    assert!(!p95.contains("classification"), "latency has no such label: {p95}");
}

#[test]
fn the_canary_of_nginx_is_named_by_its_own_label() {
    let rate = query("nginx 1", Measure::Rate);
    let (service, canary) = (rate.find(r#""service", "(.+)""#).unwrap(), rate.find(r#""canary", "(.+)""#).unwrap());
    assert!(service < canary, "the later one stands: {rate}");
    assert!(query("nginx 1", Measure::Errors).contains(r#"status=~"5..""#), "500 and the class 5xx");
}

#[test]
fn a_namespace_within_a_name_is_asked_for_there() {
    let rate = query("traefik 1", Measure::Rate);
    assert!(rate.contains(r#"{service=~"(shop|pay)-.+"}"#) && rate.starts_with("sum by (set) "), "{rate}");
}

#[test]
fn the_first_pack_with_series_is_chosen_unless_another_is_wanted() {
    let words = ["traefik 1", "traefik clients 1", "app 6", "simulated clients 0"];
    let name = |pack: Option<crate::domain::Pack>| pack.map(|pack| pack.name.to_string());
    let chosen = |settings: &Settings, wanted: Option<&str>| {
        let packs = found(settings, &words).choose(wanted.map(Name::from).as_ref()).packs;
        (name(packs.versions).unwrap(), name(packs.clients).unwrap())
    };
    let of = |versions: &str, clients: &str| (versions.to_owned(), clients.to_owned());
    assert_eq!(chosen(&Settings::default(), None), of("app", "traefik"));
    assert_eq!(chosen(&Settings::default(), Some("traefik")), of("traefik", "traefik"));
    let pinned = Settings { pack: Some("grpc".into()), ..Settings::default() };
    assert_eq!(chosen(&pinned, None), of("grpc", "traefik"), "also without series");
    let packs = found(&Settings::default(), &words).choose(None).packs;
    let able: Vec<(&str, Naming)> = packs.able.iter().map(|choice| (choice.name.as_str(), choice.naming)).collect();
    assert_eq!(able, [("app", Naming::ReplicaSet), ("traefik", Naming::Backend)]);
    let nothing = found(&Settings::default(), &[]).choose(None);
    assert!(nothing.versions.is_none() && nothing.clients.is_none());
}

#[test]
fn only_metrics_that_exist_are_asked_for_their_labels() {
    let choices = Choices::of(&Settings::default());
    let metrics = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(choices.probe(&metrics(&[]), &[]), None);
    let probe = choices.probe(&metrics(&["ingress_requests_total"]), &["shop".into()]).unwrap();
    let series = r#"ingress_requests_total{namespace=~"shop",service!="",code!=""}"#;
    assert_eq!(probe, format!(r#"label_replace(count({series}), "set", "simulated clients 0", "", "")"#));
    let many: Vec<Name> = (0..100).map(|n| Name::from(format!("namespace-{n}"))).collect();
    let probe = choices.probe(&metrics(&["ingress_requests_total"]), &many).unwrap();
    assert!(probe.contains(r#"namespace=~".+""#), "too many to name: {probe}");
}

#[tokio::test(start_paused = true)]
async fn with_a_router_a_poll_is_seven_queries_and_finding_out_has_a_turn_of_its_own() {
    let mut story = story(wish());
    story.heard().await.answer(200, &words(&["http_requests_total", "ingress_requests_total"]));
    let labels = story.heard().await;
    assert!(labels.path.contains("simulated clients 0") && !labels.path.contains("istio"), "{}", labels.path);
    labels.answer(200, &words(&["app 6", "simulated clients 0"]));
    for _ in 0..7 {
        let asked = story.heard().await;
        let number = if asked.path.contains("5..") { "0.25" } else { "80" };
        let body = vector(number).replace("web-1", if asked.path.contains("ingress") { "web" } else { "web-1" });
        asked.answer(200, &body);
    }
    let samples = story.samples().await;
    let clients = &samples.clients[0];
    assert_eq!(
        (clients.set.as_str(), clients.points[0].rate, clients.points[0].errors),
        ("web", Some(80.0), Some(0.25))
    );
    assert_eq!((samples.of.len(), clients.points[0].p95), (1, None));
    assert!(story.is_quiet(14).await);
}

#[tokio::test(start_paused = true)]
async fn where_there_are_no_series_it_is_found_out_again_soon() {
    let mut story = story(wish());
    story.heard().await.answer(200, EMPTY);
    let samples = story.samples().await;
    assert!(samples.of.is_empty() && samples.clients.is_empty());
    assert!(story.is_quiet(50).await);
    assert_eq!(story.poll("1").await.len(), 5, "an application has come");
}

#[tokio::test(start_paused = true)]
async fn another_pack_is_asked_at_once() {
    let mut story = story(wish());
    story.heard().await.answer(200, &words(&["http_requests_total", "grpc_server_handled_total"]));
    story.heard().await.answer(200, &words(&["app 6", "grpc 2"]));
    story.poll("1").await;
    story.polling.want(Wish { pack: Some("grpc".into()), ..wish() });
    let asked = timeout(Duration::from_secs(1), story.asked()).await.expect("at once");
    assert!(asked.path.contains("grpc_server_handled_total"), "{}", asked.path);
}
