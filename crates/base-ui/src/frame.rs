//! The page around the content: head, navigation, header, help.

use crate::icon::{Icon, icon};
use crate::{Href, Tone, asset, keys, notice};
use base_core::Lang;
use base_i18n::Tr;
use maud::{DOCTYPE, Markup, html};

/// Light, dark, or as the device has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the device has it.
    #[default]
    Auto,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// Every theme, in the order the switch shows them.
    pub const ALL: [Theme; 3] = [Theme::Auto, Theme::Light, Theme::Dark];

    /// The stored word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Theme::Auto => "auto",
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }

    /// From the stored word; anything else is [`Theme::Auto`].
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self::ALL.into_iter().find(|t| t.as_str() == text).unwrap_or_default()
    }

    const fn icon(self) -> Icon {
        match self {
            Theme::Auto => Icon::Contrast,
            Theme::Light => Icon::Sun,
            Theme::Dark => Icon::Moon,
        }
    }
}

/// The parts of the navigation, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NavGroup {
    /// What happens.
    Watch,
    /// What is done about it.
    Respond,
    /// Units, systems, the plan.
    Govern,
    /// The program itself.
    Manage,
}

impl NavGroup {
    fn title(self, tr: &Tr) -> String {
        match self {
            NavGroup::Watch => tr.t("ui-nav-watch"),
            NavGroup::Respond => tr.t("ui-nav-respond"),
            NavGroup::Govern => tr.t("ui-nav-govern"),
            NavGroup::Manage => tr.t("ui-nav-manage"),
        }
    }
}

/// An entry of the navigation.
#[derive(Clone, Debug)]
pub struct NavLink {
    /// Its part.
    pub group: NavGroup,
    /// Its text.
    pub label: String,
    /// Where it leads.
    pub href: &'static str,
    /// Its sign.
    pub icon: Icon,
    /// Is where the person is.
    pub current: bool,
}

/// Who is signed in.
#[derive(Clone, Debug)]
pub struct Person {
    /// Name.
    pub name: String,
    /// Unit or "the province".
    pub place: String,
}

/// What the operation before has to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flash {
    /// How it went.
    pub tone: Tone,
    /// In the person's language.
    pub text: String,
}

/// A page above the present one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crumb {
    /// Its name.
    pub label: String,
    /// Where it is.
    pub href: Href,
}

/// Everything around the content of a page.
#[derive(Debug)]
pub struct Frame<'a> {
    /// Texts.
    pub tr: &'a Tr,
    /// Title of the page; the window shows it before the name of the program.
    pub title: &'a str,
    /// The navigation of this person.
    pub nav: &'a [NavLink],
    /// The pages above this one, from the outermost.
    pub crumbs: &'a [Crumb],
    /// Notices the person has not read; `None` where there is neither inbox nor quick search.
    pub unread: Option<i64>,
    /// Whether single keys act.
    pub keys: bool,
    /// Who is signed in.
    pub person: Option<Person>,
    /// Theme.
    pub theme: Theme,
    /// Present address, to come back to after switching language or theme.
    pub here: &'a str,
    /// Hidden field for forms; see `base-web`.
    pub csrf: Markup,
    /// CSRF token for requests made by script.
    pub csrf_token: &'a str,
    /// What the operation before has to say.
    pub flash: Option<Flash>,
}

impl Frame<'_> {
    /// The whole page with navigation.
    #[must_use]
    pub fn page(&self, content: Markup) -> Markup {
        self.document(
            "app",
            html! {
                a class="skip" href="#content" { (self.tr.t("ui-skip")) }
                div class="shell" {
                    (self.sidebar())
                    div class="main" {
                        (self.header())
                        main id="content" tabindex="-1" {
                            @if let Some(flash) = &self.flash { div class="flash" { (notice(flash.tone, html! { p { (flash.text) } })) } }
                            (self.breadcrumbs())
                            (content)
                        }
                    }
                }
                (crate::dialog(self.tr, "keys", &self.tr.t("ui-keys"), keys::help(self.tr, self.nav, self.keys)))
                @if self.unread.is_some() { (keys::palette(self.tr)) }
                (self.asking())
            },
        )
    }

    /// A page without navigation: sign-in, first start, errors before sign-in.
    #[must_use]
    pub fn plain(&self, content: Markup) -> Markup {
        self.document(
            "plain",
            html! {
                a class="skip" href="#content" { (self.tr.t("ui-skip")) }
                header class="plain-top" { (brand(self.tr)) div class="header-tools" { (self.language()) (self.theme_switch()) } }
                main id="content" class="plain-main" tabindex="-1" {
                    @if let Some(flash) = &self.flash { div class="flash" { (notice(flash.tone, html! { p { (flash.text) } })) } }
                    (content)
                }
                footer class="plain-foot" { (self.tr.t("ui-foot")) }
            },
        )
    }

    fn document(&self, class: &str, body: Markup) -> Markup {
        let token = (!self.csrf_token.is_empty()).then_some(self.csrf_token);
        let keys = (class == "app").then(|| keys::table(self.nav));
        html! {
            (DOCTYPE)
            html lang=(self.tr.lang().tag()) data-theme=(self.theme.as_str()) {
                (head(self.tr, self.title))
                body class=(class) data-csrf=[token] data-keys=[keys] data-keys-off[!self.keys] data-lost=(self.tr.t("ui-live-lost")) data-copied=(self.tr.t("ui-copied")) {
                    (body)
                    div id="toasts" class="toasts" role="status" aria-live="polite" {}
                }
            }
        }
    }

    fn sidebar(&self) -> Markup {
        html! {
            nav class="sidebar" aria-label=(self.tr.t("ui-nav-label")) {
                div class="sidebar-top" {
                    (brand(self.tr))
                    button type="button" class="button-icon nav-toggle" data-nav-toggle aria-expanded="false" aria-controls="nav" aria-label=(self.tr.t("ui-menu")) {
                        (icon(Icon::Menu))
                    }
                }
                div id="nav" class="nav" {
                    @for group in [NavGroup::Watch, NavGroup::Respond, NavGroup::Govern, NavGroup::Manage] {
                        @let links: Vec<_> = self.nav.iter().filter(|l| l.group == group).collect();
                        @if !links.is_empty() {
                            h2 class="nav-title" { (group.title(self.tr)) }
                            ul {
                                @for link in links {
                                    li { a href=(link.href) aria-current=[link.current.then_some("page")] { (icon(link.icon)) span { (link.label) } } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    fn header(&self) -> Markup {
        html! {
            header class="header" {
                @if let Some(person) = &self.person { span class="header-place" { (icon(Icon::Building)) span { (person.place) } } }
                span class="live" data-live-state hidden { span class="live-dot" {} span class="live-text" { (self.tr.t("ui-live-on")) } }
                @if self.unread.is_some() {
                    a class="quick" href="/tim-nhanh" data-palette aria-haspopup="dialog" aria-keyshortcuts="Control+K" {
                        (icon(Icon::Search)) span { (self.tr.t("ui-palette-open")) } kbd aria-hidden="true" { "Ctrl K" }
                    }
                }
                div class="header-tools" {
                    (self.language())
                    (self.theme_switch())
                    a class="button-icon" href="/tai-khoan-cua-toi/phim-tat" data-help aria-haspopup="dialog" aria-label=(self.tr.t("ui-keys")) title=(self.tr.t("ui-keys")) { (icon(Icon::Help)) }
                    @if let Some(unread) = self.unread {
                        a class="bell" href="/thong-bao" data-live="notices" data-live-url="/thong-bao/so" { (bell(self.tr, unread)) }
                    }
                    @if let Some(person) = &self.person {
                        a class="header-person" href="/tai-khoan-cua-toi" { (icon(Icon::Person)) span { (person.name) } }
                        form method="post" action="/dang-xuat" {
                            (self.csrf)
                            button class="button-icon" aria-label=(self.tr.t("ui-sign-out")) title=(self.tr.t("ui-sign-out")) { (icon(Icon::Leave)) }
                        }
                    }
                }
            }
        }
    }

    /// Two buttons of a form, so that it works without script.
    fn language(&self) -> Markup {
        html! {
            form class="switch" method="post" action="/tuy-chon" aria-label=(self.tr.t("ui-language")) {
                (self.csrf)
                input type="hidden" name="next" value=(self.here);
                @for lang in Lang::ALL {
                    button name="lang" value=(lang.tag()) lang=(lang.tag()) title=(language_name(lang))
                        aria-pressed=(if lang == self.tr.lang() { "true" } else { "false" }) { (lang.tag().to_uppercase()) span class="visually-hidden" { " " (language_name(lang)) } }
                }
            }
        }
    }

    fn theme_switch(&self) -> Markup {
        html! {
            form class="switch" method="post" action="/tuy-chon" aria-label=(self.tr.t("ui-theme")) {
                (self.csrf)
                input type="hidden" name="next" value=(self.here);
                @for theme in Theme::ALL {
                    @let label = self.tr.dynamic("ui-theme-", theme.as_str());
                    button name="theme" value=(theme.as_str()) data-theme-button title=(label) aria-label=(label)
                        aria-pressed=(if theme == self.theme { "true" } else { "false" }) { (icon(theme.icon())) }
                }
            }
        }
    }

    /// The two questions of the script: whether something shall really be done, and that the session has ended.
    fn asking(&self) -> Markup {
        let tr = self.tr;
        html! {
            dialog id="confirm" class="dialog" aria-labelledby="confirm-question" {
                div class="dialog-body" {
                    p id="confirm-question" data-question {}
                    div class="form-actions" {
                        button type="button" class="button" data-no data-close-dialog { (tr.t("ui-confirm-no")) }
                        button type="button" class="button button-danger" data-yes=(tr.t("ui-confirm-yes")) {}
                    }
                }
            }
            (crate::dialog(tr, "session-ended", &tr.t("ui-session-ended"), html! {
                p { (tr.t("ui-session-ended-text")) }
                p { a class="button button-primary" href="/dang-nhap" target="_blank" rel="opener" { (tr.t("ui-session-sign-in")) } }
            }))
        }
    }

    fn breadcrumbs(&self) -> Markup {
        if self.crumbs.is_empty() {
            return html! {};
        }
        html! {
            nav class="crumbs" aria-label=(self.tr.t("ui-crumbs")) {
                ol {
                    @for crumb in self.crumbs { li { a href=(crumb.href) { (crumb.label) } } }
                    li aria-current="page" { (self.title) }
                }
            }
        }
    }
}

/// Beyond so many the bell says "99+".
const MOST_COUNTED: i64 = 99;

/// What the bell shows: its sign, and how much there is to read. Fetched anew when there is news.
#[must_use]
pub fn bell(tr: &Tr, unread: i64) -> Markup {
    let count = if unread > MOST_COUNTED { format!("{MOST_COUNTED}+") } else { unread.to_string() };
    html! {
        (icon(Icon::Bell))
        span class="visually-hidden" { (tr.ta("ui-bell", &[("n", &unread)])) }
        @if unread > 0 { span class="bell-count" aria-hidden="true" { (count) } }
    }
}

/// A page without anything of a person: for errors that come before the session is known.
#[must_use]
pub fn bare(tr: &Tr, title: &str, content: Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(tr.lang().tag()) data-theme="auto" {
            (head(tr, title))
            body class="plain" {
                header class="plain-top" { (brand(tr)) }
                main id="content" class="plain-main" { (content) }
            }
        }
    }
}

fn head(tr: &Tr, title: &str) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            // htmx must neither evaluate text nor add a style element: the policy forbids both.
            meta name="htmx-config" content=r#"{"allowEval":false,"includeIndicatorStyles":false,"selfRequestsOnly":true,"historyCacheSize":0}"#;
            title { (title) " · " (tr.t("ui-product")) }
            link rel="icon" type="image/svg+xml" href=(asset::path("mangrove.svg"));
            link rel="stylesheet" href=(asset::path("mangrove.css"));
            script src=(asset::path("htmx.js")) defer {}
            script src=(asset::path("mangrove.js")) defer {}
            script src=(asset::path("shell.js")) defer {}
        }
    }
}

fn brand(tr: &Tr) -> Markup {
    html! {
        a class="brand" href="/" {
            img src=(asset::path("mangrove.svg")) width="28" height="28" alt="";
            span class="brand-text" { span class="brand-name" { (tr.t("ui-product")) } span class="brand-line" { (tr.t("ui-tagline")) } }
        }
    }
}

const fn language_name(lang: Lang) -> &'static str {
    match lang {
        Lang::Vi => "Tiếng Việt",
        Lang::En => "English",
    }
}
