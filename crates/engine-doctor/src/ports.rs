//! Addresses to listen on: free, taken and by whom, or not allowed.

use crate::finding::{Finding, Level};
use std::fs;
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener, UdpSocket};

/// How a port is listened on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// Connections.
    Tcp,
    /// Datagrams.
    Udp,
}

/// An address the server will listen on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listen {
    /// The setting it comes from.
    pub setting: String,
    /// The address.
    pub address: SocketAddr,
    /// How.
    pub transport: Transport,
}

/// A process that has a port.
struct Holder {
    pid: u32,
    name: String,
}

/// Tries to listen on each address for a moment. `own` is the process that serves this data folder, if
/// one runs: what it has is as it should be.
#[must_use]
pub fn ports(all: &[Listen], own: Option<u32>) -> Vec<Finding> {
    all.iter().map(|listen| one(listen, own)).collect()
}

fn one(listen: &Listen, own: Option<u32>) -> Finding {
    let Listen { setting, address, transport } = listen;
    let (name, tried) = match transport {
        Transport::Tcp => ("TCP", TcpListener::bind(address).map(drop)),
        Transport::Udp => ("UDP", UdpSocket::bind(address).map(drop)),
    };
    let place = format!("{setting} {address} {name}");
    let Err(error) = tried else { return Finding::new("port-free", Level::Well, place) };
    match error.kind() {
        ErrorKind::AddrInUse => {
            let holder = holder_of(address.port(), *transport);
            match holder {
                Some(holder) if Some(holder.pid) == own => Finding::new("port-own", Level::Well, place),
                // Without the right to look, a running server of ours is the likely one.
                None if own.is_some() => Finding::new("port-perhaps-own", Level::Notice, place),
                Some(Holder { pid, name }) => {
                    Finding::new("port-taken", Level::Fault, format!("{place}: {name} ({pid})"))
                }
                None => Finding::new("port-taken", Level::Fault, place),
            }
        }
        ErrorKind::PermissionDenied => Finding::new("port-privileged", Level::Fault, place),
        ErrorKind::AddrNotAvailable => Finding::new("port-no-address", Level::Fault, place),
        _ => Finding::new("port-other", Level::Fault, format!("{place}: {error}")),
    }
}

/// Who has the port (`/proc/net/{tcp,udp}{,6}` and the descriptors of processes, proc(5)); `None` where it cannot be seen.
fn holder_of(port: u16, transport: Transport) -> Option<Holder> {
    let tables: &[&str] = match transport {
        Transport::Tcp => &["tcp", "tcp6"],
        Transport::Udp => &["udp", "udp6"],
    };
    let inodes: Vec<String> = tables
        .iter()
        .filter_map(|table| fs::read_to_string(format!("/proc/net/{table}")).ok())
        .flat_map(|text| text.lines().skip(1).filter_map(|line| inode_of(line, port, transport)).collect::<Vec<_>>())
        .map(|inode| format!("socket:[{inode}]"))
        .collect();
    let processes = fs::read_dir("/proc").ok()?.flatten();
    for process in processes {
        let Ok(pid) = process.file_name().to_string_lossy().parse::<u32>() else { continue };
        let Ok(descriptors) = fs::read_dir(process.path().join("fd")) else { continue };
        let has = descriptors.flatten().filter_map(|fd| fs::read_link(fd.path()).ok());
        if has.into_iter().any(|target| inodes.iter().any(|inode| target.as_os_str() == inode.as_str())) {
            let name = fs::read_to_string(process.path().join("comm")).unwrap_or_default();
            return Some(Holder { pid, name: name.trim().to_owned() });
        }
    }
    None
}

/// The inode of a line that listens on the port.
fn inode_of(line: &str, port: u16, transport: Transport) -> Option<String> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    let (_, own) = fields.get(1)?.rsplit_once(':')?;
    // 0A: TCP_LISTEN.
    let listens = transport == Transport::Udp || *fields.get(3)? == "0A";
    (listens && u16::from_str_radix(own, 16).ok()? == port).then(|| fields.get(9).map(|inode| (*inode).to_owned()))?
}
