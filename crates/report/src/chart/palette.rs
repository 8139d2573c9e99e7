//! Colours of Okabe and Ito, distinguishable with any colour vision.

use plotters::style::RGBColor;

pub(crate) const BLUE: RGBColor = RGBColor(0, 114, 178);
pub(crate) const SKY: RGBColor = RGBColor(86, 180, 233);
pub(crate) const ORANGE: RGBColor = RGBColor(230, 159, 0);
pub(crate) const GREEN: RGBColor = RGBColor(0, 158, 115);
pub(crate) const VERMILION: RGBColor = RGBColor(213, 94, 0);
pub(crate) const PURPLE: RGBColor = RGBColor(204, 121, 167);

pub(crate) const INK: RGBColor = RGBColor(34, 34, 34);
pub(crate) const GREY: RGBColor = RGBColor(110, 110, 110);
pub(crate) const FAINT: RGBColor = RGBColor(225, 225, 225);

/// For any number of series; after six the colours repeat.
pub(crate) const SERIES: [RGBColor; 6] = [ORANGE, BLUE, GREEN, PURPLE, VERMILION, SKY];
