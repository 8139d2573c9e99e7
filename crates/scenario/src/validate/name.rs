//! Texts with rules: names, labels, ports, addresses, paths (`apimachinery/pkg/util/validation`).

use super::field::{Errors, FieldPath};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use std::collections::BTreeMap;
use std::net::IpAddr;

type StringMap = BTreeMap<String, String>;

const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const QUALIFIED: &str = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const QUALIFIED_SHAPE: &str = "a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')";
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

/// DNS names count characters, labels bytes.
fn too_many_characters(length: usize) -> String {
    format!("must be no more than {length} characters")
}

/// A DNS label of at most 63 characters.
pub(crate) fn dns_label(text: &str, path: &FieldPath, errors: &mut Errors) {
    if text.len() > 63 {
        errors.invalid_text(path, text, &too_many_characters(63));
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
pub(crate) fn dns_subdomain(text: &str, path: &FieldPath, errors: &mut Errors) {
    if text.len() > 253 {
        errors.invalid_text(path, text, &too_many_characters(253));
    }
    if !text.split('.').all(is_label) {
        errors.invalid_text(path, text, SUBDOMAIN);
    }
}

/// A name with an optional prefix, as keys of labels have it.
pub(crate) fn qualified(text: &str, path: &FieldPath, errors: &mut Errors) {
    qualified_name(text, text, path, errors);
}

/// Whether a text is a name with an optional prefix.
pub(crate) fn is_qualified_name(text: &str) -> bool {
    let (prefix, name) = text.split_once('/').map_or((None, text), |(prefix, name)| (Some(prefix), name));
    prefix.is_none_or(|prefix| prefix.len() <= 253 && prefix.split('.').all(is_label))
        && name.len() <= 63
        && is_qualified(name)
}

/// The key of a label or an annotation, with an optional prefix; `shown` is what messages quote.
fn qualified_name(text: &str, shown: &str, path: &FieldPath, errors: &mut Errors) {
    let name = match text.split_once('/') {
        None => text,
        Some((prefix, name)) => {
            if name.contains('/') {
                return errors.invalid_text(path, shown, QUALIFIED_SHAPE);
            }
            if prefix.is_empty() {
                errors.invalid_text(path, shown, "prefix part must be non-empty");
            } else if prefix.len() > 253 {
                errors.invalid_text(path, shown, &format!("prefix part {}", too_many_characters(253)));
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
pub(crate) fn labels(labels: Option<&StringMap>, path: &FieldPath, errors: &mut Errors) {
    for (key, value) in labels.into_iter().flatten() {
        qualified_name(key, key, path, errors);
        label_value(value, path, errors);
    }
}

/// A label's value.
pub(crate) fn label_value(value: &str, path: &FieldPath, errors: &mut Errors) {
    if value.len() > 63 {
        errors.invalid_text(path, value, &too_long(63));
    }
    if !value.is_empty() && !is_qualified(value) {
        errors.invalid_text(path, value, VALUE);
    }
}

/// A label key and the values a selector compares it with.
pub(crate) fn requirement(key: &str, values: &[String], path: &FieldPath, errors: &mut Errors) {
    qualified_name(key, key, &path.child("key"), errors);
    for (i, value) in values.iter().enumerate() {
        label_value(value, &path.child("values").index(i), errors);
    }
}

/// Keys of annotations, in any case, and their size.
pub(crate) fn annotations(annotations: Option<&StringMap>, path: &FieldPath, errors: &mut Errors) {
    let mut size = 0;
    for (key, value) in annotations.into_iter().flatten() {
        qualified_name(&key.to_lowercase(), key, path, errors);
        size += key.len() + value.len();
    }
    if size > 256 * 1024 {
        errors.too_long(path, 256 * 1024);
    }
}

/// The name of a port of a container: an IANA service name.
pub(crate) fn port_name(text: &str, path: &FieldPath, errors: &mut Errors) {
    let mut wrong = |detail: &str| errors.invalid_text(path, text, detail);
    if text.len() > 15 {
        wrong(&too_many_characters(15));
    }
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if text.is_empty() || !text.bytes().all(allowed) {
        wrong("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
    }
    if !text.bytes().any(|b| b.is_ascii_lowercase()) {
        wrong("must contain at least one letter (a-z)");
    }
    if text.contains("--") {
        wrong("must not contain consecutive hyphens");
    }
    if text.starts_with('-') || text.ends_with('-') {
        wrong("must not begin or end with a hyphen");
    }
}

/// The number of a port.
pub(crate) fn port_number(port: i32, path: &FieldPath, errors: &mut Errors) {
    if !(1..=65535).contains(&port) {
        errors.invalid(path, port, "must be between 1 and 65535, inclusive");
    }
}

/// A port by its number or by its name.
pub(crate) fn port(port: &IntOrString, path: &FieldPath, errors: &mut Errors) {
    match port {
        IntOrString::Int(number) => port_number(*number, path, errors),
        IntOrString::String(name) => port_name(name, path, errors),
    }
}

/// The name of an environment variable, or the prefix of several.
pub(crate) fn variable(text: &str, path: &FieldPath, errors: &mut Errors) {
    if text.is_empty() || !text.bytes().all(|b| (b' '..=b'~').contains(&b) && b != b'=') {
        let rule = "a valid environment variable name must consist only of printable ASCII characters other than '='";
        errors.invalid_text(path, text, rule);
    }
}

/// A key of a `ConfigMap` or a Secret.
pub(crate) fn config_key(text: &str, path: &FieldPath, errors: &mut Errors) {
    let mut wrong = |detail: &str| errors.invalid_text(path, text, detail);
    if text.len() > 253 {
        wrong(&too_many_characters(253));
    }
    if !text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b)) {
        wrong(
            "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or \
             'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
        );
    }
    match text {
        "." => wrong("must not be '.'"),
        ".." => wrong("must not be '..'"),
        _ if text.starts_with("..") => wrong("must not start with '..'"),
        _ => {}
    }
}

/// The name of a header of HTTP.
pub(crate) fn http_header(text: &str, path: &FieldPath, errors: &mut Errors) {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        let rule = "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex \
                    used for validation is '[-A-Za-z0-9]+')";
        errors.invalid_text(path, text, rule);
    }
}

/// A name that is valid in the path of a request.
pub(crate) fn path_segment(text: &str, path: &FieldPath, errors: &mut Errors) {
    if [".", ".."].contains(&text) {
        return errors.invalid_text(path, text, &format!("may not be '{text}'"));
    }
    for letter in ['/', '%'] {
        if text.contains(letter) {
            errors.invalid_text(path, text, &format!("may not contain '{letter}'"));
        }
    }
}

/// An address of the Internet Protocol.
pub(crate) fn address(text: &str, path: &FieldPath, errors: &mut Errors) {
    if text.parse::<IpAddr>().is_err() {
        errors.invalid_text(path, text, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)");
    }
}

/// A relative path that stays below its folder.
pub(crate) fn descending_path(text: &str, path: &FieldPath, errors: &mut Errors) {
    if text.starts_with('/') {
        errors.invalid_text(path, text, "must be a relative path");
    }
    no_backsteps(text, path, errors);
}

/// A descending path that does not begin like the hidden files of a volume.
pub(crate) fn file_path(text: &str, path: &FieldPath, errors: &mut Errors) {
    descending_path(text, path, errors);
    if text.starts_with("..") && !text.starts_with("../") {
        errors.invalid_text(path, text, "must not start with '..'");
    }
}

/// A path that never goes up.
pub(crate) fn no_backsteps(text: &str, path: &FieldPath, errors: &mut Errors) {
    if text.split('/').any(|part| part == "..") {
        errors.invalid_text(path, text, "must not contain '..'");
    }
}

/// A domain of the search list of DNS: a subdomain that may have underscores, or the root.
pub(crate) fn search_domain(text: &str, path: &FieldPath, errors: &mut Errors) {
    const RULE: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*')";
    let domain = text.strip_suffix('.').unwrap_or(text);
    if text == "." {
        return;
    }
    if domain.len() > 253 {
        errors.invalid_text(path, text, &too_many_characters(253));
    }
    let is_label =
        |label: &str| is_label(&label.replace('_', "-")) && !label.starts_with('_') && !label.ends_with('_');
    if !domain.trim_start_matches('_').split('.').all(is_label) {
        errors.invalid_text(path, text, RULE);
    }
}
