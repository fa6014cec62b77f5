//! Every route of the whole program with who may follow it, as a list that is read in review.

use super::wire;
use crate::config::{Defaults, ServeArgs};
use crate::data_dir::DataDir;
use base_authz::policy::roles_for;
use base_web::Access;

/// Regenerate with `MANGROVE_BLESS=1 cargo test -p app-server every_route`, then read the difference.
#[tokio::test]
async fn every_route_stands_in_the_list_with_its_right() {
    let dir = tempfile::tempdir().expect("folder");
    let data = dir.path().join("data").to_string_lossy().into_owned();
    let flags = [("data", data), ("http", "true".to_owned())].map(|(name, value)| (name.to_owned(), vec![value]));
    let args = ServeArgs { flags: flags.into(), ..ServeArgs::default() };
    let config = args.resolve(Defaults::UP).expect("settings");
    let data = DataDir::open(&config.data).expect("folder");
    let kept = crate::app::open(config, data).await.expect("opens");
    let wired = wire(&kept).await.expect("wires");

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
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/routes.golden.txt");
    if std::env::var_os("MANGROVE_BLESS").is_some() {
        std::fs::write(path, &list).expect("written");
    }
    let golden = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(list, golden, "routes or their rights have changed: bless routes.golden.txt and say why in the commit");
}
