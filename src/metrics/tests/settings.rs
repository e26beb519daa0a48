//! Addresses, and the queries that come out of templates.

use std::time::Duration;

use crate::metrics::{
    Settings, Upstream, Way,
    choice::Choices,
    query::About,
    settings::{Address, Login},
};

fn read(text: &str) -> Settings {
    serde_json::from_str(text).unwrap()
}

#[test]
fn whole_queries_stand_for_those_of_a_pack() {
    let own = read(
        r#"{"queries": {"rate": "r{ns=~\"$namespaces\"}[$window] $1", "quantile": "q($quantile)", "p99": "max()"}}"#,
    );
    let chosen = Choices::of(&own).choose(None);
    assert_eq!(chosen.packs.versions.map(|pack| pack.name.to_string()).as_deref(), Some("own"));
    let shop = ["shop".into()];
    let about = About { namespaces: &shop, sets: &[], window: Duration::from_mins(5) };
    let all = chosen.versions.unwrap().queries(about);
    let texts: Vec<&str> = all.iter().map(|(_, query)| query.as_str()).collect();
    assert_eq!((texts[0], texts[2], texts[3], texts[4]), ("r{ns=~\"shop\"}[5m] $1", "q(0.5)", "q(0.95)", "max()"));
    assert!(texts[1].contains(r#"http_requests_total{namespace=~"shop",pod=~".+",code=~"5.."}"#), "{}", texts[1]);
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
    for (prefix, text) in [
        ("", "m/prometheus:9090"),
        ("/prometheus", "m/mimir:80/prometheus"),
        ("/select/12/prometheus", "m/vm:8481/select/12/prometheus"),
    ] {
        let way = read(&format!(r#"{{"service": "{text}"}}"#)).way.unwrap();
        let service = text.trim_start_matches("m/").trim_end_matches(prefix).to_owned();
        let upstream = Upstream { namespace: "m".to_owned(), service, prefix: prefix.to_owned() };
        assert_eq!(way, Way::Proxy(upstream.clone()));
        assert_eq!(
            way.to_string(),
            format!("service {text}"),
            "what was found is written into the configuration as it is said"
        );
        let way = read(&format!(r#"{{"forward": "{text}"}}"#)).way.unwrap();
        assert_eq!((way.to_string(), way), (format!("service {text} by port-forward"), Way::Forward(upstream)));
    }
}

#[test]
fn a_prometheus_is_looked_for_unless_that_is_not_wanted() {
    assert!(read("{}").discover.0 && Settings::default().discover.0);
    assert!(!read(r#"{"discover": false, "url": "http://x"}"#).discover.0);
}

#[test]
fn windows_have_two_samples_at_least() {
    let minutes = |text: &str| -> Vec<u64> { read(text).windows().iter().map(|w| w.as_secs() / 60).collect() };
    assert_eq!(minutes("{}"), [1, 5, 15]);
    assert_eq!(minutes(r#"{"scrape_interval": "1m"}"#), [4, 5, 15]);
    assert_eq!(minutes(r#"{"window": "5m"}"#), [5, 1, 15]);
}
