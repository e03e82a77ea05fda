//! What a run will demand, before anything starts.

use std::time::Duration;

use mock_auth_service::{Decision, Planned, duration};
use serde::Serialize;

use crate::ciba::{DeliveryMode, FirstPoll};
use crate::cli::columns::columns;
use crate::cli::descriptors::{self, Beside};
use crate::decision_channel::Marker;
use crate::profile::{Profile, Stage, Workload};

/// The polling interval where a server names none (CIBA Core 1.0, 7.3), which is also the embedded OP's.
const INTERVAL: Duration = Duration::from_secs(5);
/// Life of a request, where the profile asks for none: the embedded OP's.
const LIFE: Duration = Duration::from_secs(120);
/// Flows whose length is worked out for the mean.
const FLOWS_SAMPLED: u64 = 2_000;

/// What a run will demand.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunPlan {
    profile: String,
    target: String,
    stages: Vec<PlannedStage>,
    /// Starts that the profile asks for; `None` where the server's speed decides.
    arrivals: Option<u64>,
    /// Mean length of a flow against a server that answers at once, in seconds.
    flow_s: f64,
    /// Flows under way at the peak by Little's law: rate times length.
    in_flight: u64,
    /// Most that the profile allows; what is due beyond is dropped.
    in_flight_max: u64,
    /// File descriptors needed at most.
    pub descriptors: u64,
    /// Length of all stages, in seconds.
    length_s: f64,
    /// Longest time for the flows that are still under way then, in seconds.
    drain_s: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct PlannedStage {
    name: String,
    length_s: f64,
    from: f64,
    to: f64,
    arrivals: Option<u64>,
    in_flight: u64,
}

impl RunPlan {
    /// Plans the run of a profile. `target` is what is tested, in words.
    pub fn of(profile: &Profile, target: &str, beside: Beside) -> Self {
        let flow_s = mean_flow_s(profile);
        let stages: Vec<_> = profile
            .workload
            .stages()
            .iter()
            .map(|stage| plan_stage(stage, &profile.workload, flow_s))
            .collect();
        RunPlan {
            profile: profile.name.clone(),
            target: target.to_owned(),
            arrivals: profile.workload.arrivals().map(whole),
            flow_s,
            in_flight: stages.iter().map(|stage| stage.in_flight).max().unwrap_or(0),
            in_flight_max: profile.workload.peak_in_flight(),
            stages,
            descriptors: descriptors::needed(&profile.engine, &profile.workload, beside),
            length_s: profile.workload.length().as_secs_f64(),
            drain_s: profile.drain.as_secs_f64(),
        }
    }

    /// The plan for people.
    pub fn text(&self) -> String {
        let open = self.arrivals.is_some();
        let unit = if open { "flows/s" } else { "flows at once" };
        let mut rows = vec![["stage", "length", unit, "arrivals", "in flight"].map(str::to_owned)];
        rows.extend(self.stages.iter().map(|stage| {
            let load = if stage.from == stage.to {
                format!("{}", stage.from)
            } else {
                format!("{} to {}", stage.from, stage.to)
            };
            let arrivals = stage.arrivals.map_or_else(|| "-".to_owned(), |arrivals| arrivals.to_string());
            [stage.name.clone(), seconds(stage.length_s), load, arrivals, stage.in_flight.to_string()]
        }));
        let arrivals =
            self.arrivals.map_or_else(|| "as fast as flows end".to_owned(), |arrivals| arrivals.to_string());
        let facts = [
            ["arrivals", &arrivals],
            [
                "flow",
                &format!(
                    "{:.1} s in the mean, if the server answers at once and asks for an interval of 5 s",
                    self.flow_s
                ),
            ],
            [
                "in flight",
                &format!(
                    "up to {} by Little's law (rate x length); at most {}",
                    self.in_flight, self.in_flight_max
                ),
            ],
            ["descriptors", &format!("up to {}", self.descriptors)],
            [
                "length",
                &format!(
                    "{}, then up to {} for the flows under way",
                    seconds(self.length_s),
                    seconds(self.drain_s)
                ),
            ],
        ]
        .map(|[name, value]| [name.to_owned(), value.to_owned()]);
        let drops = if self.in_flight > self.in_flight_max {
            "\nMore flows would be under way than max_in_flight allows: the rest would be dropped.\n"
        } else {
            ""
        };
        format!(
            "{} against {}; nothing was sent\n\n{}\n{}{drops}",
            self.profile,
            self.target,
            columns("  ", &rows),
            columns("  ", &facts)
        )
    }
}

fn plan_stage(stage: &Stage, workload: &Workload, flow_s: f64) -> PlannedStage {
    let peak = stage.from.max(stage.to);
    let length_s = stage.duration.as_secs_f64();
    let (arrivals, in_flight) = match workload {
        Workload::Open { .. } => (Some(whole(length_s * f64::midpoint(stage.from, stage.to))), peak * flow_s),
        Workload::Closed { think_time, .. } => {
            let cycle = flow_s + think_time.as_secs_f64();
            (None, if cycle > 0.0 { peak * flow_s / cycle } else { peak })
        }
    };
    PlannedStage {
        name: stage.name.clone(),
        length_s,
        from: stage.from,
        to: stage.to,
        arrivals,
        in_flight: whole(in_flight.ceil()),
    }
}

/// Mean over the decisions that the plan really draws, so that shares, delays and modes count as they will.
fn mean_flow_s(profile: &Profile) -> f64 {
    let total: Duration = (0..FLOWS_SAMPLED).map(|flow| flow_length(profile, flow)).sum();
    total.as_secs_f64() / FLOWS_SAMPLED as f64
}

fn flow_length(profile: &Profile, flow: u64) -> Duration {
    let user = profile.users.of_flow(flow);
    if profile.decisions.is_unknown(&user) {
        return Duration::ZERO;
    }
    let life = profile.flow.requested_expiry.map_or(LIFE, Duration::from_secs);
    let key = Marker::new(profile.seed).of(flow);
    let Planned { decision, delay, .. } = profile.decisions.decide(&key, &user);
    let decided = match decision {
        Decision::Approve | Decision::Deny => delay.min(life),
        Decision::Ignore => life,
    };
    match profile.mix.mode_of(flow) {
        DeliveryMode::Ping | DeliveryMode::Push => decided,
        DeliveryMode::Poll => first_poll_after(decided, profile),
    }
}

/// A poll flow learns of its decision at its next poll.
fn first_poll_after(decided: Duration, profile: &Profile) -> Duration {
    let step = INTERVAL + profile.flow.poll_guard;
    let polls = (decided.as_secs_f64() / step.as_secs_f64()).ceil();
    let least = match profile.flow.first_poll {
        FirstPoll::AfterInterval => 1.0,
        FirstPoll::AtOnce => 0.0,
    };
    step.mul_f64(polls.max(least))
}

fn whole(figure: f64) -> u64 {
    // The cast saturates; figures here are neither negative nor huge.
    figure.round() as u64
}

fn seconds(seconds: f64) -> String {
    duration::format(Duration::from_secs_f64(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(text: &str) -> RunPlan {
        let profile = Profile::parse("t", "t.toml", text).unwrap_or_else(|problems| panic!("{problems}"));
        RunPlan::of(&profile, "the embedded OP", Beside::EmbeddedOp)
    }

    const STAGES: &str = "[[workload.stages]]\nname = \"up\"\nduration = \"10s\"\nfrom = 0\nto = 20\n\
                          [[workload.stages]]\nname = \"hold\"\nduration = \"30s\"\nrate = 20\n";

    #[test]
    fn arrivals_and_flows_in_flight() {
        // Poll flows are over at their first poll, 5.05 s after the acknowledgement.
        let plan = plan(STAGES);
        assert_eq!(plan.arrivals, Some(100 + 600));
        assert_eq!(
            plan.stages.iter().map(|stage| stage.arrivals).collect::<Vec<_>>(),
            [Some(100), Some(600)]
        );
        assert!((plan.flow_s - 5.05).abs() < 1e-6, "{}", plan.flow_s);
        assert_eq!(plan.in_flight, 101);
        assert_eq!((plan.length_s, plan.drain_s), (40.0, 30.0));
    }

    #[test]
    fn flow_length_follows_mode_and_decision() {
        let table = [
            ("mix = { ping = 1 }\ndecisions.delay.constant = \"2s\"", 2.0),
            ("mix = { poll = 1 }\ndecisions.delay.constant = \"6s\"", 10.1),
            ("flow.first_poll = \"at_once\"", 0.0),
            ("mix = { ping = 1 }\ndecisions.shares.ignore = 1.0\nflow.requested_expiry = \"30s\"", 30.0),
            ("decisions.unknown_users = 1.0", 0.0),
        ];
        for (text, expected) in table {
            let plan = plan(&format!("{text}\n{STAGES}"));
            assert!((plan.flow_s - expected).abs() < 1e-6, "{text}: {}", plan.flow_s);
        }
    }

    #[test]
    fn the_text_says_it_all_and_warns_of_drops() {
        let few = plan(&format!("workload.max_in_flight = 50\n{STAGES}")).text();
        for expected in [
            "t against the embedded OP; nothing was sent",
            "stage  length  flows/s  arrivals  in flight",
            "up     10s     0 to 20  100       101",
            "arrivals     700",
            "up to 101 by Little's law (rate x length); at most 50",
            "More flows would be under way than max_in_flight allows",
        ] {
            assert!(few.contains(expected), "{expected}\n{few}");
        }
        assert!(!plan(STAGES).text().contains("dropped"));
    }

    #[test]
    fn a_closed_model_has_no_arrivals() {
        let plan = plan(
            "workload.model = \"closed\"\nworkload.think_time = \"5050ms\"\n\
             [[workload.stages]]\nname = \"s\"\nduration = \"10s\"\nflows = 10\n",
        );
        assert_eq!((plan.arrivals, plan.in_flight), (None, 5));
        assert!(plan.text().contains("as fast as flows end"));
    }
}
