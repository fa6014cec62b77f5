//! What every handler can reach: records, clock, texts, ports, news.

use crate::csrf::Key;
use crate::find::Finder;
use crate::ports::{SessionPort, UnitDirectory};
use crate::{Area, Broadcaster, NavItem, RoutePolicy};
use base_core::{IdSource, SharedClock};
use base_db::Db;
use base_i18n::{Strings, StringsError};
use std::fmt;
use std::sync::Arc;

/// What `app-server` builds [`Web`] from.
#[derive(Debug)]
pub struct WebParts {
    /// The records.
    pub db: Db,
    /// The clock.
    pub clock: SharedClock,
    /// The source of ids.
    pub ids: Arc<IdSource>,
    /// The texts of all areas: [`load_strings`].
    pub strings: Arc<Strings>,
    /// Sessions.
    pub sessions: Arc<dyn SessionPort>,
    /// Units.
    pub units: Arc<dyn UnitDirectory>,
    /// News for the browsers.
    pub news: Broadcaster,
    /// Whether people come in over TLS: `__Host-` cookies and HSTS.
    pub secure: bool,
    /// Secret of this installation, kept in the data folder; signs CSRF tokens and flash messages.
    pub secret: [u8; 32],
}

pub(crate) struct Inner {
    pub(crate) parts: WebParts,
    pub(crate) key: Key,
    pub(crate) nav: Vec<NavItem>,
    pub(crate) also: Vec<NavItem>,
    /// Whether there are pages for the inbox and the quick search.
    pub(crate) has_shell: bool,
    pub(crate) finders: Vec<Arc<dyn Finder>>,
    pub(crate) policies: Vec<RoutePolicy>,
}

/// What every handler can reach. The state of all routers; cheap to clone.
#[derive(Clone)]
pub struct Web(pub(crate) Arc<Inner>);

impl fmt::Debug for Web {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Web").field("routes", &self.0.policies.len()).finish_non_exhaustive()
    }
}

impl Web {
    /// The records.
    #[must_use]
    pub fn db(&self) -> &Db {
        &self.0.parts.db
    }

    /// The clock.
    #[must_use]
    pub fn clock(&self) -> &SharedClock {
        &self.0.parts.clock
    }

    /// The source of ids.
    #[must_use]
    pub fn ids(&self) -> &Arc<IdSource> {
        &self.0.parts.ids
    }

    /// The texts.
    #[must_use]
    pub fn strings(&self) -> &Arc<Strings> {
        &self.0.parts.strings
    }

    /// Sessions.
    #[must_use]
    pub fn sessions(&self) -> &Arc<dyn SessionPort> {
        &self.0.parts.sessions
    }

    /// Units.
    #[must_use]
    pub fn units(&self) -> &Arc<dyn UnitDirectory> {
        &self.0.parts.units
    }

    /// News for the browsers.
    #[must_use]
    pub fn news(&self) -> &Broadcaster {
        &self.0.parts.news
    }

    /// Whether people come in over TLS.
    #[must_use]
    pub fn secure(&self) -> bool {
        self.0.parts.secure
    }

    /// Every page with a name of its own: those of the navigation, then those below them.
    pub fn places(&self) -> impl Iterator<Item = &NavItem> {
        self.0.nav.iter().chain(&self.0.also)
    }

    /// Every route with its right: for the golden list and the tests that follow all of them.
    #[must_use]
    pub fn policies(&self) -> &[RoutePolicy] {
        &self.0.policies
    }
}

/// The texts of `areas` and of the base crates.
///
/// # Errors
/// Every mistake in the files of texts.
pub fn load_strings(areas: &[Area]) -> Result<Arc<Strings>, Vec<StringsError>> {
    let mut sources = base_ui::STRINGS.to_vec();
    sources.extend_from_slice(crate::STRINGS);
    for area in areas {
        sources.extend_from_slice(area.strings);
    }
    Strings::load(&sources).map(Arc::new)
}
