//! How a run can be watched while it goes on.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use super::progress;
use super::view::View;
use crate::cli::failure::Failure;
use crate::cli::output::Output;
use crate::load::Measurement;
use crate::metrics::{Bound, MetricsServer, Shown};
use tokio::task::JoinHandle;

/// What shows a run to somebody.
#[derive(Debug, Default)]
pub struct Watching {
    /// Where words go.
    pub output: Output,
    /// Whether there is to be a live view.
    pub tui: bool,
    /// Where metrics are going to be served, if they are.
    pub metrics: Option<Bound>,
    /// What is run.
    pub shown: Shown,
}

impl From<Output> for Watching {
    fn from(output: Output) -> Self {
        Watching { output, ..Watching::default() }
    }
}

/// What shows a run, at work.
pub struct Watched {
    // Dropped first: what follows is said on the terminal as it was.
    view: Option<View>,
    progress: Option<JoinHandle<()>>,
    // Served until this is dropped.
    _metrics: Option<MetricsServer>,
}

impl Watching {
    /// Begins to show a run.
    pub fn begin(self, measurement: &Arc<Measurement>) -> Result<Watched, Failure> {
        let Watching { output, tui, metrics, shown } = self;
        let served = metrics.map(|bound| bound.serve(measurement.progress(), shown.clone())).transpose();
        let served = served.map_err(Failure::internal)?;
        let view = if tui {
            let opened = View::open(measurement.progress(), shown);
            opened
                .map_err(|error| output.note(&format!("no live view, plain progress instead: {error}")))
                .ok()
        } else {
            None
        };
        let plainly = || tokio::spawn(progress::show(measurement.progress(), output));
        let progress = view.is_none().then(plainly);
        Ok(Watched { view, progress, _metrics: served })
    }
}

impl Watched {
    /// The run is over.
    pub async fn end(self) {
        drop(self.view);
        if let Some(progress) = self.progress {
            progress.abort();
            // Its display is cleared when the task has ended, however it did.
            let _ = progress.await;
        }
    }
}

/// An address, or a port of the loopback interface.
pub fn metrics_address(text: &str) -> Result<SocketAddr, String> {
    let port = text.parse().map(|port: u16| SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    port.or_else(|_| text.parse()).map_err(|_| {
        "expected a port of the loopback interface such as 9464, or an address with a port such as 127.0.0.1:9464"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_one_of_the_loopback_interface() {
        for (text, expected) in [
            ("9464", Some("127.0.0.1:9464")),
            ("0", Some("127.0.0.1:0")),
            ("0.0.0.0:9464", Some("0.0.0.0:9464")),
            ("[::1]:9464", Some("[::1]:9464")),
            ("70000", None),
            ("localhost:9464", None),
            ("", None),
        ] {
            assert_eq!(
                metrics_address(text).ok().map(|address| address.to_string()).as_deref(),
                expected,
                "{text}"
            );
        }
    }
}
