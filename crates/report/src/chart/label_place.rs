//! Finds a place for a label inside an area. All numbers are pixels; y grows downwards.

/// A piece of an area, with the lines that cross it.
pub(crate) struct Piece {
    /// Left and right edge.
    pub x: (i32, i32),
    /// Upper and lower edge.
    pub y: (i32, i32),
    /// Lowest and highest y of each line here; the same lines in the same order in all pieces.
    pub lines: Vec<(i32, i32)>,
}

/// Distance of a label from lines.
const CLEAR: i32 = 7;
/// Distance between two tried places.
const STRIDE: usize = 12;

/// The upper left corner of the place with the most space for a label of this width and height, or of a place with
/// enough. `pieces` are ordered from left to right. `None` if the label would touch an edge, a line, or the vertical
/// line at `barrier` everywhere.
pub(crate) fn label_place(pieces: &[Piece], size: (i32, i32), barrier: Option<i32>) -> Option<(i32, i32)> {
    let (width, height) = size;
    let (first, last) = (pieces.first()?.x.0 + CLEAR, pieces.last()?.x.1 - CLEAR);
    let is_free = |left: i32| barrier.is_none_or(|x| x + CLEAR < left || x - CLEAR > left + width);
    let lefts = (first..=last - width).step_by(STRIDE).filter(|&left| is_free(left));
    let gaps = lefts.map(|left| (left, widest_gap(pieces, left, left + width)));
    // More space than this is no improvement: among such places the middle one is chosen.
    let plenty = |(top, bottom): (i32, i32)| (bottom - top).min(2 * height);
    let gaps: Vec<(i32, (i32, i32))> = gaps.filter(|&(_, gap)| plenty(gap) >= height).collect();
    let most = gaps.iter().map(|&(_, gap)| plenty(gap)).max()?;
    let best: Vec<_> = gaps.into_iter().filter(|&(_, gap)| plenty(gap) == most).collect();
    let (left, (top, bottom)) = best[best.len() / 2];
    Some((left, top.midpoint(bottom) - height / 2))
}

/// The largest free interval of y between two x coordinates.
fn widest_gap(pieces: &[Piece], left: i32, right: i32) -> (i32, i32) {
    let is_near = |piece: &&Piece| piece.x.0 < right + CLEAR && piece.x.1 > left - CLEAR;
    let seen: Vec<&Piece> = pieces.iter().filter(is_near).collect();
    let top = seen.iter().map(|piece| piece.y.0).max().unwrap_or_default() + CLEAR;
    let bottom = seen.iter().map(|piece| piece.y.1).min().unwrap_or_default() - CLEAR;
    let mut taken: Vec<(i32, i32)> = (0..seen.first().map_or(0, |piece| piece.lines.len()))
        .map(|line| {
            let ys = || seen.iter().map(|piece| piece.lines[line]);
            let (top, bottom) = (ys().map(|y| y.0).min(), ys().map(|y| y.1).max());
            (top.unwrap_or_default() - CLEAR, bottom.unwrap_or_default() + CLEAR)
        })
        .collect();
    taken.push((bottom, bottom));
    taken.sort_unstable();
    let (mut free_from, mut widest) = (top, (top, top));
    for (from, to) in taken {
        let gap = (free_from, from.min(bottom));
        if gap.1 - gap.0 > widest.1 - widest.0 {
            widest = gap;
        }
        free_from = free_from.max(to);
    }
    widest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(x: (i32, i32), y: (i32, i32), line: i32) -> Piece {
        Piece { x, y, lines: vec![(line, line)] }
    }

    #[test]
    fn a_label_keeps_clear_of_edges_lines_and_barriers() {
        let pieces = [piece((0, 400), (100, 300), 180), piece((400, 500), (290, 300), 0)];
        let (left, top) = label_place(&pieces, (100, 30), None).unwrap();
        assert!(left >= CLEAR && left + 100 <= 400, "not in the low piece: {left}");
        assert!(
            top >= 180 + CLEAR && top + 30 <= 300 - CLEAR,
            "below the line, where there is more room: {top}"
        );
        let barrier = left + 50;
        let (left, _) = label_place(&pieces, (100, 30), Some(barrier)).unwrap();
        assert!(left + 100 + CLEAR < barrier || left - CLEAR > barrier, "{left} is at {barrier}");
    }

    #[test]
    fn a_label_that_does_not_fit_is_left_out() {
        assert_eq!(label_place(&[piece((0, 90), (0, 300), 0)], (100, 30), None), None, "too narrow");
        assert_eq!(
            label_place(&[piece((0, 900), (100, 150), 125)], (100, 30), None),
            None,
            "a line runs through"
        );
        assert_eq!(label_place(&[], (100, 30), None), None);
    }
}
