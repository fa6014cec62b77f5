//! Answers of the console and the API, by route, method and status.

use crate::page::{Kind, Page};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Most routes with figures of their own; further ones are counted together.
const ROUTES_MOST: usize = 1_000;
/// Upper bounds of the buckets of durations, seconds.
const BOUNDS: [f64; 9] = [0.005, 0.025, 0.1, 0.2, 0.5, 1.0, 2.5, 5.0, 10.0];
/// The methods of RFC 9110 that routes have; others are counted together.
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// Counts answers.
#[derive(Debug, Default)]
pub struct HttpCounts(Mutex<Counted>);

#[derive(Debug, Default)]
struct Counted {
    /// Route, method and status → answers.
    answers: BTreeMap<(String, &'static str, u16), u64>,
    buckets: [u64; BOUNDS.len()],
    count: u64,
    seconds: f64,
}

impl HttpCounts {
    /// Counts an answer. `route` is the pattern that matched, such as `/canh-bao/{id}`; `None` when none did.
    pub fn answered(&self, route: Option<&str>, method: &str, status: u16, took: Duration) {
        let method = METHODS.iter().find(|known| **known == method).copied().unwrap_or("other");
        let route = route.unwrap_or("none");
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let full = counted.answers.len() >= ROUTES_MOST;
        let key = (route.to_owned(), method, status);
        let key = if full && !counted.answers.contains_key(&key) { ("other".to_owned(), method, status) } else { key };
        *counted.answers.entry(key).or_default() += 1;
        let seconds = took.as_secs_f64();
        for (bound, bucket) in BOUNDS.iter().zip(&mut counted.buckets) {
            *bucket += u64::from(seconds <= *bound);
        }
        counted.count += 1;
        counted.seconds += seconds;
    }

    /// Writes what was counted.
    pub fn write(&self, page: &mut Page) {
        let counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let name = "mangrove_http_requests_total";
        let mut family = page.family(name, Kind::Counter, "Answers of console and API by route, method and status.");
        for ((route, method, status), count) in &counted.answers {
            family.sample(&[("route", route), ("method", method), ("status", &status.to_string())], count);
        }
        let name = "mangrove_http_request_duration_seconds";
        let mut family = page.family(name, Kind::Histogram, "Time from a request's head to the head of its answer.");
        for (bound, count) in BOUNDS.iter().zip(&counted.buckets) {
            family.part("_bucket", &[("le", &bound.to_string())], count);
        }
        family.part("_bucket", &[("le", "+Inf")], counted.count);
        family.part("_sum", &[], counted.seconds).part("_count", &[], counted.count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_figures_is_bounded() {
        let counts = HttpCounts::default();
        for n in 0..5_000 {
            counts.answered(Some(&format!("/{n}")), "GET", 200, Duration::from_millis(7));
        }
        counts.answered(None, "BREW", 404, Duration::from_secs(20));
        let mut page = Page::default();
        counts.write(&mut page);
        let text = page.into_text();
        assert!(text.lines().count() < ROUTES_MOST + 30, "{}", text.lines().count());
        assert!(text.contains("{route=\"other\",method=\"GET\",status=\"200\"} 4000\n"));
        assert!(text.contains("{route=\"other\",method=\"other\",status=\"404\"} 1\n"));
        assert!(text.contains("_bucket{le=\"0.005\"} 0\n") && text.contains("_bucket{le=\"0.025\"} 5000\n"));
        assert!(text.contains("_bucket{le=\"+Inf\"} 5001\n") && text.contains("_count 5001\n"));
    }
}
