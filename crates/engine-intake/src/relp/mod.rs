//! RELP, the Reliable Event Logging Protocol of the rsyslog project, from its public specification
//! (`doc/relp.html` of librelp, version 1): the receiving side, over TCP or TLS.
//!
//! What makes it worth having: each message is acknowledged by its transaction number, and here that
//! happens **after** the sink has the message in safety (the journal has synced it to disk), never before.
//! A sender whose connection ends repeats what was not acknowledged. So nothing a sender was told to be
//! delivered is lost; after a lost connection a message may arrive twice (the acknowledgement was under
//! way), and RELP has no name for a message by which to tell. See the decision note on RELP.
//!
//! The window (how many messages a sender has under way) is the sender's choice; it costs us no memory,
//! because a connection is not read while its last batch is on the way to the disk.

pub mod frame;
pub(crate) mod session;
