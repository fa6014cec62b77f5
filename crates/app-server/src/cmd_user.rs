//! `mangrove user`: accounts at the terminal of the server, for when nobody can sign in any more.
//!
//! Works beside a running server and without one, on a data folder or a database. The audit trail has each act as one
//! of the terminal, with the name of who sat there. Exit status: 0 when done, 1 otherwise.

mod args;
mod password;
mod person;

use self::args::{Action, CreateArgs, FactorArgs, LoginArgs, NewPassword, RoleArgs};
use crate::config::{Config, Defaults};
use crate::data_dir::DataDir;
use crate::{cmd_up, records, wire};
use anyhow::{Context, Result};
use area_identity::ops::at_terminal::{self as terminal, Listed, TypedRole};
use area_identity::{Identity, IdentityParts, SecondFactor};
use area_org::Org;
use base_authz::{Caller, Principal, Role};
use base_core::{IdSource, Lang, SharedClock, SystemClock};
use base_db::Db;
use base_fetch::{Fetcher, Limits};
use base_i18n::{Strings, Tr};
use base_secret::Vault;
use base_web::ports::UnitDirectory;
use serde_json::json;
use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;

pub(crate) use self::args::UserArgs;

/// What the acts need.
struct Desk {
    identity: Arc<Identity>,
    org: Arc<Org>,
    caller: Caller,
    db: Db,
    /// Held while no server runs, so that none starts in between.
    _own: Option<DataDir>,
}

/// Runs the command.
///
/// # Errors
/// When the records cannot be opened, or the act is refused.
pub(crate) fn run(args: &UserArgs) -> Result<ExitCode> {
    let config = args.action.serve().resolve(Defaults::UP)?;
    // Asked before the records are opened: nobody waits for a person who thinks.
    let password = args.action.new_password().map(NewPassword::read).transpose()?.flatten();
    cmd_up::runtime()?.block_on(async {
        let desk = open(&config).await?;
        let done = act(&desk, &args.action, password).await;
        desk.db.close().await;
        done
    })?;
    Ok(ExitCode::SUCCESS)
}

async fn open(config: &Config) -> Result<Desk> {
    let clock: SharedClock = Arc::new(SystemClock);
    let db = records::open_any(&config.data, config.database.as_deref()).await?;
    // The lock is free while no server runs; then tables of an older version are brought forward first.
    let own = if config.data.join("lock").is_file() { DataDir::open(&config.data).ok() } else { None };
    if own.is_some() {
        base_db::migrate(&db, &wire::migrations(), clock.now()).await?;
    }
    let ids = Arc::new(IdSource::new(Arc::clone(&clock)));
    let org = Org::open(db.clone(), Arc::clone(&clock), Arc::clone(&ids)).await?;
    let identity = Identity::new(IdentityParts {
        db: db.clone(),
        ids,
        // Nothing is sealed or opened at the terminal, so the key of the records is not needed.
        vault: Vault::new(rand::random()),
        second_factor: SecondFactor::Optional,
        letters: None,
        base_url: Arc::from(""),
        fetcher: Fetcher::new(None, Limits::default())?,
    });
    let mut caller = Caller::system("terminal", clock.now());
    let mut principal = Principal::system("terminal");
    principal.name = format!("Mangrove (terminal: {})", person::at_the_terminal());
    caller.principal = Arc::new(principal);
    Ok(Desk { identity, org, caller, db, _own: own })
}

async fn act(desk: &Desk, action: &Action, password: Option<String>) -> Result<()> {
    let Desk { identity, org, caller, .. } = desk;
    let units: &dyn UnitDirectory = &**org;
    match action {
        Action::List(args) => {
            let listed = terminal::list(identity, caller).await.map_err(told)?;
            say(&if args.json { as_json(desk, &listed) } else { as_table(desk, &listed) })
        }
        Action::Create(CreateArgs { login, full_name, role, unit, .. }) => {
            let role = TypedRole { role, unit };
            let made = terminal::create(identity, units, caller, (login, full_name, role), password).await;
            say(&with_password(&format!("{login} is made."), made.map_err(told)?))
        }
        Action::ResetPassword(args) => {
            let login = &args.login;
            let made = terminal::reset(identity, caller, login, password).await.map_err(told)?;
            say(&with_password(&format!("{login} has a new password; all sessions are ended."), made))
        }
        Action::Unlock(LoginArgs { login, .. }) => {
            terminal::unlock(identity, caller, login).await.map_err(told)?;
            say(&format!("{login} is unlocked."))
        }
        Action::Grant(RoleArgs { login, role, unit, .. }) => {
            terminal::grant(identity, units, caller, login, TypedRole { role, unit }).await.map_err(told)?;
            say(&format!("{login} holds the role {role} now."))
        }
        Action::Revoke(RoleArgs { login, role, unit, .. }) => {
            terminal::revoke(identity, units, caller, login, TypedRole { role, unit }).await.map_err(told)?;
            say(&format!("{login} does not hold the role {role} any more."))
        }
        Action::EndSessions(LoginArgs { login, .. }) => {
            let ended = terminal::end_sessions(identity, caller, login).await.map_err(told)?;
            say(&format!("{ended} sessions of {login} are ended."))
        }
        Action::RemoveFactor(FactorArgs { login, why, .. }) => {
            terminal::drop_factor(identity, caller, login, why).await.map_err(told)?;
            say(&format!("The second factors of {login} are removed; all sessions are ended."))
        }
    }
}

fn with_password(done: &str, made: Option<String>) -> String {
    let how = match made {
        Some(password) => format!("One-time password: {password}"),
        None => "The password must be changed at the next sign-in.".to_owned(),
    };
    format!("{done}\n{how}")
}

/// What was refused, in the words of the console.
fn told(error: base_core::Error) -> anyhow::Error {
    let Some(field) = error.fields.first() else { return anyhow::Error::new(error) };
    let Ok(strings) = Strings::load(area_identity::STRINGS) else { return anyhow::Error::new(error) };
    let tr = Tr::new(Lang::En, Arc::new(strings));
    let mut words = tr.dynamic("identity-error-", &field.message);
    if field.message == "role-unknown" {
        let names: Vec<&str> = Role::ALL.iter().map(|role| role.as_str()).collect();
        words = format!("{words} ({})", names.join(", "));
    }
    anyhow::anyhow!("{}: {words}", field.field)
}

fn as_table(desk: &Desk, listed: &[Listed]) -> String {
    let mut table = comfy_table::Table::new();
    table.load_preset(comfy_table::presets::UTF8_HORIZONTAL_ONLY);
    table.set_header(["login", "name", "roles", "second factor", "state", "last sign-in"]);
    for one in listed {
        let account = &one.account;
        let state = match (account.locked_at, &account.locked_why) {
            (Some(at), why) => format!("locked {at}: {}", why.as_deref().unwrap_or("-")),
            (None, _) if account.must_change => "must change the password".to_owned(),
            (None, _) => "-".to_owned(),
        };
        let last = account.last_sign_in.map_or_else(|| "-".to_owned(), |at| at.to_string());
        let factor = if one.has_factor { "yes" } else { "-" };
        let roles = roles(desk, one).join(", ");
        table.add_row([account.login.as_str(), account.name.as_str(), &roles, factor, &state, &last]);
    }
    table.to_string()
}

fn as_json(desk: &Desk, listed: &[Listed]) -> String {
    let accounts = listed.iter().map(|one| {
        json!({
            "login": one.account.login,
            "name": one.account.name,
            "roles": roles(desk, one),
            "second_factor": one.has_factor,
            "must_change_password": one.account.must_change,
            "locked_at": one.account.locked_at.map(|at| at.to_string()),
            "locked_why": one.account.locked_why,
            "last_sign_in": one.account.last_sign_in.map(|at| at.to_string()),
        })
    });
    json!({ "accounts": accounts.collect::<Vec<_>>() }).to_string()
}

/// `analyst`, or `unit_officer SYT` with the code people know the unit by.
fn roles(desk: &Desk, one: &Listed) -> Vec<String> {
    let role = |(role, unit): &(Role, Option<base_core::UnitId>)| match unit {
        None => role.as_str().to_owned(),
        Some(unit) => {
            let code = desk.org.unit(unit).map_or_else(|| unit.as_str().to_owned(), |info| info.code);
            format!("{} {code}", role.as_str())
        }
    };
    one.roles.iter().map(role).collect()
}

fn say(text: &str) -> Result<()> {
    writeln!(std::io::stdout().lock(), "{text}").context("standard output cannot be written")
}
