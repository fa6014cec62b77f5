//! Counting values: the columns alone are read where the fields are columns; else the events are.

use crate::decode;
use crate::encode::marks_from_bits;
use crate::filter;
use crate::lake::ParquetLake;
use crate::prune::Pruning;
use crate::scan::Reading;
use crate::schema::{self, CATEGORY, KIND, MARKS, PRODUCT, SERVICE, SOURCE, TIME, UNIT};
use crate::window::Window;
use base_core::{Scope, Timestamp};
use datafusion::arrow::array::{Array, AsArray, StringViewArray};
use datafusion::arrow::datatypes::UInt8Type;
use datafusion::arrow::record_batch::RecordBatch;
use engine_lake::query::{FieldRef, Meta, mark_names};
use engine_lake::{LakeError, SearchRequest, Survey, SurveyAsk, ValueCounts, survey_by_search};
use rustc_hash::FxHashMap;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The column whose values are those of the field, if one is.
fn column_of(field: &FieldRef) -> Option<&'static str> {
    let name = match field {
        FieldRef::Common(common) => common.name(),
        FieldRef::Meta(Meta::Unit) => UNIT,
        FieldRef::Meta(Meta::Source) => SOURCE,
        FieldRef::Meta(Meta::Kind) => KIND,
        FieldRef::Meta(Meta::Product) => PRODUCT,
        FieldRef::Meta(Meta::Category) => CATEGORY,
        FieldRef::Meta(Meta::Service) => SERVICE,
        FieldRef::Meta(Meta::Mark) => MARKS,
        // No values to count; the time is read anyway.
        FieldRef::Meta(Meta::Time | Meta::Received | Meta::Id | Meta::Raw) => TIME,
        FieldRef::Record(_) => return None,
    };
    schema::schema().index_of(name).is_ok().then_some(name)
}

impl ParquetLake {
    /// See [`engine_lake::Lake::survey`].
    pub(crate) async fn count_values(
        &self,
        scope: &Scope,
        request: &SearchRequest,
        ask: &SurveyAsk,
    ) -> Result<Survey, LakeError> {
        let columns: Option<Vec<&'static str>> = ask.counted().map(column_of).collect();
        let Some(columns) = columns else { return survey_by_search(self, scope, request, ask).await };
        let mut survey = Survey::new(ask);
        if filter::finds_nothing(scope, &request.query) {
            return Ok(survey);
        }
        let snapshot = self.snapshot();
        let window = Window {
            low: request.from.map_or(i128::from(i64::MIN), |from| from.as_micros().into()),
            high: request.until.map_or(i128::from(i64::MAX) + 1, |until| until.as_micros().into()),
        };
        if window.is_empty() {
            return Ok(survey);
        }
        let mut pruning = Pruning::of(&request.query);
        let files = pruning.look(self, window.files(&snapshot.files)).await?;
        if files.is_empty() {
            return Ok(survey);
        }
        let mut conditions = filter::in_window_of(&window, &files);
        conditions.extend(filter::in_scope(scope));
        conditions.extend(filter::matches(&request.query));
        // Something is read in any case: rows without columns have no number.
        let mut read = if ask.buckets.is_some() || columns.is_empty() { vec![TIME] } else { Vec::new() };
        for column in &columns {
            if !read.contains(column) {
                read.push(column);
            }
        }
        let reading =
            Reading { files, conditions, columns: &read, pruning: Some(&pruning), sorted: None, counted: true };
        // How many all parts have met, which ends a sample.
        let (asked, matched) = (ask.clone(), Arc::new(AtomicU64::new(0)));
        let parts = self.engine.add_up(reading, move |survey: &mut Option<Survey>, batch| {
            let survey = survey.get_or_insert_with(|| Survey::new(&asked));
            let before = matched.fetch_add(batch.num_rows() as u64, Ordering::Relaxed);
            if asked.sample.is_some_and(|sample| before >= sample) {
                survey.sampled = true;
                return Ok(ControlFlow::Break(()));
            }
            add(survey, &asked, &columns, batch)?;
            Ok(ControlFlow::Continue(()))
        });
        parts.await?.into_iter().flatten().for_each(|part| survey.merge(part));
        Ok(survey)
    }
}

fn add(survey: &mut Survey, ask: &SurveyAsk, columns: &[&str], batch: &RecordBatch) -> Result<(), LakeError> {
    survey.matched += batch.num_rows() as u64;
    if ask.buckets.is_some() {
        for time in decode::times(batch)? {
            survey.add_time(ask, Timestamp::from_micros(time));
        }
    }
    for (counts, column) in survey.fields.iter_mut().zip(columns) {
        match *column {
            TIME => {}
            MARKS => count_marks(counts, batch)?,
            name => count_texts(counts, &decode::text_column(batch, name)?),
        }
    }
    Ok(())
}

/// Counts the values of a batch by themselves first: most rows repeat a value of the batch. Rows are
/// sorted, and equal values of one dictionary are views of the same bytes, so that most rows are
/// told to be like the one before without looking at their text.
fn count_texts(counts: &mut ValueCounts, values: &StringViewArray) {
    let mut batch: FxHashMap<&str, u64> = FxHashMap::default();
    let (mut run, mut view) = (0_u64, None);
    for (row, next) in values.views().iter().enumerate() {
        if values.is_null(row) {
            continue;
        }
        if run > 0 && view.is_some_and(|(_, known)| known == *next) {
            run += 1;
            continue;
        }
        if let Some((at, _)) = view {
            *batch.entry(values.value(at)).or_default() += run;
        }
        (run, view) = (1, Some((row, *next)));
    }
    if let Some((at, _)) = view {
        *batch.entry(values.value(at)).or_default() += run;
    }
    for (value, events) in batch {
        counts.present += events;
        counts.add(value, events);
    }
}

fn count_marks(counts: &mut ValueCounts, batch: &RecordBatch) -> Result<(), LakeError> {
    let column = batch.column_by_name(MARKS).and_then(|c| c.as_primitive_opt::<UInt8Type>());
    let bits = column.ok_or_else(|| LakeError::engine("count", "the column marks is not as this program writes it"))?;
    for bits in bits.values().iter().filter(|bits| **bits != 0) {
        counts.present += 1;
        mark_names(marks_from_bits(*bits)).for_each(|name| counts.add(name, 1));
    }
    Ok(())
}
