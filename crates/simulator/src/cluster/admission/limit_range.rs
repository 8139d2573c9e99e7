//! Limit ranges: default requests and limits, and the bounds that containers and pods must keep
//! (`plugin/pkg/admission/limitranger`).

use crate::cluster::quantity::{count, quantity};
use crate::model::{Container, LimitRange, LimitRangeItem, PodTemplate, Resources, Unit};

/// Applies the limit ranges to a template. Returns the template with defaults filled in, and its violations.
pub(in super::super) fn with_limit_ranges(
    template: &PodTemplate,
    ranges: &[LimitRange],
) -> (PodTemplate, Vec<String>) {
    let mut effective = template.clone();
    for container in effective.init_containers.iter_mut().chain(&mut effective.containers) {
        default_requests_to_limits(container);
        for item in ranges.iter().flat_map(|range| &range.items).filter(|item| !item.per_pod) {
            container.limits = filled(container.limits, item.default);
            container.requests = filled(container.requests, item.default_request);
        }
    }
    let items = ranges.iter().flat_map(|range| &range.items);
    let violations = items.flat_map(|item| violations(&effective, item)).collect();
    (effective, violations)
}

/// How a template, with all defaults filled in, violates one item.
pub(super) fn violations(template: &PodTemplate, item: &LimitRangeItem) -> Vec<String> {
    if item.per_pod {
        return rules(template.requests(), template.limits(), item, "Pod").collect();
    }
    let all = template.init_containers.iter().chain(&template.containers);
    all.flat_map(|container| rules(container.requests, container.limits, item, "Container")).collect()
}

/// A request that is not stated is the limit (`SetDefaults_Pod`, `pkg/apis/core/v1/defaults.go`).
fn default_requests_to_limits(container: &mut Container) {
    container.requests = filled(container.requests, container.limits);
}

fn filled(stated: Resources, default: Resources) -> Resources {
    Resources {
        cpu_milli: stated.cpu_milli.or(default.cpu_milli),
        memory_bytes: stated.memory_bytes.or(default.memory_bytes),
        ephemeral_bytes: stated.ephemeral_bytes.or(default.ephemeral_bytes),
    }
}

/// Reads one resource from a set of amounts.
type ReadAmount = fn(&Resources) -> Option<i64>;

/// The resources that limit ranges bound, sorted by name.
const RESOURCES: [(&str, Unit, ReadAmount); 3] = [
    ("cpu", Unit::MilliCores, |amounts| amounts.cpu_milli),
    ("ephemeral-storage", Unit::Bytes, |amounts| amounts.ephemeral_bytes),
    ("memory", Unit::Bytes, |amounts| amounts.memory_bytes),
];

/// All violations by one container or pod: first of every minimum, then of every maximum, then of the ratios.
fn rules(
    requests: Resources,
    limits: Resources,
    item: &LimitRangeItem,
    kind: &'static str,
) -> impl Iterator<Item = String> {
    let item = item.clone();
    let rules: [fn(&RequestAndLimit, &LimitRangeItem) -> Option<String>; 3] = [minimum, maximum, ratio];
    rules.into_iter().flat_map(move |rule| {
        let item = item.clone();
        RESOURCES.into_iter().filter_map(move |(name, unit, of)| {
            rule(&RequestAndLimit { name, unit, of, kind, request: of(&requests), limit: of(&limits) }, &item)
        })
    })
}

/// The request and the limit of one resource, with the bounds that apply to it.
struct RequestAndLimit {
    name: &'static str,
    unit: Unit,
    of: ReadAmount,
    kind: &'static str,
    request: Option<i64>,
    limit: Option<i64>,
}

fn minimum(asked: &RequestAndLimit, item: &LimitRangeItem) -> Option<String> {
    let min = (asked.of)(&item.min)?;
    let head = format!("minimum {} usage per {} is {}", asked.name, asked.kind, quantity(min, asked.unit));
    match (asked.request, asked.limit) {
        (None, _) => Some(format!("{head}.  No request is specified")),
        (Some(request), _) if request < min => {
            Some(format!("{head}, but request is {}", quantity(request, asked.unit)))
        }
        (_, Some(limit)) if limit < min => {
            Some(format!("{head}, but limit is {}", quantity(limit, asked.unit)))
        }
        _ => None,
    }
}

fn maximum(asked: &RequestAndLimit, item: &LimitRangeItem) -> Option<String> {
    let max = (asked.of)(&item.max)?;
    let head = format!("maximum {} usage per {} is {}", asked.name, asked.kind, quantity(max, asked.unit));
    match (asked.request, asked.limit) {
        (_, None) => Some(format!("{head}.  No limit is specified")),
        (_, Some(limit)) if limit > max => {
            Some(format!("{head}, but limit is {}", quantity(limit, asked.unit)))
        }
        (Some(request), _) if request > max => {
            Some(format!("{head}, but request is {}", quantity(request, asked.unit)))
        }
        _ => None,
    }
}

fn ratio(asked: &RequestAndLimit, item: &LimitRangeItem) -> Option<String> {
    let most = (asked.of)(&item.max_ratio_milli)?;
    let shown = count(most);
    let head = format!("{} max limit to request ratio per {} is {shown}", asked.name, asked.kind);
    let (Some(request), Some(limit)) = (asked.request.filter(|r| *r > 0), asked.limit.filter(|l| *l > 0))
    else {
        let missing = if asked.request.is_none_or(|request| request == 0) { "request" } else { "limit" };
        return Some(format!("{head}, but no {missing} is specified or {missing} is 0"));
    };
    let exceeded = i128::from(limit) * 1000 > i128::from(request) * i128::from(most);
    exceeded.then(|| format!("{head}, but provided ratio is {:.6}", limit as f64 / request as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cpu(milli: i64) -> Resources {
        Resources { cpu_milli: Some(milli), ..Resources::default() }
    }

    fn refused(container: Container, item: LimitRangeItem) -> Vec<String> {
        let template = PodTemplate { containers: vec![container], ..PodTemplate::default() };
        let range = LimitRange { name: "r".to_owned(), items: vec![item] };
        with_limit_ranges(&template, &[range]).1
    }

    fn item() -> LimitRangeItem {
        LimitRangeItem::default()
    }

    #[test]
    fn limit_ranges_default_and_then_refuse() {
        let plain = Container::default;
        let max = LimitRangeItem { max: cpu(500), ..item() };
        assert_eq!(
            refused(plain(), max.clone()),
            ["maximum cpu usage per Container is 500m.  No limit is specified"]
        );
        let filled = LimitRangeItem { default: cpu(500), default_request: cpu(100), ..max.clone() };
        assert!(refused(plain(), filled).is_empty());
        assert_eq!(
            refused(Container { limits: cpu(600), ..plain() }, max),
            ["maximum cpu usage per Container is 500m, but limit is 600m"]
        );
        let min = LimitRangeItem { min: cpu(100), ..item() };
        assert_eq!(
            refused(Container { requests: cpu(50), ..plain() }, min.clone()),
            ["minimum cpu usage per Container is 100m, but request is 50m"]
        );
        assert!(
            refused(Container { limits: cpu(100), ..plain() }, min).is_empty(),
            "the request is copied from the limit"
        );
        let ratio = LimitRangeItem { max_ratio_milli: cpu(2000), ..item() };
        assert!(
            refused(Container { requests: cpu(100), limits: cpu(200), ..plain() }, ratio.clone()).is_empty()
        );
        assert_eq!(
            refused(Container { requests: cpu(100), limits: cpu(250), ..plain() }, ratio.clone()),
            ["cpu max limit to request ratio per Container is 2, but provided ratio is 2.500000"]
        );
        assert_eq!(
            refused(plain(), ratio),
            [
                "cpu max limit to request ratio per Container is 2, but no request is specified or request is 0"
            ]
        );
    }

    /// Specification, section 5: init containers count, several ranges apply in turn, and only missing values
    /// are filled in.
    #[test]
    fn several_ranges_apply_in_turn_to_init_containers_too() {
        let template = PodTemplate {
            init_containers: vec![Container { limits: cpu(300), ..Container::default() }],
            containers: vec![Container::default()],
            ..PodTemplate::default()
        };
        let defaults = |limit, request| LimitRange {
            name: "r".to_owned(),
            items: vec![LimitRangeItem { default: cpu(limit), default_request: cpu(request), ..item() }],
        };
        let (effective, _) = with_limit_ranges(&template, &[defaults(200, 100), defaults(900, 900)]);
        let of = |container: &Container| (container.requests.cpu_milli, container.limits.cpu_milli);
        assert_eq!(
            of(&effective.init_containers[0]),
            (Some(300), Some(300)),
            "its own limit and nothing else"
        );
        assert_eq!(of(&effective.containers[0]), (Some(100), Some(200)), "the first range, not the second");
        let per_pod = LimitRangeItem { per_pod: true, max: cpu(250), ..item() };
        assert_eq!(
            violations(&effective, &per_pod),
            ["maximum cpu usage per Pod is 250m, but limit is 300m"],
            "the init container is the larger one"
        );
    }
}
