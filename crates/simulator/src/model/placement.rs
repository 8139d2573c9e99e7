//! Placement constraints and preferences of a template, except node selector and tolerations.

/// The simulated parts of a pod's `affinity` and its `topologySpreadConstraints`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Placement {
    /// Required node affinity: one of these terms must match the node; `None` if there is none.
    pub required_nodes: Option<Vec<NodeTerm>>,
    /// Preferred node affinity: weights from 1 to 100 and terms.
    pub preferred_nodes: Vec<(i32, NodeTerm)>,
    /// Constraints on how pods spread.
    pub spread: Vec<SpreadConstraint>,
    /// Pods to avoid (pod anti-affinity).
    pub apart: Vec<AntiAffinity>,
}

/// All requirements must match a node's labels; an empty term matches no node.
pub type NodeTerm = Vec<Requirement>;

/// A requirement on labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// The key of the label.
    pub key: String,
    /// The comparison.
    pub operator: Operator,
    /// Values for the comparison.
    pub values: Vec<String>,
}

/// Comparison of a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// The label has one of the values.
    In,
    /// The label has none of the values, or is absent.
    NotIn,
    /// The label is present.
    Exists,
    /// The label is absent.
    DoesNotExist,
    /// The label is an integer greater than the only value (nodes only).
    Gt,
    /// The label is an integer less than the only value (nodes only).
    Lt,
}

/// The pods that a constraint counts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PodLabels {
    /// All of these must match a pod's labels; `None` counts no pod.
    pub requirements: Option<Vec<Requirement>>,
    /// Only pods of the same template (`matchLabelKeys: [pod-template-hash]`).
    pub same_template: bool,
}

/// One of the `topologySpreadConstraints`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpreadConstraint {
    /// Maximum difference between the fullest and the emptiest domain; at least 1.
    pub max_skew: u32,
    /// The node label that defines the domains.
    pub topology_key: String,
    /// `DoNotSchedule` rather than `ScheduleAnyway`.
    pub required: bool,
    /// If there are fewer eligible domains, the emptiest one counts as empty.
    pub min_domains: Option<u32>,
    /// The pods that are counted.
    pub pods: PodLabels,
    /// Whether nodes excluded by node selector and node affinity do not count (`nodeAffinityPolicy` Honor,
    /// the default).
    pub honours_affinity: bool,
    /// Whether nodes with untolerated taints do not count (`nodeTaintsPolicy` Honor; the default is Ignore).
    pub honours_taints: bool,
}

/// A term of a pod's anti-affinity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AntiAffinity {
    /// The node label that defines the domains.
    pub topology_key: String,
    /// Pods that must not, or should not, share a domain.
    pub pods: PodLabels,
    /// From 1 to 100 if it is preferred; `None` if it is required.
    pub weight: Option<i32>,
}

impl Requirement {
    /// Whether it matches a label with this value; `None` is an absent label.
    #[must_use]
    pub fn holds(&self, value: Option<&str>) -> bool {
        let listed = value.is_some_and(|value| self.values.iter().any(|known| known == value));
        let compare = |wanted: std::cmp::Ordering| {
            let number = |text: &str| text.parse::<i64>().ok();
            let bound = self.values.first().and_then(|bound| number(bound));
            value.and_then(number).zip(bound).is_some_and(|(value, bound)| value.cmp(&bound) == wanted)
        };
        match self.operator {
            Operator::In => listed,
            Operator::NotIn => !listed,
            Operator::Exists => value.is_some(),
            Operator::DoesNotExist => value.is_none(),
            Operator::Gt => compare(std::cmp::Ordering::Greater),
            Operator::Lt => compare(std::cmp::Ordering::Less),
        }
    }
}

impl PodLabels {
    /// Whether a pod with these labels, sorted by key, is counted, ignoring `same_template`.
    #[must_use]
    pub fn match_labels(&self, labels: &[(String, String)]) -> bool {
        let value =
            |key: &str| labels.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str());
        let all = |requirements: &Vec<Requirement>| requirements.iter().all(|r| r.holds(value(&r.key)));
        self.requirements.as_ref().is_some_and(all)
    }
}
