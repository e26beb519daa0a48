//! Makes the clients, with their layers, and makes others when credentials no longer work: kube itself renews only tokens
//! that say when they expire. A new one comes from the kubeconfig as it is then, at most every 30 s.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Request, Response};
use kube::{
    Client,
    client::{Body, ClientBuilder},
};
use tokio::{
    sync::{mpsc, watch},
    task::spawn_blocking,
    time::{sleep, timeout},
};
use tower::{BoxError, Layer as _, Service};

use super::{
    Cluster, Mode, ModeOf,
    api::{Api, Doors},
    connect::{IN_CLUSTER, Settings, Where, address, settings},
    meter::Meter,
    trouble::{Trouble, TroubleKind, failure},
};
use crate::domain::Name;

/// Plugins may open a browser or bother a token server; no more often.
const RENEWED_AT_MOST_EVERY: Duration = Duration::from_secs(30);

/// A plugin may open a browser for somebody to log in, but not for ever.
const PLUGIN_WITHIN: Duration = Duration::from_mins(1);

/// What was made of the settings.
struct Made {
    doors: Doors,
    context: Name,
    namespace: Name,
    server: Arc<str>,
}

/// See [`super::connect`].
pub(super) async fn connect(at: Where, access: ModeOf) -> Result<Cluster, Trouble> {
    let meter = Meter::default();
    let made = make(at.clone(), Arc::clone(&access), meter.clone()).await?;
    let (doors, current) = watch::channel(made.doors);
    let (renew, wanted) = mpsc::channel(1);
    let api = Api::new(made.context.clone(), made.server, meter.clone(), current, renew);
    // Stays by its context, whatever becomes the current one.
    let pinned = (*made.context != *IN_CLUSTER).then(|| made.context.to_string());
    let has_context = pinned.is_some();
    let at = Where { context: pinned, ..at };
    let renewal = Renewal { at, access, meter };
    tokio::spawn(renewal.run(doors, wanted));
    Ok(Cluster { has_context, ..Cluster::new(made.context, made.namespace, api) })
}

/// See [`Cluster::over`].
pub(super) fn over<S, B>(name: Name, namespace: Name, access: Mode, service: S) -> Cluster
where
    S: Service<Request<Body>, Response = Response<B>> + Send + 'static,
    S::Future: Send + 'static,
    S::Error: Into<BoxError> + 'static,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    let meter = Meter::default();
    let open = Client::new(meter.layer(service), namespace.as_str());
    // There is no other client to be had: nobody listens.
    let (renew, _) = mpsc::channel(1);
    let api = Api::new(
        name.clone(),
        Arc::from("the simulated cluster"),
        meter,
        watch::channel(Doors::new(open, access)).1,
        renew,
    );
    Cluster::new(name, namespace, api)
}

/// What other clients are made of.
struct Renewal {
    at: Where,
    access: ModeOf,
    meter: Meter,
}

impl Renewal {
    /// Makes other clients whenever they are asked for, until nobody can ask.
    async fn run(self, doors: watch::Sender<Doors>, mut wanted: mpsc::Receiver<()>) {
        while wanted.recv().await.is_some() {
            match make(self.at.clone(), Arc::clone(&self.access), self.meter.clone()).await {
                Ok(made) => {
                    tracing::info!(context = %made.context, "made new clients: the old credentials did not work");
                    doors.send_replace(made.doors);
                }
                Err(trouble) => tracing::warn!(%trouble, "cannot make new clients"),
            }
            sleep(RENEWED_AT_MOST_EVERY).await;
        }
    }
}

/// Plugins and files block, so this happens where that is allowed.
async fn make(at: Where, access: ModeOf, meter: Meter) -> Result<Made, Trouble> {
    let made = timeout(
        PLUGIN_WITHIN,
        spawn_blocking(move || {
            let settings = settings(&at)?;
            let mode = access(&settings.context);
            build(settings, mode, &meter)
        }),
    )
    .await;
    let hangs = |_| {
        let what =
            format!("the credential plugin of this context has not answered within {} s", PLUGIN_WITHIN.as_secs());
        Trouble::new(TroubleKind::Unauthenticated, &what, "Run it by hand: it may be waiting for an answer.")
    };
    made.map_err(hangs)?.map_err(|error| Trouble::config(&format!("the client could not be made: {error}"), ""))?
}

fn build(settings: Settings, access: Mode, meter: &Meter) -> Result<Made, Trouble> {
    let server = address(&settings.config);
    let namespace = Name::from(settings.config.default_namespace.as_str());
    let client = ClientBuilder::try_from(settings.config).map_err(|error| {
        let trouble = failure(&error).trouble(&server);
        // Nothing was sent: if it is not a plugin that failed, it is what the kubeconfig says.
        if trouble.kind == TroubleKind::Unauthenticated {
            return trouble;
        }
        Trouble::config(&trouble.what, "Check the certificates and keys that the kubeconfig names.")
    })?;
    // The guards are the outermost layers: what may not be sent is not counted either.
    let doors = Doors::new(client.with_layer(meter).build(), access);
    Ok(Made { doors, context: Name::from(settings.context), namespace, server: Arc::from(server) })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// What connecting says when the context's credential plugin is this shell script.
    async fn plugin(script: &str) -> Result<Cluster, Trouble> {
        plugin_for(Mode::Steer, script).await
    }

    async fn plugin_for(access: Mode, script: &str) -> Result<Cluster, Trouble> {
        // Installed once per process; a second time is no harm.
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config");
        let exec = serde_json::json!({
            "apiVersion": "client.authentication.k8s.io/v1", "command": "sh", "args": ["-c", script],
            "interactiveMode": "IfAvailable",
        });
        let kubeconfig = serde_json::json!({
            "current-context": "prod",
            "clusters": [{"name": "c", "cluster": {"server": "https://127.0.0.1:1"}}],
            "contexts": [{"name": "prod", "context": {"cluster": "c", "user": "u", "namespace": "shop"}}],
            "users": [{"name": "u", "user": {"exec": exec}}],
        });
        fs::write(&file, kubeconfig.to_string()).unwrap();
        connect(Where { kubeconfig: Some(file), ..Where::default() }, Arc::new(move |_| access)).await
    }

    #[tokio::test]
    async fn a_plugin_that_fails_is_quoted() {
        let Err(trouble) = plugin("echo first >&2; echo 'token expired, run: sso login' >&2; exit 3").await else {
            panic!("no credentials, no cluster");
        };
        assert_eq!(trouble.kind, TroubleKind::Unauthenticated);
        assert_eq!(
            trouble.what.as_str(),
            "the credential plugin of this context failed (exit status: 3): token expired, run: sso login"
        );
    }

    #[tokio::test]
    async fn a_plugin_has_no_terminal_and_is_told_so() {
        let checks = r#"
            if [ -t 0 ] || [ -t 2 ]; then exit 9; fi
            case "$KUBERNETES_EXEC_INFO" in *'"interactive":false'*) ;; *) exit 8 ;; esac
            echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"t"}}'
        "#;
        let cluster = plugin(checks).await.map_err(|trouble| trouble.to_string()).map(|c| (c.name, c.namespace));
        assert_eq!(cluster, Ok((Name::fixed("prod"), Name::fixed("shop"))));
    }

    #[tokio::test]
    async fn the_second_client_needs_no_run_of_the_plugin_of_its_own() {
        let mut runs = Vec::new();
        for access in [Mode::ReadOnly, Mode::Steer] {
            let log = tempfile::NamedTempFile::new().unwrap();
            let credential =
                r#"{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"t"}}"#;
            let script = format!("echo run >> {}; echo '{credential}'", log.path().display());
            let cluster = plugin_for(access, &script).await.map_err(|trouble| trouble.to_string()).unwrap();
            assert!(cluster.version().await.is_err(), "nothing listens there");
            if let Some(writer) = cluster.writer() {
                assert!(writer.rehearse(&super::super::script::pause()).await.is_err());
            }
            runs.push(fs::read_to_string(log.path()).unwrap());
        }
        assert_eq!(runs[0], runs[1]);
        // Three times, because kube 5.0 asks for the token, for the certificate, and for when that expires.
        assert!(runs[1].lines().count() <= 3, "{runs:?}");
    }
}
