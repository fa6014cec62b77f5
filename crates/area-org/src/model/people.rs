//! Who is on duty, who works on information technology and security, which addresses are the unit's.

use base_core::{Error, Result, Timestamp};
use ipnet::IpNet;
use std::net::IpAddr;

/// A turn of duty: somebody to be called, from a moment to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duty {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Telephone.
    pub phone: String,
    /// From.
    pub starts_at: Timestamp,
    /// Until; not included.
    pub ends_at: Timestamp,
}

impl Duty {
    /// Whether it is going on.
    #[must_use]
    pub fn is_on(&self, now: Timestamp) -> bool {
        self.starts_at <= now && now < self.ends_at
    }
}

/// Longest turn, seconds: a month. Catches a year typed wrong.
const MAX_TURN_SECS: i64 = 31 * 86_400;

/// A turn to be entered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDuty {
    /// Name.
    pub name: String,
    /// Telephone.
    pub phone: String,
    /// From.
    pub starts_at: Timestamp,
    /// Until.
    pub ends_at: Timestamp,
}

impl NewDuty {
    /// Checks it; messages are codes of `org-error-…`.
    ///
    /// # Errors
    /// `Invalid` with the first field at fault.
    pub fn check(&self) -> Result<()> {
        name(&self.name)?;
        let digits = self.phone.chars().filter(char::is_ascii_digit).count();
        let allowed = |c: char| c.is_ascii_digit() || matches!(c, ' ' | '+' | '.' | '-' | '(' | ')');
        if !(3..=15).contains(&digits) || !self.phone.trim().chars().all(allowed) {
            return Err(Error::invalid("phone", "phone-form"));
        }
        if self.ends_at <= self.starts_at {
            return Err(Error::invalid("ends_at", "ends-before-start"));
        }
        if self.ends_at.micros_since(self.starts_at) > MAX_TURN_SECS * 1_000_000 {
            return Err(Error::invalid("ends_at", "duty-long"));
        }
        Ok(())
    }
}

fn name(name: &str) -> Result<()> {
    match name.trim().chars().count() {
        1..=120 => Ok(()),
        _ => Err(Error::invalid("name", "name-form")),
    }
}

/// Addresses of a unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    /// Id.
    pub id: String,
    /// The unit.
    pub unit: base_core::UnitId,
    /// The network.
    pub net: IpNet,
    /// What it is.
    pub note: Option<String>,
}

/// A network as written, `10.101.0.0/16`, or one address; bits beyond the prefix are cut.
///
/// # Errors
/// The code of `org-error-…`: not a network, or one so wide that it cannot be one unit's.
pub fn parse_range(text: &str) -> std::result::Result<IpNet, &'static str> {
    let text = text.trim();
    let net: IpNet = match text.parse::<IpAddr>() {
        Ok(address) => address.into(),
        Err(_) => text.parse().map_err(|_| "range-form")?,
    };
    // Wider than a whole private block of RFC 1918, or than what a registry gives out (RFC 6177: /48 to a site).
    let least = if net.addr().is_ipv4() { 8 } else { 16 };
    if net.prefix_len() < least { Err("range-wide") } else { Ok(net.trunc()) }
}

/// Whether two networks have an address in common.
#[must_use]
pub fn overlap(a: &IpNet, b: &IpNet) -> bool {
    a.contains(b) || b.contains(a)
}

/// Highest qualification (R16 of the plan of 2014 counts by these).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Qualification {
    /// Trên đại học.
    Postgraduate,
    /// Đại học.
    Degree,
    /// Cao đẳng, trung cấp.
    College,
    /// Sơ cấp.
    Elementary,
}

impl Qualification {
    /// Every one, highest first.
    pub const ALL: [Qualification; 4] =
        [Qualification::Postgraduate, Qualification::Degree, Qualification::College, Qualification::Elementary];

    /// The stored word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Qualification::Postgraduate => "postgraduate",
            Qualification::Degree => "degree",
            Qualification::College => "college",
            Qualification::Elementary => "elementary",
        }
    }

    /// From the stored word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|q| q.as_str() == text)
    }
}

/// Somebody who works on information technology or security (R16, R17).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Staff {
    /// Id.
    pub id: String,
    /// As entered.
    pub who: NewStaff,
}

/// Somebody to be entered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewStaff {
    /// Name.
    pub name: String,
    /// What the person does.
    pub job: String,
    /// Highest qualification.
    pub qualification: Qualification,
    /// Certificates of security; may be empty.
    pub certificate: String,
    /// The whole working time, or beside other work.
    pub is_full_time: bool,
    /// Looks after security: counted for R17 and R71.
    pub is_security: bool,
}

impl NewStaff {
    /// Checks it; messages are codes of `org-error-…`.
    ///
    /// # Errors
    /// `Invalid` with the first field at fault.
    pub fn check(&self) -> Result<()> {
        name(&self.name)?;
        if !(1..=120).contains(&self.job.trim().chars().count()) {
            return Err(Error::invalid("job", "job-form"));
        }
        if self.certificate.chars().count() > 200 {
            return Err(Error::invalid("certificate", "note-long"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_read_cut_and_compared() {
        let net = |text: &str| parse_range(text).unwrap();
        assert_eq!(net("10.101.7.9/16").to_string(), "10.101.0.0/16");
        assert_eq!(net(" 192.0.2.7 ").to_string(), "192.0.2.7/32");
        assert!(
            overlap(&net("10.101.0.0/16"), &net("10.101.3.0/24")) && !overlap(&net("10.1.0.0/16"), &net("10.2.0.0/16"))
        );
        assert!(!overlap(&net("10.0.0.0/8"), &net("2001:db8::/32")));
        assert_eq!(
            (parse_range("0.0.0.0/0"), parse_range("10.0.0.0/33"), parse_range("x")),
            (Err("range-wide"), Err("range-form"), Err("range-form"))
        );
    }
}
