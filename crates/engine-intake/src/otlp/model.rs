//! Records as both forms of OTLP give them.

use std::borrow::Cow;

/// Text of the message, borrowed where it can be.
pub(crate) type Text<'a> = Cow<'a, str>;
/// Names with values, in the order they came in.
pub(crate) type Attributes<'a> = Vec<(Text<'a>, Value<'a>)>;

/// An `AnyValue`.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value<'a> {
    /// Nothing.
    #[default]
    Empty,
    /// Text.
    Text(Cow<'a, str>),
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number.
    Double(f64),
    /// Bytes.
    Bytes(Cow<'a, [u8]>),
    /// Several.
    List(Vec<Value<'a>>),
    /// Several with names.
    Map(Vec<(Cow<'a, str>, Value<'a>)>),
}

/// A `LogRecord`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Log<'a> {
    /// When it happened, in nanoseconds since 1970; 0 when nobody knows.
    pub time: u64,
    /// When it was seen by the first collector.
    pub observed: u64,
    /// From 1 (trace) to 24 (fatal); 0 when nobody says.
    pub severity: i64,
    /// The sender's own word for it.
    pub severity_text: Cow<'a, str>,
    /// Name of the kind of event.
    pub event_name: Cow<'a, str>,
    /// The record proper.
    pub body: Value<'a>,
    /// What is said about it.
    pub attributes: Vec<(Cow<'a, str>, Value<'a>)>,
    /// W3C trace flags.
    pub flags: u64,
    /// 32 hexadecimal digits, or none.
    pub trace_id: String,
    /// 16 hexadecimal digits, or none.
    pub span_id: String,
}

/// Records of one scope: the library that wrote them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scope<'a> {
    /// Its name.
    pub name: Cow<'a, str>,
    /// Its version.
    pub version: Cow<'a, str>,
    /// What is said about it.
    pub attributes: Vec<(Cow<'a, str>, Value<'a>)>,
    /// Its records.
    pub logs: Vec<Log<'a>>,
}

/// Records of one resource: the machine, process or service they come from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Group<'a> {
    /// What is said about it.
    pub resource: Vec<(Cow<'a, str>, Value<'a>)>,
    /// By scope.
    pub scopes: Vec<Scope<'a>>,
}
