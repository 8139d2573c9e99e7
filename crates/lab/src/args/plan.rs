//! `rollout-lab plan`.

use super::{Printing, Workers, runs};
use analysis::plan::Weather;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use std::num::NonZeroU64;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  rollout-lab plan deploy.yaml
  rollout-lab plan deploy.yaml --image web=example.com/web:2.0 --weather rough
  rollout-lab plan today.yaml --to tomorrow.yaml
  helm template my-release my-chart | rollout-lab plan -
  rollout-lab plan deploy.yaml --objective 'deadlineFired: {probability: \"<= 0.01\"}'
  rollout-lab plan deploy.yaml --nodes 3            on another cluster than the assumed
  kubectl get nodes -o yaml > nodes.yaml; rollout-lab plan deploy.yaml --cluster nodes.yaml
  rollout-lab plan deploy.yaml --run 17             one of its runs, told
  rollout-lab plan deploy.yaml --save mine.yaml     the scenario behind it, to go on from

Nothing but stdout is written. Exit codes: 0 fine, 1 an objective was missed,
2 wrong input, 130 interrupted.";

/// `rollout-lab plan`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct PlanArgs {
    /// Kubernetes manifests as they are; `-` is standard input
    #[arg(required = true, value_name = "FILE|-")]
    pub manifests: Vec<PathBuf>,
    /// The Deployment that is changed, if there are several
    #[arg(long, value_name = "[NAMESPACE/]NAME")]
    pub subject: Option<String>,
    /// The new image of a container [default: another tag for the first container]
    #[arg(long, value_name = "CONTAINER=IMAGE", value_parser = image, conflicts_with = "to")]
    pub image: Vec<(String, String)>,
    /// The manifests after the change
    #[arg(long, value_name = "FILE")]
    pub to: Option<PathBuf>,
    /// What to assume about everything that the manifests do not say
    #[arg(long, value_parser = weather(), default_value = Weather::Typical.as_str())]
    pub weather: Weather,
    /// The number of nodes [default: as many as the pods need, made to fit them]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub nodes: Option<u32>,
    /// The nodes as `kubectl get nodes -o yaml` or `-o json` prints them
    #[arg(long, value_name = "FILE", conflicts_with = "nodes")]
    pub cluster: Option<PathBuf>,
    /// What must hold, as in a scenario's objectives: 'availableMin: {atLeast: 8, runs: every}'
    #[arg(long, value_name = "YAML")]
    pub objective: Vec<String>,
    /// Another value than the files have, as in deployment.spec.replicas=20
    #[arg(long, value_name = "PATH=VALUE")]
    pub set: Vec<String>,
    /// Number of runs
    #[arg(long, value_name = "N", value_parser = runs, allow_negative_numbers = true, default_value = "1000")]
    pub runs: NonZeroU64,
    /// Seed of all chance
    #[arg(long, value_name = "S", allow_negative_numbers = true, default_value_t = 1)]
    pub seed: u64,
    /// Tell one run instead
    #[arg(long, value_name = "K", conflicts_with_all = ["save", "output"])]
    pub run: Option<u64>,
    /// Write the scenario behind the forecast into a new file instead
    #[arg(long, value_name = "FILE")]
    pub save: Option<PathBuf>,
    /// Threads.
    #[command(flatten)]
    pub workers: Workers,
    /// What is printed.
    #[command(flatten)]
    pub printing: Printing,
}

fn image(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once('=').filter(|(name, image)| !name.is_empty() && !image.is_empty());
    let (name, image) = pair.ok_or("write CONTAINER=IMAGE, as in web=example.com/web:2.0")?;
    Ok((name.to_owned(), image.to_owned()))
}

/// Reads the name of a weather; the help text lists all of them with what they assume.
fn weather() -> impl TypedValueParser<Value = Weather> {
    let known = Weather::ALL.map(|weather| PossibleValue::new(weather.as_str()).help(weather.meaning()));
    PossibleValuesParser::new(known)
        .try_map(|name| Weather::named(&name).ok_or_else(|| format!("there is no weather `{name}`")))
}
