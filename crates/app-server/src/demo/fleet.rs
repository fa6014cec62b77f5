//! The machines of the units: names, addresses, users, and what they report of themselves.

use super::units::Unit;

/// How a machine is protected, as it would report it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Antivirus {
    /// A product the unit pays for.
    Licensed,
    /// A free product.
    Free,
    /// None at all.
    Missing,
}

impl Antivirus {
    /// The word of the hygiene report: `licensed`, `free` or `none`.
    pub(crate) const fn licence(self) -> &'static str {
        match self {
            Self::Licensed => "licensed",
            Self::Free => "free",
            Self::Missing => "none",
        }
    }
}

/// One workstation or server.
#[derive(Clone, Debug)]
pub(crate) struct Machine {
    /// Place of its unit in the list of units.
    pub unit: usize,
    /// Full name, such as `syt-pc-012.syt.example`.
    pub host: String,
    /// Address in the unit's LAN.
    pub ip: String,
    /// Account of its usual user.
    pub user: String,
    /// Anti-virus state.
    pub antivirus: Antivirus,
    /// Name of the anti-virus; empty when there is none.
    pub product: &'static str,
    /// Operating system.
    pub os: &'static str,
    /// Whether the firewall of the system is on.
    pub firewall: bool,
}

/// Accounts are named after the work, never after a person.
const ROLES: [&str; 8] = ["vanthu", "ketoan", "chuyenvien", "lanhdao", "motcua", "tonghop", "thanhtra", "phapche"];
const LICENSED: [&str; 3] = ["Kaspersky Endpoint Security", "Bkav Pro", "CMC Endpoint Security"];
const FREE: [&str; 4] = ["Microsoft Defender", "Avast Free Antivirus", "AVG AntiVirus Free", "Bkav Home"];
const SYSTEMS: [&str; 5] = [
    "Windows 10 Pro 22H2",
    "Windows 7 Professional SP1",
    "Windows 10 Pro 22H2",
    "Windows 11 Pro 23H2",
    "Windows 8.1 Pro",
];

/// Every workstation, unit by unit, with exactly the anti-virus figures of `units`.
pub(crate) fn workstations(units: &[Unit]) -> Vec<Machine> {
    let mut fleet = Vec::new();
    for (at, unit) in units.iter().enumerate() {
        let slug = unit.slug();
        let place = u32::try_from(at).unwrap_or_default();
        let mut licensed = Spread::new(unit.av_licensed, unit.machines);
        let mut free = Spread::new(unit.av_free, unit.av_free + unit.av_none);
        for number in 1..=unit.machines {
            let antivirus = if licensed.take() {
                Antivirus::Licensed
            } else if free.take() {
                Antivirus::Free
            } else {
                Antivirus::Missing
            };
            let seed = place.wrapping_mul(31).wrapping_add(number);
            fleet.push(Machine {
                unit: at,
                host: format!("{slug}-pc-{number:03}.{}", unit.domain),
                ip: format!("{}.{}.{}", unit.network, 1 + number / 200, 10 + number % 200),
                user: format!("{}{:02}", of(&ROLES, seed), 1 + number / 8),
                antivirus,
                product: match antivirus {
                    Antivirus::Licensed => of(&LICENSED, place),
                    Antivirus::Free => of(&FREE, seed),
                    Antivirus::Missing => "",
                },
                os: of(&SYSTEMS, seed),
                firewall: seed % 6 != 0,
            });
        }
    }
    fleet
}

/// Every server, unit by unit.
pub(crate) fn servers(units: &[Unit]) -> Vec<Machine> {
    let mut fleet = Vec::new();
    for (at, unit) in units.iter().enumerate() {
        for number in 1..=unit.servers {
            fleet.push(Machine {
                unit: at,
                host: format!("{}-sv-{number:02}.{}", unit.slug(), unit.domain),
                ip: format!("{}.0.{}", unit.network, 10 + number),
                user: "quantri".to_owned(),
                antivirus: Antivirus::Missing,
                product: "",
                os: "Windows Server 2016 Standard",
                firewall: true,
            });
        }
    }
    fleet
}

fn of<const N: usize>(list: &[&'static str; N], seed: u32) -> &'static str {
    list.get(seed as usize % N).copied().unwrap_or_default()
}

/// Deals out `wanted` of `total` evenly, so that not all licensed machines stand first.
struct Spread {
    wanted: u32,
    total: u32,
    sum: u32,
}

impl Spread {
    const fn new(wanted: u32, total: u32) -> Self {
        Self { wanted, total, sum: 0 }
    }

    fn take(&mut self) -> bool {
        self.sum += self.wanted;
        let hit = self.sum >= self.total && self.total > 0;
        if hit {
            self.sum -= self.total;
        }
        hit
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::{shipped, units::load_units};
    use std::collections::HashSet;

    #[test]
    fn machines_match_the_table_of_units() {
        let units = load_units(&shipped()).expect("units");
        let fleet = workstations(&units);
        assert_eq!(fleet.len(), 2_800);
        for (at, unit) in units.iter().enumerate() {
            let count = |state| {
                u32::try_from(fleet.iter().filter(|m| m.unit == at && m.antivirus == state).count()).expect("small")
            };
            assert_eq!(count(Antivirus::Licensed), unit.av_licensed, "{}", unit.code);
            assert_eq!(count(Antivirus::Free), unit.av_free, "{}", unit.code);
            assert_eq!(count(Antivirus::Missing), unit.av_none, "{}", unit.code);
        }
        assert_eq!(servers(&units).len(), 58);
    }

    #[test]
    fn names_and_addresses_are_unique() {
        let units = load_units(&shipped()).expect("units");
        let all: Vec<Machine> = workstations(&units).into_iter().chain(servers(&units)).collect();
        assert_eq!(all.iter().map(|m| &m.host).collect::<HashSet<_>>().len(), 2_858);
        assert_eq!(all.iter().map(|m| &m.ip).collect::<HashSet<_>>().len(), 2_858);
        assert!(all.iter().all(|m| m.ip.parse::<std::net::Ipv4Addr>().is_ok_and(|ip| ip.is_private())));
    }
}
