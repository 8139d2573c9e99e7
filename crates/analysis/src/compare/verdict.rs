//! Whether a difference is real, and whether it matters.

use super::Estimate;
use measures::question::Better;
use measures::stats::Miss;

/// The verdict on a difference.
///
/// *Real* means that the p-value, adjusted by Holm's rule for all questions of the comparison, is at most
/// 5%: the probability of calling anything real where nothing has changed is at most 5% for the whole
/// comparison. *Large* and *small* are read off the 95% interval of the one difference: wholly beyond the
/// margin, or wholly inside it (two one-sided tests of equivalence; D. J. Schuirmann, *A Comparison of the
/// Two One-Sided Tests Procedure and the Power Approach*, Journal of Pharmacokinetics and Biopharmaceutics
/// 15, 1987, here with 2.5% instead of 5% on either side).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Real, large, and in the bad direction.
    Worse,
    /// Real, large, and in the good direction.
    Better,
    /// Real and large; neither direction is better.
    Different,
    /// Real; whether it is larger than the margin needs more runs.
    PerhapsSmall,
    /// Real, but smaller than the margin.
    Small,
    /// Not shown to be real, because the pairs are too few for the test, but beyond the margin by an interval that
    /// holds for all questions together. Only a check of baselines looks for it.
    Suspected,
    /// Neither shown to be real nor shown to be smaller than the margin.
    Undecided,
    /// Not shown to be real; if there is a difference, it is smaller than the margin.
    Alike,
    /// No pair differs.
    Identical,
    /// Beyond the horizon in both.
    Hidden,
    /// The question applies to no pair.
    DoesNotApply,
}

impl Verdict {
    /// All verdicts, in the order of reports.
    pub const ALL: [Self; 11] = [
        Self::Worse,
        Self::Better,
        Self::Different,
        Self::PerhapsSmall,
        Self::Small,
        Self::Suspected,
        Self::Undecided,
        Self::Alike,
        Self::Identical,
        Self::Hidden,
        Self::DoesNotApply,
    ];

    /// The word used in files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Worse => "worse",
            Self::Better => "better",
            Self::Different => "different",
            Self::PerhapsSmall => "perhaps-small",
            Self::Small => "small",
            Self::Suspected => "suspected",
            Self::Undecided => "undecided",
            Self::Alike => "alike",
            Self::Identical => "identical",
            Self::Hidden => "beyond-horizon",
            Self::DoesNotApply => "does-not-apply",
        }
    }

    pub(super) fn of(better: Better, estimate: Option<&Estimate>, margin: f64, p: f64) -> Self {
        let Some(estimate) = estimate else { return Self::DoesNotApply };
        if estimate.difference.is_none() {
            return Self::Hidden;
        }
        if estimate.differing == 0 && estimate.hidden == 0 {
            return Self::Identical;
        }
        let (low, high) = estimate.bounds;
        let is_real = p <= Miss::ONE_IN_TWENTY.probability();
        let is_small = -margin <= low && high <= margin;
        match (is_real, is_small) {
            (true, true) => Self::Small,
            (true, false) if low > margin || high < -margin => Self::large(better, low > margin),
            (true, false) => Self::PerhapsSmall,
            (false, true) => Self::Alike,
            (false, false) => Self::Undecided,
        }
    }

    const fn large(better: Better, is_more: bool) -> Self {
        match (better, is_more) {
            (Better::Neither, _) => Self::Different,
            (Better::Lower, true) | (Better::Higher, false) => Self::Worse,
            (Better::Lower, false) | (Better::Higher, true) => Self::Better,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(better: Better, (low, high): (f64, f64), p: f64) -> Verdict {
        let estimate = Estimate {
            values: [Some(10.0), Some(11.0)],
            difference: Some(f64::midpoint(low, high)),
            bounds: (low, high),
            differing: 7,
            hidden: 0,
        };
        Verdict::of(better, Some(&estimate), 1.0, p)
    }

    #[test]
    fn a_finding_is_both_real_and_large() {
        use Better::{Higher, Lower, Neither};
        assert_eq!(verdict(Lower, (1.1, 2.0), 0.01), Verdict::Worse);
        assert_eq!(verdict(Lower, (1.1, 2.0), 0.06), Verdict::Undecided);
        assert_eq!(verdict(Lower, (-2.0, -1.1), 0.01), Verdict::Better);
        assert_eq!(verdict(Higher, (-2.0, -1.1), 0.01), Verdict::Worse);
        assert_eq!(verdict(Higher, (1.1, f64::INFINITY), 0.01), Verdict::Better);
        assert_eq!(verdict(Neither, (1.1, 2.0), 0.01), Verdict::Different);
        assert_eq!(verdict(Lower, (0.5, 2.0), 0.01), Verdict::PerhapsSmall);
        assert_eq!(verdict(Lower, (0.5, 0.9), 0.01), Verdict::Small);
        assert_eq!(verdict(Lower, (-0.5, 0.9), 0.5), Verdict::Alike);
        assert_eq!(verdict(Lower, (-0.5, 1.9), 0.5), Verdict::Undecided);
    }
}
