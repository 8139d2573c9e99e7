//! A sweep, for people and for programs.

mod json;
mod table;

pub use json::sweep_json;
pub use table::SweepTable;

use analysis::sweep::Sweep;

/// The values of factor number `factor`, in order of appearance.
pub(crate) fn levels(sweep: &Sweep, factor: usize) -> Vec<&str> {
    let mut seen: Vec<&str> = Vec::new();
    for outcome in &sweep.outcomes {
        let value = outcome.cell.value(factor);
        if !seen.contains(&value) {
            seen.push(value);
        }
    }
    seen
}

/// The last words of the paths, as many as needed to distinguish them.
pub(crate) fn short_names(paths: &[String]) -> Vec<String> {
    let tail = |path: &String, words: usize| {
        let parts: Vec<&str> = path.split('.').collect();
        parts[parts.len().saturating_sub(words)..].join(".")
    };
    let name = |path: &String| {
        let is_own = |words: &usize| {
            let mine = tail(path, *words);
            paths.iter().filter(|other| tail(other, *words) == mine).count() == 1
        };
        (1..8).find(is_own).map_or_else(|| path.clone(), |words| tail(path, words))
    };
    paths.iter().map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_as_short_as_they_can_be() {
        let paths = ["deployment.spec.strategy.rollingUpdate.maxSurge", "a.x.pull", "a.y.pull"];
        assert_eq!(short_names(&paths.map(str::to_owned)), ["maxSurge", "x.pull", "y.pull"]);
    }
}
