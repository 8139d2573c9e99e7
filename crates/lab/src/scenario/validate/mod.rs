//! The API server's validation, in rule and in wording (`pkg/apis/{apps,core}/validation` of
//! Kubernetes v1.36), of objects whose defaults have been filled in.
//!
//! Not every rule of the API is here: what decides nothing in a simulation (volume sources, security
//! contexts, affinity terms) is taken as given. What is here is never stricter than the API.

mod container;
mod field;
mod name;
mod pod;
mod policy;
mod probe;
mod resources;
pub(crate) mod selector;
mod workload;

pub(crate) use field::{Errors, Path};
pub(crate) use name::is_dns_label;
pub(crate) use pod::pod;
pub(crate) use policy::{limit_range, resource_quota};
pub(crate) use workload::{deployment, number, replica_set, strategy};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

/// Name, namespace, labels and annotations of an object.
fn metadata(meta: &ObjectMeta, errors: &mut Errors) {
    let path = Path::of(&["metadata"]);
    match meta.name.as_deref() {
        None | Some("") if meta.generate_name.is_none() => {
            errors.required(&path.child("name"), "name or generateName is required");
        }
        None => {}
        Some(text) => name::dns_subdomain(text, &path.child("name"), errors),
    }
    if let Some(namespace) = meta.namespace.as_deref().filter(|text| !text.is_empty()) {
        name::dns_label(namespace, &path.child("namespace"), errors);
    }
    name::labels(meta.labels.as_ref(), &path.child("labels"), errors);
    name::annotations(meta.annotations.as_ref(), &path.child("annotations"), errors);
}
