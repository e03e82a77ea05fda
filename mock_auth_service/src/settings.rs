//! What the service needs to know before it starts.

use http::Uri;
use thiserror::Error;

use crate::{
    open_banking::ConsentPaths, open_banking::OpenBanking, plan::DecisionPlan, plan::PlanError,
    secret::Secret,
};

/// The settings of one authentication service that speaks `secureauth`.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The user name with which the server authenticates here (HTTP Basic).
    pub basic_user: String,
    /// The password with which the server authenticates here.
    pub basic_password: Secret,
    /// This service's own client at the server.
    pub system: SystemClient,
    /// What the simulated users decide.
    pub plan: DecisionPlan,
    /// How consents are decided, where logins are about consents.
    pub open_banking: OpenBanking,
    /// Bounds on what is kept and done at once.
    pub limits: Limits,
}

/// The client that the server hands out when CIBA is enabled, and where it is used.
#[derive(Clone, Debug)]
pub struct SystemClient {
    /// The client's id.
    pub client_id: String,
    /// The client's secret.
    pub client_secret: Secret,
    /// Where the client gets its token, such as `https://host/default/system/oauth2/token`.
    pub token_endpoint: String,
    /// The root of the system APIs; by default `{origin}/api/system/{tid}`, read off the token endpoint
    /// `{origin}/{tid}/system/oauth2/token`.
    pub api_base: Option<String>,
}

/// Bounds on what is kept and done at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Decisions that wait for their time; beyond it `/authentication/start` answers 503.
    pub pending: usize,
    /// Decisions being sent at the same time.
    pub concurrent: usize,
    /// Finished decisions that are remembered for the history.
    pub history: usize,
}

impl Limits {
    /// Decisions waiting; a pending decision takes less than 1 KB.
    pub const PENDING: usize = 250_000;
    /// Requests to the server at the same time.
    pub const CONCURRENT: usize = 512;
    /// Entries of the history.
    pub const HISTORY: usize = 4_096;
    /// The highest value that any of them may have.
    pub const HIGHEST: usize = 10_000_000;
}

impl Default for Limits {
    fn default() -> Self {
        Self { pending: Self::PENDING, concurrent: Self::CONCURRENT, history: Self::HISTORY }
    }
}

/// Settings that cannot work.
#[derive(Debug, Error)]
pub enum SettingsError {
    /// HTTP Basic cannot carry the user name.
    #[error("basic_user is {0:?}; expected a name that is not empty and holds no colon")]
    BasicUser(String),
    /// The client id is empty.
    #[error("client_id is empty; give the id that the server printed for its authentication service")]
    ClientId,
    /// Not an absolute http(s) URL.
    #[error("{field} is {value:?}; expected an absolute http or https URL without a query")]
    Url {
        /// The setting.
        field: &'static str,
        /// Its value.
        value: String,
    },
    /// The API's place cannot be derived.
    #[error(
        "token_endpoint is {0:?}, which is not of the form https://host/TENANT/system/oauth2/token; set api_base to the \
         root of the system APIs, such as https://host/api/system/TENANT"
    )]
    ApiBase(String),
    /// A limit of 0 would stop everything, and a huge one is no limit.
    #[error("limits.{name} is {value}; expected a number from 1 to {}", Limits::HIGHEST)]
    Limit {
        /// The limit.
        name: &'static str,
        /// Its value.
        value: usize,
    },
    /// The template lacks one of its two parts.
    #[error("the approval URL holds no {{{0}}}; expected a template with {{auth_req_id}} and {{action}}")]
    Template(&'static str),
    /// The template leads nowhere.
    #[error(
        "the approval URL is not an absolute http or https URL when {{auth_req_id}} and {{action}} are filled in"
    )]
    TemplateUrl,
    /// The plan is wrong.
    #[error("the decision plan is wrong: {}", list(.0))]
    Plan(Vec<PlanError>),
}

impl Limits {
    pub(crate) fn check(&self) -> Result<(), SettingsError> {
        for (name, value) in
            [("pending", self.pending), ("concurrent", self.concurrent), ("history", self.history)]
        {
            if !(1..=Limits::HIGHEST).contains(&value) {
                return Err(SettingsError::Limit { name, value });
            }
        }
        Ok(())
    }
}

impl SystemClient {
    pub(crate) fn token_uri(&self) -> Result<Uri, SettingsError> {
        absolute("token_endpoint", &self.token_endpoint)
    }

    /// The root of the APIs for decisions about consents, without a slash at its end. Where a token endpoint of another form
    /// hides the current one, it is that of the other system APIs.
    pub(crate) fn consents_base(&self, paths: ConsentPaths) -> Result<String, SettingsError> {
        let current = self.token_endpoint.strip_suffix("/oauth2/token");
        match (paths, current) {
            (ConsentPaths::Current, Some(current)) => Ok(current.to_owned()),
            (ConsentPaths::Current, None) | (ConsentPaths::Legacy, _) => self.resolved_api_base(),
        }
    }

    /// The root of the system APIs without a slash at its end: `api_base`, or where the token endpoint says.
    ///
    /// # Errors
    ///
    /// Neither leads to one.
    pub fn resolved_api_base(&self) -> Result<String, SettingsError> {
        if let Some(base) = &self.api_base {
            absolute("api_base", base)?;
            return Ok(base.trim_end_matches('/').to_owned());
        }
        let endpoint = self.token_uri()?;
        let tenant = endpoint
            .path()
            .strip_prefix('/')
            .and_then(|path| path.strip_suffix("/system/oauth2/token"))
            .filter(|tenant| !tenant.is_empty() && !tenant.contains('/'));
        match (endpoint.scheme_str(), endpoint.authority(), tenant) {
            (Some(scheme), Some(authority), Some(tenant)) => {
                Ok(format!("{scheme}://{authority}/api/system/{tenant}"))
            }
            _ => Err(SettingsError::ApiBase(self.token_endpoint.clone())),
        }
    }
}

pub(crate) fn absolute(field: &'static str, value: &str) -> Result<Uri, SettingsError> {
    value
        .parse::<Uri>()
        .ok()
        .filter(|uri| matches!(uri.scheme_str(), Some("http" | "https")))
        .filter(|uri| uri.authority().is_some() && uri.query().is_none())
        .ok_or_else(|| SettingsError::Url { field, value: value.to_owned() })
}

fn list(errors: &[PlanError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::{ConsentPaths, Limits, OpenBanking, Secret, Settings, SystemClient};
    use crate::{dialect::ServiceSettings, plan::DecisionPlan};

    fn settings() -> Settings {
        Settings {
            basic_user: "secureauth".to_owned(),
            basic_password: Secret::new("basic-password"),
            system: SystemClient {
                client_id: "as".to_owned(),
                client_secret: Secret::new("client-secret"),
                token_endpoint: "https://acp.example:8443/default/system/oauth2/token".to_owned(),
                api_base: None,
            },
            plan: DecisionPlan::default(),
            open_banking: OpenBanking::default(),
            limits: Limits::default(),
        }
    }

    #[test]
    fn the_api_base_is_read_off_the_token_endpoint() {
        let good = "https://acp.example:8443/api/system/default";
        for (endpoint, base, expected) in [
            ("https://acp.example:8443/default/system/oauth2/token", None, Ok(good)),
            ("http://h/x/oauth2/token", Some("http://h/api/system/x/"), Ok("http://h/api/system/x")),
            ("http://h/x/oauth2/token", None, Err("set api_base")),
            ("http://h/a/b/system/oauth2/token", None, Err("set api_base")),
            ("http://h//system/oauth2/token", None, Err("set api_base")),
            ("/default/system/oauth2/token", None, Err("expected an absolute http or https URL")),
            ("http://h/t/system/oauth2/token", Some("ftp://h/x"), Err("api_base is \"ftp://h/x\"")),
            ("http://h/t/system/oauth2/token", Some("http://h/x?y=z"), Err("without a query")),
        ] {
            let client = SystemClient {
                token_endpoint: endpoint.to_owned(),
                api_base: base.map(ToOwned::to_owned),
                ..settings().system
            };
            match (client.resolved_api_base(), expected) {
                (Ok(base), Ok(expected)) => assert_eq!(base, expected),
                (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{error}"),
                (result, _) => panic!("{endpoint}: {result:?}"),
            }
        }
    }

    #[test]
    fn consents_are_decided_below_the_token_endpoint_or_where_everything_else_is() {
        let host = "https://acp.example:8443";
        for (base, paths, expected) in [
            (None, ConsentPaths::Current, format!("{host}/default/system")),
            (None, ConsentPaths::Legacy, format!("{host}/api/system/default")),
            (Some("http://h/x/"), ConsentPaths::Current, format!("{host}/default/system")),
            (Some("http://h/x/"), ConsentPaths::Legacy, "http://h/x".to_owned()),
        ] {
            let api_base = base.map(ToOwned::to_owned);
            let client = SystemClient { api_base, ..settings().system };
            assert_eq!(client.consents_base(paths).unwrap(), expected, "{base:?} {paths:?}");
        }
        let client = SystemClient {
            token_endpoint: "http://h/token".to_owned(),
            api_base: Some("http://h/x".to_owned()),
            ..settings().system
        };
        assert_eq!(client.consents_base(ConsentPaths::Current).unwrap(), "http://h/x");
    }

    #[test]
    fn settings_that_cannot_work_are_refused() {
        let check = |settings: Settings| ServiceSettings::from(settings).check();
        check(settings()).unwrap();
        let mut colon = settings();
        colon.basic_user = "a:b".to_owned();
        let mut nobody = settings();
        nobody.system.client_id.clear();
        let mut closed = settings();
        closed.limits.pending = 0;
        let mut plan = settings();
        plan.plan.unknown_users = 2.0;
        for (settings, part) in [
            (colon, "basic_user is \"a:b\""),
            (nobody, "client_id is empty"),
            (closed, "limits.pending is 0"),
            (plan, "unknown_users is 2; expected a share from 0 to 1"),
        ] {
            let error = check(settings).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        let text = format!("{:?}", settings());
        assert!(text.contains("[redacted]") && text.contains("secureauth"));
        assert!(!text.contains("basic-password") && !text.contains("client-secret"), "{text}");
    }
}
