//! A home folder of a test's own, and a kubeconfig that names a server which refuses connections.

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

/// A folder that goes with its test.
pub(crate) struct Home(TempDir);

impl Home {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file; its path.
    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    /// Puts a kubeconfig at its usual place, whose server is a port at which nobody listens; its address.
    pub(crate) fn unreachable(&self) -> String {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let server = format!("https://127.0.0.1:{port}");
        let text = format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: closed\n\
             clusters: [{{name: closed, cluster: {{server: '{server}'}}}}]\n\
             contexts: [{{name: closed, context: {{cluster: closed, user: nobody, namespace: shop}}}}]\n\
             users: [{{name: nobody, user: {{}}}}]\n"
        );
        self.write(".kube/config", &text);
        server
    }
}
