//! Settings that may improve the rollout, tried on the same seeds.

use crate::compare::{Answer, Comparison, Verdict};
use controller::api::{IntOrPercent, RollingUpdate, Strategy, UNLIMITED};
use measures::Register;
use measures::question::{Better, Question};
use simulator::Span;
use simulator::model::{Container, Model, Probe, PullPolicy};

/// Another value of one setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingCandidate {
    /// The setting, by its usual name.
    pub setting: String,
    /// Its value now.
    pub now: String,
    /// The value to try.
    pub tried: String,
    /// `PATH=VALUE`, in the form of `--set`.
    pub set: String,
}

/// A change by a candidate that is real and larger than the margin.
#[derive(Debug, Clone, Copy)]
pub struct Effect {
    /// The question.
    pub question: Question,
    /// Now and with the candidate; `None` is beyond the horizon.
    pub values: [Option<f64>; 2],
    /// The interval of the difference.
    pub bounds: (f64, f64),
    /// Whether the candidate is better; `None` if no direction is better.
    pub is_better: Option<bool>,
    /// The difference in margins.
    weight: f64,
}

/// A candidate with its effects, the largest first; at least one of them.
#[derive(Debug, Clone)]
pub struct Advice {
    /// The candidate.
    pub candidate: SettingCandidate,
    /// Its effects.
    pub effects: Vec<Effect>,
}

/// Questions of the forecast. The other questions of the register overlap with these.
const ASKED: [&str; 8] = [
    "ended",
    "rolloutTime:p50",
    "deadlineFired",
    "availableMin",
    "everBelowPromised",
    "requestsFailed",
    "podsPeak",
    "restarts",
];

/// The questions of advice.
pub fn advice_questions() -> Vec<Question> {
    let is_asked = |question: &&Question| ASKED.contains(&question.name().as_str());
    Register::standard().questions().iter().filter(is_asked).copied().collect()
}

/// Effects shown per candidate.
const MOST_EFFECTS: usize = 3;

/// Upper limit of the difference in margins: a value beyond the horizon is not infinitely important.
const MOST_MARGINS: f64 = 1e6;

/// Turns comparisons with each candidate into advice. Only differences that are real and exceed the margin count; the
/// p-values of [`advice_questions`], adjusted within a comparison by Holm's rule, are multiplied by the number of
/// candidates (Bonferroni). Returns the `most` settings that change most and improve a measure.
/// At most one value per setting.
pub fn rank(tried: Vec<(SettingCandidate, Comparison)>, most: usize) -> Vec<Advice> {
    let candidates = tried.len() as f64;
    let mut advice: Vec<Advice> = tried
        .into_iter()
        .filter_map(|(candidate, comparison)| {
            let mut effects: Vec<Effect> =
                comparison.answers.iter().filter_map(|answer| effect(answer, candidates)).collect();
            effects.sort_by(|one, other| other.weight.total_cmp(&one.weight));
            effects.truncate(MOST_EFFECTS);
            // A candidate without an improvement is not advice.
            let is_worth_it = effects.iter().any(|effect| effect.is_better == Some(true));
            is_worth_it.then_some(Advice { candidate, effects })
        })
        .collect();
    // Only better and worse measures decide the order; a higher peak of pods is a cost, not a goal.
    let weight = |advice: &Advice| {
        let judged = advice.effects.iter().filter(|effect| effect.is_better.is_some());
        judged.map(|effect| effect.weight).fold(0.0, f64::max)
    };
    advice.sort_by(|one, other| weight(other).total_cmp(&weight(one)));
    // The best value of each setting.
    let mut seen: Vec<String> = Vec::new();
    advice.retain(|advice| {
        let is_new = !seen.contains(&advice.candidate.setting);
        seen.push(advice.candidate.setting.clone());
        is_new
    });
    advice.truncate(most);
    advice
}

fn effect(answer: &Answer, candidates: f64) -> Option<Effect> {
    let estimate = answer.estimate?;
    let is_large = matches!(answer.verdict, Verdict::Better | Verdict::Worse | Verdict::Different);
    if !is_large || answer.p * candidates > 0.05 {
        return None;
    }
    let is_better = match answer.question.better {
        Better::Neither => None,
        Better::Lower | Better::Higher => Some(answer.verdict == Verdict::Better),
    };
    let weight = (estimate.difference?.abs() / answer.margin.max(1e-9)).min(MOST_MARGINS);
    Some(Effect {
        question: answer.question,
        values: estimate.values,
        bounds: estimate.bounds,
        is_better,
        weight,
    })
}

/// The path of the pod template.
const TEMPLATE: &str = "deployment.spec.template.spec";

/// The candidates for this workload.
pub fn candidates(model: &Model) -> Vec<SettingCandidate> {
    let mut found = Vec::new();
    let Some(fields) = model.subject.deployment else { return found };
    match fields.strategy {
        Strategy::Recreate => found.push(candidate(
            "strategy",
            ("Recreate", "RollingUpdate"),
            "deployment.spec.strategy={type: RollingUpdate}".to_owned(),
        )),
        Strategy::RollingUpdate(limits) => rolling(&mut found, limits, model.subject.replicas),
    }
    if fields.paused {
        let set = "deployment.spec.paused=false".to_owned();
        found.push(candidate("paused", ("true", "false"), set));
    }
    patience(&mut found, model.subject.min_ready_seconds);
    if let Some(limit) = fields.progress_deadline_seconds.filter(|&limit| limit != UNLIMITED) {
        let path = "deployment.spec.progressDeadlineSeconds";
        let doubled = i64::from(limit) * 2;
        if doubled <= i64::from(i32::MAX) {
            found.push(numbered("progressDeadlineSeconds", path, limit.into(), doubled));
        }
    }
    for container in &model.subject.template.containers {
        of_container(&mut found, container);
        if model.service.is_some() && container.pre_stop == Span::ZERO {
            let base = format!("{TEMPLATE}.containers[name={}]", container.name);
            let set = format!("{base}.lifecycle.preStop.sleep.seconds=5");
            found.push(candidate(&format!("preStop sleep of {}", container.name), ("none", "5 s"), set));
        }
    }
    found.push(candidate(
        "parallel pulls on a node (kubelet)",
        ("1", "5"),
        "scenario.spec.cluster.registry.parallelPulls=5".to_owned(),
    ));
    found
}

fn candidate(setting: &str, (now, tried): (&str, &str), set: String) -> SettingCandidate {
    SettingCandidate { setting: setting.to_owned(), now: now.to_owned(), tried: tried.to_owned(), set }
}

fn numbered(setting: &str, path: &str, now: i64, tried: i64) -> SettingCandidate {
    candidate(setting, (&now.to_string(), &tried.to_string()), format!("{path}={tried}"))
}

/// More or fewer pods at a time. Of values that round to the same number of pods only one is tried.
fn rolling(found: &mut Vec<SettingCandidate>, limits: RollingUpdate, replicas: i32) {
    let mut vary = |name: &str, now: IntOrPercent, pods: fn(IntOrPercent, i32) -> i32, tried: &[&str]| {
        let mut seen = vec![pods(now, replicas)];
        for &text in tried {
            let percent = text.trim_end_matches('%').parse().unwrap_or(0);
            let limit = IntOrPercent::Percent(percent);
            if !seen.contains(&pods(limit, replicas)) {
                seen.push(pods(limit, replicas));
                let path = format!("deployment.spec.strategy.rollingUpdate.{name}={text}");
                found.push(candidate(name, (&now.to_string(), text), path));
            }
        }
    };
    vary("maxSurge", limits.max_surge, IntOrPercent::rounded_up, &["25%", "50%", "100%"]);
    let unavailable: &[&str] =
        if limits.max_surge.rounded_up(replicas) > 0 { &["0%", "25%", "50%"] } else { &["25%", "50%"] };
    vary("maxUnavailable", limits.max_unavailable, IntOrPercent::rounded_down, unavailable);
}

fn patience(found: &mut Vec<SettingCandidate>, min_ready_seconds: i32) {
    let path = "deployment.spec.minReadySeconds";
    let tried = if min_ready_seconds > 0 { 0 } else { 10 };
    found.push(numbered("minReadySeconds", path, min_ready_seconds.into(), tried));
}

fn of_container(found: &mut Vec<SettingCandidate>, container: &Container) {
    let name = &container.name;
    let base = format!("{TEMPLATE}.containers[name={name}]");
    if let Some(probe) = container.readiness {
        of_probe(found, &format!("{base}.readinessProbe"), probe, name);
    }
    let policy = match container.pull_policy {
        PullPolicy::Always => Some("Always"),
        PullPolicy::Never => Some("Never"),
        PullPolicy::IfNotPresent => None,
    };
    if let Some(now) = policy {
        let set = format!("{base}.imagePullPolicy=IfNotPresent");
        found.push(candidate(&format!("imagePullPolicy of {name}"), (now, "IfNotPresent"), set));
    }
}

/// A readiness probe that starts earlier and repeats more often.
fn of_probe(found: &mut Vec<SettingCandidate>, base: &str, probe: Probe, name: &str) {
    let delay = probe.initial_delay.as_nanos() / 1_000_000_000;
    if delay > 0 {
        let path = format!("{base}.initialDelaySeconds");
        found.push(numbered(&format!("readiness initialDelaySeconds of {name}"), &path, delay, 0));
    }
    let period = probe.period.as_nanos() / 1_000_000_000;
    if period > 2 {
        let path = format!("{base}.periodSeconds");
        found.push(numbered(&format!("readiness periodSeconds of {name}"), &path, period, 2));
    }
}
