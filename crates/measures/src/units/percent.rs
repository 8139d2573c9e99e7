//! Shares and percentages: as text, in files, and from text.

use super::plain;
use crate::Milli;
use crate::stats::Proportion;

/// The share in percent, never rounded to 0% or 100% if it is not exactly that: 1 of 10,000 runs is `< 0.1%`.
pub fn percent_of(share: Proportion) -> String {
    let text = percent(share.share());
    match text.as_str() {
        "0.0%" if share.hits > 0 => "< 0.1%".into(),
        "100.0%" if share.hits < share.of => "> 99.9%".into(),
        _ => text,
    }
}

/// `0.038%`, `12.5%`, `0%`: a number of percent without trailing zeros.
pub fn percentage(percent: Milli) -> String {
    format!("{}%", plain(percent))
}

/// `12.3%`: a share with one decimal.
pub fn percent(share: f64) -> String {
    format!("{:.1}%", share * 100.0)
}

/// `12%`: a share without decimals.
pub fn whole_percent(share: f64) -> String {
    format!("{:.0}%", share * 100.0)
}

/// `0.123400`: a share as the files of results hold it.
pub fn share_cell(share: f64) -> String {
    format!("{share:.6}")
}

/// Reads `12.5%` as 12.5; `None` for any other text.
pub fn parse_percent(text: &str) -> Option<f64> {
    text.strip_suffix('%')?.trim_end().parse().ok()
}

/// Reads a share: `0.05` or `5%`.
pub fn parse_share(text: &str) -> Option<f64> {
    if text.ends_with('%') { Some(parse_percent(text)? / 100.0) } else { text.parse().ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_are_short() {
        let shown = [0, 38, 12_500, 100_000].map(|n| percentage(Milli::from_thousandths(n)));
        assert_eq!(shown, ["0%", "0.038%", "12.5%", "100%"]);
    }

    #[test]
    fn shares_are_fractions_or_percentages() {
        let read = ["0.05", "5%", "100%", "", "%", "5 %", "five"].map(parse_share);
        assert_eq!(read, [Some(0.05), Some(0.05), Some(1.0), None, None, Some(0.05), None]);
    }

    #[test]
    fn a_share_is_never_rounded_to_certainty() {
        let shown = [(0, 10_000), (1, 10_000), (9_999, 10_000), (10_000, 10_000)]
            .map(|(hits, of)| percent_of(Proportion { hits, of }));
        assert_eq!(shown, ["0.0%", "< 0.1%", "> 99.9%", "100.0%"]);
    }
}
