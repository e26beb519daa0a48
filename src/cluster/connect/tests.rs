use std::fs;

use tempfile::TempDir;

use super::*;

const KUBECONFIG: &str = r#"
apiVersion: v1
kind: Config
current-context: lab
clusters:
- name: lab
  cluster: {server: "https://127.0.0.1:6443"}
- name: far
  cluster: {server: "https://api.corp:6443", tls-server-name: api, insecure-skip-tls-verify: true}
- name: odd
  cluster: {server: "not an address"}
contexts:
- {name: lab, context: {cluster: lab, user: me, namespace: shop}}
- {name: prod-eu, context: {cluster: far, user: plugin}}
- {name: lost, context: {cluster: nowhere, user: me}}
- {name: odd, context: {cluster: odd}}
users:
- {name: me, user: {token: secret}}
- name: plugin
  user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: aws, interactiveMode: Always, provideClusterInfo: true}}
"#;

struct Files(TempDir);

impl Files {
    fn new() -> Self {
        let files = Self(TempDir::new().unwrap());
        fs::create_dir(files.0.path().join(".kube")).unwrap();
        files.write(".kube/config", KUBECONFIG);
        files
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    fn at(&self) -> Where {
        Where { home: Some(self.0.path().to_owned()), ..Where::default() }
    }

    fn context(&self, name: &str) -> Where {
        Where { context: Some(name.to_owned()), ..self.at() }
    }

    /// The sentence of the trouble, with the folder taken out.
    fn trouble(&self, at: &Where) -> String {
        let trouble = settings(at).unwrap_err();
        assert_eq!(trouble.kind, super::super::TroubleKind::Config);
        trouble.to_string().replace(&format!("{}/", self.0.path().display()), "")
    }
}

#[test]
fn the_current_context_and_its_namespace() {
    let found = settings(&Files::new().at()).unwrap();
    assert_eq!(found.context, "lab");
    assert_eq!(found.config.default_namespace, "shop");
    assert_eq!(address(&found.config), "https://127.0.0.1:6443");
    assert!(!found.config.default_retry, "a write would be sent again");
    let agent = format!("rolldeck/{}", env!("CARGO_PKG_VERSION"));
    assert!(found.config.headers.iter().any(|(name, value)| name == header::USER_AGENT && value == agent.as_str()));
}

#[test]
fn a_plugin_never_gets_our_terminal() {
    let found = settings(&Files::new().context("prod-eu")).unwrap();
    let exec = found.config.auth_info.exec.unwrap();
    assert_eq!(exec.interactive_mode, Some(ExecInteractiveMode::Never));
    assert_eq!(exec.cluster.unwrap().server.unwrap(), "https://api.corp:6443");
    assert!(found.config.accept_invalid_certs);
    assert_eq!(found.config.tls_server_name.as_deref(), Some("api"));
    assert_eq!(found.config.default_namespace, "default");
}

#[test]
fn a_trailing_comma_in_no_proxy_does_no_harm() {
    let proxies = ProxyEnv {
        https_proxy: Some("http://proxy:3128".to_owned()),
        http_proxy: None,
        no_proxy: Some(".corp,".to_owned()),
    };
    let files = Files::new();
    let direct = settings(&Where { proxies: proxies.clone(), ..files.context("prod-eu") }).unwrap();
    assert_eq!(direct.config.proxy_url, None);
    let proxies = ProxyEnv { no_proxy: Some(",".to_owned()), ..proxies };
    let through = settings(&Where { proxies: proxies.clone(), ..files.context("prod-eu") }).unwrap();
    assert_eq!(through.config.proxy_url.unwrap().to_string(), "http://proxy:3128/");
    let proxies = ProxyEnv { https_proxy: Some("gopher://x".to_owned()), ..proxies };
    assert_eq!(
        files.trouble(&Where { proxies, ..files.context("prod-eu") }),
        "\"gopher://x\" is not a proxy address (proxy-url or HTTPS_PROXY). \
         It should look like http://HOST:PORT, https://HOST:PORT or socks5://HOST:PORT."
    );
}

#[test]
fn lists_of_files_are_merged_and_missing_ones_left_out() {
    let files = Files::new();
    let other = files.write("other", "current-context: two\ncontexts: [{name: two, context: {cluster: far}}]\n");
    let config = files.0.path().join(".kube/config");
    let list = std::env::join_paths([PathBuf::from("/nowhere/at/all"), other, config]).unwrap();
    let found = settings(&Where { kubeconfig_env: Some(list), ..Where::default() }).unwrap();
    assert_eq!((found.context.as_str(), address(&found.config).as_str()), ("two", "https://api.corp:6443"));
}

#[test]
fn what_is_wrong_is_said_with_what_to_do() {
    let files = Files::new();
    let missing = Where { kubeconfig: Some(files.0.path().join("gone")), ..files.at() };
    let garbage = Where { kubeconfig: Some(files.write("garbage", "a: [")), ..files.at() };
    let empty = Where { kubeconfig: Some(files.write("empty", "")), ..files.at() };
    let homeless = Where { home: Some(PathBuf::from("/nowhere")), ..Where::default() };
    for (at, begins) in [
        (&missing, "the kubeconfig gone cannot be read: "),
        (&garbage, "garbage is not a kubeconfig: "),
        (&empty, "empty has no current context"),
        (
            &homeless,
            "no kubeconfig: /nowhere/.kube/config does not exist. Name one with --kubeconfig FILE or $KUBECONFIG.",
        ),
        (&Where::default(), "no kubeconfig: $KUBECONFIG is not set and there is no home folder."),
        (&files.context("prod-ue"), "there is no context \"prod-ue\" in .kube/config. Did you mean \"prod-eu\"?"),
        (&files.context("prod"), "there is no context \"prod\" in .kube/config. Did you mean \"prod-eu\"?"),
        (&files.context("xyzzy"), "there is no context \"xyzzy\" in .kube/config. It has: lab, prod-eu, lost, odd."),
        (&files.context("lost"), "context \"lost\" in .kube/config names cluster \"nowhere\", which is not there"),
        (&files.context("odd"), "cluster \"odd\" in .kube/config has no usable server address. It should look like"),
    ] {
        let said = files.trouble(at);
        assert!(said.starts_with(begins), "{said}\ndoes not begin with\n{begins}");
    }
}

#[test]
fn mistyped_by_how_much() {
    assert_eq!(distance("prod-eu", "prod-ue"), 2);
    assert_eq!(distance("", "abc"), 3);
    assert_eq!(distance("kitten", "sitting"), 3);
}
