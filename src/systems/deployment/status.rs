//! What `kubectl rollout status deployment/NAME` answers, word for word (kubectl v1.36, `rollout_status.go`).

use crate::domain::{Deployment, RolloutStatus, Standing, Text};

/// kubectl's message and whether it would wait, exit 0 or fail. Like kubectl's it has no case for a paused Deployment:
/// an unfinished one waits for ever.
pub fn status(deployment: &Deployment) -> RolloutStatus {
    let Deployment { replicas, have, updated, available, .. } = *deployment;
    let name = &deployment.meta.at.name;
    let (standing, says) = if deployment.meta.generation > deployment.observed {
        (Standing::Waiting, "Waiting for deployment spec update to be observed...".to_owned())
    } else if deployment.timed_out() {
        (Standing::Failed, format!("deployment \"{name}\" exceeded its progress deadline"))
    } else if updated < replicas {
        wait(name, &format!("{updated} out of {replicas} new replicas have been updated"))
    } else if have > updated {
        wait(name, &format!("{} old replicas are pending termination", have - updated))
    } else if available < updated {
        wait(name, &format!("{available} of {updated} updated replicas are available"))
    } else {
        (Standing::Done, format!("deployment \"{name}\" successfully rolled out"))
    };
    RolloutStatus { standing, says: Text::from(says) }
}

fn wait(name: &str, what: &str) -> (Standing, String) {
    (Standing::Waiting, format!("Waiting for deployment \"{name}\" rollout to finish: {what}..."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Truth, sample};

    /// Wanted, existing, updated, available.
    fn after(counts: (i32, i32, i32, i32), bend: impl FnOnce(&mut Deployment)) -> (Standing, String) {
        let mut web = sample::deployment("web:1", counts.0);
        (web.have, web.updated, web.available) = (counts.1, counts.2, counts.3);
        bend(&mut web);
        let RolloutStatus { standing, says } = status(&web);
        (standing, says.to_string())
    }

    #[test]
    fn kubectl_would_say_the_same() {
        let table = [
            ((3, 3, 3, 3), Standing::Done, "deployment \"web\" successfully rolled out"),
            ((0, 0, 0, 0), Standing::Done, "deployment \"web\" successfully rolled out"),
            (
                (4, 5, 2, 4),
                Standing::Waiting,
                "Waiting for deployment \"web\" rollout to finish: 2 out of 4 new replicas have been updated...",
            ),
            (
                (4, 5, 4, 4),
                Standing::Waiting,
                "Waiting for deployment \"web\" rollout to finish: 1 old replicas are pending termination...",
            ),
            (
                (4, 4, 4, 1),
                Standing::Waiting,
                "Waiting for deployment \"web\" rollout to finish: 1 of 4 updated replicas are available...",
            ),
        ];
        for (counts, standing, says) in table {
            assert_eq!(after(counts, |_| ()), (standing, says.to_owned()));
        }
    }

    #[test]
    fn an_unobserved_change_comes_before_everything_and_a_deadline_before_the_counts() {
        let late = |web: &mut Deployment| {
            web.conditions = vec![sample::condition("Progressing", Truth::No, "ProgressDeadlineExceeded", sample::NOW)];
        };
        let failed = "deployment \"web\" exceeded its progress deadline".to_owned();
        assert_eq!(after((4, 5, 2, 4), late), (Standing::Failed, failed));
        let unobserved = |web: &mut Deployment| {
            late(web);
            web.meta.generation = 2;
        };
        let waits = "Waiting for deployment spec update to be observed...".to_owned();
        assert_eq!(after((4, 5, 2, 4), unobserved), (Standing::Waiting, waits));
    }
}
