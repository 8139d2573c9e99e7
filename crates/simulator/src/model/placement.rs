//! Where pods of a template may go and where they had better go, beside node selector and tolerations.

/// The parts of a pod's `affinity` and its `topologySpreadConstraints` that a simulated cluster can honour.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Placement {
    /// Required node affinity: one of these terms must match the node; `None` if there is none.
    pub required_nodes: Option<Vec<NodeTerm>>,
    /// Preferred node affinity: weights from 1 to 100 and terms.
    pub preferred_nodes: Vec<(i32, NodeTerm)>,
    /// Constraints on how pods spread.
    pub spread: Vec<SpreadConstraint>,
    /// Pods to keep away from (pod anti-affinity).
    pub apart: Vec<AntiAffinity>,
}

/// All of its requirements must hold of a node's labels; one without requirements matches no node.
pub type NodeTerm = Vec<Requirement>;

/// A requirement on labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// The key of the label.
    pub key: String,
    /// What must hold.
    pub operator: Operator,
    /// What the label is compared with.
    pub values: Vec<String>,
}

/// What must hold of a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// It has one of the values.
    In,
    /// It has none of the values, or there is no such label.
    NotIn,
    /// It is there.
    Exists,
    /// It is not there.
    DoesNotExist,
    /// It is a whole number greater than the only value (nodes only).
    Gt,
    /// It is a whole number less than the only value (nodes only).
    Lt,
}

/// Which pods a constraint counts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PodLabels {
    /// All of these must hold of a pod's labels; `None` counts no pod at all.
    pub requirements: Option<Vec<Requirement>>,
    /// Only pods of the same template (`matchLabelKeys: [pod-template-hash]`).
    pub same_template: bool,
}

/// One of the `topologySpreadConstraints`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpreadConstraint {
    /// By how many pods the fullest domain may exceed the emptiest one; at least 1.
    pub max_skew: u32,
    /// The label of nodes that tells domains apart.
    pub topology_key: String,
    /// `DoNotSchedule` rather than `ScheduleAnyway`.
    pub required: bool,
    /// With fewer eligible domains than this, the emptiest one counts as empty.
    pub min_domains: Option<u32>,
    /// Which pods are counted.
    pub pods: PodLabels,
    /// Nodes that node selector and node affinity keep the pod from do not count (`nodeAffinityPolicy`
    /// Honor, the default).
    pub honours_affinity: bool,
    /// Nor do nodes with taints that it does not tolerate (`nodeTaintsPolicy` Honor; the default is Ignore).
    pub honours_taints: bool,
}

/// A term of a pod's anti-affinity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AntiAffinity {
    /// The label of nodes that tells domains apart.
    pub topology_key: String,
    /// Pods that must not, or should not, be in the same domain.
    pub pods: PodLabels,
    /// From 1 to 100 if it is only preferred; `None` if it is required.
    pub weight: Option<i32>,
}

impl Requirement {
    /// Whether it holds where the label has this value, or is absent.
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
    /// Whether a pod with these labels, sorted by key, is counted, the template apart.
    #[must_use]
    pub fn match_labels(&self, labels: &[(String, String)]) -> bool {
        let value =
            |key: &str| labels.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str());
        let all = |requirements: &Vec<Requirement>| requirements.iter().all(|r| r.holds(value(&r.key)));
        self.requirements.as_ref().is_some_and(all)
    }
}
