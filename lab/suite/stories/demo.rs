//! The lab's kubectl against the simulated cluster that `rolldeck demo --serve` serves.

use crate::{Verdict, believes::believes, kube::Lab};

pub(crate) fn kubectl_believes(lab: &Lab) -> Verdict {
    believes(&lab.root.join("target/lab/bin/kubectl"), lab.rolldeck())
}
