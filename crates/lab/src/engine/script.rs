//! Scripts and manifests that run a batch in shards with an existing engine, retry what fails and merge the shards.
//!
//! The texts are templates in `assets/engines`. Same order, same bytes, so that a script can be kept in git.

use minijinja::{Environment, UndefinedBehavior, context};
use report::shell::quoted;
use std::fmt::Write as _;
use thiserror::Error;

/// An engine for which scripts are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Engine {
    /// A Slurm job array
    Slurm,
    /// A Kubernetes Indexed Job
    Kubernetes,
    /// GNU parallel
    Parallel,
    /// A Snakemake workflow
    Snakemake,
    /// A GitHub Actions workflow
    Github,
}

/// What the tasks of a batch are, and what each may use.
#[derive(Debug, Clone)]
pub struct Order {
    /// Name of jobs, and part of the names of artifacts: lower-case letters, digits and hyphens.
    pub name: String,
    /// How many scenarios are run.
    pub scenarios: usize,
    /// One line that says what is run.
    pub title: String,
    /// The command that made the script.
    pub command: Vec<String>,
    /// `rollout-lab run ...` without the shard.
    pub run: Vec<String>,
    /// `rollout-lab merge ...`.
    pub merge: Vec<String>,
    /// Folder of the shards.
    pub parts: String,
    /// Folder of the merged results.
    pub out: String,
    /// Number of shards, at least 1.
    pub shards: u64,
    /// Attempts for each shard, at least 1.
    pub tries: u32,
    /// Processors of a task.
    pub cpus: u32,
    /// Memory of a task in MiB.
    pub memory_mib: u64,
    /// Time limit of a task in minutes.
    pub minutes: u32,
    /// Kubernetes: the container image.
    pub image: String,
    /// Kubernetes: the volume claim.
    pub claim: String,
    /// GitHub: the command that installs the binary.
    pub install: Option<String>,
}

/// Why there is no script.
#[derive(Debug, PartialEq, Eq, Error)]
pub enum ScriptError {
    /// The engine takes fewer tasks.
    #[error("{engine} starts at most {most} tasks; lower --shards")]
    TooManyShards {
        /// The engine.
        engine: &'static str,
        /// Its limit.
        most: u64,
    },
    /// The merging Job could not tell which scenarios are still to come.
    #[error("one manifest is for one scenario; print one for each, and apply them together")]
    SeveralScenarios,
    /// A word that cannot be written into this kind of file.
    #[error("`{word}` cannot be part of a script: {because}")]
    Unwritable {
        /// The word, escaped.
        word: String,
        /// What is wrong with it.
        because: &'static str,
    },
    /// GitHub runners do not have the binary.
    #[error(
        "a GitHub runner does not have rollout-lab: say how it gets it, as in \
         --install 'cargo install --locked --git URL rollout-lab'"
    )]
    NoInstall,
}

/// A matrix of GitHub Actions makes at most this number of jobs for each run of a workflow
/// (<https://docs.github.com/en/actions/reference/limits>).
const GITHUB_JOBS: u64 = 256;

/// Indexed Jobs with a back-off limit for each index have at most this number of indexes
/// (`pkg/apis/batch/validation`, Kubernetes v1.36).
const KUBERNETES_INDEXES: u64 = 100_000;

/// The script.
///
/// # Errors
/// More tasks than the engine takes, or words that cannot be quoted for it.
///
/// # Panics
/// Never: all templates are rendered in tests.
pub fn script(engine: Engine, order: &Order) -> Result<String, ScriptError> {
    check(engine, order)?;
    let number = |part: &str| [order.run.clone(), vec!["--shard".into(), part.into()]].concat();
    let kubernetes_run = number(&format!("kubernetes/{}", order.shards));
    let snakemake_run =
        format!("{} --shard {{wildcards.shard}}/{}", in_braces(&shell(&order.run)), order.shards);
    let github_run = format!("{} --shard ${{{{ matrix.shard }}}}/{}", shell(&order.run), order.shards);
    let values = context! {
        name => &order.name,
        title => &order.title,
        command => shell(&order.command),
        run => shell(&order.run),
        merge => shell(&order.merge),
        run_arguments => kubernetes_run,
        merge_arguments => &order.merge,
        run_shell => snakemake_run,
        merge_shell => in_braces(&shell(&order.merge)),
        github_run => github_run,
        github_merge => shell(&order.merge),
        install => &order.install,
        parts => quoted(&order.parts),
        parts_text => &order.parts,
        out_text => &order.out,
        shards => order.shards,
        tries => order.tries,
        retries => order.tries - 1,
        cpus => order.cpus,
        memory_mib => order.memory_mib,
        minutes => order.minutes,
        image => &order.image,
        claim => &order.claim,
    };
    let mut templates = Environment::new();
    templates.set_undefined_behavior(UndefinedBehavior::Strict);
    // `tojson` of the library escapes for HTML; strings of YAML and Python are those of JSON.
    templates.add_filter("tojson", |text: String| serde_json::Value::from(text).to_string());
    let rendered = templates.render_str(engine.template(), values);
    // The library drops the line end of the last line.
    let text = rendered.expect("the templates name only values that are given");
    Ok(text.trim_end().to_owned() + "\n")
}

fn check(engine: Engine, order: &Order) -> Result<(), ScriptError> {
    let (name, most) = match engine {
        Engine::Github => ("GitHub Actions", GITHUB_JOBS),
        Engine::Kubernetes => ("an Indexed Job", KUBERNETES_INDEXES),
        Engine::Slurm | Engine::Parallel | Engine::Snakemake => return check_words(engine, order),
    };
    if order.shards > most {
        return Err(ScriptError::TooManyShards { engine: name, most });
    }
    if engine == Engine::Kubernetes && order.scenarios != 1 {
        return Err(ScriptError::SeveralScenarios);
    }
    if engine == Engine::Github && order.install.is_none() {
        return Err(ScriptError::NoInstall);
    }
    check_words(engine, order)
}

/// Every word is checked once for all templates, comments included.
fn check_words(engine: Engine, order: &Order) -> Result<(), ScriptError> {
    let options = [&order.title, &order.parts, &order.out, &order.image, &order.claim];
    let words =
        order.command.iter().chain(&order.run).chain(&order.merge).chain(options).chain(&order.install);
    for word in words {
        let unwritable =
            |because| Err(ScriptError::Unwritable { word: word.escape_debug().to_string(), because });
        if word.chars().any(char::is_control) {
            return unwritable("it has a line break or another control character");
        }
        if engine == Engine::Kubernetes && order.scenarios != 1 {
            return Err(ScriptError::SeveralScenarios);
        }
        if engine == Engine::Github && word.contains("${{") {
            return unwritable("GitHub would replace `${{`");
        }
    }
    Ok(())
}

/// Words for a POSIX shell.
fn shell(words: &[String]) -> String {
    let mut line = String::new();
    for (position, word) in words.iter().enumerate() {
        let space = if position == 0 { "" } else { " " };
        let _ = write!(line, "{space}{}", quoted(word));
    }
    line
}

/// Snakemake replaces what is in single braces.
fn in_braces(text: &str) -> String {
    text.replace('{', "{{").replace('}', "}}")
}

impl Engine {
    const fn template(self) -> &'static str {
        match self {
            Self::Slurm => include_str!("../../assets/engines/slurm.sh"),
            Self::Kubernetes => include_str!("../../assets/engines/kubernetes.yaml"),
            Self::Parallel => include_str!("../../assets/engines/parallel.sh"),
            Self::Snakemake => include_str!("../../assets/engines/Snakefile"),
            Self::Github => include_str!("../../assets/engines/github.yaml"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    fn order() -> Order {
        Order {
            name: "web".into(),
            scenarios: 1,
            title: "web.yaml, 1000000 runs,".into(),
            command: words("rollout-lab shards --engine slurm web.yaml --runs 1000000 --shards 8"),
            run: words("rollout-lab run web.yaml --runs 1000000 --resume --quiet --out parts"),
            merge: words("rollout-lab merge parts --shards 8 --out results"),
            parts: "parts".into(),
            out: "results".into(),
            shards: 8,
            tries: 3,
            cpus: 2,
            memory_mib: 1024,
            minutes: 60,
            image: "rollout-lab:1".into(),
            claim: "data".into(),
            install: Some("cargo install rollout-lab".into()),
        }
    }

    const ALL: [Engine; 5] =
        [Engine::Slurm, Engine::Kubernetes, Engine::Parallel, Engine::Snakemake, Engine::Github];

    #[test]
    fn scripts_are_the_same_bytes_each_time() {
        for engine in ALL {
            let text = script(engine, &order()).unwrap();
            assert_eq!(text, script(engine, &order()).unwrap());
            assert!(text.ends_with('\n') && !text.contains("\n\n\n\n"));
            insta::assert_snapshot!(format!("{engine:?}").to_lowercase(), text);
        }
    }

    #[test]
    fn words_are_quoted() {
        let hostile =
            Order { run: vec!["rollout-lab".into(), "run".into(), "a b'$(touch x).yaml".into()], ..order() };
        let text = script(Engine::Slurm, &hostile).unwrap();
        let line = text.lines().find(|line| line.contains("touch x")).unwrap();
        let read = shlex::split(line.trim()).unwrap();
        assert_eq!(read[..3], hostile.run[..]);
        let snakemake = Order { run: words("rollout-lab run {x}.yaml"), ..order() };
        assert!(script(Engine::Snakemake, &snakemake).unwrap().contains("{{x}}.yaml"));
    }

    #[test]
    fn what_cannot_be_written_is_refused() {
        let broken = Order { parts: "a\nrm -rf x".into(), ..order() };
        for engine in ALL {
            let why = script(engine, &broken).unwrap_err().to_string();
            assert_eq!(
                why,
                "`a\\nrm -rf x` cannot be part of a script: it has a line break or another control character"
            );
        }
        let expression = Order { run: vec!["${{ secrets.X }}".into()], ..order() };
        assert!(script(Engine::Github, &expression).is_err());
        assert!(script(Engine::Github, &Order { shards: 257, ..order() }).is_err());
        assert!(script(Engine::Kubernetes, &Order { shards: 100_001, ..order() }).is_err());
        let several = Order { scenarios: 2, ..order() };
        assert_eq!(script(Engine::Kubernetes, &several), Err(ScriptError::SeveralScenarios));
        assert_eq!(script(Engine::Github, &Order { install: None, ..order() }), Err(ScriptError::NoInstall));
    }
}
