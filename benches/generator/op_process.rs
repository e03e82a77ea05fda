use crate::{Failed, gauge};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};

/// `ciba-bench serve op`: the OP in a process of its own, so that its work and its memory are not counted.
pub struct OpProcess {
    child: Child,
    // Held open: the process must not fail at writing.
    _stdout: BufReader<ChildStdout>,
    /// The issuer.
    pub issuer: String,
    /// Where its counters are.
    pub management: String,
}

impl OpProcess {
    /// Starts an OP with the given settings (TOML), on a core of its own if one is named.
    pub fn start(settings: &str, core: Option<usize>) -> Result<Self, Failed> {
        let config = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("op-of-the-benchmark.toml");
        std::fs::write(&config, settings)?;
        let mut command = Command::new(env!("CARGO_BIN_EXE_ciba-bench"));
        command.args(["serve", "op", "--listen", "127.0.0.1:0", "--management", "127.0.0.1:0", "--config"]);
        command.arg(config).stdout(Stdio::piped());
        let mut child = match core {
            Some(core) => gauge::on_core(core, || command.spawn())?,
            None => command.spawn()?,
        };
        let mut stdout = BufReader::new(child.stdout.take().ok_or("the OP's process has no pipe")?);
        let (mut issuer, mut management) = (None, None);
        let mut line = String::new();
        while (issuer.is_none() || management.is_none()) && stdout.read_line(&mut line)? > 0 {
            match line.split_whitespace().collect::<Vec<_>>()[..] {
                ["issuer", url] => issuer = Some(url.to_owned()),
                ["management", url] => management = Some(url.to_owned()),
                _ => {}
            }
            line.clear();
        }
        let (Some(issuer), Some(management)) = (issuer, management) else {
            return Err("the OP's process ended before it named its addresses".into());
        };
        Ok(OpProcess { child, _stdout: stdout, issuer, management })
    }
}

impl OpProcess {
    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for OpProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
