//! Numbers that hold until they change.

/// The corners of the staircase through `points`, up to `end`. Points that change nothing are left out,
/// so a quiet half hour costs two corners.
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

/// The outline between two staircases over the same time.
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
    fn a_staircase_has_a_corner_pair_per_change() {
        let corners = staircase([(0.0, 2.0), (1.0, 2.0), (2.0, 3.0), (3.0, 3.0), (9.0, 4.0)], 5.0);
        assert_eq!(corners, [(0.0, 2.0), (2.0, 2.0), (2.0, 3.0), (5.0, 3.0)]);
    }
}
