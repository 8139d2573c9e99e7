//! One container of a pod on its node: its true state, and the state that the kubelet has observed.

use super::crash_loop::CrashLoop;
use super::probe::ProbeCount;
use crate::Timestamp;

/// Later than every event, with room to add and subtract spans.
pub(super) const NEVER: Timestamp = Timestamp::from_nanos(i64::MAX / 2);
/// Earlier than every event.
pub(super) const LONG_AGO: Timestamp = Timestamp::from_nanos(i64::MIN / 2);

/// The process of a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Process {
    /// It has never run.
    Absent,
    Running,
    Exited,
}

/// Why the last attempt to start a container failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StartFailure {
    /// Its image could not be pulled; attempts before `until` fail at once.
    Pull { until: Timestamp },
    /// Its image is not on the node and must not be pulled (`ErrImageNeverPull`).
    NeverPull,
    /// A `ConfigMap` or a Secret is missing (`CreateContainerConfigError`).
    Config,
}

/// One container of a pod on its node.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "facts that are independent of each other")]
pub(in super::super) struct ContainerState {
    pub(super) process: Process,
    /// The kubelet has observed the latest change of the process.
    pub(super) seen: bool,
    /// The kubelet has observed it as running.
    pub(super) shown: bool,
    /// The kubelet has observed it running at some time.
    pub(super) ran: bool,
    /// Its startup probe has succeeded, or it has none.
    pub(super) started: bool,
    /// The result of its readiness probe.
    pub(super) ready: bool,
    /// A probe has failed: the container must be restarted.
    pub(super) doomed: bool,
    /// The current sync is killing it.
    pub(super) condemned: bool,
    /// Exit code of the last process that ended.
    pub(super) exit_code: u8,
    /// Number of starts so far.
    pub(super) starts: u32,
    pub(super) obstacle: Option<StartFailure>,
    /// Start time of the process.
    pub(super) since: Timestamp,
    /// When it first answers its startup and liveness probes.
    pub(super) able: Timestamp,
    /// When it first answers its readiness probe.
    pub(super) serves: Timestamp,
    /// When the process exits.
    pub(super) ends: Timestamp,
    /// When the last process ended.
    pub(super) finished: Timestamp,
    /// The exit from which the kubelet counts the back-off, if it has observed one.
    pub(super) judged: Option<Timestamp>,
    /// When the kubelet observes the latest change of the process.
    pub(super) noticed: Timestamp,
    pub(super) crash_loop: CrashLoop,
    /// Time of one tick of the readiness worker.
    pub(super) phase: Timestamp,
    pub(super) readiness: ProbeCount,
    /// The startup probe, and after its success the liveness probe.
    pub(super) guard: ProbeCount,
}

impl ContainerState {
    /// A container that has not started; its probe workers start now.
    pub(super) const fn new(now: Timestamp) -> Self {
        Self {
            process: Process::Absent,
            seen: true,
            shown: false,
            ran: false,
            started: false,
            ready: false,
            doomed: false,
            condemned: false,
            exit_code: 0,
            starts: 0,
            obstacle: None,
            since: NEVER,
            able: NEVER,
            serves: NEVER,
            ends: NEVER,
            finished: LONG_AGO,
            judged: None,
            noticed: NEVER,
            crash_loop: CrashLoop::new(),
            phase: now,
            readiness: ProbeCount::new(now),
            guard: ProbeCount::new(now),
        }
    }

    /// A container that has been running and Ready for a long time.
    pub(super) const fn settled(phase: Timestamp, now: Timestamp) -> Self {
        Self {
            process: Process::Running,
            shown: true,
            ran: true,
            started: true,
            ready: true,
            starts: 1,
            since: LONG_AGO,
            able: LONG_AGO,
            serves: LONG_AGO,
            phase,
            ..Self::new(now)
        }
    }

    /// An init container that completed long ago.
    pub(super) const fn done(now: Timestamp) -> Self {
        Self { process: Process::Exited, ran: true, starts: 1, ..Self::new(now) }
    }

    /// Starts the process; the kubelet has not observed it yet.
    pub(super) fn run(&mut self, now: Timestamp) {
        self.process = Process::Running;
        self.seen = false;
        self.noticed = NEVER;
        self.since = now;
        self.starts += 1;
        self.obstacle = None;
        self.doomed = false;
    }

    /// Ends the process.
    pub(super) fn exit(&mut self, now: Timestamp, code: u8) {
        self.process = Process::Exited;
        self.finished = now;
        self.exit_code = code;
        self.able = NEVER;
        self.serves = NEVER;
        self.ends = NEVER;
        self.condemned = false;
        self.guard.due = NEVER;
    }

    /// The kubelet observes the last exit.
    pub(super) fn judge(&mut self) {
        if self.finished > LONG_AGO {
            self.judged = Some(self.finished);
        }
    }

    /// Delays its first readiness answer to at least `at`.
    pub(in super::super) fn serves_not_before(&mut self, at: Timestamp) {
        self.serves = self.serves.max(at);
    }

    pub(super) fn is_running(&self) -> bool {
        self.process == Process::Running
    }

    /// Whether the kubelet has observed its exit.
    pub(super) fn is_known_to_have_exited(&self) -> bool {
        self.process == Process::Exited && self.seen
    }

    /// Whether it is an init container that has succeeded.
    pub(super) fn is_done(&self) -> bool {
        self.is_known_to_have_exited() && self.exit_code == 0
    }

    /// Earliest time at which a sync restarts it after its exit.
    pub(super) fn restarts_from(&self) -> Timestamp {
        self.judged.map_or(LONG_AGO, |finished| self.crash_loop.open_from(finished))
    }
}
