//! The section `faults`: what goes wrong.

use super::law::law;
use super::reader::{Fields, list, nearest, probability, quoted, text, whole, word};
use super::trigger;
use super::validate::is_dns_label;
use super::yaml::{Node, Value};
use crate::diagnostic::{Diagnostic, Diagnostics, Place};
use simulator::Span;
use simulator::model::{Fault, FaultKind, PullFailure, ReadinessFault, Window};

/// A fault, and where it names an image.
pub(crate) struct Written {
    pub(crate) fault: Fault,
    pub(crate) image_place: Option<Place>,
}

#[derive(Clone, Copy)]
enum Kind {
    ImagePull,
    Quota,
    Readiness,
    DeletePods,
    FailPods,
    DenyPods,
}

const KINDS: [(&str, Kind); 6] = [
    ("ImagePullError", Kind::ImagePull),
    ("QuotaExhausted", Kind::Quota),
    ("ReadinessFailure", Kind::Readiness),
    ("PodDeletions", Kind::DeletePods),
    ("PodFailures", Kind::FailPods),
    ("DenyPods", Kind::DenyPods),
];

/// Reads all faults, in order of writing.
pub(crate) fn all(node: Option<&Node>, horizon: Span, log: &mut Diagnostics) -> Vec<Written> {
    let mut faults: Vec<Written> = Vec::new();
    for item in node.map_or(&[][..], |node| list(node, "`faults`", log)) {
        let Some(written) = one(item, horizon, log) else {
            continue;
        };
        if faults.iter().any(|other| other.fault.name == written.fault.name) {
            let place = item.get("name").map_or(&item.place, |name| &name.place);
            let text = format!("two faults are called `{}`", written.fault.name);
            log.push(Diagnostic::at(place, text).help("a fault's name is the name of its random stream"));
        }
        faults.push(written);
    }
    faults
}

fn one(node: &Node, horizon: Span, log: &mut Diagnostics) -> Option<Written> {
    let mut fields = Fields::of(node, "a fault", log)?;
    let name = fields.need("name", log).and_then(|node| self::name(node, log));
    let kind = fields.need("kind", log).and_then(|node| word(node, "`kind`", &KINDS, log));
    let timed = node.get("at").is_some() || node.get("when").is_some();
    let from = trigger::read(&mut fields, horizon, log);
    let from = if timed { from } else { Some(Window::ALWAYS.from) };
    let duration = fields.take("for");
    let lasting = duration.is_some();
    let duration = duration.and_then(|node| law(node, "`for`", log));
    let chance = fields.take("probability").map_or(Some(1.0), |node| probability(node, "`probability`", log));
    // Without its kind, nobody can tell which other keys belong to a fault.
    let mut image_place = None;
    let kind = self::kind(kind?, &mut fields, &mut image_place, log);
    fields.finish(log);
    if lasting && duration.is_none() {
        return None;
    }
    let fault =
        Fault { name: name?, kind: kind?, window: Window { from: from?, duration }, probability: chance? };
    Some(Written { fault, image_place })
}

fn name(node: &Node, log: &mut Diagnostics) -> Option<String> {
    let name = text(node, "`name`", log)?;
    if !is_dns_label(name) {
        let text = "the name of a fault must be a DNS label (lower case letters, digits, `-`)";
        log.push(Diagnostic::at(&node.place, text));
    }
    Some(name.to_owned())
}

fn kind(
    kind: Kind,
    fields: &mut Fields<'_>,
    image_place: &mut Option<Place>,
    log: &mut Diagnostics,
) -> Option<FaultKind> {
    match kind {
        Kind::ImagePull => {
            let failures = [
                ("notFound", PullFailure::NotFound),
                ("unauthorised", PullFailure::Unauthorised),
                ("registryDown", PullFailure::RegistryDown),
            ];
            let failure = fields.take("failure");
            let failure =
                failure.map_or(Some(PullFailure::NotFound), |node| word(node, "`failure`", &failures, log));
            Some(FaultKind::ImagePull {
                image: target(fields, image_place, log),
                fraction: fraction(fields, log)?,
                failure: failure?,
            })
        }
        Kind::Quota => {
            let quota = fields.need("quota", log).and_then(|node| text(node, "`quota`", log));
            let pods = fields.need("pods", log).and_then(|node| whole(node, "`pods`", 0..=i64::MAX, log));
            Some(FaultKind::Quota { quota: quota?.to_owned(), pods: pods? })
        }
        Kind::Readiness => {
            let failure = fields.take("readiness");
            let failure = failure.map_or(Some(ReadinessFault::Never), |node| readiness(node, log));
            Some(FaultKind::Readiness {
                image: target(fields, image_place, log),
                fraction: fraction(fields, log)?,
                failure: failure?,
            })
        }
        Kind::DeletePods => every(fields, log).map(|every| FaultKind::DeletePods { every }),
        Kind::FailPods => every(fields, log).map(|every| FaultKind::FailPods { every }),
        Kind::DenyPods => {
            let message = fields.need("message", log).and_then(|node| text(node, "`message`", log));
            message.map(|message| FaultKind::DenyPods { message: message.to_owned() })
        }
    }
}

fn every(fields: &mut Fields<'_>, log: &mut Diagnostics) -> Option<simulator::engine::Law> {
    let node = fields.need("every", log)?;
    let every = law(node, "`every`", log)?;
    // At the median: an always empty gap would stop the clock.
    if every.at(0.5) < Span::from_millis(1) {
        let text = "every: the time between two strikes must be at least 1ms at the median";
        log.push(Diagnostic::at(&node.place, text));
        return None;
    }
    Some(every)
}

fn fraction(fields: &mut Fields<'_>, log: &mut Diagnostics) -> Option<f64> {
    let node = fields.take("fraction");
    node.map_or(Some(1.0), |node| probability(node, "`fraction`", log))
}

fn target(fields: &mut Fields<'_>, place: &mut Option<Place>, log: &mut Diagnostics) -> Option<String> {
    let node = fields.take("target")?;
    let mut target = Fields::of(node, "`target`", log)?;
    let image = target.need("image", log);
    target.finish(log);
    let image = image?;
    *place = Some(image.place.clone());
    text(image, "`image`", log).map(str::to_owned)
}

fn readiness(node: &Node, log: &mut Diagnostics) -> Option<ReadinessFault> {
    if let Value::Str(_) = node.value {
        return word(node, "`readiness`", &[("never", ())], log).map(|()| ReadinessFault::Never);
    }
    let mut fields = Fields::of(node, "`readiness`", log)?;
    let kind = fields.one_of(&["late", "flapping"], log);
    fields.finish(log);
    let kind = kind?;
    if kind.key == "late" {
        return law(&kind.value, "`late`", log).map(ReadinessFault::Late);
    }
    let mut fields = Fields::of(&kind.value, "`flapping`", log)?;
    let up = fields.need("up", log).and_then(|node| law(node, "`up`", log));
    let down = fields.need("down", log).and_then(|node| law(node, "`down`", log));
    fields.finish(log);
    let (up, down) = (up?, down?);
    if up.at(0.5) + down.at(0.5) < Span::from_millis(1) {
        log.push(Diagnostic::at(
            &kind.value.place,
            "flapping: one round must take at least 1ms at the median",
        ));
        return None;
    }
    Some(ReadinessFault::Flapping { up, down })
}

/// Faults must name images that some pod of the scenario has.
pub(crate) fn check_images(faults: &[Written], images: &[&str], log: &mut Diagnostics) {
    for written in faults {
        let (FaultKind::ImagePull { image, .. } | FaultKind::Readiness { image, .. }) = &written.fault.kind
        else {
            continue;
        };
        let (Some(image), Some(place)) = (image, &written.image_place) else {
            continue;
        };
        if images.contains(&image.as_str()) {
            continue;
        }
        let error = Diagnostic::at(place, format!("no pod of this scenario ever has the image `{image}`"));
        log.push(match nearest(image, images) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error.help(format!("images of this scenario: {}", quoted(images))),
        });
    }
}
