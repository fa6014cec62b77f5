//! Workers that take turns at the inputs: reading is exclusive per input, working is not,
//! and results are delivered in the order of the inputs.
//!
//! A worker takes the reader of the first input nobody is reading, reads one batch, puts the
//! reader back and works on its batch. So one big file keeps every core busy, as do many
//! small ones, and never more raw batches exist than workers.
//!
//! Results wait for those before them. When too many wait, only the input whose turn it is
//! is read on, so memory stays bounded even when the first input is by far the largest.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Most results of one input that may be under way or waiting, per worker.
const AHEAD_PER_WORKER: u64 = 4;

/// What the pool does, said by the caller.
pub trait Job: Sync {
    /// Reads one input.
    type Reader: Send;
    /// What a reader gives at a time.
    type Batch: Send;
    /// What a worker makes of it.
    type Done: Send;
    /// What a worker keeps from batch to batch.
    type Scratch: Send;

    /// How many inputs there are.
    fn inputs(&self) -> usize;
    /// A worker's own memory.
    fn scratch(&self) -> Self::Scratch;
    /// Opens an input. One that cannot be opened gives a batch that says so.
    fn open(&self, input: usize) -> Self::Reader;
    /// The next batch, and whether it was the last.
    fn read(&self, reader: &mut Self::Reader) -> (Self::Batch, bool);
    /// Works on a batch; many at a time.
    fn work(&self, scratch: &mut Self::Scratch, batch: Self::Batch) -> Self::Done;
    /// What stands in for a result after a defect of a reader or of the work.
    fn defect(&self, input: usize, what: &str) -> Self::Done;
    /// How much memory a result takes while it waits, in bytes.
    fn weight(&self, done: &Self::Done) -> usize;
    /// Takes results, one at a time, in order; `last` with the last one of its input.
    fn deliver(&self, input: usize, done: Self::Done, last: bool);
    /// Whether to end early.
    fn stopped(&self) -> bool;
}

/// Limits of a pool.
#[derive(Clone, Copy, Debug)]
pub struct PoolLimits {
    /// Worker threads.
    pub threads: usize,
    /// Bytes of results that may wait for those before them.
    pub waiting_bytes: usize,
}

struct Open<R> {
    input: usize,
    /// `None` while a worker reads.
    reader: Option<R>,
    /// Number of the next batch.
    next: u64,
}

struct Turns<J: Job> {
    /// First input nobody has opened.
    unopened: usize,
    open: Vec<Open<J::Reader>>,
    /// Input and batch whose result is delivered next.
    head: (usize, u64),
    waiting: BTreeMap<(usize, u64), (J::Done, bool)>,
    waiting_bytes: usize,
    /// Whether a worker is delivering; the others leave their results in `waiting`.
    delivering: bool,
}

struct Pool<'a, J: Job> {
    job: &'a J,
    limits: PoolLimits,
    turns: Mutex<Turns<J>>,
    changed: Condvar,
}

/// Reads, works on and delivers every input. Returns when all is done or the job is stopped.
pub fn run<J: Job>(job: &J, limits: PoolLimits) {
    let threads = limits.threads.max(1);
    let pool = Pool {
        job,
        limits: PoolLimits { threads, ..limits },
        turns: Mutex::new(Turns {
            unopened: 0,
            open: Vec::new(),
            head: (0, 0),
            waiting: BTreeMap::new(),
            waiting_bytes: 0,
            delivering: false,
        }),
        changed: Condvar::new(),
    };
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| pool.worker());
        }
    });
    // After a stop, results remain whose predecessors never came: they count all the same.
    let turns = pool.turns.into_inner().unwrap_or_else(PoisonError::into_inner);
    for ((input, _), (done, last)) in turns.waiting {
        job.deliver(input, done, last);
    }
}

impl<J: Job> Pool<'_, J> {
    fn lock(&self) -> MutexGuard<'_, Turns<J>> {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn worker(&self) {
        let mut scratch = self.job.scratch();
        while let Some((input, number, reader)) = self.take() {
            let read = catch_unwind(AssertUnwindSafe(|| {
                let mut reader = reader.unwrap_or_else(|| self.job.open(input));
                let (batch, last) = self.job.read(&mut reader);
                (reader, batch, last)
            }));
            let Ok((reader, batch, last)) = read else {
                self.put_back(input, None);
                self.hand_over(input, number, self.job.defect(input, "the reader failed"), true);
                continue;
            };
            self.put_back(input, (!last).then_some(reader));
            let done = catch_unwind(AssertUnwindSafe(|| self.job.work(&mut scratch, batch)));
            let done = done.unwrap_or_else(|_| {
                scratch = self.job.scratch();
                self.job.defect(input, "the detection failed")
            });
            self.hand_over(input, number, done, last);
        }
        self.changed.notify_all();
    }

    /// The next batch to read: its input, its number, and the reader if it is open already.
    fn take(&self) -> Option<(usize, u64, Option<J::Reader>)> {
        let mut turns = self.lock();
        loop {
            if self.job.stopped() {
                return None;
            }
            let (head, head_batch) = turns.head;
            let crowded = turns.waiting_bytes >= self.limits.waiting_bytes;
            let ahead = AHEAD_PER_WORKER * self.limits.threads as u64;
            let free = turns.open.iter_mut().find(|open| {
                let near = open.input != head || open.next - head_batch < ahead;
                open.reader.is_some() && near && (open.input == head || !crowded)
            });
            if let Some(open) = free {
                let number = open.next;
                open.next += 1;
                return Some((open.input, number, open.reader.take()));
            }
            let input = turns.unopened;
            if input < self.job.inputs() && (input == head || !crowded) {
                turns.unopened += 1;
                turns.open.push(Open { input, reader: None, next: 1 });
                return Some((input, 0, None));
            }
            if turns.open.is_empty() && input >= self.job.inputs() {
                return None;
            }
            turns = self.changed.wait(turns).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Lets others read on, or closes the input.
    fn put_back(&self, input: usize, reader: Option<J::Reader>) {
        let mut turns = self.lock();
        match reader {
            Some(reader) => {
                if let Some(open) = turns.open.iter_mut().find(|o| o.input == input) {
                    open.reader = Some(reader);
                }
            }
            None => turns.open.retain(|o| o.input != input),
        }
        drop(turns);
        self.changed.notify_all();
    }

    /// Leaves a result, and delivers whatever is due unless another worker does so already.
    fn hand_over(&self, input: usize, number: u64, done: J::Done, last: bool) {
        let mut turns = self.lock();
        turns.waiting_bytes += self.job.weight(&done);
        turns.waiting.insert((input, number), (done, last));
        if turns.delivering {
            return;
        }
        turns.delivering = true;
        loop {
            let head = turns.head;
            let Some((done, last)) = turns.waiting.remove(&head) else { break };
            turns.waiting_bytes = turns.waiting_bytes.saturating_sub(self.job.weight(&done));
            turns.head = if last { (head.0 + 1, 0) } else { (head.0, head.1 + 1) };
            // Writing may block on a slow pipe; meanwhile the others go on.
            drop(turns);
            self.changed.notify_all();
            self.job.deliver(head.0, done, last);
            turns = self.lock();
        }
        turns.delivering = false;
        drop(turns);
        self.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, Ordering};

    /// Inputs are lists of numbers; the result of a batch is the same numbers.
    struct Numbers {
        inputs: Vec<Vec<u32>>,
        out: Mutex<Vec<u32>>,
        stop: AtomicBool,
    }

    impl Job for Numbers {
        type Reader = (usize, usize);
        type Batch = Vec<u32>;
        type Done = Vec<u32>;
        type Scratch = ();

        fn inputs(&self) -> usize {
            self.inputs.len()
        }
        fn scratch(&self) {}
        fn open(&self, input: usize) -> Self::Reader {
            (input, 0)
        }
        fn read(&self, (input, at): &mut Self::Reader) -> (Vec<u32>, bool) {
            let list = &self.inputs[*input];
            let end = (*at + 3).min(list.len());
            let batch = list[*at..end].to_vec();
            assert!(!batch.contains(&900_666), "a reader that fails");
            *at = end;
            (batch, end == list.len())
        }
        fn work(&self, (): &mut (), batch: Vec<u32>) -> Vec<u32> {
            assert!(!batch.contains(&900_777), "work that fails");
            // Uneven work, so that batches finish out of order.
            let spins = batch.iter().map(|n| u64::from(n.wrapping_mul(2_654_435_761) % 4096)).sum::<u64>();
            std::hint::black_box((0..spins).sum::<u64>());
            batch
        }
        fn defect(&self, _: usize, _: &str) -> Vec<u32> {
            vec![0]
        }
        fn weight(&self, done: &Vec<u32>) -> usize {
            done.len()
        }
        fn deliver(&self, _: usize, done: Vec<u32>, _: bool) {
            self.out.lock().expect("not poisoned").extend(done);
        }
        fn stopped(&self) -> bool {
            self.stop.load(Ordering::Relaxed)
        }
    }

    fn numbers(inputs: Vec<Vec<u32>>) -> Numbers {
        Numbers { inputs, out: Mutex::default(), stop: AtomicBool::new(false) }
    }

    #[test]
    fn results_leave_in_order_whatever_the_number_of_threads() {
        let inputs: Vec<Vec<u32>> = [1_000_u32, 0, 7, 3, 1, 400]
            .iter()
            .enumerate()
            .map(|(n, len)| (0..*len).map(|i| u32::try_from(n).expect("few") * 10_000 + i).collect())
            .collect();
        let expected: Vec<u32> = inputs.concat();
        for threads in [1, 2, 3, 8] {
            for waiting_bytes in [1, 50, usize::MAX] {
                let job = numbers(inputs.clone());
                run(&job, PoolLimits { threads, waiting_bytes });
                assert_eq!(*job.out.lock().expect("not poisoned"), expected, "{threads} threads");
            }
        }
    }

    #[test]
    fn a_defect_ends_one_input_or_one_batch_and_the_rest_goes_on() {
        let job = numbers(vec![vec![1, 2, 3, 900_666, 4], vec![5, 6, 7, 900_777, 8, 9, 10], vec![11]]);
        run(&job, PoolLimits { threads: 2, waiting_bytes: 100 });
        assert_eq!(*job.out.lock().expect("not poisoned"), [1, 2, 3, 0, 5, 6, 7, 0, 10, 11]);
    }

    #[test]
    fn no_input_and_an_early_stop_end_at_once() {
        run(&numbers(Vec::new()), PoolLimits { threads: 4, waiting_bytes: 1 });
        let job = numbers(vec![vec![1; 100_000]]);
        job.stop.store(true, Ordering::Relaxed);
        run(&job, PoolLimits { threads: 4, waiting_bytes: 1 });
        assert!(job.out.lock().expect("not poisoned").is_empty());
    }
}
