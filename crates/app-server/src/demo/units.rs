//! The units of the demo province.

use super::read_toml;
use base_core::{ContentError, ContentFile};
use serde::Deserialize;

/// What kind of public body a unit is.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Block {
    /// Sở, ban, ngành.
    Department,
    /// Huyện, thành phố.
    District,
    /// Khối Đảng.
    Party,
    /// Đoàn thể.
    MassOrganisation,
}

/// A unit with what the plan of 2014 says of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Unit {
    /// Short code in capitals, such as `SYT`.
    pub code: String,
    /// Full Vietnamese name.
    pub name: String,
    /// Short Vietnamese name for tables.
    pub short: String,
    /// Kind of body.
    pub block: Block,
    /// Workstations.
    pub machines: u32,
    /// Of them, with a licensed anti-virus.
    pub av_licensed: u32,
    /// Of them, with a free anti-virus.
    pub av_free: u32,
    /// Of them, with none.
    pub av_none: u32,
    /// Servers.
    pub servers: u32,
    /// Whether a standard firewall protects the LAN.
    pub standard_firewall: bool,
    /// People who look after security.
    pub security_staff: u32,
    /// Whether the plan does not name the unit and the demo assumes it.
    pub is_assumed: bool,
    /// Mail address for warnings.
    pub contact: String,
    /// Domain of its machines.
    pub domain: String,
    /// First two octets of its LAN.
    pub network: String,
}

impl Unit {
    /// The code in small letters, as it stands in host names.
    pub(crate) fn slug(&self) -> String {
        self.code.to_lowercase()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UnitsFile {
    unit: Vec<Unit>,
}

/// The 40 units, in the order of the plan.
///
/// # Errors
/// When `units.toml` is missing or wrong, or a unit's anti-virus figures do not add up.
pub(crate) fn load_units(files: &[ContentFile]) -> Result<Vec<Unit>, ContentError> {
    let UnitsFile { unit: units } = read_toml(files, "units.toml")?;
    let wrong = |message: String| ContentError {
        file: "demo/units.toml".to_owned(),
        line: None,
        message,
        remedy: "make av_licensed + av_free + av_none equal machines, and every code unique".to_owned(),
    };
    for (at, unit) in units.iter().enumerate() {
        if unit.av_licensed + unit.av_free + unit.av_none != unit.machines {
            return Err(wrong(format!(
                "the anti-virus figures of unit {} do not add up to {}",
                unit.code, unit.machines
            )));
        }
        if units.iter().take(at).any(|earlier| earlier.code == unit.code) {
            return Err(wrong(format!("unit {} is listed twice", unit.code)));
        }
    }
    Ok(units)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::shipped;

    fn sum(units: &[Unit], value: impl Fn(&Unit) -> u32) -> u32 {
        units.iter().map(value).sum()
    }

    #[test]
    fn the_sums_of_the_plan_hold() {
        let units = load_units(&shipped()).expect("loads");
        assert_eq!(units.len(), 40);
        assert_eq!(sum(&units, |u| u.machines), 2_800);
        assert_eq!(sum(&units, |u| u.av_licensed), 280);
        assert_eq!(sum(&units, |u| u.av_free), 1_680);
        assert_eq!(sum(&units, |u| u.av_none), 840);
        assert_eq!(units.iter().filter(|u| u.standard_firewall).count(), 2);
        assert_eq!(sum(&units, |u| u.security_staff), 49);
        assert_eq!(sum(&units, |u| u.servers), 58);
    }

    #[test]
    fn the_sums_of_each_block_hold() {
        let units = load_units(&shipped()).expect("loads");
        let block = |block: Block, assumed: bool| {
            let of: Vec<Unit> = units.iter().filter(|u| u.block == block && u.is_assumed == assumed).cloned().collect();
            (of.len(), sum(&of, |u| u.machines), sum(&of, |u| u.av_licensed))
        };
        assert_eq!(block(Block::Department, false), (20, 1_352, 166));
        assert_eq!(block(Block::Department, true), (2, 38, 2));
        assert_eq!(block(Block::District, false), (9, 1_064, 79));
        assert_eq!(block(Block::Party, false), (5, 196, 21));
        assert_eq!(block(Block::MassOrganisation, false), (4, 150, 12));
        let administration: Vec<Unit> =
            units.iter().filter(|u| matches!(u.block, Block::Department | Block::District)).cloned().collect();
        assert_eq!(administration.len(), 31);
        assert_eq!(sum(&administration, |u| u.machines), 2_454);
        assert_eq!(sum(&administration, |u| u.av_licensed), 247);
    }

    #[test]
    fn names_are_invented_and_networks_are_apart() {
        let units = load_units(&shipped()).expect("loads");
        for unit in &units {
            assert!(unit.domain.ends_with(".example") && unit.contact.ends_with(&unit.domain), "{}", unit.code);
            assert_eq!(units.iter().filter(|u| u.network == unit.network).count(), 1, "{}", unit.network);
        }
    }

    #[test]
    fn a_wrong_figure_is_named() {
        let mut files = shipped();
        for file in &mut files {
            file.text = file.text.replace("av_free = 45", "av_free = 44");
        }
        let error = load_units(&files).expect_err("does not add up");
        assert!(error.to_string().contains("VPUBND"), "{error}");
    }
}
