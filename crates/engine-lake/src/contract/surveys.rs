//! Counting: values, bars and fields agree with the facts, and with the scope.

use super::samples::{self, START, STEP_SECS, province, unit};
use crate::query::FieldRef;
use crate::{Buckets, Lake, Query, SearchRequest, SurveyAsk};
use base_core::Scope;
use std::collections::BTreeMap;

/// Fields of every sort, and what a sample has in them.
type Values = fn(samples::Facts) -> Vec<String>;

const FIELDS: &[(&str, Values)] = &[
    ("user.name", |f| vec![f.user().to_owned()]),
    ("host.name", |f| vec![f.host()]),
    ("source.port", |f| vec![f.port().to_string()]),
    ("destination.ip", |_| vec![]),
    ("unit", |f| f.unit().map(str::to_owned).into_iter().collect()),
    ("kind", |f| vec![f.kind().to_owned()]),
    ("category", |f| (f.n % 2 == 0).then(|| "process_creation".to_owned()).into_iter().collect()),
    ("mark", |f| (f.n % 50 == 7).then(|| "truncated".to_owned()).into_iter().collect()),
    ("groups", |f| vec!["Users".to_owned(), format!("Nhóm {}", f.n % 5)]),
    ("elevated", |f| vec![(f.n % 2 == 0).to_string()]),
    ("Nothing", |_| vec![]),
    ("time", |_| vec![]),
    ("raw", |_| vec![]),
];

fn scopes() -> Vec<(Scope, Vec<Option<&'static str>>)> {
    vec![
        (province(), vec![Some("stttt"), Some("syt"), None]),
        (unit("syt"), vec![Some("syt")]),
        (unit("no-such-unit"), vec![]),
        (Scope::units([]), vec![]),
    ]
}

pub(super) async fn values_are_counted(lake: &impl Lake) {
    let events = samples::events(240);
    lake.write(0..130, &events[..130]).await.expect("writes");
    lake.write(130..240, &events[130..]).await.expect("writes");
    // Once with columns alone, once with fields of the record among them.
    let names: Vec<&str> = FIELDS.iter().map(|f| f.0).collect();
    for asked in [&names[..8], &names[..]] {
        for (scope, units) in scopes() {
            for query in ["", "sekurlsa", "NOT unit:stttt"] {
                let request = SearchRequest {
                    from: Some(START.plus_secs(5 * STEP_SECS)),
                    until: Some(START.plus_secs(229 * STEP_SECS)),
                    ..SearchRequest::of(Query::parse(query).expect("parses"))
                };
                let ask = SurveyAsk {
                    buckets: Buckets::new(START, START.plus_secs(240 * STEP_SECS), 24),
                    fields: asked.iter().map(|name| FieldRef::named(name)).collect(),
                    sample: None,
                };
                let found = lake.survey(&scope, &request, &ask).await.expect("counts");
                let facts: Vec<samples::Facts> = samples::facts(240)
                    .filter(|f| (5..229).contains(&f.n) && units.contains(&f.unit()))
                    .filter(|f| request.query.matches(&f.event()))
                    .collect();
                assert_eq!(found.matched, facts.len() as u64, "{scope:?}: {query}");
                assert_eq!(found.bars.len(), 24);
                for (bar, index) in found.bars.iter().zip(0_u64..) {
                    let inside = facts.iter().filter(|f| f.n / 10 == index).count() as u64;
                    assert_eq!(*bar, inside, "{scope:?}: {query}: bar {index}");
                }
                for (counts, (name, values)) in found.fields.iter().zip(FIELDS) {
                    let mut expected: BTreeMap<String, u64> = BTreeMap::new();
                    for value in facts.iter().flat_map(|f| values(*f)) {
                        *expected.entry(value).or_default() += 1;
                    }
                    let top = counts.top(1000);
                    let given: BTreeMap<String, u64> = top.iter().map(|(v, n)| ((*v).to_owned(), *n)).collect();
                    assert_eq!(given, expected, "{scope:?}: {query}: {name}");
                    assert!(top.windows(2).all(|w| w[0].1 >= w[1].1), "most frequent first");
                    let present = facts.iter().filter(|f| !values(**f).is_empty()).count() as u64;
                    assert_eq!((counts.present, counts.others), (present, 0), "{name}");
                }
            }
        }
    }
}

pub(super) async fn a_sample_ends_the_count(lake: &impl Lake) {
    lake.write(0..240, &samples::events(240)).await.expect("writes");
    let ask = SurveyAsk { fields: vec![FieldRef::named("user.name")], sample: Some(50), ..SurveyAsk::default() };
    let found = lake.survey(&province(), &SearchRequest::default(), &ask).await.expect("counts");
    assert!(found.sampled && found.matched >= 50, "{found:?}");
    let all = SurveyAsk { sample: Some(1000), ..ask };
    let found = lake.survey(&province(), &SearchRequest::default(), &all).await.expect("counts");
    assert!(!found.sampled && found.matched == 240, "{found:?}");
}

pub(super) async fn fields_are_told_with_examples(lake: &impl Lake) {
    lake.write(0..240, &samples::events(240)).await.expect("writes");
    for (scope, units) in scopes() {
        let seen = lake.fields_seen(&scope, &SearchRequest::default(), 500).await.expect("looks");
        let visible = samples::facts(240).filter(|f| units.contains(&f.unit())).count() as u64;
        assert_eq!(seen.events, visible, "{scope:?}");
        let one = |name: &str| seen.fields.iter().find(|f| f.name == name);
        assert!(one("Nothing").is_none(), "a null is no value");
        if visible == 0 {
            assert!(seen.fields.is_empty(), "{scope:?}: {seen:?}");
            continue;
        }
        let (user, groups) = (one("user.name").expect("common"), one("Groups").expect("of the record"));
        assert!(user.common && user.events == visible && !user.examples.is_empty());
        assert!(!groups.common && groups.events == visible, "a list counts once: {groups:?}");
        let first_own = seen.fields.iter().position(|f| !f.common).expect("fields of the record");
        assert!(seen.fields[first_own..].iter().all(|f| !f.common), "common columns come first");
    }
}
