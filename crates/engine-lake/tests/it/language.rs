//! The query language: what parses to what, and what is said of mistakes.

use engine_lake::Query;
use engine_lake::query::{Expr, FieldRef, MAX_DEPTH, QueryFault, Test};
use proptest::prelude::*;

/// A compact form of the parsed query, for comparison.
fn shape(expr: &Expr) -> String {
    let list = |parts: &[Expr], sign: &str| parts.iter().map(shape).collect::<Vec<_>>().join(sign);
    match expr {
        Expr::All => "all".to_owned(),
        Expr::And(parts) => format!("({})", list(parts, " & ")),
        Expr::Or(parts) => format!("({})", list(parts, " | ")),
        Expr::Not(inner) => format!("!{}", shape(inner)),
        Expr::Text(pattern) => format!("{pattern:?}"),
        Expr::Field(field, test) => {
            let kind = match field {
                FieldRef::Common(_) => "column",
                FieldRef::Meta(_) => "meta",
                FieldRef::Record(_) => "record",
            };
            let test = match test {
                Test::Exists => "exists".to_owned(),
                Test::Is(pattern) => format!("{pattern:?}"),
                Test::Net(net) => format!("in {net}"),
                Test::Range(range) => {
                    let end = |l: &Option<engine_lake::query::Limit>| {
                        l.as_ref()
                            .map_or("*".to_owned(), |l| format!("{}{}", l.text(), if l.inclusive { "=" } else { "" }))
                    };
                    format!("{}..{}", end(&range.low), end(&range.high))
                }
            };
            format!("{kind} {} {test}", field.name())
        }
    }
}

#[test]
fn queries_mean_what_they_say() {
    let table = [
        ("", "all"),
        ("   ", "all"),
        ("*", "all"),
        ("mimikatz", r#"literal "mimikatz""#),
        ("a b", r#"(literal "a" & literal "b")"#),
        ("a OR b AND NOT c", r#"(literal "a" | (literal "b" & !literal "c"))"#),
        ("(a OR b) c", r#"((literal "a" | literal "b") & literal "c")"#),
        ("a VÀ KHÔNG b HOẶC c", r#"((literal "a" & !literal "b") | literal "c")"#),
        ("android or not", r#"(literal "android" & literal "or" & literal "not")"#),
        (r#""say ""hi"" (now)""#, r#"literal "say \"hi\" (now)""#),
        ("user.name:admin", r#"column user.name literal "admin""#),
        ("USER.Name:admin", r#"column user.name literal "admin""#),
        ("TargetUserName:ad*", r#"record TargetUserName wildcard "ad*""#),
        (r#"TargetUserName:"ad*""#, r#"record TargetUserName literal "ad*""#),
        (r#""Field Name":x"#, r#"record Field Name literal "x""#),
        ("kind:microsoft/*", r#"meta kind wildcard "microsoft/*""#),
        ("fields.service:ssh", r#"record service literal "ssh""#),
        ("service:*", "meta service exists"),
        ("time:*", "all"),
        ("source.ip:10.0.0.0/8", "column source.ip in 10.0.0.0/8"),
        ("source.ip:fe80::/10", "column source.ip in fe80::/10"),
        ("source.ip:fe80::1", r#"column source.ip literal "fe80::1""#),
        ("source.port:>=1024", "column source.port 1024=..*"),
        ("source.port:<1024", "column source.port *..1024"),
        ("source.port:[1 TO 1023}", "column source.port 1=..1023"),
        ("source.port:{* TO 5]", "column source.port *..5="),
        ("user.name:(admin OR root)", r#"(column user.name literal "admin" | column user.name literal "root")"#),
        (r"process.executable:C:\Windows\*", r#"column process.executable wildcard "C:\\Windows\\*""#),
        (r"C:\Users", r#"literal "C:\\Users""#),
        ("http://evil.example/x", r#"literal "http://evil.example/x""#),
        ("10:30:15", r#"literal "10:30:15""#),
        ("a/b:c", r#"record a/b literal "c""#),
        ("time:2014-03-01", "meta time 2014-02-28T17:00:00Z=..2014-03-01T17:00:00Z"),
        ("time:>2014-03-01T08:00:00+07:00", "meta time 2014-03-01T08:00:00+07:00..*"),
    ];
    for (text, expected) in table {
        let query = Query::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"));
        assert_eq!(shape(query.expr()), expected, "{text}");
    }
}

#[test]
fn mistakes_are_told_with_place_and_remedy() {
    let table = [
        ("(a", 0, "open-parenthesis"),
        ("a)", 1, "close-parenthesis"),
        (r#"x "abc"#, 2, "open-quote"),
        ("a AND", 5, "no-operand"),
        ("OR a", 0, "no-operand"),
        ("a AND OR b", 6, "no-operand"),
        ("NOT", 3, "no-operand"),
        ("()", 1, "no-operand"),
        ("user.name:", 10, "no-value"),
        ("user.name: admin", 10, "no-value"),
        ("source.port:>=", 12, "no-value"),
        ("source.port:[1 2]", 12, "bad-range"),
        ("source.port:[1 TO 2", 12, "bad-range"),
        ("source.port:[* TO *]", 12, "bad-range"),
        ("source.ip:10.0.0.0/99", 10, "bad-network"),
        ("time:yesterday", 5, "bad-time"),
        ("time:>5", 5, "bad-time"),
        ("mark:>5", 5, "not-for-field"),
    ];
    for (text, position, key) in table {
        let error = Query::parse(text).expect_err(text);
        assert_eq!((error.position, error.fault.key()), (position, key), "{text}: {error}");
        assert!(QueryFault::KEYS.contains(&error.fault.key()));
        assert!(error.to_string().contains(';'), "a remedy: {error}");
    }
}

#[test]
fn size_is_bounded() {
    let fault = |text: &str| Query::parse(text).expect_err("too much").fault;
    assert_eq!(fault(&"x".repeat(5000)), QueryFault::TooLong);
    assert_eq!(fault(&"(".repeat(MAX_DEPTH + 1)), QueryFault::TooDeep);
    assert_eq!(fault(&"NOT ".repeat(500)), QueryFault::TooDeep);
    assert_eq!(fault(&"a ".repeat(200)), QueryFault::TooManyTerms);
}

proptest! {
    #[test]
    fn any_text_parses_or_is_refused_within_bounds(text in r#"[a-c:()\[\]{}"*?<>=/\\ \.0-9ANDORTụ]{0,60}"#) {
        match Query::parse(&text) {
            Ok(query) => { let _ = shape(query.expr()); }
            Err(error) => prop_assert!(error.position <= text.chars().count()),
        }
    }

    #[test]
    fn field_is_survives_being_written_down(value in ".{1,30}") {
        let query = Query::field_is("user.name", &value);
        let again = Query::parse(query.text()).expect("its own text parses");
        prop_assert_eq!(shape(again.expr()), shape(query.expr()));
    }
}
