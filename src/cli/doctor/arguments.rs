use std::path::PathBuf;

/// Arguments of `doctor`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Target file of the server to examine
    ///
    /// `ciba-bench target init` writes a first one. Example: --target targets/acme.toml
    #[arg(long, value_name = "FILE")]
    pub target: PathBuf,

    /// The user whom the flows ask
    ///
    /// Default: the first one of `conformance.users` of the target file, or else of `load.allowed_users`. Off loopback only
    /// those may be asked, since a real phone would ring. Example: --user tester-1
    #[arg(long, value_name = "NAME")]
    pub user: Option<String>,

    /// Run no flow: nobody is asked, nothing listens, and what only a flow can show is not examined
    #[arg(long, conflicts_with = "user")]
    pub no_flows: bool,

    /// Print the findings on standard output as one JSON document, and nothing else there
    #[arg(long)]
    pub json: bool,

    /// No notes on standard error; errors are still told
    #[arg(long)]
    pub quiet: bool,
}
