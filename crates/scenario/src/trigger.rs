//! Triggers: `at: 10s`, or `when: {newPodsReady: 3, after: 5s}`.

use super::law::span;
use super::reader::{Fields, boolean, whole};
use super::yaml::Node;
use crate::diagnostic::{Diagnostic, Diagnostics};
use simulator::Span;
use simulator::model::Trigger;

/// Reads `at` or `when`. `None` if neither is given, or after an error.
pub(crate) fn read(fields: &mut Fields<'_>, horizon: Span, log: &mut Diagnostics) -> Option<Trigger> {
    let (at, when) = (fields.take("at"), fields.take("when"));
    match (at, when) {
        (Some(_), Some(when)) => {
            log.push(Diagnostic::at(&when.place, "give `at` or `when`, not both"));
            None
        }
        (Some(at), None) => {
            let time = span(at, "`at`", log)?;
            if time > horizon {
                let text = "this is after the horizon, so it never happens";
                log.push(Diagnostic::at(&at.place, text).help("raise `spec.horizon`"));
            }
            Some(Trigger::At(time))
        }
        (None, Some(when)) => condition(when, log),
        (None, None) => None,
    }
}

fn condition(node: &Node, log: &mut Diagnostics) -> Option<Trigger> {
    let mut fields = Fields::of(node, "`when`", log)?;
    let after = fields.take("after").map_or(Some(Span::ZERO), |node| span(node, "`after`", log));
    let kind = fields.one_of(&["newPodsReady", "deadlineExceeded"], log);
    fields.finish(log);
    let (after, kind) = (after?, kind?);
    if kind.key == "newPodsReady" {
        let count = whole(&kind.value, "`newPodsReady`", 1..=10_000_000, log)?;
        return Some(Trigger::NewPodsReady { count: count as u32, after });
    }
    if boolean(&kind.value, "`deadlineExceeded`", log)? {
        return Some(Trigger::DeadlineExceeded { after });
    }
    log.push(Diagnostic::at(&kind.value.place, "`deadlineExceeded` can only be `true`"));
    None
}
