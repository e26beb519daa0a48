use serde_json::json;

use super::*;

/// The lines as `diff` writes them, with changed words in brackets.
fn diff(old: &Value, new: &Value) -> String {
    let line = |line: &DiffLine| {
        let side = match line.side {
            DiffSide::Both => ' ',
            DiffSide::Old => '-',
            DiffSide::New => '+',
            DiffSide::Gap => {
                let keys: Vec<&str> = line.pieces.iter().map(|(_, key)| key.as_str()).collect();
                return format!("@ {}", keys.join(" > ")).trim_end().to_owned();
            }
        };
        let piece = |(changed, text): &(bool, Text)| if *changed { format!("[{text}]") } else { text.to_string() };
        format!("{side}{}", line.pieces.iter().map(piece).collect::<String>())
    };
    templates(old, new).iter().map(line).collect::<Vec<_>>().join("\n")
}

fn template(containers: &Value) -> Value {
    json!({"metadata": {"labels": {"app": "web"}}, "spec": {"containers": containers}})
}

#[test]
fn an_image_is_one_line_and_its_tag_the_word_that_changed() {
    let with = |tag: &str| template(&json!([{"image": format!("r.example.com:5000/shop/web:{tag}"), "name": "app"}]));
    let expected = "
 spec:
   containers:
   - name: app
-    image: r.example.com:5000/shop/web:[1.8.2]
+    image: r.example.com:5000/shop/web:[1.9.0-rc.1]";
    assert_eq!(diff(&with("1.8.2"), &with("1.9.0-rc.1")), format!("@{expected}"));
}

#[test]
fn what_means_nothing_is_no_difference() {
    let bare = json!({"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "app"}]}});
    let same = json!({
        "metadata": {"creationTimestamp": null, "annotations": {}, "labels": {"app": "web", "pod-template-hash": "7d9"}},
        "spec": {"containers": [{"name": "app", "args": [], "env": null}], "nodeSelector": {}},
    });
    assert_eq!(templates(&bare, &same), []);
    assert_eq!(templates(&same, &same), []);
    let mounts = |volume: Value| json!({"spec": {"volumes": [{"name": "tmp", "emptyDir": volume}]}});
    assert_eq!(diff(&mounts(json!(null)), &mounts(json!({}))).lines().last(), Some("+    emptyDir: {}"));
}

#[test]
fn variables_are_compared_by_name() {
    let env = |pairs: &[(&str, &str)]| {
        let env: Vec<Value> = pairs.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
        template(&json!([{"name": "app", "env": env}]))
    };
    let old = env(&[("A", "1"), ("B", "x"), ("C", "3")]);
    assert_eq!(diff(&old, &env(&[("C", "3"), ("A", "1"), ("B", "x")])), "", "another order alone means nothing");
    let expected = "
     - name: A
       value: \"1\"
     - name: B
-      value: [x]
+      value: [y]
+    - name: N
+      value: new
     - name: C
       value: \"3\"";
    let found = diff(&old, &env(&[("C", "3"), ("B", "y"), ("N", "new"), ("A", "1")]));
    assert_eq!(found, format!("@ spec > containers > app > env{expected}"));
}

#[test]
fn an_order_that_means_something_is_told() {
    let named = |names: &[&str]| template(&names.iter().map(|name| json!({"name": name})).collect());
    let expected = "\
@
   labels:
     app: web
 spec:
-  # order of containers: [app], [proxy]
+  # order of containers: [proxy], [app]
   containers:
   - name: log
   - name: app";
    assert_eq!(diff(&named(&["log", "app", "proxy"]), &named(&["log", "proxy", "app"])), expected);
    let env = |first: &str, then: &str| {
        let variable = |name: &str| json!({"name": name, "value": "$(HOST)"});
        template(&json!([{"name": "app", "env": [variable(first), variable(then)]}]))
    };
    let found = diff(&env("HOST", "URL"), &env("URL", "HOST"));
    assert!(found.contains("-    # order of env: [HOST], [URL]"), "{found}");
}

#[test]
fn all_of_a_template_is_looked_at() {
    let old = json!({
        "metadata": {"annotations": {"kubectl.kubernetes.io/restartedAt": "2026-11-20T10:00:00Z"}},
        "spec": {
            "containers": [{
                "name": "app",
                "args": ["--port=80", "-v", "a: b"],
                "readinessProbe": {"httpGet": {"path": "/ready", "port": 8080}, "periodSeconds": 10},
                "resources": {"limits": {"memory": "512Mi"}},
                "volumeMounts": [{"mountPath": "/a", "name": "tmp"}, {"mountPath": "/b", "name": "tmp"}],
            }],
            "volumes": [{"name": "conf", "configMap": {"name": "conf-1"}}],
        },
    });
    let mut new = old.clone();
    let changes = [
        ("/metadata/annotations/kubectl.kubernetes.io~1restartedAt", json!("2026-11-21T10:00:00Z")),
        ("/spec/containers/0/args/2", json!("")),
        ("/spec/containers/0/readinessProbe/periodSeconds", json!(5)),
        ("/spec/containers/0/resources/limits/memory", json!("1Gi")),
        ("/spec/containers/0/volumeMounts/1/mountPath", json!("/c")),
        ("/spec/volumes/0/configMap/name", json!("conf-2")),
    ];
    for (pointer, value) in changes {
        *new.pointer_mut(pointer).unwrap() = value;
    }
    let found = diff(&old, &new);
    let expected = [
        "-    kubectl.kubernetes.io/restartedAt: [2026-11-20T10]:00:00Z",
        "+    kubectl.kubernetes.io/restartedAt: [2026-11-21T10]:00:00Z",
        "-    - \"[a: b]\"",
        "+    - \"\"",
        "-      periodSeconds: [10]",
        "+      periodSeconds: [5]",
        "-        memory: [512Mi]",
        "+        memory: [1Gi]",
        "-    - name: tmp",
        "-      mountPath: /b",
        "+    - name: tmp",
        "+      mountPath: /c",
        "-      name: [conf-1]",
        "+      name: [conf-2]",
    ];
    let lines: Vec<&str> = found.lines().filter(|line| line.starts_with(['-', '+'])).collect();
    assert_eq!(lines, expected, "{found}");
}

#[test]
fn scripts_are_read_line_by_line() {
    let script = |body: &str| template(&json!([{"name": "app", "command": ["sh", "-c", body], "stdin": "x"}]));
    let found = diff(&script("set -e\n\texec a\n"), &script("set -e\n\texec b\n"));
    let expected = "
     - -c
     - |
       set -e
-      \\texec [a]
+      \\texec [b]
     stdin: x";
    assert!(found.ends_with(expected.trim_start_matches('\n')), "{found}");
    let found = diff(&script("a\nb"), &script("a\nb\n"));
    assert!(found.contains("-    - |[-]") && found.contains("+    - |"), "a missing last line break: {found}");
}
