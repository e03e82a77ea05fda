/// How consents of Open Banking are decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenBanking {
    /// The accounts that every user chooses. For a payment that names the account to be debited, that one is chosen instead.
    pub account_ids: Vec<String>,
    /// Where the server has its APIs for decisions about consents.
    pub paths: ConsentPaths,
}

impl Default for OpenBanking {
    fn default() -> Self {
        let account_ids = ["22289", "31926819"].map(str::to_owned).to_vec();
        Self { account_ids, paths: ConsentPaths::default() }
    }
}

/// Where a server has its APIs for decisions about consents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ConsentPaths {
    /// Below `{origin}/{tid}/system`, which is where the token endpoint is, too.
    #[default]
    Current,
    /// Below the root of the other system APIs, `{origin}/api/system/{tid}`.
    Legacy,
}
