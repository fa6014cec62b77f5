//! One `field|modifiers: values` entry of a detection, compiled to a condition.
//!
//! Modifiers are applied in the order written (rules specification 2.1, "Value Modifiers").

use crate::encode::{MAX_VARIANTS, base64, base64_offsets, utf16, utf16be, utf16le, windash};
use crate::expr::{Expr, Fields, Leaves};
use crate::expression::Expression;
use crate::fault::{Fault, Outcome};
use crate::leaf::{Alternatives, Ask, FieldId, How, Item, Leaf, Test};
use crate::number::{Comparison, Number};
use crate::options::CompileOptions;
use crate::pattern::{Pattern, Place, Token, normalise};
use crate::time_part::TimePart;
use rsigma_parser::{DetectionItem, Modifier, SigmaString, SigmaValue, SpecialChar, StringPart};
use std::borrow::Cow;
use std::fmt::Write as _;

/// What compiling entries needs and fills.
pub(crate) struct Context<'a> {
    pub(crate) fields: &'a mut Fields,
    pub(crate) leaves: &'a mut Leaves,
    pub(crate) options: &'a CompileOptions,
}

/// What the modifiers of an entry ask for, apart from changing values.
#[derive(Default)]
struct Plan {
    all: bool,
    cased: bool,
    not_equal: bool,
    exists: bool,
    reference: bool,
    regex: bool,
    cidr: bool,
    compare: Option<Comparison>,
    time: Option<TimePart>,
    flags: [bool; 3],
    changes: Vec<Modifier>,
    /// Where a text must stand, when nothing else is asked of it.
    place: Option<Place>,
}

/// A value on its way through the modifiers.
enum Shape {
    Text(Vec<Token>),
    Bytes(Vec<u8>),
}

/// Compiles an entry. Without a field name it is a keyword search.
pub(crate) fn compile_item(item: &DetectionItem, cx: &mut Context<'_>) -> Outcome<Expr> {
    let field = item.field.name.as_deref().map(rsigma_parser::fieldpath::unescape_brackets);
    compile_entry(item, field.as_deref(), cx).map_err(|fault| fault.near(field.as_deref().unwrap_or_default()))
}

fn compile_entry(item: &DetectionItem, field: Option<&str>, cx: &mut Context<'_>) -> Outcome<Expr> {
    let plan = Plan::of(&item.field.modifiers)?;
    if item.values.is_empty() {
        return Err(Fault::new("an entry has an empty list of values", "give at least one value, or remove the entry"));
    }
    let modifiers = modifier_text(&item.field.modifiers);
    let field_number = field.map(|f| cx.fields.number(f));
    if plan.exists {
        return exists(item, field_number, &modifiers, cx);
    }
    if plan.reference {
        return references(item, &plan, field_number, &modifiers, cx);
    }
    let mut parts = Vec::with_capacity(if plan.all { item.values.len() } else { 1 });
    let mut alternatives = Vec::new();
    for value in &item.values {
        match value {
            SigmaValue::Null => parts.push(null_leaf(&plan, field_number, cx)?),
            value => {
                let items = items_of(value, &plan, field.is_none(), cx.options)?;
                check_size(alternatives.len().max(parts.len()) + items.len(), plan.regex)?;
                if plan.all {
                    parts.push(any_leaf(items, field_number, &modifiers, cx));
                } else {
                    alternatives.extend(items);
                }
            }
        }
    }
    if !alternatives.is_empty() {
        parts.push(any_leaf(alternatives, field_number, &modifiers, cx));
    }
    let joined = if plan.all && !plan.not_equal { Expr::all(parts) } else { Expr::any(parts) };
    if plan.not_equal { different(joined, field_number, cx) } else { Ok(joined) }
}

/// Most values of one entry, and most regular expressions: each of these costs memory.
const MOST_VALUES: usize = 200_000;
const MOST_EXPRESSIONS: usize = 2_000;

fn check_size(values: usize, regex: bool) -> Outcome<()> {
    let most = if regex { MOST_EXPRESSIONS } else { MOST_VALUES };
    if values <= most {
        return Ok(());
    }
    Err(Fault::new(
        format!("an entry has more than {most} values"),
        "split it, or keep long lists of addresses, domains and hashes as indicators",
    ))
}

/// `neq`: the field has a value, and none of its values is one of those named.
fn different(same: Expr, field: Option<FieldId>, cx: &mut Context<'_>) -> Outcome<Expr> {
    let Some(field) = field else {
        return Err(Fault::new("`neq` needs a field", "name the field before the modifier"));
    };
    let null = leaf(Some(field), Ask::Null, "", "null", cx);
    Ok(Expr::not(Expr::any(vec![null, same])))
}

/// Adds a leaf; `details` says what its field and modifiers leave open. Texts in a key are
/// preceded by their length, so that no two questions have the same key.
fn leaf(field: Option<FieldId>, ask: Ask, modifiers: &str, details: &str, cx: &mut Context<'_>) -> Expr {
    let name = field.map(|f| cx.fields.name(f));
    let key = match name {
        Some(name) => format!("{}:{name}|{modifiers}|{details}", name.len()),
        None => format!("|{modifiers}|{details}"),
    };
    Expr::Leaf(cx.leaves.add(&key, || Leaf { field, ask, modifiers: modifiers.into() }))
}

fn any_leaf(items: Vec<Item>, field: Option<FieldId>, modifiers: &str, cx: &mut Context<'_>) -> Expr {
    let mut details = String::with_capacity(items.iter().map(|i| i.shown.len() + 4).sum());
    for item in &items {
        // Numbers and texts that look alike are different questions.
        let kind = if matches!(item.test, Test::Number(_)) { '#' } else { '=' };
        let _ = write!(details, "{kind}{}:{}", item.shown.len(), item.shown);
    }
    leaf(field, Ask::Any(Alternatives::new(items)), modifiers, &details, cx)
}

fn null_leaf(plan: &Plan, field: Option<FieldId>, cx: &mut Context<'_>) -> Outcome<Expr> {
    let changed = !plan.changes.is_empty() || plan.regex || plan.cidr || plan.compare.is_some() || plan.time.is_some();
    match field {
        Some(_) if !changed => Ok(leaf(field, Ask::Null, "", "null", cx)),
        Some(_) => Err(Fault::new(
            "null cannot be changed by a modifier",
            "write the value, or use `field: null` in a selection of its own",
        )),
        None => Err(Fault::new("null cannot be searched as a keyword", "remove it from the list")),
    }
}

fn exists(item: &DetectionItem, field: Option<FieldId>, modifiers: &str, cx: &mut Context<'_>) -> Outcome<Expr> {
    let wanted = match item.values.as_slice() {
        [SigmaValue::Bool(b)] => Some(*b),
        [SigmaValue::String(s)] => s.original.to_ascii_lowercase().parse().ok(),
        _ => None,
    };
    match (field, wanted) {
        (Some(_), Some(b)) => Ok(leaf(field, Ask::Exists(b), modifiers, if b { "there" } else { "absent" }, cx)),
        (None, _) => Err(Fault::new("`exists` needs a field", "name the field before the modifier")),
        (_, None) => Err(Fault::new("`exists` takes true or false", "write `field|exists: true` or `false`")),
    }
}

fn references(
    item: &DetectionItem,
    plan: &Plan,
    field: Option<FieldId>,
    modifiers: &str,
    cx: &mut Context<'_>,
) -> Outcome<Expr> {
    if field.is_none() {
        return Err(Fault::new("`fieldref` needs a field", "name the field before the modifier"));
    }
    let how = match plan.changes.as_slice() {
        [] => How::Equals,
        [Modifier::Contains] => How::Contains,
        [Modifier::StartsWith] => How::StartsWith,
        [Modifier::EndsWith] => How::EndsWith,
        _ => {
            return Err(Fault::new(
                "`fieldref` cannot be joined with these modifiers",
                "use it alone or with contains, startswith, endswith, cased or neq",
            ));
        }
    };
    let mut parts = Vec::new();
    for value in &item.values {
        let SigmaValue::String(name) = value else {
            return Err(Fault::new(
                "`fieldref` takes the name of a field",
                "write the name of the other field as text",
            ));
        };
        let other = cx.fields.number(&name.original);
        let ask = Ask::Reference { other, how, cased: plan.cased };
        let same = leaf(field, ask, modifiers, &format!("field {}", name.original), cx);
        // A comparison with an absent field says nothing, neither equal nor different.
        parts.push(if plan.not_equal {
            let null = leaf(Some(other), Ask::Null, "", "null", cx);
            Expr::all(vec![Expr::not(null), different(same, field, cx)?])
        } else {
            same
        });
    }
    Ok(if plan.all || plan.not_equal { Expr::all(parts) } else { Expr::any(parts) })
}

impl Plan {
    fn of(modifiers: &[Modifier]) -> Outcome<Self> {
        let mut plan = Plan::default();
        for modifier in modifiers {
            match modifier {
                Modifier::All => plan.all = true,
                Modifier::Cased => plan.cased = true,
                Modifier::Neq => plan.not_equal = true,
                Modifier::Exists => plan.exists = true,
                Modifier::FieldRef => plan.reference = true,
                Modifier::Re => plan.regex = true,
                Modifier::Cidr => plan.cidr = true,
                Modifier::IgnoreCase => plan.flags[0] = true,
                Modifier::Multiline => plan.flags[1] = true,
                Modifier::DotAll => plan.flags[2] = true,
                Modifier::Lt => plan.compare = Some(Comparison::Less),
                Modifier::Lte => plan.compare = Some(Comparison::LessOrEqual),
                Modifier::Gt => plan.compare = Some(Comparison::Greater),
                Modifier::Gte => plan.compare = Some(Comparison::GreaterOrEqual),
                Modifier::Minute => plan.time = Some(TimePart::Minute),
                Modifier::Hour => plan.time = Some(TimePart::Hour),
                Modifier::Day => plan.time = Some(TimePart::Day),
                Modifier::Week => plan.time = Some(TimePart::Week),
                Modifier::Month => plan.time = Some(TimePart::Month),
                Modifier::Year => plan.time = Some(TimePart::Year),
                change => plan.changes.push(*change),
            }
        }
        plan.check()?;
        plan.place = plan.text_place();
        Ok(plan)
    }

    /// Where texts must stand, when they are compared as they are written.
    fn text_place(&self) -> Option<Place> {
        if self.regex || self.cidr || self.compare.is_some() || self.time.is_some() {
            return None;
        }
        match self.changes.as_slice() {
            [] => Some(Place::Whole),
            [Modifier::Contains] => Some(Place::Inside),
            [Modifier::StartsWith] => Some(Place::Start),
            [Modifier::EndsWith] => Some(Place::End),
            _ => None,
        }
    }

    fn check(&self) -> Outcome<()> {
        let kinds = [self.exists, self.reference, self.regex, self.cidr, self.compare.is_some() || self.time.is_some()];
        if kinds.iter().filter(|k| **k).count() > 1 {
            return Err(Fault::new(
                "modifiers that exclude each other are chained",
                "keep one of exists, fieldref, re, cidr and the comparisons",
            ));
        }
        if self.flags.contains(&true) && !self.regex {
            return Err(Fault::new(
                "`i`, `m` and `s` belong to a regular expression",
                "write them after `re`, as in `field|re|i`",
            ));
        }
        let only_expand = self.changes.iter().all(|c| *c == Modifier::Expand);
        if (self.exists || self.regex || self.cidr || self.compare.is_some() || self.time.is_some()) && !only_expand {
            return Err(Fault::new(
                "a modifier for text is chained with one for another type",
                "use contains, startswith, endswith and the encodings without re, cidr, exists and comparisons",
            ));
        }
        Ok(())
    }
}

fn items_of(value: &SigmaValue, plan: &Plan, keyword: bool, options: &CompileOptions) -> Outcome<Vec<Item>> {
    if let (Some(place), SigmaValue::String(text)) = (plan.place.filter(|_| !keyword), value)
        && let Some(plain) = plain_part(text)
    {
        let pattern = Pattern::of_text(plain, place, plan.cased);
        let shown = text.original.as_str().into();
        return Ok(vec![Item { shown, test: Test::Pattern { pattern, cased: plan.cased } }]);
    }
    let shown = match value {
        SigmaValue::String(text) => Cow::Borrowed(text.original.as_str()),
        other => Cow::Owned(other.to_string()),
    };
    if plan.changes.contains(&Modifier::Expand) {
        let SigmaValue::String(text) = value else {
            return Err(Fault::new("`expand` takes text with a %placeholder%", "write the placeholder as text"));
        };
        let mut items = Vec::new();
        for text in expand(&text.original, options)? {
            items.extend(typed(&SigmaValue::String(SigmaString::new(&text)), &text, plan, keyword)?);
        }
        return Ok(items);
    }
    typed(value, &shown, plan, keyword)
}

/// The text of a value without wildcards.
fn plain_part(text: &SigmaString) -> Option<&str> {
    match text.parts.as_slice() {
        [] => Some(""),
        [StringPart::Plain(plain)] => Some(plain),
        _ => None,
    }
}

fn typed(value: &SigmaValue, shown: &str, plan: &Plan, keyword: bool) -> Outcome<Vec<Item>> {
    let one = |test| Ok(vec![Item { shown: shown.into(), test }]);
    if plan.regex {
        return one(Test::Regex(Box::new(expression(shown, plan.flags)?)));
    }
    if plan.cidr {
        return one(Test::Cidr(network(shown)?));
    }
    if plan.compare.is_some() || plan.time.is_some() {
        let number = match value {
            SigmaValue::Integer(i) => Some(Number::Int(*i)),
            SigmaValue::Float(f) => Some(Number::Float(*f)),
            _ => Number::parse(shown),
        };
        let number = number.ok_or_else(|| {
            Fault::new(format!("`{shown}` is not a number"), "comparisons and parts of a date take numbers")
        })?;
        let op = plan.compare.unwrap_or(Comparison::Equal);
        return one(match plan.time {
            Some(part) => Test::Time(part, op, number),
            None => Test::Compare(op, number),
        });
    }
    let plain = plan.changes.iter().all(|c| *c == Modifier::Expand) && !keyword;
    match value {
        SigmaValue::Integer(i) if plain => one(Test::Number(Number::Int(*i))),
        SigmaValue::Float(f) if plain => one(Test::Number(Number::Float(*f))),
        SigmaValue::String(text) => texts(tokens_of(text), shown, plan, keyword),
        other => texts(vec![Token::Text(other.to_string())], shown, plan, keyword),
    }
}

/// Text through the changing modifiers, to patterns.
fn texts(tokens: Vec<Token>, shown: &str, plan: &Plan, keyword: bool) -> Outcome<Vec<Item>> {
    let mut shapes = vec![Shape::Text(tokens)];
    for change in &plan.changes {
        let mut changed = Vec::with_capacity(shapes.len());
        for shape in shapes {
            changed.extend(apply(*change, shape)?);
        }
        if changed.len() > MAX_VARIANTS {
            return Err(too_many());
        }
        shapes = changed;
    }
    let placed =
        plan.changes.iter().any(|c| matches!(c, Modifier::Contains | Modifier::StartsWith | Modifier::EndsWith));
    let mut items = Vec::with_capacity(shapes.len());
    for shape in shapes {
        let mut tokens = as_text(shape)?;
        if keyword && !placed {
            // A keyword is searched anywhere in the message.
            tokens.insert(0, Token::Many);
            tokens.push(Token::Many);
        }
        let pattern = Pattern::new(&tokens, plan.cased);
        items.push(Item { shown: shown.into(), test: Test::Pattern { pattern, cased: plan.cased } });
    }
    Ok(items)
}

fn apply(change: Modifier, shape: Shape) -> Outcome<Vec<Shape>> {
    let one = |tokens| Ok(vec![Shape::Text(normalise(tokens))]);
    match change {
        Modifier::Expand => Ok(vec![shape]),
        Modifier::Contains => {
            let mut tokens = as_text(shape)?;
            tokens.insert(0, Token::Many);
            tokens.push(Token::Many);
            one(tokens)
        }
        Modifier::StartsWith => {
            let mut tokens = as_text(shape)?;
            tokens.push(Token::Many);
            one(tokens)
        }
        Modifier::EndsWith => {
            let mut tokens = as_text(shape)?;
            tokens.insert(0, Token::Many);
            one(tokens)
        }
        Modifier::Base64 => one(vec![Token::Text(base64(&as_bytes(shape)?))]),
        Modifier::Base64Offset => {
            // Of a single byte nothing stays in one of the shifts; an empty text would fit everything.
            let parts = base64_offsets(&as_bytes(shape)?).into_iter().filter(|t| !t.is_empty());
            let shapes: Vec<Shape> = parts.map(|t| Shape::Text(vec![Token::Text(t)])).collect();
            if shapes.is_empty() {
                return Err(Fault::new("`base64offset` of an empty value", "write the value that is encoded"));
            }
            Ok(shapes)
        }
        Modifier::Wide => Ok(vec![Shape::Bytes(utf16le(&plain_text(shape)?))]),
        Modifier::Utf16be => Ok(vec![Shape::Bytes(utf16be(&plain_text(shape)?))]),
        Modifier::Utf16 => Ok(vec![Shape::Bytes(utf16(&plain_text(shape)?))]),
        Modifier::WindAsh => {
            let variants = windash(&as_text(shape)?).ok_or_else(too_many)?;
            Ok(variants.into_iter().map(Shape::Text).collect())
        }
        other => Err(Fault::new(format!("modifier {other:?} cannot change a text"), "remove it")),
    }
}

fn too_many() -> Fault {
    Fault::new(
        format!("a value grows into more than {MAX_VARIANTS} variants"),
        "split it into several values with fewer dashes or placeholders",
    )
}

fn as_text(shape: Shape) -> Outcome<Vec<Token>> {
    match shape {
        Shape::Text(tokens) => Ok(tokens),
        Shape::Bytes(bytes) => match String::from_utf8(bytes) {
            Ok(text) => Ok(vec![Token::Text(text)]),
            Err(_) => Err(Fault::new(
                "the encoded value is not text",
                "follow utf16, utf16be or wide with base64 or base64offset",
            )),
        },
    }
}

fn plain_text(shape: Shape) -> Outcome<String> {
    match as_text(shape)?.as_slice() {
        [] => Ok(String::new()),
        [Token::Text(text)] => Ok(text.clone()),
        _ => Err(Fault::new(
            "a value with wildcards cannot be encoded",
            "escape the wildcards with a backslash, or put contains after the encoding",
        )),
    }
}

fn as_bytes(shape: Shape) -> Outcome<Vec<u8>> {
    match shape {
        Shape::Bytes(bytes) => Ok(bytes),
        text @ Shape::Text(_) => plain_text(text).map(String::into_bytes),
    }
}

fn tokens_of(text: &SigmaString) -> Vec<Token> {
    let tokens = text.parts.iter().map(|part| match part {
        StringPart::Plain(t) => Token::Text(t.clone()),
        StringPart::Special(SpecialChar::WildcardMulti) => Token::Many,
        StringPart::Special(SpecialChar::WildcardSingle) => Token::One,
    });
    normalise(tokens.collect())
}

fn expression(text: &str, flags: [bool; 3]) -> Outcome<Expression> {
    Expression::new(text, flags).map_err(|e| {
        let reason = e.to_string().lines().last().unwrap_or_default().trim().trim_start_matches("error: ").to_owned();
        Fault::new(
            format!("regular expression `{text}` cannot be used: {reason}"),
            "look-around and back-references are not part of Sigma's regular expressions; write it without",
        )
        .near(text)
    })
}

fn network(text: &str) -> Outcome<ipnet::IpNet> {
    let text = text.trim();
    let parsed = text.parse().ok().or_else(|| text.parse::<std::net::IpAddr>().ok().map(ipnet::IpNet::from));
    parsed.ok_or_else(|| {
        Fault::new(format!("`{text}` is not a network"), "write it as address/length, such as 10.0.0.0/8 or fe80::/10")
    })
}

/// Replaces `%name%` by each value of the placeholder; `\%` is a percent sign.
fn expand(text: &str, options: &CompileOptions) -> Outcome<Vec<String>> {
    let mut made = vec![String::new()];
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        let (before, after) = rest.split_at(at);
        let after = after.get(1..).unwrap_or_default();
        if let Some(kept) = before.strip_suffix('\\') {
            made.iter_mut().for_each(|m| m.extend([kept, "%"]));
            rest = after;
            continue;
        }
        let name = after.split_once('%').filter(|(name, _)| !name.is_empty() && !name.contains(char::is_whitespace));
        let Some((name, tail)) = name else {
            made.iter_mut().for_each(|m| m.extend([before, "%"]));
            rest = after;
            continue;
        };
        let Some(values) = options.placeholders.get(name).filter(|v| !v.is_empty()) else {
            return Err(Fault::new(
                format!("placeholder %{name}% has no values"),
                "give its list of values in placeholders.yml beside the rules, or leave the rule out",
            ));
        };
        if made.len() * values.len() > MAX_VARIANTS {
            return Err(too_many());
        }
        made = made.iter().flat_map(|m| values.iter().map(move |v| format!("{m}{before}{v}"))).collect();
        rest = tail;
    }
    made.iter_mut().for_each(|m| m.push_str(rest));
    Ok(made)
}

fn modifier_text(modifiers: &[Modifier]) -> String {
    let word = |m: &Modifier| match m {
        Modifier::Contains => "contains",
        Modifier::StartsWith => "startswith",
        Modifier::EndsWith => "endswith",
        Modifier::All => "all",
        Modifier::Base64 => "base64",
        Modifier::Base64Offset => "base64offset",
        Modifier::Wide => "wide",
        Modifier::Utf16be => "utf16be",
        Modifier::Utf16 => "utf16",
        Modifier::WindAsh => "windash",
        Modifier::Re => "re",
        Modifier::Cidr => "cidr",
        Modifier::Cased => "cased",
        Modifier::Exists => "exists",
        Modifier::Expand => "expand",
        Modifier::FieldRef => "fieldref",
        Modifier::Gt => Comparison::Greater.word(),
        Modifier::Gte => Comparison::GreaterOrEqual.word(),
        Modifier::Lt => Comparison::Less.word(),
        Modifier::Lte => Comparison::LessOrEqual.word(),
        Modifier::Neq => Comparison::NotEqual.word(),
        Modifier::IgnoreCase => "i",
        Modifier::Multiline => "m",
        Modifier::DotAll => "s",
        Modifier::Minute => TimePart::Minute.word(),
        Modifier::Hour => TimePart::Hour.word(),
        Modifier::Day => TimePart::Day.word(),
        Modifier::Week => TimePart::Week.word(),
        Modifier::Month => TimePart::Month.word(),
        Modifier::Year => TimePart::Year.word(),
    };
    modifiers.iter().map(word).collect::<Vec<_>>().join("|")
}
