//! The demand of a change on its cluster.

use controller::api::Strategy;
use simulator::model::{Change, DeploymentFields, Model};

/// Pods that the rollout requests at the same time: the replicas after the change, and the surge of the strategy
/// after it. Terminating pods are not included.
pub fn asked_peak(model: &Model) -> i64 {
    let (replicas, fields) = after_change(model);
    let surge = match fields.map(|fields| fields.strategy) {
        // The surge cannot exceed the number of new pods.
        Some(Strategy::RollingUpdate(limits)) => limits.max_surge.rounded_up(replicas).min(replicas),
        Some(Strategy::Recreate) | None => 0,
    };
    i64::from(replicas) + i64::from(surge)
}

/// Size and settings of the Deployment after all actions.
pub(super) fn after_change(model: &Model) -> (i32, Option<DeploymentFields>) {
    let mut state = (model.subject.replicas, model.subject.deployment);
    for action in &model.actions {
        if let Change::Apply(apply) = &action.change {
            state = (apply.foreseen.replicas, apply.foreseen.deployment.or(state.1));
        }
    }
    state
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn model(replicas: i32, strategy: &str) -> Model {
        let text = format!(
            "apiVersion: rollout-lab/v1alpha1\nkind: Scenario\nmetadata: {{name: a}}\nspec:\n  manifests:\n    \
             - apiVersion: apps/v1\n      kind: Deployment\n      metadata: {{name: w}}\n      spec: {{replicas: \
             {replicas}, strategy: {strategy}, selector: {{matchLabels: {{a: w}}}}, template: {{metadata: \
             {{labels: {{a: w}}}}, spec: {{containers: [{{name: w, image: w}}]}}}}}}\n"
        );
        scenario::load_str("a.yaml", &text, Path::new("")).unwrap().model
    }

    #[test]
    fn the_strategy_says_how_many_pods_are_asked_for() {
        for (replicas, strategy, asked) in [
            (4, "{rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}", 5),
            (10, "{rollingUpdate: {maxSurge: 25%, maxUnavailable: 0}}", 13),
            (3, "{rollingUpdate: {maxSurge: 100, maxUnavailable: 0}}", 6),
            (4, "{type: Recreate}", 4),
        ] {
            assert_eq!(asked_peak(&model(replicas, strategy)), asked, "{replicas} {strategy}");
        }
    }
}
