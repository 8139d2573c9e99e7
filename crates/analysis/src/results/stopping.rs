//! Runs until an interval is narrow enough.

use measures::question::{Question, View};
use measures::stats::{Bounds, Level, Look, Miss, Proportion, SampleBuilder, clopper_pearson};
use measures::{Elapsed, Row};
use std::fmt;

/// The wanted precision: the interval of a measure is no wider than this to either side.
#[derive(Debug, Clone, Copy)]
pub struct Aim {
    /// The measure: a share or a quantile.
    pub question: Question,
    /// The half-width.
    pub half_width: HalfWidth,
}

/// Half of the distance between the two ends of an interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum HalfWidth {
    /// A percentage: of the quantile itself, or percentage points of a share.
    Percent(f64),
    /// In the unit of the measure: seconds, pods or pod-seconds.
    Absolute(f64),
}

/// The result of a batch with an aim.
#[derive(Debug, Clone, Copy)]
pub struct Stopping {
    /// The aim.
    pub aim: Aim,
    /// Number of looks.
    pub looks: u64,
    /// The interval at the last look; it has a confidence of 95% although it decided when to stop.
    pub seen: Seen,
    /// Whether it is narrow enough; otherwise the limit of runs was reached first.
    pub is_reached: bool,
}

/// An interval at a look.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Seen {
    /// Of a share.
    Share {
        /// The share of the runs.
        share: f64,
        /// Its interval.
        bounds: (f64, f64),
    },
    /// Of a quantile.
    Quantile {
        /// The quantile of the runs; `None` if the measure applies to none of them.
        value: Option<Elapsed>,
        /// Its interval.
        bounds: Bounds<Elapsed>,
    },
}

/// Observes the measure of an aim.
#[derive(Debug, Clone)]
pub struct Monitor {
    aim: Aim,
    looks: u64,
    share: Proportion,
    numbers: SampleBuilder<Elapsed>,
}

impl Monitor {
    /// Without runs.
    pub fn new(aim: Aim) -> Self {
        Self { aim, looks: 0, share: Proportion { hits: 0, of: 0 }, numbers: SampleBuilder::default() }
    }

    /// Takes in the next run.
    pub fn add(&mut self, row: &Row) {
        let question = &self.aim.question;
        if let Some(is_true) = question.flag(row) {
            self.share.of += 1;
            self.share.hits += u64::from(is_true);
        }
        if let Some(number) = question.number(row) {
            self.numbers.push(number);
        }
    }

    /// Looks at the runs so far.
    pub fn look(&mut self, look: Look) -> Stopping {
        self.looks += 1;
        let seen = match self.aim.question.view {
            View::Quantile(level) => self.quantile(level, look.miss),
            View::Share(_) | View::Mean => Seen::Share {
                share: self.share.share(),
                bounds: clopper_pearson(self.share.hits, self.share.of, look.miss),
            },
        };
        Stopping { aim: self.aim, looks: self.looks, seen, is_reached: self.aim.is_reached(seen) }
    }

    fn quantile(&self, level: Level, miss: Miss) -> Seen {
        let sample = self.numbers.clone().finish();
        Seen::Quantile { value: sample.quantile(level), bounds: sample.quantile_bounds_at(level, miss) }
    }
}

/// As on the command line: `rolloutTime:p95 1%`.
impl fmt::Display for Aim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.question.name();
        match self.half_width {
            HalfWidth::Percent(percent) => write!(f, "{name} {percent}%"),
            HalfWidth::Absolute(width) => write!(f, "{name} {width}"),
        }
    }
}

impl Aim {
    fn is_reached(self, seen: Seen) -> bool {
        match seen {
            Seen::Share { bounds: (low, high), .. } => self.is_narrow(high - low, 1.0),
            Seen::Quantile { value, bounds } => match (bounds.low, value, bounds.high) {
                (Some(Elapsed::Within(low)), Some(Elapsed::Within(value)), Some(Elapsed::Within(high))) => {
                    self.is_narrow(high.as_f64() - low.as_f64(), value.as_f64())
                }
                // The whole interval is beyond the horizon: more runs cannot narrow it.
                (Some(Elapsed::BeyondHorizon), ..) => true,
                _ => false,
            },
        }
    }

    fn is_narrow(self, width: f64, value: f64) -> bool {
        let wanted = match self.half_width {
            HalfWidth::Percent(percent) => percent / 100.0 * value,
            HalfWidth::Absolute(wanted) => wanted,
        };
        width / 2.0 <= wanted
    }
}

impl Seen {
    /// Half of the distance between the ends, in percent of the quantile or in percentage points of a
    /// share; `None` where an end is missing or beyond the horizon.
    pub fn half_width_percent(self) -> Option<f64> {
        match self {
            Self::Share { bounds: (low, high), .. } => Some((high - low) * 50.0),
            Self::Quantile { value: Some(Elapsed::Within(value)), bounds } => match (bounds.low, bounds.high)
            {
                (Some(Elapsed::Within(low)), Some(Elapsed::Within(high))) if value.as_f64() > 0.0 => {
                    Some((high.as_f64() - low.as_f64()) * 50.0 / value.as_f64())
                }
                _ => None,
            },
            Self::Quantile { .. } => None,
        }
    }
}
