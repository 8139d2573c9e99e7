//! Names, labels and annotations.

use super::field::{Errors, Path};
use std::collections::BTreeMap;

type Map = BTreeMap<String, String>;

const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const QUALIFIED: &str = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

/// Lower case letters, digits and inner hyphens.
fn is_label(text: &str) -> bool {
    let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    !text.is_empty() && text.bytes().all(inner) && !text.starts_with('-') && !text.ends_with('-')
}

/// Letters, digits and inner `-`, `_`, `.`.
fn is_qualified(text: &str) -> bool {
    let inner = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    let edge = |b: Option<&u8>| b.is_some_and(u8::is_ascii_alphanumeric);
    text.bytes().all(inner) && edge(text.as_bytes().first()) && edge(text.as_bytes().last())
}

fn too_long(length: usize) -> String {
    format!("must be no more than {length} bytes")
}

/// A DNS label of at most 63 characters.
pub(crate) fn dns_label(text: &str, path: &Path, errors: &mut Errors) {
    if text.len() > 63 {
        errors.invalid_text(path, text, &too_long(63));
    }
    if !is_label(text) {
        errors.invalid_text(path, text, LABEL);
    }
}

/// Whether a text is a DNS label of at most 63 characters.
pub(crate) fn is_dns_label(text: &str) -> bool {
    text.len() <= 63 && is_label(text)
}

/// A DNS subdomain of at most 253 characters.
pub(crate) fn dns_subdomain(text: &str, path: &Path, errors: &mut Errors) {
    if text.len() > 253 {
        errors.invalid_text(path, text, &too_long(253));
    }
    if !text.split('.').all(is_label) {
        errors.invalid_text(path, text, SUBDOMAIN);
    }
}

/// The key of a label or an annotation, with an optional prefix; `shown` is what messages quote.
fn qualified_name(text: &str, shown: &str, path: &Path, errors: &mut Errors) {
    let name = match text.split_once('/') {
        None => text,
        Some((prefix, name)) => {
            if prefix.is_empty() {
                errors.invalid_text(path, shown, "prefix part must be non-empty");
            } else if !prefix.split('.').all(is_label) {
                errors.invalid_text(path, shown, &format!("prefix part {SUBDOMAIN}"));
            }
            name
        }
    };
    if name.is_empty() {
        errors.invalid_text(path, shown, "name part must be non-empty");
    } else if name.len() > 63 {
        errors.invalid_text(path, shown, &format!("name part {}", too_long(63)));
    }
    if !is_qualified(name) {
        errors.invalid_text(path, shown, QUALIFIED);
    }
}

/// Keys and values of labels.
pub(crate) fn labels(labels: Option<&Map>, path: &Path, errors: &mut Errors) {
    for (key, value) in labels.into_iter().flatten() {
        qualified_name(key, key, path, errors);
        label_value(value, path, errors);
    }
}

/// A label's value.
fn label_value(value: &str, path: &Path, errors: &mut Errors) {
    if value.len() > 63 {
        errors.invalid_text(path, value, &too_long(63));
    }
    if !value.is_empty() && !is_qualified(value) {
        errors.invalid_text(path, value, VALUE);
    }
}

/// A label key and the values a selector compares it with.
pub(crate) fn requirement(key: &str, values: &[String], path: &Path, errors: &mut Errors) {
    qualified_name(key, key, &path.child("key"), errors);
    for (i, value) in values.iter().enumerate() {
        label_value(value, &path.child("values").index(i), errors);
    }
}

/// The key of a label.
pub(crate) fn label_key(key: &str, path: &Path, errors: &mut Errors) {
    qualified_name(key, key, path, errors);
}

/// Keys of annotations, in any case, and their size.
pub(crate) fn annotations(annotations: Option<&Map>, path: &Path, errors: &mut Errors) {
    let mut size = 0;
    for (key, value) in annotations.into_iter().flatten() {
        qualified_name(&key.to_lowercase(), key, path, errors);
        size += key.len() + value.len();
    }
    if size > 256 * 1024 {
        errors.too_long(path, 256 * 1024);
    }
}
