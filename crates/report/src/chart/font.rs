//! The font of all charts, built in, so that charts do not depend on installed fonts.

use super::{ChartError, Drawn};
use plotters::style::{FontStyle, register_font};
use std::sync::OnceLock;

/// The name of the font family.
pub(crate) const FAMILY: &str = "DejaVu Sans";

static REGISTERED: OnceLock<bool> = OnceLock::new();

/// Registers the font with plotters; further calls do nothing.
pub(crate) fn register() -> Drawn {
    let bytes = include_bytes!("../../assets/DejaVuSans.ttf");
    let is_fine = REGISTERED.get_or_init(|| register_font(FAMILY, FontStyle::Normal, bytes).is_ok());
    if *is_fine { Ok(()) } else { Err(ChartError::new("the built-in font cannot be read")) }
}
