use crate::ciba::{Level, named};

named! {
    /// A table of requirements, one file each.
    pub enum Standard {
        /// CIBA Core 1.0.
        Core => "ciba-core",
        /// FAPI-CIBA, and what it takes over from FAPI 1.0.
        FapiCiba => "fapi-ciba",
        /// What CIBA takes over from other standards.
        Referenced => "referenced",
        /// Consents of Open Banking UK and Brasil.
        OpenBanking => "open-banking",
    }
}

named! {
    /// Whom a requirement binds, or at whom a breach of it shows.
    pub enum Subject {
        /// The OpenID Provider: the server under test.
        Op => "op",
        /// The client, which this tool plays.
        Client => "client",
        /// The client notification endpoint, which this tool plays, too.
        Endpoint => "endpoint",
    }
}

/// How a requirement is looked after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Coverage {
    /// At least one check covers it.
    ByChecks,
    /// It cannot be seen from outside, or it binds the client.
    Unobservable {
        /// Why; for the client, how this tool keeps it.
        reason: String,
    },
}

/// One normative statement of a specification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// The table it stands in.
    pub standard: Standard,
    /// Stable identifier, for example `CORE-7.3-08`.
    pub id: String,
    /// Short name of the specification, for example `CIBA Core 1.0`.
    pub spec: String,
    /// Section or clause, for example `7.3` or `5.2.2-3`.
    pub section: String,
    /// How strongly it asks.
    pub level: Level,
    /// The word by which the specification asks. `decl` stands for none, `derived` for what follows from other statements.
    pub keyword: String,
    /// Whom it binds.
    pub subject: Subject,
    /// What it asks for: one sentence in this tool's own words.
    pub text: String,
    /// Modules of the OpenID Foundation's conformance suite that look at it, too, without `fapi-ciba-id1-`.
    pub official: Vec<String>,
    /// How it is looked after.
    pub coverage: Coverage,
    /// Why it counts as unobservable although a breach of it would show somewhere.
    pub exception: Option<String>,
}

impl Requirement {
    /// Where it stands, for example `CIBA Core 1.0, 7.3`.
    pub fn citation(&self) -> String {
        format!("{}, {}", self.spec, self.section)
    }
}
