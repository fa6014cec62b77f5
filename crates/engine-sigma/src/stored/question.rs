//! Leaves and conditions, as bytes.

use super::bytes::{Reader, Writer};
use crate::expr::Expr;
use crate::expression::Expression;
use crate::leaf::{Alternatives, Ask, FieldId, How, Item, Leaf, Test};
use crate::number::{Comparison, Number};
use crate::pattern::{Glob, Pattern, Place, Token};
use crate::time_part::TimePart;
use ipnet::IpNet;

const COMPARISONS: [Comparison; 6] = [
    Comparison::Less,
    Comparison::LessOrEqual,
    Comparison::Greater,
    Comparison::GreaterOrEqual,
    Comparison::Equal,
    Comparison::NotEqual,
];
const PARTS: [TimePart; 6] =
    [TimePart::Minute, TimePart::Hour, TimePart::Day, TimePart::Week, TimePart::Month, TimePart::Year];
const HOWS: [How; 4] = [How::Equals, How::Contains, How::StartsWith, How::EndsWith];
const PLACES: [Place; 4] = [Place::Whole, Place::Start, Place::End, Place::Inside];

/// Deepest nesting of a condition; rules go six deep. A set with one that is deeper is refused, and
/// so compiled at every start.
const DEEPEST: usize = 256;

/// The place of a value in the list of all of its kind.
fn write_choice<T: PartialEq>(all: &[T], one: &T, to: &mut Writer) {
    to.size(all.iter().position(|other| other == one).unwrap_or(all.len()));
}

fn read_choice<T: Copy>(all: &[T], from: &mut Reader<'_>) -> Option<T> {
    all.get(usize::from(from.byte()?)).copied()
}

pub(super) fn write_comparison(comparison: Comparison, to: &mut Writer) {
    write_choice(&COMPARISONS, &comparison, to);
}

pub(super) fn read_comparison(from: &mut Reader<'_>) -> Option<Comparison> {
    read_choice(&COMPARISONS, from)
}

pub(super) fn write_leaf(leaf: &Leaf, to: &mut Writer) {
    to.maybe(leaf.field, |w, field| w.number(u64::from(field)));
    to.text(&leaf.modifiers);
    match &leaf.ask {
        Ask::Null => to.byte(0),
        Ask::Exists(wanted) => {
            to.byte(1);
            to.flag(*wanted);
        }
        Ask::Reference { other, how, cased } => {
            to.byte(2);
            to.number(u64::from(*other));
            write_choice(&HOWS, how, to);
            to.flag(*cased);
        }
        Ask::Any(alternatives) => {
            to.byte(3);
            to.list(&alternatives.items, |w, item| {
                w.text(&item.shown);
                write_test(&item.test, w);
            });
        }
    }
}

pub(super) fn read_leaf(from: &mut Reader<'_>, fields: usize) -> Option<Leaf> {
    let field = |r: &mut Reader<'_>| -> Option<FieldId> { r.below(fields) };
    let of = from.maybe(field)?;
    let modifiers = from.text()?.into();
    let ask = match from.byte()? {
        0 => Ask::Null,
        1 => Ask::Exists(from.flag()?),
        2 => Ask::Reference { other: field(from)?, how: read_choice(&HOWS, from)?, cased: from.flag()? },
        3 => {
            let item = |r: &mut Reader<'_>| Some(Item { shown: r.text()?.into(), test: read_test(r)? });
            Ask::Any(Alternatives::new(from.list(item)?))
        }
        _ => return None,
    };
    Some(Leaf { field: of, ask, modifiers })
}

fn write_test(test: &Test, to: &mut Writer) {
    match test {
        Test::Pattern { pattern, cased } => {
            to.byte(u8::from(*cased));
            write_pattern(pattern, to);
        }
        Test::Number(n) => {
            to.byte(2);
            write_number(*n, to);
        }
        Test::Compare(comparison, n) => {
            to.byte(3);
            write_comparison(*comparison, to);
            write_number(*n, to);
        }
        Test::Regex(expression) => {
            to.byte(4);
            to.text(expression.text());
            expression.flags().iter().for_each(|flag| to.flag(*flag));
        }
        Test::Cidr(network) => {
            to.byte(5);
            to.text(&network.to_string());
        }
        Test::Time(part, comparison, n) => {
            to.byte(6);
            write_choice(&PARTS, part, to);
            write_comparison(*comparison, to);
            write_number(*n, to);
        }
    }
}

fn read_test(from: &mut Reader<'_>) -> Option<Test> {
    Some(match from.byte()? {
        cased @ (0 | 1) => Test::Pattern { pattern: read_pattern(from)?, cased: cased == 1 },
        2 => Test::Number(read_number(from)?),
        3 => Test::Compare(read_comparison(from)?, read_number(from)?),
        4 => {
            let text = from.text()?;
            Test::Regex(Box::new(Expression::checked(text, [from.flag()?, from.flag()?, from.flag()?])))
        }
        5 => Test::Cidr(from.text()?.parse::<IpNet>().ok()?),
        6 => Test::Time(read_choice(&PARTS, from)?, read_comparison(from)?, read_number(from)?),
        _ => return None,
    })
}

fn write_number(number: Number, to: &mut Writer) {
    match number {
        Number::Int(n) => {
            to.byte(0);
            to.eight(n.to_le_bytes());
        }
        Number::Float(n) => {
            to.byte(1);
            to.eight(n.to_le_bytes());
        }
    }
}

fn read_number(from: &mut Reader<'_>) -> Option<Number> {
    match from.byte()? {
        0 => from.eight().map(i64::from_le_bytes).map(Number::Int),
        1 => from.decimal().map(Number::Float),
        _ => None,
    }
}

/// Numbers of the patterns that are more than a text and its place.
const ANYTHING: u8 = 4;
const GLOB: u8 = 5;

fn write_pattern(pattern: &Pattern, to: &mut Writer) {
    match (pattern, pattern.literal()) {
        (Pattern::Glob(glob), _) => {
            to.byte(GLOB);
            to.flag(glob.open_start);
            to.flag(glob.open_end);
            to.list(&glob.stretches, |w, stretch| {
                w.list(stretch, |w, token| match token {
                    Token::One => w.byte(0),
                    Token::Many => w.byte(1),
                    Token::Text(text) => {
                        w.byte(2);
                        w.text(text);
                    }
                });
            });
        }
        (_, Some((text, place))) => {
            write_choice(&PLACES, &place, to);
            to.text(text);
        }
        (_, None) => to.byte(ANYTHING),
    }
}

fn read_pattern(from: &mut Reader<'_>) -> Option<Pattern> {
    let kind = from.byte()?;
    Some(match kind {
        ANYTHING => Pattern::Anything,
        GLOB => {
            let (open_start, open_end) = (from.flag()?, from.flag()?);
            let token = |r: &mut Reader<'_>| {
                Some(match r.byte()? {
                    0 => Token::One,
                    1 => Token::Many,
                    2 => Token::Text(r.owned()?),
                    _ => return None,
                })
            };
            Pattern::Glob(Glob { stretches: from.list(|r| r.list(token))?, open_start, open_end })
        }
        place => Pattern::of_folded(from.text()?.into(), *PLACES.get(usize::from(place))?),
    })
}

pub(super) fn write_expr(expr: &Expr, to: &mut Writer) {
    let parts = |w: &mut Writer, parts: &[Expr]| w.list(parts, |w, part| write_expr(part, w));
    match expr {
        Expr::All(all) => {
            to.byte(0);
            parts(to, all);
        }
        Expr::Any(any) => {
            to.byte(1);
            parts(to, any);
        }
        Expr::AtLeast(n, of) => {
            to.byte(2);
            to.size(*n);
            parts(to, of);
        }
        Expr::Not(part) => {
            to.byte(3);
            write_expr(part, to);
        }
        Expr::Leaf(leaf) => {
            to.byte(4);
            to.number(u64::from(*leaf));
        }
    }
}

pub(super) fn read_expr(from: &mut Reader<'_>, leaves: usize, depth: usize) -> Option<Expr> {
    if depth > DEEPEST {
        return None;
    }
    let part = |r: &mut Reader<'_>| read_expr(r, leaves, depth + 1);
    Some(match from.byte()? {
        0 => Expr::All(from.list(part)?.into()),
        1 => Expr::Any(from.list(part)?.into()),
        2 => {
            let least = from.size()?;
            Expr::AtLeast(least, from.list(part)?.into())
        }
        3 => Expr::Not(Box::new(part(from)?)),
        4 => Expr::Leaf(from.below(leaves)?),
        _ => return None,
    })
}
