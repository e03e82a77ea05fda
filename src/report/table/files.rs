use super::page::{Page, Tone};
use crate::record::RunRecord;
use crate::report::FORMATS;

/// Columns for the name of a file.
const NAME_WIDTH: usize = 20;

/// Where the run's files are, when it has a folder, and what is in them.
pub(super) fn write(page: &mut Page<'_>, record: &RunRecord) {
    let Some(folder) = page.folder() else { return };
    let files = page.files();
    page.heading("Files", folder);
    let has = |file: &str| files.iter().any(|there| there == file);
    if has("record.json") {
        line(page, "record.json", "everything above and more; ciba-bench report renders it again");
    }
    for format in FORMATS {
        // This text is one of them, and the record another.
        if !["table", "json"].contains(&format.name) && has(&format.file()) {
            line(page, &format.file(), format.about);
        }
    }
    let has_spans = record.load.as_ref().is_some_and(|load| !load.spans.is_empty());
    if has_spans && files.iter().any(|file| file.starts_with("histograms/")) {
        let about = "one percentile file per span, in ms, for HdrHistogram's plotter";
        line(page, "histograms/*.hgrm", about);
    }
}

fn line(page: &mut Page<'_>, file: &str, about: &str) {
    page.marked(2, Tone::Plain, &format!("{file:NAME_WIDTH$}"), about);
}
