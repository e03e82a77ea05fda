//! What would be done, and what has to be configured at the service for that.

use serde::Serialize;

use super::job::JudgeJob;
use crate::cli::check_names::counted;
use crate::cli::columns::columns;

/// What a job would do.
#[derive(Debug, Serialize)]
pub struct JudgePlan {
    service: String,
    /// What to configure at the service.
    configure: Vec<[String; 2]>,
    user: String,
    /// Prompts that the checks may cause.
    prompts: usize,
    checks: Vec<PlannedCheck>,
    /// The load after the checks, as a profile.
    #[serde(skip_serializing_if = "Option::is_none")]
    load: Option<String>,
}

#[derive(Debug, Serialize)]
struct PlannedCheck {
    id: &'static str,
    section: &'static str,
    title: &'static str,
    level: &'static str,
    script: Vec<String>,
}

impl JudgePlan {
    /// Plans a job. Secrets are shown where they were made up.
    pub fn of(job: &JudgeJob, [password_given, secret_given]: [bool; 2]) -> Self {
        let base = job.public_url.clone().unwrap_or_else(|| format!("http://{}", job.listen));
        let shown = |secret: &str, given: bool| if given { "as given".to_owned() } else { secret.to_owned() };
        let rows = [
            ("Basic user name", job.credentials.username.clone()),
            ("Basic password", shown(job.credentials.password.expose(), password_given)),
            ("token endpoint", format!("{base}/default/system/oauth2/token")),
            ("client id", job.client_id.clone()),
            ("client secret", shown(job.client_secret.expose(), secret_given)),
            ("system API", format!("{base}/api/system/default")),
        ];
        let configure = match job.service {
            Some(_) => rows.map(|(name, value)| [name.to_owned(), value]).to_vec(),
            None => Vec::new(),
        };
        let checks = job.entries.iter().map(|(section, check)| PlannedCheck {
            id: check.id,
            section: section.name,
            title: check.title,
            level: check.level().name(),
            script: check.script.iter().map(ToString::to_string).collect(),
        });
        JudgePlan {
            service: job.target_name(),
            configure,
            user: job.user().to_owned(),
            prompts: job.prompts(),
            checks: checks.collect(),
            load: job.load.as_ref().map(|(_, text)| text.clone()),
        }
    }

    /// The plan for people.
    pub fn text(&self) -> String {
        let mut text = format!("judgement of {}; nothing was sent\n", self.service);
        if !self.configure.is_empty() {
            text.push_str(&format!("\nTo configure at the service:\n{}", columns("  ", &self.configure)));
        }
        let mut section = "";
        for check in &self.checks {
            if check.section != section {
                section = check.section;
                text.push_str(&format!("\n{section}\n"));
            }
            text.push_str(&format!("  {}  {}\n    {}\n", check.id, check.level, check.title));
            for (number, step) in check.script.iter().enumerate() {
                text.push_str(&format!("    {:>3}  {step}\n", number + 1));
            }
        }
        text.push_str(&format!(
            "\n{}, one after the other; {} may be asked up to {} times\n",
            counted(self.checks.len()),
            self.user,
            self.prompts
        ));
        if let Some(load) = &self.load {
            text.push_str(&format!("\nThen load, as a profile:\n{load}"));
        }
        text
    }
}
