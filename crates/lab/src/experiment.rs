//! Many replications at once: the only file that knows of threads.
//!
//! Runs are computed in chunks by a pool of workers, each with its own reusable state, and reach the
//! caller in the order in which they were asked for, whatever the number of threads. While the caller
//! takes in one chunk, the workers compute the next: two chunks are all that is ever held. In the same way
//! [`Experiment::one_ahead`] makes the next batch while conclusions are drawn from the last one. An experiment
//! with one worker does one thing after the other: who asks for one thread gives us one processor.

use crate::engine::allocation::processors;
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::panic::resume_unwind;
use std::sync::mpsc::sync_channel;
use std::sync::{Mutex, PoisonError};
use std::thread;

/// Runs per chunk: enough to keep the workers busy, few enough to be forgotten.
const CHUNK: usize = 128;

/// The workers.
pub struct Experiment {
    pool: ThreadPool,
}

/// More workers than this only wait for one another.
const MOST_THREADS: usize = 256;

impl Experiment {
    /// Starts `threads` workers; by default as many as this process may use processors.
    ///
    /// # Errors
    /// The system gave no threads.
    pub fn new(threads: Option<NonZeroUsize>) -> Result<Self, ThreadPoolBuildError> {
        let threads = threads.unwrap_or_else(processors).get().min(MOST_THREADS);
        Ok(Self { pool: ThreadPoolBuilder::new().num_threads(threads).build()? })
    }

    /// Computes `run(worker, k)` for each k of `runs` and hands the results to `sink`, chunk by chunk and
    /// in the order of `runs`. Stops early when `sink` breaks, and returns what it broke with.
    ///
    /// A result must depend on k alone, not on what its worker did before.
    pub fn replicate<W, R, B>(
        &self,
        runs: impl IntoIterator<Item = u64>,
        new_worker: impl Fn() -> W + Sync,
        run: impl Fn(&mut W, u64) -> R + Sync,
        mut sink: impl FnMut(Vec<R>) -> ControlFlow<B>,
    ) -> ControlFlow<B>
    where
        W: Send,
        R: Send,
    {
        let mut runs = runs.into_iter();
        let workers: Vec<Mutex<Option<W>>> = self.pool.install(one_slot_per_thread);
        let compute = |chunk: Vec<u64>| compute_chunk(&chunk, &workers, &new_worker, &run);
        let chunk = next_chunk(&mut runs);
        let mut finished = self.pool.install(|| compute(chunk));
        while !finished.is_empty() {
            let chunk = next_chunk(&mut runs);
            if self.has_one_worker() {
                sink(finished)?;
                finished = self.pool.install(|| compute(chunk));
                continue;
            }
            let (mut computed, mut taken) = (Vec::new(), ControlFlow::Continue(()));
            self.pool.in_place_scope(|scope| {
                scope.spawn(|_| computed = compute(chunk));
                taken = sink(std::mem::take(&mut finished));
            });
            taken?;
            finished = computed;
        }
        ControlFlow::Continue(())
    }

    /// Makes something of each item on a thread of its own, and hands what `make` tells to `take` in that order.
    /// So the next item is in the making while something is made of the last: `make` may tell one thing that
    /// nobody has taken yet, and waits before it tells another.
    ///
    /// Stops when `take` breaks, as soon as `make` is through with its item, and returns what it broke with.
    pub fn one_ahead<T, R, B>(
        &self,
        items: impl IntoIterator<Item = T, IntoIter: Send>,
        mut make: impl FnMut(T, &mut dyn FnMut(R)) + Send,
        mut take: impl FnMut(R) -> ControlFlow<B>,
    ) -> ControlFlow<B>
    where
        R: Send,
    {
        let mut items = items.into_iter();
        if self.has_one_worker() {
            return items.try_for_each(|item| {
                let mut taken = ControlFlow::Continue(());
                make(item, &mut |made| {
                    if taken.is_continue() {
                        taken = take(made);
                    }
                });
                taken
            });
        }
        thread::scope(|scope| {
            let (sender, receiver) = sync_channel(1);
            let maker = scope.spawn(move || {
                let mut is_heard = true;
                while let Some(item) = items.next().filter(|_| is_heard) {
                    make(item, &mut |made| is_heard = sender.send(made).is_ok());
                }
            });
            let taken = receiver.into_iter().try_for_each(&mut take);
            if let Err(panic) = maker.join() {
                resume_unwind(panic);
            }
            taken
        })
    }

    fn has_one_worker(&self) -> bool {
        self.pool.current_num_threads() == 1
    }
}

fn one_slot_per_thread<W>() -> Vec<Mutex<Option<W>>> {
    (0..rayon::current_num_threads()).map(|_| Mutex::new(None)).collect()
}

fn next_chunk(runs: &mut impl Iterator<Item = u64>) -> Vec<u64> {
    runs.by_ref().take(CHUNK).collect()
}

/// One chunk, in order. Each thread works with the state in its own slot, so no lock is ever waited for.
fn compute_chunk<W: Send, R: Send>(
    chunk: &[u64],
    workers: &[Mutex<Option<W>>],
    new_worker: &(impl Fn() -> W + Sync),
    run: &(impl Fn(&mut W, u64) -> R + Sync),
) -> Vec<R> {
    chunk
        .par_iter()
        .map(|&k| {
            let slot = rayon::current_thread_index().unwrap_or(0);
            // A poisoned slot belongs to a run that panicked: its state is not to be trusted any more.
            let mut worker = workers[slot].lock().unwrap_or_else(PoisonError::into_inner);
            run(worker.get_or_insert_with(new_worker), k)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn experiment(threads: usize) -> Experiment {
        Experiment::new(NonZeroUsize::new(threads)).unwrap()
    }

    /// Later runs of a chunk finish first.
    fn uneven(_: &mut (), k: u64) -> u64 {
        std::thread::sleep(std::time::Duration::from_micros(200 - k % 200));
        k * k
    }

    fn squares(threads: usize, runs: u64) -> Vec<u64> {
        let mut seen = Vec::new();
        let ended = experiment(threads).replicate(
            0..runs,
            || (),
            uneven,
            |chunk| {
                seen.extend(chunk);
                ControlFlow::<()>::Continue(())
            },
        );
        assert!(ended.is_continue());
        seen
    }

    #[test]
    fn results_arrive_in_order_whatever_the_threads() {
        let expected: Vec<u64> = (0..1000).map(|k| k * k).collect();
        for threads in [1, 2, 7, 16] {
            assert_eq!(squares(threads, 1000), expected);
        }
    }

    #[test]
    fn no_runs_is_no_work() {
        assert!(squares(2, 0).is_empty());
    }

    #[test]
    fn workers_are_reused() {
        let made = AtomicUsize::new(0);
        let new_worker = || made.fetch_add(1, Ordering::Relaxed);
        let _ = experiment(3).replicate(0..1000, new_worker, |_, k| k, |_| ControlFlow::<()>::Continue(()));
        assert!(made.into_inner() <= 3);
    }

    #[test]
    fn a_sink_that_breaks_stops_the_work() {
        let computed = AtomicUsize::new(0);
        let count = |(): &mut (), _| computed.fetch_add(1, Ordering::Relaxed);
        let ended = experiment(2).replicate(0..1_000_000, || (), count, |_| ControlFlow::Break("enough"));
        assert_eq!(ended, ControlFlow::Break("enough"));
        assert!(computed.into_inner() <= 2 * CHUNK);
    }

    /// A thing tells that it begins and that it is done.
    fn make_two_of(item: u32, tell: &mut dyn FnMut(u32)) {
        tell(2 * item);
        std::thread::sleep(std::time::Duration::from_micros(100));
        tell(2 * item + 1);
    }

    #[test]
    fn what_is_made_ahead_is_taken_in_order() {
        for threads in [1, 2] {
            let mut seen = Vec::new();
            let ended = experiment(threads).one_ahead(0..50, make_two_of, |made| {
                seen.push(made);
                ControlFlow::<()>::Continue(())
            });
            assert!(ended.is_continue());
            assert_eq!(seen, (0..100).collect::<Vec<_>>());
        }
    }

    #[test]
    fn nothing_is_made_that_is_not_taken() {
        for (threads, most) in [(1, 1), (2, 4)] {
            let made = AtomicUsize::new(0);
            let count = |item, tell: &mut dyn FnMut(u32)| {
                made.fetch_add(1, Ordering::Relaxed);
                tell(item);
            };
            let ended = experiment(threads).one_ahead(0..1_000, count, ControlFlow::Break);
            assert_eq!(ended, ControlFlow::Break(0));
            assert!(made.into_inner() <= most);
        }
    }

    #[test]
    #[should_panic(expected = "a broken run")]
    fn a_panic_of_the_maker_goes_on() {
        let broken = |_, _: &mut dyn FnMut(())| panic!("a broken run");
        let _ = experiment(2).one_ahead(0..1, broken, |()| ControlFlow::<()>::Continue(()));
    }
}
