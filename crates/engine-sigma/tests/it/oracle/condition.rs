//! "Condition": its own reader, by the table of precedence.
//!
//! "Operator Precedence (least to most binding): or, and, not, x of search-identifier, ( expression )".

pub(crate) enum Condition {
    Or(Vec<Condition>),
    And(Vec<Condition>),
    Not(Box<Condition>),
    /// How many (`None`: all) of the names that fit the pattern (`None`: them).
    Of(Option<usize>, Option<String>),
    Name(String),
}

impl Condition {
    pub(crate) fn read(text: &str) -> Condition {
        let spaced = text.replace('(', " ( ").replace(')', " ) ");
        let words: Vec<&str> = spaced.split_whitespace().collect();
        let mut rest = &words[..];
        let read = or(&mut rest);
        assert!(rest.is_empty(), "{rest:?} is left of {text}");
        read
    }

    pub(crate) fn holds(&self, names: &[&str], search: &dyn Fn(&str) -> bool) -> bool {
        match self {
            Condition::Or(parts) => parts.iter().any(|p| p.holds(names, search)),
            Condition::And(parts) => parts.iter().all(|p| p.holds(names, search)),
            Condition::Not(part) => !part.holds(names, search),
            Condition::Name(name) => search(name),
            Condition::Of(wanted, pattern) => {
                let chosen: Vec<&&str> = names
                    .iter()
                    .filter(|name| match pattern {
                        // "all defined search identifiers not starting with an underscore"
                        None => !name.starts_with('_'),
                        Some(pattern) => star(pattern.as_bytes(), name.as_bytes()),
                    })
                    .collect();
                let found = chosen.iter().filter(|n| search(n)).count();
                found >= wanted.unwrap_or(chosen.len())
            }
        }
    }
}

/// "Matching is done with * wildcards (any number of characters) at arbitrary positions".
fn star(pattern: &[u8], name: &[u8]) -> bool {
    match pattern {
        [] => name.is_empty(),
        [b'*', rest @ ..] => (0..=name.len()).any(|n| star(rest, &name[n..])),
        [letter, rest @ ..] => name.first() == Some(letter) && star(rest, &name[1..]),
    }
}

fn or(rest: &mut &[&str]) -> Condition {
    let mut parts = vec![and(rest)];
    while next_is(rest, "or") {
        parts.push(and(rest));
    }
    Condition::Or(parts)
}

fn and(rest: &mut &[&str]) -> Condition {
    let mut parts = vec![not(rest)];
    while next_is(rest, "and") {
        parts.push(not(rest));
    }
    Condition::And(parts)
}

fn not(rest: &mut &[&str]) -> Condition {
    if next_is(rest, "not") { Condition::Not(Box::new(not(rest))) } else { single(rest) }
}

fn single(rest: &mut &[&str]) -> Condition {
    if next_is(rest, "(") {
        let inner = or(rest);
        assert!(next_is(rest, ")"), "a bracket is not closed");
        return inner;
    }
    let [word, after @ ..] = *rest else { panic!("the condition ends early") };
    if let ["of", pattern, after @ ..] = after {
        *rest = after;
        let wanted = match *word {
            "all" => None,
            "any" => Some(1),
            number => Some(number.parse().expect("a number")),
        };
        return Condition::Of(wanted, (*pattern != "them").then(|| (*pattern).to_owned()));
    }
    *rest = after;
    Condition::Name((*word).to_owned())
}

fn next_is(rest: &mut &[&str], word: &str) -> bool {
    match *rest {
        [first, after @ ..] if *first == word => {
            *rest = after;
            true
        }
        _ => false,
    }
}
