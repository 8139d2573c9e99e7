//! Reviews of a new pod before quotas: checks that take no time, and calls that do.

use crate::Span;
use crate::cluster::refusal::Refusal;
use crate::cluster::world::World;
use crate::engine::Law;
use crate::model::{AdmissionFault, FailurePolicy, FaultKind, Webhook, WebhookMode};
use crate::observe::Observer;
use controller::api::TemplateId;

/// Live reads of the service account `default` before admission gives up; other accounts are read once
/// (`getServiceAccount`, `plugin/pkg/admission/serviceaccount/admission.go`).
const READS_OF_DEFAULT: u32 = 10;

/// Time between two of these reads, drawn once for a request (the same place).
const BETWEEN_READS: Law = Law::Uniform { low: Span::from_millis(100), high: Span::from_millis(200) };

/// Source of the random numbers of a review.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Sampling {
    /// Drawn from the faults' streams.
    Drawn,
    /// Constant 0.5, for a preview that must not draw.
    Midpoint,
}

/// The result of a review and the time that it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Review {
    pub(in super::super) takes: Span,
    pub(in super::super) verdict: Result<(), Refusal>,
}

impl Review {
    const PASSED: Self = Self { takes: Span::ZERO, verdict: Ok(()) };

    const fn refused(refusal: Refusal) -> Self {
        Self { takes: Span::ZERO, verdict: Err(refusal) }
    }
}

impl<O: Observer> World<O> {
    /// Reviews a new pod of a template.
    pub(in super::super) fn review_pod(&mut self, template: TemplateId, chance: Sampling) -> Review {
        let Some(site) = &self.site else { return Review::PASSED };
        if site.faults.namespace_terminating {
            return Review::refused(Refusal::NamespaceTerminating);
        }
        if !site.blueprint(template).limit_range_violations.is_empty() {
            return Review::refused(Refusal::LimitRange { fault: None });
        }
        if site.faults.reviewers.is_empty() {
            return Review::PASSED;
        }
        self.review_by_faults(template, chance)
    }

    /// Applies the faults in plugin order, in which they are stored.
    fn review_by_faults(&mut self, template: TemplateId, chance: Sampling) -> Review {
        let Some(site) = &self.site else { return Review::PASSED };
        let (model, reviewers) = (std::sync::Arc::clone(&site.model), site.faults.reviewers.clone());
        let mut takes = Span::ZERO;
        let mut asked = Span::ZERO;
        for fault in reviewers {
            let FaultKind::Admission(kind) = &model.faults[fault as usize].kind else { continue };
            let lots = match chance {
                Sampling::Drawn => [self.fault_lot(fault), self.fault_lot(fault)],
                Sampling::Midpoint => [0.5; 2],
            };
            let review = self.review_by(fault, kind, template, lots);
            // Webhooks are called in parallel, all other checks one after another.
            match kind {
                AdmissionFault::Webhook(_) => asked = asked.max(review.takes),
                _ => takes += review.takes,
            }
            if review.verdict.is_err() {
                return Review { takes: takes + asked, ..review };
            }
        }
        Review { takes: takes + asked, verdict: Ok(()) }
    }

    fn review_by(
        &self,
        fault: u32,
        kind: &AdmissionFault,
        template: TemplateId,
        [lot, time]: [f64; 2],
    ) -> Review {
        match kind {
            AdmissionFault::LimitRange(_) => {
                let violates = !self.violations_of_fault(fault, template).is_empty();
                let refusal = Refusal::LimitRange { fault: Some(fault) };
                if violates { Review::refused(refusal) } else { Review::PASSED }
            }
            AdmissionFault::ServiceAccountMissing { name } => {
                let account = self.account_of(template);
                let missing = name.as_ref().is_none_or(|name| name == account);
                let reads = if account == "default" { READS_OF_DEFAULT } else { 1 };
                if missing { self.look_up_account(fault, reads, lot) } else { Review::PASSED }
            }
            AdmissionFault::PodSecurity { target, .. } => {
                let hit = self.template_is_hit(target, template, lot);
                if hit { Review::refused(Refusal::PodSecurity { fault }) } else { Review::PASSED }
            }
            AdmissionFault::Webhook(webhook) => {
                let hit = self.template_is_hit(&webhook.target, template, lot);
                if hit { ask(webhook, fault, time) } else { Review::PASSED }
            }
            AdmissionFault::Deny { .. } => Review::refused(Refusal::Denied { fault: Some(fault) }),
            // These faults do not review pods.
            AdmissionFault::Quota { .. }
            | AdmissionFault::PermissionDenied(_)
            | AdmissionFault::NamespaceTerminating => Review::PASSED,
        }
    }

    /// Reads the service account until it exists or the attempts are used up.
    fn look_up_account(&self, fault: u32, reads: u32, lot: f64) -> Review {
        let interval = BETWEEN_READS.at(lot);
        let back = self.site.as_ref().and_then(|site| site.faults.end_of(fault));
        let now = self.now();
        let mut takes = Span::ZERO;
        for _ in 1..reads {
            takes += interval;
            if back.is_some_and(|back| now + takes >= back) {
                return Review { takes, verdict: Ok(()) };
            }
        }
        Review { takes, verdict: Err(Refusal::ServiceAccountMissing) }
    }
}

/// Calls a webhook; `time` is the uniform number that gives its latency.
fn ask(webhook: &Webhook, fault: u32, time: f64) -> Review {
    let latency = webhook.latency.at(time);
    let takes = latency.min(webhook.timeout);
    let answers = webhook.mode != WebhookMode::Unavailable && latency < webhook.timeout;
    let verdict = match (&webhook.mode, webhook.failure_policy) {
        (WebhookMode::Deny(_), _) if answers => Err(Refusal::WebhookDenied { fault }),
        _ if answers => Ok(()),
        (_, FailurePolicy::Ignore) => Ok(()),
        (_, FailurePolicy::Fail) => Err(Refusal::WebhookFailed { fault }),
    };
    Review { takes, verdict }
}
