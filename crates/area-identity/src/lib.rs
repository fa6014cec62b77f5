//! Who signs in: accounts, passwords, sessions, grants, and the pages for them.
//!
//! The threat model is `docs/security/sign-in.md`. Sessions are handed to the web glue through
//! [`base_web::ports::SessionPort`], implemented by [`Identity`].

mod identity;
mod model;
pub mod ops;
mod pages;
mod port;
pub mod ports;
mod store;

pub use identity::{Identity, IdentityParts};
pub use model::account::{Account, NewAccount};
pub use model::factor::SecondFactor;
pub use model::password::{MAX_PASSWORD_BYTES, MIN_PASSWORD_CHARS};

use base_authz::Action;
use base_core::Lang;
use base_db::Migration;
use base_i18n::FtlSource;
use base_ui::{Icon, NavGroup};
use base_web::{Access, Area, NavItem, Routes};
use std::sync::Arc;

/// The tables.
pub const MIGRATIONS: &[Migration] = &[
    Migration {
        area: "identity",
        name: "20261122T0310_accounts",
        sql: include_str!("../migrations/20261122T0310_accounts.sql"),
    },
    Migration {
        area: "identity",
        name: "20261123T0315_second_factor",
        sql: include_str!("../migrations/20261123T0315_second_factor.sql"),
    },
    Migration {
        area: "identity",
        name: "20261123T0330_delegations",
        sql: include_str!("../migrations/20261123T0330_delegations.sql"),
    },
    Migration {
        area: "identity",
        name: "20261123T0340_tokens",
        sql: include_str!("../migrations/20261123T0340_tokens.sql"),
    },
    Migration {
        area: "identity",
        name: "20261123T0350_access_review",
        sql: include_str!("../migrations/20261123T0350_access_review.sql"),
    },
    Migration {
        area: "identity",
        name: "20261123T0400_invitations",
        sql: include_str!("../migrations/20261123T0400_invitations.sql"),
    },
    Migration {
        area: "identity",
        name: "20261123T0410_passkeys",
        sql: include_str!("../migrations/20261123T0410_passkeys.sql"),
    },
    Migration {
        area: "identity",
        name: "20261123T0700_providers",
        sql: include_str!("../migrations/20261123T0700_providers.sql"),
    },
    Migration {
        area: "identity",
        name: "20261123T0710_notices",
        sql: include_str!("../migrations/20261123T0710_notices.sql"),
    },
];

/// The texts.
pub const STRINGS: &[FtlSource] = &[
    (Lang::Vi, "identity", include_str!("../locales/vi/identity.ftl")),
    (Lang::En, "identity", include_str!("../locales/en/identity.ftl")),
];

/// The area.
#[must_use]
pub fn area(identity: Arc<Identity>) -> Area {
    Area::new("identity", routes(identity)).migrations(MIGRATIONS).strings(STRINGS).finder(pages::find::People).nav([
        NavItem {
            label: |tr| tr.t("identity-nav-accounts"),
            href: "/quan-tri/tai-khoan",
            action: Action::AccountsRead,
            group: NavGroup::Manage,
            order: 10,
            icon: Icon::People,
        },
        NavItem {
            label: |tr| tr.t("identity-reviews"),
            href: "/quan-tri/ra-soat-quyen",
            action: Action::AccessRead,
            group: NavGroup::Manage,
            order: 20,
            icon: Icon::Shield,
        },
    ])
}

fn routes(identity: Arc<Identity>) -> Routes {
    use Access::{May, Public, SignedIn};
    let manage = May(Action::AccountsManage);
    Routes::new()
        .get("/dang-nhap", Public, pages::sign_in::show)
        .post("/dang-nhap", Public, pages::sign_in::send)
        .get("/dang-nhap/ma-xac-thuc", Public, pages::second_step::show)
        .post("/dang-nhap/ma-xac-thuc", Public, pages::second_step::send)
        .post("/dang-nhap/ma-xac-thuc/khoa", Public, pages::second_step::send_passkey)
        .get("/dang-nhap/qua/{id}", Public, pages::outside::begin)
        .get("/dang-nhap/tro-lai", Public, pages::outside::come_back)
        .post("/dang-xuat", SignedIn, pages::sign_in::leave)
        .get("/loi-moi", Public, pages::invitation::show)
        .post("/loi-moi", Public, pages::invitation::send)
        .get("/bat-dau", Public, pages::first_start::show)
        .post("/bat-dau", Public, pages::first_start::send)
        .get("/tai-khoan-cua-toi", SignedIn, pages::me::show)
        .get("/tai-khoan-cua-toi/mat-khau", SignedIn, pages::my_password::show)
        .post("/tai-khoan-cua-toi/mat-khau", SignedIn, pages::my_password::send)
        .get("/tai-khoan-cua-toi/xac-thuc", SignedIn, pages::factor::show)
        .post("/tai-khoan-cua-toi/xac-thuc", SignedIn, pages::factor::enrol)
        .post("/tai-khoan-cua-toi/xac-thuc/khoa", SignedIn, pages::passkeys::add)
        .post("/tai-khoan-cua-toi/xac-thuc/go-khoa", SignedIn, pages::passkeys::remove)
        .post("/tai-khoan-cua-toi/xac-thuc/go-bo", SignedIn, pages::factor::remove)
        .post("/tai-khoan-cua-toi/xac-thuc/ma-du-phong", SignedIn, pages::factor::codes)
        .get("/tai-khoan-cua-toi/thong-bao", SignedIn, pages::notices::show)
        .post("/tai-khoan-cua-toi/thong-bao", SignedIn, pages::notices::send)
        .get("/tai-khoan-cua-toi/lien-ket", SignedIn, pages::links::show)
        .post("/tai-khoan-cua-toi/lien-ket", SignedIn, pages::links::send)
        .post("/tai-khoan-cua-toi/lien-ket/go", SignedIn, pages::links::remove)
        .get("/tai-khoan-cua-toi/ma-truy-cap", SignedIn, pages::tokens::show)
        .post("/tai-khoan-cua-toi/ma-truy-cap", SignedIn, pages::tokens::send)
        .post("/tai-khoan-cua-toi/ma-truy-cap/{id}/thu-hoi", SignedIn, pages::tokens::revoke)
        .get("/tai-khoan-cua-toi/uy-quyen", SignedIn, pages::delegations::show)
        .post("/tai-khoan-cua-toi/uy-quyen", SignedIn, pages::delegations::send)
        .post("/tai-khoan-cua-toi/uy-quyen/{id}/ket-thuc", SignedIn, pages::delegations::end)
        .post("/tai-khoan-cua-toi/phien/{id}/thu-hoi", SignedIn, pages::me::revoke)
        .post("/tai-khoan-cua-toi/phien/thu-hoi-phien-khac", SignedIn, pages::me::revoke_others)
        .get("/quan-tri/tai-khoan", May(Action::AccountsRead), pages::accounts::show)
        .get("/quan-tri/tai-khoan/moi", manage, pages::new_account::show)
        .post("/quan-tri/tai-khoan/moi", manage, pages::new_account::send)
        .get("/quan-tri/tai-khoan/{id}", May(Action::AccountsRead), pages::account::show)
        .post("/quan-tri/tai-khoan/{id}/khoa", manage, pages::account::lock)
        .post("/quan-tri/tai-khoan/{id}/mo-khoa", manage, pages::account::unlock)
        .post("/quan-tri/tai-khoan/{id}/dat-lai-mat-khau", manage, pages::account::reset)
        .post("/quan-tri/tai-khoan/{id}/moi-lai", manage, pages::account::invite_again)
        .post("/quan-tri/tai-khoan/{id}/go-xac-thuc", manage, pages::account::remove_factor)
        .post("/quan-tri/tai-khoan/{id}/ma-truy-cap/{token}/thu-hoi", manage, pages::account::revoke_token)
        .post("/quan-tri/tai-khoan/{id}/cap-quyen", manage, pages::account::grant)
        .post("/quan-tri/tai-khoan/{id}/thu-quyen", manage, pages::account::revoke_grant)
        .post("/quan-tri/tai-khoan/{id}/lien-ket", manage, pages::account_links::link)
        .post("/quan-tri/tai-khoan/{id}/lien-ket/{link}/go", manage, pages::account_links::unlink)
        .get("/quan-tri/dang-nhap-ngoai", manage, pages::providers::list)
        .get("/quan-tri/dang-nhap-ngoai/moi", manage, pages::providers::new)
        .post("/quan-tri/dang-nhap-ngoai/moi", manage, pages::providers::create)
        .get("/quan-tri/dang-nhap-ngoai/{id}", manage, pages::providers::show)
        .post("/quan-tri/dang-nhap-ngoai/{id}", manage, pages::providers::change)
        .post("/quan-tri/dang-nhap-ngoai/{id}/thu", manage, pages::providers::ask)
        .get("/quan-tri/dang-nhap-ngoai/{id}/thu-dang-nhap", manage, pages::providers::try_sign_in)
        .post("/quan-tri/dang-nhap-ngoai/{id}/xoa", manage, pages::providers::remove)
        .get("/quan-tri/ra-soat-quyen", May(Action::AccessRead), pages::reviews::list)
        .post("/quan-tri/ra-soat-quyen", May(Action::AccessReview), pages::reviews::begin)
        .get("/quan-tri/ra-soat-quyen/{id}", May(Action::AccessRead), pages::reviews::show)
        .post("/quan-tri/ra-soat-quyen/{id}", May(Action::AccessReview), pages::reviews::decide)
        .post("/quan-tri/ra-soat-quyen/{id}/dong", May(Action::AccessReview), pages::reviews::close)
        .get("/quan-tri/ra-soat-quyen/{id}/csv", May(Action::AccessRead), pages::reviews::file)
        .with(identity)
}
