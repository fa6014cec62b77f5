//! Passwords: which are accepted, and how they are kept.
//!
//! Kept as Argon2id (RFC 9106) with 32 MiB, 2 passes, 1 lane: more than OWASP's minimum of 19 MiB and 2
//! passes, about 50 ms on one core of a small server. Hashes carry their parameters; a hash with others is
//! renewed at the next sign-in. Text is brought to Unicode NFC first (RFC 8265, section 4.2), because
//! Vietnamese keyboards give the same letters in different forms.

use super::common::{Made, made_of};
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use base_core::{Error, Kind, Result, fold::fold};
use std::sync::{Arc, LazyLock};
use tokio::sync::{Semaphore, oneshot};
use unicode_normalization::UnicodeNormalization;

/// Shortest password, in characters. Length counts more than signs and digits (NIST SP 800-63B, 5.1.1.2).
pub const MIN_PASSWORD_CHARS: usize = 10;
/// Longest password, in bytes, so that hashing cannot be made expensive.
pub const MAX_PASSWORD_BYTES: usize = 256;

const MEMORY_KIB: u32 = 32 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// Hashes made at once in each lane; with two lanes that bounds memory to 64 MiB.
const AT_ONCE: usize = 1;
/// Hashes that may wait in a lane, some seconds of work. More are refused at once: a storm of sign-ins must neither
/// pile up nor make everybody wait until their browsers give up.
const WAITING: usize = 40;

/// How far a stranger's hash stands back behind other threads: the scheduler gives it a tenth of what they get.
#[cfg(target_os = "linux")]
const NICE: i32 = 10;

/// Why a password is refused, as a code of `identity-error-…`; `None` = accepted.
pub(crate) fn refusal(password: &str, login: &str, name: &str) -> Option<&'static str> {
    let plain = fold(password);
    if password.chars().count() < MIN_PASSWORD_CHARS {
        return Some("password-short");
    }
    if password.len() > MAX_PASSWORD_BYTES {
        return Some("password-long");
    }
    let mut letters: Vec<char> = plain.chars().collect();
    letters.sort_unstable();
    letters.dedup();
    // "aaaaaaaaaa", "1212121212", "abcabcabcabc"
    if letters.len() < 4 || is_run(&plain) {
        return Some("password-simple");
    }
    let holds_login = login.len() >= 4 && plain.contains(&fold(login));
    match made_of(password, login, name) {
        Some(Made::OfCommon) => return Some("password-common"),
        Some(Made::OfPerson) => return Some("password-of-person"),
        None if holds_login => return Some("password-of-person"),
        None => {}
    }
    None
}

/// `1234567890`, `abcdefghij`, `zyxwvutsrq`, `qwertyuiop` and the like, over the whole length.
fn is_run(plain: &str) -> bool {
    const ROWS: [&str; 4] =
        ["01234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn7ujm"];
    ROWS.iter().any(|row| {
        let back: String = row.chars().rev().collect();
        let twice = format!("{row}{row}");
        let twice_back = format!("{back}{back}");
        twice.contains(plain) || twice_back.contains(plain)
    })
}

/// Whose hash it is. Each has a lane of its own, so that a storm of strangers does not keep out the people who work here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lane {
    /// Somebody signed in, or in a browser that was signed in from before.
    Known,
    /// Anybody else.
    Stranger,
}

/// Makes and checks hashes away from the threads that answer requests, a few at once.
#[derive(Clone, Debug)]
pub(crate) struct Hasher {
    known: Turns,
    strangers: Turns,
}

/// The places of a lane: those at work and those waiting.
#[derive(Clone, Debug)]
struct Turns {
    work: Arc<Semaphore>,
    places: Arc<Semaphore>,
}

impl Default for Hasher {
    fn default() -> Self {
        let turns =
            || Turns { work: Arc::new(Semaphore::new(AT_ONCE)), places: Arc::new(Semaphore::new(AT_ONCE + WAITING)) };
        Self { known: turns(), strangers: turns() }
    }
}

fn full() -> Error {
    Error::new(Kind::Busy, "too many people sign in at this moment; try again in a minute")
}

/// Lets every other thread go first from here on: in a storm of sign-ins one hash after the other is made, and pages
/// need the processors. Where that is not allowed or not known, the thread goes on as it is.
fn give_way() {
    #[cfg(target_os = "linux")]
    let _ = rustix::process::setpriority_process(Some(rustix::thread::gettid()), NICE);
}

/// The answer to a sign-in attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Not this password.
    Wrong,
    /// The password; its hash is up to date.
    Right,
    /// The password, kept with older parameters: make a new hash.
    RightButOld,
}

fn engine() -> Result<Argon2<'static>> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|e| Error::new(Kind::Bug, e.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// A hash nobody has the password of, so that an unknown name takes as long as a wrong password.
static NOBODY: LazyLock<Option<String>> = LazyLock::new(|| hash_now(&super::token::fresh()).ok());

fn hash_now(password: &str) -> Result<String> {
    let salt = SaltString::encode_b64(&rand::random::<[u8; 16]>()).map_err(|e| Error::new(Kind::Bug, e.to_string()))?;
    let normal: String = password.nfc().collect();
    let hash = engine()?.hash_password(normal.as_bytes(), &salt).map_err(|e| Error::new(Kind::Bug, e.to_string()))?;
    Ok(hash.to_string())
}

fn verify_now(password: &str, stored: Option<&str>) -> Result<Verdict> {
    let Some(hash) = stored.or(NOBODY.as_deref()) else { return Ok(Verdict::Wrong) };
    let parsed = PasswordHash::new(hash).map_err(|e| Error::new(Kind::Bug, format!("stored password hash: {e}")))?;
    let normal: String = password.nfc().collect();
    if password.len() > MAX_PASSWORD_BYTES
        || engine()?.verify_password(normal.as_bytes(), &parsed).is_err()
        || stored.is_none()
    {
        return Ok(Verdict::Wrong);
    }
    let same =
        Params::try_from(&parsed).is_ok_and(|p| (p.m_cost(), p.t_cost(), p.p_cost()) == (MEMORY_KIB, PASSES, LANES));
    Ok(if same { Verdict::Right } else { Verdict::RightButOld })
}

impl Hasher {
    const fn turns(&self, lane: Lane) -> &Turns {
        match lane {
            Lane::Known => &self.known,
            Lane::Stranger => &self.strangers,
        }
    }

    /// Whether somebody may wait in this lane now: asked before anything is looked up for them, so that those who are
    /// refused in a storm cost next to nothing.
    ///
    /// # Errors
    /// `Busy` when too many wait.
    pub(crate) fn has_room(&self, lane: Lane) -> Result<()> {
        if self.turns(lane).places.available_permits() > 0 { Ok(()) } else { Err(full()) }
    }

    async fn run<T: Send + 'static>(&self, lane: Lane, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        let turns = self.turns(lane);
        let place = Arc::clone(&turns.places).try_acquire_owned().map_err(|_| full())?;
        let turn = Arc::clone(&turns.work).acquire_owned().await.map_err(Error::bug)?;
        let (tell, told) = oneshot::channel();
        let thread = std::thread::Builder::new().name("password".to_owned()).spawn(move || {
            if lane == Lane::Stranger {
                give_way();
            }
            let result = work();
            // Given back here and not by the request, which may have been dropped meanwhile.
            drop((turn, place));
            // Nobody listens any more when the request was dropped.
            let _ = tell.send(result);
        });
        thread.map_err(|e| Error::new(Kind::Unavailable, format!("no thread for a password: {e}")))?;
        told.await.map_err(Error::bug)?
    }

    /// The hash to keep of `password`; only people who are let do this.
    pub(crate) async fn hash(&self, password: &str) -> Result<String> {
        let password = password.to_owned();
        self.run(Lane::Known, move || hash_now(&password)).await
    }

    /// Checks `password` against what is kept; `None` = there is no such account, which takes as long.
    ///
    /// # Errors
    /// `Busy` when too many wait in the lane.
    pub(crate) async fn verify(&self, lane: Lane, password: &str, stored: Option<String>) -> Result<Verdict> {
        let password = password.to_owned();
        self.run(lane, move || verify_now(&password, stored.as_deref())).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_and_personal_passwords_are_refused() {
        let refused = |p: &str| refusal(p, "nguyen.an", "Nguyễn Văn An");
        assert_eq!(refused("ngắn"), Some("password-short"));
        assert_eq!(refused(&"dài".repeat(100)), Some("password-long"));
        for simple in ["aaaaaaaaaa", "1234567890", "0987654321", "qwertyuiop", "abababababab"] {
            assert_eq!(refused(simple), Some("password-simple"), "{simple}");
        }
        for common in [
            "P@ssw0rd2014!",
            "Matkhau@2026",
            "@dministrator",
            "matkhau123456",
            "Mật khẩu 2014",
            "!!!camau2026",
            "Administrator1",
        ] {
            assert_eq!(refused(common), Some("password-common"), "{common}");
        }
        assert_eq!(refused("nguyen.an2014"), Some("password-of-person"));
        assert_eq!(refused("NguyễnVănAn99"), Some("password-of-person"));
        for fine in ["rừng đước mùa nước nổi", "tram-chim-7-bong-sen", "Wq8#tnVx2kLp"] {
            assert_eq!(refused(fine), None, "{fine}");
        }
    }

    #[test]
    fn a_password_in_either_unicode_form_is_the_same() {
        let hash = hash_now("rừng đước ven biển").unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=32768,t=2,p=1$"));
        let decomposed: String = "rừng đước ven biển".nfd().collect();
        assert_eq!(verify_now(&decomposed, Some(&hash)).unwrap(), Verdict::Right);
        assert_eq!(verify_now("rừng đước ven biên", Some(&hash)).unwrap(), Verdict::Wrong);
        assert_eq!(verify_now("rừng đước ven biển", None).unwrap(), Verdict::Wrong);
    }

    #[test]
    fn a_hash_with_older_parameters_is_to_be_renewed() {
        let params = Params::new(8 * 1024, 1, 1, None).unwrap();
        let salt = SaltString::encode_b64(&[3; 16]).unwrap();
        let old =
            Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password(b"mangrove forest", &salt).unwrap();
        assert_eq!(verify_now("mangrove forest", Some(&old.to_string())).unwrap(), Verdict::RightButOld);
    }

    #[test]
    fn signs_and_digits_are_asked_of_nobody_and_long_ones_are_taken() {
        let refused = |p: &str| refusal(p, "nguyen.an", "Nguyễn Văn An");
        let long = "tràm chim bay qua bông sen ".repeat(3);
        assert!(long.chars().count() >= 64);
        for fine in [long.trim(), &long.to_uppercase(), "8403917265510394", "bảy con cò trắng", "#%&/()=?+*^!§$"]
        {
            assert_eq!(refused(fine), None, "{fine}");
        }
    }

    #[test]
    fn nothing_is_cut_and_the_case_counts() {
        let password = "Tràm chim bay qua bông sen ".repeat(5).trim().to_owned();
        let hash = hash_now(&password).unwrap();
        let shorter: String = password.chars().take(72).collect();
        for wrong in [password.to_lowercase(), shorter, format!("{password} "), format!(" {password}")] {
            assert_eq!(verify_now(&wrong, Some(&hash)).unwrap(), Verdict::Wrong, "{wrong}");
        }
        assert_eq!(verify_now(&password, Some(&hash)).unwrap(), Verdict::Right);
    }

    #[tokio::test]
    async fn a_storm_of_strangers_is_bounded_and_leaves_the_known_alone() {
        let hasher = Hasher::default();
        let stored = hasher.hash("rừng đước ven biển").await.unwrap();
        // Whoever holds the only turn holds it till the end of the test: nothing here depends on time.
        let turn = Arc::clone(&hasher.strangers.work).acquire_owned().await.unwrap();
        let storm: Vec<_> = (0..200)
            .map(|_| {
                let hasher = hasher.clone();
                tokio::spawn(async move { hasher.verify(Lane::Stranger, "x", None).await })
            })
            .collect();
        let verdict = hasher.verify(Lane::Known, "rừng đước ven biển", Some(stored)).await;
        assert_eq!(verdict.unwrap(), Verdict::Right);
        // Lets every task come as far as it can.
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        drop(turn);
        let mut refused = 0;
        for one in storm {
            match one.await.unwrap() {
                Ok(verdict) => assert_eq!(verdict, Verdict::Wrong),
                Err(error) => {
                    assert_eq!(error.kind, Kind::Busy);
                    refused += 1;
                }
            }
        }
        assert_eq!(refused, 200 - AT_ONCE - WAITING);
    }
}
