//! Values, and the reading of them from text.

use crate::mistake::Wrong;
use crate::table::Kind;
use std::net::{IpAddr, SocketAddr};

/// Longest text of a value, in bytes.
const LONGEST: usize = 16 << 10;

/// A value that is what its kind asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Of [`Kind::Text`], [`Kind::File`], [`Kind::Folder`], [`Kind::Url`] and [`Kind::Choice`].
    Text(String),
    /// Of [`Kind::Address`].
    Address(IpAddr),
    /// Of [`Kind::Listen`]; `None` is `off`.
    Listen(Option<SocketAddr>),
    /// Of [`Kind::Flag`].
    Flag(bool),
    /// Of [`Kind::Port`] and [`Kind::Number`].
    Number(u64),
    /// Of [`Kind::List`].
    List(Vec<String>),
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Address(address) => write!(f, "{address}"),
            Self::Listen(Some(address)) => write!(f, "{address}"),
            Self::Listen(None) => f.write_str("off"),
            Self::Flag(flag) => write!(f, "{flag}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::List(items) => f.write_str(&items.join(", ")),
        }
    }
}

/// Reads a value from text, as it stands in a flag, a variable or a string of the file.
///
/// # Errors
/// What is wrong with it.
pub fn parse(kind: Kind, text: &str) -> Result<Value, Wrong> {
    if text.len() > LONGEST {
        return Err(Wrong::TooLong(LONGEST));
    }
    match kind {
        Kind::Text | Kind::File | Kind::Folder if text.is_empty() => Err(Wrong::Empty),
        Kind::Text | Kind::File | Kind::Folder => Ok(Value::Text(text.to_owned())),
        Kind::Address => text.parse().map(Value::Address).map_err(|_| Wrong::NoAddress(text.to_owned())),
        Kind::Port => number(text, 1, 65_535),
        Kind::Number(least, most) => number(text, least, most),
        Kind::Listen if text.eq_ignore_ascii_case("off") => Ok(Value::Listen(None)),
        Kind::Listen => text.parse().map(|at| Value::Listen(Some(at))).map_err(|_| Wrong::NoListen(text.to_owned())),
        Kind::Flag => match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "1" => Ok(Value::Flag(true)),
            "false" | "no" | "off" | "0" => Ok(Value::Flag(false)),
            _ => Err(Wrong::NoFlag(text.to_owned())),
        },
        Kind::List => {
            let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
            Ok(Value::List(items.map(str::to_owned).collect()))
        }
        Kind::Url(schemes) => match text.split_once("://") {
            Some((scheme, rest)) if schemes.contains(&scheme) && !rest.is_empty() => Ok(Value::Text(text.to_owned())),
            // The text may hold a password, so it is not repeated.
            _ => Err(Wrong::NoUrl(schemes)),
        },
        Kind::Choice(words) if words.contains(&text) => Ok(Value::Text(text.to_owned())),
        Kind::Choice(words) => Err(Wrong::NoChoice(text.to_owned(), words)),
    }
}

fn number(text: &str, least: u64, most: u64) -> Result<Value, Wrong> {
    let wrong = || Wrong::NoNumber { text: text.to_owned(), least, most };
    let number: u64 = text.parse().map_err(|_| wrong())?;
    if (least..=most).contains(&number) { Ok(Value::Number(number)) } else { Err(wrong()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_takes_its_own_and_names_what_it_wants() {
        assert_eq!(parse(Kind::Listen, "OFF"), Ok(Value::Listen(None)));
        assert!(matches!(parse(Kind::Listen, "[::1]:5514"), Ok(Value::Listen(Some(_)))));
        assert_eq!(parse(Kind::Listen, "5514"), Err(Wrong::NoListen("5514".to_owned())));
        assert_eq!(parse(Kind::Flag, "Yes"), Ok(Value::Flag(true)));
        assert_eq!(parse(Kind::Flag, "maybe"), Err(Wrong::NoFlag("maybe".to_owned())));
        assert_eq!(parse(Kind::Port, "8443"), Ok(Value::Number(8443)));
        for port in ["0", "65536", "-1", "1e3", " 80", ""] {
            assert!(matches!(parse(Kind::Port, port), Err(Wrong::NoNumber { .. })), "{port}");
        }
        assert_eq!(parse(Kind::List, "a, b,,c"), Ok(Value::List(vec!["a".into(), "b".into(), "c".into()])));
        assert_eq!(parse(Kind::Text, ""), Err(Wrong::Empty));
        assert_eq!(parse(Kind::Text, &"x".repeat(LONGEST + 1)), Err(Wrong::TooLong(LONGEST)));
        let told = parse(Kind::Url(&["smtp"]), "http://u:secret@x").expect_err("refused");
        assert!(!format!("{told:?}").contains("secret"));
    }
}
