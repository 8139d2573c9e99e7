//! The font of all charts, built in, so that charts do not depend on installed fonts.
//!
//! It is a subset of `DejaVu` Sans: ASCII, Latin-1 and a few signs (`THIRD-PARTY-NOTICES.md` has the command that makes
//! it). A PNG shows any other character, for example of a folder's name, as a box; an SVG contains text, which the
//! reader's fonts draw.

use super::{ChartError, Drawn};
use plotters::style::{FontStyle, register_font};
use std::sync::OnceLock;

/// The name of the font family.
pub(crate) const FAMILY: &str = "DejaVu Sans";

const BYTES: &[u8] = include_bytes!("../../assets/DejaVuSans.ttf");

static REGISTERED: OnceLock<bool> = OnceLock::new();

/// Registers the font with plotters; further calls do nothing.
pub(crate) fn register() -> Drawn {
    let is_fine = REGISTERED.get_or_init(|| register_font(FAMILY, FontStyle::Normal, BYTES).is_ok());
    if *is_fine { Ok(()) } else { Err(ChartError::new("the built-in font cannot be read")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ab_glyph::{Font, FontRef, GlyphId};
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    /// The glyph that a font draws for a character that it does not have.
    const MISSING: GlyphId = GlyphId(0);

    /// Characters of source files without their tests beyond ASCII, written out or as `\u{...}`.
    fn characters(path: &Path, found: &mut BTreeSet<char>) {
        if path.is_dir() {
            return fs::read_dir(path).unwrap().for_each(|entry| characters(&entry.unwrap().path(), found));
        }
        let text = fs::read_to_string(path).unwrap();
        let text = text.split("#[cfg(test)]").next().unwrap_or_default();
        found.extend(text.chars().filter(|character| !character.is_ascii()));
        for escape in text.split("\\u{").skip(1) {
            let code = escape.split('}').next().and_then(|code| u32::from_str_radix(code, 16).ok());
            found.extend(code.and_then(char::from_u32));
        }
    }

    #[test]
    fn every_character_that_charts_draw_is_in_the_font() {
        let font = FontRef::try_from_slice(BYTES).unwrap();
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/chart");
        let units = Path::new(env!("CARGO_MANIFEST_DIR")).join("../measures/src/units");
        let mut drawn: BTreeSet<char> = (' '..='~').chain('\u{a0}'..='\u{ff}').collect();
        characters(&sources, &mut drawn);
        characters(&units, &mut drawn);
        // The parser of durations accepts the Greek letter; nothing prints it.
        drawn.remove(&'\u{3bc}');
        assert!(drawn.contains(&'\u{2192}'), "the arrow of the drift chart was found");
        let missing: Vec<char> =
            drawn.into_iter().filter(|&character| font.glyph_id(character) == MISSING).collect();
        assert!(missing.is_empty(), "not in the font: {missing:?}");
    }

    #[test]
    fn other_characters_are_drawn_as_a_box() {
        let font = FontRef::try_from_slice(BYTES).unwrap();
        assert_eq!(font.glyph_id('\u{4e16}'), MISSING);
        assert!(font.outline(MISSING).is_some_and(|box_| !box_.curves.is_empty()));
        assert!(font.h_advance_unscaled(MISSING) > 0.0);
        assert_ne!(font.glyph_id('\u{fffd}'), MISSING);
    }
}
