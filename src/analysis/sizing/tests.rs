use super::*;
use crate::record::sample_search::{found, search};
use crate::record::{CapacityOutcome, RunRecord};

fn usl(lambda: f64, sigma: f64, kappa: f64, size: f64) -> f64 {
    lambda * size / (1.0 + sigma * (size - 1.0) + kappa * size * (size - 1.0))
}

/// Standard normal numbers that are the same in each run.
struct Noise(u64);

impl Noise {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }
}

#[test]
fn exact_data_give_back_their_parameters() {
    for (lambda, sigma, kappa) in
        [(100.0, 0.0, 0.0), (75.0, 0.05, 0.001), (1_000.0, 0.2, 0.0), (12.0, 0.02, 0.01)]
    {
        let points: Vec<_> =
            [1.0, 2.0, 4.0, 8.0, 12.0, 16.0, 24.0].map(|n| (n, usl(lambda, sigma, kappa, n))).into();
        let law = ScalingLaw::fit(&points).unwrap();
        for (found, true_value) in [(law.lambda, lambda), (law.sigma, sigma), (law.kappa, kappa)] {
            assert!(
                (found.value - true_value).abs() <= 1e-6 * true_value.max(1.0),
                "{found:?} for {true_value}"
            );
        }
        assert!(law.explained > 0.999_999);
    }
}

#[test]
fn intervals_hold_the_true_parameters_as_often_as_they_say() {
    const SETS: u32 = 1_000;
    let mut noise = Noise(7);
    let (mut sigma_in, mut kappa_in) = (0, 0);
    for _ in 0..SETS {
        let (sigma, kappa) = (0.2 * noise.uniform(), 0.004 * noise.uniform());
        let points: Vec<_> = [1.0, 2.0, 4.0, 8.0, 12.0, 16.0]
            .map(|n| (n, usl(300.0, sigma, kappa, n) * (1.0 + 0.03 * noise.normal())))
            .into();
        let law = ScalingLaw::fit(&points).unwrap();
        sigma_in += u32::from((law.sigma.low..=law.sigma.high).contains(&sigma));
        kappa_in += u32::from((law.kappa.low..=law.kappa.high).contains(&kappa));
    }
    // 95 % is what they say; 93.6 % is two standard errors below it.
    assert!(sigma_in >= 936 && kappa_in >= 936, "sigma {sigma_in}, kappa {kappa_in} of {SETS}");
}

#[test]
fn too_few_sizes_have_no_law_however_often_they_were_measured() {
    let five: Vec<_> = [1.0, 2.0, 4.0, 8.0, 16.0, 16.0, 8.0].map(|n| (n, usl(100.0, 0.1, 0.0, n))).into();
    assert_eq!(ScalingLaw::fit(&five), Err(NoScalingLaw::TooFewSizes { sizes: 5 }));
}

#[test]
fn nothing_is_predicted_beyond_half_as_much_again() {
    let points: Vec<_> = [1.0, 2.0, 3.0, 4.0, 6.0, 8.0].map(|n| (n, usl(100.0, 0.05, 0.02, n))).into();
    let law = ScalingLaw::fit(&points).unwrap();
    assert!(law.capacity_of(12.0).is_some());
    assert_eq!(law.capacity_of(12.1), None);
    let peak = law.peak().unwrap();
    assert!((peak - (0.95_f64 / 0.02).sqrt()).abs() < 0.01, "{peak}");
    let without_peak: Vec<_> = points.iter().map(|(n, _)| (*n, usl(100.0, 0.05, 0.0, *n))).collect();
    assert_eq!(ScalingLaw::fit(&without_peak).unwrap().peak(), None);
}

fn named(records: Vec<RunRecord>) -> Vec<(String, RunRecord)> {
    records.into_iter().enumerate().map(|(index, record)| (format!("run-{index}"), record)).collect()
}

#[test]
fn labels_are_read_as_processors_and_nodes() {
    let size = |labels: &[(&str, &str)]| {
        let runs = named(vec![search(labels, None, found(100.0, 105.0))]);
        let size = Sizing::of(&runs, None, HEADROOM).unwrap().sizes.remove(0);
        (size.vcpus, size.nodes)
    };
    assert_eq!(size(&[("size", "4cpu"), ("nodes", "3")]), (Some(12.0), Some(3.0)));
    assert_eq!(size(&[("vcpu", "0.5")]), (Some(0.5), None));
    assert_eq!(size(&[("cpu", "2 vCPU"), ("replicas", "2")]), (Some(4.0), Some(2.0)));
    assert_eq!(size(&[("size", "large"), ("pods", "2")]), (None, Some(2.0)));
    assert_eq!(size(&[("vcpu", "-1"), ("nodes", "zero")]), (None, None));
}

#[test]
fn sizes_are_sorted_merged_and_told_by_processor_and_by_cost() {
    let runs = named(vec![
        search(&[("vcpu", "4")], Some(2.0), found(380.0, 400.0)),
        search(&[("vcpu", "1")], Some(0.5), found(100.0, 105.0)),
        search(&[("vcpu", "2")], Some(1.0), found(200.0, 210.0)),
        search(&[("vcpu", "4")], Some(2.0), found(360.0, 390.0)),
    ]);
    let sizing = Sizing::of(&runs, Some(120.0), HEADROOM).unwrap();
    let names: Vec<_> = sizing.sizes.iter().map(Size::name).collect();
    assert_eq!(names, ["vcpu=1", "vcpu=2", "vcpu=4"]);
    let largest = &sizing.sizes[2];
    assert_eq!((largest.runs, &largest.measured), (2, &Measured::Between { lower: 360.0, upper: 400.0 }));
    assert_eq!((largest.per_vcpu(), largest.per_cost()), (Some(90.0), Some(180.0)));
    let at = largest.at_capacity.unwrap();
    assert_eq!((at.authentication_requests, at.polls, at.pings, at.in_flight), (360.0, 720.0, 180.0, 3_600));
    let steps: Vec<_> = sizing.steps.iter().map(|step| (step.from, step.to, step.efficiency)).collect();
    assert_eq!(steps, [(0, 1, 1.0), (1, 2, 0.9)]);
    let (low, high) = sizing.steps[1].range;
    assert!(low < 0.9 && high >= 1.0 - 1e-9, "{low} to {high}");
    // 100/s with 30 % to spare is 70/s, 200/s is 140/s.
    assert_eq!((sizing.advice.choice, sizing.advice.least_per_vcpu), (Some(1), Some(2)));
    assert_eq!(sizing.law, Err(NoScalingLaw::TooFewSizes { sizes: 3 }));
    assert_eq!(sizing.differences, []);
}

#[test]
fn the_cheapest_size_is_chosen_even_where_it_is_not_the_smallest() {
    let runs = named(vec![
        search(&[("vcpu", "2")], Some(3.0), found(200.0, 210.0)),
        search(&[("vcpu", "4")], Some(2.0), found(380.0, 400.0)),
    ]);
    let choice = |wanted: f64| Sizing::of(&runs, Some(wanted), 0.0).unwrap().advice.choice;
    assert_eq!((choice(200.0), choice(380.0), choice(380.1)), (Some(1), Some(1), None));
}

#[test]
fn of_sizes_with_as_many_processors_the_one_that_needs_least_memory_is_chosen() {
    // Memory of the made-up server is in proportion to the rate.
    let heap =
        |heap: &str, lower: f64| search(&[("vcpu", "2"), ("heap", heap)], None, found(lower, lower * 1.04));
    let runs = named(vec![heap("1g", 210.0), heap("512m", 200.0)]);
    let sizing = Sizing::of(&runs, Some(100.0), 0.0).unwrap();
    let chosen = sizing.advice.choice.map(|index| sizing.sizes[index].name());
    assert_eq!(chosen.as_deref(), Some("heap=512m,vcpu=2"));
    let mut without = runs;
    for (_, record) in &mut without {
        record
            .capacity
            .iter_mut()
            .flat_map(|capacity| &mut capacity.trials)
            .for_each(|trial| trial.server_memory = None);
    }
    assert_eq!(Sizing::of(&without, Some(100.0), 0.0).unwrap().advice.choice, Some(0));
}

#[test]
fn what_was_not_found_is_no_figure() {
    let runs = named(vec![
        search(
            &[("vcpu", "1")],
            None,
            CapacityOutcome::GeneratorBound {
                at_per_s: 900.0,
                met_per_s: Some(800.0),
                reason: "late".to_owned(),
            },
        ),
        search(
            &[("vcpu", "2")],
            None,
            CapacityOutcome::BelowMinimum { first_broken: "ack p99 < 1s".to_owned() },
        ),
        search(&[("vcpu", "3")], None, found(100.0, 105.0)),
    ]);
    let sizing = Sizing::of(&runs, None, HEADROOM).unwrap();
    let lower: Vec<_> = sizing.sizes.iter().map(|size| size.measured.lower()).collect();
    assert_eq!(lower, [Some(800.0), None, Some(100.0)]);
    assert!(matches!(&sizing.sizes[0].measured, Measured::AtLeast { reason, .. } if reason.contains("900")));
    assert_eq!(sizing.steps, []);
    assert_eq!(sizing.law, Err(NoScalingLaw::TooFewSizes { sizes: 1 }));
}

#[test]
fn six_sizes_have_a_law_and_differences_are_told() {
    let mut records: Vec<_> = [1, 2, 4, 6, 8, 12]
        .map(|n| {
            let capacity = usl(100.0, 0.05, 0.002, f64::from(n));
            search(&[("vcpu", &n.to_string())], None, found(capacity * 0.98, capacity * 1.02))
        })
        .into();
    records[3].profile.push_str("\n# another");
    let sizing = Sizing::of(&named(records), None, HEADROOM).unwrap();
    let law = sizing.law.unwrap();
    assert!((law.sigma.value - 0.05).abs() < 1e-3 && (law.kappa.value - 0.002).abs() < 1e-4, "{law:?}");
    assert_eq!(sizing.differences, [Difference::Profile]);
}

#[test]
fn runs_that_cannot_be_sized_are_refused() {
    let mut no_search = search(&[("vcpu", "1")], None, found(1.0, 2.0));
    no_search.capacity = None;
    let refused = |records| Sizing::of(&named(records), None, HEADROOM).unwrap_err();
    assert_eq!(refused(vec![no_search]), SizingError::NotCapacity { run: "run-0".to_owned() });
    let no_labels = search(&[], None, found(1.0, 2.0));
    assert_eq!(refused(vec![no_labels]), SizingError::NoLabels { run: "run-0".to_owned() });
    assert_eq!(Sizing::of(&[], None, HEADROOM), Err(SizingError::Nothing));
}
