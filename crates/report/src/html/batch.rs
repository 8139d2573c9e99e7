//! The report of one batch: `run` and `merge`.

use super::page::{self, Drawing, Page, Replay};
use super::{DetailedRun, course, measures, words};
use crate::shell::{quoted, set_options};
use ::measures::units::{duration, runs};
use analysis::results::Summary;
use minijinja::value::Serde;
use minijinja::{Value, context};

/// The content of a report.
pub struct BatchReport<'a> {
    /// The conclusions.
    pub summary: &'a Summary,
    /// The charts, in the order in which they are shown.
    pub charts: Vec<Drawing>,
    /// The run with the median rollout time.
    pub median: &'a DetailedRun,
    /// The worst run; `None` if it is the same.
    pub worst: Option<&'a DetailedRun>,
    /// The resolved scenario.
    pub resolved: &'a str,
}

impl BatchReport<'_> {
    /// The page.
    ///
    /// # Errors
    /// A template refers to a missing value: a bug of rollout-lab.
    pub fn html(&self) -> Result<String, minijinja::Error> {
        let facts = &self.summary.facts;
        let page = Page {
            title: format!("{}: rehearsal of a rollout", facts.scenario),
            name: facts.scenario.clone(),
            description: facts.description.clone(),
            batch: format!(
                "{}, seed {}, horizon {}",
                runs(self.summary.runs),
                facts.seed,
                duration(facts.horizon)
            ),
            verdict: words::verdict(self.summary),
            figures: words::figures(self.summary),
            story: words::story(self.summary),
            note: "Ranges are 95% intervals. A rollout that has not ended counts as longer than the horizon; \
                   none is dropped.",
            digest: self.summary.digest.clone(),
            style: "",
        };
        page.html("report.html", self.body())
    }

    fn body(&self) -> Value {
        let summary = self.summary;
        let objectives = summary.objectives.iter().map(
            |o| context! { verdict => o.verdict.as_str(), text => o.text.clone(), seen => o.seen.clone() },
        );
        let detailed = self.detailed();
        context! {
            scenario => summary.facts.scenario.clone(),
            objectives => objectives.collect::<Vec<_>>(),
            charts => page::charts(&self.charts),
            shares => Serde(measures::shares(summary)),
            values => Serde(measures::values(summary)),
            courses_title => if detailed.len() > 1 { "Two runs, moment by moment" } else { "One run, moment by moment" },
            courses => course::template_runs(&detailed, summary.facts.horizon),
            replays => Serde(self.replays()),
            resolved => self.resolved,
        }
    }

    /// The runs shown in detail, the worst first.
    fn detailed(&self) -> Vec<(&'static str, &'static str, &DetailedRun)> {
        match self.worst {
            Some(worst) => vec![("worst", "The worst run", worst), ("median", "A median run", self.median)],
            None => vec![("median", "The worst run, which is a median run too", self.median)],
        }
    }

    /// Command lines to copy.
    fn replays(&self) -> Vec<Replay> {
        let facts = &self.summary.facts;
        let name = quoted(&facts.scenario);
        let set = set_options(&facts.variant);
        let batch = format!("rollout-lab run {name}{set} --seed {} --runs {}", facts.seed, self.summary.runs);
        let shown = self.detailed().into_iter().map(|(_, what, detailed)| {
            (what, format!("rollout-lab show {name}{set} --seed {} --run {}", facts.seed, detailed.row.run))
        });
        let commands = shown.chain([("The whole batch", batch)]);
        commands.map(|(what, command)| Replay::new(what, command)).collect()
    }
}
