//! What a run is asked to do, read and checked before anything starts.

use reference_op::FaultSet;

use super::Arguments;
use super::plan::{Machine, RunPlan};
use crate::analysis::Assumed;
use crate::ciba::{DeliveryMode, HintKind};
use crate::cli::choices::faults;
use crate::cli::compare::RunBaseline;
use crate::cli::descriptors::Beside;
use crate::cli::failure::Failure;
use crate::cli::input::{self, ChosenProfile, ChosenTarget};
use crate::cli::ports;
use crate::decision_channel::Marker;
use crate::jose::SigningKey;
use crate::open_banking::ConsentMedia;
use crate::profile::{Correlation, Mix, Profile};

/// Most flows that a person can be asked about: altogether where flows start by the clock, else at once.
const FLOWS_OF_A_PERSON_MAX: u64 = 20;

/// A profile and what to run it against.
#[derive(Debug)]
pub struct Job {
    /// The profile, with the seed of the run.
    pub profile: Profile,
    /// The profile's text as it was read.
    pub profile_text: String,
    /// The target; `None` is the embedded OP.
    pub target: Option<ChosenTarget>,
    /// Faults of the embedded OP.
    pub faults: FaultSet,
    /// The operator's command that prints the memory of the system under test.
    pub sut_memory: Option<String>,
}

impl Job {
    /// Reads profile and target file; the problems of both are told at once.
    pub fn read(arguments: &Arguments) -> Result<Self, Failure> {
        let target = arguments.target.as_deref().map(input::target).transpose();
        let (chosen, target) = Failure::both(input::profile(&arguments.profile), target)?;
        let job = Self::of(chosen, target, faults(&arguments.fault), arguments.seed)?;
        Ok(job.asking_for_memory(arguments.sut_memory.clone()))
    }

    /// The run that this one is to be compared with, if any.
    pub fn baseline(&self, arguments: &Arguments) -> Result<Option<RunBaseline>, Failure> {
        let Arguments { baseline, fail_on_regression, format, .. } = arguments;
        let read = |text: &String| RunBaseline::read(text, fail_on_regression, &self.profile_text, format);
        baseline.as_ref().map(read).transpose()
    }

    /// Puts a job together, the embedded OP being the target where none is given. `seed` stands in for the profile's own.
    pub fn of(
        chosen: ChosenProfile,
        target: Option<ChosenTarget>,
        faults: FaultSet,
        seed: Option<u64>,
    ) -> Result<Self, Failure> {
        let ChosenProfile { profile, text } = chosen;
        let profile = match seed {
            Some(seed) => profile.with_seed(seed),
            None => profile,
        };
        let job = Job { profile, profile_text: text, target, faults, sut_memory: None };
        job.check_consents()?;
        job.check_clients()?;
        job.check_users()?;
        job.check_hints()?;
        job.check_person()?;
        Ok(job)
    }

    /// Whether the target's owner has agreed to this load.
    pub fn check_permission(&self) -> Result<(), Failure> {
        let Some(target) = &self.target else { return Ok(()) };
        let Profile { workload, users, .. } = &self.profile;
        target
            .file
            .check_load_permission(workload.peak_rate(), users)
            .map_err(|refused| Failure::usage(format!("{}: {refused}", target.path.display())))
    }

    /// Whether this machine has the ports for its connections, and the addresses that they are to come from.
    pub fn check_ports(&self) -> Result<(), Failure> {
        ports::ensure(&self.profile.engine, &self.profile.workload)
    }

    /// The same against the same target with another profile, which is one of the same flows and users.
    pub fn with_profile(&self, profile: Profile) -> Self {
        let (profile_text, target) = (self.profile_text.clone(), self.target.clone());
        Job { profile, profile_text, target, faults: self.faults, sut_memory: self.sut_memory.clone() }
    }

    /// The same, with this command being asked for the memory of the system under test.
    pub fn asking_for_memory(self, sut_memory: Option<String>) -> Self {
        Job { sut_memory, ..self }
    }

    /// Whether the target is the embedded OP, here or in a process of its own.
    pub fn is_reference(&self) -> bool {
        self.target.as_ref().is_none_or(|target| target.file.is_reference)
    }

    /// What is tested, in words.
    pub fn target_name(&self) -> String {
        match &self.target {
            Some(target) => target.file.issuer.to_string(),
            None => "the embedded OP".to_owned(),
        }
    }

    /// What the run demands.
    pub fn plan(&self) -> RunPlan {
        self.plan_assuming(self.assumed())
    }

    /// The same of a server about which this is taken for granted.
    pub fn plan_assuming(&self, assumed: Assumed) -> RunPlan {
        RunPlan::of(&self.profile, &self.target_name(), &assumed, self.beside(), Machine::here())
    }

    /// What is known of the target beforehand: how many of its clients' requests need an RSA signature.
    pub fn assumed(&self) -> Assumed {
        let Some(target) = &self.target else { return Assumed::default() };
        let Mix { poll, ping, push } = self.profile.mix;
        let (mut of_authentication, mut of_poll) = (0.0, 0.0);
        let weights = [(DeliveryMode::Poll, poll), (DeliveryMode::Ping, ping), (DeliveryMode::Push, push)];
        for (mode, weight) in weights.into_iter().filter(|(_, weight)| *weight > 0) {
            let clients = target.file.clients_for(mode, self.profile.flow.consent);
            let share = f64::from(weight) / (f64::from(poll) + f64::from(ping) + f64::from(push));
            for entry in &clients {
                let client = entry.client(mode);
                let by_rsa = |key: Option<&SigningKey>| {
                    f64::from(u8::from(key.is_some_and(|key| key.algorithm().is_rsa())))
                };
                let each = share / clients.len() as f64;
                of_poll += each * by_rsa(client.assertion_key());
                of_authentication += each * (by_rsa(client.assertion_key()) + by_rsa(client.request_key()));
            }
        }
        let hints =
            target.file.login_hint_token.as_ref().filter(|entry| entry.signing_key.algorithm().is_rsa());
        let by_token = |(kind, _): &(HintKind, f64)| *kind == HintKind::LoginHintToken;
        if hints.is_some() {
            of_authentication +=
                self.profile.flow.hint.shares().find(by_token).map_or(0.0, |(_, share)| share);
        }
        Assumed { rsa_of_authentication: of_authentication, rsa_of_poll: of_poll, ..Assumed::default() }
    }

    /// The delivery modes of its flows.
    pub fn modes(&self) -> Vec<DeliveryMode> {
        modes(self.profile.mix)
    }

    /// Who runs beside the generator.
    fn beside(&self) -> Beside {
        if self.target.is_some() { Beside::Instruments } else { Beside::EmbeddedOp }
    }

    /// How flows mark themselves, or `None` where they are told apart by their users. The marker follows from the seed:
    /// decisions are drawn by it, and the same seed has to give the same ones.
    pub fn marker(&self) -> Option<Marker> {
        let by_user = |correlation| matches!(correlation, Correlation::User);
        let target = self.target.as_ref().is_some_and(|target| by_user(target.file.correlation));
        (!target && !by_user(self.profile.flow.correlation)).then(|| Marker::new(self.profile.seed))
    }

    /// Without markers a flow is found by its user, and only while that user has one flow.
    fn check_users(&self) -> Result<(), Failure> {
        let (users, flows) = (self.profile.users.names.count(), self.profile.workload.peak_in_flight());
        if self.marker().is_some() || users >= flows {
            return Ok(());
        }
        Err(Failure::usage(format!(
            "{}: the profile has {users} users and up to {flows} flows are in flight, but the target tells flows apart by their \
             user (correlation = \"user\"): raise users.count to {flows} at least, or lower max_in_flight",
            self.profile.name
        )))
    }

    /// A person decides about a few flows, not about a load.
    fn check_person(&self) -> Result<(), Failure> {
        let Some(target) = self.target.as_ref().filter(|target| target.file.manual) else { return Ok(()) };
        let workload = &self.profile.workload;
        let (flows, remedy) = match workload.arrivals() {
            Some(arrivals) => (arrivals.ceil() as u64, "a lower rate or a shorter length"),
            None => (workload.peak_in_flight(), "fewer flows at once"),
        };
        if flows <= FLOWS_OF_A_PERSON_MAX {
            return Ok(());
        }
        Err(Failure::usage(format!(
            "{}: authentication_service.kind is \"manual\", and the profile {} has a person decide about {flows} flows; expected \
             {FLOWS_OF_A_PERSON_MAX} at most: choose a profile with {remedy}, or kind = \"embedded\"",
            target.path.display(),
            self.profile.name
        )))
    }

    fn check_hints(&self) -> Result<(), Failure> {
        let makes_tokens = self.target.as_ref().is_none_or(|target| target.file.login_hint_token.is_some());
        match self.profile.flow.hint.uses(HintKind::LoginHintToken) && !makes_tokens {
            true => Err(self.no_hint_tokens()),
            false => Ok(()),
        }
    }

    /// Nothing makes the hints that the profile asks for.
    pub fn no_hint_tokens(&self) -> Failure {
        Failure::usage(format!(
            "the profile {} names users by login_hint_token (flow.hint), and the target file does not say what makes such \
             tokens; add [login_hint_token] with key and issuer, or choose another hint",
            self.profile.name
        ))
    }

    /// A consent can be created only where the target says so.
    fn check_consents(&self) -> Result<(), Failure> {
        let (Some(kind), Some(target)) = (self.profile.flow.consent, &self.target) else { return Ok(()) };
        let (name, path) = (kind.name, target.path.display());
        let offers = target.file.open_banking.as_ref().is_some_and(|entry| entry.consents.contains(&kind));
        if !offers {
            return Err(Failure::usage(format!(
                "{path}: the profile {} begins its flows with a consent (flow.consent = \"{name}\"), and open_banking.consents \
                 does not list it; add it if the server has it, or take flow.consent out of the profile",
                self.profile.name
            )));
        }
        Ok(())
    }

    /// How to get the same profile without flows of one delivery mode.
    fn without(&self, mode: DeliveryMode) -> String {
        let (name, mode_name) = (&self.profile.name, mode.name());
        let is_built_in = Profile::builtin_text(name) == Some(self.profile_text.as_str());
        let others = [("poll", DeliveryMode::Poll), ("ping", DeliveryMode::Ping)];
        let other = others.into_iter().find(|(_, other)| *other != mode).map_or("poll", |(other, _)| other);
        match is_built_in {
            true => format!(
                "take a profile of {other} flows: ciba-bench profile show {name} --mode {other} > {name}-{other}.toml"
            ),
            false => format!("set mix.{mode_name} = 0 in the profile"),
        }
    }

    fn check_clients(&self) -> Result<(), Failure> {
        let Some(target) = &self.target else { return Ok(()) };
        let third_party = match self.profile.flow.consent.map(|kind| kind.media) {
            Some(ConsentMedia::Json) => " and no [[open_banking.third_party]] for it",
            Some(ConsentMedia::Jwt) => " and no [[open_banking.third_party]] for it that has a private_key",
            None => "",
        };
        let missing: Vec<String> = modes(self.profile.mix)
            .into_iter()
            .filter(|mode| target.file.clients_for(*mode, self.profile.flow.consent).is_empty())
            .map(|mode| {
                let (path, name, mode_name) = (target.path.display(), &self.profile.name, mode.name());
                format!(
                    "{path}: no table [clients.{mode_name}]{third_party}, and the profile {name} mixes {mode_name} flows; add the \
                     client, or {}",
                    self.without(mode)
                )
            })
            .collect();
        if missing.is_empty() { Ok(()) } else { Err(Failure::usage(missing.join("\n"))) }
    }
}

/// The delivery modes that a mix uses.
pub fn modes(mix: Mix) -> Vec<DeliveryMode> {
    [(DeliveryMode::Poll, mix.poll), (DeliveryMode::Ping, mix.ping), (DeliveryMode::Push, mix.push)]
        .into_iter()
        .filter(|(_, weight)| *weight > 0)
        .map(|(mode, _)| mode)
        .collect()
}
