//! The grid: replicas × maxSurge × maxUnavailable, each rolled gate by gate.

use serde_json::{Value, json};

use super::script::{Script, Step, Which, full};

/// Every combination that the API server accepts.
pub(super) fn scripts() -> Vec<Script> {
    let mut all = Vec::new();
    for replicas in [1, 2, 3, 5, 10] {
        for surge in [json!(0), json!(1), json!("25%"), json!("100%")] {
            for unavailable in [json!(0), json!(1), json!("25%"), json!("50%")] {
                if surge != json!(0) || unavailable != json!(0) {
                    all.push(walk(replicas, &surge, &unavailable));
                }
            }
        }
    }
    all
}

fn walk(replicas: usize, surge: &Value, unavailable: &Value) -> Script {
    let plain = |amount: &Value| amount.to_string().replace('"', "").replace('%', "p");
    let name = format!("grid-{replicas}-{}-{}", plain(surge), plain(unavailable));
    let rolling = json!({"maxSurge": surge, "maxUnavailable": unavailable});
    let spec = json!({"replicas": replicas, "strategy": {"type": "RollingUpdate", "rollingUpdate": rolling}});
    let mut script = Script::gated(name, spec).then([full(Step::Image("2"))]);
    script.little = replicas == 3 && *surge == json!("25%") && *unavailable == json!("25%");
    // One gate at a time; of ten pods one, two and three in turn. There is always one that waits: nothing opens by itself.
    let mut left = replicas;
    while left > 0 {
        let turn = if replicas < 10 { 1 } else { (10 - left) % 3 + 1 };
        // Of those that wait there may be fewer: what is missing is opened in the next turn.
        let most = spec_most(replicas, surge, unavailable);
        let now = turn.min(left).min(most);
        script = script.then([full(Step::Open(Which::Newest, now))]);
        left -= now;
    }
    script
}

/// Pods that a step can at least replace at once.
fn spec_most(replicas: usize, surge: &Value, unavailable: &Value) -> usize {
    let of = |amount: &Value, up: usize| match amount.as_str() {
        None => usize::try_from(amount.as_u64().unwrap()).unwrap(),
        Some(percent) => {
            let percent: usize = percent.trim_end_matches('%').parse().unwrap();
            (replicas * percent + up) / 100
        }
    };
    (of(surge, 99) + of(unavailable, 0).min(replicas)).max(1)
}
