//! Time by cause, as lines of a table: for a batch and for a single run.

use crate::columns::{Column, Columns};
use analysis::results::MeanTime;
use measures::units::{duration, percent};
use measures::{Milli, TimeSpent};
use simulator::record::Cause;
use std::fmt::{self, Display};

/// Causes with a smaller share are summed up in one line.
const SHOWN: f64 = 0.01;

/// Cause, mean time and share.
const MEANS: Columns<[Column; 3]> = Columns([Column::left(28), Column::right(18), Column::right(9)]);

/// Cause and seconds.
const SECONDS: Columns<[Column; 2]> = Columns([Column::left(36), Column::right(12)]);

/// A block of the summary: mean time and share of the main causes, the largest first.
pub struct MeanTimeTable<'a>(pub &'a MeanTime);

impl Display for MeanTimeTable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mean = self.0;
        writeln!(f)?;
        MEANS.heading(f, &["Where the time went", "mean", "share"])?;
        let mut line = |name: &str, seconds: f64, share: f64| {
            let time = duration(Milli::from_f64(seconds));
            MEANS.row(f, &[name, &time, &percent(share)])
        };
        let (mut seconds, mut share) = (mean.total(), 1.0);
        for cause in mean.causes().into_iter().filter(|cause| mean.share(*cause) >= SHOWN) {
            line(cause.as_str(), mean.of(cause), mean.share(cause))?;
            seconds -= mean.of(cause);
            share -= mean.share(cause);
        }
        // A rounding error is not a cause.
        if seconds >= 0.0005 { line("everything else", seconds, share) } else { Ok(()) }
    }
}

/// The ledger of one run: every cause with any time, in the order of the causes, and the sum.
pub struct TimeSpentTable<'a>(pub &'a TimeSpent);

impl Display for TimeSpentTable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Where the time went, in seconds")?;
        let mut total = 0;
        for cause in Cause::ALL {
            let time = self.0.of(cause);
            total += time.thousandths();
            if time > Milli::ZERO {
                SECONDS.row(f, &[cause.as_str(), &time.to_string()])?;
            }
        }
        SECONDS.row(f, &["in all", &Milli::from_thousandths(total).to_string()])
    }
}
