//! Reviews of access rights, and the evidence they leave (R28).

use base_core::{AccountId, Timestamp};
use sha2::{Digest, Sha256};

/// What was decided about a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// It stays.
    Kept,
    /// It was taken away.
    Taken,
    /// It had ended by itself or otherwise before anybody decided.
    Over,
}

impl Decision {
    /// The stored word.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Decision::Kept => "kept",
            Decision::Taken => "taken",
            Decision::Over => "over",
        }
    }

    /// From the stored word.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Decision::Kept, Decision::Taken, Decision::Over].into_iter().find(|d| d.as_str() == text)
    }
}

/// A review.
#[derive(Clone, Debug)]
pub(crate) struct Review {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) opened_at: Timestamp,
    pub(crate) opened_by: String,
    pub(crate) due_at: Timestamp,
    pub(crate) closed_at: Option<Timestamp>,
    pub(crate) closed_by: Option<String>,
    pub(crate) digest: Option<String>,
    /// Grants listed, decided, taken.
    pub(crate) counts: (i64, i64, i64),
}

impl Review {
    /// Whether it should have been closed by now.
    pub(crate) fn is_overdue(&self, now: Timestamp) -> bool {
        self.closed_at.is_none() && self.due_at <= now
    }
}

/// A grant in a review.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) grant: String,
    pub(crate) account: AccountId,
    pub(crate) login: String,
    pub(crate) name: String,
    pub(crate) role: String,
    /// Name of the unit; `None` = the province.
    pub(crate) unit: Option<String>,
    pub(crate) granted_at: Timestamp,
    pub(crate) granted_by: String,
    pub(crate) valid_until: Option<Timestamp>,
    pub(crate) delegated: bool,
    /// When the person was last signed in or a program acted for the person.
    pub(crate) last_seen: Option<Timestamp>,
    pub(crate) decided: Option<Decided>,
}

/// A decision with its circumstances.
#[derive(Clone, Debug)]
pub(crate) struct Decided {
    pub(crate) decision: Decision,
    pub(crate) why: String,
    pub(crate) at: Timestamp,
    pub(crate) by: String,
    pub(crate) own: bool,
}

/// Headings of the evidence, in the language of the province's records; times are UTC, RFC 3339.
pub(crate) const HEADINGS: [&str; 15] = [
    "Tên đăng nhập",
    "Họ và tên",
    "Vai trò",
    "Đơn vị",
    "Cấp lúc",
    "Người cấp",
    "Hiệu lực đến",
    "Ủy quyền",
    "Hoạt động gần nhất",
    "Kết quả",
    "Lý do",
    "Quyết định lúc",
    "Người quyết định",
    "Tự xác nhận",
    "Mã",
];

impl Item {
    /// Its line in the evidence. Made of stored values alone, so that the file is the same whenever it is made.
    pub(crate) fn evidence(&self) -> [String; 15] {
        let time = |at: Option<Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
        let yes = |flag: bool| if flag { "x".to_owned() } else { String::new() };
        let decided = self.decided.as_ref();
        let text = |part: fn(&Decided) -> String| decided.map(part).unwrap_or_default();
        [
            self.login.clone(),
            self.name.clone(),
            self.role.clone(),
            self.unit.clone().unwrap_or_default(),
            time(Some(self.granted_at)),
            self.granted_by.clone(),
            time(self.valid_until),
            yes(self.delegated),
            time(self.last_seen),
            text(|d| d.decision.as_str().to_owned()),
            text(|d| d.why.clone()),
            text(|d| d.at.to_string()),
            text(|d| d.by.clone()),
            yes(decided.is_some_and(|d| d.own)),
            self.grant.clone(),
        ]
    }
}

/// SHA-256 of a file, in hexadecimal.
pub(crate) fn digest(file: &str) -> String {
    hex::encode(Sha256::digest(file.as_bytes()))
}
