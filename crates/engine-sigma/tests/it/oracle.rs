//! The slow, obvious reading of a rule, against which the engine is held.
//!
//! Works straight from the parsed rule, without prefilter, folding or shared leaves. Text
//! patterns become regular expressions with `(?is)`, numbers are compared as decimals.

use engine_event::{Field, Kind, Record};
use regex::Regex;
use rsigma_parser::{
    ConditionExpr, Detection, DetectionItem, Modifier, Quantifier, SelectorPattern, SigmaRule, SigmaString, SigmaValue,
    SpecialChar, StringPart,
};

pub(crate) fn matches(rule: &SigmaRule, record: &Record) -> bool {
    rule.detection.conditions.iter().any(|c| condition(c, rule, record))
}

fn condition(c: &ConditionExpr, rule: &SigmaRule, record: &Record) -> bool {
    match c {
        ConditionExpr::And(parts) => parts.iter().all(|p| condition(p, rule, record)),
        ConditionExpr::Or(parts) => parts.iter().any(|p| condition(p, rule, record)),
        ConditionExpr::Not(part) => !condition(part, rule, record),
        ConditionExpr::Identifier(name) => detection(&rule.detection.named[name], record),
        ConditionExpr::Selector { quantifier, pattern } => {
            let chosen: Vec<bool> = rule
                .detection
                .named
                .iter()
                .filter(|(name, _)| match pattern {
                    SelectorPattern::Them => !name.starts_with('_'),
                    SelectorPattern::Pattern(p) => {
                        Regex::new(&format!("^{}$", p.replace('*', ".*"))).unwrap().is_match(name)
                    }
                })
                .map(|(_, d)| detection(d, record))
                .collect();
            let yes = chosen.iter().filter(|c| **c).count();
            match quantifier {
                Quantifier::Any => yes >= 1,
                Quantifier::All => yes == chosen.len(),
                Quantifier::Count(n) => yes as u64 >= *n,
            }
        }
    }
}

fn detection(d: &Detection, record: &Record) -> bool {
    match d {
        Detection::AllOf(items) => items.iter().all(|i| item(i, record)),
        Detection::AnyOf(parts) => parts.iter().any(|p| detection(p, record)),
        Detection::Keywords(values) => {
            values.iter().any(|v| record.iter().any(|f| text_fits(v, &[Modifier::Contains], f)))
        }
        other => panic!("not generated: {other:?}"),
    }
}

fn item(item: &DetectionItem, record: &Record) -> bool {
    let m = &item.field.modifiers;
    let Some(name) = item.field.name.as_deref() else {
        let found = |v: &SigmaValue| record.iter().any(|f| text_fits(v, &[Modifier::Contains], f));
        return if m.contains(&Modifier::All) { item.values.iter().all(found) } else { item.values.iter().any(found) };
    };
    let values: Vec<Field<'_>> = record.iter().filter(|f| f.name == name).collect();
    if m.contains(&Modifier::Exists) {
        return values.is_empty() != (item.values[0] == SigmaValue::Bool(true));
    }
    let some = values.iter().any(|f| f.kind != Kind::Null);
    let one = |v: &SigmaValue| match v {
        SigmaValue::Null => !some,
        v => values.iter().any(|f| value_fits(v, m, *f, record)),
    };
    if m.contains(&Modifier::Neq) {
        return some && !item.values.iter().any(one);
    }
    if m.contains(&Modifier::All) { item.values.iter().all(one) } else { item.values.iter().any(one) }
}

fn value_fits(v: &SigmaValue, m: &[Modifier], f: Field<'_>, record: &Record) -> bool {
    if f.kind == Kind::Null {
        return false;
    }
    let has = |x| m.contains(&x);
    if has(Modifier::FieldRef) {
        let others = record.iter().filter(|o| o.name == v.to_string() && o.kind != Kind::Null);
        return others
            .map(|o| Regex::new(&format!("(?is)^{}$", regex::escape(o.text))).unwrap())
            .any(|re| re.is_match(f.text));
    }
    if has(Modifier::Re) {
        let flags = if has(Modifier::IgnoreCase) { "(?i)" } else { "" };
        return Regex::new(&format!("{flags}{v}")).unwrap().is_match(f.text);
    }
    if let Some(op) = m.iter().find(|x| matches!(x, Modifier::Gt | Modifier::Gte | Modifier::Lt | Modifier::Lte)) {
        let (Ok(have), Ok(want)) = (f.text.trim().parse::<f64>(), v.to_string().parse::<f64>()) else { return false };
        return match op {
            Modifier::Gt => have > want,
            Modifier::Gte => have >= want,
            Modifier::Lt => have < want,
            _ => have <= want,
        };
    }
    text_fits(v, m, f)
}

fn text_fits(v: &SigmaValue, m: &[Modifier], f: Field<'_>) -> bool {
    if f.kind == Kind::Null {
        return false;
    }
    let placed = m.iter().any(|x| matches!(x, Modifier::Contains | Modifier::StartsWith | Modifier::EndsWith));
    if let (SigmaValue::Integer(n), false) = (v, placed) {
        let same_number = f.kind == Kind::Number && f.text.parse::<f64>() == Ok(*n as f64);
        return same_number || f.text == n.to_string();
    }
    let mut pattern = match v {
        SigmaValue::String(s) => expression(s),
        other => regex::escape(&other.to_string()),
    };
    if m.contains(&Modifier::Contains) || m.contains(&Modifier::EndsWith) {
        pattern = format!(".*{pattern}");
    }
    if m.contains(&Modifier::Contains) || m.contains(&Modifier::StartsWith) {
        pattern.push_str(".*");
    }
    let flags = if m.contains(&Modifier::Cased) { "(?s)" } else { "(?is)" };
    Regex::new(&format!("{flags}^(?:{pattern})$")).unwrap().is_match(f.text)
}

fn expression(s: &SigmaString) -> String {
    s.parts
        .iter()
        .map(|part| match part {
            StringPart::Plain(text) => regex::escape(text),
            StringPart::Special(SpecialChar::WildcardMulti) => ".*".to_owned(),
            StringPart::Special(SpecialChar::WildcardSingle) => ".".to_owned(),
        })
        .collect()
}
