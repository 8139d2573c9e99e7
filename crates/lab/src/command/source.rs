//! The seam to scenario files: what the commands need of a scenario, and nothing else.

use super::Stop;
use analysis::objectives::ObjectiveCollector;
use analysis::results::BatchFacts;
use controller::api::UNLIMITED;
use measures::Milli;
use report::shell::{quoted, set_options};
use scenario::{self, Inputs, Scenario, Variant};
use simulator::model::Model;
use std::path::{Path, PathBuf};

/// A scenario, ready to run.
pub struct Source {
    /// Where it was read from, as the user wrote it.
    pub path: PathBuf,
    variant: Variant,
    scenario: Scenario,
    inputs: Inputs,
}

impl Source {
    /// Reads a scenario.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn load(path: &Path) -> Result<Self, Stop> {
        Self::load_variant(path, &Variant::default())
    }

    /// Reads a scenario with other values than are written in its files.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn load_variant(path: &Path, variant: &Variant) -> Result<Self, Stop> {
        let (scenario, inputs) = scenario::load_with_inputs(path, variant).map_err(Stop::refused)?;
        Ok(Self { path: path.to_owned(), variant: variant.clone(), scenario, inputs })
    }

    /// Reads a scenario again from what it was read from. Its path is not known: it is its name
    /// in angle brackets.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn of_inputs(name: &str, inputs: &Inputs) -> Result<Self, Stop> {
        let path = format!("<{name}>");
        let (scenario, inputs) = scenario::load_inputs(&path, inputs).map_err(Stop::refused)?;
        let variant = Variant::parse(&inputs.set).map_err(Stop::refused)?;
        Ok(Self { path: path.into(), variant, scenario, inputs })
    }

    /// What it was read from.
    pub fn inputs(&self) -> &Inputs {
        &self.inputs
    }

    /// Its name, a DNS label.
    pub fn name(&self) -> &str {
        &self.scenario.name
    }

    /// What it is about; may be empty.
    pub fn description(&self) -> &str {
        &self.scenario.description
    }

    /// The heading under which the catalogue lists it: its label `group`.
    pub fn group(&self) -> Option<&str> {
        self.scenario.labels.get("group").map(String::as_str)
    }

    /// Runs it asks for.
    pub fn runs(&self) -> u64 {
        self.scenario.runs
    }

    /// Seed it asks for.
    pub fn seed(&self) -> u64 {
        self.scenario.seed
    }

    /// Hash of its file and its manifests, as they are written.
    pub fn text_digest(&self) -> String {
        self.inputs.digest()
    }

    /// What to simulate.
    pub fn model(&self) -> &Model {
        &self.scenario.model
    }

    /// What the user should know before the run, in addition to [`warnings`](Self::warnings).
    pub fn notes(&self) -> Vec<String> {
        [self.scenario.notes.clone(), scenario::notes_and_warnings(&self.scenario.left_out).0].concat()
    }

    /// What is left out of the model and can decide the outcome.
    pub fn warnings(&self) -> Vec<String> {
        scenario::notes_and_warnings(&self.scenario.left_out).1
    }

    /// The fields of the manifests that the model does not use.
    pub fn left_out(&self) -> &[scenario::LeftOut] {
        &self.scenario.left_out
    }

    /// The line that replays a run.
    pub fn replay(&self, seed: u64, run: u64) -> String {
        let path = quoted(&scenario::called(&self.path));
        let set = set_options(self.variant.assignments());
        format!("rollout-lab show {path}{set} --seed {seed} --run {run}")
    }

    /// Everything resolved, as `explain` prints it.
    pub fn resolved(&self) -> String {
        scenario::explain(&self.scenario)
    }

    /// What must happen.
    pub fn objectives(&self) -> &[scenario::Objective] {
        &self.scenario.objectives
    }

    /// Evaluates the scenario's objectives.
    pub fn objective_collector(&self) -> ObjectiveCollector<'_> {
        ObjectiveCollector::new(&self.scenario.objectives, self.model().horizon.into())
    }

    /// What is known of a batch before it runs.
    pub fn facts(&self, seed: u64) -> BatchFacts {
        let variant = self.variant.assignments().iter().map(ToString::to_string).collect();
        BatchFacts { variant, ..facts(&self.scenario, seed) }
    }
}

/// What is known of a batch of a scenario before it runs.
pub fn facts(scenario: &Scenario, seed: u64) -> BatchFacts {
    let subject = &scenario.model.subject;
    let deadline = subject.deployment.and_then(|fields| fields.progress_deadline_seconds);
    BatchFacts {
        scenario: scenario.name.clone(),
        description: scenario.description.clone(),
        seed,
        horizon: scenario.model.horizon.into(),
        deadline: deadline.filter(|&limit| limit != UNLIMITED).map(|limit| Milli::from_whole(limit.into())),
        replicas: subject.replicas,
        promised: None,
        variant: Vec::new(),
    }
}

/// The variant that `--set PATH=VALUE` arguments ask for.
///
/// # Errors
/// Arguments that cannot be read.
pub fn variant(arguments: &[String]) -> Result<Variant, Stop> {
    Variant::parse(arguments).map_err(Stop::refused)
}

/// The scenario files that files and folders stand for, in path order.
///
/// # Errors
/// Paths that do not exist or cannot be read, two scenarios of one name.
pub fn find(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Stop> {
    scenario::find(paths).map_err(Stop::refused)
}

/// All scenarios that files and folders stand for. They are read before the first one runs: a typing error
/// in the last costs no minutes.
///
/// # Errors
/// All that is wrong with all of them.
pub fn load_all(paths: &[PathBuf], variant: &Variant) -> Result<Vec<Source>, Stop> {
    let (mut sources, mut errors) = (Vec::<Source>::new(), Vec::new());
    for path in find(paths)? {
        match Source::load_variant(&path, variant) {
            Ok(source) => sources.push(source),
            Err(Stop::Refused(why)) => errors.push(why),
            Err(other) => return Err(other),
        }
    }
    if errors.is_empty() { Ok(sources) } else { Err(Stop::Refused(errors.join("\n"))) }
}

/// What is to be said of a file in which nothing is wrong.
pub struct Checked {
    /// What it holds.
    pub what: String,
    /// What the user should know.
    pub notes: Vec<String>,
    /// What is left out of the model and can decide the outcome.
    pub warnings: Vec<String>,
}

/// Checks a scenario or a stream of Kubernetes manifests without running it.
///
/// # Errors
/// All that is wrong with it.
pub fn check(path: &Path) -> Result<Checked, Stop> {
    if scenario::is_scenario(path).map_err(Stop::refused)? {
        let source = Source::load(path)?;
        let what = format!("scenario {}", source.name());
        return Ok(Checked { what, notes: source.notes(), warnings: source.warnings() });
    }
    let found = scenario::check_manifest(path).map_err(Stop::refused)?;
    if found.objects.is_empty() {
        let known = "Deployment, ReplicaSet, Pod, ResourceQuota or LimitRange";
        return Err(Stop::refused(format!("error: {}: there is no {known} in this stream", path.display())));
    }
    let (fields, warnings) = scenario::notes_and_warnings(&found.left_out);
    Ok(Checked { what: found.objects.join(", "), notes: [found.notes, fields].concat(), warnings })
}
