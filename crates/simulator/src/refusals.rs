//! What is left of refused calls in a record: how often, why, and in which words.

use crate::Span;
use std::fmt;

/// Why calls of the controllers were refused. What happens in every cluster and is simply tried again, such as
/// a write to an object that has just changed, is not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RefusalKind {
    /// A quota was used up.
    QuotaExceeded,
    /// A quota could not decide: a container states too little, or the usage is not known yet.
    QuotaUndecided,
    /// A limit range did not allow requests or limits.
    LimitRange,
    /// A permission was missing.
    PermissionDenied,
    /// The service account did not exist.
    ServiceAccountMissing,
    /// The namespace's Pod Security Standard was violated.
    PodSecurity,
    /// A webhook denied it.
    WebhookDenied,
    /// A webhook that had to be asked could not be.
    WebhookFailed,
    /// The namespace was being deleted.
    NamespaceTerminating,
    /// Another admission plugin denied it.
    Denied,
    /// The API server was overloaded, and the client gave up trying again.
    TooManyRequests,
    /// The API server failed.
    ServerError,
    /// The API server did not answer in time.
    Timeout,
    /// The creation of a pod met a conflict. Conflicts of other writes are everyday and not counted.
    Conflict,
}

impl RefusalKind {
    /// All of them, in the order in which they are reported.
    pub const ALL: [Self; 14] = [
        Self::QuotaExceeded,
        Self::QuotaUndecided,
        Self::LimitRange,
        Self::PermissionDenied,
        Self::ServiceAccountMissing,
        Self::PodSecurity,
        Self::WebhookDenied,
        Self::WebhookFailed,
        Self::NamespaceTerminating,
        Self::Denied,
        Self::TooManyRequests,
        Self::ServerError,
        Self::Timeout,
        Self::Conflict,
    ];

    /// The word used in tables and files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::QuotaExceeded => "quota-exceeded",
            Self::QuotaUndecided => "quota-undecided",
            Self::LimitRange => "limit-range",
            Self::PermissionDenied => "permission-denied",
            Self::ServiceAccountMissing => "service-account-missing",
            Self::PodSecurity => "pod-security",
            Self::WebhookDenied => "webhook-denied",
            Self::WebhookFailed => "webhook-failed",
            Self::NamespaceTerminating => "namespace-terminating",
            Self::Denied => "denied",
            Self::TooManyRequests => "too-many-requests",
            Self::ServerError => "server-error",
            Self::Timeout => "timeout",
            Self::Conflict => "conflict",
        }
    }
}

/// How often calls were refused, by reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RefusalCounts([u32; RefusalKind::ALL.len()]);

impl RefusalCounts {
    /// Counts one more.
    pub fn add(&mut self, kind: Option<RefusalKind>) {
        if let Some(kind) = kind {
            self.0[kind as usize] += 1;
        }
    }

    /// How many of a kind.
    #[must_use]
    pub const fn of(&self, kind: RefusalKind) -> u32 {
        self.0[kind as usize]
    }

    /// The kinds that happened, with their numbers.
    pub fn iter(&self) -> impl Iterator<Item = (RefusalKind, u32)> {
        RefusalKind::ALL.into_iter().zip(self.0).filter(|(_, count)| *count > 0)
    }

    /// Reads what [`RefusalCounts`] write; `None` of anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut counts = Self::default();
        for word in text.split_whitespace() {
            let (name, count) = word.split_once(':')?;
            let kind = RefusalKind::ALL.into_iter().find(|kind| kind.as_str() == name)?;
            counts.0[kind as usize] = count.parse().ok()?;
        }
        Some(counts)
    }
}

/// The kinds that happened with their numbers, as in `quota-exceeded:12 timeout:1`.
impl fmt::Display for RefusalCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut space = "";
        self.iter().try_for_each(|(kind, count)| {
            write!(f, "{space}{}:{count}", kind.as_str())?;
            space = " ";
            Ok(())
        })
    }
}

/// Refused calls of one kind, told as the API server words them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusalTold {
    /// When the first came.
    pub first: Span,
    /// How many the controllers were told of.
    pub count: u32,
    /// Why.
    pub kind: RefusalKind,
    /// The text of the first.
    pub text: String,
}

/// A condition of the Deployment, or the one of a `ReplicaSet`, as the API shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConditionTold {
    /// The object: its kind and name.
    pub object: String,
    /// `type`
    pub kind: &'static str,
    /// `status`
    pub status: &'static str,
    /// `reason`
    pub reason: &'static str,
    /// `message`
    pub message: String,
}
