use std::sync::Arc;

use serde_json::json;

use super::*;
use crate::{
    domain::{Meta, Name, Role, Side, sample, sample::World},
    systems::fixture,
};

fn object(kind: Kind, name: &str, body: Value) -> Object {
    let meta = sample::meta(kind, name);
    Object::Custom(Arc::new(Custom { meta, body }))
}

/// Deployment `shop/web`, being rolled out.
fn rollout() -> Rollout {
    fixture::rollout(&[(2, "web:2", 1, Role::New), (1, "web:1", 3, Role::Stable)])
}

fn told(world: &World) -> Analysis {
    let mut look = world;
    analysis(&rollout(), &mut look)
}

/// `name: query [limits] by WHO`.
fn says(query: &OwnQuery) -> String {
    let limit =
        |limit: &crate::domain::Limit| format!("{}{}", if limit.side == Side::Above { '>' } else { '<' }, limit.at);
    let limits = query.limits.iter().map(limit).collect::<Vec<_>>().join(" ");
    let promql = query.promql.as_ref().map_or_else(|why| format!("({why})"), |promql| promql.as_str().to_owned());
    let SaidBy::Object(by) = &query.said_by else { panic!("nobody names {}", query.name) };
    format!("{}: {promql} [{limits}] by {by}", query.name)
}

fn all_say(analysis: &Analysis) -> Vec<String> {
    analysis.queries.iter().map(says).collect()
}

mod of_argo {
    use super::*;

    /// Rollout `web` over the Deployment of that name with these analyses of its canary.
    fn rollout(analysis: &Value) -> Object {
        object(
            Kind::ARGO_ROLLOUT,
            "web",
            json!({
                "metadata": {"name": "web", "namespace": "shop", "uid": "u-1",
                    "labels": {"team": "checkout"}, "annotations": {"example.com/tier": "gold"}},
                "spec": {
                    "replicas": 5,
                    "workloadRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
                    "strategy": {"canary": {"stableService": "web-stable", "analysis": analysis,
                        "steps": [{"setWeight": 5}, {"analysis": {"templates": [{"templateName": "step"}]}}]}},
                },
                "status": {"currentPodHash": "7d9f", "stableRS": "5c4b"},
            }),
        )
    }

    fn template(kind: &Kind, name: &str, spec: &Value) -> Object {
        let Object::Custom(custom) = object(kind.clone(), name, json!({"spec": spec})) else { unreachable!() };
        let namespace = if kind.is_namespaced() { custom.meta.at.namespace.clone() } else { Name::default() };
        let at = Ref { namespace, ..custom.meta.at.clone() };
        Object::Custom(Arc::new(Custom { meta: Meta { at, ..custom.meta.clone() }, body: custom.body.clone() }))
    }

    fn metric(name: &str, query: &str) -> Value {
        json!({"name": name, "provider": {"prometheus": {"address": "http://prom.ops:9090", "query": query}}})
    }

    fn own(name: &str, spec: &Value) -> Object {
        template(&Kind::ANALYSIS_TEMPLATE, name, spec)
    }

    /// What stands in one query with these declared and given arguments.
    fn filled(query: &str, declared: &Value, given: &Value) -> String {
        let world = World::default()
            .and(rollout(&json!({"templates": [{"templateName": "one"}], "args": given})))
            .and(own("one", &json!({"args": declared, "metrics": [metric("m", query)]})));
        told(&world).queries.first().map(says).unwrap()
    }

    #[test]
    fn arguments_are_given_or_have_a_default() {
        let query = "rate(x{a=\"{{args.a}}\",b=\"{{ args.b }}\"}[1m])";
        let declared = json!([{"name": "a"}, {"name": "b", "value": "usual"}]);
        let a = filled(query, &declared, &json!([{"name": "a", "value": "1"}, {"name": "unknown", "value": "x"}]));
        assert_eq!(a, "m: rate(x{a=\"1\",b=\"usual\"}[1m]) [] by analysistemplate/one");
        let both = json!([{"name": "b", "value": "other"}, {"name": "a", "value": "$a\n\"q\""}]);
        assert_eq!(filled("{{args.a}}{{args.b}}", &declared, &both), "m: $a\n\"q\"other [] by analysistemplate/one");
        let none = filled(query, &declared, &json!([]));
        assert_eq!(none, "m: (nothing is given for its argument a) [] by analysistemplate/one");
    }

    #[test]
    fn arguments_come_from_the_rollout() {
        let from = |name: &str, from: Value| json!({"name": name, "valueFrom": from});
        let field = |name: &str, path: &str| from(name, json!({"fieldRef": {"fieldPath": path}}));
        let given = json!([
            from("new", json!({"podTemplateHashValue": "Latest"})),
            from("old", json!({"podTemplateHashValue": "Stable"})),
            field("name", "metadata.name"),
            field("label", "metadata.labels['team']"),
            field("note", "metadata.annotations['example.com/tier']"),
            field("none", "metadata.labels['no']"),
            field("pods", "spec.replicas"),
            field("weight", "spec.strategy.canary.steps[0].setWeight"),
        ]);
        let names = ["new", "old", "name", "label", "note", "none", "pods", "weight"];
        let declared: Vec<Value> = names.iter().map(|name| json!({"name": name})).collect();
        let query = names.map(|name| format!("{{{{args.{name}}}}}")).join(",");
        let says = filled(&query, &json!(declared), &given);
        assert_eq!(says, "m: 7d9f,5c4b,web,checkout,gold,,5,5 [] by analysistemplate/one");
        for path in ["metadata.generation", "spec.nothing", "spec.strategy"] {
            let says = filled("up", &json!([{"name": "a"}]), &json!([field("a", path)]));
            assert_eq!(says, format!("m: (rollout/web has no field {path}) [] by analysistemplate/one"));
        }
    }

    #[test]
    fn a_secret_is_not_read() {
        let secret = json!([{"name": "token", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}]);
        let says = filled("x{t=\"{{args.token}}\"}", &secret, &json!([{"name": "token", "value": "given"}]));
        assert_eq!(says, "m: (its argument token is in a Secret, and Secrets are not read) [] by analysistemplate/one");
        assert_eq!(filled("up", &secret, &json!([])), "m: up [] by analysistemplate/one", "where it is not used");
        let says = filled("up{{ args.other }}", &json!([]), &json!([]));
        assert_eq!(says, "m: (nothing is known of its {{args.other}}) [] by analysistemplate/one");
    }

    #[test]
    fn what_repeats_itself_without_end_is_no_query() {
        let long = json!([{"name": "a", "value": "x".repeat(1 << 15)}]);
        let says = filled(&"{{args.a}}".repeat(10_000), &long, &json!([]));
        assert_eq!(says, "m: (it is longer than 16 kB) [] by analysistemplate/one");
        let says = filled(
            &format!("{{{{args.b}}}}{}", "x".repeat(1 << 15)),
            &json!([{"name": "b", "value": "x"}]),
            &json!([]),
        );
        assert_eq!(says, "m: (it is longer than 16 kB) [] by analysistemplate/one");
        let many: Vec<Value> = (0..101).map(|n| json!({"name": n.to_string(), "value": ""})).collect();
        assert!(filled("up", &json!(many), &json!([])).contains("more than 100 arguments"));
    }

    #[test]
    fn templates_of_the_cluster_and_templates_of_templates_are_one_run() {
        let condition = json!({"name": "low", "successCondition": "result[0] >= {{args.least}}",
            "provider": {"prometheus": {"query": "least"}}});
        let world = World::default()
            .and(rollout(&json!({"templates": [{"templateName": "all", "clusterScope": true}]})))
            .and(own("step", &json!({"metrics": [metric("of-step", "up"), {"name": "job", "provider": {"job": {}}}]})))
            .and(template(
                &Kind::CLUSTER_ANALYSIS_TEMPLATE,
                "all",
                &json!({"args": [{"name": "least", "value": "0.95"}], "metrics": [condition],
                    "templates": [{"templateName": "inner"}, {"templateName": "all", "clusterScope": true}]}),
            ))
            .and(own(
                "inner",
                &json!({"args": [{"name": "least"}], "metrics": [metric("inner", "x > {{args.least}}")]}),
            ));
        let told = told(&world);
        assert_eq!(
            all_say(&told),
            [
                "inner: x > 0.95 [] by analysistemplate/inner",
                "low: least [<0.95] by clusteranalysistemplate/all",
                "of-step: up [] by analysistemplate/step",
            ]
        );
        let named: Vec<&str> = told.addresses.iter().map(|named| named.address.as_str()).collect();
        assert_eq!(named, ["http://prom.ops:9090"], "once");
    }

    #[test]
    fn what_cannot_be_a_run_says_why() {
        let analysis = json!({"templates": [{"templateName": "one"}, {"templateName": "two"}]});
        let lost = told(&World::default().and(rollout(&analysis)));
        assert_eq!(all_say(&lost)[0], "one: (there is no analysistemplate/one) [] by rollout/web");
        let of = |value: &str| json!({"args": [{"name": "a", "value": value}], "metrics": [metric("m", "up")]});
        let twice = World::default().and(rollout(&analysis)).and(own("one", &of("1"))).and(own("two", &of("1")));
        assert!(all_say(&told(&twice))[0].contains("two metrics of the analysis have the name m"));
        let other = json!({"args": [{"name": "a", "value": "2"}], "metrics": []});
        let differ = World::default().and(rollout(&analysis)).and(own("one", &of("1"))).and(own("two", &other));
        assert!(all_say(&told(&differ))[0].contains("different values for the argument a"));
    }

    #[test]
    fn a_rollout_over_another_workload_is_not_ours() {
        let Object::Custom(custom) = rollout(&json!({"templates": [{"templateName": "one"}]})) else { unreachable!() };
        let body = fixture::with(custom.body.clone(), "/spec/workloadRef/name", json!("api"));
        let world = World::default()
            .and(object(Kind::ARGO_ROLLOUT, "web", body))
            .and(own("one", &json!({"metrics": [metric("m", "up")]})));
        assert_eq!(told(&world), Analysis::default());
    }
}

mod of_flagger {
    use super::*;

    fn canary(metrics: &Value) -> Object {
        object(
            Kind::CANARY,
            "web-canary",
            json!({"spec": {
                "targetRef": {"kind": "Deployment", "name": "web"},
                "service": {"name": "shop-web"},
                "metricsServer": "http://prom.istio-system:9090",
                "analysis": {"metrics": metrics},
            }}),
        )
    }

    fn template(query: &str) -> Object {
        let provider = json!({"type": "prometheus", "address": "http://prom.ops:9090"});
        object(Kind::METRIC_TEMPLATE, "errors", json!({"spec": {"provider": provider, "query": query}}))
    }

    fn filled(query: &str, metric: &Value) -> String {
        let mut metric = metric.clone();
        metric["name"] = json!("m");
        metric["templateRef"] = json!({"name": "errors"});
        let world = World::default().and(canary(&json!([metric]))).and(template(query));
        told(&world).queries.first().map(says).unwrap()
    }

    #[test]
    fn words_stand_for_the_canary() {
        let query = "{{ name }} {{namespace}} {{ target }} {{ service }} {{ ingress }} {{ route }} [{{ interval }}]";
        let says = filled(query, &json!({"interval": "30s", "thresholdRange": {"max": 1}}));
        assert_eq!(says, "m: web-canary shop web shop-web web web [30s] [>1] by metrictemplate/errors");
        let says = filled("[{{ interval }}]", &json!({"thresholdRange": {"min": 1.5, "max": 3}}));
        assert_eq!(says, "m: [] [<1.5 >3] by metrictemplate/errors", "a template has no interval by default");
    }

    #[test]
    fn variables_comments_and_blanks_are_as_in_go() {
        let metric = json!({"templateVariables": {"from": "eu", "to-region": "us"}, "threshold": 5});
        let query = "a{{/* why */}}\n\n  {{- variables.from -}}  \n b{{ index variables \"to-region\" }}";
        assert_eq!(filled(query, &metric), "m: aeubus [>5] by metrictemplate/errors");
        assert_eq!(filled("x \n\t {{target}}\n", &metric), "m: x web  [>5] by metrictemplate/errors");
        let lost = filled("{{ variables.none }}", &metric);
        assert_eq!(lost, "m: (nothing is given for its variable none) [>5] by metrictemplate/errors");
        for action in ["if true", "range variables", "end", "name | printf", "printf \"%s\" name", ".Name"] {
            let says = filled(&format!("x{{{{ {action} }}}}"), &metric);
            let wanted = format!("its template holds {{{{{action}}}}}, which is not worked out here");
            assert!(says.contains(&wanted), "{says}");
        }
    }

    #[test]
    fn built_in_metrics_bound_what_is_measured_anyway() {
        let told = told(&World::default().and(canary(&json!([
            {"name": "request-success-rate", "thresholdRange": {"min": 99}},
            {"name": "request-duration", "thresholdRange": {"max": 500.7}},
            {"name": "request-success-rate", "threshold": 98},
        ]))));
        assert!(told.queries.is_empty());
        let bounds: Vec<String> = told
            .bounds
            .iter()
            .map(|bound| format!("{} {:?} {}", bound.measure.word(), bound.limit.side, bound.limit.at))
            .collect();
        assert_eq!(bounds, ["errors Above 0.01", "p99 Above 0.5", "errors Above 0.02"]);
        assert_eq!(told.addresses[0].address, "http://prom.istio-system:9090");
    }

    #[test]
    fn queries_may_stand_in_the_canary_and_templates_elsewhere() {
        let metrics = json!([
            {"name": "inline", "query": "rate(x{n=\"{{ target }}\"}[{{ interval }}])", "threshold": 3},
            {"name": "far", "templateRef": {"name": "errors", "namespace": "flagger"}, "thresholdRange": {"min": 1}},
            {"name": "near", "templateRef": {"name": "other"}, "thresholdRange": {"min": 1}},
        ]);
        let datadog = json!({"spec": {"provider": {"type": "datadog", "address": "https://x"}, "query": "up"}});
        let world = World::default().and(canary(&metrics)).and(object(Kind::METRIC_TEMPLATE, "other", datadog));
        assert_eq!(
            all_say(&told(&world)),
            [
                "inline: rate(x{n=\"web\"}[1m]) [>3] by canary/web-canary",
                "far: (there is no metrictemplate/errors) [<1] by metrictemplate/errors",
            ]
        );
    }

    #[test]
    fn the_primary_and_the_route_between_both_are_the_canarys_too() {
        let world = World::default().and(canary(&json!([{"name": "request-duration", "threshold": 250}])));
        let bounds = |at: Ref, workloads: &[&str]| {
            let mut rollout = rollout();
            rollout.at = at;
            if !workloads.is_empty() {
                for (version, name) in rollout.versions.iter_mut().zip(workloads) {
                    version.at = sample::at(Kind::DEPLOYMENT, name);
                }
            }
            let mut look = &world;
            analysis(&rollout, &mut look).bounds.len()
        };
        let (deployment, route) = (|name| sample::at(Kind::DEPLOYMENT, name), sample::at(Kind::HTTP_ROUTE, "web"));
        assert_eq!(bounds(deployment("web-primary"), &[]), 1);
        assert_eq!(bounds(deployment("api"), &[]), 0);
        assert_eq!(bounds(route.clone(), &["web", "web-primary"]), 1);
        assert_eq!(bounds(route, &["web", "api"]), 0);
    }
}
