//! A pod as `kubectl get pods` shows it (`pkg/printers/internalversion/printers.go`, `printPod`).

use super::view::PodView;
use crate::cluster::Pod;
use crate::model::{Container, PodTemplate};
use crate::observe::{PodReport, Stage};
use crate::{Span, Timestamp};
use controller::api::PodPhase;

/// Exit code of a process that SIGKILL ended.
const SIGKILL: u8 = 137;

/// Whether an init container keeps running, and whether nothing but its start is waited for.
fn sidecar(init: &Container) -> (bool, bool) {
    (init.sidecar, init.sidecar && init.startup.is_none())
}

/// What is known of one pod.
#[derive(Debug, Clone)]
pub(super) struct PodState {
    object: Pod,
    stage: Stage,
    /// Init containers, and all containers of the application.
    inits: usize,
    apps: usize,
    /// By init container: whether it keeps running (a native sidecar), and whether it counts as started as soon as it
    /// runs.
    sidecars: Vec<(bool, bool)>,
    /// By container: why it does not run; empty while it does, or while nothing is wrong yet.
    reasons: Vec<&'static str>,
    /// By container: the reason that the API server will hear with the next status.
    unheard: Vec<Option<&'static str>>,
    /// Init containers that have done their work.
    done: usize,
    condemned: bool,
    ready: u16,
    /// Since when its image is asked for.
    pub(super) asked: Timestamp,
    /// How often anything has been reported about it.
    pub(super) turn: u32,
}

impl PodState {
    pub(super) fn new(object: Pod, template: &PodTemplate) -> Self {
        let (inits, apps) = (template.init_containers.len(), template.containers.len());
        let settled = object.phase == PodPhase::Running;
        Self {
            object,
            stage: if settled { Stage::Ready } else { Stage::Scheduling },
            inits,
            apps,
            sidecars: template.init_containers.iter().map(sidecar).collect(),
            reasons: vec![""; inits + apps],
            unheard: vec![None; inits + apps],
            done: if settled { inits } else { 0 },
            condemned: false,
            ready: 0,
            asked: Timestamp::ZERO,
            turn: 0,
        }
        .with_all_ready()
    }

    fn with_all_ready(mut self) -> Self {
        if self.object.is_ready() {
            self.ready = self.counted();
        }
        self
    }

    /// The containers that the column READY counts: sidecars among them.
    fn counted(&self) -> u16 {
        (self.apps + self.sidecars.iter().filter(|(keeps_running, _)| *keeps_running).count()) as u16
    }

    /// The object has changed.
    pub(super) fn change(&mut self, object: Pod) {
        if object.removed || object.deletion != self.object.deletion {
            self.turn += 1;
        }
        if object.phase.is_terminal() {
            self.ready = 0;
        }
        self.object = object;
    }

    pub(super) const fn enter(&mut self, stage: Stage) {
        self.stage = stage;
    }

    pub(super) fn hear(&mut self, report: &PodReport, now: Timestamp) {
        match report {
            PodReport::Containers { ready } => {
                self.ready = *ready;
                for (reason, heard) in self.reasons.iter_mut().zip(&mut self.unheard) {
                    *reason = heard.take().unwrap_or(*reason);
                }
                return;
            }
            PodReport::WillFail { .. } => return,
            PodReport::WillBackOff { container, of_pull, .. } => {
                if *of_pull {
                    return self.set(*container, "ImagePullBackOff");
                }
                let counts = self.sidecars.get(usize::from(*container)).is_none_or(|(sidecar, _)| *sidecar);
                if counts {
                    self.ready = self.ready.min(self.counted() - 1);
                }
                return self.set(*container, "CrashLoopBackOff");
            }
            PodReport::Pulling(_) => self.asked = now,
            PodReport::Pulled { container, .. } | PodReport::ImagePresent(container)
                if self.reasons[usize::from(*container)].contains("Image") =>
            {
                self.set(*container, "");
            }
            PodReport::PullFailed { container, .. } => self.set(*container, "ErrImagePull"),
            PodReport::NeverPull(container) => self.set(*container, "ErrImageNeverPull"),
            PodReport::ConfigMissing { container, .. } => self.set(*container, "CreateContainerConfigError"),
            PodReport::Started(container) => {
                let at_once = self.sidecars.get(usize::from(*container)).is_some_and(|(_, at_once)| *at_once);
                let done = usize::from(*container) + usize::from(at_once);
                self.done = self.done.max(done.min(self.inits));
                self.set(*container, "");
            }
            PodReport::ProbeKills { .. } => self.condemned = true,
            PodReport::Exited { container, code } => self.exited(*container, *code),
            _ => {}
        }
        self.turn += 1;
    }

    fn set(&mut self, container: u16, reason: &'static str) {
        self.reasons[usize::from(container)] = reason;
        self.unheard[usize::from(container)] = None;
    }

    fn exited(&mut self, container: u16, code: u8) {
        let is_init = usize::from(container) < self.inits;
        let by_probe = std::mem::take(&mut self.condemned);
        let reason = match code {
            0 if is_init => {
                self.done = self.done.max(usize::from(container) + 1);
                ""
            }
            0 => "Completed",
            SIGKILL if !by_probe => "OOMKilled",
            _ => "Error",
        };
        self.unheard[usize::from(container)] = Some(reason);
    }

    fn status(&self) -> String {
        let pod = &self.object;
        let (init, app) = self.reasons.split_at(self.inits);
        let first = |reasons: &[&'static str]| reasons.iter().copied().find(|reason| !reason.is_empty());
        let plain = match pod.phase {
            PodPhase::Failed => "Error",
            PodPhase::Succeeded => "Completed",
            _ if pod.deletion.is_some() => "Terminating",
            _ if pod.node.is_none() => "Pending",
            _ if self.done < self.inits => {
                let (done, all) = (self.done, self.inits);
                return first(init)
                    .map_or_else(|| format!("Init:{done}/{all}"), |reason| format!("Init:{reason}"));
            }
            _ => match first(app) {
                Some(reason) => reason,
                None if pod.phase == PodPhase::Running => "Running",
                None if self.inits > 0 => "PodInitializing",
                None => "ContainerCreating",
            },
        };
        plain.to_owned()
    }

    pub(super) fn view(&self, start: Timestamp) -> PodView {
        let pod = &self.object;
        let stored = |at: Timestamp| -> Span { at.since(start) };
        PodView {
            created: stored(pod.created),
            ready: self.ready.min(self.counted()),
            containers: self.counted(),
            status: self.status(),
            restarts: pod.restarts,
            node: pod.node.map(|node| node.0 as usize),
            is_ready: pod.is_ready(),
            deletion: pod.deletion.map(stored),
            stage: self.stage,
        }
    }

    pub(super) const fn is_removed(&self) -> bool {
        self.object.removed
    }
}
