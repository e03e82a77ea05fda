//! `ciba-bench explain`: a check or a requirement in full.

use reference_op::Fault;

use super::check_names::{covering, ids, offer, seconds};
use super::failure::Failure;
use super::output::Output;
use crate::analysis::Exit;
use crate::auth_service_suite;
use crate::conformance::{
    Check, Coverage, Need, Pace, Requirement, Section, every_check, requirement, requirements,
};

/// Widest line of running text, in columns.
const COLUMNS: usize = 100;

/// Arguments of `explain`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Id of a check (`ciba-bench list checks`, `list auth-service-checks`) or of a requirement (`list requirements`)
    ///
    /// Examples: ciba-bench explain ciba/10.1.1/single-use, ciba-bench explain CORE-7.3-08
    #[arg(value_name = "ID")]
    id: String,
}

/// Prints it.
pub fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let id = arguments.id.as_str();
    let check = every_check().find(|(_, check)| check.id == id);
    let of_service = auth_service_suite::every_check().find(|(_, check)| check.id == id);
    let text = match (check, requirement(id)) {
        _ if let Some((section, check)) = of_service => explain_service_check(section, check),
        (Some((section, check)), _) => explain_check(section, check),
        (None, Some(requirement)) => explain_requirement(requirement),
        (None, None) => return Err(Failure::usage(unknown(id))),
    };
    Output::default().result(text.as_bytes())?;
    Ok(Exit::Done)
}

fn unknown(id: &str) -> String {
    let mut known = ids();
    known.extend(auth_service_suite::every_check().map(|(_, check)| check.id));
    known.extend(requirements().iter().map(|requirement| requirement.id.as_str()));
    let where_to_look =
        "`ciba-bench list checks`, `list auth-service-checks` and `list requirements` name them";
    format!("ID {id:?}: neither a check nor a requirement has it, {}", offer(id, &known, where_to_look))
}

fn explain_check(section: &Section, check: &Check) -> String {
    let mut page = Page::default();
    page.line(&format!("{}  ({}, {})", check.id, check.level().name(), section.name));
    page.text(2, check.title);
    page.heading("Why it matters");
    page.text(2, check.why);
    page.heading("What it observes");
    for id in check.covers {
        match requirement(id) {
            Some(requirement) => page.requirement(requirement),
            None => page.text(2, id),
        }
    }
    if let Some(softer) = check.softer {
        page.heading("Graded softer");
        page.text(2, &format!("{}, because {}", softer.level.name(), softer.reason));
    }
    page.heading("What it needs");
    let needs: Vec<String> = check.needs.iter().map(Need::to_string).collect();
    let user = if check.needs.contains(&Need::TwoUsers) { None } else { Some("a user".to_owned()) };
    page.text(2, &user.into_iter().chain(needs).collect::<Vec<_>>().join(", "));
    page.heading(&format!("What it does, in about {} s", seconds(check.estimate(Pace::default()))));
    for (number, step) in check.script.iter().enumerate() {
        page.numbered(number + 1, &step.to_string());
    }
    page.heading("What makes it fail");
    page.text(2, &fault(check.fault));
    page.heading("To see it");
    let standard = if check.needs.contains(&Need::FapiCiba) { "--standard fapi-ciba " } else { "" };
    let command = format!("  ciba-bench conformance {standard}--only '{}'", check.id);
    page.line(&command);
    page.line(&format!("{command} --fault {}", check.fault));
    page.0
}

fn explain_service_check(section: &auth_service_suite::Section, check: &auth_service_suite::Check) -> String {
    let mut page = Page::default();
    page.line(&format!("{}  ({}, {})", check.id, check.level().name(), section.name));
    page.text(2, check.title);
    page.heading("Why it matters");
    page.text(2, check.why);
    page.heading("What it observes");
    for sentence in check.covers.iter().filter_map(|id| auth_service_suite::sentence(id)) {
        page.line(&format!("  {}  {}, {}", sentence.id, sentence.level.name(), sentence.citation));
        page.text(4, sentence.text);
    }
    page.heading("What it does");
    for (number, step) in check.script.iter().enumerate() {
        page.numbered(number + 1, &step.to_string());
    }
    page.heading("What makes it fail");
    let about = check.fault.parse::<mock_auth_service::Fault>().map(mock_auth_service::Fault::about);
    page.text(2, &format!("{}: {}", check.fault, about.unwrap_or_default()));
    page.heading("To see it");
    let command = format!("  ciba-bench judge auth-service --only '{}'", check.id);
    page.line(&command);
    page.line(&format!("{command} --fault {}", check.fault));
    page.0
}

fn fault(name: &str) -> String {
    match name.parse::<Fault>() {
        Ok(fault) => format!("{name}: {}", fault.about()),
        Err(_) => name.to_owned(),
    }
}

fn explain_requirement(requirement: &Requirement) -> String {
    let mut page = Page::default();
    page.line(&format!("{}  ({}, {})", requirement.id, requirement.level.name(), requirement.citation()));
    page.text(2, &requirement.text);
    page.line("");
    page.text(
        2,
        &format!("{:?} in the specification; binds the {}.", requirement.keyword, subject(requirement)),
    );
    if !requirement.official.is_empty() {
        let modules = requirement.official.join(", ");
        page.text(2, &format!("Modules of the OpenID Foundation's suite that look at it, too: {modules}."));
    }
    page.heading("Who observes it");
    match &requirement.coverage {
        Coverage::ByChecks => {
            if covering(&requirement.id).next().is_none() {
                page.text(2, "no check yet");
            }
            for check in covering(&requirement.id) {
                page.line(&format!("  {}", check.id));
                page.text(4, check.title);
            }
        }
        Coverage::Unobservable { reason } => page.text(2, &format!("nobody can from outside: {reason}")),
    }
    if let Some(exception) = &requirement.exception {
        page.text(2, exception);
    }
    page.0
}

fn subject(requirement: &Requirement) -> &'static str {
    use crate::conformance::Subject;
    match requirement.subject {
        Subject::Op => "server",
        Subject::Client => "client",
        Subject::Endpoint => "client notification endpoint",
    }
}

#[derive(Default)]
struct Page(String);

impl Page {
    fn line(&mut self, text: &str) {
        self.0.push_str(text);
        self.0.push('\n');
    }

    fn heading(&mut self, text: &str) {
        self.line("");
        self.line(text);
    }

    fn requirement(&mut self, requirement: &Requirement) {
        let (level, citation) = (requirement.level.name(), requirement.citation());
        self.line(&format!("  {}  {level}, {citation}", requirement.id));
        self.text(4, &requirement.text);
        if !requirement.official.is_empty() {
            self.text(4, &format!("OpenID Foundation's suite: {}", requirement.official.join(", ")));
        }
    }

    fn numbered(&mut self, number: usize, text: &str) {
        self.wrapped(&format!("  {number:>3}  "), 7, text);
    }

    /// Running text, wrapped.
    fn text(&mut self, indent: usize, text: &str) {
        self.wrapped(&" ".repeat(indent), indent, text);
    }

    fn wrapped(&mut self, begins: &str, indent: usize, text: &str) {
        let mut line = begins.to_owned();
        let mut width = indent;
        for word in text.split_whitespace() {
            let letters = word.chars().count();
            if width > indent && width + 1 + letters > COLUMNS {
                self.line(&line);
                line = " ".repeat(indent);
                width = indent;
            }
            if width > indent {
                line.push(' ');
                width += 1;
            }
            line.push_str(word);
            width += letters;
        }
        self.line(&line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_exists_can_be_explained() {
        for (section, check) in every_check() {
            let text = explain_check(section, check);
            assert!(text.contains(check.id) && text.contains(check.fault), "{text}");
            assert!(text.lines().all(|line| line.chars().count() <= COLUMNS + 20), "{text}");
        }
        for requirement in requirements() {
            let text = explain_requirement(requirement);
            assert!(text.contains(&requirement.citation()) && text.contains("Who observes it"), "{text}");
        }
    }

    #[test]
    fn words_are_wrapped_and_none_is_lost() {
        let mut page = Page::default();
        let text = "word ".repeat(60);
        page.text(4, text.trim());
        assert!(page.0.lines().count() > 2 && page.0.lines().all(|line| line.chars().count() <= COLUMNS));
        assert_eq!(page.0.split_whitespace().count(), 60);
    }
}
