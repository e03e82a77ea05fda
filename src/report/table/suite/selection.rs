use crate::record::SuiteRecord;

/// What was asked for, in one line.
pub(in crate::report::table) fn selection(suite: &SuiteRecord) -> String {
    let asked = &suite.selection;
    let mut parts = vec![format!("standard {}", asked.standard)];
    if !asked.only.is_empty() {
        parts.push(format!("only {}", asked.only.join(" ")));
    }
    parts.push(format!("levels down to {}", asked.level.name()));
    parts.push(format!("fails on {}", asked.fail_on.name()));
    if asked.strict {
        parts.push("strict: of several allowed answers only the first choice passes".to_owned());
    }
    if let Some(budget_s) = asked.budget_s {
        parts.push(format!("budget {budget_s} s"));
    }
    parts.push(match asked.order_seed {
        Some(seed) => format!("order shuffled by seed {seed}"),
        None if suite.judges_auth_service() => "in the order of a flow".to_owned(),
        None => "the longest first".to_owned(),
    });
    parts.push(format!("at most {} at a time", suite.jobs));
    parts.join(", ")
}
