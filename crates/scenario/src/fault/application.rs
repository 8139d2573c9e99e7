//! Faults of the application in its containers.

use super::target::{Places, pod_target};
use crate::defaults;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::law::law;
use crate::reader::{Fields, number, whole, word};
use crate::yaml::{Node, Value};
use simulator::Span;
use simulator::engine::Law;
use simulator::model::{ApplicationFault, Configuration, End, FaultKind, ReadinessFault, StartSlowdown};

/// `ReadinessFailure`
pub(super) fn readiness_failure(
    fields: &mut Fields<'_>,
    places: &mut Places,
    log: &mut Diagnostics,
) -> Option<FaultKind> {
    let failure = fields.take("readiness");
    let failure = failure.map_or(Some(ReadinessFault::Never), |node| readiness(node, log));
    let target = pod_target(fields, places, log);
    Some(FaultKind::Application(ApplicationFault::Readiness { target: target?, failure: failure? }))
}

fn readiness(node: &Node, log: &mut Diagnostics) -> Option<ReadinessFault> {
    if let Value::Str(_) = node.value {
        return word(node, "`readiness`", &[("never", ())], log).map(|()| ReadinessFault::Never);
    }
    let mut fields = Fields::of(node, "`readiness`", log)?;
    let kind = fields.one_of(&["late", "flapping", "underLoad"], log);
    fields.finish(log);
    let kind = kind?;
    match kind.key.as_str() {
        "late" => law(&kind.value, "`late`", log).map(ReadinessFault::Late),
        "underLoad" => under_load(&kind.value, log),
        _ => flapping(&kind.value, log),
    }
}

fn under_load(node: &Node, log: &mut Diagnostics) -> Option<ReadinessFault> {
    let mut fields = Fields::of(node, "`underLoad`", log)?;
    let node = fields.need("factor", log);
    let recovery = fields.take("recovery");
    let recovery = recovery.map_or(Some(defaults::RECOVERY.0), |node| law(node, "`recovery`", log));
    fields.finish(log);
    let factor = number(node?, "`factor`", log)?;
    if factor < 1.0 {
        let text = "factor: a pod must handle its own share, so the factor must be at least 1";
        log.push(Diagnostic::at(&node?.place, text));
        return None;
    }
    Some(ReadinessFault::UnderLoad { factor, recovery: recovery? })
}

fn flapping(node: &Node, log: &mut Diagnostics) -> Option<ReadinessFault> {
    let mut fields = Fields::of(node, "`flapping`", log)?;
    let up = fields.need("up", log).and_then(|node| law(node, "`up`", log));
    let down = fields.need("down", log).and_then(|node| law(node, "`down`", log));
    fields.finish(log);
    let (up, down) = (up?, down?);
    if up.at(0.5) + down.at(0.5) < Span::from_millis(1) {
        log.push(Diagnostic::at(&node.place, "flapping: one round must take at least 1ms at the median"));
        return None;
    }
    Some(ReadinessFault::Flapping { up, down })
}

/// `LivenessFailure`
pub(super) fn liveness_failure(
    fields: &mut Fields<'_>,
    places: &mut Places,
    log: &mut Diagnostics,
) -> Option<FaultKind> {
    let target = pod_target(fields, places, log)?;
    Some(FaultKind::Application(ApplicationFault::Liveness { target }))
}

/// `WrongPort`
pub(super) fn wrong_port(
    fields: &mut Fields<'_>,
    places: &mut Places,
    log: &mut Diagnostics,
) -> Option<FaultKind> {
    let target = pod_target(fields, places, log)?;
    Some(FaultKind::Application(ApplicationFault::WrongPort { target }))
}

/// `ApplicationCrash`
pub(super) fn application_crash(
    fields: &mut Fields<'_>,
    places: &mut Places,
    log: &mut Diagnostics,
) -> Option<FaultKind> {
    let after = fields.take("after");
    let code = fields.take("exitCode");
    let memory = fields.take("outOfMemory");
    let target = pod_target(fields, places, log);
    let (after, end) = if let Some(memory) = memory {
        if let Some(other) = after.or(code) {
            let text = "`outOfMemory` already states when and how the container ends";
            let error = Diagnostic::at(&other.place, text);
            log.push(error.help("give either `outOfMemory`, or `after` and `exitCode`"));
        }
        (out_of_memory(memory, log), Some(End::OutOfMemory))
    } else {
        let after = after.map_or(Some(Law::Constant(Span::ZERO)), |node| law(node, "`after`", log));
        let code = code.map_or(Some(1), |node| whole(node, "`exitCode`", 0..=255, log));
        (after, code.map(|code| End::Code(code as u8)))
    };
    Some(FaultKind::Application(ApplicationFault::Crash { target: target?, after: after?, end: end? }))
}

/// The time until the memory is used up.
fn out_of_memory(node: &Node, log: &mut Diagnostics) -> Option<Law> {
    let mut fields = Fields::of(node, "`outOfMemory`", log)?;
    let after = fields.need("after", log).and_then(|node| law(node, "`after`", log));
    fields.finish(log);
    after
}

/// `MissingConfig`
pub(super) fn missing_config(
    fields: &mut Fields<'_>,
    places: &mut Places,
    log: &mut Diagnostics,
) -> Option<FaultKind> {
    let objects = [("configMap", Configuration::ConfigMap), ("secret", Configuration::Secret)];
    let missing = fields.need("missing", log).and_then(|node| word(node, "`missing`", &objects, log));
    let target = pod_target(fields, places, log);
    Some(FaultKind::Application(ApplicationFault::MissingConfig { target: target?, missing: missing? }))
}

/// `SlowStart`
pub(super) fn slow_start(
    fields: &mut Fields<'_>,
    places: &mut Places,
    log: &mut Diagnostics,
) -> Option<FaultKind> {
    let factor = fields.take("factor");
    let extra = fields.take("extra");
    let target = pod_target(fields, places, log);
    if factor.is_none() && extra.is_none() {
        fields.one_of(&["factor", "extra"], log)?;
    }
    let extra = extra.map(|node| law(node, "`extra`", log));
    let factor = factor.map_or(Some(1.0), |node| stretch(node, log));
    let slowness = StartSlowdown { factor: factor?, extra: extra.map_or(Some(None), |law| law.map(Some))? };
    Some(FaultKind::Application(ApplicationFault::SlowStart { target: target?, slowness }))
}

/// The factor of a duration.
fn stretch(node: &Node, log: &mut Diagnostics) -> Option<f64> {
    let factor = number(node, "`factor`", log)?;
    if !(0.0..=1e6).contains(&factor) {
        log.push(Diagnostic::at(&node.place, "`factor` must be a number from 0 to 1000000"));
        return None;
    }
    Some(factor)
}
