//! Running several inputs together, and handing batches to the sink.

use crate::counters::{Counters, add};
use crate::{Input, Received, Refused, Sink};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// First and longest wait before a batch is offered again.
const FIRST_WAIT: Duration = Duration::from_millis(50);
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// How long a batch is still offered after the program was told to stop.
const LAST_CHANCE: Duration = Duration::from_secs(5);

/// Runs the inputs until `stop`; returns when each has ended.
pub async fn serve(inputs: Vec<Box<dyn Input>>, sink: Arc<dyn Sink>, stop: CancellationToken) {
    let mut running = tokio::task::JoinSet::new();
    for input in inputs {
        tracing::info!(input.name = input.name(), server.address = input.place(), "listening");
        running.spawn(input.run(sink.clone(), stop.clone()));
    }
    while let Some(ended) = running.join_next().await {
        if let Err(error) = ended {
            tracing::error!(%error, "an input ended unexpectedly; the others go on");
        }
    }
}

/// What became of a batch.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Handed {
    /// The sink has it.
    Taken,
    /// The sink does not want it, and says why.
    Refused(String),
    /// The program stops, and the sink still does not take it.
    Stopped,
}

/// Hands a batch to the sink, waiting and trying again while it is busy.
pub(crate) async fn hand_over(
    sink: &dyn Sink,
    batch: Vec<Received>,
    counters: &Counters,
    stop: &CancellationToken,
) -> Handed {
    let count = batch.len();
    let mut wait = FIRST_WAIT;
    let mut warned = false;
    loop {
        match sink.accept(batch.clone()).await {
            Ok(_) => {
                add(&counters.accepted, count);
                return Handed::Taken;
            }
            Err(Refused::Denied(reason)) => {
                tracing::debug!(%reason, records = count, "records refused");
                add(&counters.refused, count);
                return Handed::Refused(reason);
            }
            Err(Refused::Busy(reason)) => {
                add(&counters.waits, 1);
                if !warned {
                    tracing::warn!(%reason, "records have to wait");
                    warned = true;
                }
            }
        }
        let last_chance = stop.is_cancelled();
        if last_chance && wait > LAST_CHANCE / 2 {
            return Handed::Stopped;
        }
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = stop.cancelled(), if !last_chance => {}
        }
        wait = (wait * 2).min(LONGEST_WAIT);
    }
}
