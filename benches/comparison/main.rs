//! The pending poll flow of the comparison in stock Goose and in a bare reqwest loop: `compare.py` starts both. One Goose user, or
//! one task, is one flow. Nothing of the suite is used.

#![expect(clippy::print_stderr, reason = "it says how it is used")]

mod bare_loop;
mod stock_goose;

use std::process::ExitCode;

/// What went wrong.
type Failed = Box<dyn std::error::Error + Send + Sync>;

/// The server, its client, and how many flows there are.
#[derive(Clone)]
struct Flows {
    issuer: String,
    client_id: String,
    client_secret: String,
    count: usize,
}

const USAGE: &str =
    "usage: comparison stock-goose|bare-loop ISSUER CLIENT_ID CLIENT_SECRET FLOWS; compare.py starts it";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let [tool, issuer, client_id, client_secret, count] = arguments.as_slice() else {
        eprintln!("{USAGE}");
        // All benchmarks are started without arguments, too: that is no failure.
        return ExitCode::SUCCESS;
    };
    let Ok(count) = count.parse() else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let flows = Flows {
        issuer: issuer.clone(),
        client_id: client_id.clone(),
        client_secret: client_secret.clone(),
        count,
    };
    let ended = match tool.as_str() {
        "stock-goose" => stock_goose::run(flows),
        "bare-loop" => bare_loop::run(flows),
        _ => Err(USAGE.into()),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("comparison {tool}: {error}");
            ExitCode::FAILURE
        }
    }
}
