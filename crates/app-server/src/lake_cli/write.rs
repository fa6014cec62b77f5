//! Rows in the form that was asked for.

use super::Form;
use crate::rules_cli::table::{cell, table};
use anyhow::Result;
use serde_json::{Map, Value};
use std::io::Write;

/// Rows as they come; a table is written at the end, when its widths are known.
pub(super) struct Rows<'a> {
    form: Form,
    names: Vec<String>,
    out: &'a mut dyn Write,
    gathered: Vec<Vec<Option<String>>>,
}

impl<'a> Rows<'a> {
    /// Rows of these columns.
    pub(super) fn begin(form: Form, names: Vec<String>, out: &'a mut dyn Write) -> Result<Self> {
        let mut rows = Self { form, names, out, gathered: Vec::new() };
        if form == Form::Csv {
            let names = rows.names.clone();
            rows.csv(&names)?;
        }
        Ok(rows)
    }

    fn csv(&mut self, cells: &[String]) -> Result<()> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(cells)?;
        self.out.write_all(&writer.into_inner()?)?;
        Ok(())
    }

    /// A row of values, with the whole thing for the form that has room for it.
    pub(super) fn row(&mut self, values: Vec<Option<String>>, whole: Option<Value>) -> Result<()> {
        match self.form {
            Form::Table => self.gathered.push(values),
            Form::Csv => self.csv(&values.into_iter().map(Option::unwrap_or_default).collect::<Vec<_>>())?,
            Form::Jsonl => {
                let object = || {
                    let pairs = self.names.iter().cloned().zip(values.iter().cloned());
                    Value::Object(
                        pairs
                            .map(|(name, value)| (name, value.map_or(Value::Null, Value::String)))
                            .collect::<Map<_, _>>(),
                    )
                };
                let line = whole.unwrap_or_else(object);
                writeln!(self.out, "{line}")?;
            }
        }
        Ok(())
    }

    /// The end.
    pub(super) fn end(self) -> Result<()> {
        if self.form == Form::Table && !self.gathered.is_empty() {
            let mut drawn = table(&self.names.iter().map(String::as_str).collect::<Vec<_>>());
            for row in self.gathered {
                drawn.add_row(row.into_iter().map(|value| cell(&value.unwrap_or_default())).collect::<Vec<_>>());
            }
            writeln!(self.out, "{drawn}")?;
        }
        self.out.flush()?;
        Ok(())
    }
}
