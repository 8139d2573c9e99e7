//! A randomization test for equal quantiles of the two members of pairs.

use super::Level;
use simulator::engine::{Stream, Streams};
use simulator::number::Float;

/// The largest number of swaps.
const MOST_SWAPS: u64 = 49_999;

/// The least number of swaps for large numbers of pairs.
const FEWEST_SWAPS: u64 = 4_999;

/// The approximate number of values that all swaps together inspect. It bounds the time of a test with very many
/// pairs.
const MOST_STEPS: u64 = 200_000_000;

/// Sampling ends after this number of swaps with a difference as large as the observed one.
const ENOUGH: u64 = 20;

/// The least p-value that a test of this number of differing pairs can give.
pub fn least_p_of_swaps(differing: u64) -> f64 {
    least_p_of_signs(differing).max(1.0 / (MOST_SWAPS + 1).float())
}

/// The least two-sided p-value of a test that uses only the direction of each differing pair: all directions are
/// the same.
pub fn least_p_of_signs(differing: u64) -> f64 {
    let halvings = i32::try_from(differing).unwrap_or(i32::MAX);
    (2.0 * libm::exp2(-f64::from(halvings))).min(1.0)
}

/// The two-sided p-value of "the two members of each pair could be swapped", by the difference of the quantile
/// between the first members and the second ones.
///
/// The difference is measured by all pairs that cross the range between the two quantiles: values are cut off at
/// the lower quantile and at the higher one, and the differences of the pairs are added up. It is 0 if the
/// quantiles are the same. Their distance alone would be a weak measure: where a fifth of the runs takes ten times
/// as long, many swaps leave six of these on either side, and one more swap restores the observed distance.
///
/// Under the null hypothesis each swap of the members of some pairs is as likely as the observed order. Swaps are
/// drawn at random, and the p-value is the share of swaps, the observed order included, with a difference at least
/// as large. It is never 0, and drawing ends early once 20 swaps were as large. Only a difference of *this*
/// quantile is evidence. Values are whole numbers; a value beyond the horizon must be far greater than all others.
///
/// The draws depend on `name` alone. Assumes independent pairs and nothing about the shape of their law.
///
/// Sources: R. A. Fisher, *The Design of Experiments*, 1935, section 21 (swaps within pairs); B. Phipson and
/// G. K. Smyth, *Permutation P-values Should Never Be Zero*, Statistical Applications in Genetics and Molecular
/// Biology 9, 2010 (the observed order counts); J. Besag and P. Clifford, *Sequential Monte Carlo p-values*,
/// Biometrika 78, 1991 (the early end).
pub fn quantile_swap_test(pairs: &[(i64, i64)], level: Level, name: &str) -> f64 {
    let differing = pairs.iter().filter(|(first, second)| first != second).count() as u64;
    if differing == 0 {
        return 1.0;
    }
    let walk = SwapWalk::new(pairs, level);
    let observed = walk.difference(|_| false);
    if observed == 0 {
        return 1.0;
    }
    let draws = (MOST_STEPS / (2 * walk.rank as u64)).clamp(FEWEST_SWAPS, MOST_SWAPS);
    let mut coins = Coins::new(name);
    let mut as_large = 0;
    for drawn in 1..=draws {
        coins.next_swap();
        as_large += u64::from(walk.difference(|pair| coins.of(pair)) >= observed);
        if as_large == ENOUGH {
            return (as_large.float() / drawn.float()).max(least_p_of_signs(differing));
        }
    }
    ((as_large + 1).float() / (draws + 1).float()).max(least_p_of_signs(differing))
}

/// All values in order from the end that is nearer to the quantile, so that the walk inspects few of them.
struct SwapWalk {
    /// The value, the number of its pair in order of appearance, and whether it is the second member.
    values: Vec<(i64, usize, bool)>,
    /// The quantile is this many-th value of either side, counted from 1.
    rank: usize,
}

impl SwapWalk {
    fn new(pairs: &[(i64, i64)], level: Level) -> Self {
        let below = level.rank(pairs.len());
        let from_above = 2 * below >= pairs.len();
        let rank = if from_above { pairs.len() - below } else { below + 1 };
        let members = pairs.iter().enumerate();
        let mut values: Vec<(i64, usize, bool)> = members
            .flat_map(|(pair, &(first, second))| [(first, pair, false), (second, pair, true)])
            .collect();
        values.sort_unstable();
        if from_above {
            values.reverse();
        }
        let (mut numbers, mut next) = (vec![usize::MAX; pairs.len()], 0);
        for (_, pair, _) in &mut values {
            let number = &mut numbers[*pair];
            if *number == usize::MAX {
                *number = next;
                next += 1;
            }
            *pair = *number;
        }
        Self { values, rank }
    }

    /// The absolute difference between the second and the first members, summed between the two quantiles, with the
    /// members of the selected pairs swapped.
    ///
    /// The walk reaches the two quantiles one after the other. A value before the first one counts as the first.
    fn difference(&self, mut is_swapped: impl FnMut(usize) -> bool) -> i128 {
        let (mut seen, mut first) = ([0_usize; 2], None);
        // Of either side: values up to the first quantile; values after it, and their sum.
        let (mut up_to_first, mut after, mut sums) = ([0_i128; 2], [0_i128; 2], [0_i128; 2]);
        for &(value, pair, is_second) in &self.values {
            let side = usize::from(is_second != is_swapped(pair));
            seen[side] += 1;
            if first.is_some() {
                after[side] += 1;
                sums[side] += i128::from(value);
            } else {
                up_to_first[side] += 1;
            }
            if seen[side] != self.rank {
                continue;
            }
            let Some(first) = first else {
                first = Some(i128::from(value));
                continue;
            };
            let second = i128::from(value);
            // Where the walk descends, the values after the first quantile are above the second one.
            let between = |side: usize| (sums[side] - after[side] * second).abs();
            let whole = (first - second).abs();
            return ((up_to_first[1] - up_to_first[0]) * whole + between(1) - between(0)).abs();
        }
        // Either side has as many values as there are pairs, and no rank is greater.
        0
    }
}

/// Coins, 32 at a time, tossed only as far as a walk needs them.
struct Coins {
    stream: Stream,
    tossed: Vec<u64>,
}

const COINS_AT_ONCE: usize = 32;

impl Coins {
    fn new(name: &str) -> Self {
        Self { stream: Streams::new(0, 0).running(&format!("swap {name}")), tossed: Vec::new() }
    }

    fn next_swap(&mut self) {
        self.tossed.clear();
    }

    fn of(&mut self, pair: usize) -> bool {
        let (word, bit) = (pair / COINS_AT_ONCE, pair % COINS_AT_ONCE);
        while self.tossed.len() <= word {
            self.tossed.push(self.stream.below(1 << COINS_AT_ONCE) as u64);
        }
        self.tossed[word] >> bit & 1 == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Times with a long tail, the same for the same number.
    fn time(number: u64) -> i64 {
        let mixed = number.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mixed = (mixed ^ (mixed >> 31)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let uniform = ((mixed >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
        // An exponential tail on top of a fixed part, in milliseconds.
        (40_000.0 - 15_000.0 * libm::log(uniform)) as i64
    }

    fn batch(batch: u64, pairs: u64, b: impl Fn(i64, u64) -> i64) -> Vec<(i64, i64)> {
        let number = |pair: u64| 1_000_000 * batch + pair;
        (0..pairs).map(|pair| (time(number(pair)), b(time(number(pair)), number(pair)))).collect()
    }

    /// Half of all orders of three pairs: |difference of the medians| by hand.
    #[test]
    fn a_small_case_is_counted_by_hand() {
        // Medians 2 and 12. Only swapping all or none is as far: p = 2/8, known from some 80 swaps.
        let p = quantile_swap_test(&[(1, 11), (2, 12), (3, 13)], Level::P50, "hand");
        assert!((p - 0.25).abs() < 0.13, "{p}");
        // Medians 2 and 2: no difference.
        assert!((quantile_swap_test(&[(1, 1), (2, 2), (3, 13)], Level::P50, "hand") - 1.0).abs() < 1e-12);
    }

    #[test]
    fn the_least_p_value_needs_all_pairs_in_one_direction() {
        assert!((least_p_of_signs(0) - 1.0).abs() < 1e-12);
        assert!((least_p_of_signs(5) - 1.0 / 16.0).abs() < 1e-12);
        let one_way: Vec<(i64, i64)> = (0..4).map(|k| (k, 1000 + k)).collect();
        let p = quantile_swap_test(&one_way, Level::P95, "one way");
        assert!(p >= least_p_of_swaps(4) && p < 0.2, "{p}");
    }

    #[test]
    fn the_same_pairs_and_name_give_the_same_p_value() {
        let pairs = batch(1, 100, |a, number| a + (number % 7) as i64 * 300 - 900);
        let p = |name| quantile_swap_test(&pairs, Level::P95, name);
        assert_eq!(p("a").to_bits(), p("a").to_bits());
    }

    /// Pairs of independent values of one law: called different in 5% at most, and the binomial error of 400.
    #[test]
    fn no_difference_is_found_where_there_is_none() {
        for (pairs, level) in [(60, Level::P50), (100, Level::P95)] {
            let is_called = |number| {
                let pairs = batch(number, pairs, |_, number| time(number + 500_000));
                quantile_swap_test(&pairs, level, "a/a") <= 0.05
            };
            let called = (0..400).filter(|&number| is_called(number)).count();
            // Of 400 with a probability of 5%, more than 37 would be seen once in a thousand times.
            assert!(called <= 37, "{level}: {called} of 400");
        }
    }

    /// A p-value that is a difference among fifty questions.
    const AMONG_FIFTY: f64 = 0.05 / 50.0;

    fn found(batches: u64, pairs: u64, b: impl Fn(i64, u64) -> i64) -> usize {
        let is_found =
            |&number: &u64| quantile_swap_test(&batch(number, pairs, &b), Level::P95, "power") <= AMONG_FIFTY;
        (0..batches).filter(is_found).count()
    }

    #[test]
    fn twice_the_p95_is_found_with_100_pairs() {
        let all_twice = found(20, 100, |a, _| 2 * a);
        assert!(all_twice >= 19, "{all_twice} of 20");
        // The members of a pair have different weather.
        let independent = found(20, 100, |_, number| 2 * time(number + 500_000));
        assert!(independent >= 19, "{independent} of 20");
        // A sixth of the runs takes ten times as long.
        let a_sixth = found(20, 100, |a, number| if number % 6 == 3 { 10 * a } else { a });
        assert!(a_sixth >= 19, "{a_sixth} of 20");
    }

    #[test]
    fn a_tenth_more_is_found_with_1000_pairs() {
        let found = found(20, 1000, |a, number| a * 11 / 10 + (number % 5) as i64);
        assert!(found >= 19, "{found} of 20");
    }

    #[test]
    fn what_never_ends_is_a_difference() {
        let never = i64::MAX / 4;
        let pairs = batch(1, 200, |a, number| if number % 10 == 0 { never } else { a });
        assert!(quantile_swap_test(&pairs, Level::P95, "never") < AMONG_FIFTY);
    }
}
