//! `rollout-lab learn`.

use std::path::PathBuf;

const LEARN_EXAMPLES: &str = "\
Examples:
  kubectl get pods,events -A -o json | rollout-lab learn - > our-cluster.yaml
  rollout-lab learn monday.json tuesday.json.gz --names > our-cluster.yaml
  kubectl get pods -w -o json --output-watch-events > watch.json; rollout-lab learn watch.json

The output is a weather file: laws, each with the number of delays behind it and how well it fits. It holds numbers
only; with --names it has laws for single images, by their names.";

/// `rollout-lab learn`.
#[derive(Debug, clap::Args)]
#[command(after_help = LEARN_EXAMPLES)]
pub struct LearnArgs {
    /// What kubectl printed of one cluster, as JSON or YAML, also compressed with gzip; `-` is standard input
    #[arg(required = true, value_name = "DUMP|-")]
    pub dumps: Vec<PathBuf>,
    /// Also laws of single images, with their names
    #[arg(long)]
    pub names: bool,
}
