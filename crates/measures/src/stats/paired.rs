//! Pairs of runs in the same weather: is there a difference, and how large is it?
//!
//! Every test here has the null hypothesis that the two members of a pair are exchangeable. It assumes no shape, no
//! spread and no independence within the pair. The weather that both members share cancels: this is the purpose of
//! common random numbers.

use super::Miss;
use simulator::number::{Float, Saturate};
use statrs::distribution::{Binomial, DiscreteCDF};
use statrs::function::erf::erfc;

/// Pairs whose members differ, by which one is greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Discordant {
    /// Pairs in which the first member is greater.
    pub first: u64,
    /// Pairs in which the second member is greater.
    pub second: u64,
}

impl Discordant {
    /// Counts pairs of truth values of the members.
    pub fn count(pairs: impl IntoIterator<Item = (bool, bool)>) -> Self {
        pairs.into_iter().fold(Self::default(), |counts, pair| match pair {
            (true, false) => Self { first: counts.first + 1, ..counts },
            (false, true) => Self { second: counts.second + 1, ..counts },
            _ => counts,
        })
    }

    /// The exact two-sided p-value of "either member is as likely to be the greater one".
    ///
    /// The sign test; for pairs of yes and no it is `McNemar`'s test in its exact form (Q. `McNemar`, *Note on
    /// the Sampling Error of the Difference Between Correlated Proportions*, Psychometrika 12, 1947).
    /// Assumes independent pairs; pairs without a difference are left out.
    pub fn sign_test(self) -> f64 {
        let (least, of) = (self.first.min(self.second), self.first + self.second);
        match Binomial::new(0.5, of) {
            Ok(coin) if of > 0 => (2.0 * coin.cdf(least)).min(1.0),
            _ => 1.0,
        }
    }

    /// The interval of the second member's probability minus the first's, when the counts are of pairs of
    /// yes and no, `of` pairs in all.
    ///
    /// Bonett and Price's adjusted Wald interval (D. G. Bonett and R. M. Price, *Adjusted Wald Confidence
    /// Interval for a Difference of Binomial Proportions Based on Paired Data*, Journal of Educational and
    /// Behavioral Statistics 37, 2012). Assumes independent pairs; covers well from some 20 pairs on, and
    /// has a positive width also when no pair differs.
    pub fn difference(self, of: u64, miss: Miss) -> (f64, f64) {
        let size = of.float() + 2.0;
        let (first, second) = ((self.first.float() + 1.0) / size, (self.second.float() + 1.0) / size);
        let middle = second - first;
        let half = miss.normal() * ((first + second - middle * middle) / size).sqrt();
        ((middle - half).max(-1.0), (middle + half).min(1.0))
    }
}

/// Up to this many differences that are not 0, the signed-rank test is exact.
const EXACT_RANKS: usize = 50;

/// The two-sided p-value of "the differences lie symmetrically around 0".
///
/// The signed-rank test (F. Wilcoxon, *Individual Comparisons by Ranking Methods*, Biometrics 1, 1945):
/// ties share their mean rank; differences of 0 are left out. Exact for up to 50 other differences, above that by
/// the normal law with the variance corrected for ties. Assumes independent pairs.
pub fn signed_rank_test(differences: impl IntoIterator<Item = i64>) -> f64 {
    let mut differences: Vec<i64> = differences.into_iter().filter(|&difference| difference != 0).collect();
    differences.sort_unstable_by_key(|difference| difference.unsigned_abs());
    let ranks = doubled_ranks(&differences);
    let signed = ranks.iter().zip(&differences);
    let above: u64 = signed.filter(|&(_, &difference)| difference > 0).map(|(&rank, _)| rank).sum();
    let all: u64 = ranks.iter().sum();
    if ranks.len() <= EXACT_RANKS {
        exact_tails(&ranks, above.min(all - above))
    } else {
        let squares: f64 = ranks.iter().map(|&rank| (rank * rank).float()).sum();
        let away = (above.float() - all.float() / 2.0).abs() / (squares.sqrt() / 2.0);
        erfc(away / std::f64::consts::SQRT_2)
    }
}

/// Twice the rank of each size, so that the mean of two neighbouring ranks is whole.
fn doubled_ranks(sorted: &[i64]) -> Vec<u64> {
    let mut ranks = Vec::with_capacity(sorted.len());
    for group in sorted.chunk_by(|one, other| one.unsigned_abs() == other.unsigned_abs()) {
        let (before, size) = (ranks.len() as u64, group.len() as u64);
        ranks.extend(std::iter::repeat_n(2 * before + size + 1, group.len()));
    }
    ranks
}

/// The two-sided probability of a rank sum at least as extreme as `least`, where each rank counts with
/// probability 1/2.
fn exact_tails(ranks: &[u64], least: u64) -> f64 {
    let all: u64 = ranks.iter().sum();
    let mut probability = vec![0.0; Saturate::<usize>::saturated(all) + 1];
    probability[0] = 1.0;
    for &rank in ranks {
        for sum in (0..probability.len()).rev() {
            let without = probability[sum];
            let with = sum.checked_sub(rank.saturated()).map_or(0.0, |before| probability[before]);
            probability[sum] = f64::midpoint(without, with);
        }
    }
    (2.0 * probability[..=Saturate::<usize>::saturated(least)].iter().sum::<f64>()).min(1.0)
}

/// The p-values of several questions, adjusted so that all of them hold together.
///
/// Holm's step-down rule (S. Holm, *A Simple Sequentially Rejective Multiple Test Procedure*, Scandinavian
/// Journal of Statistics 6, 1979): the probability of even one false alarm in the family is bounded,
/// whatever the dependence between the questions. The adjusted p-values are in the order of the questions; an
/// adjusted p-value of at most the miss is a difference.
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&one, &other| p_values[one].total_cmp(&p_values[other]));
    let (mut adjusted, mut so_far) = (vec![0.0; p_values.len()], 0.0_f64);
    for (before, &index) in order.iter().enumerate() {
        let questions_left = (p_values.len() - before).float();
        so_far = so_far.max((p_values[index] * questions_left).min(1.0));
        adjusted[index] = so_far;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(ours: f64, known: f64, within: f64) {
        assert!((ours - known).abs() <= within * known, "{ours} is not {known}");
    }

    /// Golden values: `scipy.stats.binomtest(first, first + second).pvalue`.
    #[test]
    fn the_sign_test_agrees_with_scipy() {
        for (first, second, p) in
            [(3, 12, 0.035_156_25), (0, 6, 0.031_25), (40, 71, 0.004_195_534_185_394_861), (7, 7, 1.0)]
        {
            near(Discordant { first, second }.sign_test(), p, 1e-9);
        }
    }

    /// Golden values: `scipy.stats.wilcoxon`, `mode="exact"` and `mode="approx"`; with ties, all 2^n signs.
    #[test]
    fn the_signed_rank_test_agrees_with_scipy() {
        near(signed_rank_test([3, -1, 4, 12, -5, 9, 2, 6, 15, -7, 8, 10]), 0.042_480_468_75, 1e-9);
        near(signed_rank_test([6, 9, -9, 9, 1, 2, 5, -3, 13, -8, -3, -1]), 0.432_128_906_25, 1e-9);
        near(signed_rank_test(MANY), 0.008_980_296_224_473_286, 1e-6);
    }

    #[rustfmt::skip]
    const MANY: [i64; 120] = [8, 0, -14, -18, -20, -18, -13, 29, -11, 12, 17, -9, -6, 1, -7, 28, -12, 24, 19, 22, -15, -1, 11, 4, 13, 13, 13, -17, 27, 7, 25, -7, -2, 23, -11, -17, -2, 13, -14, 23, -3, -9, 7, 24, 24, 23, -5, -20, 18, 15, 18, -20, -19, 5, -4, 1, 26, -10, 6, -4, -6, 20, -13, -5, -15, -13, -6, 14, 8, 2, -12, 19, 19, -9, -18, -5, -13, 19, 5, 5, -6, 5, 28, -9, 18, -20, -5, 26, 23, -16, 22, 22, 2, -2, 29, 27, 13, -1, -10, 26, -7, 7, 13, -8, -5, 17, -11, 13, 27, 14, 12, 3, 28, -9, -3, 12, 12, -15, -12, 14];

    /// Golden values: the step-down rule by hand.
    #[test]
    fn holm_multiplies_by_the_questions_that_are_left() {
        let adjusted = holm(&[0.01, 0.04, 0.03, 0.005, 1.0]);
        for (ours, known) in adjusted.iter().zip([0.04, 0.09, 0.09, 0.025, 1.0]) {
            near(*ours, known, 1e-12);
        }
        assert!(holm(&[]).is_empty());
    }

    #[test]
    fn no_difference_is_no_evidence() {
        assert!((signed_rank_test([0, 0, 0]) - 1.0).abs() < 1e-12);
        assert!((Discordant::default().sign_test() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn the_exact_ranks_meet_the_normal_ones() {
        let differences: Vec<i64> = (1..=50).map(|k| if k % 3 == 0 { -k } else { k }).collect();
        let exact = signed_rank_test(differences.iter().copied());
        let more = signed_rank_test(differences.into_iter().chain([51]));
        assert!(more < exact && exact < 2.0 * more, "{exact} {more}");
    }

    #[test]
    fn an_interval_without_differing_pairs_is_not_empty() {
        let (low, high) = Discordant::default().difference(200, Miss::ONE_IN_TWENTY);
        assert!(low < 0.0 && high > 0.0 && (high + low).abs() < 1e-12 && high < 0.02, "{low} {high}");
    }
}
