//! The command `ciba-bench`.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    ciba_bench::cli::main(std::env::args_os())
}
