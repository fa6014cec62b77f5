//! What a statement may be: one `SELECT` over `events`, bounded in what it can blow up.

use datafusion::execution::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::SQLOptions;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{self, BinaryOperator, visit_expressions};
use engine_lake::{MAX_SQL_CHARS, SqlError};
use std::ops::ControlFlow;

/// Most uses of what makes a text longer than its parts. Each at most doubles a text when a
/// subquery is nested in another, so that a record of usual size stays within a few megabytes.
const MAX_GROWING: usize = 8;
/// Most `SELECT`s in one statement.
const MAX_SELECTS: usize = 16;

const ONLY_SELECT: &str = "write one SELECT … FROM events";

fn refused(what: impl Into<String>, remedy: &'static str) -> SqlError {
    SqlError::Refused { what: what.into(), remedy }
}

/// Parses the text and refuses what is no question.
pub(super) fn statement(state: &SessionState, text: &str) -> Result<Statement, SqlError> {
    if text.chars().count() > MAX_SQL_CHARS {
        return Err(refused(format!("a statement of more than {MAX_SQL_CHARS} characters"), "shorten it"));
    }
    let text = text.trim().trim_end_matches(';');
    if text.is_empty() {
        return Err(refused("an empty statement", ONLY_SELECT));
    }
    let dialect = state.config().options().sql_parser.dialect;
    let parsed =
        state.sql_to_statement(text, &dialect).map_err(|e| SqlError::Mistake(first_line(&e.strip_backtrace())))?;
    let kind = || first_word(text);
    match &parsed {
        Statement::Statement(inner) => match inner.as_ref() {
            query @ ast::Statement::Query(_) => bounded(query)?,
            _ => return Err(refused(kind(), ONLY_SELECT)),
        },
        Statement::Explain(explain) if !explain.options.analyze => match explain.statement.as_ref() {
            Statement::Statement(inner) if matches!(inner.as_ref(), ast::Statement::Query(_)) => bounded(inner)?,
            _ => return Err(refused("EXPLAIN of something else", "EXPLAIN takes one SELECT … FROM events")),
        },
        Statement::Explain(_) => return Err(refused("EXPLAIN ANALYZE", "leave out ANALYZE")),
        _ => return Err(refused(kind(), ONLY_SELECT)),
    }
    Ok(parsed)
}

/// Refuses plans that do more than read.
pub(super) fn plan(plan: &LogicalPlan) -> Result<(), SqlError> {
    let options = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
    // EXPLAIN is no statement that changes anything; what it explains was looked at before.
    options.verify_plan(plan).map_err(|_| refused("a statement that changes something", ONLY_SELECT))
}

fn bounded(statement: &ast::Statement) -> Result<(), SqlError> {
    let mut growing = 0;
    let _: ControlFlow<()> = visit_expressions(statement, |expr| {
        growing += match expr {
            ast::Expr::BinaryOp { op: BinaryOperator::StringConcat, .. } => 1,
            ast::Expr::Function(function) => {
                let name = function.name.to_string().to_ascii_lowercase();
                match name.as_str() {
                    "concat" | "concat_ws" => arguments(function).saturating_sub(1).max(1),
                    // Each occurrence of one character can become a long text.
                    "replace" | "regexp_replace" => 4,
                    _ => 0,
                }
            }
            _ => 0,
        };
        ControlFlow::Continue(())
    });
    if growing > MAX_GROWING {
        return Err(refused(
            "so many uses of ||, concat, replace or regexp_replace",
            "use at most eight, two of them replacements",
        ));
    }
    let selects = statement.to_string().to_ascii_lowercase().matches("select").count();
    if selects > MAX_SELECTS {
        return Err(refused(format!("more than {MAX_SELECTS} SELECTs in one statement"), "ask in several statements"));
    }
    Ok(())
}

fn arguments(function: &ast::Function) -> usize {
    match &function.args {
        ast::FunctionArguments::List(list) => list.args.len(),
        ast::FunctionArguments::None | ast::FunctionArguments::Subquery(_) => 1,
    }
}

fn first_word(text: &str) -> String {
    text.split_whitespace().next().unwrap_or_default().chars().take(30).collect::<String>().to_uppercase()
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}
