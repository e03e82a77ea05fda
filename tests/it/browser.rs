//! A headless Chromium, driven by the WebDriver protocol (W3C) as far as the tests of pages need it.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use base64::Engine as _;
use ciba_bench::clock::Clock;
use ciba_bench::transport::{Call, Http, HttpSettings, Transport as _};
use http::{HeaderMap, Method};
use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::{Value, json};

use crate::cli::Scratch;

/// Longest time for one command; the first one starts the browser.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(60);
/// Longest time until an element is there.
const ELEMENT_TIMEOUT: Duration = Duration::from_secs(30);
/// The key under which WebDriver names an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// The Enter key.
pub const ENTER: &str = "\u{e007}";

/// The switches of every browser here: it reaches this machine only.
const SWITCHES: [&str; 9] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--remote-debugging-pipe",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
];
const THIS_MACHINE_ONLY: &str = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1";

/// A browser that reaches this machine only.
pub struct Browser {
    driver: Child,
    _stdout: BufReader<ChildStdout>,
    _files: Scratch,
    http: Http,
    session: String,
}

impl Browser {
    /// Starts one with the screen of a phone and without scripts. Where none is installed, says so on standard error, past the
    /// capture of tests.
    pub async fn start(test: &str) -> Option<Self> {
        let mut switches = vec!["--blink-settings=scriptEnabled=false", THIS_MACHINE_ONLY];
        switches.extend(SWITCHES);
        let options = json!({
            "args": switches,
            // Without scripts, taps are never answered by the driver; clicks are.
            "mobileEmulation": {
                "deviceMetrics": { "width": 360, "height": 740, "pixelRatio": 2.0, "touch": false },
            },
        });
        Self::launch(test, json!({ "goog:chromeOptions": options })).await
    }

    /// Starts one that runs scripts and keeps what they complain about, for a screen that `looks_like` sets.
    pub async fn with_scripts(test: &str) -> Option<Self> {
        let mut switches = vec![THIS_MACHINE_ONLY];
        switches.extend(SWITCHES);
        let wanted = json!({
            "goog:chromeOptions": { "args": switches },
            "goog:loggingPrefs": { "browser": "ALL" },
        });
        Self::launch(test, wanted).await
    }

    async fn launch(test: &str, wanted: Value) -> Option<Self> {
        let files = Scratch::new(&format!("browser-{test}"));
        let mut command = Command::new("chromedriver");
        // Where the driver and the browser put what they need while they run.
        command.env("TMPDIR", files.path(""));
        command
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0);
        let Ok(mut driver) = command.spawn() else {
            let line = format!(
                "skipped: the {test} page in a browser: no chromedriver here; on Debian: apt-get install chromium chromium-driver\n"
            );
            std::io::stderr().write_all(line.as_bytes()).unwrap();
            return None;
        };
        let mut stdout = BufReader::new(driver.stdout.take().unwrap());
        let port = port(&mut stdout);
        let http = Http::new(HttpSettings { connections_max: 1 }, Clock::system()).unwrap();
        let mut browser = Browser { driver, _stdout: stdout, _files: files, http, session: String::new() };
        let wanted = json!({ "capabilities": { "alwaysMatch": wanted } });
        let session = browser.send(Method::POST, &format!("http://127.0.0.1:{port}/session"), wanted).await;
        browser.session =
            format!("http://127.0.0.1:{port}/session/{}", session["sessionId"].as_str().unwrap());
        // How long the driver itself waits for an element to be there.
        browser.post("/timeouts", json!({ "implicit": ELEMENT_TIMEOUT.as_millis() as u64 })).await;
        Some(browser)
    }

    pub async fn open(&self, url: &str) {
        self.post("/url", json!({ "url": url })).await;
    }

    /// Waits for the page with this heading, to its end.
    pub async fn shows(&self, heading: &str) {
        let page = format!("//body[.//h1[normalize-space()='{heading}']]/footer");
        if self.all(&page).await.is_empty() {
            panic!("no page {heading:?}, but {:?}", self.texts("//h1").await);
        }
    }

    /// Presses keys in the element that has the focus.
    pub async fn press(&self, keys: &str) {
        let element = self.get("/element/active").await;
        self.post(&format!("/element/{}/value", id(&element)), json!({ "text": keys })).await;
    }

    /// Clicks the only button with this text below the element of an XPath.
    pub async fn click(&self, below: &str, button: &str) {
        let path = format!("{below}//button[normalize-space()='{button}']");
        let elements = self.all(&path).await;
        assert_eq!(elements.len(), 1, "{path}");
        self.post(&format!("/element/{}/click", elements[0]), json!({})).await;
    }

    /// The texts of all elements of an XPath, as they are rendered.
    pub async fn texts(&self, path: &str) -> Vec<String> {
        let mut texts = Vec::new();
        for element in self.all(path).await {
            texts.push(self.get(&format!("/element/{element}/text")).await.as_str().unwrap().to_owned());
        }
        texts
    }

    /// Role and name of the elements of an XPath, as assistive technology is told.
    pub async fn announced(&self, path: &str) -> Vec<(String, String)> {
        let mut announced = Vec::new();
        for element in self.all(path).await {
            let [role, label] =
                ["computedrole", "computedlabel"].map(|what| format!("/element/{element}/{what}"));
            let text = |value: Value| value.as_str().unwrap().to_owned();
            announced.push((text(self.get(&role).await), text(self.get(&label).await)));
        }
        announced
    }

    /// Right edges of all elements of an XPath, in CSS pixels.
    pub async fn right_edges(&self, path: &str) -> Vec<f64> {
        let mut edges = Vec::new();
        for element in self.all(path).await {
            let rect = self.get(&format!("/element/{element}/rect")).await;
            edges.push(rect["x"].as_f64().unwrap() + rect["width"].as_f64().unwrap());
        }
        edges
    }

    /// Gives the screen a width and a height in CSS pixels, and the scheme of colours that people prefer: `light` or `dark`.
    pub async fn looks_like(&self, width: u64, height: u64, scheme: &str) {
        let metrics =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.tell("Emulation.setDeviceMetricsOverride", metrics).await;
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.tell("Emulation.setEmulatedMedia", json!({ "features": features })).await;
    }

    /// What a function body returns in the page.
    pub async fn evaluated(&self, script: &str) -> Value {
        self.post("/execute/sync", json!({ "script": script, "args": [] })).await
    }

    /// What has been written to the console since the last time, complaints of the browser included.
    pub async fn console(&self) -> Vec<String> {
        let entries = self.post("/se/log", json!({ "type": "browser" })).await;
        entries.as_array().unwrap().iter().map(|entry| entry["message"].to_string()).collect()
    }

    /// Moves the pointer to a place of the screen, presses there where `from` is another place, and lets go.
    pub async fn point(&self, from: (f64, f64), to: (f64, f64)) {
        let (press, release) = (from != to).then_some(("mousePressed", "mouseReleased")).unzip();
        let steps = [Some("mouseMoved"), press].map(|step| (step, from));
        let steps = steps.into_iter().chain([(Some("mouseMoved"), to), (release, to)]);
        for (step, (x, y)) in steps {
            let Some(step) = step else { continue };
            let button = if press.is_some() { "left" } else { "none" };
            let event =
                json!({ "type": step, "x": x, "y": y, "button": button, "clickCount": 1, "buttons": 1 });
            self.tell("Input.dispatchMouseEvent", event).await;
        }
    }

    /// A command of the DevTools protocol, which WebDriver has no word for.
    async fn tell(&self, command: &str, parameters: Value) -> Value {
        self.post("/goog/cdp/execute", json!({ "cmd": command, "params": parameters })).await
    }

    /// Keeps what the screen shows beside the test binary, for people.
    pub async fn screenshot(&self, name: &str) -> PathBuf {
        let image = self.get("/screenshot").await;
        let image = base64::engine::general_purpose::STANDARD.decode(image.as_str().unwrap()).unwrap();
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.png"));
        fs::write(&path, image).unwrap();
        path
    }

    /// Ends browser and driver.
    pub async fn close(self) {
        self.send(Method::DELETE, &self.session, Value::Null).await;
    }

    async fn all(&self, path: &str) -> Vec<String> {
        let found = self.post("/elements", json!({ "using": "xpath", "value": path })).await;
        found.as_array().unwrap().iter().map(id).collect()
    }

    async fn get(&self, path: &str) -> Value {
        self.send(Method::GET, &format!("{}{path}", self.session), Value::Null).await
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        self.send(Method::POST, &format!("{}{path}", self.session), body).await
    }

    async fn send(&self, method: Method, url: &str, body: Value) -> Value {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let call = Call {
            method,
            url: url.parse().unwrap(),
            headers: HeaderMap::new(),
            body: body.into(),
            timeout: COMMAND_TIMEOUT,
            identity: None,
        };
        let answer = self.http.exchange(call).await.result.unwrap();
        let mut body: Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(answer.status, 200, "{url}: {body}");
        body["value"].take()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The driver is the head of its own group, and the browser belongs to it.
        let _ = kill_process_group(Pid::from_child(&self.driver), Signal::KILL);
        let _ = self.driver.wait();
    }
}

/// The port that the driver has chosen.
fn port(stdout: &mut BufReader<ChildStdout>) -> u16 {
    let mut line = String::new();
    loop {
        line.clear();
        assert_ne!(stdout.read_line(&mut line).unwrap(), 0, "chromedriver ended before it listened");
        if let Some((_, port)) = line.trim().rsplit_once("successfully on port ") {
            return port.trim_end_matches('.').parse().unwrap();
        }
    }
}

fn id(element: &Value) -> String {
    element[ELEMENT].as_str().unwrap_or_else(|| panic!("no element: {element}")).to_owned()
}
