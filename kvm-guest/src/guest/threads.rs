//! The threads of the vCPUs: started together, interrupted until they end, and never left behind.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::process::abort;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::{Builder, Scope, ScopedJoinHandle, scope, sleep};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use rustix::process::{Pid, getpid};
use rustix::thread::gettid;
use vmm_sys_util::signal::{SIGRTMIN, register_signal_handler};

/// The time that a vCPU may take to come out of KVM_RUN. It does not run at all while the host swaps.
const KICKED: Duration = Duration::from_secs(30);

/// The work of one thread. It ends when the common flag is set and a signal has interrupted its system call.
pub(super) struct Job<'a> {
    name: String,
    /// The size of its stack in bytes; the system's choice if there is none.
    stack: Option<usize>,
    run: Box<dyn FnOnce() -> Result<()> + Send + 'a>,
}

impl<'a> Job<'a> {
    /// A job on a thread of this name.
    pub fn new(name: String, run: impl FnOnce() -> Result<()> + Send + 'a) -> Self {
        Self {
            name,
            stack: None,
            run: Box::new(run),
        }
    }
}

/// A thread that was started.
struct Started<'scope> {
    handle: ScopedJoinHandle<'scope, Result<()>>,
    /// The kernel's number of it, once it runs.
    id: Arc<OnceLock<Pid>>,
}

/// Does each job on a thread of its own and `work` on this one. Then it sets `stop` and interrupts the threads until they end,
/// also where a thread could not be started or `work` panicked.
///
/// # Errors
/// A thread could not be started, or a job failed. The result of `work` is dropped then.
pub(super) fn beside<T>(
    jobs: Vec<Job<'_>>,
    stop: &AtomicBool,
    work: impl FnOnce() -> T,
) -> Result<T> {
    let kick = SIGRTMIN();
    register_signal_handler(kick, ignore)
        .map_err(|error| anyhow!("no handler for signal {kick}: {error}"))?;
    scope(|scope| {
        let mut threads = Vec::new();
        let started: Result<()> = jobs.into_iter().try_for_each(|job| {
            threads.push(start(scope, job)?);
            Ok(())
        });
        // The scope waits for the threads, so that nothing may leave it before they were told to stop.
        let done = started.map(|()| catch_unwind(AssertUnwindSafe(work)));
        stop.store(true, Ordering::Release);
        let ends: Vec<_> = threads
            .into_iter()
            .map(|thread| end(thread, kick))
            .collect();
        let done = done?.unwrap_or_else(|panic| resume_unwind(panic));
        for went in ends {
            went.unwrap_or_else(|panic| resume_unwind(panic))?;
        }
        Ok(done)
    })
}

fn start<'scope>(scope: &'scope Scope<'scope, '_>, job: Job<'scope>) -> Result<Started<'scope>> {
    let Job { name, stack, run } = job;
    let id = Arc::new(OnceLock::new());
    let own_id = Arc::clone(&id);
    let mut builder = Builder::new().name(name.clone());
    if let Some(stack) = stack {
        builder = builder.stack_size(stack);
    }
    let handle = builder.spawn_scoped(scope, move || {
        own_id.get_or_init(gettid);
        run()
    });
    Ok(Started {
        handle: handle.with_context(|| format!("cannot start the thread {name}"))?,
        id,
    })
}

/// Interrupts the thread until it has ended; its result, or its panic.
fn end(thread: Started<'_>, kick: i32) -> Result<Result<()>, Box<dyn Any + Send>> {
    let start = Instant::now();
    // More than once: a signal that comes just before KVM_RUN does not end it.
    while !thread.handle.is_finished() {
        if let Some(&id) = thread.id.get() {
            interrupt(id, kick);
        }
        sleep(Duration::from_millis(1));
        if start.elapsed() > KICKED {
            // A panic would wait for that very thread.
            eprintln!(
                "eoi-kvm-guest: a vCPU did not come out of KVM_RUN in {KICKED:?}: this KVM is broken"
            );
            abort();
        }
    }
    thread.handle.join()
}

/// Sends the signal to the thread. A `pthread_t` would not do: with musl it is a pointer, which no other thread may have.
fn interrupt(thread: Pid, signal: i32) {
    let (process, thread) = (
        getpid().as_raw_nonzero().get(),
        thread.as_raw_nonzero().get(),
    );
    // SAFETY: the system call takes three numbers and touches no memory. The signal's handler does nothing, so that a thread of this
    // process that got the number of one that has just ended is not harmed.
    unsafe { libc::syscall(libc::SYS_tgkill, process, thread, signal) };
}

/// The signal only has to interrupt KVM_RUN.
extern "C" fn ignore(_: libc::c_int, _: *mut libc::siginfo_t, _: *mut libc::c_void) {}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU32;

    use anyhow::bail;

    use super::*;

    /// Sleeps as a vCPU does: in system calls that only a signal ends before their time.
    fn sleeps(stop: &AtomicBool) -> Result<()> {
        while !stop.load(Ordering::Acquire) {
            let mut left = libc::timespec {
                tv_sec: 600,
                tv_nsec: 0,
            };
            // SAFETY: both pointers are to a timespec that lives on.
            unsafe { libc::nanosleep(&left, &raw mut left) };
        }
        Ok(())
    }

    /// Whether it returns in less than a minute, which is no matter of chance.
    fn soon<T>(work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let done = work();
        assert!(start.elapsed() < Duration::from_secs(60));
        done
    }

    #[test]
    fn threads_in_a_system_call_are_interrupted_when_the_work_is_done() {
        let stop = AtomicBool::new(false);
        let jobs = (0..2)
            .map(|number| Job::new(format!("sleeper{number}"), || sleeps(&stop)))
            .collect();
        assert_eq!(soon(|| beside(jobs, &stop, || 7)).expect("done"), 7);
    }

    #[test]
    fn a_thread_that_cannot_start_stops_the_others_and_is_an_error() {
        let (stop, worked) = (AtomicBool::new(false), AtomicU32::new(0));
        let first = Job::new("first".into(), || sleeps(&stop));
        // No address space has room for this stack.
        let second = Job {
            stack: Some(1 << 60),
            ..Job::new("second".into(), || Ok(()))
        };
        let error = soon(|| {
            beside(vec![first, second], &stop, || {
                worked.fetch_add(1, Ordering::Relaxed)
            })
        });
        assert!(
            error
                .expect_err("no room")
                .to_string()
                .contains("cannot start the thread second")
        );
        assert_eq!(worked.into_inner(), 0, "the guest is not whole");
    }

    #[test]
    fn a_panic_and_an_error_end_the_threads() {
        let stop = AtomicBool::new(false);
        let panics = || {
            beside(
                vec![Job::new("sleeper".into(), || sleeps(&stop))],
                &stop,
                || panic!("the work"),
            )
        };
        assert!(soon(|| catch_unwind(AssertUnwindSafe(panics))).is_err());
        let stop = AtomicBool::new(false);
        let jobs = vec![
            Job::new("fails".into(), || bail!("it left KVM_RUN")),
            Job::new("sleeper".into(), || sleeps(&stop)),
        ];
        assert_eq!(
            soon(|| beside(jobs, &stop, || ()))
                .expect_err("failed")
                .to_string(),
            "it left KVM_RUN"
        );
    }
}
