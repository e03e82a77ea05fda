//! What is to be judged, checked before anything starts.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use mock_auth_service::FaultSet;

use super::arguments::Arguments;
use crate::auth_service_suite::{Check, SECTIONS, Section, ServiceCredentials, every_check};
use crate::ciba::{Level, Secret};
use crate::cli::choices::service_faults;
use crate::cli::failure::Failure;
use crate::cli::secrets::{Secrets, random_text};
use crate::conformance::matches;
use crate::profile::Profile;
use crate::target::file::{FileSecret, SecretReference, ServerUrl};

/// Whom the checks ask on loopback where nobody is named.
const USER: &str = "user-01";
/// The mock service's user who refuses, and the one who takes their time.
const REFUSING_USER: &str = "user-who-refuses";
const THINKING_USER: &str = "user-who-thinks";
/// Any free port of the loopback interface.
const ANY_PORT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// A check with its section.
pub type Entry = (&'static Section, &'static Check);

/// A service, and what to do with it.
#[derive(Debug)]
pub struct JudgeJob {
    /// The service; `None` is the mock one.
    pub service: Option<ServerUrl>,
    /// Faults of the mock one.
    pub faults: FaultSet,
    /// With what the OP authenticates at it.
    pub credentials: ServiceCredentials,
    /// Users whom it knows: the checks ask the first one, the load all of them. Never empty.
    pub users: Vec<String>,
    /// A user whom it knows, and who refuses.
    pub refusing_user: Option<String>,
    /// A user whom it knows, and who thinks for a while.
    pub thinking_user: Option<String>,
    /// A user whom it does not know.
    pub unknown_user: String,
    /// Longest wait for a decision.
    pub decision_within: Duration,
    /// Where this tool listens.
    pub listen: SocketAddr,
    /// Where the service reaches that, if not there.
    pub public_url: Option<String>,
    /// The service's own client at the OP.
    pub client_id: String,
    /// Its secret.
    pub client_secret: Secret<String>,
    /// Patterns of checks.
    pub only: Vec<String>,
    /// The checks.
    pub entries: Vec<Entry>,
    /// The weakest level whose failure fails the run.
    pub fail_on: Level,
    /// The load after the checks, with its text.
    pub load: Option<(Profile, String)>,
}

impl JudgeJob {
    /// Checks the arguments. Where nothing is sent, a secret may be made up.
    pub fn read(arguments: &Arguments) -> Result<Self, Failure> {
        let entries = entries(&arguments.only)?;
        let service = arguments.url.as_deref().map(|url| server_url("URL", url)).transpose()?;
        let public_url =
            arguments.public_url.as_deref().map(|url| server_url("--public-url", url)).transpose()?;
        let off_loopback = service.as_ref().is_some_and(|url| !url.is_loopback());
        if arguments.listen.ip().is_unspecified() && service.is_some() && public_url.is_none() {
            return Err(Failure::usage(format!(
                "--listen {}: nobody can call that address; say with --public-url where the service reaches it",
                arguments.listen
            )));
        }
        let made_up = service.is_none() || arguments.dry_run;
        let password = secret("--password", arguments.password.as_deref(), made_up, off_loopback)?;
        let client_secret =
            secret("--client-secret", arguments.client_secret.as_deref(), made_up, off_loopback)?;
        let of_mock = |user: &str| service.is_none().then(|| user.to_owned());
        let job = JudgeJob {
            faults: service_faults(&arguments.fault),
            credentials: ServiceCredentials { username: arguments.username.clone(), password },
            users: match arguments.user.is_empty() {
                true => vec![USER.to_owned()],
                false => arguments.user.clone(),
            },
            refusing_user: arguments.refusing_user.clone().or_else(|| of_mock(REFUSING_USER)),
            thinking_user: arguments.thinking_user.clone().or_else(|| of_mock(THINKING_USER)),
            unknown_user: arguments.unknown_user.clone(),
            decision_within: arguments.decision_within,
            listen: if service.is_some() { arguments.listen } else { ANY_PORT },
            public_url: public_url.map(|url| url.as_str().trim_end_matches('/').to_owned()),
            client_id: arguments.client_id.clone(),
            client_secret,
            only: arguments.only.clone(),
            entries,
            fail_on: arguments.fail_on.level(),
            load: arguments.rate.map(|rate| load(rate, arguments)).transpose()?,
            service,
        };
        if !arguments.dry_run {
            job.check_permission(arguments)?;
        }
        Ok(job)
    }

    /// Off loopback somebody's phone would ring, so both the user and the user's consent have to be named.
    fn check_permission(&self, arguments: &Arguments) -> Result<(), Failure> {
        let Some(service) = self.service.as_ref().filter(|url| !url.is_loopback()) else { return Ok(()) };
        let mut reasons = Vec::new();
        if arguments.user.is_empty() {
            reasons.push("--user is missing; name the user who is to be asked");
        }
        if !arguments.allow_prompts {
            reasons.push("--allow-prompts is missing; give it once the user has agreed");
        }
        if reasons.is_empty() {
            return Ok(());
        }
        let load = arguments.rate.map_or_else(String::new, |rate| {
            format!(
                ", then {rate} times a second for {}",
                mock_auth_service::duration::format(arguments.load_for)
            )
        });
        Err(Failure::usage(format!(
            "{}: the checks would ask one user up to {} times{load}, and a real phone would ring: {}",
            service.host(),
            self.prompts(),
            reasons.join("; ")
        )))
    }

    /// The user whom the checks ask.
    pub fn user(&self) -> &str {
        self.users.first().map_or(USER, String::as_str)
    }

    /// How often somebody may be asked by the checks.
    pub fn prompts(&self) -> usize {
        self.entries.iter().map(|(_, check)| check.prompts()).sum()
    }

    /// What is judged, in words.
    pub fn target_name(&self) -> String {
        match &self.service {
            Some(url) => url.to_string(),
            None => "the mock authentication service".to_owned(),
        }
    }
}

fn server_url(name: &str, text: &str) -> Result<ServerUrl, Failure> {
    ServerUrl::parse(text).map_err(|error| Failure::usage(format!("{name} {text:?}: expected {error}")))
}

fn entries(only: &[String]) -> Result<Vec<Entry>, Failure> {
    for pattern in only {
        if !every_check().any(|(_, check)| matches(pattern, check.id)) {
            let sections: Vec<&str> = SECTIONS
                .iter()
                .filter_map(|section| section.checks.first()?.id.rsplit_once('/'))
                .map(|(prefix, _)| prefix)
                .collect();
            return Err(Failure::usage(format!(
                "--only {pattern:?}: no check matches; ids begin with {}, `--dry-run` names them, and * stands for any text",
                sections.join(", ")
            )));
        }
    }
    let asked = |check: &Check| only.is_empty() || only.iter().any(|pattern| matches(pattern, check.id));
    Ok(every_check().filter(|(_, check)| asked(check)).collect())
}

fn secret(
    option: &str,
    given: Option<&str>,
    made_up: bool,
    off_loopback: bool,
) -> Result<Secret<String>, Failure> {
    let Some(text) = given else {
        if made_up {
            return Ok(Secret::new(random_text()));
        }
        return Err(Failure::usage(format!(
            "{option} is missing: env:NAME or file:PATH; `--dry-run` prints what to configure at the service, with secrets \
             made up for it"
        )));
    };
    let secret = FileSecret::resolve(text, &Secrets::here())
        .map_err(|error| Failure::usage(format!("{option}: {error}")))?;
    if secret.reference == SecretReference::Inline && off_loopback {
        return Err(Failure::usage(format!(
            "{option}: the secret itself stands on the command line, where others can read it; expected env:NAME or file:PATH"
        )));
    }
    Ok(secret.value)
}

/// The load as a profile: logins in poll mode.
fn load(rate: f64, arguments: &Arguments) -> Result<(Profile, String), Failure> {
    let time = mock_auth_service::duration::format;
    let text = format!(
        "description = \"logins at an authentication service\"\n\
         drain = \"{}\"\n\
         thresholds = [\"violations == 0\", \"error_rate < 1%\", \"rate >= 95% of asked\"]\n\n\
         [mix]\npoll = 1\nping = 0\n\n\
         [[workload.stages]]\nname = \"logins\"\nduration = \"{}\"\nrate = {rate:?}\n",
        time(arguments.decision_within),
        time(arguments.load_for),
    );
    let profile = Profile::parse("auth-service", "--rate and --for", &text).map_err(Failure::usage)?;
    Ok((profile, text))
}
