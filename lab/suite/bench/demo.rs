//! The bench of the demo: how long until its board has numbers, how often they are new, and what it costs to watch. It needs
//! no control plane. Two promises are held: the board with metrics within a second, a new sample within three.

use std::{
    fs,
    path::Path,
    process::ExitCode,
    time::{Duration, Instant},
};

use super::{PATIENCE, RUNS};
use crate::{kube::Lab, pty::Terminal};

/// From the start of the process to the board with metrics, in seconds.
const BOARD_S: f64 = 1.0;
/// Between two new samples on the screen, in seconds.
const SAMPLE_S: f64 = 3.0;
/// How long samples are waited for.
const WATCHED: Duration = Duration::from_secs(30);
/// Over how long processor time is counted.
const COUNTED: Duration = Duration::from_secs(15);
/// Nothing that belongs to the start is counted.
const SETTLED: Duration = Duration::from_secs(3);
/// Ticks of `/proc/PID/stat` in a second: `USER_HZ`, the same on every Linux.
const TICKS: f64 = 100.0;

pub(crate) fn run() -> ExitCode {
    match measure(Lab::find().rolldeck()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            println!("bench: {why}");
            ExitCode::FAILURE
        }
    }
}

fn measure(rolldeck: &Path) -> Result<bool, String> {
    println!("rolldeck demo; median of {RUNS}, one uncounted run before");
    let mut runs = Vec::new();
    for number in 0..=RUNS {
        let run = start(rolldeck)?;
        if number > 0 {
            runs.push(run);
        }
    }
    let first = super::median(&runs, |(first, _)| *first);
    let board = super::median(&runs, |(_, board)| *board);
    println!("process start to first frame         {first:>6.3} s");
    println!("process start to board with metrics  {board:>6.3} s   (promise {BOARD_S})");
    let gap = longest_gap(rolldeck)?;
    println!("longest wait for a new sample        {gap:>6.3} s   (promise {SAMPLE_S}; watched for {WATCHED:?})");
    // The same screen with the same polls of a world that stands still: what simulating adds is the ratio.
    let held = cost(rolldeck, "1", "T")?;
    println!("processor, time held                 {held:>6.3} s per second");
    for speed in ["1", "10"] {
        let cost = cost(rolldeck, speed, "")?;
        let times = cost / held.max(1.0 / TICKS);
        println!("processor, speed {speed:<3}                 {cost:>6.3} s per second   {times:>5.1}x held");
    }
    let is_kept = board <= BOARD_S && gap <= SAMPLE_S;
    if !is_kept {
        println!("bench: a promise is broken");
    }
    Ok(is_kept)
}

/// First frame, and board with metrics.
fn start(rolldeck: &Path) -> Result<(f64, f64), String> {
    let mut board = open(rolldeck, "1")?;
    let first = board.see("the first frame", PATIENCE, |text| text.contains("DEMO"))?;
    let all = board.see("a board with metrics", PATIENCE, has_metrics)?;
    leave(board)?;
    Ok((first.as_secs_f64(), all.as_secs_f64()))
}

/// The longest that the numbers of the board stayed the same.
fn longest_gap(rolldeck: &Path) -> Result<f64, String> {
    let mut board = open(rolldeck, "1")?;
    board.see("a board with metrics", PATIENCE, has_metrics)?;
    let mut shown = numbers(&board.text());
    let (begun, mut since, mut longest) = (Instant::now(), Instant::now(), Duration::ZERO);
    while begun.elapsed() < WATCHED {
        let now = numbers(&board.text());
        longest = longest.max(since.elapsed());
        if now != shown {
            (shown, since) = (now, Instant::now());
        }
    }
    leave(board)?;
    Ok(longest.as_secs_f64())
}

/// Processor seconds per second of a demo at rest, after some keys.
fn cost(rolldeck: &Path, speed: &str, keys: &str) -> Result<f64, String> {
    let mut board = open(rolldeck, speed)?;
    board.see("a board with metrics", PATIENCE, has_metrics)?;
    board.type_keys(keys)?;
    watch(&mut board, SETTLED);
    let pid = board.pid()?;
    let (begun, before) = (Instant::now(), ticks(&pid)?);
    watch(&mut board, COUNTED);
    let used = (ticks(&pid)? - before) / TICKS;
    let took = begun.elapsed().as_secs_f64();
    leave(board)?;
    Ok(used / took)
}

fn open(rolldeck: &Path, speed: &str) -> Result<Terminal, String> {
    Terminal::open(rolldeck, &["demo", "--seed", "1", "--speed", speed], (140, 45))
}

/// Reads what is drawn, as a terminal does.
fn watch(board: &mut Terminal, span: Duration) {
    let begun = Instant::now();
    while begun.elapsed() < span {
        board.text();
    }
}

fn leave(mut board: Terminal) -> Result<(), String> {
    board.type_keys("\x03")?;
    board.end(PATIENCE).map(drop)
}

/// Whether every row of a rollout that is well has its latency.
fn has_metrics(text: &str) -> bool {
    let numbers = numbers(text);
    !numbers.is_empty() && numbers.iter().all(|(_, latency)| latency.trim().parse::<f64>().is_ok())
}

/// What stands in the columns of errors and latency, of rollouts that are well.
fn numbers(text: &str) -> Vec<(String, String)> {
    let Some(header) = text.lines().find(|line| line.contains("P95 MS")) else { return Vec::new() };
    let end_of = |title: &str| header.find(title).map(|at| header[..at].chars().count() + title.chars().count());
    let Some((errors, latency)) = end_of("5XX %").zip(end_of("P95 MS")) else { return Vec::new() };
    let cell = |line: &str, from: usize, to: usize| line.chars().take(to).skip(from).collect::<String>();
    // The line above the titles counts those that are well.
    let rows = text.lines().skip_while(|line| *line != header).filter(|line| line.contains("healthy"));
    rows.map(|row| (cell(row, errors - 5, errors), cell(row, latency - 6, latency))).collect()
}

/// Processor time of a process so far, user and system, in ticks (proc(5): fields 14 and 15).
fn ticks(pid: &str) -> Result<f64, String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).map_err(|e| e.to_string())?;
    // The name before may hold blanks; it ends with the last parenthesis.
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields).split_whitespace().skip(11).take(2);
    let both: Result<Vec<f64>, _> = fields.map(str::parse::<f64>).collect();
    both.map(|both| both.iter().sum()).map_err(|e| e.to_string())
}
