//! Signing in at a real provider (oidc-provider, certified by the OpenID Foundation), with every kind of signature.

use crate::browser::House;
use base_core::{Clock as _, SystemClock};
use base_testkit::{Http, Process};
use http::StatusCode;
use std::path::PathBuf;
use std::process::Command;

const ADMIN: &str = "/quan-tri/dang-nhap-ngoai";

/// Where `cargo xtask test` installs it: a folder of the target folder.
fn installed() -> Option<PathBuf> {
    let own = std::env::current_exe().ok()?;
    own.ancestors().map(|f| f.join("oidc-provider")).find(|f| f.join("node_modules/oidc-provider").is_dir())
}

struct Running {
    _process: Process,
    port: u16,
}

fn start(folder: &PathBuf, algorithm: &str) -> Running {
    let mut command = Command::new("node");
    command.current_dir(folder).args(["provider.mjs", "https://mangrove.example/dang-nhap/tro-lai", algorithm]);
    let mut process = Process::start(&mut command);
    let port = process.wait_for("the provider", |l| l.strip_prefix("listening on ")?.trim().parse().ok());
    Running { _process: process, port }
}

/// What a person does in the browser there: signs in as `login`, agrees, and is sent back. The path of the return.
fn sign_in_there(port: u16, address: &str, login: &str) -> String {
    let base = format!("http://127.0.0.1:{port}");
    let mut http = Http::local(port);
    let mut path = address.strip_prefix(&base).expect("an address of the provider").to_owned();
    for _ in 0..20 {
        let reply = match path.starts_with("/interaction/") {
            false => http.get(&path),
            true => {
                let page = http.get(&path).expect("a page");
                let prompt = page.hidden("prompt").unwrap_or_else(|| panic!("{}", page.text()));
                http.post_form(&path, &[("prompt", &prompt), ("login", login), ("password", "any")])
            }
        };
        let reply = reply.expect("an answer");
        let to = reply.header("location").unwrap_or_else(|| panic!("{} {}", reply.status, reply.text())).to_owned();
        if let Some(back) = to.strip_prefix("https://mangrove.example") {
            return back.to_owned();
        }
        path = to.strip_prefix(&base).unwrap_or(&to).to_owned();
    }
    panic!("the provider goes in circles");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certified_provider_is_understood_whatever_it_signs_with() {
    let Some(folder) = installed() else {
        return base_testkit::skip("oidc-provider is not installed; `cargo xtask test` does that");
    };
    for algorithm in ["RS256", "PS256", "ES256", "EdDSA"] {
        let running = start(&folder, algorithm);
        let house = House::new().await;
        // The provider's clock is the real one.
        house.clock.advance_secs(SystemClock.now().as_secs() - house.clock.now().as_secs());
        let issuer = format!("http://127.0.0.1:{}", running.port);
        let mut chu = house.signed_in("chu").await;
        let new = format!("{ADMIN}/moi");
        let fields = [
            ("name", "oidc-provider"),
            ("issuer", issuer.as_str()),
            ("client_id", "mangrove"),
            ("secret", "b/m+t s&cret"),
            ("scopes", "openid profile"),
            ("claim", "preferred_username"),
            ("creates", "1"),
            ("active", "1"),
        ];
        let made = chu.post(&new, &new, &fields).await;
        assert_eq!(made.0, StatusCode::SEE_OTHER, "{}", made.2);
        let tried = chu.post(&made.1, &format!("{}/thu", made.1), &[]).await;
        assert!(tried.2.contains("trả lời đầy đủ") && tried.2.contains(algorithm), "{}", tried.2);
        let id = made.1.rsplit('/').next().expect("an id").to_owned();
        let mut browser = house.browser("198.51.100.7");
        let gone = browser.get(&format!("/dang-nhap/qua/{id}")).await;
        assert_eq!(gone.0, StatusCode::SEE_OTHER, "{}", gone.2);
        let (port, address) = (running.port, gone.1);
        let back =
            tokio::task::spawn_blocking(move || sign_in_there(port, &address, "nv.42")).await.expect("comes back");
        let done = browser.get(&back).await;
        assert_eq!(done.0, StatusCode::OK, "{algorithm}: {}", done.2);
        let me = browser.get("/tai-khoan-cua-toi").await;
        assert!(me.2.contains("Name of nv.42"), "{algorithm}: {}", me.2);
        // The same answer again, and with the code of another sign-in.
        assert_eq!(browser.get(&back).await.0, StatusCode::FORBIDDEN);
    }
}
