use super::engine::{Engine, RequestTable, Row};
use futures_util::FutureExt;
use goose::GooseAttack;
use goose::GooseError;
use goose::client::GooseClientBuilder;
use goose::config::GooseConfiguration;
use goose::goose::{GooseUser, Scenario, Transaction, TransactionFunction};
use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;

/// Panics of one engine after which it is given up; each loses the flows that the engine carried.
const PANICS_MAX: u32 = 3;

/// Why a load run could not be made.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// Goose refused its configuration, or failed.
    #[error("the load engine failed: {0}")]
    Goose(#[from] Box<GooseError>),
    /// The operating system gave no thread.
    #[error("no thread for the {name}: {source}; raise the limit of processes (ulimit -u)")]
    Thread {
        /// What it was for.
        name: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// A thread of the engine panicked.
    #[error("the {0} panicked; this is a defect of ciba-bench")]
    Panicked(&'static str),
}

impl RequestTable for GooseUser {
    async fn record(&mut self, row: Row) {
        // Goose keeps its own books; what it cannot take is not lost for ours.
        let _ = self
            .record_custom_request_duration("POST", row.name, row.took, row.success, row.status, None)
            .await;
    }
}

/// Engines wait here for their Goose user.
type Waiting = Arc<Vec<Mutex<Option<Engine>>>>;

/// Runs one engine per Goose user until all are done. `ready` gets a permit for each engine that has started.
///
/// One iteration of one transaction is the whole life of a user: what ends a run is the engines' own stop, which Goose
/// could not tell them inside a transaction.
pub(super) async fn attack(
    issuer: &str,
    engines: Vec<Engine>,
    ready: Arc<Semaphore>,
    report: Option<&Path>,
) -> Result<(), LoadError> {
    let users = engines.len();
    let waiting: Waiting = Arc::new(engines.into_iter().map(|engine| Mutex::new(Some(engine))).collect());
    let work: TransactionFunction = Arc::new(move |user: &mut GooseUser| {
        let (waiting, ready) = (waiting.clone(), ready.clone());
        Box::pin(async move {
            let engine = waiting
                .get(user.weighted_users_index)
                .and_then(|slot| slot.lock().unwrap_or_else(PoisonError::into_inner).take());
            ready.add_permits(1);
            if let Some(engine) = engine {
                work(engine, user).await;
            }
            Ok(())
        })
    });
    let scenario =
        Scenario::new("ciba").register_transaction(Transaction::new(work).set_name("relying party"));
    let attack = GooseAttack::initialize_with_config(configuration(issuer, users, report))
        .map_err(Box::new)?
        .set_client_builder_without_cookies(GooseClientBuilder::new().without_cookies())
        .map_err(Box::new)?
        .register_scenario(scenario);
    attack.execute().await.map_err(Box::new)?;
    Ok(())
}

async fn work(mut engine: Engine, user: &mut GooseUser) {
    let mut alarm = engine.alarm();
    for _ in 0..PANICS_MAX {
        match AssertUnwindSafe(engine.run(user, &mut alarm)).catch_unwind().await {
            Ok(()) => return,
            Err(_) => engine.lose_all(),
        }
    }
    engine.give_up();
}

fn configuration(issuer: &str, users: usize, report: Option<&Path>) -> GooseConfiguration {
    let mut configuration = GooseConfiguration::default();
    configuration.host = Some(issuer.to_owned());
    configuration.users = Some(users);
    // Users that wait for arrivals cost nothing: no ramp.
    configuration.increase_rate = Some("1000".to_owned());
    configuration.iterations = Some(1);
    configuration.no_telnet = true;
    configuration.quiet = 2;
    configuration.no_print_metrics = true;
    configuration.no_error_summary = true;
    configuration.report_file = report.map(|path| path.display().to_string()).into_iter().collect();
    configuration
}
