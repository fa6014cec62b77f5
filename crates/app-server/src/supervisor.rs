//! Telling systemd that the server is ready, lives, and stops (`sd_notify(3)`): one datagram each, to the
//! socket the environment names. Without a supervisor nothing is said.

use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

/// The supervisor, if there is one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Supervisor {
    address: Option<SocketAddr>,
    /// How often it wants to hear of the server.
    every: Option<Duration>,
}

impl Supervisor {
    /// As `NOTIFY_SOCKET` and `WATCHDOG_USEC` say.
    pub(crate) fn of_environment() -> Self {
        let address = std::env::var("NOTIFY_SOCKET").ok().and_then(|name| address(&name));
        let micros = std::env::var("WATCHDOG_USEC").ok().and_then(|text| text.parse::<u64>().ok());
        // Twice as often as it must be, as the manual advises.
        Self { address, every: micros.filter(|micros| *micros > 0).map(|micros| Duration::from_micros(micros / 2)) }
    }

    fn say(&self, text: &str) {
        let Some(address) = &self.address else { return };
        let sent = UnixDatagram::unbound().and_then(|socket| socket.send_to_addr(text.as_bytes(), address));
        if let Err(error) = sent {
            tracing::warn!(%error, "the supervisor cannot be told that the server runs");
        }
    }

    /// The server answers now. From here on it gives a sign of life as often as it was asked to; the sign
    /// comes from the threads that serve, so a server that hangs gives none and is started anew.
    pub(crate) fn ready(&self) {
        self.say("READY=1");
        let Some(every) = self.every.filter(|_| self.address.is_some()) else { return };
        let own = self.clone();
        tokio::spawn(async move {
            loop {
                own.say("WATCHDOG=1");
                tokio::time::sleep(every).await;
            }
        });
    }

    /// The server stops.
    pub(crate) fn stopping(&self) {
        self.say("STOPPING=1");
    }
}

/// A path, or a name that begins with `@` and is no file.
fn address(name: &str) -> Option<SocketAddr> {
    match name.strip_prefix('@') {
        Some(hidden) => SocketAddr::from_abstract_name(hidden).ok(),
        None => SocketAddr::from_pathname(name).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_supervisor_hears_each_word() {
        let dir = tempfile::tempdir().expect("folder");
        let path = dir.path().join("notify");
        let socket = UnixDatagram::bind(&path).expect("bound");
        let supervisor = Supervisor { address: address(path.to_str().expect("UTF-8")), every: None };
        supervisor.say("READY=1");
        supervisor.stopping();
        let mut buffer = [0; 64];
        for wanted in ["READY=1", "STOPPING=1"] {
            let length = socket.recv(&mut buffer).expect("heard");
            assert_eq!(buffer.get(..length), Some(wanted.as_bytes()));
        }
        Supervisor::default().say("READY=1");
    }
}
