//! One container of a pod on its node: what is true of it, and what the kubelet knows.

use super::crash_loop::CrashLoop;
use super::probe::Tally;
use crate::Timestamp;

/// Later than anything that happens; far enough from the end of time that spans can be added and taken.
pub(super) const NEVER: Timestamp = Timestamp::from_nanos(i64::MAX / 2);
/// Earlier than anything that happens.
pub(super) const LONG_AGO: Timestamp = Timestamp::from_nanos(i64::MIN / 2);

/// The process of a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Process {
    /// There has never been one.
    Absent,
    Running,
    Exited,
}

/// Why the last attempt to start a container came to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Obstacle {
    /// Its image could not be pulled; attempts before this moment fail at once.
    Pull { until: Timestamp },
    /// Its image is not on the node and must not be pulled (`ErrImageNeverPull`).
    NeverPull,
    /// A `ConfigMap` or a Secret is missing (`CreateContainerConfigError`).
    Config,
}

/// One container of a pod on its node.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "facts that are independent of each other")]
pub(in super::super) struct Container {
    pub(super) process: Process,
    /// The kubelet's view is up to date with the process.
    pub(super) seen: bool,
    /// In the kubelet's view it runs.
    pub(super) shown: bool,
    /// The kubelet has seen it run at some time.
    pub(super) ran: bool,
    /// Its startup probe has succeeded, or it has none.
    pub(super) started: bool,
    /// The verdict of its readiness probe.
    pub(super) ready: bool,
    /// A probe has failed it: it must be restarted.
    pub(super) doomed: bool,
    /// The sync that is under way kills it.
    pub(super) condemned: bool,
    /// Exit code of the process that has ended last.
    pub(super) exit_code: u8,
    /// Starts so far.
    pub(super) starts: u32,
    pub(super) obstacle: Option<Obstacle>,
    /// Since when the process runs.
    pub(super) since: Timestamp,
    /// From when on it answers its startup and liveness probes ...
    pub(super) able: Timestamp,
    /// ... and its readiness probe.
    pub(super) serves: Timestamp,
    /// When the process ends by itself.
    pub(super) ends: Timestamp,
    /// When the last process ended.
    pub(super) finished: Timestamp,
    /// The end from which the kubelet counts its back-off, if it knows of any.
    pub(super) judged: Option<Timestamp>,
    /// When the kubelet sees the last change of the process.
    pub(super) noticed: Timestamp,
    pub(super) crash_loop: CrashLoop,
    /// A tick of the readiness worker.
    pub(super) phase: Timestamp,
    pub(super) readiness: Tally,
    /// The startup probe, and after its success the liveness probe.
    pub(super) guard: Tally,
}

impl Container {
    /// Not started yet; its probe workers begin now.
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
            readiness: Tally::new(now),
            guard: Tally::new(now),
        }
    }

    /// It has been running and Ready for long.
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

    /// An init container that has done its work long ago.
    pub(super) const fn done(now: Timestamp) -> Self {
        Self { process: Process::Exited, ran: true, starts: 1, ..Self::new(now) }
    }

    /// The process begins; the kubelet has not seen it yet.
    pub(super) fn run(&mut self, now: Timestamp) {
        self.process = Process::Running;
        self.seen = false;
        self.noticed = NEVER;
        self.since = now;
        self.starts += 1;
        self.obstacle = None;
        self.doomed = false;
    }

    /// The process ends.
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

    /// The kubelet learns of the last end.
    pub(super) fn judge(&mut self) {
        if self.finished > LONG_AGO {
            self.judged = Some(self.finished);
        }
    }

    /// It does not answer its readiness probe before `at`.
    pub(in super::super) fn serves_not_before(&mut self, at: Timestamp) {
        self.serves = self.serves.max(at);
    }

    pub(super) fn is_running(&self) -> bool {
        self.process == Process::Running
    }

    /// An exit that the kubelet knows of.
    pub(super) fn is_known_to_have_exited(&self) -> bool {
        self.process == Process::Exited && self.seen
    }

    /// An init container that has succeeded.
    pub(super) fn is_done(&self) -> bool {
        self.is_known_to_have_exited() && self.exit_code == 0
    }

    /// From when on a sync restarts it after its end.
    pub(super) fn restarts_from(&self) -> Timestamp {
        self.judged.map_or(LONG_AGO, |finished| self.crash_loop.open_from(finished))
    }
}
