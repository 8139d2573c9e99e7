//! Faults in the admission of new pods.

use super::target::Places;
use crate::diagnostic::Diagnostics;
use crate::scenario::reader::{Fields, text, whole};
use simulator::model::{AdmissionFault, FaultKind};

/// `QuotaExhausted`
pub(super) fn quota_exhausted(
    fields: &mut Fields<'_>,
    _: &mut Places,
    log: &mut Diagnostics,
) -> Option<FaultKind> {
    let quota = fields.need("quota", log).and_then(|node| text(node, "`quota`", log));
    let pods = fields.need("pods", log).and_then(|node| whole(node, "`pods`", 0..=i64::MAX, log));
    Some(FaultKind::Admission(AdmissionFault::Quota { quota: quota?.to_owned(), pods: pods? }))
}

/// `DenyPods`
pub(super) fn deny_pods(fields: &mut Fields<'_>, _: &mut Places, log: &mut Diagnostics) -> Option<FaultKind> {
    let message = fields.need("message", log).and_then(|node| text(node, "`message`", log))?;
    Some(FaultKind::Admission(AdmissionFault::Deny { message: message.to_owned() }))
}
