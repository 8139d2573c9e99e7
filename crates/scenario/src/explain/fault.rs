//! A fault in one line.

use super::{resources, trigger};
use crate::law;
use measures::units::go_duration;
use simulator::cluster::{call_name, count, quantity};
use simulator::model::{
    AdmissionFault, Amounts, ApiError, ApplicationFault, CallSelection, Cluster, Configuration,
    ControlPlaneFault, ControllerName, Counted, End, FailurePolicy, Fault, FaultKind, LeaderEnding,
    LimitRangeItem, Lot, PodFault, PodTarget, PullFailure, ReadinessFault, RegistryFault, Resource,
    Resources, Side, Slowdown, Staleness, Webhook, WebhookMode,
};
use std::fmt::Write as _;

pub(super) fn line(fault: &Fault, cluster: &Cluster) -> String {
    let length = fault.window.duration.as_ref();
    let length = length.map_or("to the end".to_owned(), |law| format!("for {}", law::format(law)));
    let chance = if fault.probability < 1.0 {
        format!(", in a run with probability {}", fault.probability)
    } else {
        String::new()
    };
    let what = what(fault, cluster);
    format!("{}: {what}, {}, {length}{chance}", fault.name, trigger(&fault.window.from))
}

/// The effect of a fault, without its name and its window.
pub fn what(fault: &Fault, cluster: &Cluster) -> String {
    match &fault.kind {
        FaultKind::Registry(fault) => registry(fault),
        FaultKind::Application(fault) => application(fault),
        FaultKind::Admission(fault) => admission(fault),
        FaultKind::ControlPlane(fault) => control_plane(fault),
        FaultKind::Pods(PodFault::Delete { every }) => {
            format!("a pod is deleted every {}", law::format(every))
        }
        FaultKind::Pods(PodFault::Fail { every }) => format!("a pod fails every {}", law::format(every)),
        FaultKind::Node(fault) => super::node::fault(fault, cluster),
    }
}

fn registry(fault: &RegistryFault) -> String {
    match fault {
        RegistryFault::Pull { target, failure } => {
            let how = match failure {
                PullFailure::NotFound => "not found",
                PullFailure::Unauthorised => "unauthorised",
                PullFailure::RegistryDown => "registry down",
                PullFailure::ConnectionRefused => "connection refused",
            };
            format!("pulls of {} fail ({how}, {})", of(target), share(target))
        }
        RegistryFault::Slow { target, factor, extra } => {
            let extra =
                extra.as_ref().map_or(String::new(), |law| format!(", and {} more", law::format(law)));
            format!("pulls of {} take {factor} times as long{extra} ({})", of(target), share(target))
        }
        RegistryFault::RateLimited(limit) => {
            format!("the registry allows {} pulls", super::super::registry::show(limit))
        }
    }
}

fn application(fault: &ApplicationFault) -> String {
    let target = fault.target();
    let (of, share) = (of(target), share(target));
    match fault {
        ApplicationFault::Readiness { failure, .. } => {
            format!("pods of {of} are {} ({share})", readiness(failure))
        }
        ApplicationFault::Liveness { .. } => format!("liveness probes of {of} fail ({share})"),
        ApplicationFault::Crash { after, end, .. } => {
            let how = match end {
                End::Code(code) => format!("end with exit code {code}"),
                End::OutOfMemory => "are killed because they run out of memory".to_owned(),
            };
            format!("containers of {of} {how} {} after their start ({share})", law::format(after))
        }
        ApplicationFault::WrongPort { .. } => {
            format!("{of} listens on another port than its probes use ({share})")
        }
        ApplicationFault::MissingConfig { missing, .. } => {
            let what = match missing {
                Configuration::ConfigMap => "ConfigMap",
                Configuration::Secret => "Secret",
            };
            format!("a {what} of {of} is missing ({share})")
        }
        ApplicationFault::SlowStart { slowness, .. } => {
            let extra = slowness.extra.as_ref();
            let extra = extra.map_or(String::new(), |extra| format!(", and {} more", law::format(extra)));
            format!("starts of {of} take {} times as long{extra} ({share})", slowness.factor)
        }
    }
}

fn readiness(failure: &ReadinessFault) -> String {
    match failure {
        ReadinessFault::Never => "never ready".to_owned(),
        ReadinessFault::Late(late) => format!("ready later by {}", law::format(late)),
        ReadinessFault::Flapping { up, down } => {
            format!("ready for {}, not for {}", law::format(up), law::format(down))
        }
        ReadinessFault::UnderLoad { factor, recovery } => {
            let recovery = law::format(recovery);
            format!("not ready for {recovery} after more than {factor} times their share of the load")
        }
    }
}

fn admission(fault: &AdmissionFault) -> String {
    match fault {
        AdmissionFault::Quota { quota, hard, used } => {
            let hard = (!hard.is_empty()).then(|| format!("allows only {}", amounts(hard)));
            let used = (!used.is_empty()).then(|| format!("is used by others: {}", amounts(used)));
            let what: Vec<_> = hard.into_iter().chain(used).collect();
            format!("quota {quota} {}", what.join(" and "))
        }
        AdmissionFault::LimitRange(item) => format!("a limit range appears: {}", range(item)),
        AdmissionFault::PermissionDenied(target) => format!("the controllers may not {}", call_name(*target)),
        AdmissionFault::ServiceAccountMissing { name: Some(name) } => {
            format!("service account {name} is gone")
        }
        AdmissionFault::ServiceAccountMissing { name: None } => {
            "the pods' service account is gone".to_owned()
        }
        AdmissionFault::PodSecurity { target, level, details } => {
            format!("pods of {} violate {level}: {details} ({})", of(target), share(target))
        }
        AdmissionFault::Webhook(webhook) => self::webhook(webhook),
        AdmissionFault::NamespaceTerminating => "the namespace is being deleted".to_owned(),
        AdmissionFault::Deny { message } => format!("pods are refused: {message}"),
    }
}

fn amounts(amounts: &Amounts) -> String {
    let show = |(counted, amount): &(Counted, i64)| {
        format!("{}={}", counted.name(), quantity(*amount, counted.unit()))
    };
    amounts.iter().map(show).collect::<Vec<_>>().join(", ")
}

fn range(item: &LimitRangeItem) -> String {
    let kind = if item.per_pod { "Pod" } else { "Container" };
    let rules = [
        ("min", resources(item.min)),
        ("max", resources(item.max)),
        ("maxLimitRequestRatio", ratios(item.max_ratio_milli)),
    ];
    let rules = rules.iter().filter(|(_, text)| !text.is_empty());
    let rules: Vec<_> = rules.map(|(name, text)| format!("{name} {text}")).collect();
    format!("{kind}: {}", rules.join(", "))
}

/// Ratios are kept in thousandths.
fn ratios(of: Resources) -> String {
    let all = [("cpu", of.cpu_milli), ("memory", of.memory_bytes), ("ephemeral-storage", of.ephemeral_bytes)];
    let stated = all.iter().filter_map(|(name, ratio)| Some(format!("{name} {}", count((*ratio)?))));
    stated.collect::<Vec<_>>().join(" ")
}

fn webhook(webhook: &Webhook) -> String {
    let does = match &webhook.mode {
        WebhookMode::Deny(message) => format!("denies pods of {} ({message})", of(&webhook.target)),
        WebhookMode::Slow => format!("is slow about pods of {}", of(&webhook.target)),
        WebhookMode::Unavailable => format!("is not there for pods of {}", of(&webhook.target)),
    };
    let policy = match webhook.failure_policy {
        FailurePolicy::Fail => "Fail",
        FailurePolicy::Ignore => "Ignore",
    };
    format!(
        "webhook {} {does}, latency {}, timeout {}, failurePolicy {policy} ({})",
        webhook.name,
        law::format(&webhook.latency),
        go_duration::format(webhook.timeout),
        share(&webhook.target)
    )
}

fn control_plane(fault: &ControlPlaneFault) -> String {
    match fault {
        ControlPlaneFault::ApiErrors { target, lot, error } => {
            format!("{} fails with {} ({})", call_name(*target), api_error(error), calls(*lot))
        }
        ControlPlaneFault::ApiLatency { target, fraction, slower } => {
            let how = match slower {
                Slowdown::By(law) => format!("{} longer", law::format(law)),
                Slowdown::Times(factor) => format!("{factor} times as long"),
            };
            format!("{} takes {how} (fraction {fraction})", call_name(*target))
        }
        ControlPlaneFault::LeaderChange { ending, after_writes } => leader(ending, *after_writes),
        ControlPlaneFault::StaleWatch { resource, staleness } => {
            let what = match resource {
                None => "all objects",
                Some(Resource::Pods) => "pods",
                Some(Resource::ReplicaSets) => "replicasets",
                Some(Resource::Deployments) => "deployments",
            };
            match staleness {
                Staleness::Frozen => format!("the controllers' watch of {what} receives nothing"),
                Staleness::By(law) => {
                    format!("the controllers' watch of {what} is late by {}", law::format(law))
                }
            }
        }
        ControlPlaneFault::SlowController { controller, workers, client_limit } => {
            let who = match controller {
                None => "both controllers have",
                Some(ControllerName::Deployment) => "the Deployment controller has",
                Some(ControllerName::ReplicaSet) => "the ReplicaSet controller has",
            };
            let workers = workers.map(|workers| match workers {
                1 => "1 worker".to_owned(),
                workers => format!("{workers} workers"),
            });
            let limit =
                client_limit.map(|(rate, burst)| format!("{rate} requests per second, burst {burst}"));
            let what: Vec<_> = workers.into_iter().chain(limit).collect();
            format!("{who} {}", what.join(" and "))
        }
    }
}

fn api_error(error: &ApiError) -> String {
    match error {
        ApiError::Conflict => "409 Conflict".to_owned(),
        ApiError::TooManyRequests { retry_after } => {
            format!("429 TooManyRequests, retry after {}", go_duration::format(*retry_after))
        }
        ApiError::Internal => "500 InternalError".to_owned(),
        ApiError::Unavailable => "503 ServiceUnavailable".to_owned(),
        ApiError::TimeoutBeforeCommit { after } => {
            format!("504 Timeout before the commit, after {}", law::format(after))
        }
        ApiError::TimeoutAfterCommit { after } => {
            format!("504 Timeout after the commit, after {}", law::format(after))
        }
    }
}

fn calls(lot: CallSelection) -> String {
    let mut text = format!("fraction {}", lot.fraction);
    if lot.skip > 0 {
        let _ = write!(text, ", not the first {}", lot.skip);
    }
    if let Some(most) = lot.most {
        let _ = write!(text, ", at most {most} calls");
    }
    text
}

fn leader(ending: &LeaderEnding, after_writes: u32) -> String {
    let how = match ending {
        LeaderEnding::Graceful => "the controllers' leader gives its lease back".to_owned(),
        LeaderEnding::Dead => "the controllers' leader dies".to_owned(),
        LeaderEnding::Restart { down } => format!("the controllers restart, down for {}", law::format(down)),
    };
    if after_writes == 0 { how } else { format!("{how} after {after_writes} writes") }
}

/// The target of a fault.
fn of(target: &PodTarget) -> String {
    let mut text = target.image.clone().unwrap_or_else(|| "any image".to_owned());
    match target.side {
        Some(Side::New) => text.push_str(" in the new revision"),
        Some(Side::Old) => text.push_str(" in old revisions"),
        None => {}
    }
    if let Some(node) = target.node {
        let _ = write!(text, " on node number {node}");
    }
    if let Some(zone) = &target.zone {
        let _ = write!(text, " in zone {zone}");
    }
    text
}

fn share(target: &PodTarget) -> String {
    let of = match target.lot {
        Lot::Each => "",
        Lot::Node => " of the nodes",
        Lot::Zone => " of the zones",
    };
    format!("fraction {}{of}", target.fraction)
}
