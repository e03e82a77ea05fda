use crate::record::{POLLING_SECTION, SuiteRecord};
use crate::report::polling::{policy, polling};
use crate::report::table::page::{Page, Tone};

/// How the server deals with polls.
pub(super) fn write(page: &mut Page<'_>, suite: &SuiteRecord) {
    let (checks, policy) = (polling(suite), policy(suite));
    if checks.is_empty() && policy.is_empty() {
        return;
    }
    page.heading(POLLING_SECTION, "");
    for sentence in policy {
        page.marked(2, Tone::Plain, "", &sentence);
    }
    for check in checks {
        page.marked(2, check.group.tone(), &format!("{} ", check.group.mark()), &check.title);
        if let Some(seen) = &check.seen {
            page.marked(4, Tone::Plain, "seen: ", seen);
        }
        for remark in &check.remarks {
            page.marked(4, Tone::Quiet, "- ", remark);
        }
    }
}
