//! The last words of a container that ended. Following a log is done in `follow`.

mod follow;
mod lines;

pub(super) use self::follow::Follower;
use super::{api::Api, request, trouble::Failure};
use crate::domain::{LogTail, Text, Want};

/// Lines that are asked for.
const LINES: u32 = 5;
/// Bytes that are asked for: lines can be long.
const BYTES: u32 = 16_384;

/// Fetches what a rule wants; why it is not to be had is an answer too.
pub(super) async fn previous(api: &Api, want: &Want) -> LogTail {
    let Want::PreviousLog { pod, uid, container, restarts } = want;
    let lines = match request::previous_log(pod, container, LINES, BYTES) {
        None => Err(Failure::Garbled("this is not the name of a pod".to_owned())),
        Some(request) => api.fetch(request, usize::try_from(BYTES).unwrap_or(usize::MAX) * 2).await,
    };
    LogTail {
        pod: pod.clone(),
        uid: uid.clone(),
        container: container.clone(),
        restarts: *restarts,
        lines: lines.map(|log| split(&log)).map_err(|failure| Text::clean(&failure.sentence())),
    }
}

fn split(log: &[u8]) -> Vec<Text> {
    let lines = log.split(|byte| *byte == b'\n').map(Text::lossy);
    let mut lines: Vec<Text> = lines.filter(|line| !line.is_empty()).collect();
    let surplus = lines.len().saturating_sub(usize::try_from(LINES).unwrap_or(usize::MAX));
    lines.drain(..surplus);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_kept_and_tamed() {
        let lines = split(b"1\n2\n3\r\n\n4\n\x1b[31mpanic: \xff\n6\n");
        assert_eq!(lines, ["2", "3", "4", "\u{fffd}[31mpanic: \u{fffd}", "6"].map(Text::from));
        assert_eq!(split(b""), Vec::<Text>::new());
    }
}
