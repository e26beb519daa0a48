//! Flagger's kinds: each is there once its own definition is, and is kept whole.

use super::*;

const CANARIES: &str = "/apis/flagger.app/v1beta1/namespaces/shop/canaries";

#[test]
fn a_canary_is_kept_whole_where_it_is_defined() {
    let mut server = server();
    assert_eq!(server.send("GET", CANARIES, ["", ""], "").code, 404);
    server.act(|world| world.objects.define(Resource::Canaries));
    let spec = json!({"suspend": true, "analysis": {"interval": "1m", "stepWeight": 20}});
    let canary = json!({
        "apiVersion": "flagger.app/v1beta1", "kind": "Canary", "metadata": {"name": "app"}, "spec": spec,
        "status": {"phase": "Succeeded"},
    });
    let (code, made) = server.ask("POST", CANARIES, "application/json", &canary);
    assert_eq!((code, &made["spec"], made.get("status")), (201, &spec, None), "{made}");
    let (_, resources) = server.get("/apis/flagger.app/v1beta1");
    let names: Vec<&Value> = resources["resources"].as_array().unwrap().iter().map(|one| &one["name"]).collect();
    assert_eq!(names, ["canaries", "canaries/status"], "its templates are defined by themselves");
}
