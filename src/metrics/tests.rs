//! Stories of polling, told to a service behind the API server: a test sees every path that is asked for and says what comes
//! back. Asking by HTTP is in `http`.

mod http;
mod own;
mod packs;
mod seek;
mod settings;

use std::sync::Arc;

use ::http::{Response, StatusCode};
use bytes::Bytes;
use tokio::{
    sync::{mpsc, oneshot},
    time::timeout,
};

use super::*;
use crate::domain::{About, Link, Measure, Sampled, Samples, Span};

const T: i64 = 1_000_000;
const EMPTY: &str = r#"{"status":"success","data":{"resultType":"vector","result":[]}}"#;

/// A poller of namespace `shop`, and the two ends that a test holds.
struct Story {
    polling: Polling,
    asked: mpsc::Receiver<Asked>,
    facts: mpsc::Receiver<Fact>,
}

/// A path that was asked for, decoded, and the way to answer.
struct Asked {
    path: String,
    answer: oneshot::Sender<Response<Bytes>>,
}

impl Asked {
    fn answer(self, code: u16, body: &str) {
        self.with(code, body, None);
    }

    fn with(self, code: u16, body: &str, retry_after: Option<&str>) {
        let mut response = Response::new(Bytes::copy_from_slice(body.as_bytes()));
        *response.status_mut() = StatusCode::from_u16(code).unwrap();
        if let Some(seconds) = retry_after {
            response.headers_mut().insert("retry-after", seconds.parse().unwrap());
        }
        self.answer.send(response).unwrap();
    }
}

fn wish() -> Wish {
    Wish::over(Duration::from_mins(1))
}

fn past(span: Span) -> Past {
    let (sets, window) = (vec!["web-1".into(), "web-2".into()], Duration::from_mins(1));
    Past { namespace: "shop".into(), sets, services: Vec::new(), span, window, until: None }
}

fn story(wish: Wish) -> Story {
    let way = Some(Way::Proxy(Upstream {
        namespace: "m".to_owned(),
        service: "prometheus:9090".to_owned(),
        prefix: String::new(),
    }));
    let settings = Settings { way, ..Settings::default() };
    let (sender, asked) = mpsc::channel(64);
    let proxied: Proxied = Arc::new(move |path: String| {
        let sender = sender.clone();
        Box::pin(async move {
            let (answer, answered) = oneshot::channel();
            let path = path.replace("%20", " ").replace("%22", "\"").replace("%3D~", "=~");
            sender.send(Asked { path, answer }).await.map_err(|_| Text::fixed("gone"))?;
            answered.await.map_err(|_| Text::fixed("the connection was cut"))
        })
    });
    let (facts, heard) = mpsc::channel(64);
    let scope = Scope { cluster: "lab".into(), namespaces: vec!["shop".into()] };
    let clock: Clock = Arc::new(|| Moment::from_secs(T));
    let polling = Polling::start(&settings, scope, (wish, proxied), (facts, clock)).unwrap();
    Story { polling, asked, facts: heard }
}

impl Story {
    /// The next question about numbers. Those about which series there are, are answered: an application's own.
    async fn asked(&mut self) -> Asked {
        loop {
            let asked = self.heard().await;
            if asked.path.contains("=label_replace%28count by") {
                asked.answer(200, &words(&["http_requests_total"]));
            } else if asked.path.contains("=label_replace%28count%28") {
                asked.answer(200, &words(&["app 6"]));
            } else {
                return asked;
            }
        }
    }

    /// The next question, whatever it is.
    async fn heard(&mut self) -> Asked {
        timeout(Duration::from_mins(10), self.asked.recv()).await.expect("nothing is asked").unwrap()
    }

    /// Whether nothing is asked for so long.
    async fn is_quiet(&mut self, secs: u64) -> bool {
        timeout(Duration::from_secs(secs), self.asked.recv()).await.is_err()
    }

    /// Answers a whole poll: the same number for every measure.
    async fn poll(&mut self, number: &str) -> Vec<String> {
        let mut paths = Vec::new();
        for _ in 0..5 {
            let asked = self.asked().await;
            paths.push(asked.path.clone());
            asked.answer(200, &vector(number));
        }
        paths
    }

    async fn fact(&mut self) -> Fact {
        timeout(Duration::from_mins(10), self.facts.recv()).await.expect("nothing is said").unwrap()
    }

    async fn samples(&mut self) -> Samples {
        loop {
            if let Fact::Samples(samples) = self.fact().await {
                return *samples;
            }
        }
    }

    /// Why there are no metrics, as it is said next.
    async fn trouble(&mut self) -> String {
        loop {
            if let Fact::Gauge { link: Link::Retrying { why }, .. } = self.fact().await {
                return why.to_string();
            }
        }
    }
}

/// The answer of a probe.
fn words(words: &[&str]) -> String {
    let row = |word: &&str| format!(r#"{{"metric":{{"set":"{word}"}},"value":[{T},"1"]}}"#);
    let rows = words.iter().map(row).collect::<Vec<_>>().join(",");
    format!(r#"{{"status":"success","data":{{"resultType":"vector","result":[{rows}]}}}}"#)
}

/// An instant answer for version `web-1`, by a clock ten seconds ahead of ours.
fn vector(number: &str) -> String {
    let at = T + 10;
    format!(
        r#"{{"status":"success","data":{{"resultType":"vector","result":[
            {{"metric":{{"namespace":"shop","set":"web-1"}},"value":[{at}.5,"{number}"]}}]}}}}"#
    )
}

#[tokio::test(start_paused = true)]
async fn a_poll_is_five_queries_for_all_versions_once_per_interval() {
    let mut story = story(wish());
    let paths = story.poll("0.25").await;
    assert!(paths[0].starts_with("/api/v1/query?query=sum by %28namespace%2C set%29"), "{}", paths[0]);
    assert!(story.is_quiet(14).await);
    let samples = story.samples().await;
    let about = About::Now(Moment(T * 1_000 + 10_500));
    assert_eq!((samples.about, samples.window, samples.failed), (about, Duration::from_mins(1), Vec::new()));
    let Sampled { namespace, set, points } = &samples.of[0];
    assert_eq!((namespace.as_str(), set.as_str(), points.len()), ("shop", "web-1", 1));
    assert_eq!(Measure::ALL.map(|measure| points[0].get(measure)), [Some(0.25); 5]);
    story.poll("1").await;
}

#[tokio::test(start_paused = true)]
async fn a_board_asks_less_and_a_deck_asks_the_rest_at_once() {
    let brief = Wish { brief: true, ..wish() };
    let mut story = story(brief.clone());
    for _ in 0..3 {
        story.asked().await.answer(200, &vector("1"));
    }
    assert!(story.is_quiet(14).await, "the median and the 99th percentile are on no board");
    story.polling.want(wish());
    assert_eq!(story.poll("2").await.len(), 5);
    story.polling.want(brief);
    for _ in 0..3 {
        story.asked().await.answer(200, &vector("3"));
    }
    assert!(story.is_quiet(14).await);
}

#[tokio::test(start_paused = true)]
async fn no_number_is_unknown_and_no_series_is_no_version() {
    let mut story = story(wish());
    story.poll("NaN").await;
    let samples = story.samples().await;
    assert_eq!(Measure::ALL.map(|measure| samples.of[0].points[0].get(measure)), [None; 5]);
    for _ in 0..5 {
        story.asked().await.answer(200, EMPTY);
    }
    let samples = story.samples().await;
    assert_eq!(
        (samples.of, samples.about),
        (Vec::new(), About::Now(Moment(T * 1_000 + 10_500))),
        "its clock is known by now"
    );
}

#[tokio::test(start_paused = true)]
async fn nobody_looks_nothing_is_asked() {
    let mut story = story(Wish { looked: false, ..wish() });
    assert!(story.is_quiet(3_600).await);
    story.polling.want(wish());
    story.poll("1").await;
    story.polling.want(Wish { looked: false, ..wish() });
    assert!(story.is_quiet(3_600).await);
}

#[tokio::test(start_paused = true)]
async fn where_nobody_answers_one_request_is_enough_and_waits_grow() {
    let mut story = story(wish());
    for wait in [15, 30, 60, 120, 120] {
        story.asked().await.answer(502, "<html>Bad Gateway</html>");
        assert_eq!(story.trouble().await, "it answers with HTTP status 502");
        assert!(story.is_quiet(wait - 1).await, "{wait}");
    }
    story.poll("1").await;
    assert_eq!(story.samples().await.of.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_source_that_wants_to_be_left_alone_is() {
    let mut story = story(wish());
    story.asked().await.with(503, "overloaded", Some("300"));
    assert_eq!(story.trouble().await, "it answers with HTTP status 503");
    assert!(story.is_quiet(299).await);
    story.poll("1").await;
    assert_eq!(story.samples().await.of.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_never_comes_is_given_up() {
    let mut story = story(wish());
    let held = story.asked().await;
    assert_eq!(story.trouble().await, "no answer within 10 s");
    drop(held);
}

#[tokio::test(start_paused = true)]
async fn one_query_that_fails_costs_its_measure_only() {
    let mut story = story(wish());
    let refused =
        r#"{"status":"error","errorType":"execution","error":"query processing would load too many samples"}"#;
    for index in 0..5 {
        let asked = story.asked().await;
        if index == 3 { asked.answer(422, refused) } else { asked.answer(200, &vector("2")) }
    }
    let samples = story.samples().await;
    let why = "execution: query processing would load too many samples";
    assert_eq!(samples.failed, [(Measure::P95, why.into())]);
    assert_eq!((samples.of[0].points[0].p95, samples.of[0].points[0].p99), (None, Some(2.0)));
}

#[tokio::test(start_paused = true)]
async fn the_history_of_a_deck_is_asked_for_once() {
    let mut story = story(Wish { past: Some(past(Span::Minutes15)), ..wish() });
    story.poll("1").await;
    let asked = story.asked().await;
    // Fifteen minutes up to now by its clock, which is ten seconds ahead.
    assert!(asked.path.ends_with("&start=999110&end=1000010&step=15"), "{}", asked.path);
    assert!(asked.path.contains(r#"pod=~"%28web-1-%5B%5E-%5D%2B%7Cweb-2-%5B%5E-%5D%2B%29""#), "{}", asked.path);
    let matrix = r#"{"status":"success","data":{"resultType":"matrix","result":[
        {"metric":{"namespace":"shop","set":"web-2"},"values":[[999980,"1"],[999995,"NaN"],[1000010,"3"]]}]}}"#;
    asked.answer(200, matrix);
    for _ in 0..4 {
        story.asked().await.answer(200, EMPTY);
    }
    // Then what pods answered, up to the last whole half minute whose samples are there, each with the sample before it.
    for of in ["namespace%2C set%2C pod", "namespace%2C set%2C pod", "namespace%2C set%2C le"] {
        let asked = story.asked().await;
        assert!(asked.path.contains("increase%28") && asked.path.contains(of), "{}", asked.path);
        assert!(asked.path.contains("%5B45s%5D"), "{}", asked.path);
        assert!(asked.path.ends_with("&start=998220&end=999990&step=30"), "{}", asked.path);
        asked.answer(200, EMPTY);
    }
    let (now, samples) = (story.samples().await, story.samples().await);
    assert!(matches!(now.about, About::Now(_)));
    assert!(matches!(&samples.about, About::Past { past: of, .. } if *of == past(Span::Minutes15)));
    let rates: Vec<Option<f64>> = samples.of[0].points.iter().map(|point| point.rate).collect();
    assert_eq!(rates, [Some(1.0), None, Some(3.0)]);
    assert!(story.is_quiet(12).await, "only the next poll");
    story.poll("1").await;
    story.polling.want(Wish { past: Some(past(Span::Hour)), ..wish() });
    assert!(story.asked().await.path.ends_with("&start=996410&end=1000010&step=30"));
}

#[tokio::test(start_paused = true)]
async fn another_window_is_asked_for_at_once() {
    let mut story = story(wish());
    assert!(story.poll("1").await[0].contains("%5B1m%5D"));
    story.polling.want(Wish { window: Duration::from_mins(5), ..wish() });
    let asked = timeout(Duration::from_secs(1), story.asked()).await.expect("at once");
    assert!(asked.path.contains("%5B5m%5D"), "{}", asked.path);
    asked.answer(200, EMPTY);
    for _ in 0..4 {
        story.asked().await.answer(200, EMPTY);
    }
    assert!(story.is_quiet(14).await);
}

#[test]
fn a_service_that_is_not_there_is_said_by_the_api_server() {
    let status =
        r#"{"kind":"Status","status":"Failure","message":"no endpoints available for service \"prometheus\""}"#;
    let says = "the API server answers 503: no endpoints available for service \"prometheus\"";
    let answer = door::judge((StatusCode::SERVICE_UNAVAILABLE, &::http::HeaderMap::new()), status.as_bytes(), true);
    assert_eq!(answer.unwrap_err().why, says);
}
