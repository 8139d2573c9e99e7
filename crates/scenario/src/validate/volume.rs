//! Volumes and their sources.

use super::env::{self, Holder};
use super::field::{Errors, FieldPath};
use super::{name, selector};
use k8s_openapi::api::core::v1::{
    ConfigMapVolumeSource, DownwardAPIVolumeFile, FCVolumeSource, HostPathVolumeSource, ISCSIVolumeSource,
    KeyToPath, NFSVolumeSource, PodSpec, ProjectedVolumeSource, SecretVolumeSource, VolumeProjection,
};
use measures::units::Quantity;
use std::collections::{BTreeMap, BTreeSet};

pub(super) use k8s_openapi::api::core::v1::Volume;

/// Volumes without errors, by their names: mounts of others are reported as missing, as the API does.
pub(crate) type Volumes<'s> = BTreeMap<&'s str, &'s Volume>;

/// Shortest life of a token, in seconds.
const SHORTEST_TOKEN: i64 = 600;

/// Checks the volumes of a pod and returns the valid ones.
pub(super) fn all<'s>(spec: &'s PodSpec, path: &FieldPath, errors: &mut Errors) -> Volumes<'s> {
    let mut fine = Volumes::new();
    for (i, volume) in spec.volumes.iter().flatten().enumerate() {
        let path = path.child("volumes").index(i);
        let mut found = Errors::default();
        source(volume, &path, &mut found);
        if volume.name.is_empty() {
            found.required(&path.child("name"), "");
        } else {
            name::dns_label(&volume.name, &path.child("name"), &mut found);
        }
        if fine.contains_key(volume.name.as_str()) {
            found.duplicate(&path.child("name"), &volume.name);
        }
        if found.is_empty() {
            fine.insert(&volume.name, volume);
        } else {
            errors.append(found);
        }
    }
    fine
}

/// A check of one kind of source at its path.
type SourceCheck<'v> = Box<dyn Fn(&FieldPath, &mut Errors) + 'v>;

/// Exactly one source; the first of them is checked. Without any, a volume is an empty folder.
fn source(volume: &Volume, path: &FieldPath, errors: &mut Errors) {
    let mut first = true;
    for (field, check) in sources(volume).into_iter().chain(remote_sources(volume)) {
        let Some(check) = check else { continue };
        let path = path.child(field);
        if first {
            check(&path, errors);
            first = false;
        } else {
            errors.forbidden(&path, "may not specify more than 1 volume type");
        }
    }
}

/// The sources with more rules than required fields.
fn sources(volume: &Volume) -> Vec<(&'static str, Option<SourceCheck<'_>>)> {
    fn checked<'v, S>(
        source: Option<&'v S>,
        check: impl Fn(&'v S, &FieldPath, &mut Errors) + 'v,
    ) -> Option<SourceCheck<'v>> {
        let source = source?;
        Some(Box::new(move |path, errors| check(source, path, errors)))
    }
    vec![
        (
            "emptyDir",
            checked(volume.empty_dir.as_ref(), |source, path, errors| {
                let limit = source.size_limit.as_ref().and_then(|limit| Quantity::parse(&limit.0).ok());
                if limit.is_some_and(Quantity::is_negative) {
                    let text = "SizeLimit field must be a valid resource quantity";
                    errors.forbidden(&path.child("sizeLimit"), text);
                }
            }),
        ),
        ("hostPath", checked(volume.host_path.as_ref(), host_path)),
        ("secret", checked(volume.secret.as_ref(), secret)),
        ("nfs", checked(volume.nfs.as_ref(), nfs)),
        ("iscsi", checked(volume.iscsi.as_ref(), iscsi)),
        (
            "downwardAPI",
            checked(volume.downward_api.as_ref(), |source, path, errors| {
                mode(source.default_mode, &path.child("defaultMode"), errors);
                for file in source.items.iter().flatten() {
                    downward_file(file, path, errors);
                }
            }),
        ),
        ("fc", checked(volume.fc.as_ref(), fc)),
        ("configMap", checked(volume.config_map.as_ref(), config_map)),
        ("projected", checked(volume.projected.as_ref(), projected)),
        (
            "csi",
            checked(volume.csi.as_ref(), |source, path, errors| {
                csi_driver(&source.driver, &path.child("driver"), errors);
                if let Some(reference) = &source.node_publish_secret_ref
                    && reference.name.is_empty()
                {
                    errors.required(&path.child("nodePublishSecretRef").child("name"), "");
                }
            }),
        ),
        (
            "ephemeral",
            checked(volume.ephemeral.as_ref(), |source, path, errors| {
                if source.volume_claim_template.is_none() {
                    errors.required(&path.child("volumeClaimTemplate"), "");
                }
            }),
        ),
        (
            "image",
            checked(volume.image.as_ref(), |source, path, errors| {
                let policies = ["Always", "IfNotPresent", "Never"];
                let policy = source.pull_policy.as_deref().filter(|policy| !policy.is_empty());
                errors.one_of(&path.child("pullPolicy"), policy, &policies);
            }),
        ),
    ]
}

/// The sources with only required texts.
fn remote_sources(volume: &Volume) -> Vec<(&'static str, Option<SourceCheck<'_>>)> {
    let needs = |fields: Option<Vec<(&'static str, bool)>>| -> Option<SourceCheck<'_>> {
        let fields = fields?;
        Some(Box::new(move |path, errors| {
            for (field, _) in fields.iter().filter(|(_, missing)| *missing) {
                errors.required(&path.child(field), "");
            }
        }))
    };
    vec![
        ("gitRepo", needs(volume.git_repo.as_ref().map(|s| vec![("repository", s.repository.is_empty())]))),
        (
            "gcePersistentDisk",
            needs(volume.gce_persistent_disk.as_ref().map(|s| vec![("pdName", s.pd_name.is_empty())])),
        ),
        (
            "awsElasticBlockStore",
            needs(
                volume.aws_elastic_block_store.as_ref().map(|s| vec![("volumeID", s.volume_id.is_empty())]),
            ),
        ),
        (
            "glusterfs",
            needs(
                volume
                    .glusterfs
                    .as_ref()
                    .map(|s| vec![("endpoints", s.endpoints.is_empty()), ("path", s.path.is_empty())]),
            ),
        ),
        (
            "persistentVolumeClaim",
            needs(
                volume.persistent_volume_claim.as_ref().map(|s| vec![("claimName", s.claim_name.is_empty())]),
            ),
        ),
        (
            "rbd",
            needs(
                volume
                    .rbd
                    .as_ref()
                    .map(|s| vec![("monitors", s.monitors.is_empty()), ("image", s.image.is_empty())]),
            ),
        ),
        ("cinder", needs(volume.cinder.as_ref().map(|s| vec![("volumeID", s.volume_id.is_empty())]))),
        ("cephfs", needs(volume.cephfs.as_ref().map(|s| vec![("monitors", s.monitors.is_empty())]))),
        ("flexVolume", needs(volume.flex_volume.as_ref().map(|s| vec![("driver", s.driver.is_empty())]))),
        (
            "azureFile",
            needs(volume.azure_file.as_ref().map(|s| {
                vec![("secretName", s.secret_name.is_empty()), ("shareName", s.share_name.is_empty())]
            })),
        ),
        (
            "vsphereVolume",
            needs(volume.vsphere_volume.as_ref().map(|s| vec![("volumePath", s.volume_path.is_empty())])),
        ),
        (
            "photonPersistentDisk",
            needs(volume.photon_persistent_disk.as_ref().map(|s| vec![("pdID", s.pd_id.is_empty())])),
        ),
        (
            "portworxVolume",
            needs(volume.portworx_volume.as_ref().map(|s| vec![("volumeID", s.volume_id.is_empty())])),
        ),
        (
            "azureDisk",
            needs(
                volume
                    .azure_disk
                    .as_ref()
                    .map(|s| vec![("diskName", s.disk_name.is_empty()), ("diskURI", s.disk_uri.is_empty())]),
            ),
        ),
        (
            "scaleIO",
            needs(
                volume
                    .scale_io
                    .as_ref()
                    .map(|s| vec![("gateway", s.gateway.is_empty()), ("system", s.system.is_empty())]),
            ),
        ),
    ]
}

fn host_path(source: &HostPathVolumeSource, path: &FieldPath, errors: &mut Errors) {
    if source.path.is_empty() {
        return errors.required(&path.child("path"), "");
    }
    name::no_backsteps(&source.path, &path.child("path"), errors);
    let types =
        ["", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"];
    errors.one_of(&path.child("type"), source.type_.as_deref(), &types);
}

fn secret(source: &SecretVolumeSource, path: &FieldPath, errors: &mut Errors) {
    if source.secret_name.as_deref().unwrap_or("").is_empty() {
        errors.required(&path.child("secretName"), "");
    }
    mode(source.default_mode, &path.child("defaultMode"), errors);
    items(source.items.as_deref(), path, errors);
}

fn config_map(source: &ConfigMapVolumeSource, path: &FieldPath, errors: &mut Errors) {
    if source.name.is_empty() {
        errors.required(&path.child("name"), "");
    }
    mode(source.default_mode, &path.child("defaultMode"), errors);
    items(source.items.as_deref(), path, errors);
}

fn items(items: Option<&[KeyToPath]>, path: &FieldPath, errors: &mut Errors) {
    for (i, item) in items.unwrap_or_default().iter().enumerate() {
        key_to_path(item, &path.child("items").index(i), errors);
    }
}

fn key_to_path(item: &KeyToPath, path: &FieldPath, errors: &mut Errors) {
    if item.key.is_empty() {
        errors.required(&path.child("key"), "");
    }
    if item.path.is_empty() {
        errors.required(&path.child("path"), "");
    }
    name::file_path(&item.path, &path.child("path"), errors);
    mode(item.mode, &path.child("mode"), errors);
}

/// The permissions of a file.
fn mode(mode: Option<i32>, path: &FieldPath, errors: &mut Errors) {
    if let Some(mode) = mode.filter(|mode| !(0..=0o777).contains(mode)) {
        errors.invalid(path, mode, "must be a number between 0 and 0777 (octal), both inclusive");
    }
}

fn nfs(source: &NFSVolumeSource, path: &FieldPath, errors: &mut Errors) {
    if source.server.is_empty() {
        errors.required(&path.child("server"), "");
    }
    if source.path.is_empty() {
        errors.required(&path.child("path"), "");
    }
    if !source.path.starts_with('/') {
        errors.invalid_text(&path.child("path"), &source.path, "must be an absolute path");
    }
}

fn iscsi(source: &ISCSIVolumeSource, path: &FieldPath, errors: &mut Errors) {
    if source.target_portal.is_empty() {
        errors.required(&path.child("targetPortal"), "");
    }
    let iqn = path.child("iqn");
    if source.iqn.is_empty() {
        errors.required(&iqn, "");
    } else if !["iqn", "eui", "naa"].iter().any(|prefix| source.iqn.starts_with(prefix)) {
        errors.invalid_text(&iqn, &source.iqn, "must be valid format starting with iqn, eui, or naa");
    }
    errors.within(&path.child("lun"), Some(source.lun.into()), 0, 255);
    let chap = source.chap_auth_discovery == Some(true) || source.chap_auth_session == Some(true);
    if chap && source.secret_ref.is_none() {
        errors.required(&path.child("secretRef"), "");
    }
}

fn fc(source: &FCVolumeSource, path: &FieldPath, errors: &mut Errors) {
    let targets = source.target_wwns.as_ref().map_or(0, Vec::len);
    let ids = source.wwids.as_ref().map_or(0, Vec::len);
    if targets == 0 && ids == 0 {
        let text = "must specify either targetWWNs or wwids, but not both";
        return errors.required(&path.child("targetWWNs"), text);
    }
    if targets > 0 && ids > 0 {
        errors.invalid(
            &path.child("targetWWNs"),
            "[]",
            "targetWWNs and wwids can not be specified simultaneously",
        );
    }
    if targets > 0 {
        match source.lun {
            None => errors.required(&path.child("lun"), "lun is required if targetWWNs is specified"),
            Some(lun) => errors.within(&path.child("lun"), Some(lun.into()), 0, 255),
        }
    }
}

fn csi_driver(driver: &str, path: &FieldPath, errors: &mut Errors) {
    if driver.is_empty() {
        return errors.required(path, "");
    }
    if driver.len() > 63 {
        errors.too_long(path, 63);
    }
    name::dns_subdomain(&driver.to_lowercase(), path, errors);
}

/// The API names `downwardAPI` and not the item of the list.
fn downward_file(file: &DownwardAPIVolumeFile, path: &FieldPath, errors: &mut Errors) {
    if file.path.is_empty() {
        errors.required(&path.child("path"), "");
    }
    name::file_path(&file.path, &path.child("path"), errors);
    match (&file.field_ref, &file.resource_field_ref) {
        (Some(field), other) => {
            env::field_ref(field, Holder::File, &path.child("fieldRef"), errors);
            if other.is_some() {
                let text = "fieldRef and resourceFieldRef can not be specified simultaneously";
                errors.invalid_text(path, "resource", text);
            }
        }
        (None, Some(resource)) => {
            env::resource_ref(resource, Holder::File, &path.child("resourceFieldRef"), errors);
        }
        (None, None) => errors.required(path, "one of fieldRef and resourceFieldRef is required"),
    }
    mode(file.mode, &path.child("mode"), errors);
}

fn projected(source: &ProjectedVolumeSource, path: &FieldPath, errors: &mut Errors) {
    mode(source.default_mode, &path.child("defaultMode"), errors);
    let mut paths = BTreeSet::new();
    for (i, part) in source.sources.iter().flatten().enumerate() {
        projection(part, &path.child("sources").index(i), path, errors);
        for file in files(part) {
            if !file.is_empty() && !paths.insert(file) {
                errors.invalid_text(path, file, "conflicting duplicate paths");
            }
        }
    }
}

/// Checks one source of a projected volume; `volume` is the path of the whole.
fn projection(part: &VolumeProjection, path: &FieldPath, volume: &FieldPath, errors: &mut Errors) {
    let objects = [
        ("secret", part.secret.as_ref().map(|s| (&s.name, &s.items))),
        ("configMap", part.config_map.as_ref().map(|s| (&s.name, &s.items))),
    ];
    let mut given = 0;
    for (field, object) in objects {
        let Some((name, list)) = object else { continue };
        given += 1;
        let path = path.child(field);
        if name.is_empty() {
            errors.required(&path.child("name"), "");
        }
        items(list.as_deref(), &path, errors);
    }
    if let Some(downward) = &part.downward_api {
        given += 1;
        for file in downward.items.iter().flatten() {
            downward_file(file, &path.child("downwardAPI"), errors);
        }
    }
    if let Some(token) = &part.service_account_token {
        given += 1;
        let seconds = token.expiration_seconds.unwrap_or(3600);
        let at = path.child("serviceAccountToken").child("expirationSeconds");
        if seconds < SHORTEST_TOKEN {
            errors.invalid(&at, seconds, "may not specify a duration less than 10 minutes");
        }
        if seconds > 1 << 32 {
            errors.invalid(&at, seconds, "may not specify a duration larger than 2^32 seconds");
        }
        // The API omits the position in the volume from the path.
        let at = volume.child("path");
        if token.path.is_empty() {
            errors.required(&at, "");
        } else {
            name::file_path(&token.path, &at, errors);
        }
    }
    if let Some(bundle) = &part.cluster_trust_bundle {
        given += 1;
        let path = path.child("clusterTrustBundle");
        if bundle.path.is_empty() {
            errors.required(&path.child("path"), "");
        }
        if let Some(labels) = &bundle.label_selector {
            selector::check(labels, &path.child("labelSelector"), errors);
        }
    }
    given += usize::from(part.pod_certificate.is_some());
    if given > 1 {
        errors.forbidden(path, "may not specify more than 1 volume type per source");
    }
}

/// The files of a source of a projected volume whose paths the API compares. It does not compare those of tokens.
fn files(part: &VolumeProjection) -> Vec<&str> {
    let secret = part.secret.iter().flat_map(|s| s.items.iter().flatten()).map(|item| item.path.as_str());
    let map = part.config_map.iter().flat_map(|s| s.items.iter().flatten()).map(|item| item.path.as_str());
    let downward =
        part.downward_api.iter().flat_map(|s| s.items.iter().flatten()).map(|item| item.path.as_str());
    secret.chain(map).chain(downward).collect()
}
