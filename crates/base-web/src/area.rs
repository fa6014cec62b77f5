//! What an area hands in.

use crate::Web;
use crate::find::Finder;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::routing::{MethodFilter, MethodRouter, on};
use base_authz::Action;
use base_db::Migration;
use base_i18n::{FtlSource, Tr};
use base_ui::{Icon, NavGroup};
use http::Method;
use std::sync::Arc;
use std::time::Duration;
use utoipa::openapi::OpenApi;

/// Who may follow a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anybody, signed in or not.
    Public,
    /// Anybody who is signed in.
    SignedIn,
    /// Who may do this somewhere; the operation narrows it to the units of the person's grants.
    May(Action),
    /// Programs with a token of their own, which the handler checks. No session, no CSRF check:
    /// nothing a browser sends by itself counts here.
    Bearer,
}

/// A route, its right, and its bounds. One per method and path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoutePolicy {
    /// Method.
    pub method: Method,
    /// Path as the router matches it, such as `/canh-bao/{id}`.
    pub path: &'static str,
    /// Who may follow it.
    pub access: Access,
    /// Until when the handler must have begun to answer.
    pub timeout: Duration,
}

/// Until when a handler must have begun to answer, unless the route says otherwise.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Routes under construction: what is added here has a right, so none can be forgotten.
#[derive(Debug, Default)]
pub struct Routes {
    router: Router<Web>,
    policies: Vec<RoutePolicy>,
}

impl Routes {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A page or fragment.
    #[must_use]
    pub fn get<H: Handler<T, Web>, T: 'static>(self, path: &'static str, access: Access, handler: H) -> Self {
        self.add(Method::GET, path, access, TIMEOUT, on(MethodFilter::GET, handler))
    }

    /// A page whose making takes long: `timeout` instead of the usual half minute.
    #[must_use]
    pub fn get_slow<H: Handler<T, Web>, T: 'static>(
        self,
        path: &'static str,
        access: Access,
        timeout: Duration,
        handler: H,
    ) -> Self {
        self.add(Method::GET, path, access, timeout, on(MethodFilter::GET, handler))
    }

    /// A form.
    #[must_use]
    pub fn post<H: Handler<T, Web>, T: 'static>(self, path: &'static str, access: Access, handler: H) -> Self {
        self.add(Method::POST, path, access, TIMEOUT, on(MethodFilter::POST, handler))
    }

    /// A form or request with a body of up to `max_bytes` that may take `timeout`: uploads.
    /// Multipart forms carry their CSRF token in the address; see [`crate::Ctx::csrf_action`].
    #[must_use]
    pub fn post_large<H: Handler<T, Web>, T: 'static>(
        self,
        path: &'static str,
        access: Access,
        max_bytes: usize,
        timeout: Duration,
        handler: H,
    ) -> Self {
        let route = on(MethodFilter::POST, handler).layer(DefaultBodyLimit::max(max_bytes));
        self.add(Method::POST, path, access, timeout, route)
    }

    /// A path for programs with a token of their own, by whatever method; the handler bounds bodies itself.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "as the other methods take their handlers")]
    pub fn machines<H: Handler<T, Web>, T: 'static>(self, path: &'static str, timeout: Duration, handler: H) -> Self {
        let methods = [
            (Method::GET, MethodFilter::GET),
            (Method::POST, MethodFilter::POST),
            (Method::PUT, MethodFilter::PUT),
            (Method::DELETE, MethodFilter::DELETE),
        ];
        methods.into_iter().fold(self, |routes, (method, filter)| {
            routes.add(method, path, Access::Bearer, timeout, on(filter, handler.clone()))
        })
    }

    fn add(
        mut self,
        method: Method,
        path: &'static str,
        access: Access,
        timeout: Duration,
        route: MethodRouter<Web>,
    ) -> Self {
        self.router = self.router.route(path, route);
        self.policies.push(RoutePolicy { method, path, access, timeout });
        self
    }

    /// Gives every handler of these routes a value, taken out with `axum::Extension`: the ports of the area.
    #[must_use]
    pub fn with<T: Clone + Send + Sync + 'static>(mut self, value: T) -> Self {
        self.router = self.router.layer(axum::Extension(value));
        self
    }
}

/// An entry of the navigation, shown to who may do `action`.
#[derive(Clone, Copy, Debug)]
pub struct NavItem {
    /// Its text; a function, so that the key stands in a greppable `tr.t("…")`.
    pub label: fn(&Tr) -> String,
    /// Where it leads; pages below it (`/canh-bao/…`) mark it as the present one too.
    pub href: &'static str,
    /// Who sees it.
    pub action: Action,
    /// Its part of the navigation.
    pub group: NavGroup,
    /// Place within the part, small first.
    pub order: u16,
    /// Its sign.
    pub icon: Icon,
}

/// A vertical slice of the program, as `app-server` lists it.
#[derive(Debug)]
pub struct Area {
    /// Name, as in the crate: `desk`.
    pub name: &'static str,
    /// Its routes.
    pub router: Router<Web>,
    /// Their rights.
    pub routes: Vec<RoutePolicy>,
    /// Its entries in the navigation.
    pub nav: Vec<NavItem>,
    /// Its pages below those: steps of the breadcrumbs, and found by the quick search.
    pub also: Vec<NavItem>,
    /// What finds its things in the quick search.
    pub finders: Vec<Arc<dyn Finder>>,
    /// The steps of its tables.
    pub migrations: &'static [Migration],
    /// Its texts.
    pub strings: &'static [FtlSource],
    /// What it offers to programs.
    pub api: Option<OpenApi>,
}

impl Area {
    /// An area with its routes.
    #[must_use]
    pub fn new(name: &'static str, routes: Routes) -> Self {
        Self {
            name,
            router: routes.router,
            routes: routes.policies,
            nav: Vec::new(),
            also: Vec::new(),
            finders: Vec::new(),
            migrations: &[],
            strings: &[],
            api: None,
        }
    }

    /// Its entries in the navigation.
    #[must_use]
    pub fn nav(mut self, nav: impl IntoIterator<Item = NavItem>) -> Self {
        self.nav.extend(nav);
        self
    }

    /// Its pages that have no entry in the navigation of their own: `group`, `order` and `icon` of these are not used.
    #[must_use]
    pub fn also(mut self, pages: impl IntoIterator<Item = NavItem>) -> Self {
        self.also.extend(pages);
        self
    }

    /// What finds its things in the quick search.
    #[must_use]
    pub fn finder(mut self, finder: impl Finder + 'static) -> Self {
        self.finders.push(Arc::new(finder));
        self
    }

    /// The steps of its tables.
    #[must_use]
    pub fn migrations(mut self, migrations: &'static [Migration]) -> Self {
        self.migrations = migrations;
        self
    }

    /// What it offers to programs, for the text of the API.
    #[must_use]
    pub fn api(mut self, api: OpenApi) -> Self {
        self.api = Some(api);
        self
    }

    /// Its texts.
    #[must_use]
    pub fn strings(mut self, strings: &'static [FtlSource]) -> Self {
        self.strings = strings;
        self
    }
}
