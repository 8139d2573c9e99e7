//! Invented runs for the tests of all crates.

use crate::register::{Register, known};
use crate::{Milli, Row};
use simulator::number::Saturate;
use simulator::record::{Cause, Outcome, RefusalCounts};

/// Rows of all kinds.
#[must_use]
pub fn rows(count: u64) -> Vec<Row> {
    (0..count).map(row).collect()
}

/// The same rows with empty cells for the columns that another register adds.
#[must_use]
pub fn rows_of(register: &Register, count: u64) -> Vec<Row> {
    rows(count).into_iter().map(|row| row.widened(register)).collect()
}

/// Run number `run`: outcomes, empty cells and kinds of refusals alternate.
#[must_use]
pub fn row(run: u64) -> Row {
    let number = Milli::from_thousandths;
    let is_scaled = run % 2 == 1;
    let mut row = Row::example();
    row.run = run;
    row.digest = 0xfeed_0000 + run;
    row.outcome = Outcome::ALL[Saturate::<usize>::saturated(run) % 5];
    row.refusals =
        RefusalCounts::parse(["", "quota-exceeded:2 timeout:1"][Saturate::<usize>::saturated(run) % 2])
            .unwrap_or_default();
    let row = row
        .with(known::ROLLOUT_TIME, (run % 5 < 2).then(|| number(81_234 + Saturate::<i64>::saturated(run))))
        .with(known::DEADLINE_FIRED, run % 3 == 1)
        .with(known::DEADLINE_FIRST, (run % 3 == 1).then(|| Milli::from_whole(600)))
        .with(known::DEADLINE_RECOVERED, 1)
        .with(known::DEADLINE_MARGIN, number(7))
        .with(known::AVAILABLE_MEAN, None::<Milli>)
        .with(known::BELOW_PROMISED_POD, number(1))
        .with(known::BELOW_REPLICAS, number(60_001))
        .with(known::CREATES_REFUSED, 2)
        .with(known::REVISIONS_SUPERSEDED, 1)
        .with(known::ROLLED_BACK, run.is_multiple_of(2))
        .with(known::ROLLOUT_STATUS_EXIT, (!run.is_multiple_of(3)).then_some((run % 2) as u8))
        .with(known::ROLLOUT_STATUS_EXIT_LAST, None::<u8>)
        .with(known::BELOW_REPLICAS_POD, number(70_001))
        .with(known::LONGEST_BELOW_REPLICAS, number(3))
        .with(known::SURGE_POD, number(9))
        .with(known::API_WRITES, 120 + Saturate::<u32>::saturated(run))
        .with(known::SCALINGS, if is_scaled { 2 } else { 0 })
        .with(known::SCALING_LEFTOVER_MAX, is_scaled.then_some(-1))
        .with(known::SCALING_NEW_SHARE_RISE, is_scaled.then(|| number(-250)))
        .with(known::LONGEST_WITHOUT_PROGRESS, number(9_001))
        .with(known::AVAILABLE_END, (run % 11) as i32)
        .with(known::LAST_PROGRESS, (run % 5 > 1).then(|| number(12_345)));
    let row = if run % 5 < 4 { with_time(row) } else { row };
    if run.is_multiple_of(4) { with_service(row) } else { row }
}

fn with_service(row: Row) -> Row {
    let number = Milli::from_thousandths;
    row.with(known::ENDPOINTS_READY_MIN, 7)
        .with(known::ENDPOINTS_SERVING_MIN, 8)
        .with(known::WITHOUT_ENDPOINT, number(1))
        .with(known::ENDPOINT_ASTRAY, number(2))
        .with(known::ENDPOINT_LAG_MAX, number(3))
        .with(known::REQUESTS_SENT, number(1_000_000))
        .with(known::REQUESTS_FAILED, number(4))
        .with(known::REQUESTS_FAILED_WORST_10S, number(5))
        .with(known::REQUESTS_FAILED_REFUSED, number(6))
        .with(known::REQUESTS_FAILED_NO_ENDPOINT, number(7))
        .with(known::REQUESTS_FAILED_RESET, number(8))
        .with(known::REQUESTS_FAILED_NOT_READY, number(9))
        .with(known::REQUESTS_FAILED_TIMEOUT, number(10))
}

fn with_time(row: Row) -> Row {
    let time =
        |row: Row, cause: Cause| row.with(known::time_of(cause), Milli::from_thousandths(17 * cause as i64));
    Cause::ALL.into_iter().fold(row, time)
}
