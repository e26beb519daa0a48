//! Queries that are not ours: asked while they are looked at, and never at the cost of those that are.

use super::*;
use crate::domain::{CurveAsk, Curves, Kind, Promql, Ref};

fn ask(until: Option<Moment>) -> CurveAsk {
    let of = Ref { cluster: "lab".into(), namespace: "shop".into(), kind: Kind::DEPLOYMENT, name: "web".into() };
    let window = Duration::from_mins(1);
    CurveAsk {
        promql: Promql::Open("up".into()),
        of,
        version: None,
        sets: Vec::new(),
        window,
        span: Span::Minutes15,
        until,
    }
}

async fn curves(story: &mut Story) -> Curves {
    loop {
        if let Fact::Curves(curves) = story.fact().await {
            return *curves;
        }
    }
}

fn matrix(number: &str) -> String {
    let series = format!(r#"{{"metric":{{"pod":"a"}},"values":[[{T},"{number}"]]}}"#);
    format!(r#"{{"status":"success","data":{{"resultType":"matrix","result":[{series}]}}}}"#)
}

#[tokio::test(start_paused = true)]
async fn it_is_one_more_with_each_poll_while_it_is_looked_at() {
    let mut story = story(Wish { curves: Some(ask(None)), ..wish() });
    for number in ["1", "2"] {
        story.poll("1").await;
        let asked = story.asked().await;
        assert!(asked.path.starts_with("/api/v1/query_range?query=up&start="), "{}", asked.path);
        assert!(asked.path.ends_with("&step=15"), "{}", asked.path);
        asked.answer(200, &matrix(number));
        let said = curves(&mut story).await;
        assert_eq!((said.trouble, said.all), (None, 1));
        assert_eq!(said.curves[0].points[0].1, number.parse().ok());
    }
    story.polling.want(wish());
    for _ in 0..3 {
        story.poll("1").await;
    }
}

#[tokio::test(start_paused = true)]
async fn its_failure_is_its_own() {
    let mut story = story(Wish { curves: Some(ask(None)), ..wish() });
    story.poll("1").await;
    let error = r#"{"status":"error","errorType":"bad_data","error":"1:3: parse error"}"#;
    story.asked().await.answer(400, error);
    assert_eq!(curves(&mut story).await.trouble, Some("bad_data: 1:3: parse error".into()));
    // It is left alone for a minute, and what is ours goes on meanwhile.
    for _ in 0..4 {
        story.poll("1").await;
    }
    story.asked().await.answer(200, &matrix("1"));
    assert_eq!(curves(&mut story).await.trouble, None);
}

#[tokio::test(start_paused = true)]
async fn what_is_over_is_asked_once_and_nobody_waits_long_for_it() {
    let until = Some(Moment::from_secs(T - 3_600));
    let mut story = story(Wish { curves: Some(ask(until)), ..wish() });
    story.poll("1").await;
    let asked = story.asked().await;
    assert!(asked.path.contains(&format!("&end={}", T - 3_600)), "{}", asked.path);
    asked.answer(200, &matrix("1"));
    story.poll("1").await;
    story.poll("1").await;
    story.polling.want(Wish { curves: Some(ask(None)), ..wish() });
    let held = story.asked().await;
    assert_eq!(curves(&mut story).await.at, Moment::from_secs(T - 3_600));
    assert_eq!(curves(&mut story).await.trouble, Some("no answer within 5 s".into()));
    drop(held);
}
