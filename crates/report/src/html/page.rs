//! The page around all reports, its templates, style and script.

use super::words::{Figure, Sentence};
use crate::terminal::escaped;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior, Value, context};
use serde::Serialize;

/// The templates by name. The names end in `.html`, which turns on escaping.
const TEMPLATES: [(&str, &str); 7] = [
    ("page.html", include_str!("../../assets/html/page.html")),
    ("charts.html", include_str!("../../assets/html/charts.html")),
    ("courses.html", include_str!("../../assets/html/courses.html")),
    ("replay.html", include_str!("../../assets/html/replay.html")),
    ("report.html", include_str!("../../assets/html/report.html")),
    ("comparison.html", include_str!("../../assets/html/comparison.html")),
    ("sweep.html", include_str!("../../assets/html/sweep.html")),
];
const STYLE: &str = include_str!("../../assets/html/report.css");
/// Additional style of comparisons and sweeps.
pub(super) const MORE_STYLE: &str = include_str!("../../assets/html/comparison.css");
const SCRIPT: &str = include_str!("../../assets/html/report.js");

/// The head of a report and its sentences.
pub(super) struct Page {
    pub(super) title: String,
    pub(super) name: String,
    pub(super) description: String,
    /// Number of runs, seed and horizon.
    pub(super) batch: String,
    /// The verdict: its class and its words.
    pub(super) verdict: Option<(&'static str, String)>,
    pub(super) figures: Vec<Figure>,
    pub(super) story: Vec<Sentence>,
    /// A note on the numbers of the sentences.
    pub(super) note: &'static str,
    pub(super) digest: String,
    /// Additional style.
    pub(super) style: &'static str,
}

impl Page {
    /// The whole page; `template` is the part after the sentences, and `body` its values.
    pub(super) fn html(self, template: &str, body: Value) -> Result<String, minijinja::Error> {
        let mut templates = Environment::new();
        templates.set_undefined_behavior(UndefinedBehavior::Strict);
        for (name, text) in TEMPLATES {
            templates.add_template(name, text)?;
        }
        let head = context! {
            style => Value::from_safe_string(format!("{STYLE}{}", self.style)),
            script => Value::from_safe_string(SCRIPT.to_owned()),
            version => env!("CARGO_PKG_VERSION"),
            title => self.title,
            name => self.name,
            description => self.description,
            batch => self.batch,
            verdict => self.verdict,
            figures => Serde(self.figures),
            story => Serde(self.story),
            note => self.note,
            digest => self.digest,
        };
        let mut page = templates.get_template(template)?.render(context! { ..head, ..body })?;
        page.push('\n');
        Ok(escaped(&page).into_owned())
    }
}

/// A chart in a page.
#[derive(Debug, Clone)]
pub struct Drawing {
    /// The SVG document.
    pub svg: String,
    /// Whether it keeps its light background in dark mode, because its text is on its own colours.
    pub is_paper: bool,
}

/// Charts for the template.
pub(super) fn charts(drawings: &[Drawing]) -> Vec<Value> {
    let chart = |drawing: &Drawing| {
        let svg = Value::from_safe_string(drawing.svg.clone());
        context! { svg => svg, is_paper => drawing.is_paper }
    };
    drawings.iter().map(chart).collect()
}

/// A command line to copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Replay {
    what: String,
    command: String,
}

impl Replay {
    /// The title and the line.
    pub fn new(what: impl Into<String>, command: impl Into<String>) -> Self {
        Self { what: what.into(), command: command.into() }
    }
}
