//! Argo Rollouts (read: v1.9.1, `rollout/analysis.go`, `utils/analysis`, `utils/template`): the metrics of the templates that a
//! Rollout's analyses name. It belongs to the Deployment that the Rollout's `workloadRef` names, and to the Rollout itself.
//!
//! Analyses inside of experiments are left out: their arguments come from pods that are made for them.

mod args;

use std::collections::BTreeSet;

use serde_json::Value;

use self::args::Args;
use super::{Subject, condition, deployment, found, list, query, text, why};
use crate::domain::{Analysis, Custom, Kind, Look, Name, Named, OwnQuery, Ref, Why};

/// Templates name templates; deeper than this nobody reads.
const DEEP: usize = 8;

/// What the analyses of Argo's Rollouts name.
pub(super) fn named(of: &Subject<'_>, look: &mut dyn Look<'_>) -> Analysis {
    let mut all = Analysis::default();
    for rollout in of.all(&Kind::ARGO_ROLLOUT, look) {
        let workload = deployment(rollout.body.pointer("/spec/workloadRef")).map(str::to_owned);
        if of.is_of(&rollout.meta.at, workload.as_slice()) {
            for analysis in analyses(&rollout.body) {
                if all.is_full() {
                    return all;
                }
                all.add(Run { rollout, analysis }.named(look));
            }
        }
    }
    all
}

/// The analyses of a Rollout: in the background, of a step, before and after promotion.
fn analyses(rollout: &Value) -> Vec<&Value> {
    let steps = list(rollout, "/spec/strategy/canary/steps").filter_map(|step| step.get("analysis"));
    let others = ["canary/analysis", "blueGreen/prePromotionAnalysis", "blueGreen/postPromotionAnalysis"];
    let others = others.iter().filter_map(|place| rollout.pointer(&format!("/spec/strategy/{place}")));
    others.chain(steps).filter(|analysis| analysis.is_object()).take(Analysis::MOST).collect()
}

/// What an analysis run would be made of.
struct Run<'a> {
    rollout: &'a Custom,
    analysis: &'a Value,
}

/// Templates in the controller's order: those of the namespace, then those of the cluster.
#[derive(Default)]
struct Templates<'a> {
    own: Vec<&'a Custom>,
    of_cluster: Vec<&'a Custom>,
}

impl<'a> Run<'a> {
    fn named(&self, look: &mut dyn Look<'a>) -> Analysis {
        let mut templates = Templates::default();
        if let Err((name, why)) = templates.gather(self.rollout, (self.analysis, "/templates"), look, DEEP) {
            // Without one of them there is no run at all.
            let lost = query(&name, Err(why), &self.rollout.meta.at);
            return Analysis { queries: vec![lost], ..Analysis::default() };
        }
        let metrics = templates.metrics();
        let args = unique(&metrics).and_then(|()| Args::of(self.rollout, self.analysis, &templates.all()));
        let mut all = Analysis::default();
        let of_prometheus =
            |(template, metric)| Some((template, metric, Value::pointer(metric, "/provider/prometheus")?));
        for (template, metric, prometheus) in metrics.into_iter().filter_map(of_prometheus).take(Analysis::MOST) {
            let said_by = &template.meta.at;
            all.queries.push(asked(metric, prometheus, &args, said_by));
            let address = args.as_ref().ok().and_then(|args| args.fill(text(prometheus, "/address")?).ok());
            all.addresses.extend(address.map(|address| Named::of(&address, said_by)));
        }
        all
    }
}

/// The query of a metric with its limits.
fn asked(metric: &Value, prometheus: &Value, args: &Result<Args, Why>, said_by: &Ref) -> OwnQuery {
    let filled = |text: &str| args.as_ref().map_err(Why::clone).and_then(|args| args.fill(text));
    let condition = |field| text(metric, field).and_then(|condition| filled(condition).ok()).unwrap_or_default();
    let limits = condition::limits(&condition("/successCondition"), &condition("/failureCondition"));
    let name = text(metric, "/name").unwrap_or("metric");
    OwnQuery { limits, ..query(name, filled(text(prometheus, "/query").unwrap_or_default()), said_by) }
}

/// Two metrics of one name are no analysis.
fn unique(metrics: &[(&Custom, &Value)]) -> Result<(), Why> {
    let mut names = BTreeSet::new();
    let twice = metrics.iter().filter_map(|(_, metric)| text(metric, "/name")).find(|name| !names.insert(*name));
    twice.map_or(Ok(()), |name| Err(why(&format!("two metrics of the analysis have the name {name}"))))
}

impl<'a> Templates<'a> {
    /// Gathers what a list of references leads to, or says which one leads nowhere.
    fn gather(
        &mut self,
        rollout: &Custom,
        (of, pointer): (&'a Value, &str),
        look: &mut dyn Look<'a>,
        deep: usize,
    ) -> Result<(), (String, Why)> {
        for reference in list(of, pointer) {
            let name = text(reference, "/templateName").unwrap_or_default();
            let is_of_cluster = reference.get("clusterScope").and_then(Value::as_bool) == Some(true);
            let at = template_at(rollout, name, is_of_cluster);
            let template = found(&at, look).map_err(|why| (name.to_owned(), why))?;
            let held = if is_of_cluster { &mut self.of_cluster } else { &mut self.own };
            if held.iter().any(|held| held.meta.at == at) {
                continue;
            }
            held.push(template);
            if deep > 0 {
                self.gather(rollout, (&template.body, "/spec/templates"), look, deep - 1)?;
            }
        }
        Ok(())
    }

    fn all(&self) -> Vec<&'a Custom> {
        self.own.iter().chain(&self.of_cluster).copied().collect()
    }

    fn metrics(&self) -> Vec<(&'a Custom, &'a Value)> {
        let of = |template: &'a Custom| list(&template.body, "/spec/metrics").map(move |metric| (template, metric));
        self.all().into_iter().flat_map(of).collect()
    }
}

fn template_at(rollout: &Custom, name: &str, is_of_cluster: bool) -> Ref {
    let name = Name::from(name);
    if is_of_cluster {
        let at = rollout.meta.at.sibling(Kind::CLUSTER_ANALYSIS_TEMPLATE, name);
        return Ref { namespace: Name::default(), ..at };
    }
    rollout.meta.at.sibling(Kind::ANALYSIS_TEMPLATE, name)
}
