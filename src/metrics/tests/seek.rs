//! Stories of looking for a source: which Services are asked, what is made of their answers, and what is said.

use std::{collections::BTreeMap, sync::Arc};

use ::http::{Response, StatusCode};
use tokio::{
    sync::{mpsc, watch},
    time::timeout,
};

use super::{EMPTY, T, wish};
use crate::{
    domain::{Fate, Kind, Labels, Link, Moment, Name, Named, Port, Ref, Search, Service, Text, sample},
    metrics::{Clock, Duration, Forwards, Listed, Polling, Reach, Scope, Settings, Way, Wish},
    store::Fact,
};

/// What a Service answers: the status and the body.
type Says = (u16, String);

/// A cluster in which these Services answer so (`by port-forward` behind the name: so); all others answer as the API server does when there are no endpoints.
struct Field {
    polling: Polling,
    facts: mpsc::Receiver<Fact>,
    asked: mpsc::Receiver<String>,
    answers: watch::Sender<BTreeMap<String, Says>>,
    may_begin: watch::Sender<bool>,
    forwards: watch::Sender<Forwards>,
}

fn service(namespace: &str, name: &str) -> Arc<Service> {
    let mut meta = sample::meta(Kind::SERVICE, name);
    meta.at.namespace = namespace.into();
    let ports = Box::new([Port { name: "http-web".into(), number: 9090 }]);
    Arc::new(Service { meta, selector: Labels::default(), ports, is_sticky: false })
}

fn all(services: &[(&str, &str)]) -> Listed {
    let services = services.iter().map(|(namespace, name)| service(namespace, name)).collect();
    Listed { services, ..Listed::default() }
}

/// Targets in these namespaces.
fn targets(namespaces: &[&str]) -> Says {
    let row = |of: &&str| format!(r#"{{"metric":{{"namespace":"{of}","set":"targets"}},"value":[{T},"1"]}}"#);
    let rows = namespaces.iter().map(row).collect::<Vec<_>>().join(",");
    (200, format!(r#"{{"status":"success","data":{{"resultType":"vector","result":[{rows}]}}}}"#))
}

fn status(code: u16, message: &str) -> Says {
    (code, format!(r#"{{"kind":"Status","status":"Failure","message":"{message}"}}"#))
}

fn field(listed: Listed, answers: &[(&str, Says)], wish: Wish) -> Field {
    let answers: BTreeMap<String, Says> =
        answers.iter().map(|(place, says)| ((*place).to_owned(), says.clone())).collect();
    let answers = watch::Sender::new(answers);
    let (told, asked) = mpsc::channel(64);
    let held = answers.clone();
    let (may_begin, begins) = watch::channel(true);
    let (forwards, permits) = watch::channel(Forwards::ReadOnly);
    let reach = Reach {
        may_begin: begins,
        services: Arc::new(move |_| Box::pin(std::future::ready(listed.clone()))),
        door: Arc::new(move |way: &Way| {
            let place = way.to_string().trim_start_matches("service ").to_owned();
            let (told, held) = (told.clone(), held.clone());
            Arc::new(move |path: String| {
                let (place, told, held) = (place.clone(), told.clone(), held.clone());
                Box::pin(async move {
                    if path.contains("targets") {
                        told.send(place.clone()).await.map_err(|_| Text::fixed("gone"))?;
                    }
                    let says = held.borrow().get(&place).cloned();
                    let (code, body) = says.unwrap_or_else(|| status(503, "no endpoints available"));
                    if code == 0 {
                        std::future::pending::<()>().await;
                    }
                    let mut response = Response::new(body.into());
                    *response.status_mut() = StatusCode::from_u16(code).unwrap();
                    Ok(response)
                })
            })
        }),
        forwards: Arc::new(move |_| Box::pin(std::future::ready(permits.borrow().clone()))),
    };
    let (facts, heard) = mpsc::channel(256);
    let scope = Scope { cluster: "lab".into(), namespaces: vec!["shop".into()] };
    let clock: Clock = Arc::new(|| Moment::from_secs(T));
    let polling = Polling::seek(&Settings::default(), scope, (wish, reach), (facts, clock));
    Field { polling, facts: heard, asked, answers, may_begin, forwards }
}

impl Field {
    async fn fact(&mut self) -> Fact {
        timeout(Duration::from_hours(1), self.facts.recv()).await.expect("nothing is said").unwrap()
    }

    /// The next search, and what is said of the source then: its place and how it is.
    async fn search(&mut self) -> (Search, String, Link) {
        let mut found = None;
        loop {
            let fact = self.fact().await;
            if let Fact::Search { search, .. } = fact {
                found = Some(*search);
            } else if let Fact::Gauge { place, link, .. } = fact
                && let Some(search) = found.take()
            {
                return (search, place.to_string(), link);
            }
        }
    }

    /// The place of the one that is found next, or why there is none.
    async fn outcome(&mut self) -> Result<String, String> {
        match self.search().await {
            (_, place, Link::Connecting) => Ok(place),
            (_, place, Link::Denied { why }) if place.is_empty() => Err(why.to_string()),
            (_, place, link) => panic!("{place}: {link:?}"),
        }
    }

    fn asked(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.asked.try_recv().ok()).collect()
    }
}

#[tokio::test(start_paused = true)]
async fn the_first_that_scrapes_the_namespaces_is_taken_and_no_other_asked() {
    let services = [("monitoring", "prometheus-a"), ("monitoring", "a-prometheus"), ("monitoring", "b-prometheus")];
    let answers = [("monitoring/a-prometheus:9090", targets(&["kube-system", "shop"]))];
    let mut field = field(all(&services), &answers, wish());
    let (search, place, link) = field.search().await;
    assert_eq!((place.as_str(), link), ("service monitoring/a-prometheus:9090", Link::Connecting));
    assert_eq!(field.asked(), ["monitoring/a-prometheus:9090"]);
    assert_eq!(search.candidates.iter().map(|of| of.fate.clone()).collect::<Vec<_>>(), [Fate::Chosen, Fate::Unasked]);
    assert_eq!(search.says(), ["monitoring/b-prometheus:9090 (Prometheus) might do as well: it was not asked"]);
}

#[tokio::test(start_paused = true)]
async fn one_that_is_dead_slow_or_no_prometheus_gives_way_to_the_next() {
    let services = [("m", "thanos-query"), ("m", "prometheus"), ("n", "prometheus"), ("o", "prometheus")];
    let answers = [
        ("m/prometheus:9090", (0, String::new())),
        ("n/prometheus:9090", (200, "<html>hello</html>".to_owned())),
        ("o/prometheus:9090", targets(&["shop"])),
    ];
    let mut field = field(all(&services), &answers, wish());
    let (search, place, _) = field.search().await;
    assert_eq!(place, "service o/prometheus:9090");
    assert_eq!(
        search.says(),
        [
            "m/thanos-query:9090 (Thanos Query) was tried: the API server answers 503: no endpoints available",
            "m/prometheus:9090 (Prometheus) was tried: no answer within 5 s; read-only: no port-forward is tried",
            "n/prometheus:9090 (Prometheus) was tried: this is no Prometheus: check the address",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn one_that_scrapes_something_else_is_better_than_an_empty_one_and_than_none() {
    let services = [("m", "thanos-query"), ("m", "prometheus"), ("n", "prometheus")];
    let answers = [
        ("m/thanos-query:9090", (200, EMPTY.to_owned())),
        ("m/prometheus:9090", targets(&["pay"])),
        ("n/prometheus:9090", targets(&["web"])),
    ];
    let mut field = field(all(&services), &answers, wish());
    let (search, place, _) = field.search().await;
    assert_eq!(place, "service m/prometheus:9090");
    assert_eq!(
        search.says(),
        [
            "m/thanos-query:9090 (Thanos Query): it answers and scrapes nothing",
            "n/prometheus:9090 (Prometheus): it scrapes nothing in these namespaces",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn each_way_to_find_nothing_has_its_sentence() {
    let nothing = all(&[("shop", "web")]);
    let within = |names: &[&str]| Some(names.iter().map(|name| Name::from(*name)).collect());
    let partly = Listed { within: within(&["shop", "monitoring"]), ..all(&[("shop", "web")]) };
    let denied = Listed { within: within(&[]), ..Listed::default() };
    let away = Listed { trouble: Some("https://10.0.0.1: no answer within 15 s".into()), ..Listed::default() };
    for (listed, why) in [
        (nothing, "no Service looks like a Prometheus; --prometheus URL names one"),
        (partly, "no Service in shop, monitoring looks like a Prometheus; --prometheus URL names one"),
        (denied, "Services may not be listed: needs list on services; --prometheus URL names one"),
        (away, "Services cannot be listed: https://10.0.0.1: no answer within 15 s"),
    ] {
        assert_eq!(field(listed, &[], wish()).outcome().await, Err(why.to_owned()));
    }
    let mut dead = field(all(&[("m", "prometheus"), ("n", "prometheus")]), &[], wish());
    let why = "m/prometheus:9090: the API server answers 503: no endpoints available; 1 more: see rolldeck doctor";
    assert_eq!(dead.outcome().await, Err(why.to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_missing_right_is_named_with_its_rule() {
    let services = Listed { within: Some(vec!["shop".into(), "m".into()]), ..all(&[("m", "prometheus")]) };
    let refused = status(403, "services \\\"prometheus:9090\\\" is forbidden: User \\\"alice\\\" cannot get");
    let mut field = field(services, &[("m/prometheus:9090", refused)], wish());
    let (search, _, link) = field.search().await;
    let why = "m/prometheus:9090: needs get on services/proxy; read-only: no port-forward is tried";
    assert_eq!(link, Link::Denied { why: why.into() });
    let rule = "get on services/proxy for prometheus:9090 in namespace m (rolldeck rbac --metrics m/prometheus:9090 prints it)";
    let list = "list on services in all namespaces, or in that of the Prometheus (only shop, m could be)";
    assert_eq!(search.missing, [rule, list]);
}

#[tokio::test(start_paused = true)]
async fn what_turns_out_to_speak_tls_is_asked_so() {
    let plain = (400, "Client sent an HTTP request to an HTTPS server.\n".to_owned());
    let answers = [("m/prometheus:9090", plain), ("m/https:prometheus:9090", targets(&["shop"]))];
    let mut field = field(all(&[("m", "prometheus")]), &answers, wish());
    assert_eq!(field.outcome().await.as_deref(), Ok("service m/https:prometheus:9090"));
}

#[tokio::test(start_paused = true)]
async fn nothing_is_asked_before_the_rows_are_there_nor_while_nobody_looks() {
    let mut field = field(all(&[("m", "prometheus")]), &[], Wish { looked: false, ..wish() });
    field.may_begin.send_replace(false);
    assert!(timeout(Duration::from_hours(1), field.facts.recv()).await.is_err());
    field.may_begin.send_replace(true);
    assert!(timeout(Duration::from_hours(1), field.facts.recv()).await.is_err());
    field.polling.want(wish());
    assert!(field.outcome().await.is_err());
}

#[tokio::test(start_paused = true)]
async fn it_is_looked_for_again_more_and_more_slowly_until_it_is_there() {
    let mut field = field(all(&[("m", "prometheus")]), &[], wish());
    assert!(field.outcome().await.is_err());
    for minutes in [1, 2, 4, 8, 15, 15] {
        let quiet = Duration::from_secs(minutes * 60 - 1);
        assert!(timeout(quiet, field.facts.recv()).await.is_err(), "again before {minutes} minutes");
        let again = timeout(Duration::from_secs(2), field.outcome()).await;
        assert!(again.expect("it is asked again").is_err());
    }
    field.answers.send_modify(|answers| {
        answers.insert("m/prometheus:9090".to_owned(), targets(&["shop"]));
    });
    assert_eq!(field.outcome().await.as_deref(), Ok("service m/prometheus:9090"));
}

#[tokio::test(start_paused = true)]
async fn one_that_is_gone_for_good_is_replaced() {
    let services = [("m", "prometheus"), ("n", "prometheus")];
    let there = |places: &[&str]| -> BTreeMap<String, Says> {
        places.iter().map(|place| ((*place).to_owned(), targets(&["shop"]))).collect()
    };
    let mut field = field(all(&services), &[("m/prometheus:9090", targets(&["shop"]))], wish());
    assert_eq!(field.outcome().await.as_deref(), Ok("service m/prometheus:9090"));
    field.answers.send_replace(there(&["n/prometheus:9090"]));
    assert_eq!(field.outcome().await.as_deref(), Ok("service n/prometheus:9090"));
}

const FORWARDED: &str = "m/prometheus:9090 by port-forward";

#[tokio::test(start_paused = true)]
async fn a_port_forward_is_the_last_way_to_one_that_the_proxy_does_not_reach() {
    let unreached = "error trying to reach service: dial tcp 10.0.0.7:9090: i/o timeout";
    for proxied in [status(403, "forbidden"), status(503, unreached), status(502, unreached), (0, String::new())] {
        let answers = [("m/prometheus:9090", proxied), (FORWARDED, targets(&["shop"]))];
        let mut field = field(all(&[("m", "prometheus")]), &answers, Wish { looked: false, ..wish() });
        field.forwards.send_replace(Forwards::Permitted);
        field.polling.want(wish());
        assert_eq!(field.outcome().await, Ok(format!("service {FORWARDED}")));
        assert_eq!(field.asked(), ["m/prometheus:9090", FORWARDED]);
    }
}

#[tokio::test(start_paused = true)]
async fn no_port_forward_is_tried_in_vain() {
    for proxied in [status(503, "no endpoints available"), (401, "who?".to_owned()), (200, "<html>".to_owned())] {
        let mut field = field(all(&[("m", "prometheus")]), &[("m/prometheus:9090", proxied)], wish());
        field.forwards.send_replace(Forwards::Permitted);
        assert!(field.outcome().await.is_err());
        assert_eq!(field.asked(), ["m/prometheus:9090"]);
    }
}

#[tokio::test(start_paused = true)]
async fn why_neither_way_leads_there() {
    let rule = |rights: &str, flag: &str| {
        format!(
            "{rights} for prometheus:9090 in namespace m (rolldeck rbac --metrics m/prometheus:9090{flag} prints it)"
        )
    };
    let lacks = "get on pods/portforward, create on pods/portforward";
    let proxy = rule("get on services/proxy", "");
    for (forwards, then, missing) in [
        (Forwards::ReadOnly, "read-only: no port-forward is tried".to_owned(), vec![proxy.clone()]),
        (
            Forwards::Lacks(lacks.into()),
            "a port-forward is not permitted".to_owned(),
            vec![proxy.clone(), rule(lacks, " --forward")],
        ),
        (
            Forwards::Permitted,
            "by port-forward this is no Prometheus: check the address".to_owned(),
            vec![proxy.clone()],
        ),
    ] {
        let answers = [("m/prometheus:9090", status(403, "forbidden")), (FORWARDED, (200, "<html>".to_owned()))];
        let mut field = field(all(&[("m", "prometheus")]), &answers, Wish { looked: false, ..wish() });
        field.forwards.send_replace(forwards);
        field.polling.want(wish());
        let (search, _, link) = field.search().await;
        let why = format!("m/prometheus:9090: needs get on services/proxy; {then}");
        assert_eq!(link, Link::Denied { why: why.as_str().into() });
        assert_eq!(search.missing.iter().map(ToString::to_string).collect::<Vec<_>>(), missing);
    }
}

/// What is wanted where the analysis of a rollout names these addresses.
fn naming(addresses: &[&str]) -> Wish {
    let by = sample::at(Kind::ANALYSIS_TEMPLATE, "errors");
    Wish { named: addresses.iter().map(|address| Named::of(address, &by)).collect(), ..wish() }
}

#[tokio::test(start_paused = true)]
async fn one_that_is_named_goes_before_those_that_look_like_one() {
    let answers = [("ops/numbers:80", targets(&["shop"])), ("m/thanos-query:9090", targets(&["shop"]))];
    let services = all(&[("m", "thanos-query"), ("ops", "numbers")]);
    let mut field = field(services, &answers, naming(&["http://gone.ops:9090", "http://numbers.ops.svc"]));
    let (search, place, _) = field.search().await;
    assert_eq!(place, "service ops/numbers:80");
    assert_eq!(field.asked(), ["ops/numbers:80"], "what the cluster has not is not asked");
    assert_eq!(search.found().unwrap().product, "named by AnalysisTemplate shop/errors");
    let tried =
        "http://gone.ops:9090 (named by AnalysisTemplate shop/errors) was tried: the cluster has no such Service";
    assert_eq!(search.says(), [tried]);
}

#[tokio::test(start_paused = true)]
async fn one_that_knows_nothing_of_what_is_looked_at_is_not_taken_because_it_is_named() {
    let answers = [("ops/numbers:80", (200, EMPTY.to_owned())), ("m/thanos-query:9090", targets(&["shop"]))];
    let services = all(&[("m", "thanos-query"), ("ops", "numbers")]);
    let mut field = field(services, &answers, naming(&["http://numbers.ops"]));
    assert_eq!(field.outcome().await.as_deref(), Ok("service m/thanos-query:9090"));
    assert_eq!(field.asked(), ["ops/numbers:80", "m/thanos-query:9090"]);
}

#[tokio::test(start_paused = true)]
async fn whoever_names_one_does_not_choose_for_all_others() {
    let answers = [("m/prometheus:9090", targets(&["shop"])), ("team-a/fake:9090", targets(&["shop"]))];
    let by = sample::meta(Kind::CANARY, "app").at;
    let by = Ref { namespace: "team-a".into(), ..by };
    let wish = Wish { named: vec![Named::of("http://fake.team-a:9090", &by)], ..wish() };
    let services = || all(&[("m", "prometheus"), ("team-a", "fake")]);
    let mut one = field(services(), &answers, wish.clone());
    assert_eq!(one.outcome().await.as_deref(), Ok("service m/prometheus:9090"));
    assert_eq!(one.asked(), ["m/prometheus:9090"]);
    // Where nobody else answers it is asked, and no port-forward is opened for it.
    let mut one =
        field(services(), &[("team-a/fake:9090", status(403, "forbidden"))], Wish { looked: false, ..wish.clone() });
    one.forwards.send_replace(Forwards::Permitted);
    one.polling.want(wish);
    assert!(one.outcome().await.is_err());
    assert_eq!(one.asked(), ["m/prometheus:9090", "team-a/fake:9090"]);
}

#[tokio::test(start_paused = true)]
async fn an_address_outside_of_the_cluster_is_named_and_not_asked() {
    let mut field = field(all(&[]), &[], naming(&["https://prometheus.example.org"]));
    let (search, _, link) = field.search().await;
    assert_eq!(field.asked(), [""; 0]);
    let why = "is not asked: it is outside of the cluster, and nothing is sent there by itself: --prometheus \
               https://prometheus.example.org asks it";
    let by = "named by AnalysisTemplate shop/errors";
    assert_eq!(search.says(), [format!("https://prometheus.example.org ({by}) {why}")]);
    assert_eq!(link, Link::Denied { why: format!("https://prometheus.example.org {why}").as_str().into() });
}

#[tokio::test(start_paused = true)]
async fn another_one_that_is_named_later_is_looked_for() {
    let answers = [("m/prometheus:9090", targets(&["shop"])), ("ops/numbers:9090", targets(&["shop"]))];
    let mut field = field(all(&[("m", "prometheus"), ("ops", "numbers")]), &answers, wish());
    assert_eq!(field.outcome().await.as_deref(), Ok("service m/prometheus:9090"));
    field.polling.want(naming(&["http://numbers.ops:9090"]));
    assert_eq!(field.outcome().await.as_deref(), Ok("service ops/numbers:9090"));
    field.asked();
    field.polling.want(naming(&["http://numbers.ops:9090", "http://prometheus.m:9090"]));
    let quiet = timeout(Duration::from_mins(10), field.outcome()).await;
    assert!(quiet.is_err(), "what is named is not left for another one that is");
}
