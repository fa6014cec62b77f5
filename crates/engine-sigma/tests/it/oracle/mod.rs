//! The Sigma specification 2.1, read slowly and plainly: the measure of the engine.
//!
//! Written to be read beside the specification, each part with its heading. It shares nothing
//! with the engine but the record of an event: YAML by another library, its own condition
//! parser, text compared letter by letter, Base64 and networks bit by bit. Nothing is
//! prepared beyond reading the rule, nothing is remembered from one event to the next.
//!
//! Where the specification is silent, the crate documentation of `engine-sigma` says what holds,
//! and this follows that text.

mod condition;
mod encoding;
mod source;
mod text;
mod value;

use condition::Condition;
use engine_event::{Kind, LogSource, Record};
use serde_yaml_ng::Value;
pub(crate) use source::Routing;
use std::collections::BTreeMap;
use value::{Wanted, fits};

/// Values of placeholders, by name.
pub(crate) type Placeholders = BTreeMap<String, Vec<String>>;

/// A rule as written.
pub(crate) struct Rule {
    source: [Option<String>; 3],
    searches: Vec<(String, Search)>,
    conditions: Vec<Condition>,
}

/// "Search-Identifier: a definition that can consist of two different data structures".
enum Search {
    /// "All elements of a map are joined with a logical AND".
    Map(Vec<Entry>),
    /// "All map items of a list are logically linked with OR".
    List(Vec<Search>),
}

/// One `field|modifier|…: values`.
struct Entry {
    /// `None` for keywords, "a matter of searching for keywords across an entire event".
    field: Option<String>,
    /// `all`: "changes this to AND".
    all: bool,
    /// `neq`: "the field is different from the specified values".
    different: bool,
    /// `exists`, and what it asks for.
    exists: Option<bool>,
    /// `fieldref`: the values are names of fields.
    reference: Option<Reference>,
    /// For each value as written, what it stands for: modifiers may make several of one.
    values: Vec<Vec<Wanted>>,
}

struct Reference {
    others: Vec<String>,
    place: Option<String>,
    cased: bool,
}

/// The event as the rules see it.
pub(crate) struct Event<'a> {
    values: Vec<Seen<'a>>,
}

/// A value of the event, or the message as received.
pub(crate) struct Seen<'a> {
    /// `None` for the message, which only keywords look at.
    name: Option<&'a str>,
    text: &'a str,
    kind: Kind,
    letters: Vec<char>,
}

impl<'a> Event<'a> {
    /// With `raw`, the message as received.
    pub(crate) fn new(record: &'a Record, raw: Option<&'a str>) -> Self {
        let seen = |name, text: &'a str, kind| Seen { name, text, kind, letters: text.chars().collect() };
        let fields = record.iter().map(|f| seen(Some(f.name), f.text, f.kind));
        Self { values: fields.chain(raw.map(|text| seen(None, text, Kind::Text))).collect() }
    }

    fn of(&self, field: &str) -> Vec<&Seen<'a>> {
        self.values.iter().filter(|v| v.name == Some(field)).collect()
    }
}

impl Rule {
    /// Reads a rule. It must be correct: what the engine refuses is not asked of this reading.
    pub(crate) fn read(text: &str, placeholders: &Placeholders) -> Rule {
        let rule: Value = serde_yaml_ng::from_str(text).unwrap_or_else(|e| panic!("{e}\n{text}"));
        let source = ["product", "category", "service"]
            .map(|key| rule.get("logsource").and_then(|s| s.get(key)).and_then(Value::as_str).map(str::to_owned));
        let detection = rule["detection"].as_mapping().expect("a detection");
        let (mut searches, mut conditions) = (Vec::new(), Vec::new());
        for (name, body) in detection {
            match name.as_str().expect("a name") {
                "condition" => {
                    // "The condition can be a list … logically linked with OR."
                    let several = body.as_sequence().cloned().unwrap_or_else(|| vec![body.clone()]);
                    conditions = several.iter().map(|c| Condition::read(c.as_str().expect("text"))).collect();
                }
                "timeframe" => {}
                name => searches.push((name.to_owned(), Search::read(body, placeholders))),
            }
        }
        Rule { source, searches, conditions }
    }

    /// Whether the rule asks for events of this log source.
    pub(crate) fn applies(&self, event: &LogSource, routing: Routing) -> bool {
        source::applies(&self.source, event, routing)
    }

    /// Whether the event matches, whatever its log source.
    pub(crate) fn matches(&self, event: &Event<'_>) -> bool {
        let names: Vec<&str> = self.searches.iter().map(|(name, _)| name.as_str()).collect();
        let search = |name: &str| self.searches.iter().find(|(n, _)| n == name).expect("defined").1.holds(event);
        self.conditions.iter().any(|c| c.holds(&names, &search))
    }
}

impl Search {
    fn read(body: &Value, placeholders: &Placeholders) -> Search {
        let keywords = |words: Vec<Value>| Search::Map(vec![Entry::read("", &words, placeholders)]);
        match body {
            Value::Mapping(map) => Search::Map(
                map.iter()
                    .map(|(key, value)| {
                        let values = value.as_sequence().cloned().unwrap_or_else(|| vec![value.clone()]);
                        Entry::read(key.as_str().expect("a name"), &values, placeholders)
                    })
                    .collect(),
            ),
            // "Lists can contain strings that are applied to the full log message … or maps."
            Value::Sequence(items) => Search::List(
                items
                    .iter()
                    .map(|item| match item {
                        Value::Mapping(_) | Value::Sequence(_) => Search::read(item, placeholders),
                        word => keywords(vec![word.clone()]),
                    })
                    .collect(),
            ),
            word => keywords(vec![word.clone()]),
        }
    }

    fn holds(&self, event: &Event<'_>) -> bool {
        match self {
            Search::Map(entries) => entries.iter().all(|e| e.holds(event)),
            Search::List(items) => items.iter().any(|i| i.holds(event)),
        }
    }
}

impl Entry {
    fn read(key: &str, values: &[Value], placeholders: &Placeholders) -> Entry {
        let mut parts = key.split('|');
        let field = parts.next().filter(|f| !f.is_empty()).map(str::to_owned);
        let modifiers: Vec<&str> = parts.collect();
        let has = |name: &str| modifiers.contains(&name);
        let place = modifiers.iter().find(|m| ["contains", "startswith", "endswith"].contains(*m));
        let reference = has("fieldref").then(|| Reference {
            others: values.iter().map(|v| v.as_str().expect("a field").to_owned()).collect(),
            place: place.map(|p| (*p).to_owned()),
            cased: has("cased"),
        });
        let exists = has("exists").then(|| values[0].as_bool().unwrap_or_else(|| values[0].as_str() == Some("true")));
        let plain = reference.is_none() && exists.is_none();
        let keyword = field.is_none();
        Entry {
            all: has("all"),
            different: has("neq"),
            values: match plain {
                true => values.iter().map(|v| Wanted::of(v, &modifiers, keyword, placeholders)).collect(),
                false => Vec::new(),
            },
            field,
            exists,
            reference,
        }
    }

    fn holds(&self, event: &Event<'_>) -> bool {
        let Some(field) = &self.field else {
            return self.values_hold(&event.values.iter().filter(|v| v.kind != Kind::Null).collect::<Vec<_>>());
        };
        let mut values = event.of(field);
        if let Some(wanted) = self.exists {
            // "This check only verifies the presence of a field, not its value, be it empty or null."
            return values.is_empty() != wanted;
        }
        values.retain(|v| v.kind != Kind::Null);
        if let Some(reference) = &self.reference {
            return self.reference_holds(reference, &values, event);
        }
        match self.different {
            true => !values.is_empty() && !self.values.iter().any(|v| one_of(v, &values)),
            false => self.values_hold(&values),
        }
    }

    fn values_hold(&self, values: &[&Seen<'_>]) -> bool {
        match self.all {
            true => self.values.iter().all(|v| one_of(v, values)),
            false => self.values.iter().any(|v| one_of(v, values)),
        }
    }

    /// "A field reference can be used to compare fields of matched events directly". A comparison
    /// with an absent field says nothing, neither equal nor different.
    fn reference_holds(&self, reference: &Reference, values: &[&Seen<'_>], event: &Event<'_>) -> bool {
        let one = |other: &String| {
            let mut others = event.of(other);
            others.retain(|o| o.kind != Kind::Null);
            let place = reference.place.as_deref();
            let lies = |o: &Seen<'_>, v: &Seen<'_>| text::stands(&o.letters, &v.letters, place, reference.cased);
            let same = values.iter().any(|v| others.iter().any(|o| lies(o, v)));
            match self.different {
                true => !values.is_empty() && !others.is_empty() && !same,
                false => same,
            }
        };
        match self.all || self.different {
            true => reference.others.iter().all(one),
            false => reference.others.iter().any(one),
        }
    }
}

/// Whether one of the values is what is wanted; `null` wants that there is none.
fn one_of(wanted: &[Wanted], values: &[&Seen<'_>]) -> bool {
    wanted.iter().any(|w| match w {
        Wanted::Null => values.is_empty(),
        other => values.iter().any(|v| fits(other, v)),
    })
}
