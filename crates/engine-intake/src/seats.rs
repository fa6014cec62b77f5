//! Who is connected, and how much their unfinished records hold.

use crate::TcpOptions;
use crate::counters::Counters;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// The connections of one input.
#[derive(Debug, Default)]
pub(crate) struct Seats {
    open: Mutex<HashMap<IpAddr, usize>>,
    /// Bytes of unfinished records of all connections.
    held: AtomicUsize,
}

/// Why a connection is turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Full {
    Altogether,
    ForThisAddress,
}

impl Seats {
    pub(crate) fn take(
        self: &Arc<Self>,
        peer: IpAddr,
        options: &TcpOptions,
        counters: &Arc<Counters>,
    ) -> Result<Seat, Full> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let total: usize = open.values().sum();
        let own = open.get(&peer).copied().unwrap_or(0);
        if own >= options.max_connections_per_peer {
            return Err(Full::ForThisAddress);
        }
        if total >= options.max_connections {
            return Err(Full::Altogether);
        }
        open.insert(peer, own + 1);
        counters.connections_open.fetch_add(1, Ordering::Relaxed);
        Ok(Seat { seats: Arc::clone(self), peer, counters: Arc::clone(counters), holds: 0 })
    }
}

/// The right to be connected; given back when dropped.
#[derive(Debug)]
pub(crate) struct Seat {
    seats: Arc<Seats>,
    peer: IpAddr,
    counters: Arc<Counters>,
    holds: usize,
}

impl Seat {
    /// Says how much this connection holds now; returns what all of them hold.
    pub(crate) fn hold(&mut self, bytes: usize) -> usize {
        let held = &self.seats.held;
        let all = if bytes >= self.holds {
            let more = bytes - self.holds;
            held.fetch_add(more, Ordering::Relaxed) + more
        } else {
            let less = self.holds - bytes;
            held.fetch_sub(less, Ordering::Relaxed) - less
        };
        self.holds = bytes;
        all
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.hold(0);
        let mut open = self.seats.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = open.get_mut(&self.peer) {
            *own -= 1;
            if *own == 0 {
                open.remove(&self.peer);
            }
        }
        self.counters.connections_open.fetch_sub(1, Ordering::Relaxed);
    }
}
