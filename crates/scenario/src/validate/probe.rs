//! Probes, lifecycle hooks and their actions.

use super::field::{Errors, FieldPath};
use super::name;
use k8s_openapi::api::core::v1::{
    ExecAction, GRPCAction, HTTPGetAction, Lifecycle, LifecycleHandler, Probe, SleepAction, TCPSocketAction,
};

/// The purpose of a probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProbeKind {
    /// Whether the container must be restarted.
    Liveness,
    /// Whether it can serve.
    Readiness,
    /// Whether it has started.
    Startup,
}

/// Checks a probe.
pub(crate) fn check(probe: &Probe, role: ProbeKind, path: &FieldPath, errors: &mut Errors) {
    let handlers = [
        probe.exec.as_ref().map(HandlerAction::Exec),
        probe.http_get.as_ref().map(HandlerAction::HttpGet),
        probe.tcp_socket.as_ref().map(HandlerAction::TcpSocket),
        probe.grpc.as_ref().map(HandlerAction::Grpc),
    ];
    handler(&handlers, path, errors);
    numbers(probe, role, path, errors);
}

fn numbers(probe: &Probe, role: ProbeKind, path: &FieldPath, errors: &mut Errors) {
    errors.not_negative(&path.child("initialDelaySeconds"), probe.initial_delay_seconds);
    errors.not_negative(&path.child("timeoutSeconds"), probe.timeout_seconds);
    errors.not_negative(&path.child("periodSeconds"), probe.period_seconds);
    errors.not_negative(&path.child("successThreshold"), probe.success_threshold);
    errors.not_negative(&path.child("failureThreshold"), probe.failure_threshold);
    let success = probe.success_threshold.unwrap_or(1);
    if role != ProbeKind::Readiness && success != 1 {
        errors.invalid(&path.child("successThreshold"), success, "must be 1");
    }
    let Some(grace) = probe.termination_grace_period_seconds else {
        return;
    };
    let path = path.child("terminationGracePeriodSeconds");
    // Both rules hold for a readiness probe.
    if grace <= 0 {
        errors.invalid(&path, grace, "must be greater than 0");
    }
    if role == ProbeKind::Readiness {
        errors.invalid(&path, grace, "must not be set for readinessProbes");
    }
}

/// Checks the hooks after the start and before the stop of a container.
pub(crate) fn hooks(hooks: &Lifecycle, grace: i64, path: &FieldPath, errors: &mut Errors) {
    let both = [("postStart", &hooks.post_start), ("preStop", &hooks.pre_stop)];
    for (field, hook) in both {
        if let Some(hook) = hook {
            self::hook(hook, grace, &path.child(field), errors);
        }
    }
}

fn hook(hook: &LifecycleHandler, grace: i64, path: &FieldPath, errors: &mut Errors) {
    let handlers = [
        hook.exec.as_ref().map(HandlerAction::Exec),
        hook.http_get.as_ref().map(HandlerAction::HttpGet),
        hook.tcp_socket.as_ref().map(HandlerAction::TcpSocket),
        hook.sleep.as_ref().map(|sleep| HandlerAction::Sleep(sleep, grace)),
    ];
    handler(&handlers, path, errors);
}

/// The action of a probe or a hook.
#[derive(Clone, Copy)]
enum HandlerAction<'a> {
    Exec(&'a ExecAction),
    HttpGet(&'a HTTPGetAction),
    TcpSocket(&'a TCPSocketAction),
    Grpc(&'a GRPCAction),
    /// With the grace period of the pod in seconds.
    Sleep(&'a SleepAction, i64),
}

impl HandlerAction<'_> {
    const fn field(self) -> &'static str {
        match self {
            Self::Exec(_) => "exec",
            Self::HttpGet(_) => "httpGet",
            Self::TcpSocket(_) => "tcpSocket",
            Self::Grpc(_) => "grpc",
            Self::Sleep(..) => "sleep",
        }
    }

    fn check(self, path: &FieldPath, errors: &mut Errors) {
        match self {
            Self::Exec(exec) => {
                if exec.command.as_ref().is_none_or(Vec::is_empty) {
                    errors.required(&path.child("command"), "");
                }
            }
            Self::HttpGet(get) => http_get(get, path, errors),
            Self::TcpSocket(socket) => name::port(&socket.port, &path.child("port"), errors),
            Self::Grpc(grpc) => name::port_number(grpc.port, &path.child("port"), errors),
            Self::Sleep(sleep, grace) => {
                // The text says "less than", the check allows equality.
                if !(0..=grace).contains(&sleep.seconds) {
                    let text =
                        format!("must be non-negative and less than terminationGracePeriodSeconds ({grace})");
                    errors.invalid(path, sleep.seconds, &text);
                }
            }
        }
    }
}

/// Exactly one handler must be given; of several, the first is checked.
fn handler(handlers: &[Option<HandlerAction<'_>>], path: &FieldPath, errors: &mut Errors) {
    let mut given = handlers.iter().flatten();
    match given.next() {
        Some(first) => first.check(&path.child(first.field()), errors),
        None => errors.required(path, "must specify a handler type"),
    }
    for other in given {
        errors.forbidden(&path.child(other.field()), "may not specify more than 1 handler type");
    }
}

fn http_get(get: &HTTPGetAction, path: &FieldPath, errors: &mut Errors) {
    name::port(&get.port, &path.child("port"), errors);
    errors.one_of(&path.child("scheme"), get.scheme.as_deref(), &["HTTP", "HTTPS"]);
    for header in get.http_headers.iter().flatten() {
        name::http_header(&header.name, &path.child("httpHeaders"), errors);
    }
}
