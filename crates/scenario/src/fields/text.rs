//! The unused fields in words: notes and warnings about a manifest, and the reference of all fields.

use super::table::{self, FieldUse};
use super::{Effect, LeftOut};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// Notes about unused fields, and warnings about those that can decide the outcome.
#[must_use]
pub fn notes_and_warnings(left_out: &[LeftOut]) -> (Vec<String>, Vec<String>) {
    let (mut notes, mut warnings) = (Vec::new(), Vec::new());
    for of_subject in [false, true] {
        for effect in [Effect::Nothing, Effect::ShiftsNumbers, Effect::DecidesOutcome] {
            let fields =
                left_out.iter().filter(|field| field.of_subject == of_subject && field.effect == effect);
            let lines = lines(of_subject, effect, fields);
            if of_subject && effect == Effect::DecidesOutcome {
                warnings.extend(lines);
            } else {
                notes.extend(lines);
            }
        }
    }
    (notes, warnings)
}

/// The object of a line, if it is the only one, and the reason.
type LineKey<'f> = (Option<&'f str>, &'f str);

/// One line for fields with the same object and reason.
fn lines<'f>(of_subject: bool, effect: Effect, fields: impl Iterator<Item = &'f LeftOut>) -> Vec<String> {
    let mut groups: Vec<(LineKey<'_>, Vec<&LeftOut>)> = Vec::new();
    for field in fields {
        let object = field.objects.first().map(String::as_str).filter(|_| of_subject);
        let key = (object, if effect == Effect::Nothing { "" } else { field.why });
        match groups.iter_mut().find(|(known, _)| *known == key) {
            Some((_, group)) => group.push(field),
            None => groups.push((key, vec![field])),
        }
    }
    groups.iter().map(|((_, why), group)| line(why, group)).collect()
}

fn line(why: &str, group: &[&LeftOut]) -> String {
    let objects: BTreeSet<&str> = group.iter().flat_map(|field| &field.objects).map(String::as_str).collect();
    let whose = match objects.first() {
        Some(one) if objects.len() == 1 => (*one).to_owned(),
        _ => format!("{} other objects", objects.len()),
    };
    // The same field of containers and init containers has one name.
    let mut names: BTreeMap<&str, usize> = BTreeMap::new();
    for field in group {
        *names.entry(short(&field.field)).or_default() += field.count;
    }
    let shown: Vec<String> = names
        .iter()
        .map(|(name, count)| if *count == 1 { (*name).to_owned() } else { format!("{name} ({count} times)") })
        .collect();
    let (fields, are) = (shown.join(", "), if shown.len() == 1 { "is" } else { "are" });
    if why.is_empty() {
        format!("{whose}: without effect here {are} {fields}")
    } else {
        format!("{whose}: {fields} {are} not used: {why}")
    }
}

/// A path without the prefix that all fields of its kind share.
fn short(path: &str) -> &str {
    let path =
        path.strip_prefix("spec.template.spec.").or_else(|| path.strip_prefix("spec.")).unwrap_or(path);
    path.strip_prefix("containers[].").or_else(|| path.strip_prefix("initContainers[].")).unwrap_or(path)
}

/// The table of all unused fields as Markdown.
#[must_use]
pub fn reference() -> String {
    let mut text = String::new();
    for (kind, _) in table::KINDS {
        let _ =
            write!(text, "## {kind}\n\n| field | leaving it out | unless it is | why |\n|---|---|---|---|\n");
        for (path, at) in table::of_kind(kind).into_iter().flatten() {
            let FieldUse::Unused(row) = at else { continue };
            // The template of a ReplicaSet has the fields of a Deployment's, and init containers have the fields of containers.
            if kind == "ReplicaSet" && path.starts_with("spec.template") || path.contains("initContainers[].")
            {
                continue;
            }
            let usual: Vec<String> = row.usual().iter().map(|value| format!("`{value}`")).collect();
            let effect = match row.effect {
                Effect::Nothing => "does nothing",
                Effect::ShiftsNumbers => "shifts numbers",
                Effect::DecidesOutcome => "**can decide the outcome**",
            };
            let _ = writeln!(text, "| `{path}` | {effect} | {} | {} |", usual.join(", "), row.why);
        }
        text.push('\n');
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}
