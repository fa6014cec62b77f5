//! Every route of the whole program with who may follow it, as a list that is read in review.

use super::{Wired, wire};
use crate::config::{Defaults, ServeArgs};
use crate::data_dir::DataDir;
use base_authz::policy::roles_for;
use base_web::Access;

async fn wired() -> (Wired, tempfile::TempDir) {
    let dir = tempfile::tempdir().expect("folder");
    let data = dir.path().join("data").to_string_lossy().into_owned();
    let flags = [("data", data), ("http", "true".to_owned())].map(|(name, value)| (name.to_owned(), vec![value]));
    let args = ServeArgs { flags: flags.into(), ..ServeArgs::default() };
    let config = args.resolve(Defaults::UP).expect("settings");
    let data = DataDir::open(&config.data).expect("folder");
    let kept = crate::app::open(config, data).await.expect("opens");
    (wire(&kept).await.expect("wires"), dir)
}

/// The text in a file of the repository, written anew with `MANGROVE_BLESS=1`.
fn same_as_kept(text: &str, file: &str) {
    let path = format!("{}/{file}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("MANGROVE_BLESS").is_some() {
        std::fs::write(&path, text).expect("written");
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(text, kept, "{file} is not true any more: run with MANGROVE_BLESS=1 and say why in the commit");
}

/// Regenerate with `MANGROVE_BLESS=1 cargo test -p app-server the_text_of_the_api`.
#[tokio::test]
async fn the_text_of_the_api_is_the_one_in_the_documents() {
    let (wired, _dir) = wired().await;
    same_as_kept(&wired.api, "../../docs/api/openapi.json");
}

/// Regenerate with `MANGROVE_BLESS=1 cargo test -p app-server every_route`, then read the difference.
#[tokio::test]
async fn every_route_stands_in_the_list_with_its_right() {
    let (wired, _dir) = wired().await;
    let mut lines: Vec<String> = wired
        .web
        .policies()
        .iter()
        .map(|policy| {
            let who = match policy.access {
                Access::Public => "anybody".to_owned(),
                Access::SignedIn => "signed in".to_owned(),
                Access::Bearer => "token of the handler's own".to_owned(),
                Access::May(action) => {
                    let roles: Vec<_> = roles_for(action).iter().map(|r| r.as_str()).collect();
                    format!("{} ({})", action.as_str(), roles.join(", "))
                }
            };
            format!("{} {} → {who}\n", policy.path, policy.method)
        })
        .collect();
    lines.sort();
    let list = lines.concat();
    same_as_kept(&list, "routes.golden.txt");
}
