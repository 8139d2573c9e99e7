//! A statistician's tests: intervals cover what they promise, on distributions whose truth is known.
//!
//! Every test draws on fixed seeds. Where the coverage can be summed exactly it is; elsewhere it is counted
//! over many replications and must lie within the binomial error of the promise.

use analysis::results::{Aim, HalfWidth, Monitor, Seen};
use measures::question::Question;
use measures::stats::{
    Bounds, Discordant, Level, Mean, Miss, Sample, WeightedMean, clopper_pearson, kaplan_meier, looks,
    percentile_bootstrap, wilson,
};
use measures::{Elapsed, Milli, Row, known};
use rollout_lab::command::run::Replicator;
use simulator::Span;
use simulator::engine::{Law, Stream, Streams};
use statrs::distribution::{Binomial, Discrete};

const MISS: Miss = Miss::ONE_IN_TWENTY;

/// How often an interval covered.
struct Coverage {
    covered: u32,
    of: u32,
}

impl Coverage {
    /// Replications, each with its own stream.
    fn count(name: &str, of: u32, covers: impl Fn(&mut Stream) -> bool) -> Self {
        let stream = |k: u32| Streams::new(20, k.into()).running(name);
        Self { covered: (0..of).map(|k| u32::from(covers(&mut stream(k)))).sum(), of }
    }

    fn share(&self) -> f64 {
        f64::from(self.covered) / f64::from(self.of)
    }

    /// Four standard errors of a coverage of 95%.
    fn error(&self) -> f64 {
        4.0 * (0.95 * 0.05 / f64::from(self.of)).sqrt()
    }

    /// The interval is as wide as it must be, and no wider.
    fn is_nominal(&self) {
        assert!((self.share() - 0.95).abs() <= self.error(), "covers {} of {}", self.covered, self.of);
    }

    /// The interval may be wider than it must be, but by no more than `slack`.
    fn is_at_least_nominal(&self, slack: f64) {
        let share = self.share();
        assert!(share >= 0.95 - self.error(), "covers {} of {}", self.covered, self.of);
        assert!(share <= 0.95 + slack + self.error(), "covers {} of {}, too often", self.covered, self.of);
    }
}

fn exponential(stream: &mut Stream) -> f64 {
    Law::Exponential { mean: Span::from_secs(1) }.at(stream.uniform()).as_secs_f64()
}

/// The logarithm of a log-normal value, standardised.
fn normal(stream: &mut Stream) -> f64 {
    let law = Law::Lognormal { median: Span::from_secs(1000), p95: Span::from_secs(2000) };
    (law.at(stream.uniform()).as_secs_f64() / 1000.0).ln() * 1.644_853_626_951_472_2 / 2.0_f64.ln()
}

/// The probability that an interval of a share covers, summed over all counts.
fn exact_coverage(probability: f64, of: u64, interval: impl Fn(u64) -> (f64, f64)) -> f64 {
    let law = Binomial::new(probability, of).unwrap();
    let covers = |hits: &u64| (interval(*hits).0..=interval(*hits).1).contains(&probability);
    (0..=of).filter(covers).map(|hits| law.pmf(hits)).sum()
}

#[test]
fn wilson_covers_on_average() {
    for of in [50, 200] {
        let probabilities: Vec<f64> = (1..400).map(|k| f64::from(k) / 400.0).collect();
        let coverage: Vec<f64> =
            probabilities.iter().map(|&p| exact_coverage(p, of, |hits| wilson(hits, of))).collect();
        let average = coverage.iter().sum::<f64>() / coverage.len() as f64;
        assert!((average - 0.95).abs() < 0.004, "{average} of {of}");
        let least = coverage.iter().copied().fold(1.0, f64::min);
        assert!(least > 0.83, "{least} of {of}");
    }
}

#[test]
fn clopper_and_pearson_cover_whatever_the_probability() {
    for miss in [0.05, 0.001] {
        for k in 1..200 {
            let interval = |hits| clopper_pearson(hits, 80, Miss::new(miss));
            let covered = exact_coverage(f64::from(k) / 200.0, 80, interval);
            assert!(covered >= 1.0 - miss - 1e-9, "{covered} at {k} of 200");
        }
    }
}

/// A time with three decimals, as the files hold it.
fn time(seconds: f64) -> Milli {
    Milli::from_f64(seconds)
}

fn covers<T: PartialOrd>(bounds: &Bounds<T>, truth: &T) -> bool {
    bounds.low.as_ref().is_none_or(|low| low <= truth)
        && bounds.high.as_ref().is_none_or(|high| high >= truth)
}

#[test]
fn quantile_intervals_cover() {
    for (level, of, slack) in [(Level::P50, 100, 0.02), (Level::P90, 150, 0.02), (Level::P95, 400, 0.02)] {
        let truth = time(1000.0 * -(1.0 - level.fraction()).ln());
        let coverage = Coverage::count("quantile", 2000, |stream| {
            let sample = Sample::new((0..of).map(|_| time(1000.0 * exponential(stream))));
            covers(&sample.quantile_bounds(level), &truth)
        });
        coverage.is_at_least_nominal(slack);
    }
}

/// Above 100,000 values the ends come from a sketch and are rounded outwards.
#[test]
fn quantile_intervals_of_sketches_cover() {
    let truth = time(1000.0 * -(0.05_f64).ln());
    let coverage = Coverage::count("sketch", 40, |stream| {
        let sample = Sample::new((0..100_001).map(|_| time(1000.0 * exponential(stream))));
        assert!(sample.error() > 0.0);
        covers(&sample.quantile_bounds(Level::P95), &truth)
    });
    coverage.is_at_least_nominal(0.05);
}

fn mean_covers(of: usize, truth: f64, value: impl Fn(&mut Stream) -> f64 + Copy) -> Coverage {
    Coverage::count("mean", 4000, move |stream| {
        let (low, high) = Mean::of((0..of).map(|_| value(stream))).interval(MISS).unwrap();
        (low..=high).contains(&truth)
    })
}

#[test]
fn means_cover() {
    mean_covers(5, 0.0, normal).is_nominal();
    mean_covers(60, 0.0, normal).is_nominal();
    mean_covers(400, 1.0, exponential).is_nominal();
    // As documented: with a hundred values of so skewed a law it is 94%, not less.
    let skewed = mean_covers(100, 1.0, exponential).share();
    assert!((0.93..0.955).contains(&skewed), "{skewed}");
}

/// Values that are the smaller the longer they hold: x = 1/w on the whole is 1/E[w].
#[test]
fn weighted_means_cover() {
    let coverage = Coverage::count("weighted", 3000, |stream| {
        let values = (0..400).map(|_| {
            let weight = 1.0 + exponential(stream);
            ((10.0 + normal(stream)) / weight, weight)
        });
        let (low, high) = WeightedMean::of(values).interval(MISS).unwrap();
        (low..=high).contains(&5.0)
    });
    coverage.is_nominal();
}

/// Exponential lives, censored from sight after exponential times or at the horizon.
#[test]
fn survival_bands_cover() {
    for (at, survival) in [(0.3_f64, (-0.3_f64).exp()), (0.7, (-0.7_f64).exp()), (1.2, (-1.2_f64).exp())] {
        let coverage = Coverage::count("survival", 2000, |stream| {
            let (mut ended, mut censored) = (Vec::new(), Vec::new());
            for _ in 0..100 {
                let (ends_after, gone_after) = (exponential(stream), (3.0 * exponential(stream)).min(2.0));
                let list = if ends_after <= gone_after { &mut ended } else { &mut censored };
                list.push((time(1e6 * ends_after.min(gone_after)), 1));
            }
            ended.sort_unstable();
            censored.sort_unstable();
            let curve = kaplan_meier(&ended, &censored, MISS);
            let step = curve.iter().rev().find(|step| step.at <= time(1e6 * at));
            step.is_some_and(|step| (step.low..=step.high).contains(&survival))
        });
        coverage.is_nominal();
    }
}

/// Pairs of yes and no that lean on one another, as the same weather makes them.
#[test]
fn differences_of_shares_cover() {
    for (first, second) in [(0.3, 0.3), (0.02, 0.05), (0.9, 0.6)] {
        let coverage = Coverage::count("shares", 3000, |stream| {
            let pairs = (0..200).map(|_| {
                let weather = stream.uniform();
                let own = if stream.uniform() < 0.5 { weather } else { stream.uniform() };
                (weather < first, own < second)
            });
            let (low, high) = Discordant::count(pairs).difference(200, MISS);
            (low..=high).contains(&(second - first))
        });
        coverage.is_at_least_nominal(0.02);
    }
}

#[test]
fn the_bootstrap_of_a_difference_of_quantiles_covers() {
    for (level, of) in [(Level::P50, 100), (Level::P90, 250)] {
        // B takes half as long again, in weather that both share to a part.
        let truth = 0.5 * -(1.0 - level.fraction()).ln();
        let coverage = Coverage::count("bootstrap", of, |stream| {
            let pairs: Vec<[f64; 2]> = (0..120)
                .map(|_| {
                    let a = exponential(stream);
                    [a, 1.5 * if stream.uniform() < 0.5 { a } else { exponential(stream) }]
                })
                .collect();
            let seed = (stream.uniform() * 1e9) as u64;
            let mut values = [vec![0_i64; pairs.len()], vec![0_i64; pairs.len()]];
            let rank = level.rank(pairs.len());
            let interval = percentile_bootstrap(pairs.len(), (seed, "coverage"), MISS, |resample| {
                for (side, values) in values.iter_mut().enumerate() {
                    for (value, &number) in values.iter_mut().zip(resample) {
                        *value = (pairs[number][side] * 1e6) as i64;
                    }
                }
                let [a, b] = &mut values;
                *b.select_nth_unstable(rank).1 - *a.select_nth_unstable(rank).1
            });
            let (low, high) = interval.unwrap();
            (low..=high).contains(&((truth * 1e6) as i64))
        });
        coverage.is_at_least_nominal(0.03);
    }
}

/// A row; only its rollout time matters.
fn row(seconds: f64) -> Row {
    let mut fake = crate::support::Fake { replicas: 2, has_rollout: true, stuck_one_in: 0, grid_points: 0 };
    Row::from(&fake.run(1, 0)).with(known::ROLLOUT_TIME, time(seconds))
}

/// Runs until the interval of the median is narrow, looking as the rule says.
fn stopped_interval(stream: &mut Stream) -> Bounds<Elapsed> {
    let aim =
        Aim { question: Question::aimed("rolloutTime:p50").unwrap(), half_width: HalfWidth::Percent(12.0) };
    let (mut monitor, mut runs) = (Monitor::new(aim), 0);
    for look in looks(MISS) {
        (runs..look.runs).for_each(|_| monitor.add(&row(100.0 * exponential(stream))));
        runs = look.runs;
        let stopping = monitor.look(look);
        if stopping.is_reached {
            let Seen::Quantile { bounds, .. } = stopping.seen else { panic!("not a quantile") };
            return bounds;
        }
    }
    unreachable!("some interval is narrow enough")
}

#[test]
fn the_interval_at_which_one_stops_covers() {
    let truth = Elapsed::Within(time(100.0 * 2.0_f64.ln()));
    let coverage = Coverage::count("stopping", 300, |stream| covers(&stopped_interval(stream), &truth));
    coverage.is_at_least_nominal(0.05);
}

/// Looking after every ten runs, until the ordinary 95% interval no longer holds a wrong value: what the
/// rule for looks exists to prevent.
#[test]
fn naive_peeking_would_be_wrong_far_too_often() {
    let truth = Elapsed::Within(time(100.0 * 2.0_f64.ln()));
    let ever_misses = |stream: &mut Stream, looks: &[(u64, Miss)]| {
        let values: Vec<f64> = (0..looks[looks.len() - 1].0).map(|_| 100.0 * exponential(stream)).collect();
        looks.iter().any(|&(runs, miss)| {
            let sample =
                Sample::new(values[..runs as usize].iter().map(|&value| Elapsed::Within(time(value))));
            !covers(&sample.quantile_bounds_at(Level::P50, miss), &truth)
        })
    };
    let naive: Vec<(u64, Miss)> = (10..=100).map(|k| (10 * k, MISS)).collect();
    let ruled: Vec<(u64, Miss)> = looks(MISS).take(7).map(|look| (look.runs, look.miss)).collect();
    let misses = |looks: &[(u64, Miss)]| {
        1.0 - Coverage::count("peeking", 150, |stream| !ever_misses(stream, looks)).share()
    };
    let (naive, ruled) = (misses(&naive), misses(&ruled));
    assert!(naive > 0.15 && ruled < 0.05, "naive {naive}, with the rule {ruled}");
}
