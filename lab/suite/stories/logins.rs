//! Who rolldeck is to a Prometheus: a real one that wants a client certificate of its authority and a password, asked with
//! the right ones, with each of them missing or wrong, and with a server that nobody vouches for.

use std::{
    fs::{self, File},
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
};

use crate::{
    Verdict,
    kube::{Lab, until},
    pty::frame,
    shift::{PATIENCE, Shift},
};

/// Its password is `story`, as bcrypt has it.
const USER: &str = "story: $2b$04$tafvAlqgd4EfwDnBwjPrjed5EdG1/QyyzoGrm8nHuKnRT8.C4utaK";

/// A Prometheus of the story's own; it ends with it.
struct Guarded {
    child: Child,
    port: u16,
}

impl Guarded {
    /// Starts one that is the lab's server to its clients, and lets in whom the lab's authority vouches for.
    fn start(folder: &Path, pki: &Path) -> Result<Self, String> {
        let file = |name: &str| pki.join(name).display().to_string();
        let web = format!(
            "tls_server_config: {{cert_file: {}, key_file: {}, client_ca_file: {}, client_auth_type: \
             RequireAndVerifyClientCert}}\nbasic_auth_users: {{{USER}}}\n",
            file("server.crt"),
            file("server.key"),
            file("ca.crt")
        );
        let write = |name: &str, text: &str| fs::write(folder.join(name), text).map_err(|e| format!("{name}: {e}"));
        write("web.yml", &web)?;
        write("prometheus.yml", "scrape_configs: []\n")?;
        // Whoever takes the port in between makes the story fail, not lie.
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|free| free.local_addr());
        let port = free.map_err(|e| e.to_string())?.port();
        let path = |name: &str| folder.join(name).display().to_string();
        let log = File::create(folder.join("prometheus.log")).map_err(|e| e.to_string())?;
        let program = std::env::var("PROMETHEUS").unwrap_or_else(|_| "prometheus".to_owned());
        let child = Command::new(&program)
            .arg(format!("--config.file={}", path("prometheus.yml")))
            .arg(format!("--web.config.file={}", path("web.yml")))
            .arg(format!("--storage.tsdb.path={}", path("data")))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .map_err(|e| format!("{program}: {e} (Debian: apt-get install prometheus)"))?;
        let guarded = Self { child, port };
        let listens = || TcpStream::connect((Ipv4Addr::LOCALHOST, port)).map(drop).map_err(|e| e.to_string());
        until(PATIENCE, listens)?;
        Ok(guarded)
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn prometheus_login(lab: &Lab) -> Verdict {
    let shift = Shift::begin(lab, "story-logins")?;
    let pki = lab.home.join("pki");
    let guarded = Guarded::start(&shift.folder, &pki)?;
    let settings = shift.folder.join("config/rolldeck");
    fs::create_dir_all(&settings).map_err(|e| e.to_string())?;
    for (name, password) in [("right", "story\n"), ("wrong", "tale\n")] {
        fs::write(settings.join(name), password).map_err(|e| e.to_string())?;
    }
    let pki = |name: &str| pki.join(name).display().to_string();
    let password = |name: &str| format!("user = \"story\"\npassword_file = \"{}\"", settings.join(name).display());
    let trust = format!("ca_file = \"{}\"", pki("ca.crt"));
    let us = format!("cert_file = \"{}\"\nkey_file = \"{}\"", pki("reader.crt"), pki("reader.key"));
    let another = self_signed(&shift.folder)?;
    let stranger = format!("cert_file = \"{}\"\nkey_file = \"{}\"", another.0, another.1);
    let (right, wrong) = (password("right"), password("wrong"));
    for (what, lines, says) in [
        ("all of it", [&trust, &us, &right], "it answers"),
        ("no certificate", [&trust, &String::new(), &right], "certificate"),
        ("a certificate of nobody", [&trust, &stranger, &right], "certificate"),
        ("a server that nobody vouches for", [&String::new(), &us, &right], "certificate"),
        ("that server all the same", [&"insecure = true".to_owned(), &us, &right], "it answers"),
        ("no password", [&trust, &us, &String::new()], "it wants to know who asks (401)"),
        ("a wrong password", [&trust, &us, &wrong], "it wants to know who asks (401)"),
    ] {
        let address = format!("[prometheus]\nurl = \"https://127.0.0.1:{}\"", guarded.port);
        let lines = [&address, lines[0], lines[1], lines[2]].map(String::as_str).join("\n");
        fs::write(settings.join("config.toml"), lines).map_err(|e| e.to_string())?;
        let answer = shift.run(&["doctor"])?;
        let said = answer.out.lines().find(|line| line.contains("metrics from")).unwrap_or_default();
        println!("    {what}: {}", said.trim());
        if !said.contains(says) {
            return Err(format!("{what}: {says:?} is not said\n{}", frame(&answer.out)));
        }
        if said.contains("story") || said.contains("tale") {
            return Err(format!("{what}: a credential is told: {said}"));
        }
    }
    Ok(())
}

/// A certificate that nobody signed but itself, and its key.
fn self_signed(folder: &Path) -> Result<(String, String), String> {
    let file = |name: &str| folder.join(name).display().to_string();
    let (certificate, key) = (file("stranger.crt"), file("stranger.key"));
    let output = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"])
        .args(["-subj", "/CN=stranger", "-out", &certificate, "-keyout", &key])
        .output()
        .map_err(|e| format!("openssl: {e}"))?;
    if output.status.success() {
        Ok((certificate, key))
    } else {
        Err(format!("openssl: {}", String::from_utf8_lossy(&output.stderr)))
    }
}
