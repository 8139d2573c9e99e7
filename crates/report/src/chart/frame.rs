//! The parts around every plot: the finding as title, the batch as subtitle, the legend.

use super::{ChartError, Drawn, font, palette};
use plotters::coord::Shift;
use plotters::element::{PathElement, Rectangle, Text};
use plotters::prelude::{DrawingArea, DrawingBackend};
use plotters::style::{Color, IntoFont, RGBAColor, RGBColor, ShapeStyle, TextStyle, WHITE};

pub(crate) const LABEL_SIZE: i32 = 24;
const TITLE_SIZE: i32 = 34;
const SUBTITLE_SIZE: i32 = 25;
const MARGIN: i32 = 36;
const SWATCH: i32 = 44;

/// The appearance of a series in the plot and in the legend.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Mark {
    Line(RGBColor, u32),
    Dashes(RGBColor, u32),
    Area(RGBAColor),
}

/// An entry of the legend.
pub(crate) struct LegendEntry {
    pub mark: Mark,
    pub text: String,
}

impl LegendEntry {
    pub(crate) fn new(mark: Mark, text: impl Into<String>) -> Self {
        Self { mark, text: text.into() }
    }
}

pub(crate) fn text_style(size: i32, color: RGBColor) -> TextStyle<'static> {
    (font::FAMILY, size).into_font().color(&color)
}

/// Draws title, subtitle and legend on a white canvas and returns the remaining area.
pub(crate) fn frame<D: DrawingBackend>(
    canvas: &DrawingArea<D, Shift>,
    title: &str,
    subtitle: &str,
    legend: &[LegendEntry],
) -> Result<DrawingArea<D, Shift>, ChartError> {
    canvas.fill(&WHITE).map_err(ChartError::new)?;
    let mut y = MARGIN - 8;
    y = paragraph(canvas, title, &text_style(TITLE_SIZE, palette::INK), y)?;
    y = paragraph(canvas, subtitle, &text_style(SUBTITLE_SIZE, palette::GREY), y + 4)?;
    y = draw_legend(canvas, legend, y + 16)?;
    let (width, height) = canvas.dim_in_pixel();
    let top = y.min(height as i32 / 2) as u32;
    Ok(canvas.clone().shrink((0, top), (width, height - top)))
}

/// Draws text in as many lines as needed; returns the position of the next line.
fn paragraph<D: DrawingBackend>(
    canvas: &DrawingArea<D, Shift>,
    text: &str,
    style: &TextStyle<'static>,
    mut y: i32,
) -> Result<i32, ChartError> {
    let room = canvas.dim_in_pixel().0 as i32 - 2 * MARGIN;
    let line_height = style.font.get_size() as i32 * 13 / 10;
    for line in lines(canvas, text, style, room)? {
        draw_text(canvas, &line, style, (MARGIN, y))?;
        y += line_height;
    }
    Ok(y)
}

fn lines<D: DrawingBackend>(
    canvas: &DrawingArea<D, Shift>,
    text: &str,
    style: &TextStyle<'static>,
    room: i32,
) -> Result<Vec<String>, ChartError> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let longer = lines.last().map(|line| format!("{line} {word}"));
        match longer {
            Some(longer) if text_width(canvas, &longer, style)? <= room => {
                lines.pop();
                lines.push(longer);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    Ok(lines)
}

fn draw_legend<D: DrawingBackend>(
    canvas: &DrawingArea<D, Shift>,
    legend: &[LegendEntry],
    mut y: i32,
) -> Result<i32, ChartError> {
    let style = text_style(LABEL_SIZE, palette::INK);
    let right = canvas.dim_in_pixel().0 as i32 - MARGIN;
    let (mut x, row) = (MARGIN, LABEL_SIZE * 3 / 2);
    for entry in legend {
        let width = SWATCH + 12 + text_width(canvas, &entry.text, &style)?;
        if x > MARGIN && x + width > right {
            (x, y) = (MARGIN, y + row);
        }
        draw_swatch(canvas, entry.mark, (x, y + LABEL_SIZE / 2 - 4))?;
        draw_text(canvas, &entry.text, &style, (x + SWATCH + 12, y))?;
        x += width + 40;
    }
    Ok(y + row + 6)
}

fn draw_swatch<D: DrawingBackend>(canvas: &DrawingArea<D, Shift>, mark: Mark, (x, y): (i32, i32)) -> Drawn {
    let line = |from: i32, to: i32, style: ShapeStyle| {
        canvas.draw(&PathElement::new(vec![(x + from, y), (x + to, y)], style)).map_err(ChartError::new)
    };
    match mark {
        Mark::Line(color, width) => line(0, SWATCH, color.stroke_width(width)),
        Mark::Dashes(color, width) => [(0, 12), (16, 28), (32, 44)]
            .into_iter()
            .try_for_each(|(a, b)| line(a, b, color.stroke_width(width))),
        Mark::Area(color) => {
            let corners = [(x, y - 11), (x + SWATCH, y + 11)];
            canvas.draw(&Rectangle::new(corners, color.filled())).map_err(ChartError::new)
        }
    }
}

pub(crate) fn draw_text<D: DrawingBackend>(
    canvas: &DrawingArea<D, Shift>,
    text: &str,
    style: &TextStyle<'static>,
    at: (i32, i32),
) -> Drawn {
    canvas.draw(&Text::new(text.to_owned(), at, style.clone())).map_err(ChartError::new)
}

pub(crate) fn text_width<D: DrawingBackend>(
    canvas: &DrawingArea<D, Shift>,
    text: &str,
    style: &TextStyle<'static>,
) -> Result<i32, ChartError> {
    canvas.estimate_text_size(text, style).map(|(width, _)| width as i32).map_err(ChartError::new)
}
