use crate::record::CheckRecord;

/// Longest pause between two checks of one slot, in ms, that still means that the second waited for the first. After a
/// longer one it waited for a check of another slot, for example for one that needs silence.
const SLOT_PAUSE_MAX_MS: f64 = 50.0;

/// The checks that made the suite as long as it was, in the order in which they ran: the one that ended last, the one
/// that it had waited for, and so on to the start. To make the suite faster, make one of these faster.
pub(super) fn critical_path(checks: &[CheckRecord]) -> Vec<&CheckRecord> {
    let ran: Vec<&CheckRecord> = checks.iter().filter(|check| check.took_ms > 0.0).collect();
    let Some(last) = latest(ran.iter().copied()) else { return Vec::new() };
    let mut path = vec![last];
    let mut current = last;
    // Each step goes to a check that began earlier, so the path is never longer than the suite.
    while let Some(before) = waited_for(&ran, current) {
        path.push(before);
        current = before;
    }
    path.reverse();
    path
}

fn waited_for<'r>(ran: &[&'r CheckRecord], check: &CheckRecord) -> Option<&'r CheckRecord> {
    let before = || {
        let earlier =
            |other: &&CheckRecord| other.started_ms < check.started_ms && ended(other) <= check.started_ms;
        ran.iter().copied().filter(earlier)
    };
    let in_slot = latest(before().filter(|other| other.slot == check.slot));
    in_slot.filter(|other| check.started_ms - ended(other) <= SLOT_PAUSE_MAX_MS).or_else(|| latest(before()))
}

fn latest<'r>(checks: impl Iterator<Item = &'r CheckRecord>) -> Option<&'r CheckRecord> {
    checks.max_by(|one, other| ended(one).total_cmp(&ended(other)))
}

fn ended(check: &CheckRecord) -> f64 {
    check.started_ms + check.took_ms
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ciba::Level;
    use crate::record::Verdict;

    /// Ids of the path through checks given by slot, start and length.
    fn path(checks: &[(usize, f64, f64)]) -> Vec<String> {
        let checks: Vec<CheckRecord> = checks
            .iter()
            .enumerate()
            .map(|(n, (slot, started_ms, took_ms))| CheckRecord {
                id: n.to_string(),
                section: String::new(),
                title: String::new(),
                level: Level::Must,
                softer: None,
                covers: Vec::new(),
                verdict: Verdict::Pass,
                started_ms: *started_ms,
                took_ms: *took_ms,
                slot: *slot,
                script: Vec::new(),
                exchanges: Vec::new(),
                notes: Vec::new(),
            })
            .collect();
        critical_path(&checks).into_iter().map(|check| check.id.clone()).collect()
    }

    #[test]
    fn the_path_follows_the_slot_and_crosses_where_a_check_waited() {
        // Alone; one slot; two slots, of which the second is longer; a check of slot 0 that waited for slot 1.
        assert_eq!(path(&[]), [""; 0]);
        assert_eq!(path(&[(0, 5.0, 10.0)]), ["0"]);
        assert_eq!(path(&[(0, 0.0, 10.0), (0, 10.5, 10.0), (0, 21.0, 1.0)]), ["0", "1", "2"]);
        assert_eq!(path(&[(0, 0.0, 100.0), (1, 0.0, 60.0), (1, 60.0, 90.0), (0, 100.0, 20.0)]), ["1", "2"]);
        assert_eq!(path(&[(0, 0.0, 10.0), (1, 0.0, 500.0), (0, 501.0, 30.0)]), ["1", "2"]);
    }

    #[test]
    fn another_slots_end_does_not_draw_the_path_away_and_skipped_checks_are_not_in_it() {
        assert_eq!(path(&[(0, 0.0, 100.0), (1, 0.0, 100.9), (0, 101.0, 100.0)]), ["0", "2"]);
        assert_eq!(path(&[(0, 0.0, 100.0), (0, 100.0, 0.0), (0, 100.1, 10.0)]), ["0", "2"]);
    }

    #[test]
    fn odd_times_end_the_path() {
        assert_eq!(path(&[(0, 0.0, 1e300), (0, 0.0, 1e300)]).len(), 1);
        assert_eq!(path(&[(0, 0.0, -5.0)]), [""; 0]);
        assert_eq!(path(&[(0, 0.0, 1e-300), (0, 1e-300, 1e-300)]), ["0", "1"]);
    }
}
