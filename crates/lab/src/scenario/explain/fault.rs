//! A fault in one line.

use super::trigger;
use crate::scenario::law;
use simulator::model::{
    AdmissionFault, ApplicationFault, Cluster, Configuration, End, Fault, FaultKind, Lot, PodFault,
    PodTarget, PullFailure, ReadinessFault, RegistryFault, Side,
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
    let what = match &fault.kind {
        FaultKind::Registry(fault) => registry(fault),
        FaultKind::Application(fault) => application(fault),
        FaultKind::Admission(fault) => admission(fault),
        FaultKind::Pods(PodFault::Delete { every }) => {
            format!("a pod is deleted every {}", law::format(every))
        }
        FaultKind::Pods(PodFault::Fail { every }) => format!("a pod fails every {}", law::format(every)),
        FaultKind::Node(fault) => super::node::fault(fault, cluster),
    };
    format!("{}: {what}, {}, {length}{chance}", fault.name, trigger(&fault.window.from))
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
                End::OutOfMemory => "are killed for want of memory".to_owned(),
            };
            format!("containers of {of} {how} {} after their start ({share})", law::format(after))
        }
        ApplicationFault::WrongPort { .. } => format!("{of} listens on a port that nobody probes ({share})"),
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
        AdmissionFault::Quota { quota, pods } => format!("quota {quota} allows {pods} pods"),
        AdmissionFault::Deny { message } => format!("pods are refused: {message}"),
    }
}

/// What a fault is aimed at.
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
