//! Raw records with gaps: `${time.syslog} ${host} sshd[${rand:1000-9999}]: …`.
//!
//! | gap | filled with |
//! |---|---|
//! | `time` and `time.<form>` | the time of the record, in the form of the source (see [`TimeForm`]) |
//! | `host` `host.short` `ip` `user` `os` | of the sending machine |
//! | `av.product` `av.licence` `av.enabled` `fw.enabled` | what the machine reports of its protection |
//! | `m1.host` … `m9.user`, `s1.host` … | of machine or server number n taking part in a story |
//! | `unit` `unit.lower` `unit.name` `domain` `network` | of the unit |
//! | `lan` `visitor` | address of some machine of the unit, of some visitor from outside |
//! | `rand:1-9` `hex:8` `pick:a\|b` `serial` `n` | number, hex digits, choice, running number, repetition |
//! | `var.<name>` | a variable of the story |

use super::fleet::{Antivirus, Machine};
use super::units::Unit;
use base_core::Timestamp;
use jiff::tz::Offset;
use rand::Rng;
use rand::rngs::StdRng;
use std::fmt::Write as _;

/// Viet Nam keeps UTC+7 all year.
const LOCAL: Offset = Offset::constant(7);

/// A compiled record.
#[derive(Clone, Debug)]
pub(crate) struct Template(Vec<Part>);

#[derive(Clone, Debug)]
enum Part {
    Text(String),
    Time(TimeForm),
    Own(Trait),
    Cast(Role, usize, Trait),
    Unit(UnitTrait),
    Lan,
    Visitor,
    Rand(u64, u64),
    Hex(usize),
    Pick(Vec<String>),
    Serial,
    Repetition,
    Var(String),
}

/// How a time is written.
#[derive(Clone, Copy, Debug)]
enum TimeForm {
    /// `2026-11-22T03:00:00.123456Z`
    Utc,
    /// `2026-11-22 03:00:00.123`, UTC, as Sysmon writes.
    Sysmon,
    /// `Nov 22 10:00:00`, local.
    Syslog,
    /// `2026-11-22T10:00:00.123456+07:00`, as RFC 5424 asks.
    Rfc5424,
    /// `22/Nov/2026:10:00:00 +0700`
    Web,
    /// `2026-11-22T10:00:00.123456+0700`, as Suricata writes.
    Eve,
    /// `22-Nov-2026 10:00:00.123`, as BIND writes.
    Bind,
    /// `2026-11-22`, local.
    Date,
    /// `10:00:00`, local.
    Clock,
    /// `1763780400.123`, as the Linux audit writes.
    Audit,
    /// Nanoseconds since 1970, as FortiGate's `eventtime`.
    Nanos,
}

#[derive(Clone, Copy, Debug)]
enum Trait {
    Host,
    Short,
    Ip,
    User,
    Os,
    Product,
    Licence,
    AvEnabled,
    FirewallOn,
}

#[derive(Clone, Copy, Debug)]
enum UnitTrait {
    Code,
    Slug,
    Name,
    Domain,
    Network,
}

/// Whether a story's actor is a workstation or a server.
#[derive(Clone, Copy, Debug)]
enum Role {
    Workstation,
    Server,
}

/// What a template may look at.
pub(crate) struct Scene<'a> {
    /// Time of the record.
    pub at: Timestamp,
    /// Unit it belongs to.
    pub unit: &'a Unit,
    /// Machine that sends it, where it is one of the fleet.
    pub own: Option<&'a Machine>,
    /// All workstations of the unit.
    pub lan: &'a [Machine],
    /// Workstations that take part in the story.
    pub cast: &'a [&'a Machine],
    /// Servers that take part in the story.
    pub servers: &'a [&'a Machine],
    /// Variables of the story.
    pub vars: &'a [(String, String)],
    /// Which repetition of the step, from 0.
    pub repetition: u32,
    /// Running number of the record.
    pub serial: u64,
}

impl Template {
    /// Compiles `text`.
    ///
    /// # Errors
    /// Names the gap that is not known.
    pub(crate) fn compile(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let (gap, next) = after.split_once('}').ok_or_else(|| format!("`${{` without `}}` in `{text}`"))?;
            if !before.is_empty() {
                parts.push(Part::Text(before.to_owned()));
            }
            parts.push(part(gap).ok_or_else(|| format!("the gap `${{{gap}}}` is not known"))?);
            rest = next;
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Ok(Self(parts))
    }

    /// Names of the variables it uses.
    pub(crate) fn vars(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            Part::Var(name) => Some(name.as_str()),
            _ => None,
        })
    }

    /// Fills the gaps.
    pub(crate) fn fill(&self, scene: &Scene<'_>, rng: &mut StdRng) -> String {
        let mut out = String::with_capacity(512);
        for part in &self.0 {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Time(form) => write_time(&mut out, *form, scene.at),
                Part::Own(which) => out.push_str(&own(scene.own, *which)),
                Part::Cast(role, number, which) => {
                    let list = if matches!(role, Role::Server) { scene.servers } else { scene.cast };
                    out.push_str(&own(list.get(*number).copied(), *which));
                }
                Part::Unit(which) => out.push_str(&of_unit(scene.unit, *which)),
                Part::Lan => out.push_str(&lan(scene, rng)),
                Part::Visitor => out.push_str(&visitor(rng)),
                Part::Rand(low, high) => write_into(&mut out, rng.random_range(*low..=*high)),
                Part::Hex(digits) => {
                    for _ in 0..*digits {
                        out.push(char::from_digit(rng.random_range(0..16), 16).unwrap_or('0'));
                    }
                }
                Part::Pick(choices) => {
                    out.push_str(choices.get(rng.random_range(0..choices.len().max(1))).map_or("", String::as_str));
                }
                Part::Serial => write_into(&mut out, scene.serial),
                Part::Repetition => write_into(&mut out, scene.repetition),
                Part::Var(name) => {
                    out.push_str(scene.vars.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v.as_str()));
                }
            }
        }
        out
    }
}

fn write_into(out: &mut String, number: impl std::fmt::Display) {
    // Writing to a String cannot fail.
    let _ = write!(out, "{number}");
}

fn part(gap: &str) -> Option<Part> {
    if let Some((name, argument)) = gap.split_once(':') {
        return match name {
            "rand" => {
                let (low, high) = argument.split_once('-')?;
                let (low, high) = (low.parse().ok()?, high.parse().ok()?);
                (low <= high).then_some(Part::Rand(low, high))
            }
            "hex" => argument.parse().ok().filter(|n| *n <= 128).map(Part::Hex),
            "pick" => Some(Part::Pick(argument.split('|').map(str::to_owned).collect())),
            _ => None,
        };
    }
    if let Some(name) = gap.strip_prefix("var.") {
        return Some(Part::Var(name.to_owned()));
    }
    if let Some(form) = gap.strip_prefix("time") {
        return time_form(form).map(Part::Time);
    }
    Some(match gap {
        "unit" => Part::Unit(UnitTrait::Code),
        "unit.lower" => Part::Unit(UnitTrait::Slug),
        "unit.name" => Part::Unit(UnitTrait::Name),
        "domain" => Part::Unit(UnitTrait::Domain),
        "network" => Part::Unit(UnitTrait::Network),
        "lan" => Part::Lan,
        "visitor" => Part::Visitor,
        "serial" => Part::Serial,
        "n" => Part::Repetition,
        _ => return own_or_cast(gap),
    })
}

fn own_or_cast(gap: &str) -> Option<Part> {
    if let Some(which) = machine_trait(gap) {
        return Some(Part::Own(which));
    }
    let (actor, which) = gap.split_once('.')?;
    let (role, number) = actor.split_at_checked(1)?;
    let role = match role {
        "m" => Role::Workstation,
        "s" => Role::Server,
        _ => return None,
    };
    let number = number.parse::<usize>().ok().filter(|n| (1..=9).contains(n))?;
    Some(Part::Cast(role, number - 1, machine_trait(which)?))
}

fn machine_trait(name: &str) -> Option<Trait> {
    Some(match name {
        "host" => Trait::Host,
        "host.short" | "short" => Trait::Short,
        "ip" => Trait::Ip,
        "user" => Trait::User,
        "os" => Trait::Os,
        "av.product" => Trait::Product,
        "av.licence" => Trait::Licence,
        "av.enabled" => Trait::AvEnabled,
        "fw.enabled" => Trait::FirewallOn,
        _ => return None,
    })
}

fn time_form(form: &str) -> Option<TimeForm> {
    Some(match form {
        "" => TimeForm::Utc,
        ".sysmon" => TimeForm::Sysmon,
        ".syslog" => TimeForm::Syslog,
        ".5424" => TimeForm::Rfc5424,
        ".web" => TimeForm::Web,
        ".eve" => TimeForm::Eve,
        ".bind" => TimeForm::Bind,
        ".date" => TimeForm::Date,
        ".clock" => TimeForm::Clock,
        ".audit" => TimeForm::Audit,
        ".nanos" => TimeForm::Nanos,
        _ => return None,
    })
}

fn write_time(out: &mut String, form: TimeForm, at: Timestamp) {
    let Some(utc) = at.to_jiff() else { return };
    let local = utc.to_zoned(LOCAL.to_time_zone());
    let pattern = match form {
        TimeForm::Utc => return write_into(out, utc.strftime("%Y-%m-%dT%H:%M:%S.%6fZ")),
        TimeForm::Sysmon => return write_into(out, utc.strftime("%Y-%m-%d %H:%M:%S.%3f")),
        TimeForm::Audit => {
            let _ = write!(out, "{}.{:03}", at.as_secs(), at.as_micros().rem_euclid(1_000_000) / 1_000);
            return;
        }
        TimeForm::Nanos => return write_into(out, at.as_micros().saturating_mul(1_000)),
        TimeForm::Syslog => "%b %e %H:%M:%S",
        TimeForm::Rfc5424 => "%Y-%m-%dT%H:%M:%S.%6f+07:00",
        TimeForm::Web => "%d/%b/%Y:%H:%M:%S +0700",
        TimeForm::Eve => "%Y-%m-%dT%H:%M:%S.%6f+0700",
        TimeForm::Bind => "%d-%b-%Y %H:%M:%S.%3f",
        TimeForm::Date => "%Y-%m-%d",
        TimeForm::Clock => "%H:%M:%S",
    };
    write_into(out, local.strftime(pattern));
}

fn own(machine: Option<&Machine>, which: Trait) -> String {
    let Some(m) = machine else { return String::new() };
    match which {
        Trait::Host => m.host.clone(),
        Trait::Short => m.host.split('.').next().unwrap_or(&m.host).to_owned(),
        Trait::Ip => m.ip.clone(),
        Trait::User => m.user.clone(),
        Trait::Os => m.os.to_owned(),
        Trait::Product => m.product.to_owned(),
        Trait::Licence => m.antivirus.licence().to_owned(),
        Trait::AvEnabled => (m.antivirus != Antivirus::Missing).to_string(),
        Trait::FirewallOn => m.firewall.to_string(),
    }
}

fn of_unit(unit: &Unit, which: UnitTrait) -> String {
    match which {
        UnitTrait::Code => unit.code.clone(),
        UnitTrait::Slug => unit.slug(),
        UnitTrait::Name => unit.name.clone(),
        UnitTrait::Domain => unit.domain.clone(),
        UnitTrait::Network => unit.network.clone(),
    }
}

fn lan(scene: &Scene<'_>, rng: &mut StdRng) -> String {
    let chosen = scene.lan.get(rng.random_range(0..scene.lan.len().max(1)));
    chosen.map_or_else(|| format!("{}.0.254", scene.unit.network), |m| m.ip.clone())
}

/// An address of the blocks that RFC 5737 sets aside for documents; the upper half, so that the
/// attackers of the stories, in the lower half, are never mistaken for visitors.
fn visitor(rng: &mut StdRng) -> String {
    let block = ["192.0.2", "198.51.100", "203.0.113"];
    format!("{}.{}", block.get(rng.random_range(0..block.len())).unwrap_or(&"192.0.2"), rng.random_range(128..255))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::{fleet, shipped, units::load_units};
    use rand::SeedableRng;

    fn fill(text: &str) -> String {
        let units = load_units(&shipped()).expect("units");
        let fleet = fleet::workstations(&units);
        let cast: Vec<&Machine> = fleet.iter().take(3).collect();
        let scene = Scene {
            at: Timestamp::parse_rfc3339("2026-11-22T03:00:00.123456Z").expect("time"),
            unit: &units[0],
            own: fleet.first(),
            lan: &fleet[..96],
            cast: &cast,
            servers: &[],
            vars: &[("attacker".to_owned(), "203.0.113.66".to_owned())],
            repetition: 4,
            serial: 77,
        };
        Template::compile(text).expect("compiles").fill(&scene, &mut StdRng::seed_from_u64(1))
    }

    #[test]
    fn times_are_written_as_each_source_does() {
        assert_eq!(fill("${time}"), "2026-11-22T03:00:00.123456Z");
        assert_eq!(fill("${time.sysmon}"), "2026-11-22 03:00:00.123");
        assert_eq!(fill("${time.syslog}"), "Nov 22 10:00:00");
        assert_eq!(fill("${time.5424}"), "2026-11-22T10:00:00.123456+07:00");
        assert_eq!(fill("${time.web}"), "22/Nov/2026:10:00:00 +0700");
        assert_eq!(fill("${time.eve}"), "2026-11-22T10:00:00.123456+0700");
        assert_eq!(fill("${time.bind}"), "22-Nov-2026 10:00:00.123");
        assert_eq!(fill("${time.date} ${time.clock}"), "2026-11-22 10:00:00");
        assert_eq!(fill("${time.audit}"), "1795316400.123");
        assert_eq!(fill("${time.nanos}"), "1795316400123456000");
    }

    #[test]
    fn gaps_are_filled() {
        assert_eq!(
            fill("${host}|${host.short}|${m2.host}"),
            "vpubnd-pc-001.vpubnd.example|vpubnd-pc-001|vpubnd-pc-002.vpubnd.example"
        );
        assert_eq!(fill("${unit} ${unit.lower} ${var.attacker} ${n} ${serial}"), "VPUBND vpubnd 203.0.113.66 4 77");
        assert_eq!(fill("${hex:6}").len(), 6);
        assert!(["a", "b"].contains(&fill("${pick:a|b}").as_str()));
        assert!(fill("${lan}").starts_with("10.101."));
    }

    #[test]
    fn unknown_gaps_are_named() {
        for wrong in ["${nothing}", "${rand:9-1}", "${m0.host}", "${x.host}", "${time.moon}", "${unit"] {
            assert!(Template::compile(wrong).is_err(), "{wrong}");
        }
    }
}
