use serde::{Deserialize, Serialize};

/// Where the generator ran. No host names and no user names: records are passed around.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Environment {
    /// Version of this tool.
    pub tool_version: String,
    /// `release` or `debug`: a debug build measures itself.
    pub build: String,
    /// Operating system and kernel.
    pub system: String,
    /// Model of the processor.
    pub processor: String,
    /// Cores that this process may use.
    pub cores: u32,
    /// Memory of the machine, in MiB.
    pub memory_mib: u64,
    /// File descriptors that this process may open.
    pub descriptors: u64,
}
