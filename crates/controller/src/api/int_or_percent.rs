//! `maxSurge` and `maxUnavailable`: a count or a percentage of the replicas.

/// A number of pods, or a percentage of the desired replicas (`intstr.IntOrString`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IntOrPercent {
    /// An absolute number of pods.
    Int(i32),
    /// A percentage of the desired replicas; 25 means 25%.
    Percent(i32),
}

impl IntOrPercent {
    /// The number of pods for `replicas`, fractions rounded up: 25% of 10 is 3.
    #[must_use]
    pub fn rounded_up(self, replicas: i32) -> i32 {
        self.scaled(replicas, f64::ceil)
    }

    /// The number of pods for `replicas`, fractions rounded down: 25% of 10 is 2.
    #[must_use]
    pub fn rounded_down(self, replicas: i32) -> i32 {
        self.scaled(replicas, f64::floor)
    }

    /// In doubles, as `GetScaledValueFromIntOrPercent` in
    /// `staging/src/k8s.io/apimachinery/pkg/util/intstr` does. The product is exact, and the
    /// quotient by 100 is correctly rounded, so whole results stay whole.
    fn scaled(self, replicas: i32, round: fn(f64) -> f64) -> i32 {
        match self {
            Self::Int(count) => count,
            Self::Percent(percent) => round(f64::from(percent) * f64::from(replicas) / 100.0) as i32,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::IntOrPercent::{Int, Percent};

    #[test]
    fn surge_rounds_up_and_unavailability_rounds_down() {
        for (replicas, up, down) in [(0, 0, 0), (1, 1, 0), (3, 1, 0), (4, 1, 1), (10, 3, 2), (20, 5, 5)] {
            assert_eq!(Percent(25).rounded_up(replicas), up, "25% of {replicas} up");
            assert_eq!(Percent(25).rounded_down(replicas), down, "25% of {replicas} down");
        }
        assert_eq!(Percent(150).rounded_up(10), 15);
        assert_eq!(Percent(100).rounded_up(2_147_483_647), 2_147_483_647);
        assert_eq!(Int(7).rounded_up(3), 7);
    }
}
