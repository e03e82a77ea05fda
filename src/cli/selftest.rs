//! `ciba-bench selftest`: the proof that every check can fail.

use serde::Serialize;

use super::failure::Failure;
use super::output::Output;
use crate::analysis::Exit;
use crate::{auth_service_suite, selftest};

/// Arguments of `selftest`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Print the result on standard output as one JSON document, and nothing else there
    #[arg(long)]
    json: bool,
}

#[derive(Debug, PartialEq, Serialize)]
struct Told {
    checks: usize,
    proven: usize,
    unproven: Vec<Unproven>,
}

#[derive(Debug, PartialEq, Serialize)]
struct Unproven {
    check: &'static str,
    fault: &'static str,
    reason: String,
}

/// Runs every check against the embedded OP, and every check of authentication services against the mock one, without faults
/// and with its own. A check that is not proven is this tool's fault: exit code 1.
pub fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let output = Output { quiet: false, json: arguments.json };
    let of_ops = selftest::diagonal().into_iter();
    let of_services = auth_service_suite::diagonal().into_iter();
    let told = told(
        of_ops
            .map(|proof| (proof.check.id, proof.check.fault, proof.unproven))
            .chain(of_services.map(|proof| (proof.check.id, proof.check.fault, proof.unproven)))
            .collect(),
    );
    output.result(told.text().as_bytes())?;
    output.json(&told)?;
    Ok(if told.unproven.is_empty() { Exit::Done } else { Exit::Internal })
}

/// Of each check its id, its fault, and why it is not proven.
fn told(proofs: Vec<(&'static str, &'static str, Option<String>)>) -> Told {
    let checks = proofs.len();
    let unproven: Vec<Unproven> = proofs
        .into_iter()
        .filter_map(|(check, fault, unproven)| Some(Unproven { check, fault, reason: unproven? }))
        .collect();
    Told { checks, proven: checks - unproven.len(), unproven }
}

impl Told {
    fn text(&self) -> String {
        let mut text = format!("{} checks, {} proven able to fail\n", self.checks, self.proven);
        for Unproven { check, reason, .. } in &self.unproven {
            text.push_str(&format!("  {check}: {reason}\n"));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_proven_is_told_with_its_reason() {
        let proof = |unproven: Option<&str>| ("ciba/4/issuer", "fault", unproven.map(str::to_owned));
        let told = told(vec![proof(None), proof(Some("it comes to pass"))]);
        assert_eq!(told.text(), "2 checks, 1 proven able to fail\n  ciba/4/issuer: it comes to pass\n");
    }
}
