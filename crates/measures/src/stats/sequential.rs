//! Sequential stopping without the bias of repeated looks.

use super::Miss;

/// One look at the runs that are complete.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Look {
    /// The number of runs before the look.
    pub runs: u64,
    /// The miss of the interval of this look.
    pub miss: Miss,
}

/// Runs before the first look.
const FIRST_LOOK: u64 = 100;

/// The looks at a batch that continues until an interval is narrow enough: after 100, 150, 225 ... runs, each 50%
/// more. Look k has the share 1/(k·(k+1)) of `miss`; these shares add up to the whole.
///
/// So all looks together miss with at most `miss`, however many they are. The interval at which the batch stops
/// holds with the stated confidence for every stopping rule, and independently of the cap on the runs. Ordinary
/// intervals after each chunk would instead stop where chance has made an interval narrow or has shifted it. The
/// cost is a wider interval: at the tenth look 3.5 standard errors instead of
/// 1.96. The intervals themselves must hold for a fixed number of runs (order statistics for quantiles,
/// Clopper and Pearson's for shares).
///
/// Sources: the union bound over a geometric schedule follows V. Mnih, C. Szepesvári and J.-Y. Audibert,
/// *Empirical Bernstein Stopping*, ICML 2008, and S. R. Howard, A. Ramdas, J. `McAuliffe` and J. Sekhon,
/// *Time-Uniform, Nonparametric, Nonasymptotic Confidence Sequences*, Annals of Statistics 49, 2021;
/// spending a probability over looks is from K. K. G. Lan and D. L. `DeMets`, *Discrete Sequential Boundaries
/// for Clinical Trials*, Biometrika 70, 1983.
pub fn looks(miss: Miss) -> impl Iterator<Item = Look> {
    let grow = |runs: &u64| runs.checked_add(runs.div_ceil(2));
    let schedule = std::iter::successors(Some(FIRST_LOOK), grow).zip(1_u32..);
    schedule.map(move |(runs, k)| {
        let k = f64::from(k);
        Look { runs, miss: miss.share(k * (k + 1.0)) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_grow_by_half() {
        let runs: Vec<u64> = looks(Miss::ONE_IN_TWENTY).take(6).map(|look| look.runs).collect();
        assert_eq!(runs, [100, 150, 225, 338, 507, 761]);
    }

    #[test]
    fn all_looks_together_miss_no_more_than_one_interval() {
        let spent: f64 = looks(Miss::ONE_IN_TWENTY).map(|look| look.miss.probability()).sum();
        assert!(spent < 0.05 && spent > 0.049, "{spent}");
    }
}
