//! The command line of `mangrove user`.

use super::password;
use crate::config::ServeArgs;
use anyhow::Result;
use clap::{Args, Subcommand};

/// Look after accounts when nobody can sign in
#[derive(Args, Debug)]
pub(crate) struct UserArgs {
    #[command(subcommand)]
    pub(super) action: Action,
}

#[derive(Debug, Subcommand)]
pub(super) enum Action {
    /// Show all accounts with roles, second factor, locks and last sign-in
    List(ListArgs),
    /// Make an account with one role; its one-time password is printed
    Create(CreateArgs),
    /// Set a one-time password, which is printed, and end the person's sessions
    ResetPassword(ResetArgs),
    /// Unlock an account
    Unlock(LoginArgs),
    /// Give a role
    Grant(RoleArgs),
    /// Take a role away
    Revoke(RoleArgs),
    /// End all sessions of a person
    EndSessions(LoginArgs),
    /// Remove the second factors of somebody who lost them, and end that person's sessions
    RemoveFactor(FactorArgs),
}

#[derive(Args, Debug)]
pub(super) struct ListArgs {
    /// One JSON object instead of a table
    #[arg(long)]
    pub(super) json: bool,
    #[command(flatten)]
    serve: ServeArgs,
}

#[derive(Args, Debug)]
pub(super) struct LoginArgs {
    /// Sign-in name
    pub(super) login: String,
    #[command(flatten)]
    serve: ServeArgs,
}

/// Where a new password comes from. Never from an argument: those can be read by everybody on the machine.
#[derive(Args, Clone, Copy, Debug)]
pub(super) struct NewPassword {
    /// Ask for the password at the terminal, or read the first line of standard input, instead of making one
    #[arg(long)]
    ask_password: bool,
}

impl NewPassword {
    /// The password, where one is to be given.
    pub(super) fn read(self) -> Result<Option<String>> {
        self.ask_password.then(password::read).transpose()
    }
}

#[derive(Args, Debug)]
pub(super) struct ResetArgs {
    /// Sign-in name
    pub(super) login: String,
    #[command(flatten)]
    password: NewPassword,
    #[command(flatten)]
    serve: ServeArgs,
}

#[derive(Args, Debug)]
pub(super) struct CreateArgs {
    /// Sign-in name
    pub(super) login: String,
    /// Name of the person
    #[arg(long, value_name = "NAME")]
    pub(super) full_name: String,
    /// Role, such as administrator
    #[arg(long)]
    pub(super) role: String,
    /// Code of the unit, for a role in a unit
    #[arg(long, value_name = "CODE", default_value = "")]
    pub(super) unit: String,
    #[command(flatten)]
    password: NewPassword,
    #[command(flatten)]
    serve: ServeArgs,
}

#[derive(Args, Debug)]
pub(super) struct RoleArgs {
    /// Sign-in name
    pub(super) login: String,
    /// Role, such as administrator
    pub(super) role: String,
    /// Code of the unit, for a role in a unit
    #[arg(long, value_name = "CODE", default_value = "")]
    pub(super) unit: String,
    #[command(flatten)]
    serve: ServeArgs,
}

#[derive(Args, Debug)]
pub(super) struct FactorArgs {
    /// Sign-in name
    pub(super) login: String,
    /// Why, for the audit trail
    #[arg(long, value_name = "REASON")]
    pub(super) why: String,
    #[command(flatten)]
    serve: ServeArgs,
}

impl Action {
    /// Which server.
    pub(super) fn serve(&self) -> &ServeArgs {
        match self {
            Self::List(args) => &args.serve,
            Self::Create(args) => &args.serve,
            Self::ResetPassword(args) => &args.serve,
            Self::Unlock(args) | Self::EndSessions(args) => &args.serve,
            Self::Grant(args) | Self::Revoke(args) => &args.serve,
            Self::RemoveFactor(args) => &args.serve,
        }
    }

    /// Where the new password comes from, for the acts that set one.
    pub(super) fn new_password(&self) -> Option<NewPassword> {
        match self {
            Self::Create(args) => Some(args.password),
            Self::ResetPassword(args) => Some(args.password),
            _ => None,
        }
    }
}
