use std::collections::BTreeMap;

use clap::{Arg, ArgMatches, Command};

use super::questions::QUESTIONS;

/// Answers that were given as flags, by the keys of the target file.
#[derive(Debug, Clone, Default)]
pub struct Given(BTreeMap<&'static str, String>);

impl Given {
    /// The answer to a key.
    pub fn answer(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }
}

#[cfg(test)]
impl Given {
    pub fn of(answers: &[(&'static str, &str)]) -> Self {
        Given(answers.iter().map(|(key, answer)| (*key, (*answer).to_owned())).collect())
    }
}

#[cfg(test)]
impl<const N: usize> From<[(&'static str, &str); N]> for Given {
    fn from(answers: [(&'static str, &str); N]) -> Self {
        Given::of(&answers)
    }
}

impl clap::Args for Given {
    /// A flag for each question, which explains itself as the question does.
    fn augment_args(command: Command) -> Command {
        QUESTIONS.iter().fold(command, |command, question| {
            let flag = Arg::new(question.flag)
                .long(question.flag)
                .value_name(question.value)
                .help(question.why.trim_end_matches('.'))
                .help_heading(question.topic);
            command.arg(flag)
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl clap::FromArgMatches for Given {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let given = QUESTIONS.iter().filter_map(|question| {
            let answer = matches.get_one::<String>(question.flag)?;
            Some((question.key, answer.clone()))
        });
        Ok(Given(given.collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
