//! The `mangrove` program: parses the command line and hands over.

mod app;
mod audit_cli;
mod backup_cli;
mod cmd_config;
mod cmd_demo;
mod cmd_doctor;
mod cmd_up;
mod cmd_user;
mod config;
mod content;
mod data_dir;
mod demo;
mod events_jobs;
mod figures;
mod health;
mod hunt;
mod indicators_cli;
mod inputs;
mod lake_cli;
mod lake_keeper;
mod lake_requests;
mod lake_tools;
mod logging;
mod lookout;
mod openapi;
mod pipeline;
mod ports;
mod records;
mod rule_cache;
mod rules_cli;
mod rules_jobs;
mod secrets;
mod serve;
mod supervisor;
mod tls;
mod watched;
mod wire;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Frees memory back under many threads and short-lived records better than the system's.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Information security for the public bodies of a province, in one program.
#[derive(Debug, Parser)]
#[command(name = "mangrove", version, about, max_term_width = 100, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start the server; at first start a page makes the administrator.
    Up(cmd_up::UpArgs),
    /// Start the server with a demonstration province: units, accounts, and events with four attack stories.
    Demo(cmd_demo::DemoArgs),
    /// Find attacks in log files and folders, without a server, or in what a server has stored.
    Hunt(hunt::HuntArgs),
    /// Search the stored events, in the language of the search page.
    Search(lake_cli::SearchArgs),
    /// Ask the stored events in SQL.
    Sql(lake_cli::SqlArgs),
    /// Look after detection rules.
    Rules(rules_cli::RulesArgs),
    /// Look after the event lake.
    Lake(lake_tools::LakeArgs),
    /// Check the audit trail, take it away, and know its key.
    Audit(audit_cli::AuditArgs),
    /// Look after lists of indicators.
    Indicators(indicators_cli::IndicatorsArgs),
    /// Back up a server, and bring it back.
    Backup(backup_cli::BackupArgs),
    /// Look for what commonly goes wrong on this machine, with the remedy.
    Doctor(cmd_doctor::DoctorArgs),
    /// Look after accounts at the terminal, when nobody can sign in.
    User(cmd_user::UserArgs),
    /// Check, show and explain the settings.
    Config(cmd_config::ConfigArgs),
}

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(said) => {
            let _ = said.print();
            // Not clap's own 2: `hunt` ends with that when some input was skipped.
            return if said.use_stderr() { ExitCode::FAILURE } else { ExitCode::SUCCESS };
        }
    };
    let result = match cli.command {
        Command::Up(args) => cmd_up::run(&args),
        Command::Demo(args) => cmd_demo::run(&args),
        Command::Hunt(args) => hunt::run(&args),
        Command::Search(args) => lake_cli::search(&args),
        Command::Sql(args) => lake_cli::sql(&args),
        Command::Rules(args) => rules_cli::run(&args),
        Command::Lake(args) => lake_tools::run(&args),
        Command::Audit(args) => audit_cli::run(&args),
        Command::Indicators(args) => indicators_cli::run(&args),
        Command::Backup(args) => backup_cli::run(&args),
        Command::Doctor(args) => cmd_doctor::run(&args),
        Command::User(args) => cmd_user::run(&args),
        Command::Config(args) => cmd_config::run(&args),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            logging::complain(&error);
            ExitCode::FAILURE
        }
    }
}
