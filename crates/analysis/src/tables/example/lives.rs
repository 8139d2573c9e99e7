//! The phases of each pod, from the story of a run.

use measures::Milli;
use simulator::Span;
use simulator::observe::Stage;
use simulator::story::{PodView, Story, What};

/// The phase of a pod, with the detail that a chart shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Without a node.
    Waiting,
    /// Its images are being pulled.
    Pulling,
    /// A pull failed; the next one waits.
    PullBackOff,
    /// Containers are starting.
    Starting,
    /// Running, not Ready.
    NotReady,
    /// A container ended; its restart waits.
    CrashLoop,
    /// Ready, but not yet for minReadySeconds.
    Ready,
    /// Ready for minReadySeconds.
    Available,
    /// Deleted, but its object exists.
    Terminating,
    /// Its object is removed.
    Gone,
}

impl Phase {
    /// All phases of an existing pod, in their usual order.
    pub const ALL: [Self; 9] = [
        Self::Waiting,
        Self::Pulling,
        Self::PullBackOff,
        Self::Starting,
        Self::NotReady,
        Self::CrashLoop,
        Self::Ready,
        Self::Available,
        Self::Terminating,
    ];

    /// The label in a legend.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waits for a node",
            Self::Pulling => "pulling",
            Self::PullBackOff => "pull back-off",
            Self::Starting => "starting",
            Self::NotReady => "not ready",
            Self::CrashLoop => "crash loop",
            Self::Ready => "ready",
            Self::Available => "available",
            Self::Terminating => "terminating",
            Self::Gone => "gone",
        }
    }

    /// The word in files.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::PullBackOff => "pull-back-off",
            Self::NotReady => "not-ready",
            Self::CrashLoop => "crash-loop",
            other => other.as_str(),
        }
    }

    /// The phase with this word.
    pub(super) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().chain([Self::Gone]).find(|phase| phase.word() == word)
    }

    const fn of(view: &PodView) -> Self {
        if view.deletion.is_some() {
            return Self::Terminating;
        }
        match view.stage {
            Stage::Scheduling | Stage::NoRoom | Stage::NodeLost => Self::Waiting,
            Stage::Pull => Self::Pulling,
            Stage::PullBackOff => Self::PullBackOff,
            Stage::Start => Self::Starting,
            Stage::CrashLoop => Self::CrashLoop,
            Stage::Ready if view.is_ready => Self::Ready,
            Stage::Probe | Stage::Ready => Self::NotReady,
        }
    }
}

/// A pod and its phases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Life {
    /// Its name.
    pub pod: String,
    /// Milliseconds from t = 0 and the phase that begins then, in order of time.
    pub phases: Vec<(i64, Phase)>,
}

impl Life {
    /// Milliseconds from t = 0 to its creation.
    pub fn created(&self) -> i64 {
        self.phases.first().map_or(0, |&(at, _)| at)
    }

    /// Milliseconds from its creation until it is first available; `None` if it never is.
    pub fn until_available(&self) -> Option<i64> {
        let available = self.phases.iter().find(|(_, phase)| *phase == Phase::Available)?;
        Some(available.0 - self.created())
    }

    fn turn(&mut self, at: i64, phase: Phase) {
        let last = self.phases.last().map(|&(_, phase)| phase);
        // An available pod is Ready too.
        let goes_on = last == Some(phase) || (last, phase) == (Some(Phase::Available), Phase::Ready);
        if !goes_on {
            self.phases.push((at, phase));
        }
    }

    /// The pod becomes available, or stops being available.
    fn availability(&mut self, at: i64, is_available: bool) {
        match (self.phases.last().map(|&(_, phase)| phase), is_available) {
            (Some(Phase::Ready), true) => self.phases.push((at, Phase::Available)),
            // minReadySeconds has increased.
            (Some(Phase::Available), false) => self.phases.push((at, Phase::Ready)),
            _ => {}
        }
    }
}

/// All pods in order of creation, each with the index of its `ReplicaSet`.
pub(super) fn lives(story: &Story) -> Vec<(Option<usize>, Life)> {
    let new = |pod: &simulator::story::PodIdentity| Life { pod: pod.name.clone(), phases: Vec::new() };
    let mut lives: Vec<Life> = story.pods.iter().map(new).collect();
    let horizon = Milli::from(story.horizon).thousandths();
    let mut turns = story.availability.iter().peekable();
    let mut settle = |lives: &mut Vec<Life>, up_to: Span| {
        while let Some(turn) = turns.next_if(|turn| turn.at < up_to) {
            lives[turn.pod].availability(Milli::from(turn.at).thousandths(), turn.is_available);
        }
    };
    for (index, entry) in story.entries.iter().enumerate() {
        if index >= story.opening {
            settle(&mut lives, entry.at);
        }
        let at = Milli::from(entry.at).thousandths();
        match &entry.what {
            What::Pod(pod, view) => lives[*pod].turn(at, Phase::of(view)),
            What::PodGone(pod) => lives[*pod].turn(at, Phase::Gone),
            _ => {}
        }
    }
    settle(&mut lives, Span::from_nanos(i64::MAX));
    // A pod that is available at the start has no event for it.
    for life in &mut lives {
        if let [(0, Phase::Ready), (0, Phase::Available), ..] = life.phases[..] {
            life.phases.remove(0);
        }
    }
    for life in &mut lives {
        life.phases.retain(|&(at, _)| at <= horizon);
    }
    let owned = story.pods.iter().map(|pod| pod.replica_set).zip(lives);
    owned.filter(|(_, life)| !life.phases.is_empty()).collect()
}
