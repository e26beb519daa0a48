//! What to do after a reader's request failed: a table, and nothing else.

use std::time::Duration;

use super::super::{request::Since, trouble::Failure};

/// What a reader is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Doing {
    /// A plain list.
    List(Since),
    /// A list that comes as the first part of a watch.
    Stream(Since),
    /// A watch from the last version that was seen.
    Watch,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// This instead, at once: the server said what it cannot do, not that it is in trouble.
    Instead(Doing),
    /// The same again, after a wait: what the server asked for, or else the usual one.
    Again {
        /// What the server asked for.
        at_least: Option<Duration>,
    },
    /// A list, after the usual wait.
    Afresh,
    /// Not again until access may have changed.
    Denied,
    /// There is no such kind; not again until somebody may have installed it.
    Missing,
}

/// The longest that a server can make us wait.
const LONGEST_REQUESTED: Duration = Duration::from_mins(5);

/// What follows a failure while `doing`; `version` is the last one seen, empty for none.
pub(super) fn judge(doing: &Doing, failure: &Failure, version: &str) -> Verdict {
    // The same event would come again, until its version is gone.
    if let (Doing::Watch, Failure::Garbled(_)) = (doing, failure) {
        return Verdict::Afresh;
    }
    let Failure::Refused(status) = failure else { return Verdict::Again { at_least: None } };
    let at_least = status.retry_after_s.map(|s| Duration::from_secs(u64::from(s)).min(LONGEST_REQUESTED));
    match (doing, status.code) {
        (Doing::Watch, 410) if !version.is_empty() => {
            Verdict::Instead(Doing::List(Since::NotOlder(version.to_owned())))
        }
        (Doing::Watch, 400 | 410) => Verdict::Instead(Doing::List(Since::Latest)),
        (Doing::Stream(since), 400 | 403 | 422) => Verdict::Instead(Doing::List(since.clone())),
        // 504 is also how a server says that it never heard of so high a version: etcd was restored.
        (Doing::List(Since::NotOlder(_) | Since::Cached), 400 | 410 | 504) => {
            Verdict::Instead(Doing::List(Since::Latest))
        }
        (Doing::Stream(Since::NotOlder(_) | Since::Cached), 410 | 504) => {
            Verdict::Instead(Doing::Stream(Since::Latest))
        }
        (_, 403) => Verdict::Denied,
        (_, 404) => Verdict::Missing,
        _ => Verdict::Again { at_least },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::decode_status;

    const JSON: &str = "application/json";

    fn refused(code: u16) -> Failure {
        Failure::Refused(decode_status(JSON, code, b""))
    }

    fn newer() -> Since {
        Since::NotOlder("41".to_owned())
    }

    #[test]
    fn a_refusal_that_says_how_is_followed_at_once() {
        let list = |since| Verdict::Instead(Doing::List(since));
        for (doing, code, next) in [
            (Doing::Watch, 410, list(newer())),
            (Doing::Watch, 400, list(Since::Latest)),
            (Doing::List(newer()), 410, list(Since::Latest)),
            (Doing::List(newer()), 504, list(Since::Latest)),
            (Doing::List(Since::Cached), 504, list(Since::Latest)),
            (Doing::Stream(Since::Cached), 422, list(Since::Cached)),
            (Doing::Stream(Since::Cached), 400, list(Since::Cached)),
            (Doing::Stream(newer()), 403, list(newer())),
            (Doing::Stream(newer()), 410, Verdict::Instead(Doing::Stream(Since::Latest))),
        ] {
            assert_eq!(judge(&doing, &refused(code), "41"), next, "{code} while {doing:?}");
        }
        assert_eq!(judge(&Doing::Watch, &refused(410), ""), list(Since::Latest));
    }

    #[test]
    fn forbidden_and_unknown_are_not_asked_again() {
        for doing in [Doing::List(Since::Cached), Doing::List(Since::Latest), Doing::Watch] {
            assert_eq!(judge(&doing, &refused(403), "41"), Verdict::Denied, "{doing:?}");
            assert_eq!(judge(&doing, &refused(404), "41"), Verdict::Missing, "{doing:?}");
        }
    }

    #[test]
    fn everything_else_is_tried_again() {
        for doing in [Doing::List(Since::Latest), Doing::Stream(Since::Latest), Doing::Watch] {
            for code in [401, 429, 500, 502, 503, 504] {
                assert_eq!(judge(&doing, &refused(code), "41"), Verdict::Again { at_least: None }, "{code}");
            }
            assert_eq!(judge(&doing, &Failure::Broken(String::new()), "41"), Verdict::Again { at_least: None });
        }
        let garbled = Failure::Garbled(String::new());
        assert_eq!(judge(&Doing::List(Since::Latest), &garbled, "41"), Verdict::Again { at_least: None });
        assert_eq!(judge(&Doing::Watch, &garbled, "41"), Verdict::Afresh, "the same event would come again");
    }

    #[test]
    fn a_server_may_ask_for_time_but_not_for_all_of_it() {
        for (asked, granted) in [(7, 7), (86_400, 300)] {
            let mut status = decode_status(JSON, 429, b"");
            status.retry_after_s = Some(asked);
            let again = Verdict::Again { at_least: Some(Duration::from_secs(granted)) };
            assert_eq!(judge(&Doing::Watch, &Failure::Refused(status), "41"), again);
        }
    }
}
