//! The cells of a sweep.

use super::SweepError;
use super::range::FactorRange;
use scenario::{Assignment, Factor};
use simulator::engine::Streams;

/// The factors of a sweep.
#[derive(Debug, Clone)]
pub struct Factors(pub Vec<Factor>);

/// One variant: a value for each path.
#[derive(Debug, Clone)]
pub struct SweepCell {
    /// The values, in the order of the paths; `None` keeps the value of the files.
    pub assignments: Vec<Option<Assignment>>,
}

impl SweepCell {
    /// The value of factor number `index`, as written; empty if the cell keeps the value of the files.
    pub fn value(&self, index: usize) -> &str {
        self.assignments.get(index).and_then(Option::as_ref).map_or("", |assignment| assignment.value())
    }
}

/// All variants of a sweep.
#[derive(Debug, Clone)]
pub struct Design {
    /// The paths that vary.
    pub paths: Vec<String>,
    /// The variants, in order.
    pub cells: Vec<SweepCell>,
}

impl Design {
    /// Every combination of values; the last factor changes fastest.
    pub fn grid(factors: &Factors) -> Self {
        let mut cells = vec![SweepCell { assignments: Vec::new() }];
        for factor in &factors.0 {
            let with = |cell: &SweepCell, index| {
                let mut assignments = cell.assignments.clone();
                assignments.push(Some(factor.assignment(index)));
                SweepCell { assignments }
            };
            cells = cells.iter().flat_map(|cell| (0..factor.len()).map(move |i| with(cell, i))).collect();
        }
        Self { paths: factors.paths(), cells }
    }

    /// How many cells a grid would have.
    pub fn grid_size(factors: &Factors) -> usize {
        factors.0.iter().fold(1, |size, factor| size.saturating_mul(factor.len()))
    }

    /// A Latin hypercube of `count` cells: the range of every factor is cut into `count` strata of equal size, and
    /// each stratum is visited once (`McKay`, Beckman and Conover 1979). A factor with a list of values takes its
    /// values in turn.
    ///
    /// # Errors
    /// A factor with one value that is not a range.
    pub fn latin_hypercube(factors: &Factors, count: usize, seed: u64) -> Result<Self, SweepError> {
        let columns: Vec<Vec<Assignment>> =
            factors.0.iter().map(|factor| column(factor, count, seed)).collect::<Result<_, _>>()?;
        let cell = |index: usize| SweepCell {
            assignments: columns.iter().map(|column| Some(column[index].clone())).collect(),
        };
        Ok(Self { paths: factors.paths(), cells: (0..count).map(cell).collect() })
    }

    /// The cells of a table: a header row of paths, and a row of values per cell. An empty field keeps the value of
    /// the files. There are at most `most` cells.
    ///
    /// # Errors
    /// The table is not valid.
    pub fn list(table: &str, most: usize) -> Result<Self, SweepError> {
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(table.as_bytes());
        let paths: Vec<String> = reader.headers()?.iter().map(str::to_owned).collect();
        let mut cells = Vec::new();
        for record in reader.records() {
            let record = record?;
            if cells.len() == most {
                return Err(SweepError::TooManyCells { most });
            }
            let assignment = |(path, value): (&String, &str)| match value {
                "" => Ok(None),
                value => Assignment::parse(&format!("{path}={value}")).map(Some),
            };
            let assignments: Result<_, _> = paths.iter().zip(&record).map(assignment).collect();
            cells.push(SweepCell { assignments: assignments.map_err(SweepError::Assignment)? });
        }
        Ok(Self { paths, cells })
    }
}

impl Factors {
    fn paths(&self) -> Vec<String> {
        self.0.iter().map(|factor| factor.path().to_owned()).collect()
    }
}

/// The values of one factor in a Latin hypercube: one from each stratum, in random order.
fn column(factor: &Factor, count: usize, seed: u64) -> Result<Vec<Assignment>, SweepError> {
    let mut stream = Streams::new(seed, 0).running(&format!("latin hypercube/{}", factor.path()));
    let mut strata: Vec<usize> = (0..count).collect();
    for last in (1..count).rev() {
        strata.swap(last, stream.below(last + 1));
    }
    let values: Vec<&str> = factor.values().collect();
    if values.len() > 1 {
        return Ok(strata.iter().map(|&stratum| factor.assignment(stratum * values.len() / count)).collect());
    }
    let Some(range) = values.first().and_then(|value| FactorRange::parse(value)) else {
        return Err(SweepError::NotARange { path: factor.path().to_owned() });
    };
    let value = |&stratum: &usize| {
        let at = (stratum as f64 + stream.uniform()) / count as f64;
        Assignment::parse(&format!("{}={}", factor.path(), range.value(at))).map_err(SweepError::Assignment)
    };
    strata.iter().map(value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn factors(arguments: &[&str]) -> Factors {
        Factors(arguments.iter().map(|text| Factor::parse(text).unwrap()).collect())
    }

    fn values(design: &Design) -> Vec<Vec<String>> {
        let value = |assignment: &Option<Assignment>| match assignment {
            Some(assignment) => assignment.value().to_owned(),
            None => "-".to_owned(),
        };
        design.cells.iter().map(|cell| cell.assignments.iter().map(value).collect()).collect()
    }

    #[test]
    fn a_grid_has_every_combination() {
        let factors = factors(&["deployment.spec.replicas=1,2", "scenario.spec.cluster.nodes=3,4,5"]);
        let grid = values(&Design::grid(&factors));
        assert_eq!(grid.len(), Design::grid_size(&factors));
        assert_eq!(grid[0], ["1", "3"]);
        assert_eq!(grid[1], ["1", "4"]);
        assert_eq!(grid[5], ["2", "5"]);
    }

    #[test]
    fn a_latin_hypercube_visits_every_stratum_of_every_factor_once() {
        let factors = factors(&["deployment.spec.replicas=1..10", "scenario.spec.cluster.nodes=3,4"]);
        let design = values(&Design::latin_hypercube(&factors, 10, 1).unwrap());
        let mut replicas: Vec<u32> = design.iter().map(|cell| cell[0].parse().unwrap()).collect();
        assert!(!replicas.is_sorted(), "in random order");
        replicas.sort_unstable();
        assert_eq!(replicas, (1..=10).collect::<Vec<_>>());
        assert_eq!(design.iter().filter(|cell| cell[1] == "3").count(), 5);
        let refused = Design::latin_hypercube(&self::factors(&["deployment.spec.replicas=3"]), 4, 1);
        assert!(refused.unwrap_err().to_string().contains("needs a range"));
    }

    #[test]
    fn a_list_has_a_row_for_each_cell() {
        let table =
            "deployment.spec.replicas,scenario.spec.images.default.pull\n3,\"{uniform: [1s, 2s]}\"\n5,\n";
        let design = Design::list(table, 2).unwrap();
        assert_eq!(values(&design), [["3", "{uniform: [1s, 2s]}"], ["5", "-"]]);
        assert!(Design::list("a,b\n1\n", 2).is_err());
        assert!(Design::list(table, 1).unwrap_err().to_string().contains("more than 1 cells"));
    }
}
