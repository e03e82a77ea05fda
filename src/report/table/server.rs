use super::page::{Page, Tone};
use crate::analysis::memory_use;
use crate::record::LoadRecord;

/// What was seen of the machine under test itself, where the operator's command told it.
pub(super) fn write(page: &mut Page<'_>, load: &LoadRecord) {
    let Some(memory) = &load.server_memory else { return };
    page.heading("System under test", "");
    match memory_use([memory]) {
        Some(used) => page.text(2, &used.sentence()),
        None => page.text(2, "memory of the server: the command told nothing"),
    }
    page.toned(2, Tone::Quiet, &format!("as told by: {}", memory.command));
}
