//! What the web glue and the areas need of other areas, as traits wired in `app-server`.

use async_trait::async_trait;
use base_authz::Principal;
use base_core::{AccountId, Lang, Result, Timestamp, UnitId};
use base_ui::Theme;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

/// How somebody is recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    /// By the cookie of a browser, which it sends by itself: forms need their token.
    Cookie,
    /// By a token a program sends on purpose: no form token, no page of one's own account.
    Token,
}

/// A signed-in person's session.
#[derive(Clone, Debug)]
pub struct Session {
    /// Id of the session; not the secret in the cookie.
    pub id: String,
    /// The person with the grants that hold now.
    pub principal: Arc<Principal>,
    /// The language the person chose.
    pub lang: Option<Lang>,
    /// The theme the person chose.
    pub theme: Option<Theme>,
    /// Where the person must go before anything else, such as the page for a new password.
    pub detour: Option<&'static str>,
    /// How the person was recognised.
    pub via: Via,
}

/// How tokens for the console begin, so that they are told apart from those of log senders and found by scanners.
pub const TOKEN_PREFIX: &str = "mgt_";

/// Sessions, kept by `area-identity`.
#[async_trait]
pub trait SessionPort: Send + Sync {
    /// The session behind the secret of a cookie; `None` when unknown, expired or revoked.
    async fn resolve(&self, token: &str, peer: Option<IpAddr>, now: Timestamp) -> Result<Option<Session>>;

    /// The person behind a program's token ([`TOKEN_PREFIX`]), with no more rights than the token has; `None` when
    /// unknown, expired or revoked. Without tokens of that kind: nobody.
    async fn resolve_token(&self, _token: &str, _peer: Option<IpAddr>, _now: Timestamp) -> Result<Option<Session>> {
        Ok(None)
    }

    /// Keeps what a person chose for the next sign-in.
    async fn prefer(&self, account: &AccountId, lang: Option<Lang>, theme: Option<Theme>) -> Result<()>;
}

/// What other areas need to know of a unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitInfo {
    /// Id.
    pub id: UnitId,
    /// Code, such as `SNV`; stands in addresses.
    pub code: String,
    /// Full name.
    pub name: String,
    /// Short name for narrow places.
    pub short: String,
    /// Block it belongs to, such as `so_nganh`, `huyen`, `dang`, `doan_the`.
    pub block: String,
    /// Whether it exists at present (not merged or dissolved).
    pub active: bool,
}

/// The units, kept in memory by `area-org` and refreshed when they change.
pub trait UnitDirectory: Send + Sync {
    /// By id.
    fn unit(&self, id: &UnitId) -> Option<UnitInfo>;
    /// Every unit, in the order of the official list.
    fn all(&self) -> Arc<[UnitInfo]>;
    /// By code, without regard to case.
    fn resolve_code(&self, code: &str) -> Option<UnitInfo>;
    /// Name to show; the id itself when the unit is unknown.
    fn name(&self, id: &UnitId) -> String {
        self.unit(id).map_or_else(|| id.as_str().to_owned(), |u| u.name)
    }
    /// What it was called at `at`: for what is told of the past. A directory without a past gives the name of now.
    fn name_at(&self, id: &UnitId, at: Timestamp) -> String {
        let _ = at;
        self.name(id)
    }
}

impl fmt::Debug for dyn SessionPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionPort")
    }
}

impl fmt::Debug for dyn UnitDirectory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UnitDirectory({} units)", self.all().len())
    }
}
