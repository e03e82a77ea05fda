use super::{Ceiling, Fit, Part};
use crate::analysis::{
    CORES_USED, Costs, LoadPlan, MEMORY_SHARE_MAX, START_LAG_LATE_US, START_LAG_MAX_US, unit,
};
use crate::doctor::finding::Look;

/// Bytes of a MiB.
const MIB: u64 = 1024 * 1024;

/// What a load needs of a machine.
#[derive(Debug, Clone, Copy)]
pub struct Demand<'p> {
    /// Rates, memory and flows at the peak.
    pub plan: &'p LoadPlan,
    /// File descriptors at most.
    pub descriptors: u64,
    /// Local ports at most, of each address that connections come from.
    pub ports: u64,
}

/// Whether a load fits a machine, part by part.
pub fn fits(demand: &Demand<'_>, ceiling: &Ceiling) -> Vec<Fit> {
    vec![
        Fit::of(Part::Processor, processor(demand.plan, ceiling)),
        Fit::of(Part::Signatures, signatures(demand.plan, ceiling)),
        Fit::of(Part::Timers, timers(ceiling.wakes_late_p99_us)),
        Fit::of(Part::Memory, memory(demand.plan.memory_bytes, ceiling.memory_mib)),
        Fit::of(Part::Descriptors, descriptors(demand.descriptors, ceiling.descriptors)),
        Fit::of(Part::Ports, ports(demand.ports, ceiling.ports)),
    ]
}

fn processor(plan: &LoadPlan, ceiling: &Ceiling) -> Look {
    let one = format!(
        "one core carries {} exchanges/s ({:.1} µs each)",
        unit::count(ceiling.exchanges_per_s() as u64),
        ceiling.exchange_us
    );
    let Some(peak) = plan.peak else {
        return Look::not_examined(format!("the server's speed decides how much is sent; {one}"));
    };
    let rsa_signature_us =
        ceiling.rsa.as_ref().map_or(Costs::default().rsa_signature_us, |rsa| rsa.signature_us);
    let costs = Costs { exchange_us: ceiling.exchange_us, rsa_signature_us, ..Costs::default() };
    let (needed, cores) = (peak.cores(&costs), ceiling.cores as f64);
    let seen = format!("needs {needed:.2} of {} cores: {one}", ceiling.cores);
    let machines = (needed / (cores * CORES_USED)).ceil() as u64;
    if needed <= cores * CORES_USED {
        Look::sound(seen)
    } else if needed <= cores {
        Look::doubtful(
            format!("{seen}, and above {} of them figures have a caveat", unit::percent(CORES_USED)),
            "profile: lower the rates; machine: more cores",
        )
    } else {
        Look::failed(
            seen,
            format!(
                "profile: lower the rates, or run a part of them on each of {machines} machines like this one"
            ),
        )
    }
}

fn signatures(plan: &LoadPlan, ceiling: &Ceiling) -> Look {
    let Some(rsa) = &ceiling.rsa else { return Look::not_examined("no client signs by RSA") };
    let each = ceiling.cores as f64 * CORES_USED * 1e6 / rsa.signature_us;
    let can = format!(
        "{} of this machine's cores sign {}/s by {} ({:.2} ms each)",
        unit::percent(CORES_USED),
        unit::count(each as u64),
        rsa.algorithm,
        rsa.signature_us / 1e3
    );
    let Some(peak) = plan.peak else {
        return Look::not_examined(format!("the server's speed decides how much is signed; {can}"));
    };
    let seen = format!("needs {}/s: {can}", unit::count(peak.rsa_signatures.ceil() as u64));
    if peak.rsa_signatures <= each {
        Look::sound(seen)
    } else {
        Look::failed(
            seen,
            "profile: lower the rates, for signing ahead saves no processor time; target file: an EC key for the client \
             (ES256 costs a thirtieth), where the server takes one",
        )
    }
}

fn timers(late_p99_us: u64) -> Look {
    let seen = format!(
        "a thread that sleeps until a given time wakes {} late (p99)",
        unit::time_us(late_p99_us as f64)
    );
    let remedy = "machine: end other programs, or take a machine that is not shared";
    if late_p99_us <= START_LAG_LATE_US {
        Look::sound(seen)
    } else if late_p99_us <= START_LAG_MAX_US {
        Look::doubtful(format!("{seen}, and so would flows begin"), remedy)
    } else {
        Look::failed(format!("{seen}: no run would be valid"), remedy)
    }
}

fn memory(needed: u64, there_mib: u64) -> Look {
    if there_mib == 0 {
        return Look::not_examined("the system does not tell how much memory there is");
    }
    let needed_mib = needed.div_ceil(MIB);
    let seen = format!("needs {} MiB of {} MiB", unit::count(needed_mib), unit::count(there_mib));
    if needed_mib as f64 <= there_mib as f64 * MEMORY_SHARE_MAX {
        Look::sound(seen)
    } else {
        let most = unit::percent(MEMORY_SHARE_MAX);
        Look::failed(
            format!("{seen}, and a run that takes more than {most} is invalid"),
            "profile: lower workload.max_in_flight or the rates, or run a part on each of several machines",
        )
    }
}

fn descriptors(needed: u64, there: u64) -> Look {
    counted(
        needed,
        there,
        format!(
            "machine: raise the hard limit, `ulimit -Hn {needed}`; profile: lower engine.max_connections or the rates"
        ),
    )
}

fn ports(needed: u64, there: Option<u64>) -> Look {
    let Some(there) = there else { return Look::not_examined("the system does not tell how many there are") };
    counted(
        needed,
        there,
        "profile: lower engine.max_connections, raise engine.connection_max_age, or name several addresses in \
         engine.source_addresses; machine: widen net.ipv4.ip_local_port_range",
    )
}

/// Whether there are as many as the profile needs, and else what helps.
fn counted(needed: u64, there: u64, remedy: impl Into<String>) -> Look {
    let seen = format!("needs up to {} of {}", unit::count(needed), unit::count(there));
    if needed <= there { Look::sound(seen) } else { Look::failed(seen, remedy) }
}

#[cfg(test)]
mod tests {
    use super::super::Signer;
    use super::*;
    use crate::analysis::Assumed;
    use crate::doctor::State;
    use crate::profile::Profile;

    fn plan(text: &str, rsa_of_poll: f64) -> LoadPlan {
        let profile = Profile::parse("t", "t.toml", text).unwrap_or_else(|problems| panic!("{problems}"));
        LoadPlan::of(&profile, &Assumed { rsa_of_poll, ..Assumed::default() })
    }

    /// Two cores of 10,000 exchanges and 1,250 signatures a second each.
    fn machine() -> Ceiling {
        Ceiling {
            cores: 2,
            exchange_us: 100.0,
            rsa: Some(Signer { algorithm: "PS256".to_owned(), signature_us: 800.0 }),
            wakes_late_p99_us: 80,
            memory_mib: 1_000,
            descriptors: 2_000,
            ports: Some(28_232),
        }
    }

    /// Polls of 600/s and requests of 100/s: 0.07 cores, and 0.48 more where each poll is signed.
    const STEADY: &str =
        "decisions.delay.constant = \"30s\"\n[[workload.stages]]\nduration = \"600s\"\nrate = 100\n";

    fn states(plan: &LoadPlan, needed: (u64, u64), ceiling: &Ceiling) -> Vec<State> {
        let demand = Demand { plan, descriptors: needed.0, ports: needed.1 };
        fits(&demand, ceiling).into_iter().map(|fit| fit.state).collect()
    }

    #[test]
    fn what_fits_is_sound_and_what_does_not_fails_in_its_own_part() {
        use State::{Doubtful, Failed, NotExamined, Sound};
        let steady = plan(STEADY, 1.0);
        let well = vec![Sound; 6];
        let but = |part: usize, state: State| {
            let mut states = well.clone();
            states[part] = state;
            states
        };
        let of = |change: &dyn Fn(&mut Ceiling)| {
            let mut ceiling = machine();
            change(&mut ceiling);
            states(&steady, (500, 500), &ceiling)
        };
        assert_eq!(of(&|_| ()), well);
        // 700 exchanges a second, tokens and 600 signatures: above 70 % of two cores, then above both.
        assert_eq!(of(&|machine| machine.exchange_us = 1_500.0), but(0, Doubtful));
        assert_eq!(of(&|machine| machine.exchange_us = 2_500.0), but(0, Failed));
        // 70 % of two cores are 1.4: 600 signatures a second may take 2.33 ms each, and leave nothing for the rest.
        assert_eq!(
            of(&|machine| machine.rsa.as_mut().unwrap().signature_us = 2_300.0),
            but(0, Doubtful),
            "they can be signed, and the rest of the work with them takes more than is good"
        );
        let slow = of(&|machine| machine.rsa.as_mut().unwrap().signature_us = 2_400.0);
        assert_eq!(slow[1], Failed);
        assert_eq!(of(&|machine| machine.rsa = None), but(1, NotExamined));
        for (late, state) in [(5_000, Sound), (5_001, Doubtful), (50_000, Doubtful), (50_001, Failed)] {
            assert_eq!(of(&|machine| machine.wakes_late_p99_us = late), but(2, state), "{late} µs");
        }
        for (mib, state) in [(0, NotExamined), (20, Failed), (100, Sound)] {
            assert_eq!(of(&|machine| machine.memory_mib = mib), but(3, state), "{mib} MiB");
        }
        assert_eq!(states(&steady, (2_000, 28_232), &machine()), well);
        assert_eq!(states(&steady, (2_001, 500), &machine()), but(4, Failed));
        assert_eq!(states(&steady, (500, 28_233), &machine()), but(5, Failed));
        assert_eq!(of(&|machine| machine.ports = None), but(5, NotExamined));
    }

    #[test]
    fn where_the_server_decides_the_ceiling_is_told_all_the_same() {
        let closed = plan(
            "mix.ping = 1\nworkload.model = \"closed\"\ndecisions.delay.constant = \"0s\"\n\
             [[workload.stages]]\nduration = \"10s\"\nflows = 50\n",
            1.0,
        );
        let fits = fits(&Demand { plan: &closed, descriptors: 1, ports: 1 }, &machine());
        assert_eq!((fits[0].state, fits[1].state), (State::NotExamined, State::NotExamined));
        assert!(fits[0].seen.contains("one core carries 10,000 exchanges/s (100.0 µs each)"), "{fits:?}");
        assert!(fits[1].seen.contains("sign 1,750/s by PS256 (0.80 ms each)"), "{fits:?}");
    }

    #[test]
    fn each_failure_says_how_much_is_missing_and_what_helps() {
        let fast = plan(&STEADY.replace("100", "10_000"), 1.0);
        let few = Ceiling { memory_mib: 30, wakes_late_p99_us: 60_000, ..machine() };
        let fits = fits(&Demand { plan: &fast, descriptors: 9_000, ports: 70_000 }, &few);
        assert!(fits.iter().all(|fit| fit.state == State::Failed), "{fits:?}");
        for (fit, seen, remedy) in [
            (&fits[0], " of 2 cores: one core carries 10,000 exchanges/s", "machines like this one"),
            (&fits[1], "needs 60,", "signing ahead saves no processor time"),
            (&fits[2], "wakes 60.0 ms late", "not shared"),
            (&fits[3], "of 30 MiB", "max_in_flight"),
            (&fits[4], "needs up to 9,000 of 2,000", "ulimit -Hn 9000"),
            (&fits[5], "needs up to 70,000 of 28,232", "engine.source_addresses"),
        ] {
            assert!(fit.seen.contains(seen), "{seen}: {fit:?}");
            assert!(fit.remedy.as_ref().unwrap().contains(remedy), "{remedy}: {fit:?}");
        }
    }
}
