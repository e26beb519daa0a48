//! Addresses, and the queries that come out of the defaults and of templates.

use std::time::Duration;

use crate::domain::{Measure, Name};
use crate::metrics::{
    Settings, Way,
    query::{About, Book},
    settings::{Address, Login},
};

fn read(text: &str) -> Settings {
    serde_json::from_str(text).unwrap()
}

fn queries(settings: &Settings, namespaces: &[&str], sets: &[&str]) -> Vec<(Measure, String)> {
    let names = |names: &[&str]| names.iter().map(|name| Name::from(*name)).collect::<Vec<_>>();
    let (namespaces, sets) = (names(namespaces), names(sets));
    Book::of(&settings.queries).queries(About { namespaces: &namespaces, sets: &sets, window: Duration::from_mins(5) })
}

#[test]
fn the_defaults_join_pods_to_versions_in_the_query() {
    let of = |labels: &str| {
        format!(
            "sum by (namespace, set) (label_replace(rate(http_requests_total{{{labels}}}[5m]), \
             \"set\", \"$1\", \"pod\", \"^(.+)-[^-]+$\"))"
        )
    };
    let all = queries(&Settings::default(), &["shop", "pay"], &[]);
    let labels = r#"namespace=~"(shop|pay)",pod=~".+""#;
    assert_eq!(all[0], (Measure::Rate, of(labels)));
    let (failed, known) = (of(&format!(r#"{labels},code=~"5..""#)), of(&format!(r#"{labels},code!="""#)));
    assert_eq!(all[1], (Measure::Errors, format!("({failed} or 0 * {known}) / {known}")));
    assert_eq!(all.len(), 5);
    assert!(all[3].1.starts_with("histogram_quantile(0.95, sum by (namespace, set, le) (label_replace(rate("));
}

#[test]
fn names_cannot_reach_further_than_they_say() {
    let one = queries(&Settings::default(), &[], &["web.eu-7d9f"]);
    assert!(one[0].1.contains(r#"namespace=~".+",pod=~"web[.]eu-7d9f-[^-]+""#), "{}", one[0].1);
}

#[test]
fn templates_stand_for_the_defaults() {
    let own = read(
        r#"{"queries": {"rate": "r{ns=~\"$namespaces\"}[$window] $1", "quantile": "q($quantile)", "p99": "max()"}}"#,
    );
    let all = queries(&own, &["shop"], &[]);
    let texts: Vec<&str> = all.iter().map(|(_, query)| query.as_str()).collect();
    assert_eq!((texts[0], texts[2], texts[3], texts[4]), ("r{ns=~\"shop\"}[5m] $1", "q(0.5)", "q(0.95)", "max()"));
}

#[test]
fn credentials_stay_with_the_address_that_they_were_written_for() {
    let held = read(r#"{"url": "https://prom.example.com/a", "bearer_file": "/t", "window": "5m"}"#);
    let at = |url: &str| held.clone().at(Address::parse(url).unwrap());
    assert_eq!(at("https://prom.example.com/b").login, Login::Bearer { file: "/t".into() });
    let elsewhere = at("https://other.example.com/a");
    assert_eq!((elsewhere.login, elsewhere.window.0), (Login::None, Duration::from_mins(5)));
    assert_eq!(at("http://prom.example.com/a").login, Login::None, "not without TLS either");
    assert_eq!(at("http://x:9090/").way.map(|way: Way| way.to_string()), Some("http://x:9090".to_owned()));
}

#[test]
fn a_service_is_reached_through_the_api_server() {
    let way = read(r#"{"service": "monitoring/prometheus:9090"}"#).way;
    let service = Way::Proxy { namespace: "monitoring".to_owned(), service: "prometheus:9090".to_owned() };
    assert_eq!(way, Some(service));
}

#[test]
fn windows_have_two_samples_at_least() {
    let minutes = |text: &str| -> Vec<u64> { read(text).windows().iter().map(|w| w.as_secs() / 60).collect() };
    assert_eq!(minutes("{}"), [1, 5, 15]);
    assert_eq!(minutes(r#"{"scrape_interval": "1m"}"#), [4, 5, 15]);
    assert_eq!(minutes(r#"{"window": "5m"}"#), [5, 1, 15]);
}
