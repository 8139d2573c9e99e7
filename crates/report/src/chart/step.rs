//! Values that are constant between changes.

/// The corners of the step function through `points`, up to `end`. Points without a change are left out, so a
/// constant half hour has two corners.
pub(crate) fn staircase(points: impl IntoIterator<Item = (f64, f64)>, end: f64) -> Vec<(f64, f64)> {
    let mut corners: Vec<(f64, f64)> = Vec::new();
    for (at, value) in points {
        if at > end {
            break;
        }
        match corners.last() {
            Some(&(_, held)) if same(held, value) => continue,
            Some(&(_, held)) => corners.push((at, held)),
            None => {}
        }
        corners.push((at, value));
    }
    if let Some(&(at, held)) = corners.last()
        && at < end
    {
        corners.push((end, held));
    }
    corners
}

/// A step function for an axis of finite resolution.
pub(crate) struct Coarse {
    /// The step function, with at most one step per column of the chart.
    pub corners: Vec<(f64, f64)>,
    /// Changes within a column: a vertical line each.
    pub spikes: Vec<Vec<(f64, f64)>>,
}

/// Columns of a chart: finer steps are not distinguishable, and thick lines through them look broken.
const COLUMNS: f64 = 500.0;

/// The step function through `points`, up to `end`, with changes gathered by columns.
pub(crate) fn coarse(points: impl IntoIterator<Item = (f64, f64)>, end: f64) -> Coarse {
    let column = |at: f64| column_of(at, end);
    // Column, value at its end, lowest and highest value in it.
    let mut columns: Vec<(f64, f64, f64, f64)> = Vec::new();
    for (at, value) in points.into_iter().take_while(|&(at, _)| at <= end) {
        match columns.last_mut() {
            Some((current, held, low, high)) if same(*current, column(at)) => {
                (*held, *low, *high) = (value, low.min(value), high.max(value));
            }
            _ => columns.push((column(at), value, value, value)),
        }
    }
    let time = |column: f64| start_of(column, end);
    let mut spikes = Vec::new();
    let mut before = columns.first().map_or(0.0, |&(_, held, ..)| held);
    for &(column, held, low, high) in &columns {
        if low < held.min(before) || high > held.max(before) {
            spikes.push(vec![(time(column), low.min(before)), (time(column), high.max(before))]);
        }
        before = held;
    }
    let corners = staircase(columns.iter().map(|&(column, held, ..)| (time(column), held)), end);
    Coarse { corners, spikes }
}

/// The beginning of each column with a change, and the last value in it.
pub(crate) fn column_ends<T>(points: impl IntoIterator<Item = (f64, T)>, end: f64) -> Vec<(f64, T)> {
    let mut columns: Vec<(f64, T)> = Vec::new();
    for (at, value) in points.into_iter().take_while(|&(at, _)| at <= end) {
        let from = start_of(column_of(at, end), end);
        match columns.last_mut() {
            Some((current, last)) if same(*current, from) => *last = value,
            _ => columns.push((from, value)),
        }
    }
    columns
}

fn column_of(at: f64, end: f64) -> f64 {
    (at / end * COLUMNS).round()
}

fn start_of(column: f64, end: f64) -> f64 {
    column / COLUMNS * end
}

/// The outline between two step functions over the same time.
pub(crate) fn band(lower: &[(f64, f64)], upper: &[(f64, f64)]) -> Vec<(f64, f64)> {
    upper.iter().chain(lower.iter().rev()).copied().collect()
}

/// Both are small whole numbers.
fn same(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-9
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_and_goes_within_a_column_is_a_spike() {
        let seen = coarse([(0.0, 8.0), (250.0, 8.0), (250.1, 11.0), (250.2, 8.0), (400.0, 9.0)], 500.0);
        assert_eq!(seen.corners, [(0.0, 8.0), (400.0, 8.0), (400.0, 9.0), (500.0, 9.0)]);
        assert_eq!(seen.spikes, [vec![(250.0, 8.0), (250.0, 11.0)]]);
    }

    #[test]
    fn the_last_of_a_column_counts() {
        let seen = column_ends([(0.0, 'a'), (250.0, 'b'), (250.1, 'c'), (400.0, 'd'), (501.0, 'e')], 500.0);
        assert_eq!(seen, [(0.0, 'a'), (250.0, 'c'), (400.0, 'd')]);
    }

    #[test]
    fn a_staircase_has_a_corner_pair_per_change() {
        let corners = staircase([(0.0, 2.0), (1.0, 2.0), (2.0, 3.0), (3.0, 3.0), (9.0, 4.0)], 5.0);
        assert_eq!(corners, [(0.0, 2.0), (2.0, 2.0), (2.0, 3.0), (5.0, 3.0)]);
    }
}
