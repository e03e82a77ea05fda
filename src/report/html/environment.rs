use super::document::Document;
use super::figures::{block, facts, plain};
use crate::analysis::unit;
use crate::record::{RunRecord, SuiteRecord, command_line};
use maud::html;

/// Where it ran, with what, and how to do it again.
pub(super) fn write(document: &mut Document, record: &RunRecord) {
    let machine = &record.environment;
    let target = &record.target;
    let list = |names: &[String]| if names.is_empty() { "none named".to_owned() } else { names.join(", ") };
    let service = record.suite().is_some_and(SuiteRecord::judges_auth_service);
    let mut told = vec![
        (
            "tool",
            html! { "ciba-bench " (plain(&machine.tool_version)) ", " (plain(&machine.build)) " build" },
        ),
        ("system", plain(&machine.system)),
        (
            "machine",
            html! {
                (plain(&machine.processor)) ", " (machine.cores) " cores, " (unit::count(machine.memory_mib)) " MiB, "
                (unit::count(machine.descriptors)) " file descriptors"
            },
        ),
        (if service { "authentication service" } else { "issuer" }, plain(&target.issuer)),
    ];
    if !service {
        told.extend([
            ("authentication endpoint", plain(&target.backchannel_authentication_endpoint)),
            ("token endpoint", plain(&target.token_endpoint)),
            ("delivery modes", plain(&list(&target.delivery_modes))),
        ]);
    }
    if record.load.is_some() || record.capacity.is_some() {
        told.push(("seed", html! { (record.seed) }));
    }
    told.extend([("run", plain(&record.run_id)), ("record", plain(&record.schema))]);
    let profile: Vec<String> = record.profile.lines().map(str::to_owned).collect();
    let body = html! {
        (facts(&told))
        h3 { "To repeat it" }
        (block(&[command_line(&record.command)]))
        @if !profile.is_empty() {
            details { summary { "The profile " (plain(&record.name)) } (block(&profile)) }
        }
    };
    document.section("environment", "Environment", "", body);
}
