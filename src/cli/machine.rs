//! The machine that a run runs on.

use crate::record::Environment;

/// What can be known of it. `descriptors` is the limit in force. What the system does not tell is empty or 0.
pub fn environment(descriptors: u64) -> Environment {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    Environment {
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        build: if cfg!(debug_assertions) { "debug" } else { "release" }.to_owned(),
        system: system(),
        processor: field("/proc/cpuinfo", "model name").unwrap_or_default(),
        cores: u32::try_from(cores).unwrap_or(u32::MAX),
        memory_mib: memory_mib().unwrap_or_default(),
        descriptors,
    }
}

fn system() -> String {
    let kernel = |name: &str| std::fs::read_to_string(format!("/proc/sys/kernel/{name}")).ok();
    let name = kernel("ostype").unwrap_or_else(|| std::env::consts::OS.to_owned());
    format!("{} {}", name.trim(), kernel("osrelease").unwrap_or_default().trim()).trim_end().to_owned()
}

fn memory_mib() -> Option<u64> {
    let kib = field("/proc/meminfo", "MemTotal")?;
    kib.split_whitespace().next()?.parse::<u64>().ok().map(|kib| kib / 1024)
}

/// The first `name : value` line of a file.
fn field(path: &str, name: &str) -> Option<String> {
    let text = std::fs::read_to_string(path).ok()?;
    text.lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(key, _)| key.trim() == name)
        .map(|(_, value)| value.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_is_described() {
        let environment = environment(99);
        assert_eq!((environment.descriptors, environment.build.as_str()), (99, "debug"));
        assert!(environment.cores >= 1 && !environment.system.is_empty());
        if cfg!(target_os = "linux") {
            assert!(environment.memory_mib > 0, "{environment:?}");
        }
    }
}
