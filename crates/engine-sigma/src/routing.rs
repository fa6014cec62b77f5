//! Which rules an event meets: product, category and service.
//!
//! Sigma rules specification 2.1, "LogSource": the three attributes can be used alone or
//! in any combination; an attribute a rule does not name does not restrict it.

use engine_event::LogSource;
use rustc_hash::FxHashMap;

/// How an attribute that the rule names, but the event does not know, is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Routing {
    /// An event that knows its category or its service has no other: a rule that asks for the
    /// attribute it lacks does not apply. An event that knows neither meets every rule of its
    /// product, except that Windows events always have a channel: one whose channel is no
    /// service of the taxonomy meets only rules that ask for neither. An event that does not
    /// know its product meets the rules of every product.
    #[default]
    Placed,
    /// Only a contradiction keeps a rule away; what the event does not know never does, and
    /// no category or service is part of another. So the reference engine rsigma routes.
    ConflictOnly,
    /// Log sources are not looked at: every event meets every rule.
    Everything,
}

/// Number of an attribute's value among those that rules name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Value {
    /// The event does not know the attribute.
    Unknown,
    /// A value no rule asks for.
    Other,
    /// A value rules ask for.
    Named(u16),
}

/// What an event's log source is to the rules: the key under which compiled programs are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Class([Value; 3]);

/// A rule's log source by the numbers of [`Router`].
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Wanted([Option<u16>; 3]);

/// The values of product, category and service that rules name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Router {
    names: [FxHashMap<Box<str>, u16>; 3],
    routing: Routing,
}

const PRODUCT: usize = 0;
const CATEGORY: usize = 1;
const SERVICE: usize = 2;

/// Categories and services that are part of a wider one: events of the left side also are
/// events of the right side. Registry: taxonomy appendix 2.1 (`registry_event` is Sysmon 12,
/// 13 and 14, the others one of them each). `auth` is Linux' auth.log, where these programs write.
const PART_OF: &[(usize, &str, &str)] = &[
    (CATEGORY, "registry_add", "registry_event"),
    (CATEGORY, "registry_delete", "registry_event"),
    (CATEGORY, "registry_set", "registry_event"),
    (CATEGORY, "registry_rename", "registry_event"),
    (SERVICE, "sshd", "auth"),
    (SERVICE, "sudo", "auth"),
    (SERVICE, "su", "auth"),
    (SERVICE, "pam", "auth"),
    (SERVICE, "login", "auth"),
];

fn parts(attribute: usize, whole: &str) -> Vec<&'static str> {
    let of = PART_OF.iter().filter(|(a, _, w)| *a == attribute && w.eq_ignore_ascii_case(whole));
    of.map(|(_, part, _)| *part).collect()
}

/// Categories whose events also are events of this one.
#[must_use]
pub fn parts_of_category(whole: &str) -> Vec<&'static str> {
    parts(CATEGORY, whole)
}

/// Services whose events also are events of this one.
#[must_use]
pub fn parts_of_service(whole: &str) -> Vec<&'static str> {
    parts(SERVICE, whole)
}

impl Router {
    pub(crate) fn new(routing: Routing) -> Self {
        let mut router = Self { names: Default::default(), routing };
        for (attribute, part, whole) in PART_OF {
            router.number(*attribute, part);
            router.number(*attribute, whole);
        }
        router
    }

    fn number(&mut self, attribute: usize, name: &str) -> Option<u16> {
        let names = self.names.get_mut(attribute)?;
        let name = name.to_ascii_lowercase();
        if let Some(n) = names.get(name.as_str()) {
            return Some(*n);
        }
        let n = u16::try_from(names.len()).ok()?;
        names.insert(name.into(), n);
        Some(n)
    }

    /// Takes in a rule's log source.
    pub(crate) fn want(&mut self, product: Option<&str>, category: Option<&str>, service: Option<&str>) -> Wanted {
        Wanted([
            product.and_then(|p| self.number(PRODUCT, p)),
            category.and_then(|c| self.number(CATEGORY, c)),
            service.and_then(|s| self.number(SERVICE, s)),
        ])
    }

    fn value(&self, attribute: usize, name: Option<&str>) -> Value {
        let (Some(name), Some(names)) = (name, self.names.get(attribute)) else { return Value::Unknown };
        let found = names.get(name).copied().or_else(|| names.get(name.to_ascii_lowercase().as_str()).copied());
        found.map_or(Value::Other, Value::Named)
    }

    /// The class of an event. At most (products + 2) × (categories + 2) × (services + 2) exist.
    pub(crate) fn class(&self, source: &LogSource) -> Class {
        Class([
            self.value(PRODUCT, source.product.as_deref()),
            self.value(CATEGORY, source.category.as_deref()),
            self.value(SERVICE, source.service.as_deref()),
        ])
    }

    /// Whether a rule with `wanted` applies to events of `class`.
    pub(crate) fn applies(&self, wanted: Wanted, class: Class) -> bool {
        if self.routing == Routing::Everything {
            return true;
        }
        let known = |attribute: usize| class.0.get(attribute) != Some(&Value::Unknown);
        let placed = known(CATEGORY) || known(SERVICE) || self.tells_service(class);
        wanted.0.iter().zip(class.0).enumerate().all(|(attribute, (want, have))| {
            let Some(want) = *want else { return true };
            match have {
                Value::Unknown => self.routing == Routing::ConflictOnly || attribute == PRODUCT || !placed,
                Value::Other => false,
                Value::Named(have) if have == want => true,
                Value::Named(have) => self.routing == Routing::Placed && self.is_part_of(attribute, have, want),
            }
        })
    }

    /// Whether events of the class's product always tell their service where they have one.
    fn tells_service(&self, class: Class) -> bool {
        let Some(names) = self.names.get(PRODUCT) else { return false };
        class.0.get(PRODUCT).is_some_and(|have| names.get("windows").is_some_and(|n| *have == Value::Named(*n)))
    }

    fn is_part_of(&self, attribute: usize, part: u16, whole: u16) -> bool {
        let Some(names) = self.names.get(attribute) else { return false };
        PART_OF.iter().any(|(a, p, w)| *a == attribute && names.get(*p) == Some(&part) && names.get(*w) == Some(&whole))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applies(routing: Routing, rule: [Option<&str>; 3], event: [Option<&str>; 3]) -> bool {
        let mut router = Router::new(routing);
        router.want(Some("linux"), Some("webserver"), Some("security"));
        let wanted = router.want(rule[0], rule[1], rule[2]);
        let class = router.class(&LogSource::new(event[0], event[1], event[2]));
        router.applies(wanted, class)
    }

    #[test]
    fn each_named_attribute_must_be_equal() {
        let event = [Some("windows"), Some("process_creation"), Some("sysmon")];
        for (rule, expected) in [
            ([None, None, None], true),
            ([Some("windows"), None, None], true),
            ([Some("windows"), Some("process_creation"), None], true),
            ([Some("windows"), None, Some("sysmon")], true),
            ([Some("Windows"), None, Some("security")], false),
            ([Some("linux"), Some("process_creation"), None], false),
        ] {
            assert_eq!(applies(Routing::Placed, rule, event), expected, "{rule:?}");
            assert!(applies(Routing::Everything, rule, event));
        }
    }

    #[test]
    fn what_the_event_does_not_know() {
        let category_rule = [Some("windows"), Some("process_creation"), None];
        assert!(!applies(Routing::Placed, category_rule, [Some("windows"), None, Some("security")]));
        assert!(applies(Routing::ConflictOnly, category_rule, [Some("windows"), None, Some("security")]));
        assert!(!applies(Routing::Placed, category_rule, [Some("windows"), None, None]), "an unknown channel");
        assert!(applies(Routing::Placed, [Some("windows"), None, None], [Some("windows"), None, None]));
        assert!(applies(Routing::Placed, [Some("linux"), None, Some("auth")], [Some("linux"), None, None]));
        assert!(applies(Routing::Placed, category_rule, [None, None, None]));
        assert!(!applies(Routing::ConflictOnly, category_rule, [Some("macos"), None, None]));
    }

    #[test]
    fn parts_of_wider_sources() {
        let event = [Some("windows"), Some("registry_set"), Some("sysmon")];
        assert!(applies(Routing::Placed, [Some("windows"), Some("registry_event"), None], event));
        assert!(!applies(Routing::Placed, [Some("windows"), Some("registry_add"), None], event));
        assert!(applies(Routing::Placed, [Some("linux"), None, Some("auth")], [Some("linux"), None, Some("sshd")]));
        assert!(!applies(Routing::Placed, [Some("linux"), None, Some("sshd")], [Some("linux"), None, Some("auth")]));
    }
}
