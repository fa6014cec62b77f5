//! What the demo sets up at its first start: units, systems, contacts, accounts, declared values.

use crate::app::Kept;
use crate::demo::setup::{DemoAccount, DemoPlan, System, load_accounts, load_plan, load_systems};
use crate::demo::units::{self as demo, Unit, load_units};
use crate::ports::ALL_UNITS;
use crate::wire::Wired;
use anyhow::{Context, Result, bail};
use area_identity::NewAccount;
use area_org::model::{Block, ContactKind, NewContact, NewSystem, NewUnit};
use area_org::ops::{ImportedUnit, NewEntry};
use area_plan::model::Indicator;
use area_plan::model::measurement::DeclareInput;
use base_authz::{Caller, Grant, Role};
use base_core::ContentFile;
use rand::Rng;
use serde::{Deserialize, Serialize};

/// An account of the demo as the terminal shows it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Login {
    /// Sign-in name.
    pub login: String,
    /// Password, made at first start.
    pub password: String,
    /// Role, and unit where it has one.
    pub name: String,
    /// Role in snake case.
    pub role: String,
    /// Code of the unit.
    #[serde(default)]
    pub unit: Option<String>,
}

/// What the accounts file holds.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Credentials {
    /// Address of the console.
    pub url: String,
    /// Accounts.
    pub accounts: Vec<Login>,
}

/// Sets up what is not there yet; every step may be repeated after an interruption.
pub(crate) async fn seed(kept: &Kept, wired: &Wired, files: &[ContentFile], known: Vec<Login>) -> Result<Vec<Login>> {
    let caller = Caller::system("demo-setup", kept.clock.now());
    let units = load_units(files)?;
    if wired.units.all().is_empty() {
        let new: Vec<ImportedUnit> = units.iter().map(imported).collect();
        area_org::ops::import_units(&wired.org, &caller, &new).await?;
        for unit in &units {
            let lan = NewEntry::Range(format!("{}.0.0/16", unit.network), String::new());
            area_org::ops::add_entry(&wired.org, &caller, &unit.code, &lan).await?;
        }
    }
    let systems: Vec<NewSystem> = load_systems(files)?.into_iter().map(new_system).collect();
    area_org::ops::import_systems(&wired.org, &caller, &systems).await?;
    define_sets(wired, &caller, &units).await?;
    let mut logins = Vec::new();
    for account in load_accounts(files)? {
        logins.push(ensure_account(wired, &caller, &account, &known).await?);
    }
    declare(kept, &caller, &load_plan(files)?).await?;
    Ok(logins)
}

fn imported(unit: &Unit) -> ImportedUnit {
    let block = match unit.block {
        demo::Block::Department => Block::Department,
        demo::Block::District => Block::District,
        demo::Block::Party => Block::Party,
        demo::Block::MassOrganisation => Block::MassOrganisation,
    };
    ImportedUnit {
        unit: NewUnit {
            short: unit.short.clone(),
            machines_declared: Some(i64::from(unit.machines)),
            servers_declared: Some(i64::from(unit.servers)),
            staff_declared: Some(i64::from(unit.security_staff)),
            is_assumed: unit.is_assumed,
            ..NewUnit::new(&unit.code, &unit.name, block)
        },
        contacts: vec![NewContact {
            kind: ContactKind::ContactPoint,
            name: format!("Đầu mối an toàn thông tin {}", unit.short),
            mail: unit.contact.clone(),
            phone: String::new(),
        }],
    }
}

fn new_system(system: System) -> NewSystem {
    NewSystem {
        code: system.code,
        name: system.name,
        kind: system.kind,
        level_2016: Some(i64::from(system.level_2016)),
        level_2026: Some(i64::from(system.level_2026)),
        level_note: system.level_note,
        owner: Some(system.owner),
        operator: Some(system.operator),
        host: system.host,
    }
}

/// The two sets the seed's percentages are of; a set that has not changed gets no new version.
async fn define_sets(wired: &Wired, caller: &Caller, units: &[Unit]) -> Result<()> {
    let codes =
        |wanted: fn(&Unit) -> bool| units.iter().filter(|u| wanted(u)).map(|u| u.code.clone()).collect::<Vec<_>>();
    let all = ("40 đơn vị Đảng, Nhà nước, đoàn thể", "40 Party, state and mass units");
    area_org::ops::define_set(&wired.org, caller, ALL_UNITS, all, None, &codes(|_| true)).await?;
    let state = ("31 đơn vị quản lý nhà nước", "31 units of state management");
    let of_state = codes(|u| matches!(u.block, demo::Block::Department | demo::Block::District));
    area_org::ops::define_set(&wired.org, caller, "state-units", state, None, &of_state).await?;
    Ok(())
}

async fn ensure_account(wired: &Wired, caller: &Caller, account: &DemoAccount, known: &[Login]) -> Result<Login> {
    let role = Role::parse(&account.role)
        .with_context(|| format!("content/demo/accounts.toml: no role '{}'", account.role))?;
    let mut shown = account.display_vi.clone();
    let grant = match &account.unit {
        None => Grant::province(role),
        Some(code) => {
            let unit = wired
                .units
                .resolve_code(code)
                .with_context(|| format!("content/demo/accounts.toml: no unit '{code}'"))?;
            shown = format!("{shown} — {}", unit.name);
            Grant::unit(role, unit.id)
        }
    };
    let old = known.iter().find(|l| l.login == account.name);
    let exists = area_identity::ops::find_login(&wired.identity, &account.name).await?.is_some();
    let password = match (old, exists) {
        (Some(old), _) => old.password.clone(),
        (None, false) => password(),
        (None, true) => bail!("the passwords of the demo accounts were lost; start with --fresh"),
    };
    if !exists {
        let new = NewAccount {
            login: account.name.clone(),
            name: account.display_vi.clone(),
            email: Some(account.mail.clone()),
            password: password.clone(),
            must_change: false,
            grants: vec![grant],
        };
        area_identity::ops::create_account(&wired.identity, caller, new).await?;
    }
    Ok(Login {
        login: account.name.clone(),
        password,
        name: shown,
        role: account.role.clone(),
        unit: account.unit.clone(),
    })
}

/// Four groups of four letters without look-alikes: 76 bits.
fn password() -> String {
    const LETTERS: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";
    let mut rng = rand::rng();
    let mut out = String::new();
    for n in 0..16 {
        if n > 0 && n % 4 == 0 {
            out.push('-');
        }
        out.push(LETTERS.get(rng.random_range(0..LETTERS.len())).map_or('x', |b| char::from(*b)));
    }
    out
}

/// The declared values of the plan, once.
async fn declare(kept: &Kept, caller: &Caller, plan: &DemoPlan) -> Result<()> {
    for declared in &plan.indicators {
        let Some(indicator) = Indicator::parse(&declared.measure.replace('_', "-")) else {
            bail!("content/demo/plan.toml: no measure '{}'", declared.measure);
        };
        let known = area_plan::ops::read_indicators::read(&kept.db, caller, indicator).await?;
        if known.declared.is_empty() {
            let input = DeclareInput {
                percent: declared.declared_percent.to_string(),
                basis: format!("{}, mục {}", plan.plan.document, declared.plan_section),
                declared_on: "2013-10-18".to_owned(),
            };
            area_plan::ops::declare::declare(&kept.db, caller, indicator, &input).await?;
        }
    }
    Ok(())
}
