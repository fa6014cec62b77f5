//! Where addresses are: a table of networks with names and coordinates.
//!
//! CSV with the header `network,name,latitude,longitude`. Of nested networks the innermost counts;
//! one without coordinates says that the place is not known (the exit of a mobile network, a VPN).

use base_core::{ContentError, ContentFile};
use std::net::IpAddr;
use std::sync::Arc;

/// A place.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// Name for people.
    pub name: Arc<str>,
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
}

/// Places by network.
#[derive(Debug, Default)]
pub struct Places {
    /// Network as first and last address of 128 bits (IPv4 mapped), smaller networks later.
    rows: Vec<(u128, u128, Option<Place>)>,
    /// For each row the nearest row before it that covers it.
    outer: Vec<Option<usize>>,
}

const REMEDY: &str = "write network,name,latitude,longitude, such as 203.0.113.0/24,Hà Nội,21.03,105.85";
/// Mean radius of the Earth in kilometres (IUGG).
const EARTH_KM: f64 = 6_371.0;

impl Places {
    /// Reads tables. Mistakes are returned and the rest is used.
    #[must_use]
    pub fn load(files: &[ContentFile]) -> (Places, Vec<ContentError>) {
        let (mut rows, mut errors) = (Vec::new(), Vec::new());
        for file in files {
            for (n, line) in (1..).zip(file.text.lines()) {
                let line = line.trim_start_matches('\u{feff}').trim();
                if line.is_empty() || line.starts_with('#') || (line.starts_with("network,")) {
                    continue;
                }
                match row(line) {
                    Some(row) => rows.push(row),
                    None => errors.push(ContentError {
                        file: file.path.clone(),
                        line: Some(n),
                        message: format!("`{line}` is no place"),
                        remedy: REMEDY.to_owned(),
                    }),
                }
            }
        }
        rows.sort_by_key(|(first, last, _): &(u128, u128, Option<Place>)| (*first, u128::MAX - *last));
        let mut open: Vec<usize> = Vec::new();
        let mut outer = Vec::with_capacity(rows.len());
        for (n, (first, _, _)) in rows.iter().enumerate() {
            while open.last().and_then(|o| rows.get(*o)).is_some_and(|(_, last, _)| last < first) {
                open.pop();
            }
            outer.push(open.last().copied());
            open.push(n);
        }
        (Places { rows, outer }, errors)
    }

    /// Where an address is; `None` when that is not known.
    #[must_use]
    pub fn find(&self, address: IpAddr) -> Option<&Place> {
        let bits = mapped(address);
        let mut at = self.rows.partition_point(|(first, _, _)| *first <= bits).checked_sub(1);
        while let Some(n) = at {
            let (_, last, place) = self.rows.get(n)?;
            if bits <= *last {
                return place.as_ref();
            }
            at = self.outer.get(n).copied().flatten();
        }
        None
    }

    /// Whether no network is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

fn mapped(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

fn row(line: &str) -> Option<(u128, u128, Option<Place>)> {
    let cells: Vec<&str> = line.split(',').map(|c| c.trim().trim_matches('"')).collect();
    let [network, name, rest @ ..] = cells.as_slice() else { return None };
    let (address, length) = match network.split_once('/') {
        Some((address, length)) => (address.parse::<IpAddr>().ok()?, Some(length.parse::<u32>().ok()?)),
        None => (network.parse().ok()?, None),
    };
    let (width, shift) = if address.is_ipv4() { (32, 96) } else { (128, 0) };
    let length = length.unwrap_or(width);
    if length > width {
        return None;
    }
    let host = u128::MAX.checked_shr(length + shift).unwrap_or(0);
    let first = mapped(address) & !host;
    let place = match rest {
        [] | ["", ""] | [""] => None,
        [latitude, longitude, ..] => {
            let (latitude, longitude): (f64, f64) = (latitude.parse().ok()?, longitude.parse().ok()?);
            let sane = (-90.0..=90.0).contains(&latitude) && (-180.0..=180.0).contains(&longitude) && !name.is_empty();
            Some(sane.then(|| Place { name: Arc::from(*name), latitude, longitude })?)
        }
        [_] => return None,
    };
    Some((first, first | host, place))
}

/// Kilometres along the surface (haversine formula).
pub(super) fn distance_km(from: (f64, f64), to: (f64, f64)) -> f64 {
    let (a, b) = (from.0.to_radians(), to.0.to_radians());
    let (dp, dl) = (b - a, (to.1 - from.1).to_radians());
    let h = (dp / 2.0).sin().powi(2) + a.cos() * b.cos() * (dl / 2.0).sin().powi(2);
    2.0 * EARTH_KM * h.sqrt().min(1.0).asin()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_innermost_network_counts() {
        let text = "network,name,latitude,longitude\n10.0.0.0/8,Cà Mau,9.18,105.15\n10.1.0.0/16,Hà Nội,21.03,105.85\n\
                    10.1.2.0/24,mobile,,\n2001:db8::/32,Huế,16.46,107.59\nbad\n10.0.0.0/99,x,1,1\n1.2.3.4,x,91,1\n";
        let (places, errors) = Places::load(&[ContentFile { path: "p.csv".into(), text: text.into() }]);
        assert_eq!(errors.iter().map(|e| e.line).collect::<Vec<_>>(), [Some(6), Some(7), Some(8)]);
        let name = |t: &str| places.find(t.parse().expect("address")).map(|p| p.name.to_string());
        assert_eq!(name("10.200.0.1").as_deref(), Some("Cà Mau"));
        assert_eq!(name("10.1.3.1").as_deref(), Some("Hà Nội"));
        assert_eq!(name("10.1.2.7"), None);
        assert_eq!(name("2001:db8::1").as_deref(), Some("Huế"));
        assert_eq!(name("8.8.8.8"), None);
        assert_eq!(name("9.255.255.255"), None);
    }

    #[test]
    fn distance_between_two_cities() {
        // Cà Mau and Hà Nội are about 1 320 km apart.
        let km = distance_km((9.18, 105.15), (21.03, 105.85));
        assert!((1_310.0..1_330.0).contains(&km), "{km}");
        assert!(distance_km((1.0, 2.0), (1.0, 2.0)) < 1e-9);
    }
}
