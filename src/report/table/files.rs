use super::page::{Page, Tone};
use crate::record::RunRecord;

/// Where the run's files are, when it has a folder.
pub(super) fn write(page: &mut Page<'_>, record: &RunRecord) {
    let Some(folder) = page.folder() else { return };
    page.heading("Files", folder);
    page.marked(
        2,
        Tone::Plain,
        "record.json         ",
        "everything above and more; ciba-bench report renders it again",
    );
    if record.load.as_ref().is_some_and(|load| !load.spans.is_empty()) {
        page.marked(
            2,
            Tone::Plain,
            "histograms/*.hgrm   ",
            "one percentile file per span, in ms, for HdrHistogram's plotter",
        );
    }
}
