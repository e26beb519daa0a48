//! All stories.

mod agree;
mod causes;
mod faults;
mod rights;
mod watching;

use crate::{Story, twin};

/// In the order in which they are told; those that stop the API server come last.
pub(crate) fn all() -> Vec<Story> {
    let story = |name, smoke, tell| Story { name, smoke, tell };
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
        story("simulator-agrees", false, twin::all_scripts),
        story("simulator-agrees-a-little", true, twin::some_scripts),
        story("freeze", false, faults::freeze),
        story("kill", true, faults::kill),
    ]
}
