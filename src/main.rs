//! The command `ciba-bench`.

use std::process::ExitCode;

fn main() -> ExitCode {
    ciba_bench::cli::main(std::env::args_os())
}
