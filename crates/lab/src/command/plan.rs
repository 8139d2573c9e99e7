//! `rollout-lab plan`: what will this change do? Without a scenario, under weather that is assumed.

use super::compare::rows;
use super::run::{Interrupt, Progress};
use super::{Ending, Stop, error, held, note, show, source};
use crate::args::{OutputFormat, PlanArgs};
use crate::experiment::Experiment;
use analysis::compare::{Comparison, ComparisonFacts, Pairs, compare_by};
use analysis::objectives::ObjectiveCollector;
use analysis::plan::{
    ClusterView, Draft, LeastNodes, NodeSource, Plan, PlannedChange, QuotaRoom, SettingCandidate,
    StatedNodes, Warning, Weather, advice_questions, candidates, quota_rooms, rank, remarks, share_of_chance,
    warnings,
};
use analysis::results::{BatchFacts, Collector, Summary};
use analysis::tables::summary_json::pretty;
use measures::digest::BatchDigest;
use measures::{Elapsed, Row};
use report::plan::{PlanTable, plan_json};
use report::shell::quoted;
use scenario::diagnostic::Diagnostics;
use scenario::{self, Assignment, Scenario, Variant};
use simulator::Simulator;
use simulator::model::Model;
use std::fs::OpenOptions;
use std::io::{self, Read, Write};
use std::path::Path;

/// Runs of each of the other weathers at most: their quantiles are compared by eye.
const RUNS_OF_OTHERS: u64 = 300;
/// Paired runs of each candidate at most: a change of one pod is found with far fewer.
const PAIRS: u64 = 200;
/// Settings that are advised.
const MOST_ADVICE: usize = 3;
/// Runs of each number of nodes that is tried at most.
const RUNS_OF_NODES: u64 = 40;

/// Forecasts a change.
///
/// # Errors
/// Wrong manifests or arguments, or Ctrl-C.
pub fn execute(args: &PlanArgs, out: &mut impl Write) -> Result<Ending, Stop> {
    let desk = Desk::new(args)?;
    let scenario = desk.load(args.weather, &desk.variant)?;
    if let Some(file) = &args.save {
        return desk.save(file, out);
    }
    if !args.printing.quiet {
        let fields = scenario::notes_and_warnings(&scenario.left_out).0;
        // Remarks are part of the answer, and the faults are those of the weather, not the user's.
        let is_told = |note: &&String| !scenario.remarks.contains(note) && !note.starts_with("fault ");
        scenario.notes.iter().filter(is_told).chain(&fields).for_each(|text| note(text));
    }
    if let Some(run) = args.run {
        show::tell(out, &scenario.name, &scenario.model, args.seed, run)?;
        return Ok(Ending::Fine);
    }
    let plan = desk.plan(&scenario)?;
    let replay = |run| replay(args, run);
    match args.printing.output {
        OutputFormat::Json => out.write_all(pretty(&plan_json(&plan, &replay)).as_bytes())?,
        OutputFormat::Table if args.printing.quiet => {}
        OutputFormat::Table => write!(out, "{}", PlanTable { plan: &plan, replay: &replay })?,
    }
    Ok(if plan.summary.has_missed_objective() { Ending::Finding } else { Ending::Fine })
}

/// The line that tells a run of this forecast.
fn replay(args: &PlanArgs, run: u64) -> String {
    let mut words = vec!["rollout-lab".to_owned(), "plan".to_owned()];
    words.extend(args.manifests.iter().map(|path| quoted(&path.display().to_string())));
    let mut option = |name: &str, value: String| words.extend([name.to_owned(), quoted(&value)]);
    args.subject.iter().for_each(|name| option("--subject", name.clone()));
    args.image.iter().for_each(|(name, image)| option("--image", format!("{name}={image}")));
    args.to.iter().for_each(|path| option("--to", path.display().to_string()));
    if args.weather != Weather::default() {
        option("--weather", args.weather.as_str().to_owned());
    }
    args.nodes.iter().for_each(|nodes| option("--nodes", nodes.to_string()));
    args.cluster.iter().for_each(|path| option("--cluster", path.display().to_string()));
    args.set.iter().for_each(|set| option("--set", set.clone()));
    if args.seed != 1 {
        option("--seed", args.seed.to_string());
    }
    option("--run", run.to_string());
    words.join(" ")
}

/// A forecast, with everything that it is made from.
struct Desk<'a> {
    args: &'a PlanArgs,
    stdin: Option<String>,
    variant: Variant,
    draft: Draft,
    subject: String,
    change: String,
}

impl<'a> Desk<'a> {
    /// Reads the manifests and decides what is changed.
    fn new(args: &'a PlanArgs) -> Result<Self, Stop> {
        find(args)?;
        let stdin = stdin(args)?;
        let variant = source::variant(&args.set)?;
        let draft = Draft {
            manifests: args.manifests.iter().map(|path| path.display().to_string()).collect(),
            inline: None,
            subject: args.subject.clone(),
            change: None,
            weather: None,
            nodes: stated_nodes(args)?,
            objectives: args.objective.clone(),
        };
        let today = load(&draft, stdin.as_deref(), &variant).map_err(Stop::refused)?;
        let workload = &today.model.subject;
        if workload.deployment.is_none() {
            let why = format!("ReplicaSet {} has no rollout: plan is about Deployments", workload.name);
            return Err(error(why));
        }
        let subject = format!("Deployment {}/{}", workload.namespace, workload.name);
        let (change, words) = change(args, &today.model);
        let draft = Draft { change: Some(change), ..draft };
        Ok(Self { args, stdin, variant, draft, subject, change: words })
    }

    fn load(&self, weather: Weather, variant: &Variant) -> Result<Scenario, Stop> {
        let draft = Draft { weather: Some(weather), ..self.draft.clone() };
        load(&draft, self.stdin.as_deref(), variant).map_err(Stop::refused)
    }

    /// The forecast's own scenario on another number of nodes; `None` is as many as the pods need.
    fn load_on(&self, nodes: Option<u32>) -> Result<Scenario, Stop> {
        let nodes = nodes.map(StatedNodes::Count);
        let draft = Draft { weather: Some(self.args.weather), nodes, ..self.draft.clone() };
        load(&draft, self.stdin.as_deref(), &self.variant).map_err(Stop::refused)
    }

    /// The cluster behind the answer, and the rows with one node fewer than it takes.
    fn cluster(
        &self,
        scenario: &Scenario,
        now: &[Row],
        rehearsal: &Rehearsal,
    ) -> Result<(ClusterView, Vec<Row>), Stop> {
        let source = match (&self.args.cluster, self.args.nodes) {
            (Some(path), _) => NodeSource::File(path.display().to_string()),
            (None, Some(_)) => NodeSource::Count,
            (None, None) => NodeSource::Assumed,
        };
        let view = ClusterView::of(&scenario.model, source);
        // Nodes of a file differ: it is not said which of them would be missing.
        if self.args.cluster.is_some() {
            return Ok((view, Vec::new()));
        }
        let tried = self.args.runs.get().min(RUNS_OF_NODES);
        let least = self.least_nodes(view.nodes(), &now[..tried as usize], rehearsal)?;
        let view = ClusterView { least: Some(least), tried, ..view };
        let LeastNodes::Of(least @ 2..) = least else { return Ok((view, Vec::new())) };
        let smaller = self.load_on(Some(least - 1))?;
        let rows = rehearsal.rows(&smaller.model, self.args.runs.get().min(RUNS_OF_OTHERS))?;
        let summary = summarise(&smaller, &rows, rehearsal.seed)?;
        Ok((ClusterView { fewer: Some((least - 1, summary)), ..view }, rows))
    }

    /// The least number of nodes with which as many of the first runs end as with those of the forecast, or,
    /// if none ends with these, as with as many as the pods need. More nodes are taken never to hurt.
    fn least_nodes(&self, here: u32, now: &[Row], rehearsal: &Rehearsal) -> Result<LeastNodes, Stop> {
        let runs = now.len() as u64;
        let ended = |rows: &[Row]| rows.iter().filter(|row| has_ended(row)).count();
        let on =
            |nodes| -> Result<usize, Stop> { Ok(ended(&rehearsal.rows(&self.load_on(nodes)?.model, runs)?)) };
        let (mut too_few, mut enough, mut wanted) = (0, here, ended(now));
        if wanted == 0 && self.args.nodes.is_some() {
            let fitting = self.load_on(None)?;
            let nodes = fitting.model.cluster.pools.iter().map(|pool| pool.nodes).sum();
            if nodes > here {
                (too_few, enough) = (here, nodes);
                wanted = ended(&rehearsal.rows(&fitting.model, runs)?);
            }
        }
        if wanted == 0 {
            return Ok(LeastNodes::Never);
        }
        while enough - too_few > 1 {
            let middle = too_few.midpoint(enough);
            if on(Some(middle))? >= wanted { enough = middle } else { too_few = middle }
        }
        Ok(LeastNodes::Of(enough))
    }

    /// Adds what the API server said in the runs that are the evidence of refusals.
    fn ask_why(&self, model: &Model, warnings: &mut [Warning], quotas: &mut [QuotaRoom]) {
        for warning in warnings.iter_mut().filter(|warning| warning.kind == "pods-refused") {
            let mut simulator = Simulator::new(model, 0);
            simulator.run(self.args.seed, warning.run);
            let texts = simulator.refusals().into_iter().map(|refusal| without_pod_name(&refusal.text));
            for text in texts {
                if !warning.said.contains(&text) {
                    warning.said.push(text);
                }
            }
            for room in quotas.iter_mut() {
                room.hear(&warning.said);
            }
        }
    }

    /// Writes the scenario; never over another file.
    fn save(&self, file: &Path, out: &mut impl Write) -> Result<Ending, Stop> {
        let inline = self.stdin.clone();
        let draft = Draft { weather: Some(self.args.weather), inline, ..self.draft.clone() };
        let placed = |path: &str| path_from(file, path);
        let manifests = draft.manifests.iter().map(|path| placed(path)).collect();
        let change = draft.change.map(|change| match change {
            PlannedChange::Manifest(path) => PlannedChange::Manifest(placed(&path)),
            images @ PlannedChange::Images(_) => images,
        });
        let text = Draft { manifests, change, ..draft }.text();
        let written = OpenOptions::new().write(true).create_new(true).open(file);
        let written = written.and_then(|mut file| file.write_all(text.as_bytes()));
        written.map_err(|why| error(format_args!("cannot write {}: {why}", file.display())))?;
        if !self.args.printing.quiet {
            let file = quoted(&file.display().to_string());
            writeln!(out, "Written. To go on: rollout-lab run {file}")?;
            if !self.args.set.is_empty() {
                writeln!(out, "The values of --set are not in it: give them to `run` as well.")?;
            }
        }
        Ok(Ending::Fine)
    }

    /// Runs everything.
    fn plan(&self, scenario: &Scenario) -> Result<Plan, Stop> {
        let (seed, runs) = (self.args.seed, held(self.args.runs.get())?);
        let (common, pairs) = (runs.min(RUNS_OF_OTHERS), runs.min(PAIRS));
        let candidates = candidates(&scenario.model);
        // How many numbers of nodes are tried shows only then: three mostly do.
        let of_nodes = common + 3 * runs.min(RUNS_OF_NODES);
        let total = runs + 2 * common + of_nodes + candidates.len() as u64 * pairs;
        let rehearsal = Rehearsal {
            seed,
            experiment: Experiment::new(self.args.workers.threads).map_err(error)?,
            interrupt: Interrupt::listen(),
            progress: Progress::new("plan", total, self.args.printing.quiet),
        };
        let now = rehearsal.rows(&scenario.model, runs)?;
        let mut weathers = Vec::new();
        for weather in Weather::ALL {
            let (scenario, rows) = if weather == self.args.weather {
                (scenario.clone(), now[..common as usize].to_vec())
            } else {
                let other = self.load(weather, &self.variant)?;
                let rows = rehearsal.rows(&other.model, common)?;
                (other, rows)
            };
            weathers.push((weather, rows, scenario));
        }
        let (cluster, fewer) = self.cluster(scenario, &now, &rehearsal)?;
        let tried = self.try_all(candidates, &now[..pairs as usize], &rehearsal)?;
        rehearsal.progress.finish();
        let summary = summarise(scenario, &now, seed)?;
        let (mut warnings, mut quotas) = (warnings(&now), quota_rooms(&scenario.model));
        self.ask_why(&scenario.model, &mut warnings, &mut quotas);
        let groups = weathers.iter().map(|(_, rows, _)| rows.as_slice());
        let groups = groups.chain(cluster.decides().then_some(fewer.as_slice()));
        let outlooks =
            weathers.iter().map(|(weather, rows, other)| Ok((*weather, summarise(other, rows, seed)?)));
        Ok(Plan {
            subject: self.subject.clone(),
            change: self.change.clone(),
            weather: self.args.weather,
            outlooks: outlooks.collect::<Result<_, Stop>>()?,
            chance: share_of_chance(groups, scenario.model.horizon.into()),
            cluster,
            remarks: remarks(&scenario.model, &scenario.remarks),
            quotas,
            advice: rank(tried, MOST_ADVICE),
            pairs,
            warnings,
            left_out: scenario.left_out.clone(),
            summary,
        })
    }

    /// Compares the present with each candidate. One that the API server would refuse is no candidate.
    fn try_all(
        &self,
        candidates: Vec<SettingCandidate>,
        now: &[Row],
        rehearsal: &Rehearsal,
    ) -> Result<Vec<(SettingCandidate, Comparison)>, Stop> {
        let (mut tried, questions) = (Vec::new(), advice_questions());
        for candidate in candidates {
            let Ok(assignment) = Assignment::parse(&candidate.set) else { continue };
            let variant = Variant::new(self.variant.assignments().iter().cloned().chain([assignment]));
            let Ok(other) = self.load(self.args.weather, &variant) else { continue };
            let then = rehearsal.rows(&other.model, now.len() as u64)?;
            let names = ["now".to_owned(), candidate.set.clone()];
            let facts = ComparisonFacts { names, seed: rehearsal.seed, horizon: other.model.horizon.into() };
            let comparison = compare_by(&questions, facts, &Pairs::matched(now.iter().cloned(), then), &[]);
            tried.push((candidate, comparison));
        }
        Ok(tried)
    }
}

/// Names every file that is not there: those who type the command have not written the draft that would be
/// quoted otherwise.
fn find(args: &PlanArgs) -> Result<(), Stop> {
    let files = args.manifests.iter().chain(&args.to);
    let missing: Vec<String> = files
        .chain(&args.cluster)
        .filter(|path| path.as_os_str() != "-")
        .filter_map(|path| {
            if !path.exists() {
                return Some(format!("error: there is no file {}", path.display()));
            }
            let folder = || format!("{} is a folder, not a file", path.display());
            path.is_dir()
                .then(|| scenario::unrendered_folder(path).unwrap_or_else(folder))
                .map(|why| format!("error: {why}"))
        })
        .collect();
    if missing.is_empty() { Ok(()) } else { Err(Stop::refused(missing.join("\n"))) }
}

/// Standard input, if it is asked for.
fn stdin(args: &PlanArgs) -> Result<Option<String>, Stop> {
    let is_stdin = |path: &&std::path::PathBuf| path.as_os_str() == "-";
    match args.manifests.iter().chain(&args.to).filter(is_stdin).count() {
        0 => return Ok(None),
        1 => {}
        _ => return Err(error("standard input can be read once: write `-` for one file only")),
    }
    let mut bytes = Vec::new();
    io::stdin()
        .lock()
        .take(scenario::MAX_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|why| error(format_args!("cannot read standard input: {why}")))?;
    if bytes.trim_ascii().is_empty() {
        return Err(error("standard input is empty: pipe manifests into it, as `helm template` prints them"));
    }
    scenario::text_of("standard input", bytes).map(Some).map_err(error)
}

/// The name of the draft in messages, which no message shows.
const DRAFT: &str = "<plan>";

fn load(draft: &Draft, stdin: Option<&str>, variant: &Variant) -> Result<Scenario, Diagnostics> {
    scenario::load_made(DRAFT, &draft.text(), stdin, variant)
        .map_err(|errors| errors.of_made_source(DRAFT, |line| draft.origin(line)))
}

/// The nodes that the arguments state.
fn stated_nodes(args: &PlanArgs) -> Result<Option<StatedNodes>, Stop> {
    let pools = args.cluster.as_deref().map(scenario::node_pools).transpose().map_err(Stop::refused)?;
    Ok(args.nodes.map(StatedNodes::Count).or(pools.map(StatedNodes::Pools)))
}

/// Whether the rollout of a run ended within the horizon.
fn has_ended(row: &Row) -> bool {
    matches!(row.elapsed(), Some(Elapsed::Within(_)))
}

/// `pods "web-6c8764b644-gl967" is forbidden: ...` without the name, which differs from pod to pod.
fn without_pod_name(text: &str) -> String {
    match text.strip_prefix("pods \"").and_then(|rest| rest.split_once('"')) {
        Some((_, rest)) => format!("pods{rest}"),
        None => text.to_owned(),
    }
}

/// What is changed, and in words.
fn change(args: &PlanArgs, model: &Model) -> (PlannedChange, String) {
    if let Some(path) = &args.to {
        let path = path.display().to_string();
        let words = format!("apply {path}");
        return (PlannedChange::Manifest(path), words);
    }
    let images = match (args.image.as_slice(), model.subject.template.containers.first()) {
        ([], Some(first)) => vec![(first.name.clone(), next_tag(&first.image))],
        (stated, _) => stated.to_vec(),
    };
    let words: Vec<String> = images.iter().map(|(name, image)| format!("{name}={image}")).collect();
    let words = format!("set image {}", words.join(" "));
    (PlannedChange::Images(images), words)
}

/// The same repository with another tag.
fn next_tag(image: &str) -> String {
    let repository = image.split('@').next().unwrap_or(image);
    let name = repository.rfind('/').map_or(0, |slash| slash + 1);
    let colon = repository[name..].find(':').map(|colon| name + colon);
    let (repository, tag) =
        colon.map_or((repository, ""), |colon| (&repository[..colon], &repository[colon + 1..]));
    if tag == "next" { format!("{repository}:next-2") } else { format!("{repository}:next") }
}

/// A path as a scenario in `file` must write it. One that leads elsewhere becomes absolute.
fn path_from(file: &Path, path: &str) -> String {
    let has_no_folder = file.parent().is_none_or(|folder| folder.as_os_str().is_empty());
    if path == "-" || has_no_folder {
        return path.to_owned();
    }
    std::path::absolute(path).map_or_else(|_| path.to_owned(), |path| path.display().to_string())
}

/// Runs of one forecast.
struct Rehearsal {
    seed: u64,
    experiment: Experiment,
    interrupt: Interrupt,
    progress: Progress,
}

impl Rehearsal {
    fn rows(&self, model: &Model, runs: u64) -> Result<Vec<Row>, Stop> {
        rows(model, self.seed, runs, &self.experiment, &self.interrupt, &self.progress)
    }
}

fn summarise(scenario: &Scenario, rows: &[Row], seed: u64) -> Result<Summary, Stop> {
    let (mut collector, mut digest) = (Collector::default(), BatchDigest::default());
    let mut objectives = ObjectiveCollector::new(&scenario.objectives, scenario.model.horizon.into());
    for row in rows {
        collector.add(row);
        objectives.add(row);
        digest.add(row.digest);
    }
    let (_, timeline) = Simulator::new(&scenario.model, 0).run_with_timeline(seed, 0);
    let promised = timeline.points.first().map(|point| point.promised);
    let facts = BatchFacts { promised, ..source::facts(scenario, seed) };
    let summary = collector.conclude(facts, digest.finish(), objectives.finish());
    summary.ok_or_else(|| error("there are no runs"))
}

#[cfg(test)]
mod tests {
    use super::next_tag;

    #[test]
    fn only_the_tag_is_another() {
        for (image, next) in [
            ("nginx", "nginx:next"),
            ("example.com:5000/a/web", "example.com:5000/a/web:next"),
            ("example.com:5000/a/web:1.2", "example.com:5000/a/web:next"),
            ("web:1.2@sha256:abc", "web:next"),
            ("web:next", "web:next-2"),
        ] {
            assert_eq!(next_tag(image), next);
        }
    }
}
