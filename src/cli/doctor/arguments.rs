use std::path::PathBuf;

use crate::cli::output::Output;

/// Arguments of `doctor`.
#[derive(Debug, clap::Args)]
#[command(
    override_usage = "ciba-bench doctor --target <FILE> [OPTIONS]\n       ciba-bench doctor --profile <PROFILE> [OPTIONS]"
)]
pub struct Arguments {
    /// Target file of the server to examine
    ///
    /// `ciba-bench target init` writes a first one. Example: --target targets/acme.toml
    #[arg(long, value_name = "FILE", required_unless_present = "profile")]
    pub target: Option<PathBuf>,

    /// Load profile that this machine is to carry: the name of a built-in one or the path of a TOML file
    ///
    /// Measures for two to three seconds, against the embedded OP on the loopback interface, what this machine can do as a
    /// generator, and says whether the profile fits; with --target also whether it can sign fast enough with the keys of that
    /// file. Example: ciba-bench doctor --profile soak
    #[arg(long, value_name = "PROFILE")]
    pub profile: Option<String>,

    /// The user whom the flows ask
    ///
    /// Default: the first one of `conformance.users` of the target file, or else of `load.allowed_users`. Off loopback only
    /// those may be asked, since a real phone would ring. Example: --user tester-1
    #[arg(long, value_name = "NAME", requires = "target")]
    pub user: Option<String>,

    /// Run no flow: nobody is asked, nothing listens, and what only a flow can show is not examined
    #[arg(long, conflicts_with = "user", requires = "target")]
    pub no_flows: bool,

    #[command(flatten)]
    pub output: Output,
}
