//! Assigns a value in a tree.

use super::ValuePath;
use super::path::PathStep;
use crate::diagnostic::Diagnostic;
use crate::yaml::{Entry, Node, Value};

/// Sets the value at `path`; mappings on the way that do not exist are created.
pub(super) fn assign(node: &mut Node, path: &ValuePath, value: &Node) -> Result<(), Diagnostic> {
    let mut at = node;
    for step in &path.steps {
        at = match step {
            PathStep::Key(key) => into_key(at, key, path)?,
            PathStep::Item(key, name) => into_item(at, key, name, path)?,
            PathStep::Index(index) => into_index(at, *index, path)?,
        };
    }
    *at = value.clone();
    Ok(())
}

fn into_key<'n>(node: &'n mut Node, key: &str, path: &ValuePath) -> Result<&'n mut Node, Diagnostic> {
    if node.is_null() {
        node.value = Value::Map(Vec::new());
    }
    let kind = node.kind();
    let Value::Map(entries) = &mut node.value else {
        let text = format!("`{key}` is not a field of {kind}");
        return Err(Diagnostic::at(&path.place, text));
    };
    let index = entries.iter().position(|entry| entry.key == key).unwrap_or_else(|| {
        let (key_place, value) = (path.place.clone(), Node::null(path.place.clone()));
        entries.push(Entry { key: key.to_owned(), key_place, value });
        entries.len() - 1
    });
    Ok(&mut entries[index].value)
}

fn items<'n>(node: &'n mut Node, path: &ValuePath) -> Result<&'n mut Vec<Node>, Diagnostic> {
    let kind = node.kind();
    match &mut node.value {
        Value::Seq(items) => Ok(items),
        _ => Err(Diagnostic::at(&path.place, format!("a list is expected here, but this is {kind}"))),
    }
}

fn into_item<'n>(
    node: &'n mut Node,
    key: &str,
    name: &str,
    path: &ValuePath,
) -> Result<&'n mut Node, Diagnostic> {
    let items = items(node, path)?;
    let named = |item: &Node| item.get(key).and_then(Node::as_text) == Some(name.to_owned());
    let Some(index) = items.iter().position(named) else {
        let known: Vec<String> = items.iter().filter_map(|item| item.get(key)?.as_text()).collect();
        let error = Diagnostic::at(&path.place, format!("no item of the list has `{key}: {name}`"));
        return Err(match known.as_slice() {
            [] => error,
            known => error.help(format!("it has {}", known.join(", "))),
        });
    };
    Ok(&mut items[index])
}

fn into_index<'n>(node: &'n mut Node, index: usize, path: &ValuePath) -> Result<&'n mut Node, Diagnostic> {
    let items = items(node, path)?;
    let count = items.len();
    items
        .get_mut(index)
        .ok_or_else(|| Diagnostic::at(&path.place, format!("the list has {count} items, counted from 0")))
}
