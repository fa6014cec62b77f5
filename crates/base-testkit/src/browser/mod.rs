//! Debian's Chromium, driven through chromedriver by the W3C WebDriver protocol.
//!
//! Headless, with an empty profile, and with every name but localhost unresolvable: a page that asks
//! anything of the Internet shows it as an error in the console.

mod axe;
mod element;
mod shots;

use crate::process::Process;
use crate::{http, wait};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

pub use element::Element;
pub use shots::Scheme;

/// Name of the key that holds an element's reference (WebDriver §12).
const ELEMENT_KEY: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A browser window with its own profile. Closed when dropped.
#[derive(Debug)]
pub struct Browser {
    driver: Process,
    port: u16,
    session: String,
    _profile: TempDir,
}

impl Browser {
    /// Opens a window; `None`, having said so, where Chromium is not installed.
    ///
    /// # Panics
    /// When the browser is there but does not start, and under `CI=true` when it is not there.
    #[must_use]
    pub fn start() -> Option<Self> {
        if !on_path("chromium") || !on_path("chromedriver") {
            crate::skip("chromium or chromedriver not found (Debian packages chromium and chromium-driver)");
            return None;
        }
        let profile = tempfile::tempdir().expect("a folder for the browser's profile");
        let mut driver = Process::start(Command::new("chromedriver").arg("--port=0").env("HOME", profile.path()));
        let port = driver.wait_for("its port", |line| {
            line.split("started successfully on port ").nth(1)?.trim_end_matches('.').parse().ok()
        });
        let mut browser = Self { driver, port, session: String::new(), _profile: profile };
        let answer = browser.command("POST", "/session", &browser.capabilities());
        browser.session = answer["sessionId"].as_str().expect("a session id").to_owned();
        browser.size(1440, 900);
        Some(browser)
    }

    fn capabilities(&self) -> Value {
        let mut args: Vec<String> = [
            "--headless",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            "--force-color-profile=srgb",
            "--lang=vi",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
        ]
        .map(str::to_owned)
        .to_vec();
        args.push(format!("--user-data-dir={}", self._profile.path().join("profile").display()));
        if rustix::process::geteuid().is_root() {
            // Chromium refuses its sandbox to root; the pages are our own.
            args.push("--no-sandbox".to_owned());
        }
        json!({ "capabilities": { "alwaysMatch": {
            "browserName": "chrome",
            "acceptInsecureCerts": true,
            "goog:loggingPrefs": { "browser": "ALL" },
            "goog:chromeOptions": { "args": args },
        }}})
    }

    /// Goes to an address and waits until it is loaded.
    ///
    /// # Panics
    /// When it cannot be loaded.
    pub fn goto(&self, url: &str) {
        self.post("/url", &json!({ "url": url }));
    }

    /// The address of the page.
    ///
    /// # Panics
    /// When the browser is gone.
    #[must_use]
    pub fn url(&self) -> String {
        self.get("/url").as_str().unwrap_or_default().to_owned()
    }

    /// The path of the page, with what follows it.
    #[must_use]
    pub fn path(&self) -> String {
        let url = self.url();
        url.splitn(4, '/').nth(3).map(|p| format!("/{p}")).unwrap_or_default()
    }

    /// The title of the page.
    ///
    /// # Panics
    /// When the browser is gone.
    #[must_use]
    pub fn title(&self) -> String {
        self.get("/title").as_str().unwrap_or_default().to_owned()
    }

    /// The text a person reads on the page.
    #[must_use]
    pub fn text(&self) -> String {
        self.script("return document.body ? document.body.innerText : ''", &[]).as_str().unwrap_or_default().to_owned()
    }

    /// Waits for an element.
    ///
    /// # Panics
    /// When it does not come; shows the page's text.
    #[must_use]
    pub fn find(&self, css: &str) -> Element<'_> {
        self.find_where(css, "is there", |_| true).found_by(css, "")
    }

    /// Waits for an element with this text in it.
    ///
    /// # Panics
    /// As [`Browser::find`].
    #[must_use]
    pub fn find_text(&self, css: &str, text: &str) -> Element<'_> {
        self.find_where(css, &format!("says “{text}”"), |e| e.text().contains(text)).found_by(css, text)
    }

    fn find_where(&self, css: &str, what: &str, like: impl Fn(&Element<'_>) -> bool) -> Element<'_> {
        let found = wait::within(wait::PATIENCE, || self.all(css).into_iter().find(|e| like(e)));
        found.unwrap_or_else(|| panic!("no {css} that {what} at {}; the page says:\n{}", self.url(), self.text()))
    }

    /// The elements that are there now.
    #[must_use]
    pub fn all(&self, css: &str) -> Vec<Element<'_>> {
        let found = self.post("/elements", &json!({ "using": "css selector", "value": css }));
        let ids = found.as_array().into_iter().flatten().filter_map(|v| v[ELEMENT_KEY].as_str());
        ids.map(|id| Element::new(self, id)).collect()
    }

    /// Waits for this text on the page.
    ///
    /// # Panics
    /// When it does not come; shows the page's text.
    pub fn wait_text(&self, text: &str) {
        let found = wait::within(wait::PATIENCE, || self.text().contains(text).then_some(()));
        assert!(found.is_some(), "“{text}” did not come at {}; the page says:\n{}", self.url(), self.text());
    }

    /// Runs a script in the page and returns its result.
    ///
    /// # Panics
    /// When it throws.
    pub fn script(&self, script: &str, args: &[Value]) -> Value {
        self.post("/execute/sync", &json!({ "script": script, "args": args }))
    }

    /// Runs a script that calls its last argument when it is done.
    ///
    /// # Panics
    /// When it throws or does not come back.
    pub fn script_async(&self, script: &str, args: &[Value]) -> Value {
        self.post("/execute/async", &json!({ "script": script, "args": args }))
    }

    /// Sends keys to whatever has the focus; special keys are the code points of WebDriver §17.4.2.
    ///
    /// # Panics
    /// When the browser is gone.
    pub fn press(&self, keys: &str) {
        let strokes: Vec<Value> = keys
            .chars()
            .flat_map(|k| [json!({ "type": "keyDown", "value": k }), json!({ "type": "keyUp", "value": k })])
            .collect();
        self.post("/actions", &json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": strokes }] }));
    }

    /// Errors in the console since the last call: refused by the policy, not found, thrown.
    #[must_use]
    pub fn console_errors(&self) -> Vec<String> {
        let log = self.post("/se/log", &json!({ "type": "browser" }));
        let severe = log.as_array().into_iter().flatten().filter(|l| l["level"] == "SEVERE");
        severe.map(|l| l["message"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Gives the browser an authenticator for passkeys that knows its person, as a laptop's own does (W3C Web
    /// Authentication, section 11.3).
    ///
    /// # Panics
    /// When the browser is gone.
    pub fn virtual_authenticator(&self) {
        let options = json!({
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": true,
            "hasUserVerification": true, "isUserVerified": true,
        });
        self.post("/webauthn/authenticator", &options);
    }

    /// A command of Chromium's own protocol.
    fn cdp(&self, command: &str, params: &Value) -> Value {
        self.post("/goog/cdp/execute", &json!({ "cmd": command, "params": params }))
    }

    fn get(&self, path: &str) -> Value {
        self.command("GET", &format!("/session/{}{path}", self.session), &Value::Null)
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        self.command("POST", &format!("/session/{}{path}", self.session), body)
    }

    fn command(&self, method: &str, path: &str, body: &Value) -> Value {
        match self.try_command(method, path, body) {
            Ok(value) => value,
            Err(error) => panic!("the browser refused {method} {path}: {error}"),
        }
    }

    /// A WebDriver command; the error is the driver's own object, with `error` and `message`.
    fn try_command(&self, method: &str, path: &str, body: &Value) -> Result<Value, Value> {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let mut client = http::Http::local(self.port);
        let headers = [("content-type", "application/json; charset=utf-8")];
        let reply = client
            .send(method, path, &headers, body.as_bytes())
            .unwrap_or_else(|e| panic!("chromedriver does not answer {method} {path}: {e}"));
        let value = reply.json()["value"].clone();
        if reply.status == 200 { Ok(value) } else { Err(value) }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Closing the session ends Chromium, which killing chromedriver alone would not.
        if !self.session.is_empty() {
            let mut client = http::Http::local(self.port);
            let _ = client.send("DELETE", &format!("/session/{}", self.session), &[], &[]);
        }
        self.driver.kill();
    }
}

fn on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder: std::path::PathBuf| Path::new(&folder).join(program).is_file())
}
