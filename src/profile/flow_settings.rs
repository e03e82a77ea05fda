//! How one flow behaves.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::document::{Mismatch, Reader, Section};
use super::hints::HintMix;
use super::parameters::{acr_values, read_parameters};
use crate::ciba::{FirstPoll, PollFrom};
use crate::open_banking::ConsentType;

/// Longest `scope`, in characters.
const LONGEST_SCOPE: usize = 1_000;
const GUARDS: RangeInclusive<Duration> = Duration::ZERO..=Duration::from_secs(60);
const DEFAULT_GUARD: Duration = Duration::from_millis(50);
/// CIBA Core 1.0, 10.1 lets a server hold a token request for 30 s: whoever gives up sooner breaks long polling.
const POLL_TIMEOUTS: RangeInclusive<Duration> = Duration::from_secs(31)..=Duration::from_secs(600);
const DEFAULT_POLL_TIMEOUT: Duration = Duration::from_secs(35);
const REQUEST_TIMEOUTS: RangeInclusive<Duration> = Duration::from_millis(1)..=Duration::from_secs(600);
const DEFAULT_REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
const EXPIRIES: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(86_400);
/// Longest binding message, in characters.
const LONGEST_BINDING_MESSAGE: usize = 1_000;
const DEFAULT_SCOPE: &str = "openid";

/// How a login at the authentication service finds the flow that it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Correlation {
    /// By a `binding_message` that is unique per flow.
    Marker,
    /// By the user, as long as that user has one pending flow.
    User,
}

/// Behaviour of one flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowSettings {
    /// When a poll flow polls first.
    pub first_poll: FirstPoll,
    /// From when the interval counts.
    pub poll_from: PollFrom,
    /// Added to every interval, so that a poll never arrives early; up to half of it makes up for what the poll before took.
    pub poll_guard: Duration,
    /// Longest wait for the answer of one token request; above the 30 s that a long-polling server may take.
    pub poll_timeout: Duration,
    /// Longest wait for the answer of any other request.
    pub request_timeout: Duration,
    /// Whether a ping flow that heard nothing for two intervals starts to poll.
    pub fall_back_to_polling: bool,
    /// `scope` of the authentication request; holds `openid`.
    pub scope: String,
    /// The consent that every flow begins with (Open Banking).
    pub consent: Option<&'static ConsentType>,
    /// How the authentication request names the user.
    pub hint: HintMix,
    /// `acr_values` of the authentication request.
    pub acr_values: Option<String>,
    /// `binding_message` of every flow, where no marker is needed.
    pub binding_message: Option<String>,
    /// Further parameters of the authentication request.
    pub parameters: Vec<(String, String)>,
    /// `requested_expiry` of the authentication request, in seconds.
    pub requested_expiry: Option<u64>,
    /// How a login finds its flow. A target that cannot carry a marker says so in its own file, and then wins.
    pub correlation: Correlation,
    /// Whether the flow ends with one call of the protected API.
    pub use_token: bool,
}

impl Correlation {
    /// The words in files.
    pub const WORDS: [(&'static str, Self); 2] = [("marker", Self::Marker), ("user", Self::User)];
}

impl FlowSettings {
    /// Reads `[flow]`.
    pub(super) fn read(root: &Section<'_>) -> Self {
        let section = root.table("flow");
        let first_poll =
            Reader::choice(&[("after_interval", FirstPoll::AfterInterval), ("at_once", FirstPoll::AtOnce)]);
        let poll_from = Reader::choice(&[("answer", PollFrom::Answer), ("send", PollFrom::Send)]);
        let timeout = Reader::duration(REQUEST_TIMEOUTS);
        let settings = Self {
            first_poll: section.or("first_poll", &first_poll, FirstPoll::AfterInterval),
            poll_from: section.or("poll_from", &poll_from, PollFrom::Answer),
            poll_guard: section.or("poll_guard", &Reader::duration(GUARDS), DEFAULT_GUARD),
            poll_timeout: section.or("poll_timeout", &Reader::duration(POLL_TIMEOUTS), DEFAULT_POLL_TIMEOUT),
            request_timeout: section.or("request_timeout", &timeout, DEFAULT_REQUEST_TIMEOUT),
            fall_back_to_polling: section.or("fall_back_to_polling", &Reader::boolean(), true),
            scope: section.or("scope", &scope(), DEFAULT_SCOPE.to_owned()),
            consent: section.optional("consent", &Reader::choice(&ConsentType::WORDS)),
            hint: HintMix::read(&section),
            acr_values: section.optional("acr_values", &acr_values()),
            binding_message: section.optional("binding_message", &Reader::text(1..=LONGEST_BINDING_MESSAGE)),
            parameters: read_parameters(&section),
            requested_expiry: section.optional("requested_expiry", &expiry()),
            correlation: section.or("correlation", &Reader::choice(&Correlation::WORDS), Correlation::Marker),
            use_token: section.or("use_token", &Reader::boolean(), false),
        };
        if settings.binding_message.is_some() && settings.correlation == Correlation::Marker {
            let reason =
                "the marker is the binding message, expected none of your own; set correlation = \"user\"";
            section.problem("binding_message", reason);
        }
        section.finish();
        settings
    }
}

/// CIBA Core 1.0, 7.1: `scope` is required and holds `openid`.
fn scope<'r>() -> Reader<'r, String> {
    Reader::text(1..=LONGEST_SCOPE).and_then(|scope| {
        if scope.split(' ').any(|word| word == "openid") {
            Ok(scope)
        } else {
            let reason = format!("expected scopes with \"openid\" among them; write \"openid {scope}\"");
            Err(Mismatch::Because(reason))
        }
    })
}

/// The parameter is in seconds.
fn expiry<'r>() -> Reader<'r, u64> {
    Reader::duration(EXPIRIES).and_then(|expiry| match expiry.subsec_nanos() {
        0 => Ok(expiry.as_secs()),
        _ => Err(Mismatch::Because("expected whole seconds".to_owned())),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ciba::HintKind;
    use crate::profile::document::read_alone;

    fn defaults() -> FlowSettings {
        FlowSettings {
            first_poll: FirstPoll::AfterInterval,
            poll_from: PollFrom::Answer,
            poll_guard: Duration::from_millis(50),
            poll_timeout: Duration::from_secs(35),
            request_timeout: Duration::from_secs(10),
            fall_back_to_polling: true,
            scope: "openid".to_owned(),
            consent: None,
            hint: HintMix::only(HintKind::LoginHint),
            acr_values: None,
            binding_message: None,
            parameters: Vec::new(),
            requested_expiry: None,
            correlation: Correlation::Marker,
            use_token: false,
        }
    }

    #[test]
    fn settings() {
        let table = [
            ("", defaults()),
            ("flow.first_poll = \"at_once\"", FlowSettings { first_poll: FirstPoll::AtOnce, ..defaults() }),
            ("flow.poll_from = \"send\"", FlowSettings { poll_from: PollFrom::Send, ..defaults() }),
            ("flow.poll_guard = \"0s\"", FlowSettings { poll_guard: Duration::ZERO, ..defaults() }),
            (
                "flow.poll_timeout = \"1m\"",
                FlowSettings { poll_timeout: Duration::from_secs(60), ..defaults() },
            ),
            (
                "flow.request_timeout = \"2s\"",
                FlowSettings { request_timeout: Duration::from_secs(2), ..defaults() },
            ),
            ("flow.fall_back_to_polling = false", FlowSettings { fall_back_to_polling: false, ..defaults() }),
            (
                "flow.scope = \"profile openid\"",
                FlowSettings { scope: "profile openid".to_owned(), ..defaults() },
            ),
            ("flow.requested_expiry = \"2m\"", FlowSettings { requested_expiry: Some(120), ..defaults() }),
            (
                "flow.consent = \"open_banking_uk_payment\"",
                FlowSettings { consent: ConsentType::of_name("open_banking_uk_payment"), ..defaults() },
            ),
            (
                "flow.hint = \"id_token_hint\"",
                FlowSettings { hint: HintMix::only(HintKind::IdTokenHint), ..defaults() },
            ),
            (
                "flow.acr_values = \"gold silver\"",
                FlowSettings { acr_values: Some("gold silver".to_owned()), ..defaults() },
            ),
            (
                "flow = { binding_message = \"Pay 5 €\", correlation = \"user\" }",
                FlowSettings {
                    binding_message: Some("Pay 5 €".to_owned()),
                    correlation: Correlation::User,
                    ..defaults()
                },
            ),
            (
                "flow.parameters.resource = \"https://api.example\"",
                FlowSettings {
                    parameters: vec![("resource".to_owned(), "https://api.example".to_owned())],
                    ..defaults()
                },
            ),
            ("flow.correlation = \"user\"", FlowSettings { correlation: Correlation::User, ..defaults() }),
            ("flow.use_token = true", FlowSettings { use_token: true, ..defaults() }),
        ];
        for (text, expected) in table {
            read_alone(text, |root| Some(FlowSettings::read(root))).assert(&Ok(expected));
        }
    }

    #[test]
    fn mistakes() {
        let table = [
            ("flow.frist_poll = \"at_once\"", "flow.frist_poll: unknown key; did you mean first_poll"),
            (
                "flow.first_poll = \"at_one\"",
                "flow.first_poll: value \"at_one\", expected \"after_interval\" or \"at_once\"; did you mean \"at_once\"",
            ),
            (
                "flow.poll_timeout = \"30s\"",
                "flow.poll_timeout: value \"30s\", expected a duration such as \"250ms\", \"3s\" or \"2m\" (31s to 10m)",
            ),
            (
                "flow.scope = \"profile\"",
                "flow.scope: value \"profile\", expected scopes with \"openid\" among them; write \"openid profile\"",
            ),
            (
                "flow.hint = \"login_hin\"",
                "flow.hint: value \"login_hin\", expected \"login_hint\" or \"login_hint_token\" or \"id_token_hint\"; did \
                 you mean \"login_hint\"",
            ),
            (
                "flow.consent = \"open_banking_uk_account\"",
                "flow.consent: value \"open_banking_uk_account\", expected \"open_banking_uk_accounts\" or",
            ),
            (
                "flow.binding_message = \"m\"",
                "flow.binding_message: the marker is the binding message, expected none",
            ),
            ("flow.parameters.scope = \"x\"", "flow.parameters: scope is not a further parameter"),
            ("flow.requested_expiry = 120", "flow.requested_expiry: value 120, expected a duration"),
            (
                "flow.requested_expiry = \"1500ms\"",
                "flow.requested_expiry: value \"1500ms\", expected whole seconds",
            ),
        ];
        for (text, expected) in table {
            read_alone(text, |root| Some(FlowSettings::read(root))).assert(&Err(expected));
        }
    }
}
