//! The register of measures: everything that lists measures is a loop over it.

pub mod reference;
mod scaling;
mod table;
#[cfg(test)]
mod tests;

use crate::Measure;
use crate::column::Column;
use crate::question::Question;
use std::sync::LazyLock;

/// The columns of `runs.csv`, their measures, and the questions about them.
#[derive(Debug, Clone)]
pub struct Register {
    columns: Vec<Column>,
    /// In the order of the groups.
    measures: Vec<Measure>,
    questions: Vec<Question>,
}

impl Register {
    /// The register of this version.
    pub fn standard() -> &'static Self {
        static STANDARD: LazyLock<Register> = LazyLock::new(|| Register::new(TABLE.to_vec()));
        &STANDARD
    }

    /// A register of these columns, in the order of `runs.csv`.
    pub fn new(mut columns: Vec<Column>) -> Self {
        for (index, column) in columns.iter_mut().enumerate() {
            if let Column::Measure(measure) = column {
                *measure = measure.at(index);
            }
        }
        let mut measures: Vec<Measure> = columns.iter().filter_map(Column::measure).copied().collect();
        // Stable: within a group, the order of the columns.
        measures.sort_by_key(|measure| measure.group);
        let asked = |measure: &Measure| {
            let measure = *measure;
            measure.views.iter().map(move |view| Question::new(measure, *view))
        };
        let questions = measures.iter().flat_map(asked).collect();
        Self { columns, measures, questions }
    }

    /// The register with one more measure, whose column comes last.
    #[must_use]
    pub fn and(&self, measure: Measure) -> Self {
        Self::new(self.columns.iter().copied().chain([Column::Measure(measure)]).collect())
    }

    /// The columns of `runs.csv` in their order.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The number of the column of that name.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name() == name)
    }

    /// The measures in the order of their groups.
    pub fn measures(&self) -> impl Iterator<Item = &Measure> {
        self.measures.iter()
    }

    /// The measures that are numbers. Objectives bound them and sweeps improve them.
    pub fn numbers(&self) -> impl Iterator<Item = &Measure> {
        self.measures().filter(|measure| measure.is_number())
    }

    /// The number of that key.
    pub fn number(&self, key: &str) -> Option<&Measure> {
        self.numbers().find(|measure| measure.key == key)
    }

    /// The questions of `compare` and `baseline`, in the order of their reports.
    pub fn questions(&self) -> &[Question] {
        &self.questions
    }
}

static TABLE: [Column; table::COLUMNS.len()] = numbered(table::COLUMNS);

const fn numbered<const N: usize>(mut columns: [Column; N]) -> [Column; N] {
    let mut index = 0;
    while index < N {
        if let Column::Measure(measure) = columns[index] {
            columns[index] = Column::Measure(measure.at(index));
        }
        index += 1;
    }
    columns
}

/// Measures that code refers to by name. A measure that is only listed needs no name here.
#[expect(missing_docs, reason = "the register explains each measure")]
pub mod known {
    use super::{Column, Measure, TABLE};
    use simulator::record::Cause;

    /// The measure of a column. A name that the table does not have fails to compile.
    const fn named(name: &str) -> &'static Measure {
        let mut index = 0;
        while index < TABLE.len() {
            match &TABLE[index] {
                Column::Measure(measure) if is_same(measure.field.name.as_bytes(), name.as_bytes()) => {
                    return measure;
                }
                _ => {}
            }
            index += 1;
        }
        panic!("the register has no such column")
    }

    const fn is_same(one: &[u8], other: &[u8]) -> bool {
        let mut index = 0;
        while index < one.len() && index < other.len() && one[index] == other[index] {
            index += 1;
        }
        index == one.len() && index == other.len()
    }

    pub const ROLLOUT_TIME: &Measure = named("rollout_s");
    pub const DEADLINE_FIRED: &Measure = named("deadline_fired");
    pub const DEADLINE_FIRST: &Measure = named("deadline_first_s");
    pub const DEADLINE_RECOVERED: &Measure = named("deadline_recovered");
    pub const DEADLINE_MARGIN: &Measure = named("deadline_margin_s");
    pub const AVAILABLE_MIN: &Measure = named("available_min");
    pub const AVAILABLE_MEAN: &Measure = named("available_mean");
    pub const BELOW_PROMISED: &Measure = named("below_promised_s");
    pub const BELOW_PROMISED_POD: &Measure = named("below_promised_pod_s");
    pub const BELOW_REPLICAS: &Measure = named("below_replicas_s");
    pub const LONGEST_BELOW_PROMISED: &Measure = named("longest_below_promised_s");
    pub const PODS_PEAK: &Measure = named("pods_peak");
    pub const PODS_PEAK_WITH_TERMINATING: &Measure = named("pods_peak_with_terminating");
    pub const PODS_CREATED: &Measure = named("pods_created");
    pub const RESTARTS: &Measure = named("restarts");
    pub const CREATES_REFUSED: &Measure = named("creates_refused");
    pub const REVISIONS_SUPERSEDED: &Measure = named("revisions_superseded");
    pub const ROLLED_BACK: &Measure = named("rolled_back");
    pub const ROLLOUT_STATUS_EXIT: &Measure = named("rollout_status_exit");
    pub const ROLLOUT_STATUS_EXIT_LAST: &Measure = named("rollout_status_exit_last");
    pub const REPLICA_SETS_LEFT: &Measure = named("replica_sets_left");
    pub const BELOW_REPLICAS_POD: &Measure = named("below_replicas_pod_s");
    pub const LONGEST_BELOW_REPLICAS: &Measure = named("longest_below_replicas_s");
    pub const SURGE_POD: &Measure = named("surge_pod_s");
    pub const API_WRITES: &Measure = named("api_writes");
    pub const SCALINGS: &Measure = named("scalings");
    pub const SCALING_LEFTOVER_MAX: &Measure = named("scaling_leftover_max");
    pub const SCALING_NEW_SHARE_RISE: &Measure = named("scaling_new_share_rise_percent");
    pub const LONGEST_WITHOUT_PROGRESS: &Measure = named("longest_without_progress_s");
    pub const LAST_PROGRESS: &Measure = named("last_progress_s");
    pub const STALLED: &Measure = named("stalled_s");
    pub const AVAILABLE_END: &Measure = named("available_end");
    pub const PROMISED_END: &Measure = named("promised_end");
    pub const HELM_WAIT: &Measure = named("helm_wait_s");
    pub const HELM_WAIT_EXIT: &Measure = named("helm_wait_exit");
    pub const ENDPOINTS_READY_MIN: &Measure = named("endpoints_ready_min");
    pub const ENDPOINTS_SERVING_MIN: &Measure = named("endpoints_serving_min");
    pub const WITHOUT_ENDPOINT: &Measure = named("without_endpoint_s");
    pub const ENDPOINT_ASTRAY: &Measure = named("endpoint_astray_s");
    pub const ENDPOINT_LAG_MAX: &Measure = named("endpoint_lag_max_s");
    pub const REQUESTS_SENT: &Measure = named("requests_sent");
    pub const REQUESTS_FAILED: &Measure = named("requests_failed_percent");
    pub const REQUESTS_FAILED_WORST_10S: &Measure = named("requests_failed_worst_10s_percent");
    pub const REQUESTS_FAILED_REFUSED: &Measure = named("requests_failed_refused");
    pub const REQUESTS_FAILED_NO_ENDPOINT: &Measure = named("requests_failed_no_endpoint");
    pub const REQUESTS_FAILED_RESET: &Measure = named("requests_failed_reset");
    pub const REQUESTS_FAILED_NOT_READY: &Measure = named("requests_failed_not_ready");
    pub const REQUESTS_FAILED_TIMEOUT: &Measure = named("requests_failed_timeout");

    /// The part of the rollout time booked to a cause.
    pub const fn time_of(cause: Cause) -> &'static Measure {
        match cause {
            Cause::Scheduling => const { named("time_scheduling_s") },
            Cause::Pull => const { named("time_pull_s") },
            Cause::PullBackOff => const { named("time_pull_back_off_s") },
            Cause::Start => const { named("time_start_s") },
            Cause::Probe => const { named("time_probe_s") },
            Cause::MinReady => const { named("time_min_ready_s") },
            Cause::QuotaWait => const { named("time_quota_wait_s") },
            Cause::RetryTail => const { named("time_retry_tail_s") },
            Cause::CrashLoop => const { named("time_crash_loop_s") },
            Cause::Terminating => const { named("time_terminating_s") },
            Cause::Paused => const { named("time_paused_s") },
            Cause::ControlPlane => const { named("time_control_plane_s") },
            Cause::Human => const { named("time_human_s") },
            Cause::NothingLeft => const { named("time_nothing_left_s") },
        }
    }
}
