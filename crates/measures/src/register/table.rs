//! The table: one row for each column of `runs.csv`, in their order.

use super::scaling::{largest_leftover, new_share_rise, scaling_events};
use crate::column::{Cell, Column, Fact};
use crate::field::Kind::{Count, Flag, Number, Word};
use crate::field::field;
use crate::measure::{Absent, Group, Measure, Negative, Presence, Unit};
use crate::question::{Better, Margin, Share, View};
use crate::stats::Level;
use crate::{Elapsed, Milli, Row};
use simulator::number::Saturate;
use simulator::record::Cause;

const LOWER: Better = Better::Lower;
const HIGHER: Better = Better::Higher;
const NEITHER: Better = Better::Neither;
/// Assumed: one run in a hundred justifies another setting.
const ONE_PERCENT_OF_RUNS: Margin = Margin::Absolute(0.01);
/// Assumed: no plan depends on 5% of a duration or of a cost.
const A_TWENTIETH: Margin = Margin::Relative(0.05);
/// Assumed: half a pod on average is a pod in every other run.
const HALF_A_POD: Margin = Margin::Absolute(0.5);
/// Assumed: a second on average is below what probes and clients notice.
const A_SECOND: Margin = Margin::Absolute(1.0);
/// Assumed: one request in a thousand, in percentage points.
const ONE_IN_A_THOUSAND: Margin = Margin::Absolute(0.1);
/// Assumed: one request in a hundred, if it is for ten seconds only; in percentage points.
const ONE_IN_A_HUNDRED: Margin = Margin::Absolute(1.0);
/// Assumed: a restart, a refusal or a superseded rollout in one run of ten.
const ONE_IN_TEN_RUNS: Margin = Margin::Absolute(0.1);
/// Assumed: one more pod of a hundred that runs an unproven template.
const A_PERCENTAGE_POINT: Margin = Margin::Absolute(1.0);

/// Runs whose rollout ended.
const ENDED: Share = Share {
    key: "ended",
    label: "rollouts that ended within the horizon",
    of: |time, row| time.of(row).map(|time| time != Elapsed::BeyondHorizon),
    better: HIGHER,
    margin: ONE_PERCENT_OF_RUNS,
};
const DEADLINE_FIRED: Share = Share {
    key: "deadlineFired",
    label: "runs in which the progress deadline fired",
    of: is_positive,
    better: LOWER,
    margin: ONE_PERCENT_OF_RUNS,
};
const EVER_BELOW_PROMISED: Share = Share {
    key: "everBelowPromised",
    label: "runs below the promise at some moment",
    of: is_positive,
    better: LOWER,
    margin: ONE_PERCENT_OF_RUNS,
};
const ENDS_BELOW_PROMISED: Share = Share {
    key: "endsBelowPromised",
    label: "runs below the promise at the horizon",
    of: |_, row| row.ends_below_promised(),
    better: LOWER,
    margin: ONE_PERCENT_OF_RUNS,
};
const ROLLED_BACK: Share = Share {
    key: "rolledBack",
    label: "runs that went back to an earlier template",
    of: is_positive,
    better: NEITHER,
    margin: ONE_PERCENT_OF_RUNS,
};

fn is_positive(measure: &Measure, row: &Row) -> Option<bool> {
    measure.number(row).map(|number| number > Milli::ZERO)
}

fn percent(share: f64) -> Milli {
    Milli::from_f64(share * 100.0)
}

/// The columns in their order. New columns come at the end, so that readers by position keep working.
///
/// Costs are better when they are lower: `apiWrites` load the API server, `surgePod` is capacity that the user pays
/// for. Both have relative margins because they grow with the number of pods. A leftover of half a pod and a
/// percentage point of unproven pods are visible in a scaling. The numbers of superseded rollouts, of scalings and
/// of kept `ReplicaSet`s are choices of the user: a difference is reported as neither better nor worse.
#[rustfmt::skip]
pub(super) const COLUMNS: [Column; 67] = [
    Column::Fact(field("run", Count, "number, from 0", "the run; `show --run` replays it"), Fact::Run),
    Column::Fact(field("digest", Word, "16 hexadecimal digits", "hash of every API write and pod change with its time"), Fact::Digest),
    Column::Fact(field("outcome", Word, "word", "how the run ended"), Fact::Outcome),
    Column::Measure(Measure::new(field("rollout_s", Number, "s", "how long the rollout took, on the rollout clock; empty if it did not end within the horizon, or if there was none"),
        "rolloutTime", "rollout time", (Group::Rollout, Unit::Time), |run| run.record.rollout.into())
        .absent(Absent::Unfinished).better(LOWER, A_TWENTIETH).compared_by(&[View::Share(&ENDED), View::Quantile(Level::P50), View::Quantile(Level::P95)]).summarized("rollout.seconds")),
    Column::Measure(Measure::new(field("deadline_fired", Flag, "true or false", "the Deployment reported `ProgressDeadlineExceeded` at least once"),
        "deadlineFired", "runs in which the progress deadline fired", (Group::Deadline, Unit::Flag), |run| run.record.deadline.first_fired.is_some().into())
        .compared_by(&[View::Share(&DEADLINE_FIRED)])),
    Column::Measure(Measure::new(field("deadline_first_s", Number, "s from t = 0", "when it reported it first; empty if never"),
        "deadlineFirst", "deadline fired first at", (Group::Deadline, Unit::Time), |run| run.record.deadline.first_fired.into())
        .absent(Absent::NotYet).raised().compared_by(&[View::Quantile(Level::P50)]).summarized("progressDeadline.firstFiredSeconds")),
    Column::Measure(Measure::new(field("deadline_recovered", Count, "count", "how often another reason followed: progress, completion, or the ReplicaSet of a new template"),
        "deadlineRecovered", "recoveries after the deadline", (Group::Deadline, Unit::Count), |run| run.record.deadline.recovered.into())
        .better(NEITHER, ONE_IN_TEN_RUNS)),
    Column::Measure(Measure::new(field("deadline_margin_s", Number, "s", "the smallest time that was left on the progress clock when it was reset or stopped, or at the end of the run; 0.000 once it has fired; empty if it never ran"),
        "deadlineMargin", "smallest margin of the deadline", (Group::Deadline, Unit::Time), |run| run.record.deadline.margin.into())
        .present(Presence::Sometimes).better(HIGHER, A_TWENTIETH).summarized("progressDeadline.marginSeconds")),
    Column::Measure(Measure::new(field("available_min", Count, "pods", "fewest available pods at any moment of [0, horizon]"),
        "availableMin", "fewest available pods", (Group::Availability, Unit::Count), |run| run.record.availability.min.into())
        .better(HIGHER, HALF_A_POD).summarized("availability.min")),
    Column::Measure(Measure::new(field("available_mean", Number, "pods", "available pods, averaged over the time of the rollout clock; empty without a rollout"),
        "availableMean", "mean of the available pods", (Group::Availability, Unit::Pods), |run| run.record.availability.mean.map(Milli::from_f64).into())
        .present(Presence::Sometimes).better(HIGHER, HALF_A_POD).summarized("availability.mean")),
    Column::Measure(Measure::new(field("below_promised_s", Number, "s", "time with fewer available pods than promised, over [0, horizon]"),
        "belowPromised", "time below the promise", (Group::Promise, Unit::Time), |run| run.record.availability.below_promised.into())
        .better(LOWER, A_SECOND).compared_by(&[View::Share(&EVER_BELOW_PROMISED), View::Mean]).summarized("availability.belowPromisedSeconds")),
    Column::Measure(Measure::new(field("below_promised_pod_s", Number, "pod-seconds", "the pods that were missing, times the time for which they were"),
        "belowPromisedPod", "pod-seconds below the promise", (Group::Promise, Unit::PodSeconds), |run| Milli::from_pod_nanos(run.record.availability.below_promised_pod_nanos).into())
        .better(LOWER, A_SECOND).summarized("availability.belowPromisedPodSeconds")),
    Column::Measure(Measure::new(field("below_replicas_s", Number, "s", "time with fewer available pods than `replicas`"),
        "belowReplicas", "time below the replicas", (Group::Replicas, Unit::Time), |run| run.record.availability.below_replicas.into())
        .better(LOWER, A_TWENTIETH).summarized("availability.belowReplicasSeconds")),
    Column::Measure(Measure::new(field("longest_below_promised_s", Number, "s", "longest uninterrupted stretch below the promise"),
        "longestBelowPromised", "longest stretch below the promise", (Group::Promise, Unit::Time), |run| run.record.availability.longest_below_promised.into())
        .better(LOWER, A_SECOND).summarized("availability.longestBelowPromisedSeconds")),
    Column::Measure(Measure::new(field("pods_peak", Count, "pods", "most pods at a moment, without terminating and terminal ones. May exceed replicas + surge for milliseconds: the ReplicaSets are synced side by side"),
        "podsPeak", "most pods at once", (Group::Footprint, Unit::Count), |run| run.record.footprint.pods_peak.into())
        .better(NEITHER, HALF_A_POD).summarized("footprint.podsPeak")),
    Column::Measure(Measure::new(field("pods_peak_with_terminating", Count, "pods", "the same with terminating ones"),
        "podsPeakWithTerminating", "most pods at once with terminating ones", (Group::Footprint, Unit::Count), |run| run.record.footprint.pods_peak_with_terminating.into())
        .better(NEITHER, HALF_A_POD).summarized("footprint.podsPeakWithTerminating")),
    Column::Measure(Measure::new(field("pods_created", Count, "pods", "pods that controllers created in the run"),
        "podsCreated", "pods created", (Group::Footprint, Unit::Count), |run| run.record.footprint.pods_created.into())
        .better(NEITHER, HALF_A_POD).summarized("footprint.podsCreated")),
    Column::Measure(Measure::new(field("restarts", Count, "count", "container restarts"),
        "restarts", "container restarts", (Group::Footprint, Unit::Count), |run| run.record.footprint.restarts.into())
        .better(LOWER, ONE_IN_TEN_RUNS).summarized("footprint.restarts")),
    Column::Measure(Measure::new(field("creates_refused", Count, "count", "creations of pods that were refused"),
        "createsRefused", "refused creations of pods", (Group::Footprint, Unit::Count), |run| run.record.footprint.creates_refused.into())
        .better(LOWER, ONE_IN_TEN_RUNS).summarized("footprint.createsRefused")),
    Column::Measure(Measure::new(field("revisions_superseded", Count, "count", "rollouts that another template replaced before they ended"),
        "revisionsSuperseded", "rollouts superseded", (Group::Revisions, Unit::Count), |run| run.record.revisions_superseded.into())
        .better(NEITHER, ONE_IN_TEN_RUNS)),
    Column::Measure(Measure::new(field("rolled_back", Flag, "true or false", "an `undo` brought an earlier template back"),
        "rolledBack", "runs that went back to an earlier template", (Group::Revisions, Unit::Flag), |run| run.record.rolled_back.into())
        .compared_by(&[View::Share(&ROLLED_BACK)])),
    Column::Measure(Measure::new(field("rollout_status_exit", Count, "0 or 1", "exit code of a `kubectl rollout status` that was started right after the first change of the template: 0 at the first status that is complete, 1 at the first observed one that reports `ProgressDeadlineExceeded`; empty if it still waited at the horizon, or without a rollout"),
        "rolloutStatusExit", "exit code of `kubectl rollout status` since the first change", (Group::Revisions, Unit::Count), |run| run.record.rollout_status.after_first_change.into())
        .present(Presence::Sometimes).better(LOWER, ONE_PERCENT_OF_RUNS)),
    Column::Measure(Measure::new(field("rollout_status_exit_last", Count, "0 or 1", "the same, started right after the last change of the template"),
        "rolloutStatusExitLast", "exit code of `kubectl rollout status` since the last change", (Group::Revisions, Unit::Count), |run| run.record.rollout_status.after_last_change.into())
        .present(Presence::Sometimes).better(LOWER, ONE_PERCENT_OF_RUNS)),
    Column::Measure(Measure::new(field("replica_sets_left", Count, "count", "ReplicaSets that exist at the end, the history included"),
        "revisionsLeft", "ReplicaSets left at the end", (Group::Revisions, Unit::Count), |run| run.record.replica_sets_left.into())
        .better(NEITHER, ONE_IN_TEN_RUNS)),
    Column::Measure(Measure::new(field("endpoints_ready_min", Count, "endpoints", "fewest ready endpoints in the EndpointSlices at any moment of [0, horizon]. This column and all below up to `requests_failed_timeout` are empty without a Service"),
        "endpointsReadyMin", "fewest ready endpoints", (Group::Service, Unit::Count), |run| run.service(|seen| seen.endpoints.ready_min))
        .present(Presence::WithService).better(HIGHER, HALF_A_POD).summarized("service.endpointsReadyMin")),
    Column::Measure(Measure::new(field("endpoints_serving_min", Count, "endpoints", "the same for serving ones: pods that are Ready, terminating or not"),
        "endpointsServingMin", "fewest serving endpoints", (Group::Service, Unit::Count), |run| run.service(|seen| seen.endpoints.serving_min))
        .present(Presence::WithService).better(HIGHER, HALF_A_POD).summarized("service.endpointsServingMin")),
    Column::Measure(Measure::new(field("without_endpoint_s", Number, "s", "time for which a proxy knew no endpoint that it could use, averaged over the proxies"),
        "withoutEndpoint", "time without any endpoint", (Group::Service, Unit::Time), |run| run.service(|seen| seen.endpoints.without))
        .present(Presence::WithService).better(LOWER, A_SECOND).summarized("service.withoutEndpointSeconds")),
    Column::Measure(Measure::new(field("endpoint_astray_s", Number, "s", "time for which a proxy used an endpoint that could not answer a new connection, averaged over the proxies"),
        "endpointAstray", "time with an endpoint that cannot answer", (Group::Service, Unit::Time), |run| run.service(|seen| seen.endpoints.astray))
        .present(Presence::WithService).better(LOWER, A_SECOND).summarized("service.endpointAstraySeconds")),
    Column::Measure(Measure::new(field("endpoint_lag_max_s", Number, "s", "longest time from the change of a pod in the API server by which it becomes or ceases to be a ready endpoint until the last proxy follows; empty if there was no such change"),
        "endpointLagMax", "longest way to all proxies", (Group::Service, Unit::Time), |run| run.service_maybe(|seen| seen.endpoints.lag_max.map(Milli::from)))
        .present(Presence::Sometimes).better(LOWER, A_SECOND).summarized("service.endpointLagMaxSeconds")),
    Column::Measure(Measure::new(field("endpoint_lag_mean_s", Number, "s", "mean of these times"),
        "endpointLagMean", "mean way to all proxies", (Group::Service, Unit::Time), |run| run.service_maybe(|seen| seen.endpoints.lag_mean.map(Milli::from)))
        .present(Presence::Sometimes).better(LOWER, A_SECOND).summarized("service.endpointLagMeanSeconds")),
    Column::Measure(Measure::new(field("requests_sent", Number, "requests", "requests over [0, horizon]"),
        "requestsSent", "requests sent", (Group::Service, Unit::Count), |run| run.service(|seen| Milli::from_f64(seen.requests_sent)))
        .present(Presence::WithService).better(NEITHER, A_TWENTIETH).summarized("service.requestsSent")),
    Column::Measure(Measure::new(field("requests_failed_percent", Number, "%", "failed requests over the time of the rollout clock; empty without a rollout"),
        "requestsFailed", "failed requests of the rollout", (Group::Service, Unit::Percent), |run| run.service_maybe(|seen| seen.failed_share.map(percent)))
        .present(Presence::Sometimes).better(LOWER, ONE_IN_A_THOUSAND).summarized("service.requestsFailedPercent")),
    Column::Measure(Measure::new(field("requests_failed_worst_10s_percent", Number, "%", "failed requests of the worst 10 s of [0, horizon]"),
        "requestsFailedWorst", "failed requests of the worst 10 s", (Group::Service, Unit::Percent), |run| run.service(|seen| percent(seen.worst_ten_seconds)))
        .present(Presence::WithService).better(LOWER, ONE_IN_A_HUNDRED).summarized("service.requestsFailedWorst10sPercent")),
    Column::Measure(Measure::new(field("requests_failed_refused", Number, "requests", "sent to a pod that had stopped listening"),
        "requestsRefused", "refused requests", (Group::Service, Unit::Count), |run| run.service(|seen| Milli::from_f64(seen.failed.refused)))
        .present(Presence::WithService).better(NEITHER, A_TWENTIETH).summarized("service.requestsFailedByCause.refused")),
    Column::Measure(Measure::new(field("requests_failed_no_endpoint", Number, "requests", "sent when there was no endpoint"),
        "requestsNoEndpoint", "requests without endpoint", (Group::Service, Unit::Count), |run| run.service(|seen| Milli::from_f64(seen.failed.no_endpoint)))
        .present(Presence::WithService).better(NEITHER, A_TWENTIETH).summarized("service.requestsFailedByCause.noEndpoint")),
    Column::Measure(Measure::new(field("requests_failed_reset", Number, "requests", "in flight when the process ended"),
        "requestsReset", "requests reset", (Group::Service, Unit::Count), |run| run.service(|seen| Milli::from_f64(seen.failed.reset)))
        .present(Presence::WithService).better(NEITHER, A_TWENTIETH).summarized("service.requestsFailedByCause.reset")),
    Column::Measure(Measure::new(field("requests_failed_not_ready", Number, "requests", "sent to a pod that did not listen yet"),
        "requestsNotReady", "requests sent too early", (Group::Service, Unit::Count), |run| run.service(|seen| Milli::from_f64(seen.failed.not_ready)))
        .present(Presence::WithService).better(NEITHER, A_TWENTIETH).summarized("service.requestsFailedByCause.notReady")),
    Column::Measure(Measure::new(field("requests_failed_timeout", Number, "requests", "sent to a node that did not answer"),
        "requestsTimeout", "requests timed out", (Group::Service, Unit::Count), |run| run.service(|seen| Milli::from_f64(seen.failed.timeout)))
        .present(Presence::WithService).better(NEITHER, A_TWENTIETH).summarized("service.requestsFailedByCause.timeout")),
    Column::Measure(Measure::new(field("time_scheduling_s", Number, "s", "time of the rollout spent on: waiting for a node; this and the 13 that follow are empty without a rollout"),
        "timeScheduling", "time booked to scheduling", (Group::Time, Unit::Time), |run| run.spent(Cause::Scheduling))
        .present(Presence::WithRollout).better(NEITHER, A_SECOND)),
    Column::Measure(Measure::new(field("time_pull_s", Number, "s", "time of the rollout spent on: waiting for an image"),
        "timePull", "time booked to pulls", (Group::Time, Unit::Time), |run| run.spent(Cause::Pull))
        .present(Presence::WithRollout).better(NEITHER, A_SECOND)),
    Column::Measure(Measure::new(field("time_pull_back_off_s", Number, "s", "time of the rollout spent on: waiting to try a failed pull again"),
        "timePullBackOff", "time booked to pull back-off", (Group::Time, Unit::Time), |run| run.spent(Cause::PullBackOff))
        .present(Presence::WithRollout).better(NEITHER, A_SECOND)),
    Column::Measure(Measure::new(field("time_start_s", Number, "s", "time of the rollout spent on: starting containers"),
        "timeStart", "time booked to start", (Group::Time, Unit::Time), |run| run.spent(Cause::Start))
        .present(Presence::WithRollout).better(NEITHER, A_SECOND)),
    Column::Measure(Measure::new(field("time_probe_s", Number, "s", "time of the rollout spent on: waiting for a probe that succeeds"),
        "timeProbe", "time booked to probes", (Group::Time, Unit::Time), |run| run.spent(Cause::Probe))
        .present(Presence::WithRollout).better(NEITHER, A_SECOND)),
    Column::Measure(Measure::new(field("time_min_ready_s", Number, "s", "time of the rollout spent on: Ready, but not yet for minReadySeconds"),
        "timeMinReady", "time booked to minReadySeconds", (Group::Time, Unit::Time), |run| run.spent(Cause::MinReady))
        .present(Presence::WithRollout).better(NEITHER, A_SECOND)),
    Column::Measure(Measure::new(field("time_quota_wait_s", Number, "s", "time of the rollout spent on: creation refused, and the cause still stood"),
        "timeQuotaWait", "time booked to quota wait", (Group::Time, Unit::Time), |run| run.spent(Cause::QuotaWait))
        .present(Presence::WithRollout).better(NEITHER, A_SECOND)),
    Column::Measure(Measure::new(field("time_retry_tail_s", Number, "s", "time of the rollout spent on: creation refused, the cause gone, not tried again yet"),
        "timeRetryTail", "time booked to retry back-off tail", (Group::Time, Unit::Time), |run| run.spent(Cause::RetryTail))
        .present(Presence::WithRollout).better(NEITHER, A_SECOND)),
    Column::Measure(Measure::new(field("time_crash_loop_s", Number, "s", "time of the rollout spent on: waiting to start a container again that had ended"),
        "timeCrashLoop", "time booked to crash loop", (Group::Time, Unit::Time), |run| run.spent(Cause::CrashLoop))
        .present(Presence::WithRollout).better(NEITHER, A_SECOND)),
    Column::Measure(Measure::new(field("time_terminating_s", Number, "s", "time of the rollout spent on: waiting for terminating pods to go"),
        "timeTerminating", "time booked to terminating pods", (Group::Time, Unit::Time), |run| run.spent(Cause::Terminating))
        .present(Presence::WithRollout).better(NEITHER, A_SECOND)),
    Column::Measure(Measure::new(field("time_paused_s", Number, "s", "time of the rollout spent on: paused"),
        "timePaused", "time booked to pauses", (Group::Time, Unit::Time), |run| run.spent(Cause::Paused))
        .present(Presence::WithRollout).better(NEITHER, A_SECOND)),
    Column::Measure(Measure::new(field("time_control_plane_s", Number, "s", "time of the rollout spent on: calls, watches, queues and client limits, and lost nodes not given up yet"),
        "timeControlPlane", "time booked to control plane", (Group::Time, Unit::Time), |run| run.spent(Cause::ControlPlane))
        .present(Presence::WithRollout).better(NEITHER, A_SECOND)),
    Column::Measure(Measure::new(field("time_human_s", Number, "s", "time of the rollout spent on: waiting for a person to act"),
        "timeHuman", "time booked to waiting for a human", (Group::Time, Unit::Time), |run| run.spent(Cause::Human))
        .present(Presence::WithRollout).better(NEITHER, A_SECOND)),
    Column::Measure(Measure::new(field("time_nothing_left_s", Number, "s", "time of the rollout spent on: done, waiting for a later change of the template"),
        "timeNothingLeft", "time booked to nothing left to do", (Group::Time, Unit::Time), |run| run.spent(Cause::NothingLeft))
        .present(Presence::WithRollout).better(NEITHER, A_SECOND)),
    Column::Fact(field("refusals", Word, "words with counts", "refused calls of the controllers by reason, as in `quota-exceeded:12 timeout:1`; empty without any. Not counted is what happens in every cluster and is simply tried again: conflicts, objects that are there already or gone"), Fact::Refusals),
    Column::Measure(Measure::new(field("below_replicas_pod_s", Number, "pod-seconds", "available pods that were missing against `replicas`, times the time for which they were, over [0, horizon]"),
        "belowReplicasPod", "pod-seconds below the replicas", (Group::Replicas, Unit::PodSeconds), |run| Milli::from_pod_nanos(run.record.availability.below_replicas_pod_nanos).into())
        .better(LOWER, A_TWENTIETH).summarized("availability.belowReplicasPodSeconds")),
    Column::Measure(Measure::new(field("longest_below_replicas_s", Number, "s", "longest uninterrupted stretch with fewer available pods than `replicas`"),
        "longestBelowReplicas", "longest stretch below the replicas", (Group::Replicas, Unit::Time), |run| run.record.availability.longest_below_replicas.into())
        .better(LOWER, A_TWENTIETH).summarized("availability.longestBelowReplicasSeconds")),
    Column::Measure(Measure::new(field("surge_pod_s", Number, "pod-seconds", "pods beyond `replicas`, times the time for which they were there, over [0, horizon]; terminating and terminal ones do not count"),
        "surgePod", "pod-seconds beyond the replicas", (Group::Footprint, Unit::PodSeconds), |run| Milli::from_pod_nanos(run.record.footprint.surge_pod_nanos).into())
        .better(LOWER, A_TWENTIETH).summarized("footprint.surgePodSeconds")),
    Column::Measure(Measure::new(field("api_writes", Count, "count", "writes of Deployments, ReplicaSets and pods that the API server committed"),
        "apiWrites", "API writes", (Group::Footprint, Unit::Count), |run| Cell::Count(run.record.footprint.api_writes.saturated()))
        .better(LOWER, A_TWENTIETH).summarized("footprint.apiWrites")),
    Column::Measure(Measure::new(field("scalings", Count, "count", "scaling events in the middle of a rollout, those of `scalings.csv`"),
        "scalings", "scaling events in mid rollout", (Group::Scaling, Unit::Count), |run| scaling_events(&run.record.scalings).into())
        .better(NEITHER, ONE_IN_TEN_RUNS).summarized_if_positive("scaling.events")),
    Column::Measure(Measure::new(field("scaling_leftover_max", Count, "pods", "the largest `leftover` of them, more or less; empty without such an event"),
        "scalingLeftoverMax", "largest leftover of a scaling", (Group::Scaling, Unit::Count), |run| largest_leftover(&run.record.scalings).into())
        .present(Presence::Sometimes).negative(Negative::Size).better(LOWER, HALF_A_POD).summarized("scaling.leftoverMax")),
    Column::Measure(Measure::new(field("scaling_new_share_rise_percent", Number, "percentage points", "by how much the share of new, unproven pods rose most in one such event (`new_share_to` - `new_share_from`); below 0 if it always fell; empty without such an event"),
        "scalingNewShareRise", "rise of the unproven share in a scaling", (Group::Scaling, Unit::Percent), |run| run.record.scalings.iter().map(new_share_rise).max().into())
        .present(Presence::Sometimes).negative(Negative::Zero).better(LOWER, A_PERCENTAGE_POINT).summarized("scaling.newShareRisePercent")),
    Column::Measure(Measure::new(field("longest_without_progress_s", Number, "s", "longest time between two progresses on the progress clock, or from its start to its end, whether or not the deadline fired in it; what a rollout that did not end still waits for does not count; empty if the clock never ran"),
        "longestWithoutProgress", "longest time without progress", (Group::Deadline, Unit::Time), |run| run.record.deadline.longest_without_progress.into())
        .present(Presence::Sometimes).better(LOWER, A_TWENTIETH)),
    Column::Measure(Measure::new(field("last_progress_s", Number, "s on the rollout clock", "when a rollout that did not end progressed last, cut to a whole second of the API server as the progress clock is"),
        "lastProgress", "last progress of a rollout that did not end", (Group::Deadline, Unit::Time), |run| run.record.deadline.last_progress.into())
        .present(Presence::Sometimes).better(NEITHER, A_SECOND)),
    Column::Measure(Measure::new(field("stalled_s", Number, "s", "how long it then waited up to the horizon"),
        "stalled", "time without progress at the end", (Group::Deadline, Unit::Time), |run| run.record.deadline.stalled.into())
        .present(Presence::Sometimes).better(LOWER, A_TWENTIETH)),
    Column::Measure(Measure::new(field("available_end", Count, "pods", "available pods at the horizon"),
        "availableEnd", "pods available at the horizon", (Group::Availability, Unit::Count), |run| run.record.availability.end.into())
        .present(Presence::Sometimes).better(HIGHER, HALF_A_POD).compared_by(&[View::Mean, View::Share(&ENDS_BELOW_PROMISED)]).summarized("availability.end")),
    Column::Measure(Measure::new(field("promised_end", Count, "pods", "pods that the spec in force at the horizon promises"),
        "promisedEnd", "pods promised at the horizon", (Group::Availability, Unit::Count), |run| run.record.availability.promised_end.into())
        .present(Presence::Sometimes).better(NEITHER, HALF_A_POD)),
    Column::Measure(Measure::new(field("helm_wait_s", Number, "s", "when a `helm upgrade --wait` ends that makes the first change of the template: at the first of its looks, one every 2 s, that finds replicas - maxUnavailable Ready pods of the new ReplicaSet, or after its timeout of 300 s; empty if it still waited at the horizon, or without a rollout"),
        "helmWait", "time until `helm upgrade --wait` ends", (Group::Revisions, Unit::Time), |run| run.record.helm_wait.after.into())
        .present(Presence::Sometimes).better(LOWER, A_TWENTIETH)),
    Column::Measure(Measure::new(field("helm_wait_exit", Count, "0 or 1", "its exit code: 1 after the timeout"),
        "helmWaitExit", "exit code of `helm upgrade --wait`", (Group::Revisions, Unit::Count), |run| run.record.helm_wait.exit.into())
        .present(Presence::Sometimes).better(LOWER, ONE_PERCENT_OF_RUNS)),
];
