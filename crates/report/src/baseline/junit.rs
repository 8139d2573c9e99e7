//! The result of a check of baselines as `JUnit` XML, for CI systems.

use super::table::write_entry;
use analysis::baseline::{CheckReport, CheckedScenario, Status};
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};
use std::fmt::{self, Display};
use std::io;

/// A test case per scenario: failed if it makes the check fail, skipped if there is nothing to compare.
///
/// # Errors
/// None in practice, because it writes to memory.
pub fn junit(report: &CheckReport) -> io::Result<String> {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let count = |wanted: &str| {
        let is_wanted = |entry: &&CheckedScenario| kind(entry.status) == Some(wanted);
        report.entries.iter().filter(is_wanted).count().to_string()
    };
    let (tests, failures, skipped) = (report.entries.len().to_string(), count("failure"), count("skipped"));
    let attributes = [
        ("name", "rollout-lab baseline check"),
        ("tests", tests.as_str()),
        ("failures", failures.as_str()),
        ("errors", "0"),
        ("skipped", skipped.as_str()),
    ];
    writer.create_element("testsuites").with_attributes(attributes).write_inner_content(|writer| {
        let suite = writer.create_element("testsuite").with_attributes(attributes);
        suite
            .write_inner_content(|writer| report.entries.iter().try_for_each(|entry| case(writer, entry)))?;
        Ok(())
    })?;
    let mut text = String::from_utf8(writer.into_inner()).map_err(io::Error::other)?;
    text.push('\n');
    Ok(text)
}

/// The element for the status of an entry; `None` if it is unchanged.
const fn kind(status: Status) -> Option<&'static str> {
    match status {
        Status::Unchanged => None,
        Status::New | Status::Missing | Status::OtherHorizon => Some("skipped"),
        _ if status.is_finding() => Some("failure"),
        _ => Some("system-out"),
    }
}

fn case(writer: &mut Writer<Vec<u8>>, entry: &CheckedScenario) -> io::Result<()> {
    let element = writer
        .create_element("testcase")
        .with_attributes([("classname", "baseline"), ("name", entry.scenario.as_str())]);
    let message = entry.message();
    let Some(kind) = kind(entry.status) else { return element.write_empty().map(drop) };
    let shown = EntryText(entry).to_string();
    element.write_inner_content(|writer| {
        let inner = writer.create_element(kind);
        let inner = match kind {
            "system-out" => inner,
            _ => inner.with_attribute(("message", message.as_str())),
        };
        inner.write_text_content(BytesText::new(&shown))?;
        Ok(())
    })?;
    Ok(())
}

struct EntryText<'a>(&'a CheckedScenario);

impl Display for EntryText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_entry(f, self.0)
    }
}
