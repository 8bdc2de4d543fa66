//! Plots of the tables in the README, as SVG files. They are drawn from the tables and not
//! from the measurement, so that a plot always shows the numbers next to it.

use std::path::Path;
use std::process::ExitCode;

use plotters::prelude::{
    ChartBuilder, Color as _, IntoDrawingArea as _, IntoFont as _, IntoSegmentedCoord as _,
    RGBColor, Rectangle, SVGBackend, SegmentValue, Text, TextStyle, WHITE,
};
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::callgrind::Failure;
use crate::tables::{README, STORES, UPDATE_ALLOCATIONS, UPDATE_INSTRUCTIONS, UPDATE_TIME};

/// The directory of the plots.
const DIRECTORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/plots");
const WIDTH: u32 = 800;
const BAR_HEIGHT: usize = 24;
/// The height of the title, the axis and its description.
const FRAME_HEIGHT: usize = 80;
const LABEL_WIDTH: u32 = 370;
const OURS: RGBColor = RGBColor(0xd9, 0x5f, 0x02);
const OTHER: RGBColor = RGBColor(0x75, 0x8e, 0xb7);

/// A bar: its label, its length and the text of its value.
struct Bar {
    label: String,
    value: f64,
    text: String,
}

/// Draws every plot.
///
/// # Errors
///
/// If the README lacks a table or a number, or a file cannot be written.
pub(crate) fn draw() -> Result<ExitCode, Failure> {
    let readme = std::fs::read_to_string(README)?;
    std::fs::create_dir_all(DIRECTORY)?;
    let updates = [
        (
            "instructions",
            UPDATE_INSTRUCTIONS,
            "instructions of P2, times the floor",
        ),
        ("time", UPDATE_TIME, "time of P2, times the floor"),
        ("allocations", UPDATE_ALLOCATIONS, "allocations of P2"),
    ];
    for (name, heading, title) in updates {
        let bars = rows(&readme, heading)?.map(|row| update(&row));
        write(
            name,
            title,
            &bars.collect::<Result<Vec<_>, _>>()?,
            Scale::Linear,
        )?;
    }
    let per_second = |row: &Vec<&str>| row.get(2).is_some_and(|what| what.starts_with("updates"));
    let bars = rows(&readme, STORES)?
        .filter(per_second)
        .map(|row| store(&row));
    let bars = bars.collect::<Result<Vec<_>, _>>()?;
    write(
        "stores",
        "updates per second, logarithmic",
        &bars,
        Scale::Logarithmic,
    )?;
    Ok(ExitCode::SUCCESS)
}

/// The cells of each row of the first table under a heading.
fn rows<'r>(readme: &'r str, heading: &str) -> Result<impl Iterator<Item = Vec<&'r str>>, Failure> {
    let missing = || format!("the README has no table under {heading}");
    let (_, section) = readme.split_once(heading).ok_or_else(missing)?;
    let lines = section.lines().skip_while(|line| !line.starts_with('|'));
    // Without the names of the columns and the line below them.
    let rows = lines.take_while(|line| line.starts_with('|')).skip(2);
    Ok(rows.map(|line| line.trim_matches('|').split('|').map(str::trim).collect()))
}

/// A row of the tables of updates: P2 is the second case.
fn update(row: &[&str]) -> Result<Bar, Failure> {
    let (Some(label), Some(cell)) = (row.first(), row.get(2)) else {
        return Err("a row has too few cells".into());
    };
    let text = cell.split(' ').next().unwrap_or_default().to_owned();
    Ok(Bar {
        label: label.replace(['*', '`'], ""),
        value: text.parse()?,
        text,
    })
}

/// A row of the table of stores.
fn store(row: &[&str]) -> Result<Bar, Failure> {
    let [store, customers, what, number] = row[..] else {
        return Err("a row of the stores has another number of cells".into());
    };
    let at_once = what.rsplit(", ").next().unwrap_or_default();
    Ok(Bar {
        label: format!("{store}, {customers} customers, {at_once}"),
        value: number.replace(' ', "").parse()?,
        text: number.to_owned(),
    })
}

#[derive(Clone, Copy)]
enum Scale {
    Linear,
    Logarithmic,
}

impl Scale {
    fn length(self, value: f64) -> f64 {
        match self {
            Self::Linear => value,
            Self::Logarithmic => value.log10(),
        }
    }

    fn label(self, length: f64) -> String {
        match self {
            Self::Linear => format!("{length}"),
            Self::Logarithmic => format!("{:.0}", 10_f64.powf(length)),
        }
    }
}

/// Writes a plot with horizontal bars, the first one on top.
fn write(name: &str, title: &str, bars: &[Bar], scale: Scale) -> Result<(), Failure> {
    // The vertical axis begins at the bottom.
    let bars: Vec<_> = bars.iter().rev().collect();
    let path = Path::new(DIRECTORY).join(format!("{name}.svg"));
    let height = u32::try_from(bars.len() * BAR_HEIGHT + FRAME_HEIGHT)?;
    let area = SVGBackend::new(&path, (WIDTH, height)).into_drawing_area();
    area.fill(&WHITE)?;
    let longest = bars
        .iter()
        .map(|bar| scale.length(bar.value))
        .fold(0.0, f64::max);
    let mut chart = ChartBuilder::on(&area)
        .margin(10)
        .caption(title, ("sans-serif", 18))
        .x_label_area_size(30)
        .y_label_area_size(LABEL_WIDTH)
        // Space for the value of the longest bar.
        .build_cartesian_2d(0.0..longest * 1.2, (0..bars.len()).into_segmented())?;
    chart
        .configure_mesh()
        .disable_y_mesh()
        .x_max_light_lines(1)
        .y_labels(bars.len())
        .y_label_style(("sans-serif", 13))
        .y_label_formatter(&|place| match place {
            SegmentValue::CenterOf(place) => bars
                .get(*place)
                .map_or(String::new(), |bar| bar.label.clone()),
            SegmentValue::Exact(_) | SegmentValue::Last => String::new(),
        })
        .x_label_formatter(&|length| scale.label(*length))
        .draw()?;
    for (place, bar) in bars.iter().enumerate() {
        let is_ours = bar.label.starts_with("customer-domain");
        let color = if is_ours { OURS } else { OTHER };
        let length = scale.length(bar.value);
        let corners = [
            (0.0, SegmentValue::Exact(place)),
            (length, SegmentValue::Exact(place + 1)),
        ];
        let mut rectangle = Rectangle::new(corners, color.filled());
        rectangle.set_margin(4, 4, 0, 0);
        let at = (length * 1.01, SegmentValue::CenterOf(place));
        let font = ("sans-serif", 13).into_font();
        let style = TextStyle::from(font).pos(Pos::new(HPos::Left, VPos::Center));
        chart.draw_series([rectangle])?;
        chart.draw_series([Text::new(bar.text.clone(), at, style)])?;
    }
    area.present()?;
    Ok(())
}
