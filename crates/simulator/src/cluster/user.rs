//! What the user does to the workload: each is one change of its spec, as kubectl would make it; and the
//! triggers that actions and faults wait for.

use super::event::Event;
use super::pod::PodId;
use super::site::Waiting;
use super::world::World;
use crate::model::{Apply, Change, DeploymentFields, PodSelector, PodTemplate, Trigger, WorkloadSpec};
use crate::observe::{Observation, Observer, Report};
use crate::{Span, Timestamp};
use controller::api::{
    ConditionType, Deployment, DeploymentStatus, Reason, ReplicaSet, ReplicaSetId, TemplateId,
};
use controller::deployment::undo;
use std::sync::Arc;

impl<O: Observer> World<O> {
    /// The bare `ReplicaSet` under test, where there is no Deployment.
    fn bare_replica_set(&self) -> Option<&ReplicaSet> {
        if self.api.deployment.is_some() { None } else { self.api.replica_set(ReplicaSetId(0)) }
    }

    fn current_template(&self) -> Option<TemplateId> {
        match self.api.deployment {
            Some(deployment) => Some(deployment.spec.template),
            None => self.bare_replica_set().map(|replica_set| replica_set.template),
        }
    }

    /// A template that differs from the current one as `change` says.
    pub(super) fn changed_template(&mut self, change: impl FnOnce(&mut PodTemplate)) -> Option<TemplateId> {
        let mut template = self.templates.get(self.current_template()?).clone();
        change(&mut template);
        Some(self.intern_template(&template))
    }

    /// The identity of a template; a new one is made ready for use.
    pub(super) fn intern_template(&mut self, template: &PodTemplate) -> TemplateId {
        let id = self.templates.intern(template);
        if let Some(site) = &mut self.site {
            site.add_template(id, template);
            site.count_pods(&self.api.pods);
        }
        id
    }

    /// The template that differs from the current one in the image of `container` (all if `None`).
    pub(super) fn template_with_image(&mut self, container: Option<&str>, image: &str) -> Option<TemplateId> {
        self.changed_template(|template| {
            let matching = |name: &str| container.is_none_or(|wanted| wanted == name);
            for container in template.containers.iter_mut().filter(|container| matching(&container.name)) {
                image.clone_into(&mut container.image);
            }
        })
    }

    /// `kubectl rollout undo`.
    pub(super) fn undo_rollout(&mut self, to_revision: i64) {
        let Some(deployment) = self.api.deployment else { return };
        let replica_sets: Vec<_> = self.api.existing_replica_sets().cloned().collect();
        match undo(&deployment, &replica_sets, to_revision) {
            Ok(target) => {
                let template = target.template;
                self.commit_deployment(|deployment| deployment.spec.template = template);
                self.see(Observation::RolledBack);
            }
            Err(refusal) => self.see(Observation::UndoRefused(refusal)),
        }
    }

    /// The pod that a selector means: by position among those that are neither terminating nor Failed, in
    /// order of creation.
    pub(super) fn selected_pod(&self, ordinal: u32, image: Option<&str>) -> Option<PodId> {
        let has_image = |template| {
            let containers = &self.templates.get(template).containers;
            image.is_none_or(|image| containers.iter().any(|container| container.image == image))
        };
        let candidates: Vec<PodId> = (0u32..)
            .zip(&self.api.pods)
            .filter(|(_, pod)| pod.is_active() && has_image(pod.template))
            .map(|(id, _)| PodId(id))
            .collect();
        let index = (ordinal as usize).checked_rem(candidates.len())?;
        Some(candidates[index])
    }

    /// Puts the actions on the calendar, or among those that wait for a trigger.
    pub(super) fn arm_actions(&mut self) {
        let Some(site) = &mut self.site else { return };
        for (action, index) in site.model.actions.iter().zip(0u32..) {
            match action.trigger {
                Trigger::At(at) => {
                    self.calendar.schedule_at(site.start + at, Event::UserActs(index));
                    site.triggers.template_changes_to_come += u32::from(action.change.may_change_template());
                }
                _ => site.triggers.waiting.push(Waiting::Action(index)),
            }
        }
    }

    /// Whether a change of the template is certain to come.
    pub(crate) fn template_change_to_come(&self) -> bool {
        self.site.as_ref().is_some_and(|site| site.triggers.template_changes_to_come > 0)
    }

    pub(super) fn user_acts(&mut self, index: u32) {
        let Some(site) = &mut self.site else { return };
        let model = Arc::clone(&site.model);
        let change = &model.actions[index as usize].change;
        site.triggers.template_changes_to_come -= u32::from(change.may_change_template());
        let to_come = site.triggers.template_changes_to_come > 0;
        self.see(Observation::UserActs { template_change_to_come: to_come });
        self.report(Report::UserActs(index));
        self.make_change(change);
        self.see(Observation::UserActed);
    }

    fn make_change(&mut self, change: &Change) {
        match change {
            Change::SetImage(_)
            | Change::Scale(_)
            | Change::Pause
            | Change::Resume
            | Change::SetStrategy(_)
            | Change::SetMinReadySeconds(_)
            | Change::SetProgressDeadlineSeconds(_)
            | Change::SetRevisionHistoryLimit(_)
            | Change::Edit(_) => self.edit(change.edits()),
            Change::Undo { to_revision } => self.undo_rollout(*to_revision),
            Change::Restart => self.restart_rollout(),
            Change::Apply(apply) => self.apply(apply),
            Change::DeletePod(pod) => {
                if let Some(id) = self.pod_meant(pod) {
                    // A pod that is there cannot be refused to be deleted.
                    let _ = self.commit_pod_deletion(id);
                }
            }
            Change::DeletePodWithin(pod, grace) => self.delete_pod_within(pod, *grace),
            Change::EvictPod(pod) => self.evict_by_hand(pod),
            Change::SetDeletionCost(pod, cost) => {
                if let Some(id) = self.pod_meant(pod) {
                    self.commit_pod(id, |pod| pod.deletion_cost = *cost);
                }
            }
            Change::ScaleReplicaSet(which, replicas) => self.scale_replica_set(which, *replicas),
            Change::DeleteReplicaSet(which, cascade) => self.delete_replica_set(which, *cascade),
            Change::FailPod(pod) => {
                if let Some(id) = self.pod_meant(pod) {
                    self.fail_pod(id);
                }
            }
            Change::RelabelPod(pod) => {
                if let Some(id) = self.pod_meant(pod) {
                    self.commit_pod(id, |pod| pod.matches = false);
                }
            }
            Change::Node(change) => self.change_nodes(change),
            Change::SetPodQuota(pods) => {
                if let Some(site) = &mut self.site {
                    site.quotas.set_pods(*pods);
                    self.quotas_changed();
                }
            }
        }
    }

    pub(super) fn pod_meant(&self, pod: &PodSelector) -> Option<PodId> {
        self.selected_pod(pod.ordinal, pod.image.as_deref())
    }

    /// Nothing changes; the command says why.
    pub(super) fn refuse_action(&mut self, why: &str) {
        if O::LISTENS {
            self.report(Report::ActionRefused(why.to_owned()));
        }
    }

    /// Sets fields of the spec in one update.
    fn edit(&mut self, edits: &[Change]) {
        let images = edits.iter().find_map(|edit| match edit {
            Change::SetImage(images) => Some(images.as_slice()),
            _ => None,
        });
        let template = images.and_then(|images| self.template_with_images(images));
        let replicas = edits.iter().find_map(|edit| match edit {
            Change::Scale(replicas) => Some(*replicas),
            _ => None,
        });
        let min_ready_seconds = edits.iter().find_map(|edit| match edit {
            Change::SetMinReadySeconds(seconds) => Some(*seconds),
            _ => None,
        });
        self.change_spec(template, replicas, min_ready_seconds, |deployment| {
            let spec = &mut deployment.spec;
            for edit in edits {
                match edit {
                    Change::Pause => spec.paused = true,
                    Change::Resume => spec.paused = false,
                    Change::SetStrategy(strategy) => spec.strategy = *strategy,
                    Change::SetProgressDeadlineSeconds(seconds) => spec.progress_deadline_seconds = *seconds,
                    Change::SetRevisionHistoryLimit(limit) => spec.revision_history_limit = *limit,
                    _ => {}
                }
            }
        });
    }

    /// The current template with other images of some containers.
    fn template_with_images(&mut self, images: &[(String, String)]) -> Option<TemplateId> {
        self.changed_template(|template| {
            for container in template.init_containers.iter_mut().chain(&mut template.containers) {
                if let Some((_, image)) = images.iter().find(|(name, _)| *name == container.name) {
                    container.image.clone_from(image);
                }
            }
        })
    }

    /// `kubectl apply`: what is stored becomes what the manifests and it are merged to. The manifest is
    /// remembered in an annotation, which counts for the generation of a Deployment.
    fn apply(&mut self, apply: &Apply) {
        let Some(live) = self.stored_spec() else { return };
        let Some(site) = &self.site else { return };
        let last = site.last_applied.clone();
        let is_as_created = last.is_none() && live == WorkloadSpec::of(&site.model.subject);
        let merged =
            if is_as_created { Ok(apply.foreseen.clone()) } else { apply.merge_into(last.as_deref(), &live) };
        let spec = match merged {
            Ok(spec) => spec,
            Err(why) => return self.refuse_action(&why),
        };
        let is_news = last.as_ref().unwrap_or(&apply.created_with) != &apply.manifest;
        if let Some(site) = &mut self.site {
            site.last_applied = Some(Arc::clone(&apply.manifest));
        }
        let template = self.intern_template(&spec.template);
        self.change_spec(Some(template), Some(spec.replicas), Some(spec.min_ready_seconds), |deployment| {
            deployment.generation += i64::from(is_news);
            if let Some(fields) = spec.deployment {
                deployment.spec.strategy = fields.strategy;
                deployment.spec.progress_deadline_seconds = fields.progress_deadline_seconds;
                deployment.spec.revision_history_limit = fields.revision_history_limit;
                deployment.spec.paused = fields.paused;
            }
        });
    }

    /// The subject's spec as it is stored.
    fn stored_spec(&self) -> Option<WorkloadSpec> {
        if let Some(Deployment { spec, .. }) = &self.api.deployment {
            return Some(WorkloadSpec {
                replicas: spec.replicas,
                min_ready_seconds: spec.min_ready_seconds,
                template: self.templates.get(spec.template).clone(),
                deployment: Some(DeploymentFields {
                    strategy: spec.strategy,
                    progress_deadline_seconds: spec.progress_deadline_seconds,
                    revision_history_limit: spec.revision_history_limit,
                    paused: spec.paused,
                }),
            });
        }
        self.bare_replica_set().map(|replica_set| WorkloadSpec {
            replicas: replica_set.replicas,
            min_ready_seconds: replica_set.min_ready_seconds,
            template: self.templates.get(replica_set.template).clone(),
            deployment: None,
        })
    }

    /// `kubectl rollout restart`: an annotation of the template with the time, in whole seconds
    /// (`staging/src/k8s.io/kubectl/pkg/polymorphichelpers/objectrestarter.go`).
    fn restart_rollout(&mut self) {
        if self.api.deployment.is_some_and(|deployment| deployment.spec.paused) {
            return self.refuse_action("can't restart paused deployment (run rollout resume first)");
        }
        let second = self.now().as_secs();
        let template = self.changed_template(|template| template.restarted_at = Some(second));
        self.change_spec(template, None, None, |_| {});
    }

    /// One update of the subject's spec, Deployment or bare `ReplicaSet`.
    fn change_spec(
        &mut self,
        template: Option<TemplateId>,
        replicas: Option<i32>,
        min_ready_seconds: Option<i32>,
        more: impl FnOnce(&mut Deployment),
    ) {
        if let Some(id) = self.bare_replica_set().map(|replica_set| replica_set.id) {
            return self.commit_replica_set_spec(id, |replica_set| {
                replica_set.template = template.unwrap_or(replica_set.template);
                replica_set.replicas = replicas.unwrap_or(replica_set.replicas);
                replica_set.min_ready_seconds = min_ready_seconds.unwrap_or(replica_set.min_ready_seconds);
            });
        }
        self.commit_deployment(|deployment| {
            deployment.spec.template = template.unwrap_or(deployment.spec.template);
            deployment.spec.replicas = replicas.unwrap_or(deployment.spec.replicas);
            deployment.spec.min_ready_seconds =
                min_ready_seconds.unwrap_or(deployment.spec.min_ready_seconds);
            more(deployment);
        });
    }

    /// A pod has become Ready: whoever waits for enough new pods may be due.
    pub(super) fn pull_readiness_triggers(&mut self, id: PodId) {
        let current = self.current_template();
        let template = self.api.pod(id).template;
        let Some(site) = &mut self.site else { return };
        if std::mem::replace(&mut site.lives[id.index()].was_ready, true) {
            return;
        }
        let ready = &mut site.triggers.ready_once[template.0 as usize];
        *ready += 1;
        let ready = *ready;
        if current == Some(template) {
            self.pull_triggers(|trigger| match trigger {
                Trigger::NewPodsReady { count, after } if ready >= *count => Some(*after),
                _ => None,
            });
        }
    }

    /// The Deployment has reported that its deadline was exceeded.
    pub(super) fn pull_deadline_triggers(&mut self, status: &DeploymentStatus) {
        let progressing = status.conditions.get(ConditionType::Progressing);
        if progressing.is_some_and(|condition| condition.reason == Reason::ProgressDeadlineExceeded) {
            self.pull_triggers(|trigger| match trigger {
                Trigger::DeadlineExceeded { after } => Some(*after),
                _ => None,
            });
        }
    }

    fn pull_triggers(&mut self, due: impl Fn(&Trigger) -> Option<Span>) {
        let now: Timestamp = self.now();
        let Some(site) = &mut self.site else { return };
        let (model, calendar) = (&site.model, &mut self.calendar);
        let to_come = &mut site.triggers.template_changes_to_come;
        site.triggers.waiting.retain(|waiting| {
            let (trigger, event) = match *waiting {
                Waiting::Action(index) => (&model.actions[index as usize].trigger, Event::UserActs(index)),
                Waiting::Fault(index) => {
                    (&model.faults[index as usize].window.from, Event::FaultBegins(index))
                }
            };
            let Some(after) = due(trigger) else { return true };
            if let Waiting::Action(index) = *waiting {
                *to_come += u32::from(model.actions[index as usize].change.may_change_template());
            }
            calendar.schedule_at(now + after, event);
            false
        });
    }
}
