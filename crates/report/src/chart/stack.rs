//! Pods stacked by `ReplicaSet`, for an axis of finite resolution.

use super::palette;
use super::step::{band, column_ends, staircase};
use measures::Milli;
use measures::units::count;
use plotters::style::RGBColor;
use simulator::record::{ReplicaSetPoint, Timeline, TimelinePoint};

/// The oldest `ReplicaSet` at the bottom.
pub(crate) struct Stack<'a> {
    /// The beginning of each column with a change, in seconds, and the state at its end.
    pub columns: Vec<(f64, &'a TimelinePoint)>,
    /// From bottom to top.
    pub layers: Vec<Layer<'a>>,
    /// The end of the last column.
    pub end: f64,
}

/// A `ReplicaSet` that had pods at some time, or the earliest ones together if there are very many.
pub(crate) struct Layer<'a> {
    names: Vec<&'a str>,
    /// In order of time: a rollback gives an old `ReplicaSet` a new revision.
    revisions: Vec<i64>,
    /// Its colour, as in the report.
    pub color: RGBColor,
    /// Per column.
    pub slices: Vec<LayerSlice>,
}

/// A layer in one column, in pods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LayerSlice {
    /// Its lower edge: the pods of older `ReplicaSet`s.
    pub from: i32,
    /// The upper edge of its available pods.
    pub available: i32,
    /// Its upper edge.
    pub to: i32,
    /// `None` in a layer of several.
    pub revision: Option<i64>,
}

impl<'a> Stack<'a> {
    /// The stack up to `end` seconds.
    pub(crate) fn new(shown: &'a Timeline, end: f64) -> Self {
        let points = shown.points.iter().map(|point| (Milli::from(point.at).as_f64(), point));
        let columns = column_ends(points, end);
        let mut stack = Self { columns, layers: layers(shown), end };
        for &(_, point) in &stack.columns {
            let mut from = 0;
            for layer in &mut stack.layers {
                let slice = layer.slice(point, from);
                from = slice.to;
                layer.slices.push(slice);
            }
        }
        stack
    }

    /// The outlines of the areas between two levels, with the line along the upper one of each. Empty areas have no
    /// outline.
    pub(crate) fn outlines(&self, levels: &[(i32, i32)]) -> Vec<Outline> {
        let columns: Vec<(usize, bool)> = levels.iter().map(|(low, high)| low < high).enumerate().collect();
        let stretches = columns.chunk_by(|one, next| one.1 == next.1).filter(|stretch| stretch[0].1);
        let outline = |stretch: &[(usize, bool)]| {
            let (first, last) = (stretch[0].0, stretch[stretch.len() - 1].0);
            let until = self.until(last);
            let line = |level: fn(&(i32, i32)) -> i32| {
                let at = |index: usize| (self.columns[index].0, f64::from(level(&levels[index])));
                staircase((first..=last).map(at), until)
            };
            let upper = line(|&(_, high)| high);
            Outline { shape: band(&line(|&(low, _)| low), &upper), upper }
        };
        stretches.map(outline).collect()
    }

    /// The end of a column.
    pub(crate) fn until(&self, column: usize) -> f64 {
        self.columns.get(column + 1).map_or(self.end, |&(at, _)| at)
    }

    /// The areas where fewer pods exist than the `ReplicaSet`s want together, for more than a column: between the
    /// two numbers.
    pub(crate) fn lacking(&self) -> Vec<Outline> {
        let wanted = |point: &TimelinePoint| point.replica_sets.iter().map(|set| set.wanted).sum::<i32>();
        let top = |column: usize| self.layers.last().map_or(0, |layer| layer.slices[column].to);
        let points = self.columns.iter().enumerate();
        let levels: Vec<(i32, i32)> =
            points.map(|(column, (_, point))| (top(column), wanted(point))).collect();
        let mut lacking = self.outlines(&levels);
        lacking.retain(|outline| outline.seconds() > self.end / 100.0);
        lacking
    }
}

/// A shape and its upper edge.
#[derive(Debug, PartialEq)]
pub(crate) struct Outline {
    /// The whole outline.
    pub shape: Vec<(f64, f64)>,
    /// The upper edge, from left to right.
    pub upper: Vec<(f64, f64)>,
}

impl Outline {
    fn seconds(&self) -> f64 {
        self.upper.first().zip(self.upper.last()).map_or(0.0, |(first, last)| last.0 - first.0)
    }

    /// Its highest point.
    pub(crate) fn top(&self) -> f64 {
        self.upper.iter().map(|&(_, pods)| pods).fold(0.0, f64::max)
    }
}

impl Layer<'_> {
    /// For the legend: `web-64b9994cbc (revision 1, then 3)`. A `ReplicaSet` without a Deployment has no revision.
    pub(crate) fn title(&self) -> String {
        match self.names[..] {
            [name] if self.revisions == [0] => name.to_owned(),
            [name] => {
                let revisions: Vec<String> = self.revisions.iter().map(ToString::to_string).collect();
                format!("{name} (revision {})", revisions.join(", then "))
            }
            _ => format!("{} earlier ReplicaSets", count(self.names.len() as u64)),
        }
    }

    /// Short, for the area of one revision.
    pub(crate) fn label(&self, revision: i64) -> String {
        if revision == 0 { self.title() } else { format!("revision {revision}") }
    }

    fn slice(&self, point: &TimelinePoint, from: i32) -> LayerSlice {
        let sets = || point.replica_sets.iter().filter(|set| self.names.contains(&set.name.as_str()));
        let to = from + sets().map(|set| set.pods).sum::<i32>();
        let available = sets().map(|set| set.available.min(set.pods)).sum::<i32>();
        let revision = sets().next().map(|set| set.revision).filter(|_| self.names.len() == 1);
        LayerSlice { from, available: from + available, to, revision }
    }
}

/// A layer for each `ReplicaSet` with its own colour, the latest ones. The earlier ones are one grey layer at the
/// bottom.
fn layers(shown: &Timeline) -> Vec<Layer<'_>> {
    let mut layers: Vec<Layer<'_>> = Vec::new();
    let had_pods = |set: &&ReplicaSetPoint| set.pods > 0 || set.wanted > 0;
    for set in shown.points.iter().flat_map(|point| point.replica_sets.iter().filter(had_pods)) {
        match layers.iter_mut().find(|layer| layer.names == [set.name.as_str()]) {
            Some(known) if known.revisions.last() == Some(&set.revision) => {}
            Some(known) => known.revisions.push(set.revision),
            None => layers.push(Layer::of(&set.name, set.revision)),
        }
    }
    let surplus = layers.len().saturating_sub(palette::SERIES.len());
    let earlier: Vec<Layer<'_>> = layers.drain(..surplus).collect();
    for (layer, color) in layers.iter_mut().zip(palette::SERIES) {
        layer.color = color;
    }
    if surplus > 0 {
        let names = earlier.iter().flat_map(|layer| layer.names.iter().copied()).collect();
        let revisions = earlier.into_iter().flat_map(|layer| layer.revisions).collect();
        layers.insert(0, Layer { names, revisions, color: palette::GREY, slices: Vec::new() });
    }
    layers
}

impl<'a> Layer<'a> {
    fn of(name: &'a str, revision: i64) -> Self {
        Self { names: vec![name], revisions: vec![revision], color: palette::GREY, slices: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use simulator::Span;

    fn set(name: &str, revision: i64, wanted: i32, pods: i32, available: i32) -> ReplicaSetPoint {
        ReplicaSetPoint { name: name.to_owned(), revision, wanted, pods, available }
    }

    fn timeline(points: impl IntoIterator<Item = (i64, Vec<ReplicaSetPoint>)>) -> Timeline {
        let point = |(seconds, replica_sets)| TimelinePoint {
            at: Span::from_millis(seconds * 1000),
            available: 0,
            promised: 0,
            desired: 0,
            replica_sets,
        };
        Timeline { points: points.into_iter().map(point).collect() }
    }

    #[test]
    fn a_layer_stands_on_the_older_ones() {
        let shown = timeline([
            (0, vec![set("old", 1, 3, 3, 3)]),
            (10, vec![set("old", 1, 2, 2, 2), set("new", 2, 2, 1, 0)]),
            (20, vec![set("old", 1, 0, 0, 0), set("new", 2, 3, 3, 2)]),
        ]);
        let stack = Stack::new(&shown, 50.0);
        let [old, new] = &stack.layers[..] else { panic!("two layers") };
        let slice = |from, available, to, revision| LayerSlice { from, available, to, revision };
        assert_eq!(old.slices[1], slice(0, 2, 2, Some(1)));
        assert_eq!(new.slices, [slice(3, 3, 3, None), slice(2, 2, 3, Some(2)), slice(0, 2, 3, Some(2))]);
        let [lacking] = &stack.lacking()[..] else { panic!("one pod is wanted and not there") };
        assert_eq!((lacking.upper[0], lacking.seconds()), ((10.0, 4.0), 10.0));
        assert!(Stack::new(&shown, 5000.0).lacking().is_empty(), "too short to be seen");
        let levels: Vec<(i32, i32)> = new.slices.iter().map(|slice| (slice.from, slice.to)).collect();
        let [outline] = &stack.outlines(&levels)[..] else { panic!("one stretch") };
        assert_eq!(outline.upper, [(10.0, 3.0), (50.0, 3.0)]);
        assert_eq!(outline.shape[2..], [(50.0, 0.0), (20.0, 0.0), (20.0, 2.0), (10.0, 2.0)]);
        assert!(stack.outlines(&[(1, 1); 3]).is_empty());
    }

    #[test]
    fn the_earliest_of_many_are_one_layer() {
        let names: Vec<String> = (1..=9).map(|number| format!("web-{number}")).collect();
        let sets = || names.iter().zip(1..).map(|(name, revision)| set(name, revision, 1, 1, 1));
        let stack_of = |number: usize| timeline([(0, sets().take(number).collect())]);
        let (seven, nine, six) = (stack_of(7), stack_of(9), stack_of(6));
        let titles = |shown| Stack::new(shown, 9.0).layers.iter().map(Layer::title).collect::<Vec<_>>();
        assert_eq!(titles(&six)[0], "web-1 (revision 1)");
        assert_eq!(titles(&nine)[..2], ["3 earlier ReplicaSets", "web-4 (revision 4)"]);
        let stack = Stack::new(&nine, 9.0);
        assert_eq!(stack.layers.len(), 7);
        assert_eq!(stack.layers[6].slices[0].to, 9, "none is left out");
        assert_eq!(titles(&seven).len(), 7);
    }

    #[test]
    fn a_replica_set_that_is_rolled_back_to_has_both_its_revisions() {
        let shown = timeline([(0, vec![set("web-1", 1, 2, 2, 2)]), (30, vec![set("web-1", 3, 2, 2, 2)])]);
        assert_eq!(Stack::new(&shown, 60.0).layers[0].title(), "web-1 (revision 1, then 3)");
    }
}
