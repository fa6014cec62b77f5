//! "LogSource", by the text of `engine_sigma::Routing`.

use engine_event::LogSource;

/// The same choices as the engine's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Routing {
    Placed,
    ConflictOnly,
    Everything,
}

/// Whether a rule that asks for `wanted` (product, category, service) applies to an event.
pub(crate) fn applies(wanted: &[Option<String>; 3], event: &LogSource, routing: Routing) -> bool {
    if routing == Routing::Everything {
        return true;
    }
    let have = [&event.product, &event.category, &event.service].map(|h| h.as_deref().map(str::to_lowercase));
    let windows = have[0].as_deref() == Some("windows");
    // "An event that knows its category or its service has no other … Windows events always have a channel."
    let placed = have[1].is_some() || have[2].is_some() || windows;
    wanted.iter().zip(&have).enumerate().all(|(attribute, (wanted, have))| match (wanted, have) {
        (None, _) => true,
        // "No category or service is part of another" where only contradictions count.
        (Some(wanted), Some(have)) => {
            let wanted = wanted.to_lowercase();
            wanted == *have || routing == Routing::Placed && is_part(have, &wanted)
        }
        (Some(_), None) => routing == Routing::ConflictOnly || attribute == 0 || !placed,
    })
}

/// Taxonomy appendix: the registry categories are parts of `registry_event`; `auth` is where
/// these programs of Linux write.
fn is_part(part: &str, whole: &str) -> bool {
    let parts: &[&str] = match whole {
        "registry_event" => &["registry_add", "registry_delete", "registry_set", "registry_rename"],
        "auth" => &["sshd", "sudo", "su", "pam", "login"],
        _ => &[],
    };
    parts.contains(&part)
}
