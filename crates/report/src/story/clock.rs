//! Times in the format of people and `kubectl`.

use simulator::Span;

/// `10.021s`, `1m35.02s`, `10m10.2s`, `1h2m3s`: about five significant digits.
pub(super) fn clock(at: Span) -> String {
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
pub(super) fn age(span: Span) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

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
