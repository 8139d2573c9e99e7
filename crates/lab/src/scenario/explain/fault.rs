//! A fault in one line.

use super::trigger;
use crate::scenario::law;
use simulator::model::{
    AdmissionFault, ApplicationFault, Cluster, Fault, FaultKind, Lot, PodFault, PodTarget, PullFailure,
    ReadinessFault, RegistryFault, Side,
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
            };
            format!("pulls of {} fail ({how}, {})", of(target), share(target))
        }
    }
}

fn application(fault: &ApplicationFault) -> String {
    match fault {
        ApplicationFault::Readiness { target, failure } => {
            let how = match failure {
                ReadinessFault::Never => "never ready".to_owned(),
                ReadinessFault::Late(late) => format!("ready later by {}", law::format(late)),
                ReadinessFault::Flapping { up, down } => {
                    format!("ready for {}, not for {}", law::format(up), law::format(down))
                }
            };
            format!("pods of {} are {how} ({})", of(target), share(target))
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
