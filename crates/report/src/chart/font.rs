//! The font of all charts, built in: a container without fonts draws the same pictures.

use super::{ChartError, Drawn};
use plotters::style::{FontStyle, register_font};
use std::sync::OnceLock;

/// Its name.
pub(crate) const FAMILY: &str = "DejaVu Sans";

static REGISTERED: OnceLock<bool> = OnceLock::new();

/// Makes the font known to plotters; only the first call does anything.
pub(crate) fn register() -> Drawn {
    let bytes = include_bytes!("../../assets/DejaVuSans.ttf");
    let is_fine = REGISTERED.get_or_init(|| register_font(FAMILY, FontStyle::Normal, bytes).is_ok());
    if *is_fine { Ok(()) } else { Err(ChartError::new("the built-in font cannot be read")) }
}
