//! Plans and deeds made by hand: what the desk holds while somebody steers.

use std::sync::Arc;

use rolldeck::domain::{
    Args, Card, Change, Deed, Downtime, DryRun, Estimate, Fleet, Flight, Force, Guard, Intent, Moment, Offer, Op,
    Outcome, Plan, PlanState, Proof, Ref, Rollout, Sub, Verb, WayBack, Weight, Why, Write,
};
use serde_json::{Value, json};

use super::{NOW, ago};

/// All verbs are able, but one, which says why not.
pub(crate) fn offers(refused: Verb, why: &str) -> Vec<Offer> {
    let able = |verb| if verb == refused { Err(Why(why.into())) } else { Ok(()) };
    // A Deployment has no weights.
    let all = Verb::ALL.iter().filter(|verb| **verb != Verb::Shift);
    all.map(|verb| Offer { verb: *verb, able: able(*verb) }).collect()
}

/// The rollout with its verbs.
pub(crate) fn steered(mut rollout: Rollout) -> Rollout {
    rollout.offers = offers(Verb::Resume, "not paused");
    rollout
}

/// An HPA and a GitOps controller that write to it.
pub(crate) fn forces() -> Vec<Force> {
    let force = |by: &str, field: &str, says: &str, secs| Force {
        by: by.into(),
        field: field.into(),
        says: says.into(),
        reverts_within_s: secs,
        bounds: (by == "hpa").then_some((2, 10)),
    };
    vec![
        force("hpa", "/spec/replicas", "HPA checkout keeps 2 to 10 pods", Some(15)),
        force("argo-cd", "/spec", "Argo CD app shop tracks this and heals it", Some(180)),
    ]
}

/// A template as long as real ones are.
fn template(image: &str) -> Value {
    json!({
        "metadata": {"labels": {"app": "gateway", "pod-template-hash": null}},
        "spec": {
            "containers": [{
                "name": "app",
                "image": image,
                "env": [{"name": "UPSTREAM_URL", "value": "http://orders.shop.svc.cluster.local:8080/v2/orders?expand=items"}],
                "readinessProbe": {"httpGet": {"path": "/healthz", "port": 8080}, "periodSeconds": 5},
                "resources": {"requests": {"cpu": "250m", "memory": "256Mi"}, "limits": {"memory": "512Mi"}},
            }],
        },
    })
}

fn guard(rule: &str, weight: Weight, says: &str) -> Guard {
    Guard { rule: rule.into(), weight, says: says.into() }
}

fn change(what: &str, before: &str, after: &str) -> Change {
    Change { what: what.into(), before: before.into(), after: after.into() }
}

fn write(target: &Ref, sub: Sub, tests: &[(&str, Value)], ops: Vec<Op>) -> Write {
    let tests = tests.iter().map(|(path, value)| ((*path).into(), value.clone())).collect();
    Write { target: target.clone(), uid: "3d9c0a52-6a8e-4d1b-9f0e-0c8a8f0b7a11".into(), sub, tests, ops }
}

/// Half of the pods come back, the others go.
pub(crate) fn flight() -> Flight {
    Flight {
        start: 4,
        stop: 8,
        takes: Some(Estimate { fastest: 9, likely: 14, slowest: 31 }),
        lowest_ready: 15,
        wanted: 20,
        downtime: Downtime::None,
        lost: vec!["the 3 ready pods of gateway:2.4.1-rc.1 go".into()],
        limits: Vec::new(),
        stuck: None,
        assumes: vec!["pods become ready after 9 to 31 s, as 16 of this version did".into()],
    }
}

/// A fleet whose rollout has a way back.
pub(crate) fn with_way_back((mut fleet, at): (Fleet, Ref)) -> (Fleet, Ref) {
    fleet.way_back = Some(WayBack { of: at.clone(), revision: 41, to: "1.8.2".into(), flight: flight() });
    (fleet, at)
}

/// Undo, where kubectl would take another revision.
pub(crate) fn undo(target: &Ref) -> Card {
    let image = |tag: &str| format!("registry.example.com/pay/gateway:{tag}");
    let ops = vec![
        Op::Put("/spec/template".into(), template(&image("2.3.7"))),
        Op::Put("/metadata/annotations/kubernetes.io~1change-cause".into(), json!("release 2.3.7")),
        Op::Remove("/spec/paused".into()),
    ];
    Card {
        id: 7,
        intent: Intent { target: target.clone(), verb: Verb::Undo, args: Args::None },
        title: "undo gateway to revision 41".into(),
        changes: vec![
            change("revision", "43", "41, the newest with available pods (16)"),
            change("image of app", &image("2.4.1-rc.1"), &image("2.3.7")),
            change("change-cause", "release 2.4.1-rc.1", "release 2.3.7"),
        ],
        writes: vec![write(
            target,
            Sub::Main,
            &[("/metadata/generation", json!(12)), ("/spec/paused", Value::Null)],
            ops,
        )],
        kubectl: Ok("kubectl --context prod-eu -n pay rollout undo deployment/gateway --to-revision=41".into()),
        guards: vec![
            guard(
                "argo-cd",
                Weight::Warn,
                "Argo CD app shop heals this object: it will put the template of its repository back within 3 minutes",
            ),
            guard(
                "kubectl-differs",
                Weight::Note,
                "kubectl would go back to revision 42 (2.4.0), which has no available pods: it is only the newest but one",
            ),
        ],
        dry_run: DryRun::Accepted(Vec::new()),
        destructive: false,
        needs_reason: false,
        made: NOW,
        flight: Some(flight()),
        generation: 12,
    }
}

/// Scale to nothing: it must be chosen.
pub(crate) fn scale_to_none(target: &Ref) -> Card {
    Card {
        id: 8,
        intent: Intent { target: target.clone(), verb: Verb::Scale, args: Args::Replicas(0) },
        title: format!("scale {} to 0", target.name).as_str().into(),
        changes: vec![change("replicas", "20", "0")],
        writes: vec![write(
            target,
            Sub::Scale,
            &[("/spec/replicas", json!(20))],
            vec![Op::Put("/spec/replicas".into(), json!(0))],
        )],
        kubectl: Ok(format!("kubectl -n {} scale deployment/{} --replicas=0", target.namespace, target.name)
            .as_str()
            .into()),
        guards: vec![
            guard("no-pods", Weight::Warn, "no pod is left: Service checkout answers nobody"),
            guard(
                "hpa",
                Weight::Warn,
                "HPA checkout keeps 2 to 10 pods; at 0 it stands still until somebody scales up",
            ),
        ],
        dry_run: DryRun::Accepted(vec!["spec.replicas: scaling to zero is discouraged in this cluster".into()]),
        destructive: true,
        needs_reason: true,
        made: NOW,
        flight: Some(Flight {
            start: 0,
            stop: 20,
            takes: Some(Estimate { fastest: 0, likely: 0, slowest: 0 }),
            lowest_ready: 0,
            wanted: 0,
            downtime: Downtime::Lasting,
            lost: vec!["20 of the 20 ready pods go".into()],
            assumes: Vec::new(),
            ..flight()
        }),
        generation: 3,
    }
}

/// An image that a webhook refuses.
pub(crate) fn refused_image(target: &Ref) -> Card {
    let (before, after) = ("registry.example.com/shop/checkout:1.9.0", "docker.io/somebody/checkout:latest");
    let pointer = "/spec/template/spec/containers/0/image";
    Card {
        id: 9,
        intent: Intent {
            target: target.clone(),
            verb: Verb::SetImage,
            args: Args::Images { images: vec![("app".into(), after.into())], cause: None },
        },
        title: "set image of checkout: app=checkout:latest".into(),
        changes: vec![change("image of app", before, after)],
        writes: vec![write(
            target,
            Sub::Main,
            &[("/metadata/generation", json!(4)), (pointer, json!(before))],
            vec![Op::Put(pointer.into(), json!(after))],
        )],
        kubectl: Err(Why("kubectl set image does not test what was there before".into())),
        guards: vec![guard("kubectl-apply", Weight::Note, "the next kubectl apply of ci@build-7 writes its own image again")],
        dry_run: DryRun::Refused(
            "admission webhook \"images.policy.example.com\" denied the request: images come from registry.example.com only"
                .into(),
        ),
        destructive: false,
        needs_reason: false,
        made: NOW,
        flight: None,
        generation: 4,
    }
}

/// A fleet with a plan on its desk.
pub(crate) fn with_plan(mut fleet: Fleet, intent: &Intent, state: PlanState, notice: Option<&str>) -> Fleet {
    fleet.desk.plan = Some(Plan { intent: intent.clone(), state, notice: notice.map(Into::into) });
    fleet
}

/// A deed of a card, made so many seconds ago.
pub(crate) fn deed(id: &str, secs: i64, card: &Card, proof: Proof) -> Arc<Deed> {
    Arc::new(Deed {
        id: id.into(),
        by: "anna@bastion-2".into(),
        at: ago(secs),
        intent: card.intent.clone(),
        title: card.title.clone(),
        reason: "orders fail since 03:02, INC-1142".into(),
        writes: card.writes.clone(),
        flight: card.flight.clone(),
        proof,
    })
}

/// A proof whose stages were reached so many milliseconds after a moment.
pub(crate) fn proof(began: Moment, stages: [Option<i64>; 3], outcome: Outcome, since: Moment) -> Proof {
    let [accepted, observed, done] = stages.map(|ms| ms.map(|ms| began.shifted(ms)));
    Proof { accepted, generation: Some(13), observed, done, outcome, since: Some(since) }
}
