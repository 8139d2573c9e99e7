//! The text of a sweep. Every sentence contains its figures and is left out without them.

use super::sweep::{pods, range};
use super::words::{Figure, Sentence, capital, first_of, listed, share};
use crate::sweep::{levels, short_names};
use analysis::sweep::{Best, Direction, Figures, Goal, Sweep};
use measures::units::{count, duration, duration_ceil, elapsed, percent_of, percentage, runs};
use measures::{Elapsed, Milli};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// The sentences, the most important first.
pub(super) fn story(sweep: &Sweep, objectives: usize, confidence: f64) -> Vec<Sentence> {
    let sentences = [
        ("What was tried?", Some(tried(sweep))),
        ("Does it finish?", no_rollout(sweep)),
        ("Which is best?", sweep.best.as_ref().map(|(goal, best)| best_of(sweep, goal, best.as_ref()))),
        ("Which is fastest?", fastest(sweep)),
        ("Which setting matters?", setting_effects(sweep)),
        ("What does speed cost?", front(sweep)),
        ("Does the deadline fire?", Some(deadline(sweep))),
        ("Do the objectives hold?", (objectives > 0).then(|| holding(sweep, objectives, confidence))),
        ("What is refused?", refused(sweep)),
    ];
    let sentences = sentences.into_iter().filter_map(|(about, text)| text.map(|text| (about, text)));
    sentences.map(|(about, text)| Sentence { about, text }).collect()
}

/// The cells with a rollout, by the time that 95 of 100 runs do not exceed.
fn times(sweep: &Sweep) -> Vec<(Elapsed, usize)> {
    let time = |(index, figures): (usize, &Figures)| Some((figures.rollout?.value, index));
    sweep.ran().filter_map(time).collect()
}

/// The numbers of the first cells, and the number of others.
fn first_cells(cells: &[usize], most: usize) -> String {
    let numbers: Vec<String> = cells.iter().map(ToString::to_string).collect();
    first_of(&numbers, most, ", ")
}

/// `cell 3 (maxSurge 25%, maxUnavailable 0)`.
fn named(sweep: &Sweep, index: usize) -> String {
    let names = short_names(&sweep.paths);
    let cell = &sweep.outcomes[index].cell;
    let set = names.iter().enumerate().map(|(factor, name)| match cell.value(factor) {
        "" => format!("{name} as written"),
        value => format!("{name} {value}"),
    });
    format!("cell {index} ({})", set.collect::<Vec<_>>().join(", "))
}

fn tried(sweep: &Sweep) -> String {
    let names = short_names(&sweep.paths);
    let tried = names.iter().enumerate().map(|(factor, name)| match levels(sweep, factor).len() {
        1 => format!("1 value of {name}"),
        values => format!("{} values of {name}", count(values as u64)),
    });
    format!(
        "{}, in {} cells of {} each. Run K meets the same weather in every cell.",
        capital(&listed(&tried.collect::<Vec<_>>())),
        count(sweep.outcomes.len() as u64),
        runs(sweep.runs)
    )
}

/// The sentence if no run of any cell has a rollout.
fn no_rollout(sweep: &Sweep) -> Option<String> {
    times(sweep).is_empty().then(|| {
        let nowhere = match sweep.ran().count() as u64 {
            1 => "never changes in the 1 cell".to_owned(),
            cells => format!("changes in none of the {} cells", count(cells)),
        };
        format!("The pod template {nowhere} that ran: there is no rollout.")
    })
}

fn best_of(sweep: &Sweep, goal: &Goal, best: Option<&Best>) -> String {
    let wish = match goal.direction {
        Direction::Down => "least",
        Direction::Up => "most",
    };
    let what = format!("{wish} {} ({})", goal.measure.label, goal.level);
    let Some(best) = best else {
        let hint = match sweep.fewest_runs {
            fewest if fewest > sweep.runs => {
                format!(": to show that one does takes at least {} of each", runs(fewest))
            }
            _ => String::new(),
        };
        let open = sweep.ran().count() as u64;
        return format!("None of the {} cells is sure to hold all objectives{hint}.", count(open));
    };
    let show = |value| goal.measure.show(value, sweep.horizon);
    let others = match best.as_good.len() {
        0 => String::new(),
        1 => format!(" The fresh runs cannot tell it from cell {}.", best.as_good[0]),
        _ => format!(" The fresh runs cannot tell it from cells {}.", first_cells(&best.as_good, 6)),
    };
    format!(
        "Of the cells that hold the objectives, {} has the {what}: {} on {} fresh runs (95% interval {}).{others}",
        named(sweep, best.cell),
        show(best.value.value),
        count(best.runs),
        range(&best.value, show)
    )
}

fn fastest(sweep: &Sweep) -> Option<String> {
    let times = times(sweep);
    let (least, fastest) = *times.iter().min()?;
    let (most, slowest) = *times.iter().rev().max_by_key(|(time, _)| *time)?;
    let Elapsed::Within(time) = least else {
        return Some(format!(
            "In none of the {} cells with a rollout do 95 of 100 rollouts end within {}.",
            count(times.len() as u64),
            duration(sweep.horizon)
        ));
    };
    let figures = sweep.outcomes[fastest].result.as_ref().ok()?;
    let interval = range(&figures.rollout?, |end| elapsed(end, sweep.horizon));
    let phrase = format!(
        "{}: 95 of 100 rollouts take at most {} (95% interval {interval})",
        capital(&named(sweep, fastest)),
        duration_ceil(time)
    );
    if least == most {
        return Some(format!("{phrase}, as in every other."));
    }
    let longest = match most {
        Elapsed::Within(time) => duration(time),
        Elapsed::BeyondHorizon => format!("more than {}", duration(sweep.horizon)),
    };
    Some(format!("{phrase}. The slowest, {}, takes {longest}.", named(sweep, slowest)))
}

/// The largest effect of each setting on the rollout time, with the other settings unchanged.
fn setting_effects(sweep: &Sweep) -> Option<String> {
    let times: Vec<(Milli, usize)> = times(sweep)
        .into_iter()
        .filter_map(|(time, index)| match time {
            Elapsed::Within(time) => Some((time, index)),
            Elapsed::BeyondHorizon => None,
        })
        .collect();
    let mut setting_effects: Vec<SettingEffect> =
        (0..sweep.paths.len()).filter_map(|factor| SettingEffect::of(sweep, factor, &times)).collect();
    setting_effects.sort_by_key(|effect| Reverse(effect.moved()));
    let phrase: Vec<String> = setting_effects.iter().map(|effect| effect.phrase(sweep)).collect();
    (!phrase.is_empty())
        .then(|| format!("The most that each alone moves the rollout time (p95): {}.", phrase.join("; ")))
}

/// Two cells that differ in one setting only, with the largest difference in rollout time.
struct SettingEffect {
    factor: usize,
    fast: (Milli, usize),
    slow: (Milli, usize),
}

impl SettingEffect {
    fn of(sweep: &Sweep, factor: usize, times: &[(Milli, usize)]) -> Option<Self> {
        let others = |index: usize| -> Vec<&str> {
            let cell = &sweep.outcomes[index].cell;
            (0..sweep.paths.len()).filter(|other| *other != factor).map(|other| cell.value(other)).collect()
        };
        let mut slices: BTreeMap<Vec<&str>, Vec<(Milli, usize)>> = BTreeMap::new();
        for &(time, index) in times {
            slices.entry(others(index)).or_default().push((time, index));
        }
        let ends = slices.values().filter(|slice| slice.len() > 1);
        let ends = ends.filter_map(|slice| Some((*slice.iter().min()?, *slice.iter().max()?)));
        let (fast, slow) = ends.max_by_key(|(fast, slow)| between(fast.0, slow.0))?;
        Some(Self { factor, fast, slow })
    }

    fn moved(&self) -> Milli {
        between(self.fast.0, self.slow.0)
    }

    fn phrase(&self, sweep: &Sweep) -> String {
        let name = &short_names(&sweep.paths)[self.factor];
        if self.moved() == Milli::ZERO {
            return format!("{name} not at all ({})", duration(self.fast.0));
        }
        let at = |(time, index): (Milli, usize)| format!("{} in cell {index}", duration(time));
        format!("{name} by {} ({}, {})", duration(self.moved()), at(self.slow), at(self.fast))
    }
}

fn between(fast: Milli, slow: Milli) -> Milli {
    Milli::from_thousandths(slow.thousandths() - fast.thousandths())
}

fn front(sweep: &Sweep) -> Option<String> {
    let of_front: Vec<&Figures> =
        sweep.front.iter().filter_map(|index| sweep.outcomes[*index].result.as_ref().ok()).collect();
    let ends = |number: fn(&Figures) -> Option<Elapsed>| {
        let numbers: Vec<Elapsed> = of_front.iter().filter_map(|figures| number(figures)).collect();
        Some((*numbers.iter().min()?, *numbers.iter().max()?))
    };
    let between = |(low, high): (Elapsed, Elapsed), show: &dyn Fn(Elapsed) -> String| {
        let (low, high) = (show(low), show(high));
        if low == high { low } else { format!("{low} to {high}") }
    };
    let time = between(ends(|figures| Some(figures.rollout?.value))?, &|time| elapsed(time, sweep.horizon));
    let available = between(ends(|figures| Some(figures.available.value))?, &pods);
    let peak = between(ends(|figures| Some(figures.peak.value))?, &pods);
    let all = count(sweep.ran().count() as u64);
    let what = format!("rollout time (p95) {time}, fewest available pods {available}, most pods {peak}");
    Some(match sweep.front.as_slice() {
        [one] => format!(
            "Nothing: of {all} cells {} beats all others in time, availability and pods ({what}).",
            named(sweep, *one)
        ),
        many => format!(
            "{} of {all} cells are beaten by no other (cells {}): {what}. To be better in one of the three, they \
             give way in another.",
            many.len(),
            first_cells(many, 8)
        ),
    })
}

fn deadline(sweep: &Sweep) -> String {
    let fires: Vec<(usize, &Figures)> =
        sweep.ran().filter(|(_, figures)| figures.deadline_fired.hits > 0).collect();
    let open = count(sweep.ran().count() as u64);
    let most = fires.iter().rev().max_by_key(|(_, figures)| figures.deadline_fired.hits);
    let Some(&(index, most)) = most else {
        return format!("It fires in none of the {open} cells, in none of {} of each.", runs(sweep.runs));
    };
    format!(
        "It fires in {} of {open} cells, most often in {}: in {}.",
        count(fires.len() as u64),
        named(sweep, index),
        share(most.deadline_fired)
    )
}

fn holding(sweep: &Sweep, objectives: usize, confidence: f64) -> String {
    let (open, holding) = (sweep.ran().count(), sweep.ran().filter(|(_, figures)| figures.holds).count());
    let all = match objectives {
        1 => "The objective is shown to hold".to_owned(),
        2 => "Both objectives are shown to hold".to_owned(),
        _ => format!("All {objectives} objectives are shown to hold"),
    };
    let hint = match sweep.fewest_runs {
        fewest if fewest > sweep.runs => format!(" That takes at least {} of each.", runs(fewest)),
        _ => String::new(),
    };
    format!(
        "{all} in {holding} of {open} cells, with {} confidence over all of them.{hint}",
        percentage(Milli::from_f64(100.0 * confidence))
    )
}

fn refused(sweep: &Sweep) -> Option<String> {
    let refused: Vec<(usize, &String)> = sweep
        .outcomes
        .iter()
        .enumerate()
        .filter_map(|(index, outcome)| Some((index, outcome.result.as_ref().err()?)))
        .collect();
    let (index, why) = *refused.first()?;
    Some(match refused.len() {
        1 => format!("{}: {why}", capital(&named(sweep, index))),
        many => format!("{many} cells, the first being {}: {why}", named(sweep, index)),
    })
}

/// The figures at the top.
pub(super) fn figures(sweep: &Sweep) -> Vec<Figure> {
    let figure = |value: String, label: &str, detail: String| Figure { value, label: label.into(), detail };
    let mut figures = Vec::new();
    if let Some((time, index)) = times(sweep).into_iter().min() {
        figures.push(figure(elapsed(time, sweep.horizon), "fastest rollout (p95)", format!("cell {index}")));
    }
    if let Some((most, index)) = sweep
        .ran()
        .map(|(index, figures)| (figures.available.value, index))
        .reduce(|best, other| if other.0 > best.0 { other } else { best })
    {
        figures.push(figure(pods(most), "fewest available pods, at best", format!("cell {index}")));
    }
    if times(sweep).is_empty() {
        return figures;
    }
    let open = sweep.ran().count() as u64;
    figures.push(figure(
        count(sweep.front.len() as u64),
        "cells that none beats",
        format!("of {}", count(open)),
    ));
    let ended = sweep.ran().map(|(index, figures)| (figures.complete, index));
    if let Some((least, index)) =
        ended.reduce(|least, other| if other.0.hits < least.0.hits { other } else { least })
    {
        let is_everywhere = sweep.ran().all(|(_, figures)| figures.complete.hits == least.hits);
        let place = if is_everywhere { "in every cell".to_owned() } else { format!("cell {index}") };
        figures.push(figure(percent_of(least), "of the rollouts end, at worst", place));
    }
    figures
}

/// The verdict of the sweep: its class and its words.
pub(super) fn verdict(sweep: &Sweep, objectives: usize) -> Option<(&'static str, String)> {
    let (open, holding) = (sweep.ran().count(), sweep.ran().filter(|(_, figures)| figures.holds).count());
    if sweep.best.is_some() {
        let best = (0..sweep.outcomes.len()).find(|index| sweep.is_best(*index));
        return Some(match best {
            Some(best) => ("met", format!("Best: cell {best}")),
            None => ("missed", "No cell is sure to hold the objectives".to_owned()),
        });
    }
    match (objectives, holding) {
        (0, _) => None,
        (_, 0) => Some(("missed", "The objectives are shown to hold in no cell".to_owned())),
        (_, all) if all == open => Some(("met", format!("The objectives hold in all {open} cells"))),
        _ => Some(("undecided", format!("The objectives hold in {holding} of {open} cells"))),
    }
}
