//! The schema accepts exactly what the decoder accepts.

use super::SCHEMA;
use super::requested::{self, Requested, at};
use crate::diagnostic::{Diagnostics, Source};
use crate::folder::Folder;
use crate::variant::Variant;
use crate::yaml::{self, Node, Value};
use crate::{catalogue, checked};
use measures::Register;
use serde_json::{Map, Value as Json, json};
use simulator::model::Counted;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Closed mappings that are not read key by key: a mapping in place of a text, and an object of the API.
const READ_OTHERWISE: [&str; 3] = ["inline", "type", "maxSurge"];

fn schema() -> Json {
    serde_json::from_str(&SCHEMA).expect("the schema is JSON")
}

/// The subschemas that apply to a value, each by its place in the schema.
type Applying<'s> = BTreeMap<usize, &'s Map<String, Json>>;

/// Visits a scenario and the schema in parallel.
struct SchemaWalk<'s> {
    root: &'s Json,
    asked: &'s Requested,
    /// Differences, with the line.
    wrong: Vec<String>,
    /// Closed objects and lists of words of the schema that a value has used.
    met: BTreeSet<usize>,
}

impl<'s> SchemaWalk<'s> {
    /// Adds a subschema and everything it refers to. Of several choices those that fit the value apply, or
    /// all of them if none does.
    fn apply(&self, schema: &'s Json, value: &Json, applying: &mut Applying<'s>) {
        let Json::Object(map) = schema else { return };
        applying.insert(std::ptr::from_ref(map) as usize, map);
        if let Some(target) = map.get("$ref").and_then(Json::as_str) {
            let target = target.strip_prefix('#').expect("a reference into this schema");
            self.apply(self.root.pointer(target).expect(target), value, applying);
        }
        for part in map.get("allOf").and_then(Json::as_array).into_iter().flatten() {
            self.apply(part, value, applying);
        }
        if let Some(condition) = map.get("if") {
            let branch = if Self::fits(condition, value) { "then" } else { "else" };
            map.get(branch).into_iter().for_each(|branch| self.apply(branch, value, applying));
        }
        for choices in ["anyOf", "oneOf"].iter().filter_map(|key| map.get(*key)?.as_array()) {
            let kind = |choice: &&Json| self.is_of_kind(choice, value);
            choices.iter().filter(kind).for_each(|choice| self.apply(choice, value, applying));
        }
    }

    /// Whether a choice describes this kind of value, valid or not.
    fn is_of_kind(&self, choice: &Json, value: &Json) -> bool {
        let mut all = Applying::new();
        self.apply(choice, value, &mut all);
        let is = |word: &str| match word {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            _ => value.is_number() || value.is_boolean() || value.is_null(),
        };
        all.values().all(|map| match map.get("type") {
            Some(Json::String(word)) => is(word),
            Some(Json::Array(words)) => words.iter().filter_map(Json::as_str).any(is),
            _ => !value.is_object() || !(map.contains_key("enum") || map.contains_key("const")),
        })
    }

    /// Whether a condition holds; conditions refer to nothing.
    fn fits(schema: &Json, value: &Json) -> bool {
        jsonschema::draft202012::new(schema).expect("a schema").is_valid(value)
    }

    fn visit(&mut self, node: &Node, applying: &Applying<'s>) {
        match &node.value {
            Value::Map(entries) => {
                self.compare_keys(node, applying);
                for entry in entries {
                    let value = json_of(&entry.value);
                    let mut below = Applying::new();
                    for map in applying.values() {
                        let named = map.get("properties").and_then(|properties| properties.get(&entry.key));
                        let other = || map.get("additionalProperties");
                        named
                            .or_else(other)
                            .into_iter()
                            .for_each(|next| self.apply(next, &value, &mut below));
                    }
                    self.visit(&entry.value, &below);
                }
            }
            Value::Seq(items) => {
                for item in items {
                    let value = json_of(item);
                    let mut below = Applying::new();
                    let next = applying.values().filter_map(|map| map.get("items"));
                    next.for_each(|next| self.apply(next, &value, &mut below));
                    self.visit(item, &below);
                }
            }
            Value::Str(_) => self.compare_words(node, applying),
            _ => {}
        }
    }

    fn compare_keys(&mut self, node: &Node, applying: &Applying<'s>) {
        let closed = |map: &&&Map<String, Json>| map.get("additionalProperties") == Some(&Json::Bool(false));
        let closed: Vec<_> = applying.values().filter(closed).collect();
        self.met.extend(closed.iter().map(|map| std::ptr::from_ref(**map) as usize));
        let properties = || applying.values().filter_map(|map| map.get("properties")?.as_object()).flatten();
        let known: BTreeSet<&str> = properties().map(|(key, _)| key.as_str()).collect();
        let refused: BTreeSet<&str> = properties()
            .filter(|(_, value)| **value == Json::Bool(false))
            .map(|(key, _)| key.as_str())
            .collect();
        let Some(asked) = self.asked.keys.get(&at(&node.place)) else {
            if !closed.is_empty() && !known.iter().any(|key| READ_OTHERWISE.contains(key)) {
                self.complain(node, &format!("no reader requests {known:?}"));
            }
            return;
        };
        if closed.is_empty() {
            self.complain(node, &format!("the schema allows any key in addition to {asked:?}"));
        }
        // A key that a reader requests only to reject it with a better message is `false` in the schema.
        for key in asked.difference(&known) {
            self.complain(node, &format!("the schema lacks the key `{key}`"));
        }
        for key in known.difference(asked).filter(|key| !refused.contains(*key)) {
            self.complain(node, &format!("the decoder does not know the key `{key}`"));
        }
    }

    fn compare_words(&mut self, node: &Node, applying: &Applying<'s>) {
        let mut words = BTreeSet::new();
        for map in applying.values() {
            let list = map.get("enum").and_then(Json::as_array).into_iter().flatten();
            let list: Vec<&str> = list.chain(map.get("const")).filter_map(Json::as_str).collect();
            if !list.is_empty() {
                self.met.insert(std::ptr::from_ref(*map) as usize);
            }
            words.extend(list);
        }
        if let Some(asked) = self.asked.words.get(&at(&node.place))
            && *asked != words
        {
            self.complain(node, &format!("the decoder knows the words {asked:?}, the schema {words:?}"));
        }
    }

    fn complain(&mut self, node: &Node, what: &str) {
        self.wrong.push(format!("{}:{}: {what}", node.place.source().name(), node.place.line()));
    }
}

fn json_of(node: &Node) -> Json {
    match &node.value {
        Value::Null => Json::Null,
        Value::Bool(value) => json!(value),
        Value::Int(value) => json!(value),
        Value::Float(value, _) => json!(value),
        Value::Str(text) => json!(text),
        Value::Seq(items) => items.iter().map(json_of).collect(),
        Value::Map(entries) => entries
            .iter()
            .map(|entry| (entry.key.clone(), json_of(&entry.value)))
            .collect::<Map<_, _>>()
            .into(),
    }
}

/// The scenario of the documentation that has every key, and others with the rest of the shapes.
fn every_key() -> Vec<(String, String)> {
    let page = include_str!("../../docs/scenarios.md");
    let mut all = Vec::new();
    for (number, block) in page.split("```yaml\n").skip(1).enumerate() {
        let text = block.split("```").next().unwrap_or_default();
        if text.starts_with("apiVersion") {
            all.push((format!("docs/scenarios.md, example {number}"), text.to_owned()));
        }
    }
    all.push(("every-key.yaml".to_owned(), include_str!("every-key.yaml").to_owned()));
    all
}

/// The scenarios inside of the binary.
fn catalogue() -> Vec<PathBuf> {
    catalogue::resolve_folder(Path::new("scenarios")).expect("the catalogue")
}

/// Reads scenarios and compares what was asked for with the schema.
fn compare(root: &Json, scenarios: &[(String, String)]) -> (Vec<String>, BTreeSet<usize>) {
    let (mut wrong, mut met) = (Vec::new(), BTreeSet::new());
    let folder = catalogue().first().and_then(|path| path.parent().map(Path::to_owned)).expect("a folder");
    for (name, text) in scenarios {
        let source = Source::new(name.as_str(), text.as_str());
        requested::take();
        // Only the requested keys matter, not whether the scenario loads.
        let _ = checked::check(&source, Folder::new(&folder, &Variant::default()));
        let asked = requested::take();
        let documents = yaml::documents(&source, &mut Diagnostics::new());
        let node = documents.first().expect("a document");
        let mut walk = SchemaWalk { root, asked: &asked, wrong: Vec::new(), met: BTreeSet::new() };
        let mut applying = Applying::new();
        walk.apply(root, &json_of(node), &mut applying);
        walk.visit(node, &applying);
        wrong.append(&mut walk.wrong);
        met.append(&mut walk.met);
    }
    (wrong, met)
}

/// Every closed object and every list of words in the schema, by its path.
fn parts(value: &Json, path: &str, found: &mut Vec<(usize, String)>) {
    match value {
        Json::Object(map) => {
            let closed = map.get("additionalProperties") == Some(&Json::Bool(false));
            let words =
                map.get("enum").and_then(Json::as_array).into_iter().flatten().chain(map.get("const"));
            // The words of a condition are compared where they are defined.
            let condition =
                path.contains("/if/") || path.ends_with("/not") || path.ends_with("/propertyNames");
            if !condition && (closed || words.clone().any(Json::is_string)) {
                found.push((std::ptr::from_ref(map) as usize, path.to_owned()));
            }
            map.iter().for_each(|(key, value)| parts(value, &format!("{path}/{key}"), found));
        }
        Json::Array(items) => {
            items.iter().enumerate().for_each(|(i, value)| parts(value, &format!("{path}/{i}"), found));
        }
        _ => {}
    }
}

#[test]
fn keys_and_words_are_those_of_the_decoder() {
    let root = schema();
    let (wrong, met) = compare(&root, &every_key());
    assert!(wrong.is_empty(), "assets/scenario.schema.json and the decoder differ:\n{}", wrong.join("\n"));
    let mut all = Vec::new();
    parts(&root, "", &mut all);
    let unmet: Vec<_> = all.into_iter().filter(|(id, _)| !met.contains(id)).map(|(_, path)| path).collect();
    assert!(unmet.is_empty(), "add these to src/scenario/schema/every-key.yaml:\n{}", unmet.join("\n"));
}

#[test]
fn the_catalogue_asks_for_nothing_else() {
    let read = |path: &PathBuf| {
        let bytes = catalogue::read(path).expect("a file of the catalogue");
        (path.display().to_string(), String::from_utf8(bytes).expect("text"))
    };
    let (wrong, _) = compare(&schema(), &catalogue().iter().map(read).collect::<Vec<_>>());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_key_too_many_on_either_side_is_found() {
    let root = schema();
    let spec = "apiVersion: rollout-lab/v1alpha1\nkind: Scenario\nmetadata: {name: a}\nspec:\n  manifests: [manifests/web.yaml]\n  start: empty\n";
    let scenario = [("a.yaml".to_owned(), spec.to_owned())];
    assert_eq!(compare(&root, &scenario).0, Vec::<String>::new());

    let mut less = root.clone();
    less["properties"]["spec"]["properties"].as_object_mut().expect("keys").remove("faults");
    assert_eq!(compare(&less, &scenario).0, ["a.yaml:5: the schema lacks the key `faults`"]);

    let mut more = root.clone();
    more["properties"]["spec"]["properties"]["weather"] = json!(true);
    assert_eq!(compare(&more, &scenario).0, ["a.yaml:5: the decoder does not know the key `weather`"]);

    let mut other = root.clone();
    other["properties"]["spec"]["properties"]["start"]["anyOf"][0]["enum"] = json!(["settled", "nothing"]);
    let (wrong, _) = compare(&other, &scenario);
    assert!(
        wrong[0].contains(r#"the words {"empty", "settled"}, the schema {"nothing", "settled"}"#),
        "{wrong:?}"
    );
}

#[test]
fn measures_have_bounds_of_their_unit_and_quotas_count_what_they_count() {
    let root = schema();
    for measure in Register::standard().numbers() {
        let written = &root["$defs"]["objective"]["properties"][measure.key];
        let bound = written["$ref"].as_str().and_then(|bound| bound.strip_prefix("#/$defs/"));
        assert!(bound.is_some_and(|bound| root["$defs"][bound].is_object()), "{}", measure.key);
        assert_eq!(written["description"], measure.label, "{}", measure.key);
    }
    let names = Counted::ALL.map(Counted::name);
    assert_eq!(root["$defs"]["quotaAmounts"]["propertyNames"]["enum"], json!(names));
}

#[test]
fn the_editor_knows_a_sentence_for_each_kind_of_fault() {
    let root = schema();
    let kinds = &root["$defs"]["fault"]["properties"]["kind"];
    let names = kinds["enum"].as_array().expect("kinds");
    let sentences = kinds["enumDescriptions"].as_array().expect("a sentence each");
    assert_eq!(names.len(), sentences.len());
    for (name, sentence) in names.iter().zip(sentences) {
        let name = name.as_str().expect("a word");
        assert_eq!(root["$defs"][format!("fault{name}")]["description"], *sentence, "{name}");
    }
}
