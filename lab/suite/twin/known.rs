//! Disagreements that are known and stay, with their causes (the table of lab/README.md says the same).

/// A way in which the real controllers, in a race with each other, show sometimes this and sometimes that, while the simulator
/// always shows one of the two.
struct Race {
    /// The fact.
    fact: &'static str,
    /// How it begins in the lab, sometimes.
    real: &'static str,
    /// How it begins in the simulator, and in the lab at other times.
    simulated: &'static str,
    /// Whether both sentences name the same version.
    same_version: bool,
    cause: &'static str,
}

const RACES: &[Race] = &[
    Race {
        fact: "condition Progressing",
        real: "True NewReplicaSetCreated",
        simulated: "True ReplicaSetUpdated",
        same_version: true,
        cause: "race: pods of the new version counted before updatedReplicas fell to 0",
    },
    Race {
        fact: "condition Progressing",
        real: "True NewReplicaSetAvailable",
        simulated: "True ReplicaSetUpdated",
        same_version: false,
        cause: "race: pods of the version gone back to counted before updatedReplicas fell to 0",
    },
];

/// Why a fact may differ as it does.
pub(super) fn cause(fact: &str, real: &str, simulated: &str) -> Option<&'static str> {
    let version = |says: &str| says.split_once('<').and_then(|(_, rest)| Some(rest.split_once('>')?.0.to_owned()));
    let same_version = version(real) == version(simulated);
    let race = |race: &&Race| {
        fact == race.fact
            && real.starts_with(race.real)
            && simulated.starts_with(race.simulated)
            && same_version == race.same_version
    };
    RACES.iter().find(race).map(|race| race.cause)
}
