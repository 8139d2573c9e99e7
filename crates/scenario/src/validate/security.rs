//! Security contexts of pods and containers.

use super::field::{Errors, FieldPath};
use super::name;
use k8s_openapi::api::core::v1::{
    AppArmorProfile, PodSecurityContext, PodSpec, SeccompProfile, SecurityContext, Sysctl,
};
use std::collections::BTreeSet;

/// Kinds of profiles of seccomp and `AppArmor`.
const PROFILES: [&str; 3] = ["Localhost", "RuntimeDefault", "Unconfined"];
/// Longest path of a profile of `AppArmor`.
const LONGEST_PROFILE: usize = 4095;
/// Largest number of a user or a group.
const LARGEST_ID: i64 = i32::MAX as i64;

/// Checks the context of a pod.
pub(super) fn of_pod(context: &PodSecurityContext, spec: &PodSpec, path: &FieldPath, errors: &mut Errors) {
    errors.within(&path.child("fsGroup"), context.fs_group, 0, LARGEST_ID);
    errors.within(&path.child("runAsUser"), context.run_as_user, 0, LARGEST_ID);
    errors.within(&path.child("runAsGroup"), context.run_as_group, 0, LARGEST_ID);
    for (i, group) in context.supplemental_groups.iter().flatten().enumerate() {
        errors.within(&path.child("supplementalGroups").index(i), Some(*group), 0, LARGEST_ID);
    }
    let words: [(&str, &Option<String>, &[&str]); 3] = [
        ("fsGroupChangePolicy", &context.fs_group_change_policy, &["Always", "OnRootMismatch"]),
        ("supplementalGroupsPolicy", &context.supplemental_groups_policy, &["Merge", "Strict"]),
        ("seLinuxChangePolicy", &context.se_linux_change_policy, &["MountOption", "Recursive"]),
    ];
    for (field, word, supported) in words {
        errors.one_of(&path.child(field), word.as_deref(), supported);
    }
    if spec.share_process_namespace == Some(true) && spec.host_pid == Some(true) {
        let text = "ShareProcessNamespace and HostPID cannot both be enabled";
        errors.invalid(&path.child("shareProcessNamespace"), true, text);
    }
    let sysctls = context.sysctls.as_deref().unwrap_or_default();
    self::sysctls(sysctls, spec, &path.child("sysctls"), errors);
    profiles(context.seccomp_profile.as_ref(), context.app_armor_profile.as_ref(), path, errors);
}

/// Checks the context of a container. `own_users`: the pod has a user namespace of its own.
pub(super) fn of_container(
    context: &SecurityContext,
    own_users: bool,
    path: &FieldPath,
    errors: &mut Errors,
) {
    errors.within(&path.child("runAsUser"), context.run_as_user, 0, LARGEST_ID);
    errors.within(&path.child("runAsGroup"), context.run_as_group, 0, LARGEST_ID);
    let proc_mount = path.child("procMount");
    errors.one_of(&proc_mount, context.proc_mount.as_deref(), &["Default", "Unmasked"]);
    if context.proc_mount.as_deref() == Some("Unmasked") && !own_users {
        let text = "`hostUsers` must be false to use `Unmasked`";
        errors.invalid_text(&proc_mount, "Unmasked", text);
    }
    if context.allow_privilege_escalation == Some(false) {
        let added = context.capabilities.iter().flat_map(|capabilities| capabilities.add.iter().flatten());
        let admin = added.into_iter().any(|capability| capability == "CAP_SYS_ADMIN");
        let conflicts = [
            (context.privileged == Some(true), "`privileged` to true"),
            (admin, "`capabilities.Add` CAP_SYS_ADMIN"),
        ];
        for (_, other) in conflicts.iter().filter(|(conflict, _)| *conflict) {
            let text = format!("cannot set `allowPrivilegeEscalation` to false and {other}");
            errors.invalid(path, serde_json::to_string(context).unwrap_or_default(), &text);
        }
    }
    profiles(context.seccomp_profile.as_ref(), context.app_armor_profile.as_ref(), path, errors);
}

fn sysctls(sysctls: &[Sysctl], spec: &PodSpec, path: &FieldPath, errors: &mut Errors) {
    const PATTERN: &str = "must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$";
    let mut names = BTreeSet::new();
    for (i, sysctl) in sysctls.iter().enumerate() {
        let at = path.index(i).child("name");
        let name = sysctl.name.as_str();
        if name.is_empty() {
            errors.required(&at, "");
        } else if !is_sysctl(name) {
            errors.invalid_text(&at, name, PATTERN);
        } else if !names.insert(name) {
            errors.duplicate(&at, name);
        }
        let dotted = name.replace('/', ".");
        let shared = [
            (spec.host_network, dotted.starts_with("net."), "hostNetwork"),
            (spec.host_ipc, dotted.starts_with("kernel.shm") || dotted.starts_with("kernel.msg"), "hostIPC"),
            (spec.host_ipc, dotted.starts_with("fs.mqueue."), "hostIPC"),
            (spec.host_ipc, dotted == "kernel.sem", "hostIPC"),
        ];
        for (host, concerned, field) in shared {
            if host == Some(true) && concerned {
                errors.invalid_text(&at, name, &format!("may not be specified when '{field}' is true"));
            }
        }
    }
}

fn is_sysctl(name: &str) -> bool {
    let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_".contains(&b);
    let edge = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let is_part =
        |part: &str| part.bytes().all(inner) && edge(part.as_bytes().first()) && edge(part.as_bytes().last());
    name.len() <= 253 && name.split(['.', '/']).all(is_part)
}

fn profiles(
    seccomp: Option<&SeccompProfile>,
    app_armor: Option<&AppArmorProfile>,
    path: &FieldPath,
    errors: &mut Errors,
) {
    if let Some(profile) = seccomp {
        let path = path.child("seccompProfile");
        let file = profile.localhost_profile.as_deref();
        if let Some(file) = self::profile(("seccompProfile", "seccomp"), &profile.type_, file, &path, errors)
        {
            name::descending_path(file, &path.child("localhostProfile"), errors);
        }
    }
    if let Some(profile) = app_armor {
        let path = path.child("appArmorProfile");
        let file = profile.localhost_profile.as_deref();
        let file = self::profile(("appArmorProfile", "AppArmor"), &profile.type_, file, &path, errors);
        let path = path.child("localhostProfile");
        match file {
            Some(file) if file.trim() != file => {
                errors.invalid_text(&path, file, "must not be padded with whitespace");
            }
            Some("") => errors.required(&path, "must be set when AppArmor type is Localhost"),
            Some(file) if file.len() > LONGEST_PROFILE => errors.too_long(&path, LONGEST_PROFILE),
            _ => {}
        }
    }
}

/// Checks the type of a profile and whether it may have a file; returns the file where one is due.
fn profile<'p>(
    (field, title): (&str, &str),
    kind: &str,
    file: Option<&'p str>,
    path: &FieldPath,
    errors: &mut Errors,
) -> Option<&'p str> {
    if kind.is_empty() {
        errors.required(&path.child("type"), &format!("type is required when {field} is set"));
    } else {
        errors.one_of(&path.child("type"), Some(kind), &PROFILES);
    }
    let at = path.child("localhostProfile");
    match (kind == "Localhost", file) {
        (true, None) => errors.required(&at, &format!("must be set when {title} type is Localhost")),
        (true, Some(file)) => return Some(file),
        (false, Some(file)) => {
            errors.invalid_text(&at, file, &format!("can only be set when {title} type is Localhost"));
        }
        (false, None) => {}
    }
    None
}
