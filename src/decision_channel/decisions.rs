use super::{Announcer, Login, Logins, PERSON_TIMEOUT, Person, Sought};
use crate::ciba::Decision;
use mock_auth_service::{
    Announcement, Answered, AuthService, DecideError, DecisionPlan, Grant, SpokenDialect, UserOverride,
};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Longest wait for what becomes of a decision. The authentication service repeats it for a few seconds where the server
/// does not know the login (yet), and waits 30 s for each answer.
pub const DECISION_TIMEOUT: Duration = Duration::from_secs(90);

/// Decides by hand what users do, one login at a time. It needs a service that leaves everything undecided, such as one
/// with a [`hand_plan`], whose observer is the same [`Logins`].
#[derive(Debug, Clone)]
pub struct Decisions {
    service: AuthService,
    logins: Arc<Logins>,
    announcer: Option<Announcer>,
    /// Who carries decisions out; `None`: we do.
    person: Option<Person>,
}

/// The server said yes to a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Confirmed {
    /// Status of the answer, 2xx.
    pub status: u16,
    /// When the decision was handed over to the transport; the last time, if it was repeated.
    pub sent: Instant,
    /// When it was answered.
    pub answered: Instant,
}

/// The server did not say yes to a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotConfirmed {
    /// Status with which the server refused it; `None` when there is no answer, or nothing was sent.
    pub status: Option<u16>,
    /// When it was sent, the last time. `None`: it never was, or it is not known.
    pub sent: Option<Instant>,
    /// What happened.
    pub reason: String,
}

impl Decisions {
    /// Decisions of this service; `logins` is its observer.
    pub fn new(service: AuthService, logins: Arc<Logins>) -> Self {
        Decisions { announcer: Announcer::of(&service), service, logins, person: None }
    }

    /// The same, but a person carries the decisions out, on the service's page.
    pub fn by_person(self, person: Option<Person>) -> Self {
        Decisions { person, ..self }
    }

    /// Whether a person decides, who takes their time and does not do what our calls can.
    pub fn takes_a_person(&self) -> bool {
        self.person.is_some()
    }

    /// Whether the server tells our service whom it asks, so that prompts can be seen.
    pub fn sees_prompts(&self) -> bool {
        self.announcer.is_none()
    }

    /// Whether the server asks our service whether a user is known.
    pub fn verifies_users(&self) -> bool {
        self.service.dialect() == SpokenDialect::SecureAuth
    }

    /// Whether a decision can say which scopes are granted.
    pub fn chooses_scopes(&self) -> bool {
        self.service.dialect() == SpokenDialect::SecureAuth && self.person.is_none()
    }

    /// A flow was acknowledged. Where no server tells our service, this does.
    pub fn acknowledged(&self, flow: &Announcement<'_>) {
        if let Some(announcer) = &self.announcer {
            announcer.announce(flow);
        }
    }

    /// Claims the login of a flow, see [`Logins::claim`]. `None` when none came in time.
    pub async fn login(&self, sought: &Sought<'_>, within: Duration) -> Option<Login> {
        self.logins.claim(sought, within).await
    }

    /// Carries out what the user decides, and waits for the server's answer within [`DECISION_TIMEOUT`], or for a person within
    /// [`PERSON_TIMEOUT`]. An approval grants
    /// all requested scopes. [`Decision::Ignore`] sends nothing and so is never confirmed.
    ///
    /// # Errors
    ///
    /// The server refused it or did not answer, or nothing could be sent: the login was decided already, or dropped.
    pub async fn decide(&self, login: &Login, decision: Decision) -> Result<Confirmed, NotConfirmed> {
        let id = &login.start.login_id;
        if let Some(person) = self.person.as_ref().filter(|_| decision != Decision::Ignore) {
            person.ask(login, decision);
            return match self.logins.decided(id, PERSON_TIMEOUT).await {
                Some(decided) => decided.against(decision),
                None => Err(unsent(format!("nobody decided within {} s", PERSON_TIMEOUT.as_secs()))),
            };
        }
        match decision {
            Decision::Approve => within_bound(self.service.approve(id)).await,
            Decision::Deny => within_bound(self.service.deny(id)).await,
            Decision::Ignore => Err(unsent("the user ignores the request: nothing is sent".to_owned())),
        }
    }

    /// Approves and grants, of the requested scopes, only these. `openid` is always granted: an approval without it is not a
    /// valid one.
    ///
    /// # Errors
    ///
    /// Those of [`Decisions::decide`].
    pub async fn approve_with(&self, login: &Login, scopes: &[&str]) -> Result<Confirmed, NotConfirmed> {
        let grant = Grant::List(scopes.iter().map(|&scope| scope.to_owned()).collect());
        within_bound(self.service.approve_with(&login.start.login_id, grant)).await
    }

    /// Whether the user can be asked from now on. Where not, `/authentication/start` is answered 503. False when that cannot
    /// be arranged.
    pub fn can_be_asked(&self, user: &str, can: bool) -> bool {
        match can {
            true => {
                self.service.ask_again(user);
                true
            }
            false => self.service.refuse_to_ask(user),
        }
    }

    /// How often the user was asked: starts that were seen for them, repetitions not counted.
    pub fn prompts(&self, user: &str) -> usize {
        self.logins.count_starts(user)
    }

    /// How often `/user/verify` was called for the user.
    pub fn verifies(&self, user: &str) -> usize {
        self.logins.verifies(user).len()
    }

    /// What was seen.
    pub fn logins(&self) -> &Logins {
        &self.logins
    }
}

/// A plan by which nothing happens until it is decided by hand, and `unknown_user` cannot authenticate. The authentication
/// service keeps the last 16,384 logins decidable, whatever their age.
pub fn hand_plan(unknown_user: &str) -> DecisionPlan {
    let unknown = UserOverride { unknown: Some(true), ..UserOverride::default() };
    DecisionPlan { users: [(unknown_user.to_owned(), unknown)].into(), ..DecisionPlan::by_hand() }
}

async fn within_bound(
    decided: impl Future<Output = Result<Answered, DecideError>>,
) -> Result<Confirmed, NotConfirmed> {
    match tokio::time::timeout(DECISION_TIMEOUT, decided).await {
        Ok(Ok(answered)) => judge(answered),
        Ok(Err(error)) => Err(unsent(error.to_string())),
        Err(_) => Err(unsent(format!("no outcome of the decision within {} s", DECISION_TIMEOUT.as_secs()))),
    }
}

fn judge(answered: Answered) -> Result<Confirmed, NotConfirmed> {
    let Answered { status, sent, answered, problem } = answered;
    match status {
        Some(status @ 200..300) => Ok(Confirmed { status, sent: sent.unwrap_or(answered), answered }),
        _ => {
            let reason = problem.unwrap_or_else(|| "no answer".to_owned());
            Err(NotConfirmed { status, sent, reason })
        }
    }
}

fn unsent(reason: String) -> NotConfirmed {
    NotConfirmed { status: None, sent: None, reason }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;

    #[test]
    fn only_2xx_confirms() {
        let sent = Clock::system().now();
        let answered = sent + Duration::from_millis(5);
        let judged = |status, sent, problem: Option<&str>| {
            judge(Answered { status, sent, answered, problem: problem.map(str::to_owned) })
        };
        let refused =
            |status, sent, reason: &str| Err(NotConfirmed { status, sent, reason: reason.to_owned() });
        for status in [200, 204, 299] {
            assert_eq!(judged(Some(status), Some(sent), None), Ok(Confirmed { status, sent, answered }));
        }
        for status in [199, 302, 404, 500] {
            assert_eq!(
                judged(Some(status), Some(sent), Some("said no")),
                refused(Some(status), Some(sent), "said no")
            );
        }
        assert_eq!(judged(None, Some(sent), Some("reset")), refused(None, Some(sent), "reset"));
        assert_eq!(judged(None, None, None), refused(None, None, "no answer"));
    }

    #[tokio::test(start_paused = true)]
    async fn an_outcome_that_never_comes_is_given_up() {
        let given_up = within_bound(std::future::pending()).await.unwrap_err();
        assert_eq!(given_up.reason, "no outcome of the decision within 90 s");
    }
}
