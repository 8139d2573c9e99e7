//! Whether objectives hold with a stated confidence.

use crate::objectives::is_true;
use measures::stats::{Miss, clopper_pearson};
use measures::{Elapsed, Milli, Row};
use scenario::{Objective, RequiredShare};

/// Whether all objectives hold for the distribution of these rows. The probability of a wrong "yes" is at most
/// `miss`.
///
/// A demand on a probability holds if the one-sided Clopper-Pearson limit of its share holds. A demand on a quantile
/// is a demand on a probability: "p95 at most 5m" means "at most 5m in at least 95% of the runs". A demand on every
/// run, or on no run, is about the batch itself. All must hold at once, and each is tested at the full miss
/// (an intersection-union test, R. L. Berger 1982).
pub fn holds(objectives: &[Objective], rows: &[Row], horizon: Milli, miss: Miss) -> bool {
    objectives.iter().all(|objective| match objective {
        Objective::Share { event, share } => {
            let hits = rows.iter().filter(|row| is_true(event, row, horizon)).count() as u64;
            share_holds(hits, rows.len() as u64, *share, miss)
        }
        Objective::Quantile { measure, range, level } => {
            let values: Vec<Elapsed> = rows.iter().filter_map(|row| measure.of(row)).collect();
            let of = values.len() as u64;
            let count =
                |is: &dyn Fn(Elapsed) -> bool| values.iter().filter(|&&value| is(value)).count() as u64;
            let not_too_large = count(&|value| range.high_holds(value));
            let too_small = of - count(&|value| range.low_holds(value, horizon));
            let high = range.high.is_none()
                || share_holds(not_too_large, of, RequiredShare::AtLeast(level.fraction()), miss);
            let low = range.low.is_none()
                || share_holds(too_small, of, RequiredShare::AtMost(level.fraction()), miss);
            of > 0 && low && high
        }
    })
}

fn share_holds(hits: u64, of: u64, share: RequiredShare, miss: Miss) -> bool {
    // Only one end is used, so it takes the miss of both tails.
    let (low, high) = clopper_pearson(hits, of, Miss::new(2.0 * miss.probability()));
    match share {
        RequiredShare::Every => hits == of,
        RequiredShare::None => hits == 0,
        RequiredShare::AtLeast(bound) => low >= bound,
        RequiredShare::AtMost(bound) => high <= bound,
    }
}

/// The fewest runs that can show that the objectives hold, if no run contradicts them: for a demand `p`, the
/// smallest number with `p^runs` at most the miss.
pub fn fewest_runs(objectives: &[Objective], miss: Miss) -> u64 {
    let needed = |probability: f64| {
        if probability <= 0.0 || probability >= 1.0 {
            return 1;
        }
        (libm::log(miss.probability()) / libm::log(probability)).ceil() as u64
    };
    let of_share = |share: &RequiredShare| match share {
        RequiredShare::Every | RequiredShare::None => 1,
        RequiredShare::AtLeast(bound) => needed(*bound),
        RequiredShare::AtMost(bound) => needed(1.0 - bound),
    };
    let of = |objective: &Objective| match objective {
        Objective::Share { share, .. } => of_share(share),
        Objective::Quantile { range, level, .. } => {
            let high = range.high.map_or(1, |_| needed(level.fraction()));
            high.max(range.low.map_or(1, |_| needed(1.0 - level.fraction())))
        }
    };
    objectives.iter().map(of).max().unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fewest_runs_are_just_enough() {
        let objective =
            Objective::Share { event: scenario::RunEvent::DeadlineFired, share: RequiredShare::AtMost(0.01) };
        let miss = Miss::new(0.05 / 12.0);
        let runs = fewest_runs(&[objective], miss);
        assert_eq!(runs, 546);
        assert!(share_holds(0, runs, RequiredShare::AtMost(0.01), miss));
        assert!(!share_holds(0, runs - 1, RequiredShare::AtMost(0.01), miss));
    }

    #[test]
    fn more_confidence_asks_for_more_runs() {
        // 0.99^298 = 0.0500, 0.99^299 = 0.0495: 299 successes in a row show 99% with 95% confidence.
        let all_of = |runs, miss| share_holds(runs, runs, RequiredShare::AtLeast(0.99), Miss::new(miss));
        assert!(!all_of(298, 0.05));
        assert!(all_of(299, 0.05));
        assert!(!all_of(299, 0.01));
        assert!(all_of(459, 0.01));
    }
}
