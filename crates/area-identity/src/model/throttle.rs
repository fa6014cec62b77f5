//! Slows down guessing without giving anybody the means to keep others out.
//!
//! Three counts of failures, each over a window that slides:
//!
//! * per name **and** network: few tries, so that guessing one password is slow;
//! * per network: more tries, so that trying many names from one place is slow;
//! * per name from **unknown browsers** of any network: so that guessing from many places is slow. A browser
//!   the person has signed in from before carries a device cookie and is not subject to it; hence guessing
//!   from elsewhere cannot lock the person out.
//!
//! The second step of a sign-in has counts of its own, stricter ones: who gets there knows the password, and six
//! digits are few. Only somebody with the person's password can fill them, and the person's own browser is apart.
//!
//! Counts are kept in memory, bounded; a restart forgets them.

use base_core::Timestamp;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

/// Most counts kept. When full, those that ended are dropped, then the oldest.
const MAX_COUNTS: usize = 20_000;

/// A bound: so many failures within so many seconds, then a wait of so many seconds.
#[derive(Clone, Copy, Debug)]
struct Bound {
    failures: u32,
    window: i64,
    wait: i64,
}

const NAME_AND_NETWORK: Bound = Bound { failures: 5, window: 900, wait: 300 };
const NETWORK: Bound = Bound { failures: 40, window: 900, wait: 300 };
const NAME_UNKNOWN_BROWSER: Bound = Bound { failures: 60, window: 3_600, wait: 900 };
/// At three codes of a million that fit at a time, 240 tries a day are one chance in 1 400.
const CODE_UNKNOWN_BROWSER: Bound = Bound { failures: 10, window: 3_600, wait: 3_600 };

/// What is counted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    NameAndNetwork(String, String),
    Network(String),
    NameUnknownBrowser(String),
    CodeAndNetwork(String, String),
    CodeUnknownBrowser(String),
}

impl Key {
    const fn bound(&self) -> Bound {
        match self {
            Key::NameAndNetwork(..) | Key::CodeAndNetwork(..) => NAME_AND_NETWORK,
            Key::Network(_) => NETWORK,
            Key::NameUnknownBrowser(_) => NAME_UNKNOWN_BROWSER,
            Key::CodeUnknownBrowser(_) => CODE_UNKNOWN_BROWSER,
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Count {
    failures: u32,
    since: Timestamp,
    blocked_until: Option<Timestamp>,
}

/// What is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// A password (or the setup code).
    Password,
    /// A code of the second factor, after the right password.
    Code,
}

/// Who tries.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    /// What is tried.
    pub(crate) step: Step,
    /// Sign-in name as typed, normalised.
    pub(crate) login: String,
    /// Address.
    pub(crate) peer: Option<IpAddr>,
    /// Whether the browser has signed in with this name before.
    pub(crate) known_browser: bool,
}

impl Attempt {
    fn keys(&self) -> Vec<Key> {
        let network = network(self.peer);
        if self.step == Step::Code {
            let mut keys = vec![Key::CodeAndNetwork(self.login.clone(), network)];
            if !self.known_browser {
                keys.push(Key::CodeUnknownBrowser(self.login.clone()));
            }
            return keys;
        }
        let mut keys = vec![Key::NameAndNetwork(self.login.clone(), network.clone())];
        if !self.known_browser {
            keys.push(Key::Network(network));
            keys.push(Key::NameUnknownBrowser(self.login.clone()));
        }
        keys
    }
}

/// Neighbours share a count: IPv4 by address, IPv6 by /64, which one subscriber has to himself.
pub(crate) fn network(peer: Option<IpAddr>) -> String {
    match peer {
        None => "unknown".to_owned(),
        Some(IpAddr::V4(v4)) => v4.to_string(),
        Some(IpAddr::V6(v6)) => {
            let [a, b, c, d, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

/// The counts.
#[derive(Debug, Default)]
pub(crate) struct Throttle(Mutex<HashMap<Key, Count>>);

impl Throttle {
    /// Lets an attempt through and counts it as a failure until [`Throttle::succeeded`] says otherwise, so that of
    /// many tries at the same moment no more than the bound get through. `Err` = seconds to wait.
    pub(crate) fn admit(&self, attempt: &Attempt, now: Timestamp) -> Result<(), i64> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let keys = attempt.keys();
        if let Some(secs) = keys.iter().filter_map(|key| left(counts.get(key)?, now)).max() {
            return Err(secs);
        }
        for key in keys {
            count(&mut counts, key, now);
        }
        Ok(())
    }

    /// A success clears the count of this name from this network, for the person has remembered, and takes back
    /// what [`Throttle::admit`] added to the others.
    pub(crate) fn succeeded(&self, attempt: &Attempt) {
        self.take_back(attempt);
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for key in attempt.keys() {
            if matches!(key, Key::NameAndNetwork(..) | Key::CodeAndNetwork(..)) {
                counts.remove(&key);
            }
        }
    }

    /// Takes back what [`Throttle::admit`] counted, for an attempt that was never judged.
    pub(crate) fn take_back(&self, attempt: &Attempt) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for key in attempt.keys() {
            if let Some(count) = counts.get_mut(&key) {
                count.failures = count.failures.saturating_sub(1);
                if count.failures < key.bound().failures {
                    count.blocked_until = None;
                }
            }
        }
    }
}

/// Seconds until a full count is over.
fn left(count: &Count, now: Timestamp) -> Option<i64> {
    let until = count.blocked_until?;
    (until > now).then(|| until.micros_since(now).div_euclid(1_000_000).saturating_add(1))
}

fn count(counts: &mut HashMap<Key, Count>, key: Key, now: Timestamp) {
    let bound = key.bound();
    make_room(counts, now);
    let count = counts.entry(key).or_insert(Count { failures: 0, since: now, blocked_until: None });
    if over(count, bound, now) {
        *count = Count { failures: 0, since: now, blocked_until: None };
    }
    count.failures = count.failures.saturating_add(1);
    if count.failures >= bound.failures {
        count.blocked_until = Some(now.plus_secs(bound.wait));
    }
}

/// Whether the window and the wait have passed.
fn over(count: &Count, bound: Bound, now: Timestamp) -> bool {
    match count.blocked_until {
        Some(until) => until <= now,
        None => count.since.plus_secs(bound.window) <= now,
    }
}

fn make_room(counts: &mut HashMap<Key, Count>, now: Timestamp) {
    if counts.len() < MAX_COUNTS {
        return;
    }
    counts.retain(|key, count| !over(count, key.bound(), now));
    if counts.len() >= MAX_COUNTS {
        let mut times: Vec<Timestamp> = counts.values().map(|c| c.since).collect();
        times.sort_unstable();
        // Drops the older half at once, so that this is rare.
        let middle = times.get(times.len() / 2).copied().unwrap_or(now);
        counts.retain(|_, count| count.since > middle);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(login: &str, peer: &str, known_browser: bool) -> Attempt {
        Attempt { step: Step::Password, login: login.to_owned(), peer: peer.parse().ok(), known_browser }
    }

    impl Throttle {
        fn wait(&self, attempt: &Attempt, now: Timestamp) -> Option<i64> {
            let counts = self.0.lock().unwrap();
            attempt.keys().iter().filter_map(|key| left(counts.get(key)?, now)).max()
        }

        fn failed(&self, attempt: &Attempt, now: Timestamp) {
            let mut counts = self.0.lock().unwrap();
            attempt.keys().into_iter().for_each(|key| count(&mut counts, key, now));
        }
    }

    const T0: Timestamp = Timestamp::from_secs(1_000_000);

    #[test]
    fn five_failures_make_one_wait_and_nobody_else() {
        let throttle = Throttle::default();
        let evil = attempt("an", "203.0.113.9", false);
        for _ in 0..5 {
            assert_eq!(throttle.wait(&evil, T0), None);
            throttle.failed(&evil, T0);
        }
        assert_eq!(throttle.wait(&evil, T0), Some(301));
        assert_eq!(throttle.wait(&attempt("an", "198.51.100.1", false), T0), None, "the person elsewhere");
        assert_eq!(throttle.wait(&attempt("binh", "203.0.113.9", false), T0), None, "another person there");
        assert_eq!(throttle.wait(&evil, T0.plus_secs(300)), None, "after the wait");
    }

    #[test]
    fn guessing_from_many_places_does_not_lock_out_a_known_browser() {
        let throttle = Throttle::default();
        for n in 0..60 {
            throttle.failed(&attempt("an", &format!("203.0.113.{n}"), false), T0);
        }
        assert!(throttle.wait(&attempt("an", "198.51.100.1", false), T0).is_some(), "unknown browsers wait");
        assert_eq!(throttle.wait(&attempt("an", "198.51.100.1", true), T0), None, "the person's own does not");
    }

    #[test]
    fn trying_many_names_from_one_place_is_slowed() {
        let throttle = Throttle::default();
        for n in 0..40 {
            throttle.failed(&attempt(&format!("user{n}"), "2001:db8::1", false), T0);
        }
        assert!(throttle.wait(&attempt("fresh", "2001:db8::ffff", false), T0).is_some(), "the same /64");
        assert_eq!(throttle.wait(&attempt("fresh", "2001:db8:0:1::1", false), T0), None);
        assert_eq!(throttle.wait(&attempt("fresh", "2001:db8::1", true), T0), None);
    }

    #[test]
    fn a_success_takes_back_what_it_was_counted_for() {
        let throttle = Throttle::default();
        let minh = attempt("minh", "203.0.113.9", false);
        for _ in 0..200 {
            assert_eq!(throttle.admit(&minh, T0), Ok(()));
            throttle.succeeded(&minh);
        }
        for _ in 0..5 {
            assert_eq!(throttle.admit(&minh, T0), Ok(()), "all at once, before any is judged");
        }
        assert_eq!(throttle.admit(&minh, T0), Err(301));
    }

    #[test]
    fn codes_are_counted_apart_and_more_strictly() {
        let throttle = Throttle::default();
        let code = |peer: &str, known_browser| Attempt { step: Step::Code, ..attempt("an", peer, known_browser) };
        for n in 0..10 {
            throttle.failed(&code(&format!("203.0.113.{n}"), false), T0);
        }
        assert_eq!(throttle.wait(&code("198.51.100.1", false), T0), Some(3_601), "from anywhere");
        assert_eq!(throttle.wait(&code("198.51.100.1", true), T0), None, "the person's own browser");
        assert_eq!(
            throttle.wait(&attempt("an", "203.0.113.1", false), T0),
            None,
            "passwords are not counted with them"
        );
    }

    #[test]
    fn memory_is_bounded() {
        let throttle = Throttle::default();
        for n in 0..30_000_i64 {
            throttle.failed(&attempt(&format!("u{n}"), "203.0.113.9", false), T0.plus_secs(n));
        }
        assert!(throttle.0.lock().unwrap().len() <= MAX_COUNTS + 3);
    }
}
