//! A HorizontalPodAutoscaler: a force that writes `spec.replicas` (`autoscaling/v2`).

use serde::{Deserialize, Serialize};

use super::{Condition, Kind, Meta, Moment, Name};

/// An HPA.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hpa {
    /// Who it is.
    pub meta: Meta,
    /// Kind of its target.
    pub target_kind: Kind,
    /// Name of its target.
    pub target: Name,
    /// `spec.minReplicas`, 1 when absent.
    pub min: i32,
    /// `spec.maxReplicas`.
    pub max: i32,
    /// `status.currentReplicas`.
    pub current: i32,
    /// `status.desiredReplicas`.
    pub desired: i32,
    /// `status.lastScaleTime`.
    pub scaled: Option<Moment>,
    /// `status.conditions` (`AbleToScale`, `ScalingActive`, `ScalingLimited`).
    pub conditions: Vec<Condition>,
}
