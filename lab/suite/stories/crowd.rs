//! A board of two hundred rollouts costs Prometheus as many queries as a board of one: counted by Prometheus itself. And none at
//! all while the terminal does not take what is drawn.

use std::{fmt::Write, path::Path, thread::sleep, time::Duration};

use crate::{
    Verdict,
    kube::{Lab, Namespace, until},
    pty::Terminal,
    shift::{PATIENCE, Shift, quit},
    stories::{
        seen::measured_by,
        traffic::{Field, curl},
    },
};

/// Deployments in each namespace; the last one is a board of its own.
const SIZES: [usize; 5] = [50, 50, 50, 50, 1];
const ALL: usize = 200;
/// Between two polls.
const EVERY: Duration = Duration::from_secs(15);
/// Queries of a poll, whatever the number of rollouts: three for versions, two for what their clients see. (A deck's are seven.)
const A_POLL: f64 = 5.0;
/// Which series there are is found out by two queries, now and then.
const PROBE: f64 = 2.0;
/// What an unloaded machine answers of the polls that are due: where Prometheus is too slow, rolldeck asks less often.
const ANSWERED: f64 = 0.5;
/// A terminal that takes nothing for ten seconds is not looked at; and what was asked before is answered by then.
const UNSEEN: Duration = Duration::from_secs(25);

pub(crate) fn queries(lab: &Lab) -> Verdict {
    let field = Field::enter(lab)?;
    let shift = Shift::begin(&field.lab, "story-crowd-0")?;
    let others = (1..SIZES.len()).map(|at| field.lab.namespace(&format!("story-crowd-{at}")));
    let others = others.collect::<Result<Vec<_>, String>>()?;
    let places: Vec<&Namespace<'_>> = [&shift.place].into_iter().chain(&others).collect();
    measured_by(&field, &shift, (EVERY, Duration::from_mins(1)))?;
    for (at, (place, size)) in places.iter().zip(SIZES).enumerate() {
        place.apply(&workloads(at, size))?;
        // A request a second and pod: the Service spreads them.
        let name = format!("crowd-{at}");
        field.order(&name, &format!("host={name}.story.example&rate={size}&seconds=1200"))?;
    }
    let verdict = measured(&field, &shift, &places);
    for at in 0..SIZES.len() {
        field.order(&format!("crowd-{at}"), "rate=0")?;
    }
    verdict
}

fn measured(field: &Field, shift: &Shift<'_>, places: &[&Namespace<'_>]) -> Verdict {
    let names: Vec<&str> = places.iter().map(|place| place.name.as_str()).collect();
    let (all, one) = (names[..4].join(","), names[4]);
    until(PATIENCE * 3, || {
        // A picture has no room for all of them.
        let halves = [names[..2].join(","), names[2..4].join(",")];
        let prometheus = format!("http://127.0.0.1:{}", field.port + 6);
        let picture = |half: &String| {
            let asked = ["snapshot", "--namespaces", half, "--size", "160x120", "--prometheus", &prometheus];
            String::from_utf8_lossy(&field.lab.run(&asked).stdout).into_owned()
        };
        let pictures: String = halves.iter().map(picture).collect();
        let shown = numbers(&pictures);
        if shown == ALL { Ok(()) } else { Err(format!("numbers of {shown} of {ALL} rollouts:\n{pictures}")) }
    })?;
    println!("        numbers of all {ALL} rollouts are on the board");
    let mut asked = Vec::new();
    for (what, names, time) in
        [("1 rollout", one, Duration::from_mins(1)), ("200 rollouts", &all, Duration::from_mins(3))]
    {
        let mut board = open(shift, names)?;
        // Until it has found out which series there are.
        sleep(EVERY * 2);
        let polls = time.as_secs_f64() / EVERY.as_secs_f64();
        let (queries, bytes) = counted(field, || sleep(time))?;
        let minutes = time.as_secs_f64() / 60.0;
        println!(
            "        {what}: {:.0} queries and {:.0} kB a minute, {:.1} queries a poll",
            queries / minutes,
            bytes / minutes / 1_000.0,
            queries / polls
        );
        asked.push(queries / minutes);
        let kept = queries / A_POLL / polls;
        if kept < ANSWERED {
            println!("        the machine was busy: {:.0} % of the polls that were due were answered", kept * 100.0);
        }
        if queries < 1.0 || queries > A_POLL * (polls + 1.0) + PROBE {
            return Err(format!("{what}: {queries} queries in {polls} polls"));
        }
        if names == all {
            board.pause_reading(true);
            // Whole frames, until nothing more fits between it and us.
            for _ in 0..40 {
                board.type_keys("\x0c")?;
                sleep(EVERY / 150);
            }
            sleep(UNSEEN);
            let (unseen, _) = counted(field, || sleep(EVERY * 2))?;
            board.pause_reading(false);
            println!("        {what}, and nobody looks: {unseen} queries in {} s", (EVERY * 2).as_secs());
            if unseen > 0.5 {
                return Err(format!("{unseen} queries while the terminal takes nothing"));
            }
        }
        quit(board)?;
    }
    Ok(())
}

/// The board of some namespaces, in a terminal.
fn open(shift: &Shift<'_>, namespaces: &str) -> Result<Terminal, String> {
    let file = shift.folder.join("kubeconfig");
    let config = shift.folder.join("config");
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let arguments = ["--kubeconfig", &text(&file), "--namespaces", namespaces];
    let environment = [("XDG_STATE_HOME", text(&shift.folder)), ("XDG_CONFIG_HOME", text(&config))];
    let mut board = Terminal::open_in(shift.lab.rolldeck(), &arguments, (140, 45), &environment)?;
    board.see_words("● live", PATIENCE)?;
    Ok(board)
}

/// What Prometheus has answered meanwhile: queries, and their bytes.
fn counted(field: &Field, meanwhile: impl FnOnce()) -> Result<(f64, f64), String> {
    let now = || -> Result<(f64, f64), String> {
        let told = curl(&[&format!("http://127.0.0.1:{}/metrics", field.port + 6)])?;
        let of = |name: &str| {
            let lines = told.lines().filter(|line| line.starts_with(name) && line.contains("handler=\"/api/v1/"));
            lines.filter_map(|line| line.rsplit_once(' ')?.1.parse::<f64>().ok()).sum::<f64>()
        };
        Ok((of("prometheus_http_requests_total{"), of("prometheus_http_response_size_bytes_sum{")))
    };
    let before = now()?;
    meanwhile();
    let after = now()?;
    Ok((after.0 - before.0, after.1 - before.1))
}

/// The rollouts whose latency is a number on the board.
fn numbers(picture: &str) -> usize {
    const HEAD: &str = "P95 MS";
    let head = picture.lines().find_map(|line| line.find(HEAD).map(|at| line[..at].chars().count()));
    let Some(column) = head else { return 0 };
    let cell = |line: &str| line.chars().skip(column).take(HEAD.len()).collect::<String>();
    picture.lines().filter(|line| line.contains(" crowd-") && cell(line).trim().parse::<f64>().is_ok()).count()
}

/// Deployments of one pod each, all of them behind one Service and one route.
fn workloads(at: usize, size: usize) -> String {
    let mut all = format!(
        r"
apiVersion: v1
kind: Service
metadata: {{name: crowd}}
spec: {{selector: {{app: crowd}}, ports: [{{name: http, port: 80, targetPort: 8080}}]}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {{name: crowd}}
spec:
  parentRefs: [{{name: web, namespace: traefik}}]
  hostnames: [crowd-{at}.story.example]
  rules: [{{backendRefs: [{{name: crowd, port: 80}}]}}]
"
    );
    for number in 0..size {
        let name = format!("crowd-{at}-{number:02}");
        let _ = write!(
            all,
            r#"---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}}}
spec:
  replicas: 1
  selector: {{matchLabels: {{one: {name}}}}}
  template:
    metadata:
      labels: {{app: crowd, one: {name}}}
      annotations: {{prometheus.io/scrape: "true"}}
    spec:
      containers: [{{name: app, image: "registry.example/crowd:1.0"}}]
"#
        );
    }
    all
}
