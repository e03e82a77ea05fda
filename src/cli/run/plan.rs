//! What a run will demand, before anything starts.

use std::time::Duration;

use mock_auth_service::duration;
use serde::Serialize;

use crate::analysis::{
    Assumed, CORES_USED, EXCHANGE_US, LoadPlan, PENDING_FLOW_BYTES, RSA_SIGNATURE_US, unit,
};
use crate::cli::columns::columns;
use crate::cli::descriptors::{self, Beside};
use crate::cli::ports;
use crate::profile::Profile;

/// The machine that the generator would run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Machine {
    /// Cores that this process may use.
    pub cores: usize,
    /// File descriptors that it may open.
    pub descriptors: u64,
    /// Local ports for connections from one of its addresses to one server; `None` where the system does not tell.
    pub ports: Option<u64>,
}

impl Machine {
    /// This one.
    pub fn here() -> Self {
        Machine {
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            descriptors: descriptors::limit(),
            ports: ports::available(),
        }
    }
}

/// What a run will demand.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunPlan {
    profile: String,
    target: String,
    /// Rates, memory and flows.
    #[serde(flatten)]
    pub load: LoadPlan,
    /// The `interval` that was taken for granted, in seconds.
    interval_s: f64,
    /// Connections to the target at most.
    connections: u64,
    /// File descriptors needed at most.
    pub descriptors: u64,
    /// Local ports needed at most, of each address that connections come from.
    pub ports: u64,
    /// The machine that the next figure is for.
    pub machine: Machine,
    /// Generator machines like it; `None` where the server's speed decides.
    machines: Option<u64>,
}

impl RunPlan {
    /// Plans the run of a profile. `target` is what is tested, in words.
    pub fn of(profile: &Profile, target: &str, assumed: &Assumed, beside: Beside, machine: Machine) -> Self {
        let load = LoadPlan::of(profile, assumed);
        RunPlan {
            profile: profile.name.clone(),
            target: target.to_owned(),
            interval_s: assumed.interval.as_secs_f64(),
            connections: u64::from(profile.engine.max_connections).min(load.in_flight_max),
            descriptors: descriptors::needed(&profile.engine, &profile.workload, beside),
            ports: ports::needed(&profile.engine, &profile.workload),
            machine,
            machines: load.machines(machine.cores),
            load,
        }
    }

    /// The plan for people.
    pub fn text(&self) -> String {
        format!(
            "{} against {}; nothing was sent\n\n{}\n{}{}",
            self.profile,
            self.target,
            self.stages(),
            columns("  ", &self.facts()),
            self.warnings()
        )
    }

    fn stages(&self) -> String {
        let unit = if self.load.arrivals.is_some() { "flows/s" } else { "flows at once" };
        let mut rows = vec![["stage", "length", unit, "arrivals", "in flight"].map(str::to_owned)];
        rows.extend(self.load.stages.iter().map(|stage| {
            let load = if stage.from == stage.to {
                figure(stage.from)
            } else {
                format!("{} to {}", figure(stage.from), figure(stage.to))
            };
            let arrivals = stage.arrivals.map_or_else(|| "-".to_owned(), |arrivals| arrivals.to_string());
            [stage.name.clone(), seconds(stage.length_s), load, arrivals, stage.in_flight.to_string()]
        }));
        columns("  ", &rows)
    }

    fn facts(&self) -> Vec<[String; 2]> {
        let load = &self.load;
        let mut facts = vec![
            (
                "arrivals",
                load.arrivals
                    .map_or_else(|| "as fast as flows end".to_owned(), |arrivals| arrivals.to_string()),
            ),
            (
                "flow",
                format!(
                    "{:.1} s and {:.1} token requests in the mean, if the server answers at once and asks for an interval of {} s",
                    load.flow_s, load.polls_per_flow, self.interval_s
                ),
            ),
            (
                "in flight",
                format!(
                    "up to {} by Little's law (rate x length); at most {}",
                    load.in_flight, load.in_flight_max
                ),
            ),
        ];
        facts.extend(self.rates());
        facts.extend([
            ("connections", format!("up to {} to the server, kept open", self.connections)),
            (
                "descriptors",
                format!("up to {}; this process may open {}", self.descriptors, self.machine.descriptors),
            ),
            (
                "memory",
                format!(
                    "{} MiB at {PENDING_FLOW_BYTES} bytes a flow in flight",
                    load.memory_bytes / (1024 * 1024)
                ),
            ),
            (
                "length",
                format!(
                    "{}, then up to {} for the flows under way",
                    seconds(load.length_s),
                    seconds(load.drain_s)
                ),
            ),
        ]);
        facts.into_iter().map(|(name, value)| [name.to_owned(), value]).collect()
    }

    fn rates(&self) -> Vec<(&'static str, String)> {
        let (Some(peak), Some(cores)) = (self.load.peak, self.load.cores) else {
            return vec![("requests", "as fast as the server answers".to_owned())];
        };
        let mut rates = vec![(
            "requests",
            format!(
                "up to {}/s authentication requests and {}/s token requests",
                figure(peak.authentication_requests),
                figure(peak.polls)
            ),
        )];
        if peak.pings > 0.0 {
            rates.push(("pings", format!("up to {}/s pings and pushes", figure(peak.pings))));
        }
        if peak.rsa_signatures > 0.0 {
            let shown = figure(peak.rsa_signatures);
            rates.push((
                "signatures",
                format!("up to {shown}/s by RSA, {:.1} ms each", RSA_SIGNATURE_US / 1e3),
            ));
        }
        let machines = self.machines.unwrap_or(1);
        rates.push((
            "generators",
            format!(
                "{machines} with {} cores like this one: {cores:.2} cores at {EXCHANGE_US} \u{b5}s an exchange, {} of each used",
                self.machine.cores,
                unit::percent(CORES_USED)
            ),
        ));
        rates
    }

    fn warnings(&self) -> String {
        let mut warnings = String::new();
        if self.load.in_flight > self.load.in_flight_max {
            warnings.push_str(
                "\nMore flows would be under way than max_in_flight allows: the rest would be dropped.\n",
            );
        }
        if self.descriptors > self.machine.descriptors {
            warnings.push_str(&format!(
                "\nMore file descriptors are needed than this process may open: raise the limit with `ulimit -n {}`.\n",
                self.descriptors
            ));
        }
        if let Some(available) = self.machine.ports.filter(|available| self.ports > *available) {
            warnings.push_str(&format!(
                "\nMore local ports are needed ({}) than this machine gives ({available}): lower engine.max_connections, raise \
                 engine.connection_max_age, or name several addresses in engine.source_addresses.\n",
                self.ports
            ));
        }
        if self.machines.is_some_and(|machines| machines > 1) {
            warnings.push_str(
                "\nThis is more than one machine can send: lower the rates, or run a part on each.\n",
            );
        }
        warnings
    }
}

/// A figure with at most one digit after the point.
fn figure(figure: f64) -> String {
    let rounded = (figure * 10.0).round() / 10.0;
    if rounded == 0.0 && figure > 0.0 { format!("{figure:.3}") } else { format!("{rounded}") }
}

fn seconds(seconds: f64) -> String {
    duration::format(Duration::from_secs_f64(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Machine = Machine { cores: 2, descriptors: 524_288, ports: Some(28_232) };

    fn plan_for(text: &str, assumed: &Assumed) -> RunPlan {
        let profile = Profile::parse("t", "t.toml", text).unwrap_or_else(|problems| panic!("{problems}"));
        RunPlan::of(&profile, "the embedded OP", assumed, Beside::EmbeddedOp, HERE)
    }

    fn plan(text: &str) -> RunPlan {
        plan_for(text, &Assumed::default())
    }

    const STAGES: &str = "[[workload.stages]]\nname = \"up\"\nduration = \"10s\"\nfrom = 0\nto = 20\n\
                          [[workload.stages]]\nname = \"hold\"\nduration = \"30s\"\nrate = 20\n";

    #[test]
    fn the_text_says_it_all() {
        let rsa = Assumed { rsa_of_authentication: 1.0, rsa_of_poll: 1.0, ..Assumed::default() };
        let text =
            plan_for(&format!("mix = {{ poll = 1, ping = 1 }}\nusers.count = 7\n{STAGES}"), &rsa).text();
        assert_eq!(
            text,
            "t against the embedded OP; nothing was sent

  stage  length  flows/s  arrivals  in flight
  up     10s     0 to 20  100       38
  hold   30s     20       600       51

  arrivals     700
  flow         2.5 s and 1.0 token requests in the mean, if the server answers at once and asks for an interval of 5 s
  in flight    up to 51 by Little's law (rate x length); at most 10000
  requests     up to 20/s authentication requests and 20/s token requests
  pings        up to 10/s pings and pushes
  signatures   up to 40/s by RSA, 0.8 ms each
  generators   1 with 2 cores like this one: 0.04 cores at 55.5 \u{b5}s an exchange, 70.0 % of each used
  connections  up to 512 to the server, kept open
  descriptors  up to 1248; this process may open 524288
  memory       47 MiB at 1903 bytes a flow in flight
  length       40s, then up to 30s for the flows under way
"
        );
    }

    #[test]
    fn what_does_not_fit_is_said() {
        let few = plan(&format!("workload.max_in_flight = 50\n{STAGES}")).text();
        assert!(few.contains("up to 101 by Little's law (rate x length); at most 50"), "{few}");
        assert!(few.contains("More flows would be under way than max_in_flight allows"), "{few}");
        assert!(!plan(STAGES).text().contains("dropped"));
        let many = "engine.max_connections = 65_536\nengine.flows_per_relying_party = 1_000_000\n\
                    workload.max_in_flight = 2_000_000\ndecisions.delay.constant = \"1m\"\n\
                    [[workload.stages]]\nduration = \"5m\"\nrate = 20_000\n";
        let profile = Profile::parse("t", "t.toml", many).unwrap();
        let narrow = Machine { descriptors: 1_024, ..HERE };
        let text = RunPlan::of(&profile, "it", &Assumed::default(), Beside::Instruments, narrow).text();
        for expected in [
            "raise the limit with `ulimit -n",
            "More local ports are needed (65536) than this machine gives (28232)",
            "more than one machine can send",
        ] {
            assert!(text.contains(expected), "{expected}\n{text}");
        }
    }

    #[test]
    fn a_closed_model_has_no_arrivals() {
        let plan = plan(
            "workload.model = \"closed\"\nworkload.think_time = \"5050ms\"\n\
             [[workload.stages]]\nname = \"s\"\nduration = \"10s\"\nflows = 10\n",
        );
        assert_eq!((plan.load.arrivals, plan.load.in_flight), (None, 5));
        assert!(plan.text().contains("as fast as flows end"));
    }

    #[test]
    fn the_document_has_one_level() {
        let plan = serde_json::to_value(plan(STAGES)).unwrap();
        assert_eq!(
            (&plan["arrivals"], &plan["in_flight"], &plan["machines"]),
            (&700.into(), &101.into(), &1.into())
        );
        assert!(plan["peak"]["polls"].is_number() && plan["stages"][1]["in_flight"] == 101, "{plan}");
    }
}
