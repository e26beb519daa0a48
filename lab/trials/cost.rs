//! What a judgement costs: four versions, three hours of blocks of ten seconds, 40 pods each, neighbours and traits.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use rolldeck::{
    domain::{Block, Criteria, Name, PodTraits, Uid},
    judge::{Judge, Step},
};

use crate::trials::world::{Run, World};

/// The promise for one more block, at the end of three hours.
const AT_MOST: Duration = Duration::from_millis(1);

/// The last so many blocks are measured.
const LAST: usize = 100;

/// Prints what it costs; whether the promise is kept.
#[expect(clippy::disallowed_methods, reason = "it measures how long a computation takes")]
pub(crate) fn is_kept() -> bool {
    let world = World { blocks: 1_080, pods: [40, 40], bursts: true, ..World::default() };
    let mut runs: Vec<Run> = (0..3).map(|seed| Run::new(&world, seed)).collect();
    let traits: Vec<PodTraits> = runs[0].traits.iter().map(|pod| zoned(pod.clone())).collect();
    let mut judge = Judge::new(Uid::from("stable"), Criteria::default());
    let (mut took, mut said) = (Vec::new(), 0);
    while let Some([first, stable]) = runs[0].next() {
        let more = runs[1..].iter_mut().filter_map(Run::next).map(|[new, _]| new);
        let others: Vec<(Uid, Arc<Block>)> =
            [first].into_iter().chain(more).zip(["a", "b", "c"]).map(|(new, name)| (name.into(), new)).collect();
        let neighbours: Vec<(Name, Arc<Block>)> =
            (0..6).map(|at| (Name::from(format!("neighbour-{at}")), stable.clone())).collect();
        let started = Instant::now();
        judge.add(&Step { stable: &stable, others: &others, neighbours: &neighbours, traits: &traits });
        said += judge.judgements(&traits).len();
        took.push(started.elapsed());
    }
    let whole: Duration = took.iter().sum();
    let mut last = took.split_off(took.len() - LAST);
    last.sort();
    let (median, worst) = (last[LAST / 2], last[LAST - 1]);
    println!(
        "\nA block more of four versions and six neighbours after 3 h: {median:.0?} (slowest of {LAST}: {worst:.0?})."
    );
    println!("All {said} judgements of these 3 h together: {whole:.0?}.");
    median <= AT_MOST
}

fn zoned(pod: PodTraits) -> PodTraits {
    let zone = if pod.pod.len().is_multiple_of(2) { "a" } else { "b" };
    PodTraits { traits: vec![("zone".into(), zone.into()), ("node".into(), (&*pod.pod).into())], ..pod }
}
