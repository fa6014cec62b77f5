//! What the tests of warnings begin with.

use area_warn::jobs::MailJob;
use area_warn::ports::{Actor, AlertBrief, AlertSource, Contact, Contacts, MailSettings, MailTls, WarnPorts};
use async_trait::async_trait;
use base_authz::Role;
use base_core::{AlertId, Lang, Result, Scope, Severity, UnitId};
use base_db::Tx;
use base_i18n::Tr;
use base_testkit::console::{Answer, BEGIN, Console, Ground, person, quick_search};
use std::sync::{Arc, Mutex};

/// What was noted on alerts, in order.
pub(crate) type Noted = Arc<Mutex<Vec<String>>>;

/// One alert of the unit SYT, `a1`.
struct Alerts(Noted);

#[async_trait]
impl AlertSource for Alerts {
    async fn alert(&self, scope: &Scope, id: &AlertId) -> Result<Option<AlertBrief>> {
        let unit = UnitId::new("SYT");
        Ok((id.as_str() == "a1" && scope.contains(&unit)).then(|| AlertBrief {
            id: id.clone(),
            title: "Credential dumping".into(),
            title_vi: "Có người đọc trộm mật khẩu trên máy pc-1".into(),
            severity: Severity::Critical,
            unit: Some(unit),
            entity_kind: "host".into(),
            entity_name: "pc-1".into(),
            what: "Có người đọc trộm mật khẩu trên máy pc-1.".into(),
            why: "Mất mật khẩu là mất tất cả.".into(),
            do_now: vec!["Rút dây mạng.".into(), "Đổi mật khẩu.".into()],
            first_seen: BEGIN,
        }))
    }

    async fn warned(&self, _: &mut Tx, _: &Scope, id: &AlertId, by: Actor<'_>, code: &str) -> Result<()> {
        self.0.lock().expect("a lock").push(format!("{id} warned by {} with {code}", by.name));
        Ok(())
    }

    async fn answered(&self, _: &mut Tx, id: &AlertId, by: Actor<'_>, code: &str, note: &str) -> Result<()> {
        self.0.lock().expect("a lock").push(format!("{id} answered by {} to {code}: {note}", by.name));
        Ok(())
    }
}

/// One contact for SYT, a broken one for STC.
struct People;

#[async_trait]
impl Contacts for People {
    async fn of(&self, unit: &UnitId) -> Result<Vec<Contact>> {
        let mail = if unit.as_str() == "SYT" { "cntt.syt@example.org" } else { "không phải địa chỉ" };
        Ok(vec![Contact { name: "Cán bộ CNTT Sở Y tế".into(), mail: mail.into() }])
    }
}

pub(crate) struct Given {
    pub(crate) console: Console,
    pub(crate) ports: WarnPorts,
    pub(crate) noted: Noted,
}

/// A console with warnings; mail goes to `port` of this machine, or nowhere.
pub(crate) async fn given(port: Option<u16>) -> Given {
    let ground = Ground::new().await;
    let noted = Noted::default();
    let settings = |port| MailSettings {
        host: "127.0.0.1".into(),
        port,
        tls: MailTls::None,
        from: "Mangrove <canh-bao@example.org>".into(),
        credentials: None,
        authority_pem: None,
    };
    let ports = WarnPorts {
        alerts: Arc::new(Alerts(Arc::clone(&noted))),
        contacts: Arc::new(People),
        base_url: Arc::from("https://mangrove.example"),
        mail: port.map(settings).map(Arc::new),
    };
    let people = [
        person("phuong", Role::Analyst, None),
        person("hoa", Role::UnitOfficer, Some("SYT")),
        person("lan", Role::UnitOfficer, Some("STC")),
        person("tam", Role::Auditor, None),
    ];
    let console = Console::start(ground, vec![area_warn::area(ports.clone()), quick_search()], &people).await;
    Given { console, ports, noted }
}

impl Given {
    /// The job, without its endless round.
    pub(crate) fn job(&self) -> MailJob {
        let ground = &self.console.ground;
        MailJob {
            db: ground.db.clone(),
            ids: Arc::clone(&ground.ids),
            ports: self.ports.clone(),
            vi: Tr::new(Lang::Vi, Arc::clone(self.console.web.strings())),
            news: ground.news.clone(),
            tell: Arc::new(|_| {}),
        }
    }

    /// Warns a unit as the analyst.
    pub(crate) async fn warn(&self, unit: &str, alert: &str) -> Answer {
        let fields = [
            ("alert", alert),
            ("unit", unit),
            ("severity", "high"),
            ("subject", "Cảnh báo: máy pc-1 bị đọc trộm mật khẩu"),
            ("body", "Kính gửi: đơn vị\n\nĐề nghị <b>rút dây mạng</b>."),
            ("hours", "4"),
        ];
        self.console.post("phuong", "/canh-bao-don-vi/moi", "/canh-bao-don-vi/moi", &fields).await
    }
}
