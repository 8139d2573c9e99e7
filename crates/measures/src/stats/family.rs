//! Multiple comparisons: many questions at once.

use super::Miss;
use simulator::number::Float;

/// The evidence against "no difference" for one question.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evidence {
    /// The p-value.
    pub p: f64,
    /// The least p-value that the test can give for these differing pairs, whatever the direction of each.
    pub least: f64,
}

impl Evidence {
    /// Where nothing differs, or the question does not apply.
    pub const NONE: Self = Self { p: 1.0, least: 1.0 };
}

/// The p-values of several questions, adjusted as by [`holm`](super::holm), with a family of only the questions
/// that can be decided. Outside the family an adjusted p-value is 1.
///
/// A question whose least p-value is above `miss / k` cannot be decided among k. The family has the questions that
/// can be decided among k, for the smallest k that is not less than their number. It depends on which pairs differ
/// and not on the direction of the differences, and given which pairs differ each p-value still holds. So the
/// probability of even one false alarm is at most `miss`.
///
/// Source: R. E. Tarone, *A Modified Bonferroni Method for Discrete Data*, Biometrics 46, 1990; within the
/// family Holm's rule, as in G. Hommel and F. Krummenauer, *Improvements and Modifications of Tarone's Multiple
/// Test Procedure for Discrete Data*, Biometrics 54, 1998.
pub fn holm_of_decidable(evidence: &[Evidence], miss: Miss) -> Vec<f64> {
    let mut least: Vec<f64> = evidence.iter().map(|one| one.least).collect();
    least.sort_unstable_by(f64::total_cmp);
    let threshold = |k: usize| miss.probability() / k.float();
    let can = |k: usize| least.partition_point(|&least| least <= threshold(k));
    let size = (1..=least.len()).find(|&k| can(k) <= k).unwrap_or(1);
    let is_in = |one: &Evidence| one.least <= threshold(size);
    let family: Vec<f64> = evidence.iter().filter(|one| is_in(one)).map(|one| one.p).collect();
    let mut adjusted = super::holm(&family).into_iter();
    evidence.iter().map(|one| if is_in(one) { adjusted.next().unwrap_or(1.0) } else { 1.0 }).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{Discordant, least_p_of_signs};
    use super::*;
    use simulator::engine::Streams;

    fn evidence(first: u64, second: u64) -> Evidence {
        Evidence { p: Discordant { first, second }.sign_test(), least: least_p_of_signs(first + second) }
    }

    #[test]
    fn what_cannot_be_decided_costs_nothing() {
        let mut all = vec![evidence(0, 8)];
        all.extend(vec![evidence(1, 3); 500]);
        all.extend(vec![Evidence::NONE; 500]);
        let adjusted = holm_of_decidable(&all, Miss::ONE_IN_TWENTY);
        assert!((adjusted[0] - 2.0 / 256.0).abs() < 1e-12, "{}", adjusted[0]);
        assert!(adjusted[1..].iter().all(|&p| (p - 1.0).abs() < 1e-12));
    }

    #[test]
    fn questions_that_can_be_decided_share_the_miss() {
        // 2/512 among 20 that can: more than 0.05 / 20.
        let all = vec![evidence(0, 9), evidence(4, 5)].into_iter().chain(vec![evidence(20, 20); 18]);
        let adjusted = holm_of_decidable(&all.collect::<Vec<_>>(), Miss::ONE_IN_TWENTY);
        assert!(adjusted[0] > 0.05, "{}", adjusted[0]);
        assert!(holm_of_decidable(&[], Miss::ONE_IN_TWENTY).is_empty());
    }

    /// Coins for pairs, families of questions with few and with many pairs that differ: in at most 5% of them
    /// (and the binomial error of 2,000) at least one question is called decided.
    #[test]
    fn a_family_of_coins_is_called_decided_in_one_of_twenty_at_most() {
        let mut stream = Streams::new(11, 0).running("families of coins");
        let sizes = [0, 3, 6, 8, 10, 12, 14, 20, 30, 60, 100, 200];
        let mut called = 0;
        for _ in 0..2000 {
            let toss = |stream: &mut simulator::engine::Stream, size: u64| {
                let first = (0..size).filter(|_| stream.below(2) == 0).count() as u64;
                evidence(first, size - first)
            };
            let all: Vec<Evidence> = sizes.iter().map(|&size| toss(&mut stream, size)).collect();
            called += u32::from(holm_of_decidable(&all, Miss::ONE_IN_TWENTY).iter().any(|&p| p <= 0.05));
        }
        assert!((20..=139).contains(&called), "{called} of 2000");
    }
}
