use super::finding::Look;
use super::judgement::Known;
use super::{Diagnosis, Examination, Finding, Practice, State, TOTAL_WITHIN, Teller};
use crate::ciba::{DeliveryMode, Named as _};
use crate::record::Scrubber;
use crate::target::file::{AuthenticationService, Clients, TargetFile};
use tokio::time::Instant;

/// What was found so far, and what may be looked at next.
pub(super) struct Chart<'p> {
    pub(super) practice: &'p Practice,
    pub(super) teller: &'p Teller<'p>,
    pub(super) known: Known,
    /// Struck out of every finding.
    pub(super) secrets: Scrubber,
    /// The mode of the flow in which the decision channel is watched.
    pub(super) main: DeliveryMode,
    /// When nothing further is begun.
    pub(super) until: Instant,
    /// What would have been examined when the time was over.
    late: Option<Examination>,
    findings: Vec<Finding>,
}

impl<'p> Chart<'p> {
    pub(super) fn new(practice: &'p Practice, teller: &'p Teller<'p>) -> Self {
        let target = practice.target.clone();
        Chart {
            practice,
            teller,
            secrets: secrets_of(&target),
            main: main_mode(&target.clients),
            known: Known {
                file: practice.file.clone(),
                target,
                service_url: practice.service.listening().map(|own| own.public.clone()),
                notification_url: practice.endpoint.listening().map(|own| own.public.clone()),
            },
            until: practice.clock.now() + TOTAL_WITHIN,
            late: None,
            findings: Vec::new(),
        }
    }

    /// Whether an examination may begin: there is time, and everything holds that it stands on. If not, that is written.
    pub(super) fn may(&mut self, examination: Examination) -> bool {
        if !self.has_ground(examination) {
            return false;
        }
        if self.practice.clock.now() < self.until {
            return true;
        }
        let seen = format!("the {} s that all of this may take are over", TOTAL_WITHIN.as_secs());
        let remedy = "server's log: why its answers take so long; network: what delays them on the way";
        let look = match self.findings.iter().any(|finding| finding.state == State::Failed) {
            true => Look::not_examined(seen),
            false => Look::failed(format!("nothing was asked: {seen}"), remedy),
        };
        self.late = Some(examination).filter(|_| look.state == State::Failed);
        self.keep(examination, look, None);
        false
    }

    /// Whether everything holds that an examination stands on. If not, that is written.
    pub(super) fn has_ground(&mut self, examination: Examination) -> bool {
        let below = examination.needs(self.main).into_iter().find_map(|need| self.failed_below(need));
        let Some(root) = below.or(self.late) else { return true };
        self.keep(examination, Look::not_examined(format!("{} failed", root.words())), Some(root));
        false
    }

    /// The examination that failed, if this one did or stands on one.
    pub(super) fn failed_below(&self, examination: Examination) -> Option<Examination> {
        let finding = self.findings.iter().find(|finding| finding.examination == examination)?;
        match finding.state {
            State::Failed => Some(examination),
            State::NotExamined => finding.stands_on,
            State::Sound | State::Doubtful => None,
        }
    }

    pub(super) fn write(&mut self, examination: Examination, look: Look) {
        self.keep(examination, look, None);
    }

    /// Everything that was not looked at lacks its ground; that is written, too.
    pub(super) fn close(mut self) -> Diagnosis {
        for examination in Examination::ALL {
            let written = self.findings.iter().any(|finding| finding.examination == *examination);
            let Known { target, .. } = &self.known;
            let unheard_of = (examination.is_about_push() && target.clients.push.is_none())
                || (*examination == Examination::Consents && target.open_banking.is_none());
            if !written && !unheard_of && self.may(*examination) {
                self.write(*examination, Look::not_examined("there was nothing to look at"));
            }
        }
        Diagnosis::of(self.findings, "")
    }

    fn keep(&mut self, examination: Examination, look: Look, stands_on: Option<Examination>) {
        let Look { state, mut seen, mut remedy } = look;
        self.secrets.scrub(&mut seen);
        if let Some(remedy) = &mut remedy {
            self.secrets.scrub(remedy);
        }
        let finding = Finding { examination, state, seen, remedy, stands_on };
        (self.teller.found)(&finding);
        self.findings.push(finding);
    }
}

/// The mode of the flow in which the decision channel is watched.
fn main_mode(clients: &Clients) -> DeliveryMode {
    match (&clients.poll, &clients.ping, &clients.push) {
        (Some(_), _, _) => DeliveryMode::Poll,
        (None, None, Some(_)) => DeliveryMode::Push,
        (None, Some(_), _) | (None, None, None) => DeliveryMode::Ping,
    }
}

/// The secrets of a target file, as they are and as HTTP Basic joins them (RFC 6749, 2.3.1).
fn secrets_of(target: &TargetFile) -> Scrubber {
    let mut secrets = Scrubber::default();
    let mut learn = |id: &str, secret: &str| {
        let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        secrets.learn(secret);
        secrets.learn(&format!("{}:{}", encode(id), encode(secret)));
        secrets.learn(&format!("{id}:{secret}"));
    };
    let third_parties = target.open_banking.iter().flat_map(|entry| &entry.third_parties);
    let named = target.clients.named().into_iter().filter_map(|(_, client)| client);
    for client in named.chain(third_parties.map(|party| &party.client)) {
        if let Some(secret) = client.proof.secret() {
            learn(&client.client_id, secret.value.expose());
        }
    }
    match &target.authentication_service {
        AuthenticationService::Embedded(service) => {
            learn(&service.username, service.password.value.expose());
            learn(&service.system.client_id, service.system.client_secret.value.expose());
        }
        AuthenticationService::ApprovalUrl(service) => secrets.learn(service.url.value.expose()),
        AuthenticationService::Keycloak(_) | AuthenticationService::None => {}
    }
    secrets
}
