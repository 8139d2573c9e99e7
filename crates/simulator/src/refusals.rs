//! Refused calls in a record: number, reason and text.

use crate::Span;
use std::fmt;

/// Why calls of the controllers were refused. Routine refusals that are retried, such as a conflict, are not
/// counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RefusalKind {
    /// A quota was used up.
    QuotaExceeded,
    /// A quota could not decide: a container lacks a stated value, or the usage is not known yet.
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
    /// The call of a webhook failed.
    WebhookFailed,
    /// The namespace was being deleted.
    NamespaceTerminating,
    /// Another admission plugin denied it.
    Denied,
    /// The API server was overloaded, and the client stopped retrying.
    TooManyRequests,
    /// The API server failed.
    ServerError,
    /// The API server did not answer in time.
    Timeout,
    /// The creation of a pod met a conflict. Conflicts of other writes are routine and not counted.
    Conflict,
}

impl RefusalKind {
    /// All kinds, in reporting order.
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

    /// The name used in tables and files.
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

/// Number of refused calls by reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RefusalCounts([u32; RefusalKind::ALL.len()]);

impl RefusalCounts {
    /// Adds one.
    pub fn add(&mut self, kind: Option<RefusalKind>) {
        if let Some(kind) = kind {
            self.0[kind as usize] += 1;
        }
    }

    /// The number of one kind.
    #[must_use]
    pub const fn of(&self, kind: RefusalKind) -> u32 {
        self.0[kind as usize]
    }

    /// The kinds with a positive number.
    pub fn iter(&self) -> impl Iterator<Item = (RefusalKind, u32)> {
        RefusalKind::ALL.into_iter().zip(self.0).filter(|(_, count)| *count > 0)
    }

    /// Parses the output of `Display`; `None` for other text.
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

/// The kinds with positive numbers, as in `quota-exceeded:12 timeout:1`.
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

/// Refused calls of one kind, with the API server's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusalSummary {
    /// Time of the first.
    pub first: Span,
    /// Number of refusals that the controllers received.
    pub count: u32,
    /// Reason.
    pub kind: RefusalKind,
    /// Text of the first.
    pub text: String,
}

/// A condition of the Deployment or of a `ReplicaSet`, as in the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConditionSummary {
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
