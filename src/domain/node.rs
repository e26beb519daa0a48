//! Nodes, as far as pods are set apart by where they run. What a node can hold and how it is, is not read.

use serde::{Deserialize, Serialize};

use super::{Labels, Meta, Name};

/// A node: its labels are all that is read of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    /// Who it is.
    pub meta: Meta,
}

/// What the pods of a node have in common with those of other nodes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The zone.
    pub zone: Option<Name>,
    /// The pool: nodes that are made, upgraded and broken together.
    pub pool: Option<Name>,
    /// The machine type.
    pub machine: Option<Name>,
}

/// The label of the zone, of nodes and (from Kubernetes 1.35 on) of their pods:
/// <https://kubernetes.io/docs/reference/labels-annotations-taints/#topologykubernetesiozone>.
pub const ZONE: &str = "topology.kubernetes.io/zone";

/// The label of the machine type:
/// <https://kubernetes.io/docs/reference/labels-annotations-taints/#nodekubernetesioinstance-type>.
const MACHINE: &str = "node.kubernetes.io/instance-type";

/// The labels that name the pool, and who sets them, by their documentation. Kubernetes itself has none. The first that a node
/// has counts: Karpenter's pools are finer than what they may be made in.
const POOLS: [(&str, &str); 13] = [
    ("karpenter.sh/nodepool", "Karpenter, https://karpenter.sh/docs/concepts/scheduling/"),
    ("karpenter.sh/provisioner-name", "Karpenter before 0.32, where pools were provisioners"),
    ("cloud.google.com/gke-nodepool", "GKE, https://cloud.google.com/kubernetes-engine/docs/concepts/node-pools"),
    ("eks.amazonaws.com/nodegroup", "EKS, https://docs.aws.amazon.com/eks/latest/userguide/managed-node-groups.html"),
    ("alpha.eksctl.io/nodegroup-name", "eksctl, https://eksctl.io/usage/nodegroups/"),
    ("kubernetes.azure.com/agentpool", "AKS, https://learn.microsoft.com/azure/aks/use-labels"),
    ("agentpool", "AKS, the older name of the same"),
    ("doks.digitalocean.com/node-pool", "DigitalOcean, https://docs.digitalocean.com/products/kubernetes/"),
    ("ibm-cloud.kubernetes.io/worker-pool-name", "IBM Cloud, https://cloud.ibm.com/docs/containers"),
    ("k8s.scaleway.com/pool-name", "Scaleway, https://www.scaleway.com/en/docs/kubernetes/"),
    (
        "lke.linode.com/pool-id",
        "Akamai (Linode), https://techdocs.akamai.com/cloud-computing/docs/linode-kubernetes-engine",
    ),
    ("worker.gardener.cloud/pool", "Gardener, https://gardener.cloud/docs/"),
    ("kops.k8s.io/instancegroup", "kOps, https://kops.sigs.k8s.io/instance_groups/"),
];

impl Place {
    /// What the labels of a node say.
    pub fn of(labels: &Labels) -> Self {
        let known = |label: &str| labels.get(label).filter(|value| !value.is_empty()).cloned();
        Self { zone: known(ZONE), pool: POOLS.iter().find_map(|(label, _)| known(label)), machine: known(MACHINE) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(labels: &[(&'static str, &'static str)]) -> Place {
        Place::of(&labels.iter().map(|(key, value)| (Name::fixed(key), Name::fixed(value))).collect())
    }

    #[test]
    fn a_pool_is_known_by_whoever_made_the_node() {
        for (label, by) in POOLS {
            assert_eq!(place(&[(label, "spot")]).pool.as_deref(), Some("spot"), "{by}");
        }
        let both = place(&[("eks.amazonaws.com/nodegroup", "system"), ("karpenter.sh/nodepool", "spot")]);
        assert_eq!(both.pool.as_deref(), Some("spot"));
    }

    #[test]
    fn what_no_label_says_is_unknown() {
        assert_eq!(place(&[("kubernetes.io/os", "linux"), (ZONE, "")]), Place::default());
        let known = place(&[(ZONE, "eu-1a"), (MACHINE, "m7g.large")]);
        assert_eq!((known.zone.as_deref(), known.machine.as_deref()), (Some("eu-1a"), Some("m7g.large")));
    }
}
