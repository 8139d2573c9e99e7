//! From YAML to a tree in which every key and every value has its place.
//!
//! The tokens come from the parser of serde-saphyr; only this file depends on it. The tree comes first because serde
//! stops at the first error, and a user needs all errors of a file at once.

use super::line_map::LineMap;
use super::note::Notes;
use super::scalar::{self, Scalar};
use crate::diagnostic::{Diagnostic, Diagnostics, Place, Source};
use serde_saphyr::granit_parser::{Event, Options, Parser, ScalarStyle, Span};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// The deepest nesting, aliases included. Later passes over the tree are recursive.
const MAX_DEPTH: usize = 256;

/// Bytes of text that anchors and aliases may copy in any file, in addition to four times its size.
const FREE_COPIED_BYTES: usize = 1 << 20;

/// A value and its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Its place.
    pub place: Place,
    /// For a literal block (`|`): the beginnings of its lines in the source.
    pub(crate) lines: Option<Arc<LineMap>>,
}

/// A YAML value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// No text, `~` or `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number that is not an `i64`, with its text.
    Float(f64, String),
    /// Text.
    Str(String),
    /// A list.
    Seq(Vec<Node>),
    /// A mapping, in the order of the file.
    Map(Vec<Entry>),
}

/// One entry of a mapping.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// The place of the key.
    pub key_place: Place,
    /// The value.
    pub value: Node,
}

impl Node {
    /// The place of a range of bytes of this node's text, for a text that is itself a document.
    #[must_use]
    pub fn place_within(&self, range: Range<usize>) -> Place {
        self.lines.as_ref().map_or_else(|| self.place.clone(), |lines| lines.place(range))
    }

    /// The value of a key, if this is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The entry of a key, if this is a mapping that has it.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        match &self.value {
            Value::Map(entries) => entries.iter().find(|entry| entry.key == key),
            _ => None,
        }
    }

    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::Str(text) => Some(text),
            _ => None,
        }
    }

    /// A `null`.
    pub fn null(place: Place) -> Self {
        Self { value: Value::Null, place, lines: None }
    }

    /// The text of a scalar.
    pub fn as_text(&self) -> Option<String> {
        match &self.value {
            Value::Str(text) | Value::Float(_, text) => Some(text.clone()),
            Value::Int(number) => Some(number.to_string()),
            Value::Bool(value) => Some(value.to_string()),
            Value::Null | Value::Seq(_) | Value::Map(_) => None,
        }
    }

    /// Whether it is `null`.
    pub fn is_null(&self) -> bool {
        self.value == Value::Null
    }

    /// The type of the value, in words.
    pub fn kind(&self) -> &'static str {
        match &self.value {
            Value::Null => "nothing",
            Value::Bool(_) => "a truth value",
            Value::Int(_) | Value::Float(..) => "a number",
            Value::Str(_) => "a text",
            Value::Seq(_) => "a list",
            Value::Map(_) => "a mapping",
        }
    }
}

/// The documents of a YAML stream that are not empty. Errors go to `log`; the documents that could be read are
/// still returned.
pub fn documents(source: &Arc<Source>, log: &mut Diagnostics) -> Vec<Node> {
    compose(source.text(), LineMap::whole(source), None, log)
}

/// The documents of a stream of Kubernetes manifests. As kubectl does, the last of several equal keys is
/// taken; `notes` says so.
pub(crate) fn manifests(source: &Arc<Source>, notes: &mut Notes, log: &mut Diagnostics) -> Vec<Node> {
    let mut doubled = Vec::new();
    let documents = compose(source.text(), LineMap::whole(source), Some(&mut doubled), log);
    notes.extend(doubled);
    documents
}

/// The documents of a stream of manifests in a block text of another file.
pub(crate) fn embedded(node: &Node, notes: &mut Notes, log: &mut Diagnostics) -> Vec<Node> {
    let Some(text) = node.as_str() else {
        return Vec::new();
    };
    let map = match &node.lines {
        Some(map) => LineMap::clone(map),
        None => LineMap::from(&node.place),
    };
    let mut doubled = Vec::new();
    let documents = compose(text, map, Some(&mut doubled), log);
    notes.extend(doubled);
    documents
}

/// The documents of a text from another file.
pub(crate) fn inline(text: &str, map: LineMap, log: &mut Diagnostics) -> Vec<Node> {
    compose(text, map, None, log)
}

/// Notes about duplicate keys; without this list, duplicate keys are errors.
type Doubled<'l> = Option<&'l mut Vec<String>>;

/// The most notes about duplicate keys.
const MOST_DOUBLED: usize = 20;

fn compose(text: &str, map: LineMap, doubled: Doubled<'_>, log: &mut Diagnostics) -> Vec<Node> {
    let mut options = Options::default();
    // Long keys are unusual but valid: annotations have up to 253 + 63 characters, flow keys more.
    options.simple_key_max_lookahead = 4096;
    let mut composer = Composer {
        text,
        map,
        log,
        doubled,
        anchors: BTreeMap::new(),
        stack: Vec::new(),
        documents: Vec::new(),
        nodes: 0,
        budget: 250_000 + text.len() / 4,
        copied: 0,
        copy_budget: FREE_COPIED_BYTES + text.len().saturating_mul(4),
    };
    for item in Parser::new_from_str_with_options(text, options) {
        let step = match item {
            Ok((event, span)) => composer.event(event, span),
            Err(error) => {
                let at = error.marker().byte_offset().unwrap_or(text.len());
                let place = composer.map.place(at..at + 1);
                Err(Diagnostic::at(&place, format!("not valid YAML: {}", error.info())))
            }
        };
        if let Err(diagnostic) = step {
            composer.log.push(diagnostic);
            break;
        }
    }
    composer.documents
}

/// A node with its size.
#[derive(Clone)]
struct Built {
    node: Node,
    /// Values in it, itself included.
    size: usize,
    /// Bytes of the texts and keys in it.
    bytes: usize,
    depth: usize,
}

/// A collection that is not closed yet.
struct Frame {
    span: Range<usize>,
    anchor: usize,
    size: usize,
    bytes: usize,
    depth: usize,
    content: Content,
}

enum Content {
    Seq(Vec<Node>),
    /// `seen` has the index of each key among the entries.
    Map {
        entries: Vec<Entry>,
        seen: BTreeMap<String, usize>,
        key: Option<Node>,
        merges: Vec<Node>,
    },
}

struct Composer<'t, 'l> {
    text: &'t str,
    map: LineMap,
    log: &'l mut Diagnostics,
    doubled: Doubled<'l>,
    anchors: BTreeMap<usize, Built>,
    stack: Vec<Frame>,
    documents: Vec<Node>,
    nodes: usize,
    budget: usize,
    /// Bytes of text in the copies that anchors and aliases made.
    copied: usize,
    copy_budget: usize,
}

impl Composer<'_, '_> {
    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), Diagnostic> {
        let range = span.byte_range().unwrap_or(0..0);
        match event {
            Event::DocumentStart(..) => self.anchors.clear(),
            Event::Scalar(text, style, anchor, tag) => {
                let forced = tag.is_some_and(|tag| tag.is_yaml_core_schema_tag("str"));
                let bytes = text.len();
                let node = self.scalar(text.into_owned(), style, forced, range);
                let built = Built { node, size: 1, bytes, depth: 1 };
                return self.finish(anchor, built);
            }
            Event::Alias(id) => return self.alias(id, range),
            Event::SequenceStart(_, anchor, _) => return self.open(range, anchor, Content::Seq(Vec::new())),
            Event::MappingStart(_, anchor, _) => {
                let content = Content::Map {
                    entries: Vec::new(),
                    seen: BTreeMap::new(),
                    key: None,
                    merges: Vec::new(),
                };
                return self.open(range, anchor, content);
            }
            Event::SequenceEnd | Event::MappingEnd => return self.close(&range),
            _ => {}
        }
        Ok(())
    }

    fn scalar(&self, text: String, style: ScalarStyle, forced: bool, range: Range<usize>) -> Node {
        let place = self.map.place(range.clone());
        let lines =
            (style == ScalarStyle::Literal).then(|| Arc::new(self.map.of_block(self.text, range, &text)));
        let value = if style == ScalarStyle::Plain && !forced {
            match scalar::resolve(&text) {
                Scalar::Null => Value::Null,
                Scalar::Bool(value) => Value::Bool(value),
                Scalar::Int(value) => Value::Int(value),
                Scalar::Float(value, raw) => Value::Float(value, raw),
                Scalar::Str => Value::Str(text),
            }
        } else {
            Value::Str(text)
        };
        Node { value, place, lines }
    }

    fn alias(&mut self, id: usize, range: Range<usize>) -> Result<(), Diagnostic> {
        let Some(built) = self.anchors.get(&id) else {
            let place = self.map.place(range);
            return Err(Diagnostic::at(&place, "not valid YAML: an alias inside its own anchor"));
        };
        // Checked before the copy: a few lines of aliases can expand to billions of nodes, or to a thousand copies of
        // one long text.
        let (size, bytes) = (built.size, built.bytes);
        self.spend(size, range.clone())?;
        self.spend_bytes(bytes, range)?;
        let built = self.anchors[&id].clone();
        self.attach(built)
    }

    fn open(&mut self, span: Range<usize>, anchor: usize, content: Content) -> Result<(), Diagnostic> {
        // Each open collection uses memory before it has a value.
        if self.stack.len() >= MAX_DEPTH {
            return Err(too_deep(&self.map.place(span)));
        }
        self.stack.push(Frame { span, anchor, size: 1, bytes: 0, depth: 1, content });
        Ok(())
    }

    fn close(&mut self, end: &Range<usize>) -> Result<(), Diagnostic> {
        let Some(frame) = self.stack.pop() else {
            return Ok(());
        };
        let span = frame.span.start..end.start.max(frame.span.end);
        let place = self.map.place(span);
        let value = match frame.content {
            Content::Seq(items) => Value::Seq(items),
            Content::Map { entries, merges, seen, .. } => Value::Map(self.merged(entries, merges, seen)),
        };
        let node = Node { value, place, lines: None };
        let built = Built { node, size: frame.size, bytes: frame.bytes, depth: frame.depth };
        self.finish(frame.anchor, built)
    }

    /// Applies the merge keys (`<<`) of a mapping. Its own entries have precedence.
    fn merged(
        &mut self,
        mut entries: Vec<Entry>,
        merges: Vec<Node>,
        mut seen: BTreeMap<String, usize>,
    ) -> Vec<Entry> {
        for node in merges {
            let sources = match node.value {
                Value::Seq(items) => items,
                _ => vec![node],
            };
            for source in sources {
                let Value::Map(more) = source.value else {
                    let text = "not valid YAML: a merge key (`<<`) needs a mapping";
                    self.log.push(Diagnostic::at(&source.place, text));
                    continue;
                };
                let new = |entry: &Entry| seen.insert(entry.key.clone(), usize::MAX).is_none();
                entries.extend(more.into_iter().filter(new));
            }
        }
        entries
    }

    fn finish(&mut self, anchor: usize, built: Built) -> Result<(), Diagnostic> {
        let range = built.node.place.range();
        if anchor != 0 {
            self.spend(built.size, range.clone())?;
            self.spend_bytes(built.bytes, range.clone())?;
            self.anchors.insert(anchor, built.clone());
        }
        self.spend(1, range)?;
        self.attach(built)
    }

    fn spend(&mut self, nodes: usize, range: Range<usize>) -> Result<(), Diagnostic> {
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes <= self.budget {
            return Ok(());
        }
        let place = self.map.place(range);
        Err(Diagnostic::at(&place, "too many values for a file of this size; are aliases nested in aliases?"))
    }

    fn spend_bytes(&mut self, bytes: usize, range: Range<usize>) -> Result<(), Diagnostic> {
        self.copied = self.copied.saturating_add(bytes);
        if self.copied <= self.copy_budget {
            return Ok(());
        }
        let place = self.map.place(range);
        let text = "aliases copy more text than a file of this size may hold";
        Err(Diagnostic::at(&place, text).help("write long texts once, and not behind an alias"))
    }

    fn attach(&mut self, built: Built) -> Result<(), Diagnostic> {
        let Some(frame) = self.stack.last_mut() else {
            if !built.node.is_null() {
                self.documents.push(built.node);
            }
            return Ok(());
        };
        frame.size += built.size;
        frame.bytes += built.bytes;
        frame.depth = frame.depth.max(built.depth + 1);
        if frame.depth > MAX_DEPTH {
            return Err(too_deep(&built.node.place));
        }
        match &mut frame.content {
            Content::Seq(items) => items.push(built.node),
            Content::Map { entries, seen, key, merges } => match key.take() {
                None => *key = Some(built.node),
                Some(name) => {
                    entry(entries, seen, merges, name, built.node, &mut self.doubled, self.log);
                }
            },
        }
        Ok(())
    }
}

fn too_deep(place: &Place) -> Diagnostic {
    Diagnostic::at(place, format!("nested more than {MAX_DEPTH} levels deep"))
}

/// Adds an entry to a mapping.
fn entry(
    entries: &mut Vec<Entry>,
    seen: &mut BTreeMap<String, usize>,
    merges: &mut Vec<Node>,
    key: Node,
    value: Node,
    doubled: &mut Doubled<'_>,
    log: &mut Diagnostics,
) {
    let Some(text) = key_text(&key) else {
        log.push(Diagnostic::at(&key.place, "a key must be a text, not a list or a mapping"));
        return;
    };
    if text == "<<" {
        merges.push(value);
        return;
    }
    let Some(index) = seen.get(&text).copied() else {
        seen.insert(text.clone(), entries.len());
        entries.push(Entry { key: text, key_place: key.place, value });
        return;
    };
    let first = &mut entries[index];
    let line = |first: &Entry| first.key_place.line();
    match doubled {
        Some(notes) => {
            if notes.len() < MOST_DOUBLED {
                notes.push(format!(
                    "{}: key `{text}` is given twice in the same mapping, first in line {}; kubectl takes the last",
                    key.place,
                    line(first)
                ));
            }
            *first = Entry { key: text, key_place: key.place, value };
        }
        None => log.push_with(|| {
            let message = format!("key `{text}` is given twice in the same mapping");
            let help = format!("it is given first in line {}", line(first));
            Diagnostic::at(&key.place, message).help(help)
        }),
    }
}

fn key_text(key: &Node) -> Option<String> {
    Some(match &key.value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Float(_, raw) => raw.clone(),
        Value::Str(text) => text.clone(),
        Value::Seq(_) | Value::Map(_) => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write as _;

    fn parse(text: &str) -> (Vec<Node>, Diagnostics) {
        let mut log = Diagnostics::new();
        let nodes = documents(&Source::new("t.yaml", text), &mut log);
        (nodes, log)
    }

    #[test]
    fn keys_and_values_know_their_places() {
        let (nodes, log) = parse("a: 1\n---\n# empty\n---\nb:\n  - x: ü\n    yy: zz\n");
        assert!(log.is_empty(), "{log}");
        assert_eq!(nodes.len(), 2);
        let Value::Seq(items) = &nodes[1].get("b").unwrap().value else { panic!("{nodes:?}") };
        let entry = items[0].entry("yy").unwrap();
        assert_eq!(entry.key_place.to_string(), "t.yaml:7:5");
        assert_eq!(entry.value.place.to_string(), "t.yaml:7:9");
        assert_eq!(items[0].place.to_string(), "t.yaml:6:5");
    }

    #[test]
    fn all_duplicate_keys_are_reported() {
        let (nodes, log) = parse("a: 1\na: 2\nb: {c: 1, c: 2}\n");
        assert_eq!(log.len(), 2, "{log}");
        assert_eq!(nodes[0].get("a").unwrap().value, Value::Int(1));
    }

    #[test]
    fn of_doubled_keys_of_manifests_the_last_wins() {
        let (mut notes, mut log) = (Notes::default(), Diagnostics::new());
        let nodes = manifests(&Source::new("t.yaml", "a: 1\nb: 3\na: 2\n"), &mut notes, &mut log);
        assert!(log.is_empty(), "{log}");
        assert_eq!(nodes[0].get("a").unwrap().value, Value::Int(2));
        assert_eq!(
            notes.into_lines(),
            [
                "t.yaml:3:1: key `a` is given twice in the same mapping, first in line 1; kubectl takes the last"
            ]
        );
    }

    #[test]
    fn anchors_and_merge_keys() {
        let (nodes, log) = parse("base: &b {x: 1, z: 2}\nuse:\n  <<: *b\n  z: 3\n");
        assert!(log.is_empty(), "{log}");
        let usage = nodes[0].get("use").unwrap();
        assert_eq!(usage.get("x").unwrap().value, Value::Int(1));
        assert_eq!(usage.get("z").unwrap().value, Value::Int(3));
    }

    #[test]
    fn alias_bombs_stop_early() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for k in 1..12 {
            let items = vec![format!("*a{}", k - 1); 10].join(", ");
            writeln!(text, "a{k}: &a{k} [{items}]").unwrap();
        }
        let (_, log) = parse(&text);
        assert!(log.to_string().contains("too many values"), "{log}");
        let mut deep = "a0: &a0 {}\n".to_owned();
        for k in 1..2000 {
            writeln!(deep, "a{k}: &a{k} {{x: *a{}}}", k - 1).unwrap();
        }
        let (_, log) = parse(&deep);
        assert!(log.to_string().contains("levels deep"), "{log}");
    }

    #[test]
    fn aliases_of_long_texts_stop_early() {
        let long = "x".repeat(100_000);
        let aliases = |count: usize| format!("a: &a {long}\nb: [{}]\n", vec!["*a"; count].join(", "));
        let (nodes, log) = parse(&aliases(10));
        assert!(log.is_empty() && nodes.len() == 1, "{log}");
        let (nodes, log) = parse(&aliases(30_000));
        assert!(nodes.is_empty());
        assert!(log.to_string().contains("aliases copy more text"), "{log}");
        assert_eq!(log.iter().next().unwrap().place().unwrap().line(), 2);
        // As a key, and in a merged mapping.
        let merged = format!("a: &a {{? {long} : 1}}\nb: [{}]\n", vec!["{<<: *a}"; 3000].join(", "));
        assert!(parse(&merged).1.to_string().contains("aliases copy more text"));
    }

    #[test]
    fn open_brackets_stop_early() {
        for bracket in ["[", "{a: ", "- ", "? "] {
            let (_, log) = parse(&bracket.repeat(300_000));
            assert!(log.len() == 1, "{bracket}: {log}");
        }
    }

    #[test]
    fn an_embedded_stream_keeps_its_places() {
        let (nodes, log) = parse("top:\n  inline: |\n    a: 1\n\n    ---\n    b:\n      c: 2\n");
        assert!(log.is_empty(), "{log}");
        let block = nodes[0].get("top").unwrap().get("inline").unwrap();
        let mut log = Diagnostics::new();
        let inner = embedded(block, &mut Notes::default(), &mut log);
        assert!(log.is_empty(), "{log}");
        let entry = inner[1].get("b").unwrap().entry("c").unwrap();
        assert_eq!(entry.key_place.to_string(), "t.yaml:7:7");
        assert_eq!(entry.value.place.to_string(), "t.yaml:7:10");
    }

    #[test]
    fn any_text_is_read_or_refused() {
        bolero::check!().with_iterations(2000).with_type::<String>().for_each(|text| {
            let (nodes, mut log) = parse(text);
            for node in &nodes {
                embedded(node, &mut Notes::default(), &mut log);
            }
            let _ = log.to_string();
        });
    }
}
