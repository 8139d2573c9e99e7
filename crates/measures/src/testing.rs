//! Made-up runs, for the tests of all crates.

use crate::{Milli, Row, ServiceRow, TimeSpent};
use simulator::record::{Cause, Outcome, RefusalCounts};

/// Rows of all kinds.
#[must_use]
pub fn rows(count: u64) -> Vec<Row> {
    (0..count).map(row).collect()
}

/// Run number `run`: the outcomes, empty cells and kinds of refusals take turns.
#[must_use]
pub fn row(run: u64) -> Row {
    Row {
        run,
        digest: 0xfeed_0000 + run,
        outcome: Outcome::ALL[run as usize % 5],
        rollout: (run % 5 < 2).then(|| Milli::from_thousandths(81_234 + run as i64)),
        deadline_first: (run % 3 == 1).then(|| Milli::from_whole(600)),
        deadline_recovered: 1,
        deadline_margin: Some(Milli::from_thousandths(7)),
        available_min: 8,
        available_mean: None,
        below_promised: Milli::ZERO,
        below_promised_pod: Milli::from_thousandths(1),
        below_replicas: Milli::from_thousandths(60_001),
        longest_below_promised: Milli::ZERO,
        pods_peak: 13,
        pods_peak_with_terminating: 15,
        pods_created: 10,
        restarts: 0,
        creates_refused: 2,
        refusals: RefusalCounts::parse(["", "quota-exceeded:2 timeout:1"][run as usize % 2])
            .unwrap_or_default(),
        revisions_superseded: 1,
        rolled_back: run.is_multiple_of(2),
        rollout_status_exit: (!run.is_multiple_of(3)).then_some((run % 2) as u8),
        rollout_status_exit_last: None,
        replica_sets_left: 2,
        service: run.is_multiple_of(4).then(sample_service),
        time: (run % 5 < 4).then(sample_time),
        below_replicas_pod: Milli::from_thousandths(70_001),
        longest_below_replicas: Milli::from_thousandths(3),
        surge_pod: Milli::from_thousandths(9),
        api_writes: 120 + run,
        scalings: 2,
        scaling_leftover_max: (run % 2 == 1).then_some(-1),
        scaling_new_share_rise: (run % 2 == 1).then(|| Milli::from_thousandths(-250)),
        longest_without_progress: Some(Milli::from_thousandths(9_001)),
        last_progress: (run % 5 > 1).then(|| Milli::from_thousandths(12_345)),
        stalled: None,
        available_end: Some((run % 11) as i32),
        promised_end: Some(8),
        resizes: Vec::new(),
    }
}

fn sample_service() -> ServiceRow {
    let number = Milli::from_thousandths;
    ServiceRow {
        endpoints_ready_min: 7,
        endpoints_serving_min: 8,
        without_endpoint: number(1),
        endpoint_astray: number(2),
        endpoint_lag_max: Some(number(3)),
        endpoint_lag_mean: None,
        requests_sent: number(1_000_000),
        failed_percent: Some(number(4)),
        failed_percent_worst_10s: number(5),
        refused: number(6),
        no_endpoint: number(7),
        reset: number(8),
        not_ready: number(9),
        timeout: number(10),
    }
}

fn sample_time() -> TimeSpent {
    TimeSpent::new(Cause::ALL.map(|cause| Milli::from_thousandths(17 * cause as i64)))
}
