//! `report.html`: a batch in one file that needs nothing beside it and asks nothing of a network.
//!
//! The words, figures and tables come from the summary, the charts are those of the folder, and two runs are
//! there as data that a small script of our own lets one walk through. Everything passes through a template
//! that escapes it.

mod course;
mod events;
mod measures;
mod words;

use crate::command::shell::quoted;
use crate::results::{Row, Summary};
use crate::scenario::{change_in_words, fault_in_words};
use crate::write::words::{count, duration, runs};
use course::Course;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior, Value, context};
use simulator::model::{Fault, Model};
use simulator::record::Timeline;
use simulator::story::Story;

/// A run with everything that is shown of it.
pub struct ToldRun {
    /// Its measures.
    pub row: Row,
    /// Its numbers over time.
    pub timeline: Timeline,
    /// Its events; `None` if nobody can tell.
    pub story: Option<RunStory>,
}

/// The story of a run with the words that belong to the model.
pub struct RunStory {
    /// What happened.
    pub story: Story,
    /// The user's actions in words.
    pub actions: Vec<String>,
    /// The faults by name and in words.
    pub faults: Vec<String>,
}

impl RunStory {
    /// The story of run number `run` of `seed`.
    pub fn of(model: &Model, seed: u64, run: u64) -> Self {
        let actions = model.actions.iter().map(|action| change_in_words(&action.change, &model.cluster));
        let words = |fault: &Fault| format!("{}: {}", fault.name, fault_in_words(fault, &model.cluster));
        let faults = model.faults.iter().map(words);
        Self { story: Story::of(model, seed, run), actions: actions.collect(), faults: faults.collect() }
    }
}

/// What a report is made from.
pub struct Report<'a> {
    /// The conclusions.
    pub summary: &'a Summary,
    /// The charts as SVG documents, in the order in which they are shown.
    pub charts: Vec<String>,
    /// The run with the median rollout time.
    pub median: &'a ToldRun,
    /// The worst run; `None` if it is the same.
    pub worst: Option<&'a ToldRun>,
    /// The scenario with everything resolved.
    pub resolved: &'a str,
}

/// Its name ends in `.html`, so that it escapes what it shows.
const PAGE: (&str, &str) = ("report.html", include_str!("../../../assets/report/report.html"));
const STYLE: &str = include_str!("../../../assets/report/report.css");
const SCRIPT: &str = include_str!("../../../assets/report/report.js");

impl Report<'_> {
    /// The page.
    ///
    /// # Errors
    /// The template asks for something that is not there: an error of ours.
    pub fn html(&self) -> Result<String, minijinja::Error> {
        let mut templates = Environment::new();
        templates.set_undefined_behavior(UndefinedBehavior::Strict);
        templates.add_template(PAGE.0, PAGE.1)?;
        let mut page = templates.get_template(PAGE.0)?.render(self.context())?;
        page.push('\n');
        Ok(page)
    }

    fn context(&self) -> Value {
        let summary = self.summary;
        let facts = &summary.facts;
        let batch =
            format!("{}, seed {}, horizon {}", runs(summary.runs), facts.seed, duration(facts.horizon));
        let objectives = summary.objectives.iter().map(
            |o| context! { verdict => o.verdict.as_str(), text => o.text.clone(), seen => o.seen.clone() },
        );
        let charts = self.charts.iter().map(|svg| Value::from_safe_string(svg.clone()));
        context! {
            style => Value::from_safe_string(STYLE.to_owned()),
            script => Value::from_safe_string(SCRIPT.to_owned()),
            scenario => facts.scenario.clone(),
            description => facts.description.clone(),
            batch => batch,
            runs => count(summary.runs),
            verdict => words::verdict(summary),
            figures => Serde(words::figures(summary)),
            story => Serde(words::story(summary)),
            objectives => objectives.collect::<Vec<_>>(),
            charts => charts.collect::<Vec<_>>(),
            shares => Serde(measures::shares(summary)),
            values => Serde(measures::values(summary)),
            courses => self.courses(),
            replays => self.replays(),
            resolved => self.resolved,
            digest => summary.digest.clone(),
            version => env!("CARGO_PKG_VERSION"),
        }
    }

    /// The runs that one can walk through, the worst first.
    fn courses(&self) -> Vec<Value> {
        let course = |(key, name, told): (&str, &str, &ToldRun)| {
            let course = Course::of(told, self.summary.facts.horizon);
            context! { key => key, name => name, data => Serde(course) }
        };
        self.told().into_iter().map(course).collect()
    }

    fn told(&self) -> Vec<(&'static str, &'static str, &ToldRun)> {
        match self.worst {
            Some(worst) => vec![("worst", "The worst run", worst), ("median", "A median run", self.median)],
            None => vec![("median", "The worst run, which is a median run too", self.median)],
        }
    }

    /// Command lines to copy.
    fn replays(&self) -> Vec<Value> {
        let facts = &self.summary.facts;
        let name = quoted(&facts.scenario);
        let set = |set: &String| format!(" --set {}", quoted(set));
        let set: String = facts.variant.iter().map(set).collect();
        let batch = format!("rollout-lab run {name}{set} --seed {} --runs {}", facts.seed, self.summary.runs);
        let shown = self.told().into_iter().map(|(_, what, told)| {
            (what, format!("rollout-lab show {name}{set} --seed {} --run {}", facts.seed, told.row.run))
        });
        let commands = shown.chain([("The whole batch", batch)]);
        commands.map(|(what, command)| context! { what => what, command => command }).collect()
    }
}
