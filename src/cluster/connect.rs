//! From a kubeconfig to the settings of a client: which file, which context, which proxy. Files are read here and
//! credential plugins run here (never with our terminal as theirs); nothing is sent to a server yet.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    time::Duration,
};

use http::{HeaderValue, Uri, header};
use kube::{
    Config,
    config::{Context, ExecAuthCluster, ExecInteractiveMode, Kubeconfig, KubeconfigError},
};
use rustls::pki_types::{CertificateDer, pem::PemObject as _};

use super::{
    proxy::{self, ProxyEnv},
    trouble::Trouble,
};

/// A server that has not accepted a connection after this long will not.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);

/// The name of the cluster that this program runs in.
pub(super) const IN_CLUSTER: &str = "in-cluster";

/// Where to find a cluster: arguments and environment, already read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Where {
    /// `--kubeconfig`: this file and no other.
    pub kubeconfig: Option<PathBuf>,
    /// `--context`; else the current one.
    pub context: Option<String>,
    /// `$KUBECONFIG`: a list of files to be merged.
    pub kubeconfig_env: Option<OsString>,
    /// The home folder, for `.kube/config`.
    pub home: Option<PathBuf>,
    /// Whether this program seems to run in a pod (`$KUBERNETES_SERVICE_HOST` is set).
    pub in_pod: bool,
    /// What the environment says about proxies.
    pub proxies: ProxyEnv,
}

impl Where {
    /// The arguments with the environment of this process.
    pub fn of_process(kubeconfig: Option<PathBuf>, context: Option<String>) -> Self {
        let word = |upper: &str, lower: &str| std::env::var(upper).or_else(|_| std::env::var(lower)).ok();
        Self {
            kubeconfig,
            context,
            kubeconfig_env: std::env::var_os("KUBECONFIG"),
            home: std::env::home_dir(),
            in_pod: std::env::var_os("KUBERNETES_SERVICE_HOST").is_some(),
            proxies: ProxyEnv {
                https_proxy: word("HTTPS_PROXY", "https_proxy"),
                http_proxy: word("HTTP_PROXY", "http_proxy"),
                no_proxy: word("NO_PROXY", "no_proxy"),
            },
        }
    }

    /// The kubeconfig files in the order of kubectl, whether they exist or not.
    fn files(&self) -> Vec<PathBuf> {
        if let Some(file) = &self.kubeconfig {
            return vec![file.clone()];
        }
        let listed: Vec<PathBuf> = self
            .kubeconfig_env
            .as_ref()
            .map(|list| std::env::split_paths(list).filter(|path| !path.as_os_str().is_empty()).collect())
            .unwrap_or_default();
        if !listed.is_empty() {
            return listed;
        }
        self.home.iter().map(|home| home.join(".kube").join("config")).collect()
    }
}

/// What a client is made of.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    /// The context's name.
    pub(super) context: String,
    /// kube's own settings.
    pub(super) config: Config,
}

/// Reads the files and decides. Blocks: call it where that is allowed.
pub(super) fn settings(at: &Where) -> Result<Settings, Trouble> {
    let files = at.files();
    let mut kubeconfig = None;
    for file in &files {
        if let Some(next) = read(file, at.kubeconfig.is_some())? {
            kubeconfig = Some(match kubeconfig.take() {
                None => next,
                Some(merged) => Kubeconfig::merge(merged, next).map_err(|error| {
                    Trouble::config(
                        &format!("{} cannot be merged with the files before it: {error}", file.display()),
                        "",
                    )
                })?,
            });
        }
    }
    let mut found = match kubeconfig {
        Some(kubeconfig) => of_kubeconfig(&kubeconfig, at, &list(&files))?,
        None if at.in_pod && at.context.is_none() => of_pod(at)?,
        None => return Err(nothing_found(&files)),
    };
    tune(&mut found.config);
    Ok(found)
}

fn nothing_found(files: &[PathBuf]) -> Trouble {
    let what = if files.is_empty() {
        "no kubeconfig: $KUBECONFIG is not set and there is no home folder".to_owned()
    } else {
        format!("no kubeconfig: {} does not exist", list(files))
    };
    Trouble::config(&what, "Name one with --kubeconfig FILE or $KUBECONFIG.")
}

fn list(files: &[PathBuf]) -> String {
    files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>().join(", ")
}

/// One file; None if it does not exist, unless it was named on purpose.
fn read(file: &Path, named: bool) -> Result<Option<Kubeconfig>, Trouble> {
    match Kubeconfig::read_from(file) {
        Ok(kubeconfig) => Ok(Some(kubeconfig)),
        Err(KubeconfigError::ReadConfig(error, _)) if error.kind() == std::io::ErrorKind::NotFound && !named => {
            Ok(None)
        }
        Err(KubeconfigError::ReadConfig(error, _)) => {
            Err(Trouble::config(&format!("the kubeconfig {} cannot be read: {error}", file.display()), ""))
        }
        Err(KubeconfigError::Parse(error)) => {
            let what = format!("{} is not a kubeconfig: {error}", file.display());
            Err(Trouble::config(&what, "Check it with: kubectl config view."))
        }
        Err(error) => Err(Trouble::config(&format!("{}: {error}", file.display()), "")),
    }
}

fn of_pod(at: &Where) -> Result<Settings, Trouble> {
    let mut config = Config::incluster().map_err(|error| {
        let advice = "Mount a service account's token, or name a kubeconfig.";
        Trouble::config(&format!("this looks like a pod, but its service account cannot be used: {error}"), advice)
    })?;
    config.proxy_url = proxy_of(None, at, &config.cluster_url)?;
    Ok(Settings { context: IN_CLUSTER.to_owned(), config })
}

fn of_kubeconfig(kubeconfig: &Kubeconfig, at: &Where, files: &str) -> Result<Settings, Trouble> {
    let (name, context) = context(kubeconfig, at.context.as_deref(), files)?;
    let server = kubeconfig.clusters.iter().find(|c| c.name == context.cluster).and_then(|c| c.cluster.as_ref());
    let server = server.ok_or_else(|| {
        let what = format!("context \"{name}\" in {files} names cluster \"{}\", which is not there", context.cluster);
        Trouble::config(&what, "")
    })?;
    let address: Uri =
        server.server.as_deref().unwrap_or_default().parse().ok().filter(is_address).ok_or_else(|| {
            let what = format!("cluster \"{}\" in {files} has no usable server address", context.cluster);
            Trouble::config(&what, "It should look like https://HOST:PORT.")
        })?;
    let mut config = Config::new(address);
    let trust = ExecAuthCluster::try_from(server)
        .map_err(|error| Trouble::config(&format!("cluster \"{}\" in {files}: {error}", context.cluster), ""))?;
    config.root_cert =
        trust.certificate_authority_data.as_deref().map(|pem| authority(pem, &context.cluster, files)).transpose()?;
    config.proxy_url = proxy_of(server.proxy_url.as_deref(), at, &config.cluster_url)?;
    config.accept_invalid_certs = server.insecure_skip_tls_verify.unwrap_or(false);
    config.disable_compression = server.disable_compression.unwrap_or(false);
    config.tls_server_name.clone_from(&server.tls_server_name);
    if let Some(namespace) = context.namespace.as_ref().filter(|namespace| !namespace.is_empty()) {
        config.default_namespace.clone_from(namespace);
    }
    identify(&mut config, kubeconfig, context, trust);
    Ok(Settings { context: name.to_owned(), config })
}

fn is_address(uri: &Uri) -> bool {
    matches!(uri.scheme_str(), Some("https" | "http")) && uri.host().is_some()
}

fn context<'a>(
    kubeconfig: &'a Kubeconfig,
    wanted: Option<&'a str>,
    files: &str,
) -> Result<(&'a str, &'a Context), Trouble> {
    let names = || kubeconfig.contexts.iter().map(|context| context.name.as_str());
    let known = || names().collect::<Vec<_>>().join(", ");
    let Some(name) = wanted.or(kubeconfig.current_context.as_deref()).filter(|name| !name.is_empty()) else {
        let advice =
            if names().next().is_none() { String::new() } else { format!("Choose one with --context: {}.", known()) };
        return Err(Trouble::config(&format!("{files} has no current context"), &advice));
    };
    let found =
        kubeconfig.contexts.iter().find(|context| context.name == name).and_then(|named| named.context.as_ref());
    found.map(|context| (name, context)).ok_or_else(|| {
        let advice = match closest(name, names()) {
            Some(close) => format!("Did you mean \"{close}\"?"),
            None if names().next().is_none() => String::new(),
            None => format!("It has: {}.", known()),
        };
        Trouble::config(&format!("there is no context \"{name}\" in {files}"), &advice)
    })
}

/// The name that was probably meant: at most a third of it mistyped, or a part of it.
fn closest<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (wanted.chars().count() / 3).max(1);
    let close = |name: &&str| distance(wanted, name) <= limit || (wanted.len() > 2 && name.contains(wanted));
    names.filter(close).min_by_key(|name| distance(wanted, name))
}

/// Levenshtein's distance, in characters.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (to, cell) in b.chars().zip(row.iter_mut().skip(1)) {
            let here = (diagonal + usize::from(from != to)).min(left + 1).min(*cell + 1);
            diagonal = *cell;
            *cell = here;
            left = here;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}

fn authority(pem: &[u8], cluster: &str, files: &str) -> Result<Vec<Vec<u8>>, Trouble> {
    let certificates: Result<Vec<_>, _> =
        CertificateDer::pem_slice_iter(pem).map(|certificate| certificate.map(|der| der.to_vec())).collect();
    certificates.ok().filter(|certificates| !certificates.is_empty()).ok_or_else(|| {
        Trouble::config(
            &format!("the certificate authority of cluster \"{cluster}\" in {files} is not a PEM certificate"),
            "",
        )
    })
}

fn proxy_of(explicit: Option<&str>, at: &Where, server: &Uri) -> Result<Option<Uri>, Trouble> {
    proxy::choose(explicit, &at.proxies, server).map_err(|text| {
        let advice = "It should look like http://HOST:PORT, https://HOST:PORT or socks5://HOST:PORT.";
        Trouble::config(&format!("\"{text}\" is not a proxy address (proxy-url or HTTPS_PROXY)"), advice)
    })
}

/// Who we are. A context without a user, or with one that is not there, is anonymous, as in client-go.
fn identify(config: &mut Config, kubeconfig: &Kubeconfig, context: &Context, trust: ExecAuthCluster) {
    let user = kubeconfig.auth_infos.iter().find(|user| Some(&user.name) == context.user.as_ref());
    config.auth_info = user.and_then(|user| user.auth_info.clone()).unwrap_or_default();
    if let Some(exec) = &mut config.auth_info.exec {
        // A plugin that inherits our terminal reads the operator's keys and writes over the screen.
        exec.interactive_mode = Some(ExecInteractiveMode::Never);
        if exec.provide_cluster_info {
            exec.cluster = Some(trust);
        }
    }
}

fn tune(config: &mut Config) {
    config.connect_timeout = Some(CONNECT_WITHIN);
    // kube would try every request up to 16 times over four minutes before it said a word.
    config.default_retry = false;
    let agent = HeaderValue::from_static(concat!("rolldeck/", env!("CARGO_PKG_VERSION")));
    config.headers.push((header::USER_AGENT, agent));
}

/// The address that a sentence names.
pub(super) fn address(config: &Config) -> String {
    config.cluster_url.to_string().trim_end_matches('/').to_owned()
}

#[cfg(test)]
mod tests;
