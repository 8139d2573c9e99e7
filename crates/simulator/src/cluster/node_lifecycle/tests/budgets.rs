//! Arithmetic of budgets (`docs/spec/services.md`, section 5).

use crate::model::{DisruptionBudget, LabelRequirement, LabelSelector};
use controller::api::IntOrPercent::{self, Int, Percent};
use controller::disruption::BudgetCounts;

fn budget(min_available: Option<IntOrPercent>, max_unavailable: Option<IntOrPercent>) -> DisruptionBudget {
    DisruptionBudget {
        name: "web".to_owned(),
        selector: LabelSelector::default(),
        min_available,
        max_unavailable,
        always_evicts_unhealthy: false,
    }
}

#[test]
fn disruptions_that_are_allowed() {
    // (minAvailable, maxUnavailable), replicas, matching pods, healthy pods: desired, allowed.
    for (rule, replicas, pods, healthy, desired, allowed) in [
        ((None, Some(Int(1))), 3, 3, 3, 2, 1),
        ((None, Some(Int(1))), 3, 3, 2, 2, 0),
        ((None, Some(Int(1))), 3, 5, 5, 2, 3),
        ((None, Some(Int(5))), 3, 3, 3, 0, 3),
        ((None, Some(Percent(25))), 10, 10, 10, 7, 3),
        ((None, Some(Percent(0))), 10, 10, 10, 10, 0),
        ((None, Some(Int(0))), 10, 13, 13, 10, 3),
        ((Some(Int(1)), None), 1, 1, 1, 1, 0),
        ((Some(Int(1)), None), 1, 2, 2, 1, 1),
        ((Some(Int(0)), None), 1, 1, 1, 0, 1),
        ((Some(Int(2)), None), 3, 3, 1, 2, 0),
        ((Some(Percent(50)), None), 3, 3, 3, 2, 1),
        ((Some(Percent(51)), None), 10, 10, 10, 6, 4),
        ((Some(Percent(100)), None), 4, 5, 5, 4, 1),
        ((Some(Percent(50)), None), 0, 0, 0, 0, 0),
        ((Some(Int(1)), None), 0, 0, 0, 1, 0),
        ((None, None), 3, 3, 3, 0, 0),
    ] {
        let counts = BudgetCounts { scale: replicas, pods, healthy };
        let status = budget(rule.0, rule.1).spec().status(counts, 1);
        let told = (status.desired, status.allowed);
        assert_eq!(told, (desired, allowed), "{rule:?} of {replicas}, {healthy} of {pods} healthy");
    }
}

#[test]
fn selectors_match_as_the_api_says() {
    let label = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    let labels = [label("app", "web"), label("tier", "front")];
    let matches = |selector: LabelSelector| selector.matches(&labels);
    let with = |key: &str, values: Option<&[&str]>, negated| LabelSelector {
        labels: vec![label("app", "web")],
        requirements: vec![LabelRequirement {
            key: key.to_owned(),
            values: values.map(|values| values.iter().map(|value| (*value).to_owned()).collect()),
            negated,
        }],
    };
    assert!(matches(LabelSelector::default()));
    assert!(!matches(LabelSelector { labels: vec![label("app", "api")], ..LabelSelector::default() }));
    assert!(matches(with("tier", Some(&["back", "front"]), false)), "In");
    assert!(!matches(with("tier", Some(&["back", "front"]), true)), "NotIn");
    assert!(matches(with("zone", Some(&["a"]), true)), "NotIn, and the label is absent");
    assert!(matches(with("tier", None, false)), "Exists");
    assert!(!matches(with("zone", None, false)), "Exists");
    assert!(matches(with("zone", None, true)), "DoesNotExist");
}
