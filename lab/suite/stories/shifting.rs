//! Weights, shifted by rolldeck through the real API server and obeyed by the real Traefik: kubectl reads what was written, the
//! audit log what was sent, and the pods count who was asked.
//!
//! Each story has two versions behind a route of its own, in the lab with traffic; no other requests are sent meanwhile.

use std::{fs, time::SystemTime};

use crate::{
    Verdict,
    audit::{Audit, Request, listed},
    kube::{Lab, until},
    pty::{Terminal, frame},
    shift::{PATIENCE, SOON, Shift, back, card, confirm, is_card, quit, typed},
    stories::{
        permits::{become_user, grant, names_the_rule},
        traffic::Field,
    },
};

/// Requests that are counted after each shift.
const SENT: u32 = 1_000;
/// As fast as two busy cores answer them.
const RATE: u32 = 200;
/// Whatever happens by chance less often than this is taken for a mistake.
const BY_CHANCE: f64 = 0.001;

/// A route with weights: what rolldeck calls it, where its weights stand, the host that it serves.
pub(super) struct Route {
    pub(super) name: &'static str,
    weights: &'static str,
    pub(super) host: &'static str,
}

/// Gateway API's.
pub(super) const HTTP_ROUTE: Route =
    Route { name: "httproute/app", weights: "{.spec.rules[0].backendRefs[*].weight}", host: "app.story.example" };
pub(super) const TRAEFIK_SERVICE: Route =
    Route { name: "traefikservice/app", weights: "{.spec.weighted.services[*].weight}", host: "app-crd.story.example" };

/// What app-v2 is to get, in percent, and the weights that say so.
const SHIFTS: [(&str, f64, &str); 4] =
    [("30", 0.3, "70 30"), ("1", 0.01, "99 1"), ("0", 0.0, "100 0"), ("0.5", 0.005, "995 5")];

/// A shift in a namespace with the two versions of `app`, and both kinds of route to them at 90/10.
pub(super) fn begin<'a>(field: &'a Field, name: &str) -> Result<Shift<'a>, String> {
    begin_at(field, name, "story", [90, 10])
}

/// The same with hosts of a domain of its own, `app.DOMAIN.example`, and other weights.
pub(super) fn begin_at<'a>(
    field: &'a Field,
    name: &str,
    domain: &str,
    [v1, v2]: [u32; 2],
) -> Result<Shift<'a>, String> {
    let file = field.lab.root.join("lab/manifests/app.yaml");
    let manifest = fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    let shift = Shift::begin(&field.lab, name)?;
    let manifest = manifest.replace("namespace: shop", &format!("namespace: {name}"));
    // Other templates than last time: else the ReplicaSets would have the same names, and Prometheus would take both runs
    // for one.
    let run = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_err(|error| error.to_string())?.as_secs();
    let scraped = "prometheus.io/scrape: \"true\"";
    let manifest = manifest.replace(scraped, &format!("{scraped}\n        lab.rolldeck/run: \"{run}\""));
    let manifest = manifest.replace("weight: 90}", &format!("weight: {v1}}}"));
    let manifest = manifest.replace("weight: 10}", &format!("weight: {v2}}}"));
    shift.place.apply(&manifest.replace(".shop.example", &format!(".{domain}.example")))?;
    for version in ["deployment/app-v1", "deployment/app-v2"] {
        shift.place.kubectl(&["rollout", "status", version, "--timeout=120s"])?;
    }
    let answers = |host: &str| {
        let (before, _) = (counts(field, &shift)?, field.burst_to(host, 20, RATE)?);
        let after = counts(field, &shift)?;
        let all = after.0 + after.1 - before.0 - before.1;
        if (all - 20.0).abs() < 0.5 { Ok(()) } else { Err(format!("{all} of 20 requests to {host} were answered")) }
    };
    let hosts = ["app", "app-crd"].map(|host| format!("{host}.{domain}.example"));
    until(PATIENCE, || hosts.iter().try_for_each(|host| answers(host)))?;
    Ok(shift)
}

/// What the pods of both versions have answered.
pub(super) fn counts(field: &Field, shift: &Shift<'_>) -> Result<(f64, f64), String> {
    Ok((field.pods_in(&shift.place.name, "v1")?, field.pods_in(&shift.place.name, "v2")?))
}

/// Sends so many requests; how many of them app-v2 has answered, if all were answered.
fn asked(field: &Field, shift: &Shift<'_>, host: &str, requests: u32) -> Result<f64, String> {
    let before = counts(field, shift)?;
    field.burst_to(host, requests, RATE)?;
    let after = counts(field, shift)?;
    let (v1, v2) = (after.0 - before.0, after.1 - before.1);
    let lost = f64::from(requests) - v1 - v2;
    if lost.abs() < 0.5 { Ok(v2) } else { Err(format!("{lost} of {requests} requests never came to a pod")) }
}

/// The counts that `n` independent requests leave with probability 0.999 or more, each with the chance `p` to be counted:
/// less than half of the rest lies on each side. For `p` up to 0.5.
fn by_chance(n: u32, p: f64) -> (f64, f64) {
    if p <= 0.0 {
        return (0.0, 0.0);
    }
    let mut exactly = (1.0 - p).powi(i32::try_from(n).unwrap());
    let (mut at_most, mut low) = (exactly, None);
    for k in 0..n {
        if low.is_none() && at_most > BY_CHANCE / 2.0 {
            low = Some(k);
        }
        if at_most >= 1.0 - BY_CHANCE / 2.0 {
            return (f64::from(low.unwrap_or(0)), f64::from(k));
        }
        exactly *= f64::from(n - k) / f64::from(k + 1) * p / (1.0 - p);
        at_most += exactly;
    }
    (f64::from(low.unwrap_or(0)), f64::from(n))
}

/// The router obeys within seconds; from then on the pods are asked as it was written.
fn followed(field: &Field, shift: &Shift<'_>, (route, share): (&Route, f64)) -> Verdict {
    let fits = |requests| {
        let (low, high) = by_chance(requests, share);
        let v2 = asked(field, shift, route.host, requests)?;
        let says = format!("app-v2 answered {v2} of {requests} requests; by chance {low} to {high}");
        if (low..=high).contains(&v2) { Ok(says) } else { Err(says) }
    };
    let took = until(SOON, || fits(100).map(drop))?;
    let says = fits(SENT)?;
    println!("        {} {} %: after {:.1} s {says}", route.name, share * 100.0, took.as_secs_f32());
    Ok(())
}

/// kubectl reads those weights.
fn reads(shift: &Shift<'_>, route: &Route, weights: &str) -> Verdict {
    let read = || shift.place.kubectl(&["get", route.name, "-o", &format!("jsonpath={}", route.weights)]);
    until(SOON, || {
        let found = read()?;
        if found == weights { Ok(()) } else { Err(format!("kubectl reads {found:?}, not {weights:?}")) }
    })
    .map(drop)
}

pub(crate) fn by_plan(lab: &Lab) -> Verdict {
    let field = Field::enter(lab)?;
    let shift = begin(&field, "story-shift-plan")?;
    for route in [&HTTP_ROUTE, &TRAEFIK_SERVICE] {
        for (percent, share, weights) in SHIFTS {
            planned(&shift, route, percent).map_err(|why| format!("{} {percent}: {why}", route.name))?;
            reads(&shift, route, weights)?;
            followed(&field, &shift, (route, share)).map_err(|why| format!("{} {percent}: {why}", route.name))?;
        }
    }
    let again = plan(&shift, &HTTP_ROUTE, &["app-v2=0.5", "--apply"])?.expect(3)?;
    again.says(&["shares its traffic like that already"])?;
    let held = plan(&shift, &HTTP_ROUTE, &["app-v2=20", "--apply", "--reason", "held"])?.expect(0)?;
    held.says(&["accepted", "observed", "done", "took effect"])?;
    Ok(())
}

/// `rolldeck plan shift ROUTE …`.
pub(super) fn plan(shift: &Shift<'_>, route: &Route, arguments: &[&str]) -> Result<crate::shift::Answer, String> {
    shift.run(&["plan", "shift", route.name].iter().chain(arguments).copied().collect::<Vec<_>>())
}

/// One shift by command: all stages, one write, which is the one of the journal.
fn planned(shift: &Shift<'_>, route: &Route, percent: &str) -> Verdict {
    let audit = Audit::start(shift.lab);
    let share = format!("app-v2={percent}");
    let answer = plan(shift, route, &[&share, "--apply", "--reason", "a story", "--until", "done"])?.expect(0)?;
    answer.says(&["dry run: accepted", "accepted  after", "observed  after", "done      after"])?;
    let request = shift.one_write(&audit)?;
    is_patch(&request, route)
}

fn is_patch(request: &Request, route: &Route) -> Verdict {
    let (kind, name) = route.name.split_once('/').unwrap_or_default();
    if request.verb == "patch" && request.uri.contains(&format!("/{kind}s/{name}?")) {
        Ok(())
    } else {
        Err(format!("not a patch of {}: {}", route.name, request.line()))
    }
}

pub(crate) fn by_key(lab: &Lab) -> Verdict {
    let field = Field::enter(lab)?;
    let shift = begin(&field, "story-shift-key")?;
    let relay = shift.relay()?;
    let mut deck = shift.open(&[HTTP_ROUTE.name])?;
    deck.type_keys("w")?;
    deck.see_words("app-v2=10", SOON)?;
    back(&mut deck, "app-v2=10")?;
    pressed(&shift, &mut deck, &HTTP_ROUTE, ("app-v2=30", "70 30"))?;
    followed(&field, &shift, (&HTTP_ROUTE, 0.3))?;
    // Somebody else's weights, before the deck hears of them: the server refuses what the card says.
    let audit = Audit::start(&field.lab);
    typed(&mut deck, "w", "50")?;
    card(&mut deck, "")?;
    shift.refused_behind_its_back((&mut deck, &relay, &audit), || meddle(&shift, 5))?;
    deck.see("a fresh card that says who changed what", SOON, |text| {
        text.contains("weight of app-v2: 30 → 5") && text.contains("by kubectl-patch") && is_card(text)
    })?;
    audit.no_write_done(&shift.place.name)?;
    reads(&shift, &HTTP_ROUTE, "95 5")?;
    let audit = Audit::start(&field.lab);
    confirm(&mut deck, "after all")?;
    reads(&shift, &HTTP_ROUTE, "50 50")?;
    shift.one_write(&audit)?;
    // Weights that the deck does hear of: the card is another one by itself, and nothing is sent.
    let audit = Audit::start(&field.lab);
    typed(&mut deck, "w", "60")?;
    card(&mut deck, "")?;
    meddle(&shift, 7)?;
    deck.see("a fresh card by itself", SOON, |text| {
        let is_fresh = text.contains("7 %  → 60 %") && text.contains("weight of app-v2: 50 → 7");
        is_fresh && text.contains("by kubectl-patch") && is_card(text)
    })?;
    back(&mut deck, "confirm ]")?;
    audit.no_write_done(&shift.place.name)?;
    quit(deck)?;
    let mut deck = shift.open(&[TRAEFIK_SERVICE.name])?;
    pressed(&shift, &mut deck, &TRAEFIK_SERVICE, ("app-v2=25", "75 25"))?;
    quit(deck)
}

/// `w`, shares, enter, enter: kubectl reads the weights, one write was sent, and the deck says what it shows.
fn pressed(shift: &Shift<'_>, deck: &mut Terminal, route: &Route, (shares, weights): (&str, &str)) -> Verdict {
    let audit = Audit::start(shift.lab);
    typed(deck, "w", shares)?;
    card(deck, "")?;
    confirm(deck, "a story")?;
    reads(shift, route, weights)?;
    is_patch(&shift.one_write(&audit)?, route)?;
    deck.see("the stages of its proof", SOON, |text| text.contains("observed ") && text.contains("done ")).map(drop)
}

/// Other weights by kubectl.
fn meddle(shift: &Shift<'_>, v2: u32) -> Verdict {
    let at = |index: u32, weight: u32| {
        format!(r#"{{"op":"replace","path":"/spec/rules/0/backendRefs/{index}/weight","value":{weight}}}"#)
    };
    let patch = format!("[{},{}]", at(0, 100 - v2), at(1, v2));
    shift.place.kubectl(&["patch", HTTP_ROUTE.name, "--type=json", "-p", &patch]).map(drop)
}

pub(crate) fn refused(lab: &Lab) -> Verdict {
    let field = Field::enter(lab)?;
    let shift = begin(&field, "story-shift-refused")?;
    let audit = Audit::start(&field.lab);
    for (shares, code, says) in [
        (&["app-v3=30"][..], 3, "app-v3 is no version of httproute/app; there is app-v2, app-v1"),
        (&["app-v1=60", "app-v2=60"], 3, "add up to 120 %"),
        (&["app-v1=60", "app-v2=30"], 3, "do not add up to 100 %"),
        (&["app-v2=130"], 2, "no share"),
    ] {
        let all: Vec<&str> = shares.iter().copied().chain(["--apply"]).collect();
        plan(&shift, &HTTP_ROUTE, &all)?.expect(code)?.says(&[says])?;
    }
    plan(&shift, &HTTP_ROUTE, &["app-v2=30", "--apply", "--read-only"])?.expect(3)?.says(&["read-only"])?;
    let sent: Vec<Request> = audit.ours()?.into_iter().filter(|request| !request.reads()).collect();
    if !sent.is_empty() {
        return Err(format!("what was refused was sent all the same:{}", listed(&sent)));
    }
    let audit = Audit::start(&field.lab);
    shift.place.kubectl(&["scale", "deployment/app-v2", "--replicas=0"])?;
    until(PATIENCE, || {
        let pods = field.pods_left(&shift.place.name, "v2")?;
        if pods == 0 { Ok(()) } else { Err(format!("{pods} pods of app-v2 are left")) }
    })?;
    for route in [&HTTP_ROUTE, &TRAEFIK_SERVICE] {
        let stopped = plan(&shift, route, &["app-v2=30", "--apply"])?.expect(3)?;
        stopped.says(&["no-endpoints", "app-v2 has no available pod to answer 30 %"])?;
    }
    // The way out stays open.
    plan(&shift, &HTTP_ROUTE, &["app-v2=0"])?.expect(0)?;
    let role = shift.run(&["rbac", "--read-only"])?.expect(0)?.out;
    grant(&shift, &role, "story-watches")?;
    become_user(&shift, "story-watches")?;
    plan(&shift, &HTTP_ROUTE, &["app-v1=95", "--apply"])?.expect(3)?.says(&["patch", "httproutes"])?;
    let mut deck = shift.open(&[HTTP_ROUTE.name])?;
    names_the_rule(&mut deck, "w", &["patch", "httproutes"])?;
    quit(deck)?;
    audit.no_write_done(&shift.place.name)?;
    reads(&shift, &HTTP_ROUTE, "90 10")
}

/// Traefik, standing still; it goes on when this is dropped.
struct Still<'a>(&'a Lab);

impl Drop for Still<'_> {
    fn drop(&mut self) {
        let _ = self.0.signal("traefik", "-CONT");
    }
}

/// A router that stands still has accepted nothing: that is said, and it is said before the next shift too.
pub(crate) fn unobserved(lab: &Lab) -> Verdict {
    let field = Field::enter(lab)?;
    let shift = begin(&field, "story-shift-unobserved")?;
    field.lab.signal("traefik", "-STOP")?;
    let still = Still(&field.lab);
    let share = ["app-v2=30", "--apply", "--reason", "a story", "--until", "done"];
    let answer = plan(&shift, &HTTP_ROUTE, &share)?.expect(6)?;
    let said = answer.says(&["accepted  after", "accepted, not observed"])?.said();
    if said.contains("observed  after") || said.contains("done  ") {
        return Err(format!("nobody has observed it\n{}", frame(&said)));
    }
    reads(&shift, &HTTP_ROUTE, "70 30")?;
    shift.run(&["status", HTTP_ROUTE.name])?.says(&["the router has not seen it yet (1 of 2 changes)"])?;
    plan(&shift, &HTTP_ROUTE, &["app-v2=40"])?.expect(0)?.says(&["router-behind"])?;
    plan(&shift, &TRAEFIK_SERVICE, &["app-v2=40"])?.expect(0)?.says(&["router-silent"])?;
    drop(still);
    until(SOON, || shift.run(&["status", HTTP_ROUTE.name])?.says(&["accepted by traefik"]).map(drop))?;
    followed(&field, &shift, (&HTTP_ROUTE, 0.3))
}
