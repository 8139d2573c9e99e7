//! Durations and times of the virtual clock as text.

use crate::{Elapsed, Milli};
use simulator::Span;

/// `340ms`, `12.3s`, `1m 23s`, `30m`, `1h 2m`: rounded to the nearest of its last unit.
pub fn duration(seconds: Milli) -> String {
    rounded(seconds, |value, unit| (value + unit / 2) / unit * unit)
}

/// The same, rounded up: for "within …", which must not promise too much.
pub fn duration_ceil(seconds: Milli) -> String {
    rounded(seconds, |value, unit| value.div_euclid(unit) * unit + if value % unit > 0 { unit } else { 0 })
}

/// A time, or `> 30m` for one that had not ended at the horizon.
pub fn elapsed(time: Elapsed, horizon: Milli) -> String {
    match time {
        Elapsed::Within(seconds) => duration(seconds),
        Elapsed::BeyondHorizon => format!("> {}", duration(horizon)),
    }
}

/// `5m`, `61.250s`: whole minutes as [`duration`], all other times exact to the millisecond.
pub fn exact(time: Milli) -> String {
    if time.thousandths() % 60_000 == 0 { duration(time) } else { format!("{time}s") }
}

/// A time of the virtual clock: `10.021s`, `1m35.0s`, `10m10.2s`, `1h02m03s`, about five significant digits.
pub fn clock(at: Span) -> String {
    let millis = (at.as_nanos() + at.as_nanos().signum() * 500_000) / 1_000_000;
    let (sign, millis) = if millis < 0 { ("-", -millis) } else { ("", millis) };
    let (hours, minutes, rest) = (millis / 3_600_000, millis / 60_000 % 60, millis % 60_000);
    let (seconds, thousandths) = (rest / 1000, rest % 1000);
    if hours > 0 {
        format!("{sign}{hours}h{minutes:02}m{seconds:02}s")
    } else if minutes > 0 {
        format!("{sign}{minutes}m{seconds:02}.{}s", thousandths / 100)
    } else {
        format!("{sign}{seconds}.{thousandths:03}s")
    }
}

/// The column AGE (`staging/src/k8s.io/apimachinery/pkg/util/duration`, `HumanDuration`).
pub fn age(span: Span) -> String {
    let seconds = span.as_nanos().div_euclid(1_000_000_000).max(0);
    let two = |large: i64, unit: &str, small: i64, small_unit: &str| match small {
        0 => format!("{large}{unit}"),
        _ => format!("{large}{unit}{small}{small_unit}"),
    };
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match seconds {
        0..120 => format!("{seconds}s"),
        120..600 => two(minutes, "m", seconds % 60, "s"),
        600..10_800 => format!("{minutes}m"),
        10_800..28_800 => two(hours, "h", minutes % 60, "m"),
        28_800..172_800 => format!("{hours}h"),
        172_800..691_200 => two(days, "d", hours % 24, "h"),
        _ => format!("{days}d"),
    }
}

/// Rounds before the unit is chosen, so that 59.96 s is `1m` and never `60s`.
fn rounded(seconds: Milli, round: impl Fn(i64, i64) -> i64) -> String {
    let millis = seconds.thousandths();
    if millis < 0 {
        return format!("-{}", duration(Milli::from_thousandths(-millis)));
    }
    let (tenths, whole, minutes) = (round(millis, 100), round(millis, 1000), round(millis, 60_000));
    if millis == 0 {
        "0s".into()
    } else if millis < 1000 {
        format!("{millis}ms")
    } else if tenths < 60_000 {
        with_tenths(tenths)
    } else if whole < 3_600_000 {
        two_units(whole / 60_000, "m", whole / 1000 % 60, "s")
    } else {
        two_units(minutes / 3_600_000, "h", minutes / 60_000 % 60, "m")
    }
}

fn with_tenths(millis: i64) -> String {
    match (millis / 1000, millis / 100 % 10) {
        (whole, 0) => format!("{whole}s"),
        (whole, tenth) => format!("{whole}.{tenth}s"),
    }
}

fn two_units(large: i64, large_unit: &str, small: i64, small_unit: &str) -> String {
    if small == 0 {
        format!("{large}{large_unit}")
    } else {
        format!("{large}{large_unit} {small}{small_unit}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_at_most_two_units() {
        let table = [
            (0, "0s"),
            (340, "340ms"),
            (999, "999ms"),
            (1000, "1s"),
            (12_340, "12.3s"),
            (59_949, "59.9s"),
            (59_950, "1m"),
            (83_400, "1m 23s"),
            (1_800_000, "30m"),
            (3_599_600, "1h"),
            (3_720_000, "1h 2m"),
            (-2500, "-2.5s"),
        ];
        for (millis, text) in table {
            assert_eq!(duration(Milli::from_thousandths(millis)), text);
        }
    }

    #[test]
    fn within_rounds_up() {
        for (millis, text) in [(12_310, "12.4s"), (60_001, "1m 1s"), (59_901, "1m"), (60_000, "1m")] {
            assert_eq!(duration_ceil(Milli::from_thousandths(millis)), text);
        }
    }

    #[test]
    fn clocks_have_about_five_digits() {
        let table = [(0, "0.000s"), (10_021, "10.021s"), (95_020, "1m35.0s"), (610_240, "10m10.2s")];
        for (millis, text) in table {
            assert_eq!(clock(Span::from_millis(millis)), text);
        }
        assert_eq!(clock(Span::from_millis(-1500)), "-1.500s");
        assert_eq!(clock(Span::from_secs(3723)), "1h02m03s");
    }

    #[test]
    fn ages_read_as_in_kubectl() {
        let table = [(95, "95s"), (120, "2m"), (330, "5m30s"), (720, "12m"), (11_100, "3h5m")];
        let large = [(86_400, "24h"), (180_000, "2d2h"), (864_000, "10d")];
        for (seconds, text) in table.into_iter().chain(large) {
            assert_eq!(age(Span::from_secs(seconds)), text);
        }
    }
}
