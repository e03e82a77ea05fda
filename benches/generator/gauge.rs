use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use rustix::time::{ClockId, clock_gettime};
use std::time::Duration;

/// Binds this thread, and those it will start, to one core. Without the right to do so the scheduler chooses.
pub fn pin(core: usize) {
    let mut cores = CpuSet::new();
    cores.set(core);
    let _ = sched_setaffinity(None, &cores);
}

/// Does something on another core, and whatever it starts stays there.
pub fn on_core<T>(core: usize, work: impl FnOnce() -> T) -> T {
    let before = sched_getaffinity(None);
    pin(core);
    let done = work();
    if let Ok(before) = before {
        let _ = sched_setaffinity(None, &before);
    }
    done
}

/// Processor time that all threads of this process have used, in user and kernel mode.
pub fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// Processor time that all threads of another process have used.
pub fn cpu_time_of(process: u32) -> std::io::Result<Duration> {
    let mut used = Duration::ZERO;
    for thread in std::fs::read_dir(format!("/proc/{process}/task"))? {
        let text = std::fs::read_to_string(thread?.path().join("schedstat"))?;
        let nanos = text.split_whitespace().next().and_then(|nanos| nanos.parse().ok());
        used +=
            Duration::from_nanos(nanos.ok_or_else(|| std::io::Error::other("schedstat has no run time"))?);
    }
    Ok(used)
}

/// Lets this thread's sleeps end when they should.
pub fn sharpen_timers() {
    let _ = rustix::thread::set_current_timer_slack(std::num::NonZeroU64::new(1));
}

/// Memory of the machine, in MiB.
pub fn memory_mib() -> std::io::Result<u64> {
    let memory = std::fs::read_to_string("/proc/meminfo")?;
    let kib = memory
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))
        .and_then(|rest| rest.trim().trim_end_matches(" kB").trim().parse::<u64>().ok());
    Ok(kib.ok_or_else(|| std::io::Error::other("/proc/meminfo has no MemTotal in kB"))? / 1024)
}

/// Resident memory of this process, in KiB.
pub fn resident_kib() -> std::io::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let kib = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .and_then(|rest| rest.trim().trim_end_matches(" kB").trim().parse().ok());
    kib.ok_or_else(|| std::io::Error::other("/proc/self/status has no VmRSS in kB"))
}
