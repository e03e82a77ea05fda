//! The command as users meet it: a process with arguments, two streams and an exit code.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use rustix::process::{Pid, Signal, kill_process};

/// Flows within a second against a server that answers: for tests of everything around the load.
pub const SHORT_PROFILE: &str = r#"
thresholds = ["violations == 0"]
flow.first_poll = "at_once"
mix = { poll = 1, ping = 1 }
drain = "20s"
[[workload.stages]]
name = "short"
duration = "1s"
rate = 12
"#;

/// A folder that is gone after the test.
pub struct Scratch(PathBuf);

impl Scratch {
    pub fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("ciba-bench-cli-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Scratch(path)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Writes a file and gives its path.
    pub fn file(&self, name: &str, text: &str) -> String {
        let path = self.path(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(&self.0)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// The command, with this as its current folder.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ciba-bench"));
        command
            .args(arguments)
            .current_dir(&self.0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs the command to its end.
    pub fn run(&self, arguments: &[&str]) -> Ended {
        Ended::of(&self.command(arguments).output().unwrap())
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// How a process ended.
#[derive(Debug)]
pub struct Ended {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ended {
    pub fn of(output: &Output) -> Self {
        Ended {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout.clone()).unwrap(),
            stderr: String::from_utf8(output.stderr.clone()).unwrap(),
        }
    }

    /// Ended with this code, said all of this on standard error, and every line there says whose it is.
    #[track_caller]
    pub fn refused(&self, code: i32, expected: &[&str]) {
        assert_eq!(self.code, code, "{self:?}");
        assert_eq!(self.stdout, "", "{self:?}");
        for text in expected {
            assert!(self.stderr.contains(text), "{text:?} is not in {self:?}");
        }
        assert!(self.stderr.starts_with("ciba-bench: "), "{self:?}");
    }
}

/// A process that runs until it is told to end; killed if a test forgets.
pub struct Running {
    child: Child,
    stdout: BufReader<ChildStdout>,
}

impl Running {
    pub fn start(scratch: &Scratch, arguments: &[&str]) -> Self {
        let mut child = scratch.command(arguments).stderr(Stdio::null()).spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        Running { child, stdout }
    }

    /// What follows `name` in the line of standard output that begins with it.
    pub fn value(&mut self, name: &str) -> String {
        let mut line = String::new();
        loop {
            line.clear();
            assert_ne!(
                self.stdout.read_line(&mut line).unwrap(),
                0,
                "no {name:?} before the end of the output"
            );
            if let Some(value) = line.trim().strip_prefix(name) {
                return value.trim().to_owned();
            }
        }
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits for the end; gives the exit code and the rest of standard output.
    pub fn wait(mut self) -> (i32, String) {
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).unwrap();
        (self.child.wait().unwrap().code().unwrap_or(-1), rest)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A server that gives every connection the same answer, as long as the test lasts. `@ISSUER@` in it is its own issuer.
pub struct Canned {
    pub address: SocketAddr,
    connections: Arc<AtomicUsize>,
}

impl Canned {
    pub fn start(status: &str, body: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let body = body.replace("@ISSUER@", &format!("http://{address}/t/w"));
        let (counted, length) = (Arc::clone(&connections), body.len());
        let answer =
            format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}");
        thread::spawn(move || {
            for stream in listener.incoming() {
                counted.fetch_add(1, Ordering::SeqCst);
                let mut stream = stream.unwrap();
                let mut line = String::new();
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
                    line.clear();
                }
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        Canned { address, connections }
    }

    pub fn issuer(&self) -> String {
        format!("http://{}/t/w", self.address)
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

/// A target file with a poll and a ping client.
pub fn target_file(issuer: &str, more: &str) -> String {
    format!(
        "issuer = \"{issuer}\"\n[clients.poll]\nclient_id = \"poll\"\nclient_secret = \"env:CLI_TEST_SECRET\"\n\
         [clients.ping]\nclient_id = \"ping\"\nclient_secret = \"env:CLI_TEST_SECRET\"\n{more}"
    )
}

/// An address that nobody listens at a moment later.
pub fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

pub fn json(path: &Path) -> serde_json::Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// `serve op` with the target file for another process, `target.toml`; also gives the management API's address.
pub fn served_op(scratch: &Scratch, more: &[&str]) -> (Running, String) {
    let auth = format!("http://{}", free_address());
    let notify = format!("http://{}/notify-callback", free_address());
    let listen = ["serve", "op", "--listen", "127.0.0.1:0", "--management", "127.0.0.1:0"];
    let others = ["--write-target", "target.toml", "--auth-service-url", &auth, "--notify-url", &notify];
    let mut op = Running::start(scratch, &[&listen[..], &others[..], more].concat());
    let management = op.value("management");
    op.value("target file");
    (op, management)
}

/// Status line, headers and body of a GET.
pub fn get(base: &str, path: &str) -> String {
    let address = base.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .write_all(format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").as_bytes())
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// Waits until the OP with this management API has seen an authentication request.
pub fn until_asked(management: &str) {
    while !get(management, "/access-log").contains("backchannel_authentication") {
        thread::yield_now();
    }
}
