//! All stories.

mod agree;
mod blame;
mod causes;
mod crashes;
mod crowd;
mod decides;
mod demo;
mod faults;
mod flight;
mod forwarded;
mod found;
mod locked;
mod logins;
mod looks;
mod meddling;
mod named;
mod permits;
mod proofs;
mod rights;
mod routers;
mod seen;
mod shifting;
mod steering;
mod traffic;
mod usage;
mod verdicts;
mod watching;

use crate::{Story, Verdict, kube::Lab, twin};

/// In the order in which they are told; those that stop the API server come last.
pub(crate) fn all() -> Vec<Story> {
    [looking(), acting(), with_traffic(), breaking()].into_iter().flatten().collect()
}

const fn story(name: &'static str, smoke: bool, tell: fn(&Lab) -> Verdict) -> Story {
    Story { name, smoke, tell }
}

/// What is seen.
fn looking() -> Vec<Story> {
    vec![
        story("board", true, watching::board),
        story("scopes", true, watching::scopes),
        story("update-side-by-side", true, watching::update),
        story("sizes", false, watching::sizes),
        story("status-exit-codes", true, watching::status_codes),
        story("bad-image", true, causes::bad_image),
        story("crash-loop", true, causes::crash_loop),
        story("paused-midway", true, causes::paused_midway),
        story("quota", false, causes::quota),
        story("config-missing", false, causes::config_missing),
        story("unschedulable", false, causes::unschedulable),
        story("whole-day", false, causes::whole_day),
        story("rights", true, rights::degrade),
        story("reads-only", true, rights::reads_only),
        story("leaves-the-terminal", true, faults::leaves_the_terminal),
        story("slow-terminal", false, faults::slow_terminal),
        story("agrees-with-kubectl", false, agree::all_situations),
        story("agrees-with-kubectl-a-little", true, agree::some_situations),
        story("relay-itself", true, faults::relay_itself),
        story("broken-wire", false, faults::broken_wire),
    ]
}

/// What is done, and what it leads to; and whether the simulated cluster does the same.
fn acting() -> Vec<Story> {
    vec![
        story("steer-by-key", true, steering::by_key),
        story("kubectl-believes", true, demo::kubectl_believes),
        story("steer-by-plan", false, steering::by_plan),
        story("undo-as-kubectl-does", false, steering::undo_twins),
        story("undo-after-bad", false, meddling::undo_after_bad),
        story("steer-while-rolling", false, meddling::while_rolling),
        story("changed-in-between", true, meddling::changed_in_between),
        story("read-only", true, locked::read_only),
        story("killed-while-steering", true, crashes::killed),
        story("journal-disk-full", true, crashes::disk_full),
        story("hpa-reverts", false, proofs::autoscaler),
        story("second-manager", false, proofs::second_manager),
        story("lost-answer", false, proofs::lost_answer),
        story("controller-stands-still", false, proofs::frozen_controller),
        story("flight", false, flight::error),
        story("logs", false, looks::logs),
        story("history-and-diff", false, looks::history_and_diff),
        story("journal", false, looks::journal),
        story("least-role", false, permits::least_role),
        story("reading-role", false, permits::reading_role),
        story("one-rule-missing", false, permits::one_rule_missing),
        story("simulator-agrees", false, twin::all_scripts),
        story("simulator-agrees-a-little", true, twin::some_scripts),
        story("custom-kinds", false, routers::custom_kinds),
        story("applies-agree", true, twin::applies_agree),
        story("prometheus-login", false, logins::prometheus_login),
        story("evictions-agree", true, twin::evictions_agree),
    ]
}

/// What needs `lab/up --with traffic`, or `--with usage`.
fn with_traffic() -> Vec<Story> {
    vec![
        story("traffic", false, traffic::counts_agree),
        story("shift-by-plan", false, shifting::by_plan),
        story("shift-by-key", false, shifting::by_key),
        story("shift-refused", false, shifting::refused),
        story("shift-unobserved", false, shifting::unobserved),
        story("shift-seen", false, seen::seen),
        story("verdict-seen", false, verdicts::seen),
        story("two-hundred", false, crowd::queries),
        story("numbers-decide", false, decides::numbers_decide),
        story("metrics-found", false, found::metrics_found),
        story("metrics-forwarded", false, forwarded::metrics_forwarded),
        story("blame-seen", false, blame::seen),
        story("usage-seen", false, usage::seen),
        story("named-queries", false, named::named_queries),
    ]
}

/// What stops the API server.
fn breaking() -> Vec<Story> {
    vec![story("freeze", false, faults::freeze), story("kill", true, faults::kill)]
}
