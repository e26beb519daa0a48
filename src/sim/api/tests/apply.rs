//! Server-side apply. `lab/test applies-agree` holds the same and more against the real server.

use super::*;

const APPLY: &str = "application/apply-patch+yaml";

fn applied(server: &mut Server, who: &str, data: &Value) -> (u16, Value) {
    let config = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web"}, "data": data});
    server.patch(&format!("{MAP}?fieldManager={who}"), APPLY, &config)
}

/// Who owns what.
fn owners(object: &Value) -> Vec<(&str, Value)> {
    let entries = object["metadata"]["managedFields"].as_array().unwrap();
    entries.iter().map(|entry| (entry["manager"].as_str().unwrap(), entry["fieldsV1"].clone())).collect()
}

#[test]
fn an_apply_creates_and_says_who_owns_what() {
    let mut server = server();
    let (code, made) = applied(&mut server, "x&dryRun=All", &json!({"a": "1"}));
    assert_eq!((code, made["metadata"].get("resourceVersion")), (201, None));
    assert_eq!(server.get(MAP).0, 404);
    let (code, made) = applied(&mut server, "x", &json!({"a": "1"}));
    assert_eq!((code, &made["data"]), (201, &json!({"a": "1"})));
    assert_eq!(owners(&made), [("x", json!({"f:data": {"f:a": {}}}))]);
    let (code, again) = applied(&mut server, "x", &json!({"a": "1"}));
    assert_eq!((code, &again["metadata"]["resourceVersion"]), (200, &made["metadata"]["resourceVersion"]));
}

#[test]
fn what_others_own_is_a_conflict_unless_it_is_forced_or_the_same() {
    let mut server = server();
    applied(&mut server, "x", &json!({"a": "1", "b": "2"}));
    let refused = applied(&mut server, "y", &json!({"a": "3", "b": "2"}));
    assert_eq!(refusal(&refused), (409, "Conflict", "Apply failed with 1 conflict: conflict with \"x\": .data.a"));
    let cause = json!({"reason": "FieldManagerConflict", "message": "conflict with \"x\"", "field": ".data.a"});
    assert_eq!(refused.1["details"], json!({"causes": [cause]}));
    let (_, forced) = applied(&mut server, "y&force=true", &json!({"a": "3", "b": "2"}));
    assert_eq!(forced["data"], json!({"a": "3", "b": "2"}));
    let both = json!({"f:data": {"f:a": {}, "f:b": {}}});
    assert_eq!(owners(&forced), [("x", json!({"f:data": {"f:b": {}}})), ("y", both)]);
    let why = "Forbidden: may not be specified for non-apply patch";
    assert!(server.patch(&format!("{MAP}?force=true"), MERGE, &json!({})).1["message"].as_str().unwrap().contains(why));
}

#[test]
fn what_is_not_applied_any_more_goes_unless_somebody_else_wants_it() {
    let mut server = server();
    applied(&mut server, "x", &json!({"a": "1", "b": "2", "c": "3"}));
    applied(&mut server, "y", &json!({"b": "2"}));
    let (_, left) = applied(&mut server, "x", &json!({"c": "3"}));
    assert_eq!(left["data"], json!({"b": "2", "c": "3"}));
}

#[test]
fn lists_merge_by_their_keys_and_updates_take_ownership() {
    let mut server = server();
    let at = |who: &str| format!("{WEB}?fieldManager={who}");
    let config =
        |spec: Value| json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec});
    let mut whole = deployment("web", 2);
    whole["spec"]["template"]["spec"]["containers"][0]["env"] =
        json!([{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]);
    assert_eq!(server.patch(&at("x"), APPLY, &whole).0, 201);
    let env = json!([{"name": "C", "value": "3"}]);
    let side = config(json!({"template": {"spec": {"containers": [{"name": "app", "env": env}]}}}));
    let (_, merged) = server.patch(&at("y"), APPLY, &side);
    let names = |object: &Value| {
        let env = object["spec"]["template"]["spec"]["containers"][0]["env"].as_array().unwrap().clone();
        env.iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&merged), ["A", "B", "C"]);
    assert_eq!(merged["spec"]["progressDeadlineSeconds"], 600, "defaults are filled in and belong to nobody");
    whole["spec"]["template"]["spec"]["containers"][0]["env"] = json!([{"name": "B", "value": "2"}]);
    assert_eq!(names(&server.patch(&at("x"), APPLY, &whole).1), ["B", "C"]);
    server.patch(&format!("{WEB}/scale?fieldManager=hpa"), MERGE, &json!({"spec": {"replicas": 5}}));
    server.patch(&at("edit"), MERGE, &json!({"spec": {"template": {"spec": {"nodeName": "node-1"}}}}));
    let two = config(json!({"replicas": 7, "template": {"spec": {"nodeName": "node-2"}}}));
    let refused = server.patch(&at("z"), APPLY, &two);
    let said = "Apply failed with 2 conflicts: conflicts with \"edit\" using apps/v1:\n- .spec.template.spec.nodeName\n\
                conflicts with \"hpa\" with subresource \"scale\" using apps/v1:\n- .spec.replicas";
    assert_eq!(refusal(&refused), (409, "Conflict", said));
}

#[test]
fn a_configuration_is_yaml_of_the_right_kind_with_an_owner() {
    let mut server = server();
    let mut send = |query: &str, text: &str| {
        let reply = whole(server.send("PATCH", &format!("{MAP}{query}"), ["application/json", APPLY], text));
        (reply.0, reply.1["message"].as_str().unwrap_or_default().to_owned())
    };
    let yaml = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\ndata:\n  key: value\n";
    assert!(send("", yaml).1.ends_with("fieldManager: Required value: is required for apply patch"));
    assert_eq!(send("?fieldManager=x", yaml), (201, String::new()));
    let (code, why) = send("?fieldManager=x", "apiVersion: [v1");
    assert!(code == 400 && why.starts_with("error decoding YAML: "), "{why}");
    let other = yaml.replace("ConfigMap", "Secret");
    assert_eq!(send("?fieldManager=x", &other), (400, "invalid object type: /v1, Kind=Secret".to_owned()));
    let owner = yaml.replace("name: web", "name: web\n  managedFields: []");
    assert_eq!(send("?fieldManager=x", &owner), (400, "metadata.managedFields must be nil".to_owned()));
    let unknown =
        "failed to create typed patch object (/web; /v1, Kind=ConfigMap): .frob: field not declared in schema";
    assert_eq!(send("?fieldManager=x", &format!("{yaml}frob: 1\n")), (500, unknown.to_owned()));
}
