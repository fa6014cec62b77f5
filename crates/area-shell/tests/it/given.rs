//! A console with the shell, an area that finds things of two units, and people of each.

use area_shell::ports::{Amount, Check, Figures, Health, HealthPort, Level, Setting, SettingsPort, ShellPorts};
use async_trait::async_trait;
use base_authz::{Action, Principal, Role};
use base_core::{Error, Kind, Result, Timestamp, UnitId};
use base_i18n::Tr;
use base_testkit::console::{BEGIN, Console, Ground, person};
use base_ui::{Href, Icon};
use base_web::find::{Finder, Found, Words};
use base_web::{Area, Ctx, Routes};
use std::sync::Arc;

/// A machine of each unit, found by name.
struct Machines;

#[async_trait]
impl Finder for Machines {
    fn label(&self, _: &Tr) -> String {
        "Máy".to_owned()
    }

    fn icon(&self) -> Icon {
        Icon::Machine
    }

    fn action(&self) -> Action {
        Action::UnitsRead
    }

    async fn find(&self, ctx: &Ctx, words: &Words, most: usize) -> Result<Vec<Found>> {
        let scope = ctx.require(Action::UnitsRead)?;
        let all = [("SYT", "may-y-te <1>"), ("STC", "máy tài chính")];
        let own = all.into_iter().filter(|(unit, _)| scope.contains(&UnitId::new(*unit)));
        let fits = own.filter(|(_, name)| words.rank(name).is_some());
        let found = fits.map(|(unit, name)| Found {
            title: name.to_owned(),
            hint: unit.to_owned(),
            href: Href::new("/don-vi").segment(unit),
        });
        Ok(found.take(most).collect())
    }
}

/// Only administrators may look, and the records do not answer them.
struct Broken;

#[async_trait]
impl Finder for Broken {
    fn label(&self, _: &Tr) -> String {
        "Hỏng".to_owned()
    }

    fn icon(&self) -> Icon {
        Icon::Key
    }

    fn action(&self) -> Action {
        Action::AccountsManage
    }

    async fn find(&self, _: &Ctx, _: &Words, _: usize) -> Result<Vec<Found>> {
        Err(Error::new(Kind::Unavailable, "the records do not answer"))
    }
}

struct Program;

#[async_trait]
impl HealthPort for Program {
    async fn health(&self, tr: &Tr) -> Health {
        let check = |level, what: &str, remedy: &str| Check {
            level,
            what: what.to_owned(),
            evidence: "/var/lib <1 %>".to_owned(),
            why: String::new(),
            remedy: remedy.to_owned(),
        };
        Health {
            looked_at: Some(BEGIN),
            checks: vec![check(Level::Well, "Đồng hồ đúng", ""), check(Level::Fault, "Ổ đĩa đã đầy", "Giải phóng chỗ")],
            figures: vec![Figures {
                part: "disk",
                answers: true,
                values: vec![
                    ("free", Amount::Bytes(1 << 30)),
                    ("used", Amount::Share(0.99)),
                    ("backup", Amount::Unknown),
                ],
            }],
            version: tr.lang().tag().to_owned(),
            since: Timestamp::from_secs(1_393_900_000),
        }
    }
}

impl SettingsPort for Program {
    fn settings(&self, _: &Tr) -> (Option<String>, Vec<(String, Vec<Setting>)>) {
        let one = |name: &str, value: &str, given| Setting {
            name: name.to_owned(),
            what: format!("để làm {name}"),
            value: Some(value.to_owned()).filter(|v| !v.is_empty()),
            place: "mặc định".to_owned(),
            given,
        };
        let settings = vec![one("port", "8443", false), one("smtp", "••••••••", true), one("lake-cold", "", false)];
        (Some("/etc/mangrove/mangrove.toml".to_owned()), vec![("Chung".to_owned(), settings)])
    }
}

/// Everybody who is signed in.
pub(crate) fn people() -> Vec<Principal> {
    vec![
        person("chu", Role::Administrator, None),
        person("phuong", Role::Analyst, None),
        person("hoa", Role::UnitOfficer, Some("SYT")),
        person("lan", Role::UnitOfficer, Some("STC")),
    ]
}

pub(crate) async fn console() -> Console {
    let ports = ShellPorts { health: Arc::new(Program), settings: Arc::new(Program) };
    let other = Area::new("other", Routes::new()).finder(Machines).finder(Broken);
    Console::start(Ground::new().await, vec![area_shell::area(ports), other], &people()).await
}
