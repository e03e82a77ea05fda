use super::{Claim, ConsentStep, RegistrationStep, Request, Scene, Stop};
use crate::ciba::Decision;
use futures_util::future::BoxFuture;
use std::fmt;

/// One step of a script. A closed set, so that a script can be printed and estimated without being run.
#[derive(Debug, Clone, Copy)]
pub enum Step {
    /// Sends an authentication request. Acknowledged or not, it begins a flow, which is the current one from now on.
    Authenticate(Request),
    /// Sends so many authentication requests, one after another: a sample of acknowledgements.
    AuthenticateTimes(usize, Request),
    /// Asks for the current flow's result, now.
    Poll(Request),
    /// Asks so many times at once.
    PollTogether(usize, Request),
    /// Asks at the pace of a well-behaved client until the answer is neither pending nor `slow_down`.
    PollUntilSettled(Request),
    /// Does something at the consent API of a bank (Open Banking).
    Consent(ConsentStep),
    /// Registers a client, or changes one that this check has registered (RFC 7591, RFC 7592).
    Registration(RegistrationStep),
    /// Fetches the provider's metadata.
    FetchMetadata,
    /// Fetches the issuer's keys, which may have been rotated since the run began.
    FetchKeys,
    /// Shows the current flow's access token at the introspection endpoint, or at the userinfo endpoint.
    UseAccessToken,
    /// Redeems the current flow's refresh token (RFC 6749, 6).
    Refresh(Request),
    /// Calls the userinfo endpoint with the current flow's access token, on a connection that shows this certificate.
    CallApi(Shown),
    /// Waits until our authentication service is told to ask the user of the current flow, if that was acknowledged.
    AwaitPrompt,
    /// Our authentication service refuses to ask this check's user from now on.
    RefuseToAsk,
    /// The user of the current flow decides, and the server confirms it.
    Decide(Decision),
    /// The user of the current flow decides, and the server may refuse it: because it is too late, or because a ping in
    /// between failed.
    DecideLate(Decision),
    /// The user agrees to `openid` and to nothing else that was asked for.
    ApproveOpenidOnly,
    /// How our notification endpoint answers the current check's flows from now on.
    AnswerPingsWith(PingAnswer),
    /// Our notification endpoint shows a certificate that no server trusts, until the check is over or says otherwise.
    ShowForeignCertificate,
    /// Our notification endpoint shows its own certificate again.
    ShowOwnCertificate,
    /// Waits for the current flow's next ping; once the user has decided, for one that came after that.
    AwaitPing,
    /// The same for a push.
    AwaitPush,
    /// Waits as long as a ping would be waited for, and takes whatever comes meanwhile.
    AwaitNoPing,
    /// Goes on with another flow of this check, counted from 0.
    Take(usize),
    /// Lets time pass.
    Wait(Pause),
    /// A precondition. Where it does not hold, the check is inconclusive.
    Given(Claim),
    /// The claim itself. Where it does not hold, the check fails.
    Expect(Claim),
    /// Where this holds, the check has passed, and the steps behind it are not carried out.
    DoneIf(Claim),
    /// What the steps above cannot say.
    Custom(&'static str, Procedure),
}

/// A step of its own.
pub type Procedure = for<'a> fn(&'a mut Scene) -> BoxFuture<'a, Result<(), Stop>>;

/// The certificate that a connection shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// That of the flow's client, where it has one.
    Own,
    /// One that no server knows.
    Stranger,
    /// None.
    Nothing,
}

/// How long to wait.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pause {
    /// Until the client may poll again: the interval, after the previous answer (or the acknowledgement).
    Interval,
    /// Until this share of the interval has passed since the previous poll was sent.
    ShareOfInterval(f64),
    /// So many seconds.
    Seconds(u64),
    /// Until so many seconds before the request expires.
    BeforeExpiry(u64),
    /// Until so many seconds after the request has expired.
    AfterExpiry(u64),
    /// Until so many seconds after the current flow's ID token has expired.
    AfterIdTokenExpiry(u64),
}

/// How our notification endpoint answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PingAnswer {
    /// With this status and no body.
    Status(u16),
    /// 200 with a body.
    Body(&'static str),
    /// A redirect to another path of ours.
    Redirect(u16),
    /// The connection is reset.
    Reset,
    /// Not for so many seconds.
    Hang(u64),
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Authenticate(request) => detailed(f, "authentication request", request),
            Step::AuthenticateTimes(times, request) => {
                detailed(f, &format!("{times} authentication requests"), request)
            }
            Step::Poll(request) => detailed(f, "token request", request),
            Step::PollTogether(times, request) => {
                detailed(f, &format!("{times} token requests at once"), request)
            }
            Step::PollUntilSettled(request) => {
                detailed(f, "token requests at the client's pace until settled", request)
            }
            Step::Consent(step) => step.fmt(f),
            Step::Registration(step) => step.fmt(f),
            Step::FetchMetadata => f.write_str("fetch the metadata"),
            Step::FetchKeys => f.write_str("fetch the issuer's keys"),
            Step::UseAccessToken => f.write_str("use the access token"),
            Step::Refresh(request) => detailed(f, "redeem the refresh token", request),
            Step::CallApi(Shown::Own) => f.write_str("call the userinfo endpoint as the client"),
            Step::CallApi(Shown::Stranger) => {
                f.write_str("call the userinfo endpoint with another certificate")
            }
            Step::CallApi(Shown::Nothing) => f.write_str("call the userinfo endpoint without a certificate"),
            Step::AwaitPrompt => f.write_str("wait until the user is asked"),
            Step::RefuseToAsk => f.write_str("the user can no longer be asked"),
            Step::Decide(decision) => write!(f, "the user {}", decided(*decision)),
            Step::DecideLate(decision) => {
                write!(f, "the user {}; the server may refuse it", decided(*decision))
            }
            Step::ApproveOpenidOnly => f.write_str("the user agrees to openid alone"),
            Step::AnswerPingsWith(answer) => write!(f, "pings are answered {answer}"),
            Step::ShowForeignCertificate => {
                f.write_str("the notification endpoint shows a certificate of an unknown issuer")
            }
            Step::ShowOwnCertificate => {
                f.write_str("the notification endpoint shows its own certificate again")
            }
            Step::AwaitPing => f.write_str("await the ping"),
            Step::AwaitPush => f.write_str("await the push"),
            Step::AwaitNoPing => f.write_str("wait as long as a ping may take"),
            Step::Take(flow) => write!(f, "go on with flow {}", flow + 1),
            Step::Wait(pause) => write!(f, "wait {pause}"),
            Step::Given(claim) => write!(f, "given {claim}"),
            Step::Expect(claim) => write!(f, "expect {claim}"),
            Step::DoneIf(claim) => write!(f, "done if {claim}"),
            Step::Custom(name, _) => f.write_str(name),
        }
    }
}

fn detailed(f: &mut fmt::Formatter<'_>, what: &str, request: &Request) -> fmt::Result {
    let details = request.to_string();
    if details.is_empty() { f.write_str(what) } else { write!(f, "{what}: {details}") }
}

fn decided(decision: Decision) -> &'static str {
    match decision {
        Decision::Approve => "agrees",
        Decision::Deny => "refuses",
        Decision::Ignore => "does nothing",
    }
}

impl fmt::Display for Pause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Pause::Interval => f.write_str("the interval"),
            Pause::ShareOfInterval(share) => write!(f, "{share} of the interval since the previous poll"),
            Pause::Seconds(seconds) => write!(f, "{seconds} s"),
            Pause::BeforeExpiry(seconds) => write!(f, "until {seconds} s before the request expires"),
            Pause::AfterExpiry(seconds) => write!(f, "until {seconds} s after the request has expired"),
            Pause::AfterIdTokenExpiry(seconds) => {
                write!(f, "until {seconds} s after the ID token has expired")
            }
        }
    }
}

impl fmt::Display for PingAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PingAnswer::Status(status) => write!(f, "{status}"),
            PingAnswer::Body(body) => write!(f, "200 with the body {body:?}"),
            PingAnswer::Redirect(status) => write!(f, "{status} to another path"),
            PingAnswer::Reset => f.write_str("with a reset connection"),
            PingAnswer::Hang(seconds) => write!(f, "after {seconds} s"),
        }
    }
}
