//! What can go wrong when an input starts.

use std::io;
use std::net::SocketAddr;

/// An input cannot listen.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen for {what} on {address}: {}", reason(.what, .address, .source))]
pub struct IntakeError {
    /// What was to be received, such as `syslog over UDP`.
    pub what: &'static str,
    /// Where.
    pub address: SocketAddr,
    /// What the operating system said.
    pub source: io::Error,
}

fn reason(what: &str, address: &SocketAddr, source: &io::Error) -> String {
    let port = address.port();
    match source.kind() {
        io::ErrorKind::AddrInUse => {
            let flag = if what.contains("UDP") { "u" } else { "t" };
            format!(
                "port {port} is in use by another program; stop that program (`ss -l{flag}np sport = :{port}` shows it) \
                 or choose another port"
            )
        }
        io::ErrorKind::PermissionDenied => "ports below 1024 need a right this program does not have; choose a port from \
                                            1024 on (5514 is usual for syslog), or give it the right CAP_NET_BIND_SERVICE"
            .to_owned(),
        io::ErrorKind::AddrNotAvailable => {
            format!("this machine has no address {}; use 0.0.0.0 or :: for all of its addresses", address.ip())
        }
        _ => format!("{source}; check the address and the port"),
    }
}
