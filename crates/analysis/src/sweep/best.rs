//! The best cell that holds the objectives.

use super::Outcome;
use super::figures::Estimated;
use measures::stats::{Level, Miss, Sample, holm, quantile_test};
use measures::{Elapsed, Measure, Register};

/// Which way a measure is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Less.
    Down,
    /// More.
    Up,
}

/// What to make as small, or as large, as possible.
#[derive(Debug, Clone, Copy)]
pub struct Goal {
    /// The measure.
    pub measure: &'static Measure,
    /// Which way it is better.
    pub direction: Direction,
    /// The quantile over runs that counts.
    pub level: Level,
}

/// The best cell.
#[derive(Debug, Clone)]
pub struct Best {
    /// Its number.
    pub cell: usize,
    /// The goal's quantile there.
    pub value: Estimated,
    /// Cells of which the runs cannot tell that they are worse (paired sign test of the quantile on the
    /// same seeds, Holm's rule over all cells, 5%).
    pub as_good: Vec<usize>,
}

impl Goal {
    /// Reads `MEASURE` or `MEASURE:pNN`. Without a quantile it is the one that 95 of 100 runs stay on the
    /// good side of.
    ///
    /// # Errors
    /// What would have been right.
    pub fn parse(text: &str) -> Result<Self, String> {
        Self::of(Register::standard(), text)
    }

    /// The same among the measures of another register.
    ///
    /// # Errors
    /// What would have been right.
    pub fn of(register: &'static Register, text: &str) -> Result<Self, String> {
        let (key, level) = text.split_once(':').map_or((text, None), |(key, level)| (key, Some(level)));
        let measure = register.number(key).ok_or_else(|| {
            let keys: Vec<_> = register.numbers().map(|measure| measure.key).collect();
            format!("`{key}` is no measure; known: {}", keys.join(", "))
        })?;
        let up = measure.is_raised;
        let direction = if up { Direction::Up } else { Direction::Down };
        let level = match level {
            None if up => Level::per_mille(50),
            None => Level::P95,
            Some(level) => {
                let percent = level.strip_prefix('p').and_then(|number| number.parse::<f64>().ok());
                let percent = percent.filter(|percent| *percent > 0.0 && *percent < 100.0);
                Level::nearest(percent.ok_or("a quantile is written as in `rolloutTime:p95`")? / 100.0)
            }
        };
        Ok(Self { measure, direction, level })
    }

    /// The best of the cells that hold the objectives; `None` if there is none.
    pub fn best(&self, outcomes: &[Outcome]) -> Option<Best> {
        let candidate = |(index, outcome): (usize, &Outcome)| {
            let figures = outcome.result.as_ref().ok().filter(|figures| figures.holds)?;
            let sample = Sample::new(figures.goal.iter().copied().flatten());
            let value = sample.quantile(self.level)?;
            Some((index, Estimated { value, bounds: sample.quantile_bounds(self.level) }))
        };
        let candidates: Vec<(usize, Estimated)> = outcomes.iter().enumerate().filter_map(candidate).collect();
        let better = |one: Elapsed, other: Elapsed| match self.direction {
            Direction::Down => one < other,
            Direction::Up => one > other,
        };
        let &(cell, value) = candidates
            .iter()
            .reduce(|best, other| if better(other.1.value, best.1.value) { other } else { best })?;
        let others: Vec<usize> =
            candidates.iter().map(|(index, _)| *index).filter(|index| *index != cell).collect();
        let p_values: Vec<f64> =
            others.iter().map(|other| self.p_value(&outcomes[cell], &outcomes[*other])).collect();
        let told_apart = holm(&p_values);
        let as_good = others.iter().zip(told_apart);
        let as_good =
            as_good.filter(|(_, p)| *p > Miss::ONE_IN_TWENTY.probability()).map(|(&index, _)| index);
        Some(Best { cell, value, as_good: as_good.collect() })
    }

    fn p_value(&self, one: &Outcome, other: &Outcome) -> f64 {
        let (Ok(one), Ok(other)) = (&one.result, &other.result) else { return 1.0 };
        let pairs = one.goal.iter().zip(&other.goal);
        let pairs: Vec<(Elapsed, Elapsed)> =
            pairs.filter_map(|(one, other)| Some(((*one)?, (*other)?))).collect();
        let both = Sample::new(pairs.iter().flat_map(|(one, other)| [*one, *other]));
        both.quantile(self.level).map_or(1.0, |split| quantile_test(&pairs, &split))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goals_know_which_way_is_better() {
        let time = Goal::parse("rolloutTime").unwrap();
        assert_eq!((time.direction, time.level), (Direction::Down, Level::P95));
        let available = Goal::parse("availableMin").unwrap();
        assert_eq!((available.direction, available.level), (Direction::Up, Level::per_mille(50)));
        assert_eq!(Goal::parse("podsPeak:p50").unwrap().level, Level::P50);
        assert!(Goal::parse("speed").unwrap_err().contains("known: rolloutTime"));
        assert!(Goal::parse("podsPeak:50").is_err());
        assert!(Goal::parse("podsPeak:p100").is_err());
    }
}
