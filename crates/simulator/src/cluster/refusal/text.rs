//! Texts of refusals, as the API server writes them.

use super::{Refusal, RefusedCall};
use crate::Timestamp;
use crate::cluster::quantity::quantity;
use crate::cluster::world::World;
use crate::engine::mix;
use crate::model::{
    AdmissionFault, CallTarget, Counted, Fault, FaultKind, Resource, Verb, Webhook, WebhookMode,
};
use crate::observe::Observer;
use crate::record::{ConditionSummary, RefusalSummary};
use controller::api::{Condition, ErrorId, ReplicaSetId, ReplicaSetName, TemplateId};

/// The letters and digits of generated names, without those that make words
/// (`staging/src/k8s.io/apimachinery/pkg/util/rand/rand.go`).
const ALPHANUMS: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";

/// Most bytes of a generated name before its five random characters
/// (`staging/src/k8s.io/apiserver/pkg/storage/names/generate.go`).
const LONGEST_PREFIX: usize = 58;

impl<O: Observer> World<O> {
    /// The refusals of the run; equal ones of one kind of call are merged.
    pub fn refusal_summaries(&self) -> Vec<RefusalSummary> {
        let start = self.site.as_ref().map_or(Timestamp::ZERO, |site| site.start);
        let mut told: Vec<((Resource, Verb), RefusalSummary)> = Vec::new();
        for (noted, id) in self.errors.iter().zip(0..) {
            let Some(kind) = noted.refusal.kind() else { continue };
            let call = noted.about.call();
            let known = told.iter_mut().find(|(known, entry)| *known == call && entry.kind == kind);
            if let Some((_, entry)) = known {
                entry.count += 1;
                continue;
            }
            let (text, first) = (self.error_text(ErrorId(id)), noted.at.since(start));
            told.push((call, RefusalSummary { first, count: 1, kind, text }));
        }
        told.into_iter().map(|(_, entry)| entry).collect()
    }

    /// The conditions of the Deployment and the failures of its `ReplicaSet`s.
    pub fn condition_summaries(&self) -> Vec<ConditionSummary> {
        let conditions = self.api.deployment.iter().flat_map(|stored| stored.status.conditions.iter());
        let of_deployment = conditions.map(|condition| ConditionSummary {
            object: format!("deployment.apps/{}", self.subject_name()),
            kind: condition.kind.as_str(),
            status: condition.status.as_str(),
            reason: condition.reason.as_str(),
            message: self.condition_text(condition),
        });
        let failing = self.api.existing_replica_sets().filter_map(|set| Some((set.id, set.status.failure?)));
        let of_sets = failing.map(|(id, failure)| ConditionSummary {
            object: format!("replicaset.apps/{}", self.name_of_set(id)),
            kind: "ReplicaFailure",
            status: "True",
            reason: failure.reason.as_str(),
            message: self.error_text(failure.error),
        });
        of_deployment.chain(of_sets).collect()
    }

    /// The text of an error, as the API server words it.
    pub fn error_text(&self, error: ErrorId) -> String {
        let Some(noted) = self.errors.get(error.0 as usize) else { return String::new() };
        let (resource, verb) = noted.about.call();
        let (plural, group) = names(resource);
        let name = self.name_of_refused(noted.about, error);
        let forbidden = |why: &str| format!("{plural}{group} \"{name}\" is forbidden: {why}");
        match noted.refusal {
            Refusal::Conflict => format!(
                "Operation cannot be fulfilled on {plural}{group} \"{name}\": the object has been modified; please apply \
                 your changes to the latest version and try again"
            ),
            Refusal::NotFound => format!("{plural}{group} \"{name}\" not found"),
            Refusal::AlreadyExists => format!("{plural}{group} \"{name}\" already exists"),
            Refusal::PermissionDenied { .. } => self.permission_text(resource, verb, &name),
            Refusal::WebhookDenied { fault } | Refusal::WebhookFailed { fault } => {
                self.webhook(fault).map_or_else(String::new, webhook_text)
            }
            Refusal::TooManyRequests => {
                "the server has received too many requests and has asked us to try again later".into()
            }
            Refusal::Internal => "Internal error occurred: etcdserver: leader changed".into(),
            Refusal::Unavailable => "the server is currently unable to handle the request".into(),
            Refusal::Timeout => {
                "Timeout: request did not complete within requested timeout - context deadline exceeded"
                    .into()
            }
            admission => forbidden(&self.admission_text(admission, noted.about)),
        }
    }

    /// The text after `is forbidden: ` of an admission plugin's refusal.
    fn admission_text(&self, refusal: Refusal, about: RefusedCall) -> String {
        match refusal {
            Refusal::QuotaExceeded { quota, shortage, .. } => self.quota_text(quota, shortage),
            Refusal::QuotaUnspecified { quota } => self.unspecified_text(quota, about),
            Refusal::QuotaStatusUnknown { quota } => {
                let limited = self.limited(quota).into_iter().map(Counted::name).collect::<Vec<_>>();
                format!(
                    "status unknown for quota: {}, resources: {}",
                    self.quota_name(quota),
                    limited.join(",")
                )
            }
            Refusal::LimitRange { fault } => self.limit_range_text(fault, about),
            Refusal::ServiceAccountMissing => {
                let (namespace, account) = (self.namespace(), self.service_account(about));
                format!(
                    "error looking up service account {namespace}/{account}: serviceaccount \"{account}\" not found"
                )
            }
            Refusal::PodSecurity { fault } => match self.admission_fault(fault) {
                Some(AdmissionFault::PodSecurity { level, details, .. }) => {
                    format!("violates PodSecurity \"{level}\": {details}")
                }
                _ => String::new(),
            },
            Refusal::NamespaceTerminating => {
                let namespace = self.namespace();
                format!(
                    "unable to create new content in namespace {namespace} because it is being terminated"
                )
            }
            Refusal::Denied { fault } => match fault.and_then(|fault| self.admission_fault(fault)) {
                Some(AdmissionFault::Deny { message }) => message.clone(),
                _ => "denied by a script".to_owned(),
            },
            _ => String::new(),
        }
    }

    fn quota_text(&self, quota: u32, shortage: u32) -> String {
        let Some(shortage) = self.site.as_ref().and_then(|site| site.quotas.shortage(shortage)) else {
            return "exceeded quota".to_owned();
        };
        let list = |amount: fn(&(Counted, i64, i64, i64)) -> i64| {
            let show = |entry: &(Counted, i64, i64, i64)| {
                format!("{}={}", entry.0.name(), quantity(amount(entry), entry.0.unit()))
            };
            shortage.exceeded.iter().map(show).collect::<Vec<_>>().join(",")
        };
        let (requested, used, limited) = (list(|e| e.1), list(|e| e.2), list(|e| e.3));
        let name = self.quota_name(quota);
        format!("exceeded quota: {name}, requested: {requested}, used: {used}, limited: {limited}")
    }

    fn unspecified_text(&self, quota: u32, about: RefusedCall) -> String {
        let limited = self.limited(quota);
        let template = about.template();
        let blueprint = self.site.as_ref().zip(template).map(|(site, template)| site.blueprint(template));
        let unstated = blueprint.map_or(&[][..], |blueprint| &blueprint.unstated);
        let missing = unstated.iter().filter(|(counted, _)| limited.contains(counted));
        let missing: Vec<_> =
            missing.map(|(counted, containers)| format!("{} for: {containers}", counted.name())).collect();
        format!("failed quota: {}: must specify {}", self.quota_name(quota), missing.join("; "))
    }

    fn limit_range_text(&self, fault: Option<u32>, about: RefusedCall) -> String {
        let Some(template) = about.template() else { return String::new() };
        let Some(site) = &self.site else { return String::new() };
        let violations = match fault {
            None => site.blueprint(template).limit_range_violations.clone(),
            Some(fault) => self.violations_of_fault(fault, template),
        };
        match violations.as_slice() {
            [one] => one.clone(),
            all => format!("[{}]", all.join(", ")),
        }
    }

    fn permission_text(&self, resource: Resource, verb: Verb, name: &str) -> String {
        let (plural, group) = names(resource);
        let name = if verb == Verb::Create { String::new() } else { format!(" \"{name}\"") };
        let user = match resource {
            Resource::Pods => "replicaset-controller",
            Resource::ReplicaSets if verb == Verb::Status => "replicaset-controller",
            Resource::ReplicaSets | Resource::Deployments => "deployment-controller",
        };
        let sub = if verb == Verb::Status { "/status" } else { "" };
        let word = match verb {
            Verb::Create => "create",
            Verb::Update | Verb::Status => "update",
            Verb::Patch => "patch",
            Verb::Delete => "delete",
            Verb::Get => "get",
        };
        format!(
            "{plural}{group}{name} is forbidden: User \"system:serviceaccount:kube-system:{user}\" cannot {word} resource \
             \"{plural}{sub}\" in API group \"{}\" in the namespace \"{}\"",
            group.trim_start_matches('.'),
            self.namespace()
        )
    }

    /// The name of the object of a refused request. Names are generated before admission, so each attempt to
    /// create a pod has its own.
    fn name_of_refused(&self, about: RefusedCall, error: ErrorId) -> String {
        match about {
            RefusedCall::NewPod(owner, _) | RefusedCall::Pod(owner, _) => {
                let mut name = format!("{}-", self.name_of_set(owner));
                name.truncate(LONGEST_PREFIX);
                let mut bits = mix(u64::from(owner.0) << 32 | u64::from(error.0));
                for _ in 0..5 {
                    name.push(char::from(ALPHANUMS[(bits % 27) as usize]));
                    bits /= 27;
                }
                name
            }
            RefusedCall::NewReplicaSet(name) => self.full_name(name),
            RefusedCall::ReplicaSet(id, _) => self.name_of_set(id),
            RefusedCall::Deployment(_) => self.subject_name(),
        }
    }

    fn subject_name(&self) -> String {
        self.site.as_ref().map_or_else(|| "web".to_owned(), |site| site.model.subject.name.clone())
    }

    fn name_of_set(&self, id: ReplicaSetId) -> String {
        match (self.api.deployment, self.api.replica_set(id)) {
            (Some(_), Some(set)) => self.full_name(set.name),
            _ => self.subject_name(),
        }
    }

    /// The full name of a `ReplicaSet`.
    pub fn full_name(&self, name: ReplicaSetName) -> String {
        format!("{}-{}", self.subject_name(), name.suffix())
    }

    /// The message of a condition of the Deployment, as the API shows it.
    pub fn condition_text(&self, condition: &Condition) -> String {
        let (set, error) = (|name| self.full_name(name), |error| self.error_text(error));
        condition.message.text(condition.reason, &self.subject_name(), set, error)
    }

    fn namespace(&self) -> &str {
        self.site.as_ref().map_or("default", |site| &site.model.subject.namespace)
    }

    fn quota_name(&self, quota: u32) -> &str {
        self.site.as_ref().map_or("", |site| site.quotas.name(quota))
    }

    fn limited(&self, quota: u32) -> Vec<Counted> {
        self.site.as_ref().map(|site| site.quotas.limited(quota)).unwrap_or_default()
    }

    fn service_account(&self, about: RefusedCall) -> &str {
        about.template().map_or("default", |template| self.account_of(template))
    }

    pub(in super::super) fn account_of(&self, template: TemplateId) -> &str {
        match self.templates.get(template).service_account.as_str() {
            "" => "default",
            named => named,
        }
    }

    fn admission_fault(&self, index: u32) -> Option<&AdmissionFault> {
        let fault: &Fault = self.site.as_ref()?.model.faults.get(index as usize)?;
        match &fault.kind {
            FaultKind::Admission(fault) => Some(fault),
            _ => None,
        }
    }

    fn webhook(&self, index: u32) -> Option<&Webhook> {
        match self.admission_fault(index)? {
            AdmissionFault::Webhook(webhook) => Some(webhook),
            _ => None,
        }
    }

    pub(in super::super) fn violations_of_fault(&self, fault: u32, template: TemplateId) -> Vec<String> {
        let Some(AdmissionFault::LimitRange(item)) = self.admission_fault(fault) else { return Vec::new() };
        let Some(site) = &self.site else { return Vec::new() };
        crate::cluster::admission::violations_of(self.templates.get(template), &site.model.limit_ranges, item)
    }
}

/// Text of a webhook's denial or failure (`staging/src/k8s.io/apiserver/pkg/admission/plugin/webhook`).
fn webhook_text(webhook: &Webhook) -> String {
    let name = &webhook.name;
    let (service, _) = name.split_once('.').unwrap_or((name, ""));
    let failed = |why: &str| {
        let seconds = webhook.timeout.as_secs_f64();
        format!(
            "Internal error occurred: failed calling webhook \"{name}\": failed to call webhook: Post \
             \"https://{service}.default.svc:443/?timeout={seconds}s\": {why}"
        )
    };
    match &webhook.mode {
        WebhookMode::Deny(message) => format!("admission webhook \"{name}\" denied the request: {message}"),
        WebhookMode::Slow => failed("context deadline exceeded"),
        WebhookMode::Unavailable => failed(&format!("no endpoints available for service \"{service}\"")),
    }
}

/// Plural and group of a resource, the group with its dot.
const fn names(resource: Resource) -> (&'static str, &'static str) {
    match resource {
        Resource::Pods => ("pods", ""),
        Resource::ReplicaSets => ("replicasets", ".apps"),
        Resource::Deployments => ("deployments", ".apps"),
    }
}

/// A call in words: `create pods`, `update deployments/status`.
#[must_use]
pub fn call_name(target: CallTarget) -> String {
    let verb = match target.verb {
        None => "any call on",
        Some(Verb::Create) => "create",
        Some(Verb::Update | Verb::Status) => "update",
        Some(Verb::Patch) => "patch",
        Some(Verb::Delete) => "delete",
        Some(Verb::Get) => "get",
    };
    let resource = target.resource.map_or("any object", |resource| names(resource).0);
    let sub = if target.verb == Some(Verb::Status) { "/status" } else { "" };
    format!("{verb} {resource}{sub}")
}
