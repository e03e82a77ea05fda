use std::io::{BufRead, Read as _, Write};

use super::answers::Given;
use super::first::Draft;
use super::question::{Fallback, Question};
use super::questions::QUESTIONS;

/// How often a question is asked until its answer fits.
const TRIES_MAX: usize = 5;
/// Longest answer, in bytes.
const ANSWER_BYTES_MAX: u64 = 16 * 1024;

/// Why not everything that a target file needs is answered.
#[derive(Debug, thiserror::Error)]
pub enum Unanswered {
    /// Flags that are wrong, one in each line.
    #[error("{}", .0.join("\n"))]
    Flags(Vec<String>),
    /// Nobody is asked, and the flags leave something open.
    #[error("{}\ngive these flags, or run this on a terminal to be asked", missing(.0))]
    Missing(Vec<&'static Question>),
    /// The input ended.
    #[error("{}: the input ended here; nothing was written{}", .at.key, ended(.missing))]
    Ended {
        /// The question that was not answered.
        at: &'static Question,
        /// What has no answer and nothing that holds without one.
        missing: Vec<&'static Question>,
    },
    /// Answer after answer was refused.
    #[error("{}: {TRIES_MAX} answers were not what is expected; nothing was written; --{} answers it, too", .0.key, .0.flag)]
    TooManyTries(&'static Question),
    /// An answer that is no answer.
    #[error("{}: an answer of more than {ANSWER_BYTES_MAX} bytes; nothing was written", .0.key)]
    TooLong(&'static Question),
    /// The terminal failed.
    #[error("the questions cannot be asked; nothing was written")]
    Terminal(#[from] std::io::Error),
}

/// Somebody who can be asked: where answers come from, and where questions go.
pub struct Dialogue<'d> {
    /// Answers, one in each line.
    pub input: &'d mut dyn BufRead,
    /// Questions.
    pub output: &'d mut dyn Write,
}

/// Answers all questions that make sense: by the flags, by asking where somebody can be asked, else by what holds without
/// an answer.
pub fn answer_all(
    draft: &mut Draft,
    given: &Given,
    mut dialogue: Option<Dialogue<'_>>,
) -> Result<(), Unanswered> {
    check_flags(draft, given)?;
    let (mut missing, mut idle) = (Vec::new(), Vec::new());
    let mut topic = "";
    for (index, question) in QUESTIONS.iter().enumerate() {
        let flag = given.answer(question.key);
        if !(question.when.holds)(draft) {
            idle.extend(flag.map(|_| idle_flag(question)));
        } else if let Some(answer) = flag {
            draft
                .answer(question, answer)
                .map_err(|problem| Unanswered::Flags(vec![of_flag(question, &problem)]))?;
        } else if let Some(dialogue) = &mut dialogue {
            if question.topic != topic {
                topic = question.topic;
                writeln!(dialogue.output, "\n== {topic}")?;
            }
            if !dialogue.ask(draft, question)? {
                return Err(Unanswered::Ended { at: question, missing: missing_from(index, draft, given) });
            }
        } else if !settle(draft, question) {
            missing.push(question);
        }
    }
    match (&mut dialogue, idle.is_empty(), missing.is_empty()) {
        (_, true, true) => Ok(()),
        // What somebody said a moment ago made these flags idle; that is no reason to throw all answers away.
        (Some(dialogue), false, _) => Ok(writeln!(dialogue.output, "\n{}", idle.join("\n"))?),
        (None, false, _) => Err(Unanswered::Flags(idle)),
        (_, true, false) => Err(Unanswered::Missing(missing)),
    }
}

impl Dialogue<'_> {
    /// Asks until the answer fits; whether there was one.
    fn ask(&mut self, draft: &mut Draft, question: &'static Question) -> Result<bool, Unanswered> {
        let fallback = (question.default)(draft);
        let shown = match &fallback {
            Fallback::Value(value) => format!(" [{value}]"),
            Fallback::Leave(meaning) => format!(" [{meaning}]"),
            Fallback::Needed => String::new(),
        };
        writeln!(self.output, "\n{}{shown}\n  {}", question.key, question.why)?;
        for _ in 0..TRIES_MAX {
            write!(self.output, "> ")?;
            self.output.flush()?;
            let Some(line) = self.line(question)? else {
                return Ok(false);
            };
            let problem = match (line.trim(), &fallback) {
                ("", Fallback::Leave(_)) => return Ok(true),
                ("", Fallback::Needed) => Err("an answer is needed here".to_owned()),
                ("", Fallback::Value(value)) => draft.answer(question, value),
                (answer, _) => draft.answer(question, answer),
            };
            match problem {
                Ok(()) => return Ok(true),
                Err(problem) => writeln!(self.output, "  {problem}")?,
            }
        }
        Err(Unanswered::TooManyTries(question))
    }

    /// A line; nothing at the end of the input.
    fn line(&mut self, question: &'static Question) -> Result<Option<String>, Unanswered> {
        let mut line = String::new();
        let read = self.input.take(ANSWER_BYTES_MAX).read_line(&mut line)?;
        if read as u64 == ANSWER_BYTES_MAX && !line.ends_with('\n') {
            return Err(Unanswered::TooLong(question));
        }
        Ok((read > 0).then_some(line))
    }
}

/// Every flag, before anybody is asked anything. Which keys [authentication_service] has depends on the dialect; what is idle by
/// that is told when it is its turn.
fn check_flags(draft: &Draft, given: &Given) -> Result<(), Unanswered> {
    let (mut draft, mut wrong) = (draft.clone(), Vec::new());
    for question in &QUESTIONS {
        let by_dialect = question.key.starts_with("authentication_service.");
        match given.answer(question.key) {
            Some(_) if by_dialect && !(question.when.holds)(&draft) => {}
            Some(answer) => {
                let problem = draft.answer(question, answer).err();
                wrong.extend(problem.map(|problem| of_flag(question, &problem)));
            }
            None if by_dialect && (question.when.holds)(&draft) => {
                settle(&mut draft, question);
            }
            None => {}
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(Unanswered::Flags(wrong)) }
}

/// Goes by what holds without an answer; whether there is such a thing.
fn settle(draft: &mut Draft, question: &Question) -> bool {
    match (question.default)(draft) {
        Fallback::Value(value) => draft.answer(question, &value).is_ok(),
        Fallback::Leave(_) => true,
        Fallback::Needed => false,
    }
}

/// What would still have to be answered from this question on.
fn missing_from(index: usize, draft: &Draft, given: &Given) -> Vec<&'static Question> {
    let mut draft = draft.clone();
    let mut missing = Vec::new();
    for question in QUESTIONS.iter().skip(index).filter(|question| given.answer(question.key).is_none()) {
        if (question.when.holds)(&draft) && !settle(&mut draft, question) {
            missing.push(question);
        }
    }
    missing
}

fn of_flag(question: &Question, problem: &str) -> String {
    format!("--{}: {problem}", question.flag)
}

fn idle_flag(question: &Question) -> String {
    format!("--{}: without meaning here; it counts only {}", question.flag, question.when.words)
}

fn ended(questions: &[&'static Question]) -> String {
    match questions.is_empty() {
        true => "; --no-questions takes the defaults of all that is left".to_owned(),
        false => format!("\n{}", missing(questions)),
    }
}

fn missing(questions: &[&'static Question]) -> String {
    let lines: Vec<String> = questions
        .iter()
        .map(|question| {
            format!("missing: --{} {} ({}): {}", question.flag, question.value, question.key, question.why)
        })
        .collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::super::first::tests::{ISSUER, draft};
    use super::*;
    use crate::ciba::DeliveryMode::{Ping, Poll};
    use crate::target::file::AuthenticationService;

    const LOCAL: &str = "http://127.0.0.1:9/t/w";

    /// What is left of a conversation: the draft, how it ended, what was said.
    fn talk(issuer: &str, given: &Given, answers: &str) -> (Draft, Result<(), Unanswered>, String) {
        let mut draft = draft(issuer, &[Poll, Ping], &["client_secret_post"]);
        let (mut input, mut output) = (answers.as_bytes(), Vec::new());
        let dialogue = Dialogue { input: &mut input, output: &mut output };
        let ended = answer_all(&mut draft, given, Some(dialogue));
        (draft, ended, String::from_utf8(output).unwrap())
    }

    /// Answers to these keys; all other questions are answered by Enter, as often as anybody may need.
    fn answers(to: &[(&str, &str)]) -> String {
        let lines = QUESTIONS.iter().map(|question| {
            let answer = to.iter().find(|(key, _)| *key == question.key).map_or("", |(_, answer)| answer);
            format!("{answer}\n")
        });
        lines.collect()
    }

    #[test]
    fn enter_takes_what_is_in_brackets() {
        let given =
            Given::from([("clients.ping.client_id", "p"), ("authentication_service.system.client_id", "as")]);
        let (draft, ended, said) = talk(LOCAL, &given, &"\n".repeat(40));
        ended.unwrap();
        let target = draft.target().unwrap();
        let ping = target.clients.ping.unwrap();
        assert_eq!((ping.client_id.as_str(), ping.scope), ("p", None));
        assert_eq!(draft.text("clients.ping.authentication"), Some("client_secret_post"));
        assert_eq!(target.notification.listen.to_string(), "127.0.0.1:4020");
        assert_eq!(target.notification.public_url, None);
        for shown in [
            "\nclients.poll.client_id [none]\n",
            "\nclients.ping.client_secret [env:CIBA_PING_CLIENT_SECRET]\n",
            "\nnotification.public_url [http://127.0.0.1:4020]\n",
            "\n== Decisions\n",
        ] {
            assert!(said.contains(shown), "{shown}\n{said}");
        }
        for unasked in ["clients.ping.client_id", "clients.poll.client_secret", "load.", "unknown_user"] {
            assert!(!said.contains(unasked), "{unasked}\n{said}");
        }
    }

    #[test]
    fn off_loopback_the_owner_and_the_addresses_are_asked_for() {
        let to = [
            ("clients.poll.client_id", "poll"),
            ("clients.poll.client_secret", "file:poll.txt"),
            ("authentication_service.kind", "none"),
            ("subject", "hint"),
            ("conformance.users", "a, b"),
            ("conformance.unknown_user", "nobody"),
            ("load.allow_load", "yes"),
            ("load.max_rate", "25"),
            ("load.allowed_users", "user-*"),
        ];
        // Only what is asked is answered.
        let skipped = ["ping.", "second.", "unregistered.", "authentication_service.", "notification."];
        let asked = |key: &str| {
            key == "authentication_service.kind"
                || key.ends_with("client_id") && !key.contains("system")
                || !skipped.iter().any(|skipped| key.contains(skipped))
        };
        let lines: Vec<String> = answers(&to).lines().map(str::to_owned).collect();
        let given = QUESTIONS.iter().zip(lines).filter(|(question, _)| asked(question.key));
        let input: String = given.map(|(_, answer)| format!("{answer}\n")).collect();
        let (draft, ended, said) = talk(ISSUER, &Given::default(), &input);
        ended.unwrap_or_else(|error| panic!("{error}\n{said}"));
        let target = draft.target().unwrap();
        assert_eq!((target.load.allow_load, target.load.max_rate), (true, Some(25.0)));
        assert_eq!(target.load.allowed_users, ["user-*"]);
        assert_eq!((target.conformance.users.len(), target.conformance.unknown_user()), (2, "nobody"));
        assert_eq!(target.authentication_service, AuthenticationService::None);
    }

    #[test]
    fn each_dialect_is_asked_for_what_it_needs() {
        let fill = |answers: &[(&'static str, &str)]| {
            let client = [("clients.poll.client_id", "p")];
            let mut draft = draft(LOCAL, &[Poll], &["client_secret_post"]);
            let given: Vec<_> = client.iter().chain(answers).copied().collect();
            answer_all(&mut draft, &Given::of(&given), None).map(|()| draft)
        };
        let dialect = "authentication_service.dialect";
        let keycloak = fill(&[(dialect, "keycloak")]).unwrap().target().unwrap();
        assert!(matches!(
            keycloak.authentication_service,
            AuthenticationService::Keycloak(service) if service.listen.port() == 4010
        ));
        let url = ("authentication_service.url", "env:APPROVAL_URL");
        let by_url =
            fill(&[(dialect, "approval_url"), url, ("authentication_service.method", "GET")]).unwrap();
        let AuthenticationService::ApprovalUrl(by_url) = by_url.target().unwrap().authentication_service
        else {
            panic!("another dialect");
        };
        assert_eq!((by_url.approve.as_str(), by_url.deny.as_str()), ("allow", "deny"));
        let missing = fill(&[(dialect, "approval_url")]).unwrap_err().to_string();
        assert!(missing.starts_with("missing: --approval-url URL"), "{missing}");
        let manual = fill(&[("authentication_service.kind", "manual")]).unwrap_err().to_string();
        assert!(
            manual.starts_with("missing: --system-client ID"),
            "a person is asked by the same service: {manual}"
        );
        let wrong = fill(&[(dialect, "keycloak"), ("authentication_service.system.client_id", "as")]);
        let wrong = wrong.unwrap_err().to_string();
        assert!(
            wrong.contains("--system-client: without meaning here; it counts only where the dialect is"),
            "{wrong}"
        );
    }

    #[test]
    fn an_answer_that_does_not_fit_is_asked_for_again_and_never_repeats_a_secret() {
        let (_, ended, said) = talk(LOCAL, &Given::default(), "poll\ns3cr3t\nenv:A\nclient_secret_bacis\n");
        assert!(
            matches!(ended, Err(Unanswered::Ended { at, .. }) if at.key == "clients.poll.authentication")
        );
        assert!(said.contains(">   value (not shown), expected env:NAME or file:PATH"), "{said}");
        assert!(said.contains("did you mean \"client_secret_basic\"\n> "), "{said}");
        assert!(!said.contains("s3cr3t"), "{said}");
    }

    #[test]
    fn nobody_is_asked_without_end() {
        let (_, ended, said) = talk(LOCAL, &Given::default(), &format!("poll\n{}", "no\n".repeat(9)));
        let message = ended.unwrap_err().to_string();
        assert!(message.starts_with("clients.poll.client_secret: 5 answers"), "{message}");
        assert!(message.ends_with("--poll-secret answers it, too"), "{message}");
        assert_eq!(said.matches("(not shown)").count(), TRIES_MAX);
        let long = format!("{}\n", "x".repeat(20_000));
        let message = talk(LOCAL, &Given::default(), &long).1.unwrap_err().to_string();
        assert!(message.contains("an answer of more than 16384 bytes"), "{message}");
    }

    #[test]
    fn the_end_of_the_input_names_what_is_missing() {
        let (_, ended, _) = talk(LOCAL, &Given::default(), "");
        let message = ended.unwrap_err().to_string();
        for part in [
            "clients.poll.client_id: the input ended here",
            "missing: --ping-client ID",
            "missing: --system-client ID",
        ] {
            assert!(message.contains(part), "{message}");
        }
        let (_, ended, _) = talk(LOCAL, &Given::from([("authentication_service.kind", "none")]), "poll\n");
        let message = ended.unwrap_err().to_string();
        assert!(message.ends_with("--no-questions takes the defaults of all that is left"), "{message}");
    }

    #[test]
    fn without_anybody_to_ask_flags_and_defaults_are_all_there_is() {
        let fill = |issuer: &str, given: &Given| {
            let mut draft = draft(issuer, &[Poll, Ping], &["private_key_jwt"]);
            answer_all(&mut draft, given, None).map(|()| draft)
        };
        let missing = |issuer: &str, given: &Given| fill(issuer, given).unwrap_err().to_string();
        let nothing = missing(LOCAL, &Given::default());
        assert!(
            nothing.contains("missing: --ping-client") && nothing.contains("missing: --system-client"),
            "{nothing}"
        );
        let poll = [("clients.poll.client_id", "p"), ("authentication_service.kind", "none")];
        let method = missing(LOCAL, &Given::from(poll));
        assert!(method.starts_with("missing: --poll-authentication METHOD"), "{method}");
        let wrong = Given::from([("subject", "stable"), ("clients.poll.client_secret", "s3cr3t")]);
        let wrong = missing(LOCAL, &wrong);
        assert_eq!(wrong.lines().count(), 2, "{wrong}");
        assert!(wrong.contains("--subject: value \"stable\"") && !wrong.contains("s3cr3t"), "{wrong}");
        let [id, kind] = poll;
        let method = ("clients.poll.authentication", "client_secret_post");
        let idle = missing(LOCAL, &Given::from([id, kind, method, ("load.max_rate", "5")]));
        assert_eq!(
            idle,
            "--max-rate: without meaning here; it counts only off loopback, where load.allow_load is yes"
        );
        let draft = fill(LOCAL, &Given::from([id, kind, method])).unwrap();
        assert_eq!(draft.target().unwrap().clients.poll.unwrap().client_id, "p");
    }

    #[test]
    fn a_flag_that_an_answer_makes_idle_costs_no_answers() {
        let given =
            Given::from([("clients.second.client_secret", "env:A"), ("authentication_service.kind", "none")]);
        let (draft, ended, said) = talk(LOCAL, &given, &format!("poll\n{}", "\n".repeat(40)));
        ended.unwrap();
        assert!(
            said.ends_with(
                "--second-secret: without meaning here; it counts only where there is a client second\n"
            ),
            "{said}"
        );
        assert!(draft.target().is_ok());
    }
}
