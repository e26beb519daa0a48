//! The lab: kubectl as the judge, the audit log as the witness, the scripts that start and stop things.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

/// A running lab.
pub(crate) struct Lab {
    /// Its state folder.
    pub(crate) home: PathBuf,
    /// The repository.
    pub(crate) root: PathBuf,
    /// The binary that was built beside this one.
    rolldeck: PathBuf,
}

impl Lab {
    /// The lab of this checkout, or the one that `LAB_HOME` names.
    pub(crate) fn find() -> Self {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let home = std::env::var_os("LAB_HOME").map_or_else(|| root.join("target/lab"), PathBuf::from);
        let here = std::env::current_exe().unwrap();
        let rolldeck = here.parent().and_then(Path::parent).unwrap().join("rolldeck");
        Self { home, root, rolldeck }
    }

    /// The same tools with another state folder.
    pub(crate) fn at(&self, home: &str) -> Self {
        Self { home: self.root.join("target").join(home), root: self.root.clone(), rolldeck: self.rolldeck.clone() }
    }

    /// Whether it was started `--with` that.
    pub(crate) fn has(&self, what: &str) -> bool {
        let settings = fs::read_to_string(self.home.join("settings")).unwrap_or_default();
        let with = settings.lines().find_map(|line| line.strip_prefix("with="));
        with.is_some_and(|with| with.split(',').any(|one| one == what))
    }

    /// The admin's kubeconfig.
    pub(crate) fn kubeconfig(&self) -> PathBuf {
        self.home.join("kubeconfig")
    }

    /// The binary under test.
    pub(crate) fn rolldeck(&self) -> &Path {
        &self.rolldeck
    }

    /// One of the lab's scripts.
    pub(crate) fn script(&self, name: &str, arguments: &[&str]) -> Result<String, String> {
        let mut command = Command::new(self.root.join("lab").join(name));
        // A lab of its own needs to be told which; what a script starts must not keep our pipes open.
        command.arg("--home").arg(&self.home).args(arguments).stdin(Stdio::null());
        let log = self.root.join("target/lab-script.log");
        let file = fs::File::create(&log).map_err(|e| e.to_string())?;
        let status = command
            .stdout(file.try_clone().map_err(|e| e.to_string())?)
            .stderr(file)
            .status()
            .map_err(|error| format!("lab/{name}: {error}"))?;
        let said = fs::read_to_string(&log).unwrap_or_default();
        if status.success() { Ok(said) } else { Err(format!("lab/{name} {arguments:?} failed:\n{said}")) }
    }

    fn kubectl_command(&self) -> Command {
        let mut command = Command::new(self.root.join("target/lab/bin/kubectl"));
        command.arg("--kubeconfig").arg(self.kubeconfig()).stdin(Stdio::null());
        command
    }

    /// kubectl's answer whatever its exit code.
    pub(crate) fn try_kubectl(&self, arguments: &[&str]) -> Output {
        self.kubectl_command().args(arguments).output().unwrap()
    }

    /// kubectl's stdout.
    pub(crate) fn kubectl(&self, arguments: &[&str]) -> Result<String, String> {
        let output = self.try_kubectl(arguments);
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        } else {
            Err(format!("kubectl {arguments:?}: {}", String::from_utf8_lossy(&output.stderr)))
        }
    }

    /// `kubectl apply` of a manifest in a namespace.
    pub(crate) fn apply_to(&self, namespace: &str, manifest: &str) -> Result<(), String> {
        self.apply_with(&["apply", "-n", namespace, "-f", "-"], manifest)
    }

    fn apply_with(&self, arguments: &[&str], manifest: &str) -> Result<(), String> {
        let mut child = self
            .kubectl_command()
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|e| e.to_string())?;
        child.stdin.take().unwrap().write_all(manifest.as_bytes()).map_err(|e| e.to_string())?;
        let output = child.wait_with_output().map_err(|e| e.to_string())?;
        if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
    }

    /// A namespace that is gone when the story is over.
    pub(crate) fn namespace(&self, name: &str) -> Result<Namespace<'_>, String> {
        let _ = self.try_kubectl(&["delete", "namespace", name, "--ignore-not-found", "--wait=true", "--timeout=60s"]);
        self.kubectl(&["create", "namespace", name])?;
        Ok(Namespace { lab: self, name: name.to_string() })
    }

    /// rolldeck's answer to a command.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        Command::new(self.rolldeck())
            .arg("--kubeconfig")
            .arg(self.kubeconfig())
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    /// A folder for what a story keeps, empty.
    pub(crate) fn folder(&self, name: &str) -> Result<PathBuf, String> {
        let folder = self.root.join("target/lab-stories").join(name);
        let made = match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
            _ => fs::create_dir_all(&folder),
        };
        made.map_err(|e| format!("{}: {e}", folder.display()))?;
        Ok(folder)
    }

    /// The process id of a component.
    pub(crate) fn pid(&self, component: &str) -> Result<String, String> {
        let path = self.home.join("run").join(format!("{component}.pid"));
        fs::read_to_string(&path).map(|pid| pid.trim().to_string()).map_err(|e| format!("{}: {e}", path.display()))
    }

    /// Sends a signal to a component of this lab.
    pub(crate) fn signal(&self, component: &str, signal: &str) -> Result<(), String> {
        let pid = self.pid(component)?;
        let status = Command::new("kill").args([signal, &pid]).status().map_err(|e| e.to_string())?;
        if status.success() { Ok(()) } else { Err(format!("kill {signal} {pid} failed")) }
    }
}

/// A file or folder of a Go module, in the module cache; fetched if it is not there yet.
pub(crate) fn in_module(module: &str, path: &str) -> Result<String, String> {
    let output =
        Command::new("go").args(["mod", "download", "-json", module]).output().map_err(|e| format!("go: {e}"))?;
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).map_err(|e| format!("{module}: {e}"))?;
    let folder = said["Dir"].as_str().ok_or_else(|| format!("{module}: {said}"))?;
    Ok(Path::new(folder).join(path).to_string_lossy().into_owned())
}

/// A namespace of a story.
pub(crate) struct Namespace<'a> {
    lab: &'a Lab,
    /// Its name.
    pub(crate) name: String,
}

impl Namespace<'_> {
    /// `kubectl apply` of a manifest in this namespace.
    pub(crate) fn apply(&self, manifest: &str) -> Result<(), String> {
        self.lab.apply_to(&self.name, manifest)
    }

    /// Server-side apply of a manifest by that field manager, who takes what others own.
    pub(crate) fn apply_as(&self, manager: &str, manifest: &str) -> Result<(), String> {
        let manager = format!("--field-manager={manager}");
        let how = ["apply", "--server-side", "--force-conflicts", &manager, "-n", &self.name, "-f", "-"];
        self.lab.apply_with(&how, manifest)
    }

    /// kubectl in this namespace.
    pub(crate) fn kubectl(&self, arguments: &[&str]) -> Result<String, String> {
        let arguments: Vec<&str> = ["-n", &self.name].into_iter().chain(arguments.iter().copied()).collect();
        self.lab.kubectl(&arguments)
    }

    /// kubectl in this namespace, started; whoever starts it ends it.
    pub(crate) fn start(&self, arguments: &[&str]) -> Result<Child, String> {
        let mut command = self.lab.kubectl_command();
        command.args(["-n", &self.name]).args(arguments).stdout(Stdio::piped()).stderr(Stdio::null());
        command.spawn().map_err(|error| format!("kubectl {arguments:?}: {error}"))
    }
}

impl Drop for Namespace<'_> {
    fn drop(&mut self) {
        let _ = self.lab.try_kubectl(&["delete", "namespace", &self.name, "--wait=false"]);
    }
}

/// Waits until something holds; what was seen last, if it never does.
pub(crate) fn until(limit: Duration, mut holds: impl FnMut() -> Result<(), String>) -> Result<Duration, String> {
    let started = Instant::now();
    loop {
        match holds() {
            Ok(()) => return Ok(started.elapsed()),
            Err(why) if started.elapsed() > limit => return Err(format!("not within {limit:?}: {why}")),
            Err(_) => sleep(Duration::from_millis(50)),
        }
    }
}

/// A Deployment for a story, behind a Service; pods behave by the image's tag (see the stages of the lab).
pub(crate) fn deployment(name: &str, replicas: u32, image: &str) -> String {
    deployment_like(name, replicas, image, "strategy: {rollingUpdate: {maxSurge: 25%, maxUnavailable: 25%}}")
}

/// The same with further lines of its spec.
pub(crate) fn deployment_like(name: &str, replicas: u32, image: &str, spec: &str) -> String {
    format!(
        r#"
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}, labels: {{app: {name}}}}}
spec:
  replicas: {replicas}
  progressDeadlineSeconds: 600
  selector: {{matchLabels: {{app: {name}}}}}
  {spec}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec:
      terminationGracePeriodSeconds: 5
      containers: [{{name: app, image: "{image}"}}]
---
apiVersion: v1
kind: Service
metadata: {{name: {name}}}
spec: {{selector: {{app: {name}}}, ports: [{{port: 80}}]}}
---
"#
    )
}
