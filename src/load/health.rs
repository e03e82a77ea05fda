use std::time::Duration;

/// Processor time that this process has used.
pub(super) fn cpu_time() -> Duration {
    let clock = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(u64::try_from(clock.tv_sec).unwrap_or(0), u32::try_from(clock.tv_nsec).unwrap_or(0))
}

/// Resident memory of this process, now and at most so far, in MiB; 0 where the system does not tell.
pub(super) fn rss_mib() -> (u64, u64) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mib = |name: &str| {
        let rest = status.lines().find_map(|line| line.strip_prefix(name))?;
        rest.trim().trim_end_matches(" kB").trim().parse::<u64>().ok().map(|kib| kib / 1024)
    };
    (mib("VmRSS:").unwrap_or(0), mib("VmHWM:").unwrap_or(0))
}

/// Time for which threads of this process were ready to run and had no processor, all of them together; zero where the system
/// does not tell.
pub(super) fn waited() -> Duration {
    let threads = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let waited = threads.filter_map(|thread| {
        let text = std::fs::read_to_string(thread.path().join("schedstat")).ok()?;
        text.split_whitespace().nth(1)?.parse::<u64>().ok()
    });
    Duration::from_nanos(waited.sum())
}

/// File descriptors that this process has open; 0 where the system does not tell.
pub(super) fn descriptors() -> u64 {
    const OPEN: &str = "/proc/self/fd";
    // The system tells their number as the folder's size, which takes no descriptor.
    match std::fs::metadata(OPEN).map(|folder| folder.len()) {
        Ok(0) => std::fs::read_dir(OPEN).map_or(0, |open| open.count() as u64),
        Ok(open) => open,
        Err(_) => 0,
    }
}

/// Cores that this process may use.
pub(super) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_used_time_and_memory() {
        let before = cpu_time();
        while cpu_time() == before {
            std::hint::spin_loop();
        }
        let (now, peak) = rss_mib();
        assert!(now > 0 && peak >= now && cores() > 0);
        assert!(descriptors() > 2 && waited() < Duration::from_secs(1 << 20));
    }
}
