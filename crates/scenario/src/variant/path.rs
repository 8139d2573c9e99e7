//! Paths: `deployment.spec.template.spec.containers[name=web].image`.

use super::{Root, ValuePath};
use crate::diagnostic::{Diagnostic, Diagnostics, Place, Source};
use crate::reader::{nearest, quoted};
use std::ops::Range;
use std::sync::Arc;

/// One step of a path down a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PathStep {
    /// To the value of a key.
    Key(String),
    /// To the item of a list in which a key has this value.
    Item(String, String),
    /// To the item with this number, from 0.
    Index(usize),
}

/// Where the path of `PATH=VALUE` ends: at the first `=` outside brackets and quotes.
pub(super) fn end(argument: &str) -> Option<usize> {
    let (mut depth, mut in_quotes) = (0usize, false);
    argument.char_indices().find_map(|(at, c)| {
        match c {
            '"' => in_quotes = !in_quotes,
            '[' if !in_quotes => depth += 1,
            ']' if !in_quotes => depth = depth.saturating_sub(1),
            '=' if !in_quotes && depth == 0 => return Some(at),
            _ => {}
        }
        None
    })
}

impl ValuePath {
    pub(super) fn parse(source: &Arc<Source>, range: Range<usize>) -> Result<Self, Diagnostics> {
        let place = Place::new(source, range.clone());
        let text = source.text()[range].trim().to_owned();
        let refuse = |why: String, help: String| Diagnostics::from(Diagnostic::at(&place, why).help(help));
        let Some(mut steps) = steps(&text) else {
            let help = "keys are separated by dots, list items are chosen by a key: `containers[name=web]`";
            return Err(refuse("this is not a path".to_owned(), help.to_owned()));
        };
        let words = Root::WORDS.map(|(word, _)| word);
        let first = if steps.is_empty() { PathStep::Index(0) } else { steps.remove(0) };
        let root = match &first {
            PathStep::Key(first) => Root::WORDS.into_iter().find(|(word, _)| word == first),
            _ => None,
        };
        let Some((_, root)) = root else {
            let near = match &first {
                PathStep::Key(first) => nearest(first, &words),
                _ => None,
            };
            let help = near.map_or(quoted(&words), |near| format!("did you mean `{near}`?"));
            return Err(refuse("a path begins with the file it goes into".to_owned(), help));
        };
        if steps.is_empty() {
            let help = format!("as in `{text}.spec.replicas`");
            return Err(refuse("this path has no field after the file".to_owned(), help));
        }
        Ok(Self { text, root, steps, place })
    }
}

/// The steps of a path; `None` if the text is not a path. A key with dots is in quotes.
fn steps(text: &str) -> Option<Vec<PathStep>> {
    let mut steps = Vec::new();
    let mut rest = text;
    loop {
        rest = key(rest, &mut steps)?;
        while let Some(inside) = rest.strip_prefix('[') {
            let (item, after) = inside.split_once(']')?;
            steps.push(self::item(item)?);
            rest = after;
        }
        if rest.is_empty() {
            return Some(steps);
        }
        rest = rest.strip_prefix('.')?;
    }
}

fn key<'t>(text: &'t str, steps: &mut Vec<PathStep>) -> Option<&'t str> {
    let (key, rest) = match text.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"')?,
        None => text.split_at(text.find(['.', '[']).unwrap_or(text.len())),
    };
    if key.is_empty() {
        return None;
    }
    steps.push(PathStep::Key(key.to_owned()));
    Some(rest)
}

fn item(text: &str) -> Option<PathStep> {
    match text.split_once('=') {
        Some((key, value)) => Some(PathStep::Item(key.trim().to_owned(), value.trim().to_owned())),
        None => text.trim().parse().ok().map(PathStep::Index),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_items_and_quotes() {
        let key = |text: &str| PathStep::Key(text.to_owned());
        let name = |value: &str| PathStep::Item("name".to_owned(), value.to_owned());
        assert_eq!(
            steps("a.containers[name=web].ports[0]"),
            Some(vec![key("a"), key("containers"), name("web"), key("ports"), PathStep::Index(0)])
        );
        assert_eq!(
            steps("images.\"reg.io/web:1.5\".pull"),
            Some(vec![key("images"), key("reg.io/web:1.5"), key("pull")])
        );
        for wrong in ["", ".", "a.", "a..b", "a[", "a[x]", "\"a"] {
            assert_eq!(steps(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_path_ends_at_the_first_bare_equals_sign() {
        assert_eq!(end("a.b[name=web].c=3=4"), Some(15));
        assert_eq!(end("a.\"x=y\"=1"), Some(7));
        assert_eq!(end("a.b"), None);
    }
}
