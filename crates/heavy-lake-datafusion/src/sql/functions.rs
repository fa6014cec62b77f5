//! Functions of our own: `field('Name')`, `matches('query')`, `in_network(address, '10.0.0.0/8')`.
//!
//! The first two speak of a whole event, not of a column. Before a question is planned further
//! they are given the column they work on ([`Rewrites`]), so that `field('Name')` can be written
//! wherever a column can.

use crate::fields;
use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanBuilder, StringViewBuilder};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchema, DataFusionError, Result, ScalarValue};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::expr_rewriter::FunctionRewrite;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, TypeSignature, Volatility,
};
use engine_event::Kind;
use engine_lake::query::{FieldRef, Test};
use engine_lake::{Query, query};
use std::net::IpAddr;
use std::ops::ControlFlow;
use std::sync::Arc;

pub(super) const FIELD: &str = "field";
pub(super) const MATCHES: &str = "matches";
pub(super) const IN_NETWORK: &str = "in_network";

/// The column `field` works on.
const RECORD: &str = "fields";
/// A column every event has; `matches` names it so that it is bound to the table.
const ANCHOR: &str = "kind";

/// All of them.
pub(super) fn all() -> Vec<Arc<ScalarUDF>> {
    vec![
        Arc::new(ScalarUDF::from(Own::new(FIELD, DataType::Utf8View))),
        Arc::new(ScalarUDF::from(Own::new(MATCHES, DataType::Boolean))),
        Arc::new(ScalarUDF::from(Own::new(IN_NETWORK, DataType::Boolean))),
    ]
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Own {
    name: &'static str,
    gives: DataType,
    signature: Signature,
}

impl Own {
    fn new(name: &'static str, gives: DataType) -> Self {
        let counts = if name == IN_NETWORK {
            TypeSignature::Any(2)
        } else {
            TypeSignature::OneOf(vec![TypeSignature::Any(1), TypeSignature::Any(2)])
        };
        Self { name, gives, signature: Signature::new(counts, Volatility::Immutable) }
    }
}

fn mistake(text: impl Into<String>) -> DataFusionError {
    DataFusionError::Plan(text.into())
}

impl ScalarUDFImpl for Own {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.gives.clone())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        match (self.name, args.args.as_slice()) {
            (FIELD, [record, name]) => {
                let name = text_of(name).ok_or_else(|| mistake("field() takes a name in quotes, as field('Name')"))?;
                fields_named(&record.to_array(args.number_rows)?, &name).map(ColumnarValue::Array)
            }
            (IN_NETWORK, [address, network]) => {
                let network = text_of(network).unwrap_or_default();
                networks(&address.to_array(args.number_rows)?, &network).map(ColumnarValue::Array)
            }
            (MATCHES, _) => {
                Err(mistake("matches('…') may only stand in WHERE of SELECT … FROM events, joined with AND"))
            }
            _ => Err(mistake(format!("{}() needs FROM events", self.name))),
        }
    }
}

fn text_of(value: &ColumnarValue) -> Option<String> {
    match value {
        ColumnarValue::Scalar(scalar) => scalar.try_as_str().flatten().map(str::to_owned),
        ColumnarValue::Array(_) => None,
    }
}

/// The first value of the record's field, letter case aside.
fn fields_named(records: &ArrayRef, name: &str) -> Result<ArrayRef> {
    let records = cast(records, &DataType::Utf8View)?;
    let records = records.as_string_view();
    let mut out = StringViewBuilder::new();
    let mut value = String::new();
    for row in 0..records.len() {
        let mut found = false;
        if !records.is_null(row) {
            let walked = fields::walk(records.value(row), |field| {
                if field.kind == Kind::Null || !field.name.eq_ignore_ascii_case(name) {
                    return ControlFlow::Continue(());
                }
                value.clear();
                value.push_str(field.text);
                found = true;
                ControlFlow::Break(())
            });
            walked.map_err(|_| DataFusionError::Execution("the column fields is not the record of an event".into()))?;
        }
        out.append_option(found.then_some(value.as_str()));
    }
    Ok(Arc::new(out.finish()))
}

fn networks(addresses: &ArrayRef, network: &str) -> Result<ArrayRef> {
    let parsed = Query::parse(&format!("source.ip:{network}"));
    let test = match parsed.as_ref().map(Query::expr) {
        Ok(query::Expr::Field(FieldRef::Common(_), test @ Test::Net(_))) => test.clone(),
        _ => {
            return Err(mistake(format!(
                "'{network}' is not an address range; write in_network(source_ip, '10.0.0.0/8')"
            )));
        }
    };
    let addresses = cast(addresses, &DataType::Utf8View)?;
    let addresses = addresses.as_string_view();
    let mut out = BooleanBuilder::with_capacity(addresses.len());
    for value in addresses {
        // What is no address lies in no network, and neither does nothing.
        let is_address = value.filter(|v| v.trim().parse::<IpAddr>().is_ok());
        out.append_option(is_address.map(|v| test.accepts(v)));
    }
    Ok(Arc::new(out.finish()))
}

/// Gives `field` and `matches` the column they work on.
#[derive(Debug)]
pub(super) struct Rewrites;

impl FunctionRewrite for Rewrites {
    fn name(&self) -> &'static str {
        "events"
    }

    fn rewrite(&self, expr: Expr, schema: &DFSchema, _: &ConfigOptions) -> Result<Transformed<Expr>> {
        let Expr::ScalarFunction(ScalarFunction { func, args }) = expr else { return Ok(Transformed::no(expr)) };
        let wanted = match (func.name(), args.len()) {
            (FIELD, 1) => RECORD,
            (MATCHES, 1) => ANCHOR,
            _ => return Ok(Transformed::no(Expr::ScalarFunction(ScalarFunction { func, args }))),
        };
        let mut columns = schema.columns().into_iter().filter(|c| c.name == wanted);
        let Some(column) = columns.next() else {
            let hint = format!("{}('…') needs the table events; use it in the innermost SELECT", func.name());
            return Err(mistake(hint));
        };
        if columns.next().is_some() {
            let hint = if wanted == RECORD { "write field(a.fields, 'Name')" } else { "filter in a subselect" };
            return Err(mistake(format!(
                "{}('…') does not know which of the joined tables is meant; {hint}",
                func.name()
            )));
        }
        let mut given = args;
        if wanted == RECORD {
            given.insert(0, Expr::Column(column));
        } else {
            given.push(Expr::Column(column));
        }
        Ok(Transformed::yes(Expr::ScalarFunction(ScalarFunction { func, args: given })))
    }
}

/// The query text of `matches('…', column)`, if the expression is that.
pub(super) fn matches_text(expr: &Expr) -> Option<&str> {
    let Expr::ScalarFunction(ScalarFunction { func, args }) = expr else { return None };
    if func.name() != MATCHES {
        return None;
    }
    match args.first() {
        Some(Expr::Literal(value, _)) => scalar_text(value),
        _ => None,
    }
}

/// The text of a literal.
pub(super) fn scalar_text(value: &ScalarValue) -> Option<&str> {
    value.try_as_str().flatten()
}
