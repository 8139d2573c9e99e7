//! Evaluates the objectives of a scenario on confidence intervals.

use crate::results::{EvaluatedObjective, ObjectiveVerdict};
use measures::stats::{
    Bounds, Level, Miss, Proportion, Sample, SampleBuilder, clopper_pearson, runs_to_decide,
};
use measures::units::{count, percent, runs};
use measures::{Elapsed, Measure, Milli, Range, Row, known};
use scenario::{self, ReplicaSetRef, RequiredShare, RunEvent, Since};

/// Evaluates one objective on all rows of a batch observed up to `horizon`.
pub fn evaluate(objective: &scenario::Objective, rows: &[Row], horizon: Milli) -> EvaluatedObjective {
    let mut tally = ObjectiveTally::new(objective);
    for row in rows {
        tally.add(row, horizon);
    }
    tally.finish(horizon)
}

/// Takes in the rows of a batch in order of run and evaluates its objectives at the end. Memory does not grow
/// with the number of runs beyond the size of a [`Sample`].
#[derive(Debug, Default)]
pub struct ObjectiveCollector<'a> {
    horizon: Milli,
    tallies: Vec<ObjectiveTally<'a>>,
}

/// The rows of one objective.
#[derive(Debug)]
struct ObjectiveTally<'a> {
    objective: &'a scenario::Objective,
    /// Rows taken in.
    runs_seen: u64,
    hits: Proportion,
    /// The smallest and the largest value of a number with bounds per run.
    extremes: Option<(Elapsed, Elapsed)>,
    /// The values of a number with a bound on a quantile.
    numbers: SampleBuilder<Elapsed>,
}

impl<'a> ObjectiveCollector<'a> {
    /// For a batch observed up to `horizon`.
    pub fn new(objectives: &'a [scenario::Objective], horizon: Milli) -> Self {
        Self { horizon, tallies: objectives.iter().map(ObjectiveTally::new).collect() }
    }

    /// Takes in the next run.
    pub fn add(&mut self, row: &Row) {
        for tally in &mut self.tallies {
            tally.add(row, self.horizon);
        }
    }

    /// Evaluates all objectives, in their order.
    pub fn finish(self) -> Vec<EvaluatedObjective> {
        self.tallies.into_iter().map(|tally| tally.finish(self.horizon)).collect()
    }
}

impl<'a> ObjectiveTally<'a> {
    fn new(objective: &'a scenario::Objective) -> Self {
        let hits = Proportion { hits: 0, of: 0 };
        Self { objective, runs_seen: 0, hits, extremes: None, numbers: SampleBuilder::default() }
    }

    fn add(&mut self, row: &Row, horizon: Milli) {
        self.runs_seen += 1;
        match self.objective {
            scenario::Objective::Share { event, .. } => {
                self.hits.of += 1;
                self.hits.hits += u64::from(is_true(event, row, horizon));
                let RunEvent::Within { measure, .. } = event else { return };
                if let Some(value) = measure.of(row) {
                    let (least, most) = self.extremes.unwrap_or((value, value));
                    self.extremes = Some((least.min(value), most.max(value)));
                }
            }
            scenario::Objective::Quantile { measure, .. } => {
                measure.of(row).into_iter().for_each(|value| self.numbers.push(value));
            }
        }
    }

    fn finish(self, horizon: Milli) -> EvaluatedObjective {
        let (verdict, seen, decided_after) = match self.objective {
            scenario::Objective::Share { event, share } => {
                let (verdict, seen) = evaluate_share(self.hits, *share);
                let seen = seen + &extremes(event, self.extremes, horizon);
                (verdict, seen, share_decided_after(self.hits, *share))
            }
            scenario::Objective::Quantile { measure, range, level } => {
                let sample = self.numbers.finish();
                let (verdict, seen) = evaluate_quantile(measure, &sample, *range, *level, horizon);
                (verdict, seen, quantile_decided_after(&sample, *range, *level, horizon))
            }
        };
        let runs_seen = self.runs_seen;
        let more = decided_after.map(|runs| two_digits(runs.saturating_sub(runs_seen).max(1)));
        let more_runs = more.filter(|_| verdict == ObjectiveVerdict::Undecided);
        EvaluatedObjective { text: self.objective.to_string(), seen, verdict, more_runs }
    }
}

/// Whether an event is true for a run observed up to the horizon.
pub fn is_true(event: &RunEvent, row: &Row, horizon: Milli) -> bool {
    match event {
        RunEvent::Outcome(outcomes) => outcomes.contains(&row.outcome),
        RunEvent::DeadlineFired => row.deadline_fired(),
        RunEvent::RolledBack => row.count(known::ROLLED_BACK) > 0,
        RunEvent::Within { measure, range } => {
            measure.of(row).is_some_and(|value| range.holds(value, horizon))
        }
        RunEvent::RolloutStatus { since, exit_code } => {
            let has_rollout = row.elapsed().is_some();
            let exit = row.get(rollout_status_exit(*since));
            has_rollout && exit_code.map(|code| Milli::from_whole(code.into())) == exit
        }
        RunEvent::Scaling { replica_set, from, to } => row.resizes.iter().any(|resize| {
            let is_meant = match replica_set {
                ReplicaSetRef::Old => !resize.is_new,
                ReplicaSetRef::New => resize.is_new,
                ReplicaSetRef::Revision(revision) => resize.revision == *revision,
            };
            is_meant && from.is_none_or(|from| from == resize.from) && to.is_none_or(|to| to == resize.to)
        }),
    }
}

const fn rollout_status_exit(since: Since) -> &'static Measure {
    match since {
        Since::FirstChange => known::ROLLOUT_STATUS_EXIT,
        Since::LastChange => known::ROLLOUT_STATUS_EXIT_LAST,
    }
}

/// Evaluates the share of runs in which an event is true.
fn evaluate_share(hits: Proportion, share: RequiredShare) -> (ObjectiveVerdict, String) {
    let verdict = share_verdict(hits, share);
    let of = format!("{} of {}", count(hits.hits), runs(hits.of));
    let seen = match share {
        RequiredShare::Every | RequiredShare::None => of,
        RequiredShare::AtLeast(_) | RequiredShare::AtMost(_) => {
            let (low, high) = hits.interval();
            format!("{of}, {} to {}", percent(low), percent(high))
        }
    };
    (verdict, seen)
}

/// The verdict on a demand on a probability: both the Wilson interval that reports show and the exact one-sided limit
/// with a miss of 5% must lie on one side of the bound.
///
/// The Wilson interval has its confidence on average over all probabilities, but not near 0 and 1: alone it calls
/// "at least 99.9%" missed after one exception in 176 runs, which occurs in 16 of 100 batches that meet the bound. With
/// the limit of Clopper and Pearson each wrong verdict has a probability of at most 5%, for every bound and number
/// of runs.
fn share_verdict(hits: Proportion, share: RequiredShare) -> ObjectiveVerdict {
    let decided = |met: bool| if met { ObjectiveVerdict::Met } else { ObjectiveVerdict::Missed };
    let both_tails = Miss::new(2.0 * Miss::ONE_IN_TWENTY.probability());
    let exact = || clopper_pearson(hits.hits, hits.of, both_tails);
    let (low, high) = hits.interval();
    match share {
        RequiredShare::Every => decided(hits.hits == hits.of),
        RequiredShare::None => decided(hits.hits == 0),
        RequiredShare::AtLeast(bound) => {
            between(low >= bound && exact().0 >= bound, high < bound && exact().1 < bound)
        }
        RequiredShare::AtMost(bound) => {
            between(high <= bound && exact().1 <= bound, low > bound && exact().0 > bound)
        }
    }
}

/// The smallest and the largest value of the number, which show how close the bound was.
fn extremes(event: &RunEvent, extremes: Option<(Elapsed, Elapsed)>, horizon: Milli) -> String {
    let RunEvent::Within { measure, .. } = event else { return String::new() };
    match extremes {
        Some((least, most)) if least == most => format!("; always {}", measure.show(least, horizon)),
        Some((least, most)) => {
            format!("; from {} to {}", measure.show(least, horizon), measure.show(most, horizon))
        }
        None => "; no run has it".to_owned(),
    }
}

/// Evaluates a quantile over the runs that have the number.
fn evaluate_quantile(
    measure: &Measure,
    sample: &Sample<Elapsed>,
    range: Range,
    level: Level,
    horizon: Milli,
) -> (ObjectiveVerdict, String) {
    let Some(value) = sample.quantile(level) else {
        return (ObjectiveVerdict::Undecided, "no run has it".to_owned());
    };
    let Bounds { low, high } = sample.quantile_bounds(level);
    let low_is_met = range.low.is_none() || low.is_some_and(|low| range.low_holds(low, horizon));
    let high_is_met = range.high.is_none() || high.is_some_and(|high| range.high_holds(high));
    let is_too_large = low.is_some_and(|low| range.is_below(low, horizon));
    let is_too_small = high.is_some_and(|high| range.is_above(high));
    let verdict = between(low_is_met && high_is_met, is_too_large || is_too_small);
    let end = |end: Option<Elapsed>| end.map_or("unknown".into(), |end| measure.show(end, horizon));
    let seen = format!("{level} {}, {} to {}", measure.show(value, horizon), end(low), end(high));
    (verdict, seen)
}

/// The total number of runs after which the verdict is decided if the share stays the same: by the interval
/// shown, or by the exact limit if that needs more.
fn share_decided_after(hits: Proportion, share: RequiredShare) -> Option<u64> {
    let bound = match share {
        RequiredShare::Every | RequiredShare::None => return None,
        RequiredShare::AtLeast(bound) | RequiredShare::AtMost(bound) => bound,
    };
    let of = |runs: u64| Proportion { hits: (hits.share() * runs as f64).round() as u64, of: runs };
    let grow = |runs: &u64| runs.checked_add(runs / 50 + 1);
    let mut tried = std::iter::successors(runs_to_decide(hits.share(), bound), grow).take(200);
    tried.find(|&runs| share_verdict(of(runs), share) != ObjectiveVerdict::Undecided)
}

/// The same for a quantile: each end of the range is decided by the share of values on its good side. Every
/// end must be met; one missed end is enough for a miss.
fn quantile_decided_after(
    sample: &Sample<Elapsed>,
    range: Range,
    level: Level,
    horizon: Milli,
) -> Option<u64> {
    let counts = sample.counts();
    let share = |is_in: &dyn Fn(Elapsed) -> bool| {
        let hits = counts.iter().filter(|(value, _)| is_in(*value)).map(|(_, runs)| runs).sum();
        Proportion { hits, of: sample.len() as u64 }.share()
    };
    let level = level.fraction();
    let not_too_large = share(&|value| range.high_holds(value));
    let perhaps_not_too_large = share(&|value| !range.is_below(value, horizon));
    let perhaps_too_small = share(&|value| !range.low_holds(value, horizon));
    let too_small = share(&|value| range.is_above(value));
    let missed = [
        (perhaps_not_too_large < level).then_some(perhaps_not_too_large),
        (too_small > level).then_some(too_small),
    ];
    let missed = missed.into_iter().flatten().filter_map(|share| runs_to_decide(share, level)).min();
    let is_good = not_too_large > level && perhaps_too_small < level;
    let ends = [not_too_large, perhaps_too_small].map(|share| runs_to_decide(share, level));
    let met = if is_good { ends[0].max(ends[1]).filter(|_| !ends.contains(&None)) } else { None };
    missed.or(met)
}

/// Rounds up to two significant digits: the forecast is not more precise.
fn two_digits(runs: u64) -> u64 {
    let unit = 10_u64.pow(runs.max(1).ilog10().saturating_sub(1));
    runs.div_ceil(unit) * unit
}

fn between(is_met: bool, is_missed: bool) -> ObjectiveVerdict {
    match (is_met, is_missed) {
        (true, _) => ObjectiveVerdict::Met,
        (false, true) => ObjectiveVerdict::Missed,
        (false, false) => ObjectiveVerdict::Undecided,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Elapsed::{BeyondHorizon, Within};
    use measures::{Register, Resize};
    use simulator::record::Outcome;

    fn verdict(hits: u64, of: u64, share: RequiredShare) -> ObjectiveVerdict {
        evaluate_share(Proportion { hits, of }, share).0
    }

    #[test]
    fn shares_are_evaluated_on_the_interval() {
        assert_eq!(verdict(1000, 1000, RequiredShare::AtLeast(0.99)), ObjectiveVerdict::Met);
        assert_eq!(verdict(995, 1000, RequiredShare::AtLeast(0.99)), ObjectiveVerdict::Undecided);
        assert_eq!(verdict(900, 1000, RequiredShare::AtLeast(0.99)), ObjectiveVerdict::Missed);
        assert_eq!(verdict(0, 1000, RequiredShare::AtMost(0.01)), ObjectiveVerdict::Met);
        assert_eq!(verdict(0, 10, RequiredShare::AtMost(0.01)), ObjectiveVerdict::Undecided);
        assert_eq!(verdict(100, 1000, RequiredShare::AtMost(0.01)), ObjectiveVerdict::Missed);
    }

    /// The probability of a verdict if each run succeeds with probability `p`, summed over all numbers of successes.
    fn probability_of(wanted: ObjectiveVerdict, of: u64, p: f64, share: RequiredShare) -> f64 {
        use statrs::distribution::{Binomial, Discrete};
        let law = Binomial::new(p, of).unwrap();
        (0..=of).filter(|&hits| verdict(hits, of, share) == wanted).map(|hits| law.pmf(hits)).sum()
    }

    /// Exact, without draws. A batch whose probability equals its bound is called missed in at most 5%, and a batch
    /// just below it is called met in at most 5%; farther from the bound both are rarer.
    #[test]
    fn either_wrong_verdict_has_a_probability_of_5_percent_at_most() {
        let bounds = [0.001, 0.01, 0.05, 0.2, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999];
        for bound in bounds {
            for of in [1, 5, 20, 50, 100, 176, 200, 299, 500, 1000] {
                for share in [RequiredShare::AtLeast(bound), RequiredShare::AtMost(bound)] {
                    for wrong in [ObjectiveVerdict::Met, ObjectiveVerdict::Missed] {
                        let error = probability_of(wrong, of, bound, share);
                        assert!(error <= 0.05 + 1e-9, "{wrong:?} at {bound} of {of}: {error}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_verdict_is_still_found() {
        for (share, p, of, wanted) in [
            (RequiredShare::AtLeast(0.99), 0.9, 200, ObjectiveVerdict::Missed),
            (RequiredShare::AtLeast(0.99), 0.9999, 500, ObjectiveVerdict::Met),
            (RequiredShare::AtMost(0.01), 0.08, 200, ObjectiveVerdict::Missed),
            (RequiredShare::AtLeast(0.5), 0.6, 500, ObjectiveVerdict::Met),
        ] {
            let found = probability_of(wanted, of, p, share);
            assert!(found > 0.9, "{wanted:?} of {of} at {p}: {found}");
        }
    }

    #[test]
    fn what_the_exact_limit_leaves_open_says_how_many_more_runs_it_takes() {
        let of_176 = Proportion { hits: 175, of: 176 };
        assert_eq!(verdict(175, 176, RequiredShare::AtLeast(0.999)), ObjectiveVerdict::Undecided);
        let runs = share_decided_after(of_176, RequiredShare::AtLeast(0.999)).unwrap();
        assert!(runs > 176 && runs < 2000, "{runs}");
    }

    #[test]
    fn every_and_none_are_about_the_batch_itself() {
        assert_eq!(verdict(10, 10, RequiredShare::Every), ObjectiveVerdict::Met);
        assert_eq!(verdict(9, 10, RequiredShare::Every), ObjectiveVerdict::Missed);
        assert_eq!(verdict(0, 10, RequiredShare::None), ObjectiveVerdict::Met);
        assert_eq!(verdict(1, 10, RequiredShare::None), ObjectiveVerdict::Missed);
    }

    #[test]
    fn what_was_seen_is_said() {
        let (_, seen) = evaluate_share(Proportion { hits: 995, of: 1000 }, RequiredShare::AtLeast(0.99));
        assert_eq!(seen, "995 of 1,000 runs, 98.8% to 99.8%");
    }

    fn measure(key: &str) -> &'static Measure {
        Register::standard().number(key).unwrap()
    }

    /// 100 rollouts that took 1 s, 2 s and so on; the last `stuck` never ended. Observed for 100 s.
    fn median(stuck: i64, low: Option<i64>, high: Option<i64>) -> (ObjectiveVerdict, String) {
        let time = |k| if k > 100 - stuck { BeyondHorizon } else { Within(Milli::from_whole(k)) };
        let range = Range { low: low.map(Milli::from_whole), high: high.map(Milli::from_whole) };
        let sample = Sample::new((1..=100).map(time));
        evaluate_quantile(measure("rolloutTime"), &sample, range, Level::P50, Milli::from_whole(100))
    }

    #[test]
    fn quantiles_are_evaluated_on_the_interval() {
        // The interval of the median is 40 s to 61 s.
        assert_eq!(median(0, None, Some(61)), (ObjectiveVerdict::Met, "p50 50s, 40s to 1m 1s".to_owned()));
        assert_eq!(median(0, None, Some(60)).0, ObjectiveVerdict::Undecided);
        assert_eq!(median(0, None, Some(39)).0, ObjectiveVerdict::Missed);
        assert_eq!(median(0, Some(40), None).0, ObjectiveVerdict::Met);
        assert_eq!(median(0, Some(41), None).0, ObjectiveVerdict::Undecided);
        assert_eq!(median(0, Some(62), None).0, ObjectiveVerdict::Missed);
        assert_eq!(median(0, Some(40), Some(61)).0, ObjectiveVerdict::Met);
        assert_eq!(median(0, Some(50), Some(61)).0, ObjectiveVerdict::Undecided);
        assert_eq!(median(0, Some(62), Some(90)).0, ObjectiveVerdict::Missed);
    }

    /// The batch repeated `times` times.
    fn repeated(times: i64, objective: &scenario::Objective) -> EvaluatedObjective {
        let mut jury = ObjectiveCollector::new(std::slice::from_ref(objective), Milli::from_whole(1800));
        for k in (0..times).flat_map(|_| 0..200) {
            let row = Row::example()
                .with(known::ROLLOUT_TIME, Milli::from_whole(k))
                .with(known::ROLLED_BACK, k % 20 == 0);
            jury.add(&row);
        }
        jury.finish().remove(0)
    }

    /// The number of further runs decides, and far fewer runs do not.
    #[test]
    fn undecided_says_how_many_more_runs_would_decide() {
        let range = |low: Option<i64>, high: Option<i64>| Range {
            low: low.map(Milli::from_whole),
            high: high.map(Milli::from_whole),
        };
        let quantile = |level, low, high| {
            let measure = measure("rolloutTime");
            scenario::Objective::Quantile { measure, range: range(low, high), level }
        };
        let share = |share| scenario::Objective::Share { event: RunEvent::RolledBack, share };
        for (objective, verdict) in [
            (share(RequiredShare::AtMost(0.06)), ObjectiveVerdict::Met),
            (share(RequiredShare::AtMost(0.045)), ObjectiveVerdict::Missed),
            (share(RequiredShare::AtLeast(0.044)), ObjectiveVerdict::Met),
            (quantile(Level::P50, None, Some(103)), ObjectiveVerdict::Met),
            (quantile(Level::P95, None, Some(187)), ObjectiveVerdict::Missed),
            (quantile(Level::P90, Some(178), None), ObjectiveVerdict::Met),
            (quantile(Level::P50, Some(95), Some(104)), ObjectiveVerdict::Met),
            (quantile(Level::P50, Some(102), Some(190)), ObjectiveVerdict::Missed),
        ] {
            let first = repeated(1, &objective);
            assert_eq!(first.verdict, ObjectiveVerdict::Undecided, "{}", first.text);
            let batches = 1 + (first.more_runs.unwrap() as i64 + 199) / 200;
            assert_eq!(repeated(batches + batches / 10 + 1, &objective).verdict, verdict, "{}", first.text);
            assert_eq!(
                repeated((batches * 8 / 10).max(1), &objective).verdict,
                ObjectiveVerdict::Undecided,
                "{}",
                first.text
            );
        }
        assert_eq!(repeated(1, &share(RequiredShare::AtMost(0.05))).more_runs, None, "it lies on the bound");
        assert_eq!(repeated(1, &share(RequiredShare::AtMost(0.5))).more_runs, None, "it is decided");
    }

    #[test]
    fn forecasts_are_rounded_up_to_two_digits() {
        assert_eq!([1, 9, 10, 99, 101, 1234, 99_001].map(two_digits), [1, 9, 10, 99, 110, 1300, 100_000]);
    }

    #[test]
    fn of_a_time_beyond_the_horizon_only_that_is_known() {
        assert_eq!(median(90, None, Some(100)).0, ObjectiveVerdict::Missed);
        assert_eq!(median(90, None, Some(101)).0, ObjectiveVerdict::Undecided);
        assert_eq!(median(90, Some(100), None).0, ObjectiveVerdict::Met);
        assert_eq!(median(90, Some(101), None).0, ObjectiveVerdict::Undecided);
    }

    fn seen(row: &Row, event: &RunEvent) -> bool {
        is_true(event, row, Milli::from_whole(1800))
    }

    #[test]
    fn scalings_are_found_by_replica_set_and_size() {
        let resize = |revision, is_new, from, to| Resize { revision, is_new, from, to };
        let row = Row { resizes: vec![resize(1, false, 8, 11), resize(2, true, 5, 7)], ..Row::example() };
        let scaling = |replica_set, from, to| seen(&row, &RunEvent::Scaling { replica_set, from, to });
        assert!(scaling(ReplicaSetRef::Old, Some(8), Some(11)));
        assert!(scaling(ReplicaSetRef::New, None, Some(7)));
        assert!(scaling(ReplicaSetRef::Revision(2), Some(5), None));
        assert!(!scaling(ReplicaSetRef::Old, Some(5), Some(7)));
        assert!(!scaling(ReplicaSetRef::New, Some(5), Some(8)));
        assert!(!scaling(ReplicaSetRef::Revision(3), None, Some(7)));
    }

    #[test]
    fn the_exit_code_belongs_to_the_change_it_was_watched_since() {
        let row = Row::example().with(known::ROLLOUT_STATUS_EXIT, 1).with(known::ROLLOUT_STATUS_EXIT_LAST, 0);
        let status = |row: &Row, since, exit_code| seen(row, &RunEvent::RolloutStatus { since, exit_code });
        assert!(status(&row, Since::FirstChange, Some(1)) && status(&row, Since::LastChange, Some(0)));
        assert!(!status(&row, Since::FirstChange, Some(0)) && !status(&row, Since::FirstChange, None));
        let waiting = row.with(known::ROLLOUT_STATUS_EXIT, None::<u8>);
        assert!(status(&waiting, Since::FirstChange, None));
        let idle = Row { outcome: Outcome::NoRollout, ..waiting };
        assert!(!status(&idle, Since::FirstChange, None), "no rollout began");
    }

    #[test]
    fn a_number_that_a_run_lacks_lies_nowhere() {
        let range = Range { low: Some(Milli::ZERO), high: None };
        let margin = RunEvent::Within { measure: measure("deadlineMargin"), range };
        let without = Row::example().with(known::DEADLINE_MARGIN, None::<Milli>);
        assert!(!seen(&without, &margin));
        assert!(seen(&Row::example().with(known::DEADLINE_MARGIN, Milli::ZERO), &margin));
        assert!(words(margin, &without).ends_with("; no run has it"));
    }

    #[test]
    fn a_deadline_that_never_fires_is_later_than_any() {
        let row = Row::example();
        let first =
            |low, high| RunEvent::Within { measure: measure("deadlineFirst"), range: Range { low, high } };
        let ten_minutes = Some(Milli::from_whole(600));
        assert!(seen(&row, &first(ten_minutes, None)));
        assert!(!seen(&row, &first(None, ten_minutes)));
        assert!(words(first(ten_minutes, None), &row).ends_with("; always > 30m"));
    }

    fn words(event: RunEvent, row: &Row) -> String {
        let objective = scenario::Objective::Share { event, share: RequiredShare::Every };
        evaluate(&objective, std::slice::from_ref(row), Milli::from_whole(1800)).seen
    }
}
