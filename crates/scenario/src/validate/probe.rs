//! Probes and lifecycle hooks.

use super::container::port_number;
use super::field::{Errors, Path};
use k8s_openapi::api::core::v1::{Lifecycle, LifecycleHandler, Probe};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

/// What a probe is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Whether the container must be restarted.
    Liveness,
    /// Whether it can serve.
    Readiness,
    /// Whether it has started.
    Startup,
}

/// Checks a probe.
pub(crate) fn check(probe: &Probe, role: Role, path: &Path, errors: &mut Errors) {
    let port = |port: &IntOrString, path: &Path, errors: &mut Errors| {
        if let IntOrString::Int(number) = port {
            port_number(*number, &path.child("port"), errors);
        }
    };
    let given = [
        ("exec", probe.exec.is_some()),
        ("httpGet", probe.http_get.is_some()),
        ("tcpSocket", probe.tcp_socket.is_some()),
        ("grpc", probe.grpc.is_some()),
    ];
    handler(&given, path, errors);
    if probe.exec.as_ref().is_some_and(|exec| exec.command.as_ref().is_none_or(Vec::is_empty)) {
        errors.required(&path.child("exec").child("command"), "");
    }
    if let Some(get) = &probe.http_get {
        port(&get.port, &path.child("httpGet"), errors);
    }
    if let Some(socket) = &probe.tcp_socket {
        port(&socket.port, &path.child("tcpSocket"), errors);
    }
    if let Some(grpc) = &probe.grpc {
        port_number(grpc.port, &path.child("grpc").child("port"), errors);
    }
    numbers(probe, role, path, errors);
}

fn numbers(probe: &Probe, role: Role, path: &Path, errors: &mut Errors) {
    errors.not_negative(&path.child("initialDelaySeconds"), probe.initial_delay_seconds);
    errors.not_negative(&path.child("timeoutSeconds"), probe.timeout_seconds);
    errors.not_negative(&path.child("periodSeconds"), probe.period_seconds);
    errors.not_negative(&path.child("successThreshold"), probe.success_threshold);
    errors.not_negative(&path.child("failureThreshold"), probe.failure_threshold);
    let success = probe.success_threshold.unwrap_or(1);
    if role != Role::Readiness && success != 1 {
        errors.invalid(&path.child("successThreshold"), success, "must be 1");
    }
    let Some(grace) = probe.termination_grace_period_seconds else {
        return;
    };
    let path = path.child("terminationGracePeriodSeconds");
    if role == Role::Readiness {
        errors.invalid(&path, grace, "must not be set for readinessProbes");
    } else if grace <= 0 {
        errors.invalid(&path, grace, "must be greater than 0");
    }
}

/// Exactly one of the handlers must be given.
fn handler(given: &[(&str, bool)], path: &Path, errors: &mut Errors) {
    let mut given = given.iter().filter(|(_, given)| *given);
    if given.next().is_none() {
        errors.required(path, "must specify a handler type");
    }
    for (field, _) in given {
        errors.forbidden(&path.child(field), "may not specify more than 1 handler type");
    }
}

/// Checks what happens after the start and before the stop of a container.
pub(crate) fn hooks(hooks: &Lifecycle, grace: i64, path: &Path, errors: &mut Errors) {
    let both = [("postStart", &hooks.post_start), ("preStop", &hooks.pre_stop)];
    for (field, hook) in both {
        if let Some(hook) = hook {
            self::hook(hook, grace, &path.child(field), errors);
        }
    }
}

fn hook(hook: &LifecycleHandler, grace: i64, path: &Path, errors: &mut Errors) {
    let given = [
        ("exec", hook.exec.is_some()),
        ("httpGet", hook.http_get.is_some()),
        ("tcpSocket", hook.tcp_socket.is_some()),
        ("sleep", hook.sleep.is_some()),
    ];
    handler(&given, path, errors);
    // The text says "less than", the check allows equality.
    if let Some(sleep) = &hook.sleep
        && !(0..=grace).contains(&sleep.seconds)
    {
        let text = format!("must be non-negative and less than terminationGracePeriodSeconds ({grace})");
        errors.invalid(&path.child("sleep"), sleep.seconds, &text);
    }
}
