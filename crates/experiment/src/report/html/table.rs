//! Tables that say what their rows and columns are.

use super::writer::Html;

/// A table of figures: the first cell of each row is its name.
pub(super) fn write<R>(
    html: &mut Html,
    caption: &str,
    columns: &[&str],
    rows: &[R],
    cells: impl Fn(&R) -> Vec<String>,
) {
    table(html, &[], caption, columns, rows, |row, html| {
        for (place, cell) in cells(row).iter().enumerate() {
            if place == 0 {
                html.element("th", &[("scope", "row")], |html| html.plain("code", cell));
            } else {
                html.plain("td", cell);
            }
        }
    });
}

/// A table of words, whose cells `write_row` writes: that of the paths.
#[cfg(feature = "serde")]
pub(super) fn words<R>(
    html: &mut Html,
    caption: &str,
    columns: &[&str],
    rows: &[R],
    write_row: impl Fn(&R, &mut Html),
) {
    table(html, &[("class", "words")], caption, columns, rows, write_row);
}

fn table<R>(
    html: &mut Html,
    attributes: &[(&'static str, &str)],
    caption: &str,
    columns: &[&str],
    rows: &[R],
    write_row: impl Fn(&R, &mut Html),
) {
    // It can be scrolled with the keyboard where it is wider than the window.
    let scrolled = [("class", "wide"), ("tabindex", "0"), ("role", "region"), ("aria-label", caption)];
    html.element("div", &scrolled, |html| {
        html.element("table", attributes, |html| {
            html.plain("caption", caption);
            html.element("thead", &[], |html| {
                html.element("tr", &[], |html| {
                    for column in columns {
                        html.element("th", &[("scope", "col")], |html| html.text(column));
                    }
                });
            });
            html.element("tbody", &[], |html| {
                for row in rows {
                    html.element("tr", &[], |html| write_row(row, html));
                }
            });
        });
    });
}
