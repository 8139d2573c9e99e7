//! The answer of all pairs to one question.

use super::Pairs;
use measures::Elapsed;
use measures::question::{Question, View};
use measures::stats::{
    Discordant, Evidence, Level, Mean, Miss, least_p_of_signs, least_p_of_swaps, percentile_bootstrap,
    quantile_swap_test, signed_rank_test,
};
use std::cell::Cell;

/// The estimate of a difference, in the unit of the question: seconds, pods, percent, or a share of 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The value in A and in B; `None` is beyond the horizon.
    pub values: [Option<f64>; 2],
    /// B minus A: infinite if one of the two is beyond the horizon, `None` if both are.
    pub difference: Option<f64>,
    /// The 95% interval; an infinite end is not bounded by the runs.
    pub bounds: (f64, f64),
    /// Pairs whose members differ.
    pub differing: u64,
    /// Pairs with both members beyond the horizon: it is not known whether they differ.
    pub hidden: u64,
}

impl Pairs {
    /// The answer to a question; `None` if it applies to no pair. `seed` seeds the resamples.
    pub(super) fn answer(&self, question: &Question, seed: u64) -> Option<Estimate> {
        match question.view {
            View::Share(_) => self.shares(question),
            View::Quantile(level) => self.quantiles(question, level, seed),
            View::Mean => self.means(question),
        }
    }

    /// The evidence against "no difference".
    pub(super) fn evidence(&self, question: &Question) -> Evidence {
        match question.view {
            View::Share(_) => {
                let counts = Discordant::count(self.flags(question));
                Evidence { p: counts.sign_test(), least: least_p_of_signs(counts.first + counts.second) }
            }
            View::Quantile(level) => {
                let pairs: Vec<(i64, i64)> =
                    self.numbers(question).map(|(a, b)| (a.swappable(), b.swappable())).collect();
                let differing = pairs.iter().filter(|(a, b)| a != b).count() as u64;
                let p = quantile_swap_test(&pairs, level, &question.name());
                Evidence { p, least: least_p_of_swaps(differing) }
            }
            View::Mean => {
                let differences: Vec<i64> = self.finite(question).map(|(a, b)| b - a).collect();
                let differing = differences.iter().filter(|&&difference| difference != 0).count() as u64;
                Evidence { p: signed_rank_test(differences), least: least_p_of_signs(differing) }
            }
        }
    }

    /// The interval of a share or of a mean at another confidence. `None` for a quantile, because resampling is not exact
    /// enough in the tails, and for a mean whose pairs all differ by the same amount, because they do not tell the
    /// spread.
    pub(super) fn bounds_at(&self, question: &Question, miss: Miss) -> Option<(f64, f64)> {
        match question.view {
            View::Share(_) => {
                let of = self.flags(question).count() as u64;
                Some(Discordant::count(self.flags(question)).difference(of, miss))
            }
            View::Quantile(_) => None,
            View::Mean => {
                let differences = self.finite(question).map(|(a, b)| (b - a) as f64 / 1000.0);
                Mean::of(differences).interval(miss).filter(|(low, high)| low < high)
            }
        }
    }

    fn shares(&self, question: &Question) -> Option<Estimate> {
        let (mut of, mut hits) = (0_u64, [0_u64; 2]);
        for (a, b) in self.flags(question) {
            of += 1;
            hits = [hits[0] + u64::from(a), hits[1] + u64::from(b)];
        }
        let counts = Discordant::count(self.flags(question));
        let share = |hits: u64| hits as f64 / of as f64;
        (of > 0).then(|| Estimate {
            values: hits.map(|hits| Some(share(hits))),
            difference: Some(share(hits[1]) - share(hits[0])),
            bounds: counts.difference(of, Miss::ONE_IN_TWENTY),
            differing: counts.first + counts.second,
            hidden: 0,
        })
    }

    /// Pairs of whole numbers in thousandths; only measures that never lie beyond the horizon have means.
    fn finite<'a>(&'a self, question: &'a Question) -> impl Iterator<Item = (i64, i64)> + 'a {
        self.numbers(question).filter_map(|pair| match pair {
            (Elapsed::Within(a), Elapsed::Within(b)) => Some((a.thousandths(), b.thousandths())),
            _ => None,
        })
    }

    fn means(&self, question: &Question) -> Option<Estimate> {
        let units = |thousandths: i64| thousandths as f64 / 1000.0;
        let differences = Mean::of(self.finite(question).map(|(a, b)| units(b - a)));
        let values = [
            Mean::of(self.finite(question).map(|(a, _)| units(a))),
            Mean::of(self.finite(question).map(|(_, b)| units(b))),
        ];
        let nothing_known = (f64::NEG_INFINITY, f64::INFINITY);
        Some(Estimate {
            values: values.map(Mean::value),
            difference: Some(differences.value()?),
            bounds: differences.interval(Miss::ONE_IN_TWENTY).unwrap_or(nothing_known),
            differing: self.finite(question).filter(|(a, b)| a != b).count() as u64,
            hidden: 0,
        })
    }

    fn quantiles(&self, question: &Question, level: Level, seed: u64) -> Option<Estimate> {
        let pairs: Vec<(Elapsed, Elapsed)> = self.numbers(question).collect();
        let [a, b] = quantiles_of(pairs.iter().copied(), level)?;
        let is_hidden =
            |pair: &&(Elapsed, Elapsed)| **pair == (Elapsed::BeyondHorizon, Elapsed::BeyondHorizon);
        Some(Estimate {
            values: [a, b].map(seconds),
            difference: Difference::between(a, b).map(Difference::number),
            bounds: quantile_bounds(&pairs, level, (seed, &question.name()))?,
            differing: pairs.iter().filter(|(a, b)| a != b).count() as u64,
            hidden: pairs.iter().filter(is_hidden).count() as u64,
        })
    }
}

fn seconds(time: Elapsed) -> Option<f64> {
    match time {
        Elapsed::Within(time) => Some(time.as_f64()),
        Elapsed::BeyondHorizon => None,
    }
}

/// The quantiles of the first and of the second members.
fn quantiles_of(pairs: impl Iterator<Item = (Elapsed, Elapsed)>, level: Level) -> Option<[Elapsed; 2]> {
    let (mut first, mut second): (Vec<Elapsed>, Vec<Elapsed>) = pairs.unzip();
    if first.is_empty() {
        return None;
    }
    let rank = level.rank(first.len());
    Some([&mut first, &mut second].map(|values| *values.select_nth_unstable(rank).1))
}

/// The bootstrap interval of the difference of two quantiles; pairs are resampled as a whole.
///
/// If both quantiles of a resample lie beyond the horizon, their difference can have any value: for the lower
/// end it counts as less than any number, for the upper end as more.
fn quantile_bounds(
    pairs: &[(Elapsed, Elapsed)],
    level: Level,
    (seed, name): (u64, &str),
) -> Option<(f64, f64)> {
    let is_any_hidden = Cell::new(false);
    let bootstrap = |hidden: Difference| {
        percentile_bootstrap(pairs.len(), (seed, name), Miss::ONE_IN_TWENTY, |resample| {
            let drawn = resample.iter().map(|&number| pairs[number]);
            let gap = quantiles_of(drawn, level).and_then(|[a, b]| Difference::between(a, b));
            gap.unwrap_or_else(|| {
                is_any_hidden.set(true);
                hidden
            })
        })
    };
    let (low, high) = bootstrap(Difference::Less)?;
    let high = if is_any_hidden.get() { bootstrap(Difference::More)?.1 } else { high };
    Some((low.number(), high.number()))
}

/// The difference B minus A of one pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Difference {
    /// A is beyond the horizon and B is not.
    Less,
    /// In thousandths.
    By(i64),
    /// B is beyond the horizon and A is not.
    More,
}

impl Difference {
    /// `None` if both are beyond the horizon.
    pub(super) fn between(a: Elapsed, b: Elapsed) -> Option<Self> {
        match (a, b) {
            (Elapsed::Within(a), Elapsed::Within(b)) => Some(Self::By(b.thousandths() - a.thousandths())),
            (Elapsed::BeyondHorizon, Elapsed::Within(_)) => Some(Self::Less),
            (Elapsed::Within(_), Elapsed::BeyondHorizon) => Some(Self::More),
            (Elapsed::BeyondHorizon, Elapsed::BeyondHorizon) => None,
        }
    }

    /// In whole units.
    pub(super) fn number(self) -> f64 {
        match self {
            Self::Less => f64::NEG_INFINITY,
            Self::By(thousandths) => thousandths as f64 / 1000.0,
            Self::More => f64::INFINITY,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use measures::Milli;

    fn time(seconds: Option<i64>) -> Elapsed {
        seconds.map_or(Elapsed::BeyondHorizon, |seconds| Elapsed::Within(Milli::from_whole(seconds)))
    }

    fn bounds(pairs: impl Iterator<Item = (Option<i64>, Option<i64>)>, level: Level) -> (f64, f64) {
        let pairs: Vec<_> = pairs.map(|(a, b)| (time(a), time(b))).collect();
        quantile_bounds(&pairs, level, (1, "test")).unwrap()
    }

    /// A shift common to all pairs is found exactly, for any spread of the runs.
    #[test]
    fn what_the_weather_has_in_common_cancels() {
        let pairs = (0..200).map(|k| (k * 37 % 500, 3)).map(|(a, shift)| (Some(a), Some(a + shift)));
        assert_eq!(bounds(pairs, Level::P50), (3.0, 3.0));
    }

    #[test]
    fn what_never_ends_is_longer_than_any() {
        // In B the slowest tenth does not end.
        let pairs = (0..200).map(|k| (Some(k), (k < 180).then_some(k)));
        assert_eq!(bounds(pairs.clone(), Level::P50), (0.0, 0.0));
        let (low, high) = bounds(pairs, Level::P95);
        assert!(low > 1e9 && high.is_infinite(), "{low} {high}");
    }

    #[test]
    fn the_difference_of_two_times_beyond_the_horizon_is_unknown() {
        let pairs = (0..200).map(|_| (None, None));
        assert_eq!(bounds(pairs, Level::P50), (f64::NEG_INFINITY, f64::INFINITY));
    }
}
