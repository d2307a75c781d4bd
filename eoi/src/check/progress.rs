//! How far a long check is: a bar on a terminal, a line every half a minute elsewhere.

use std::io::{IsTerminal, Write};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// The time between two lines where no bar can be drawn.
const EVERY: Duration = Duration::from_secs(30);

/// The bar or line that is shown until it is dropped.
pub struct Progress {
    bar: ProgressBar,
    /// Its end is the speaking thread's.
    _speaks: Option<Sender<()>>,
}

impl Progress {
    /// Of so many configurations, on stderr.
    #[must_use]
    pub fn new(configurations: u64) -> Self {
        let style = ProgressStyle::with_template(
            "{bar:30} {pos}/{len} configurations, {elapsed}, some {eta} left: {wide_msg}",
        )
        .unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = ProgressBar::new(configurations).with_style(style); // drawn on a terminal only
        let speaks = if std::io::stderr().is_terminal() {
            bar.enable_steady_tick(Duration::from_millis(200));
            None
        } else {
            Some(speak(bar.clone(), EVERY, std::io::stderr()))
        };
        Self {
            bar,
            _speaks: speaks,
        }
    }

    /// Says what is being searched.
    pub fn at(&self, what: String) {
        self.bar.set_message(what);
    }

    /// One more is done.
    pub fn done(&self) {
        self.bar.inc(1);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// Writes a line every so often, on a thread of its own: a single search may take longer than that. It ends with the sender.
fn speak(bar: ProgressBar, every: Duration, mut to: impl Write + Send + 'static) -> Sender<()> {
    let (speaks, ended) = channel();
    std::thread::spawn(move || {
        while ended.recv_timeout(every) == Err(RecvTimeoutError::Timeout) {
            let _ = writeln!(to, "{}", line(&bar)); // nobody reads it: the check goes on
        }
    });
    speaks
}

fn line(bar: &ProgressBar) -> String {
    let (done, all) = (bar.position(), bar.length().unwrap_or(0));
    let time = bar.elapsed().as_secs();
    format!(
        "eoi: {done}/{all} configurations, {time} s{}: {}",
        left(done, all, time),
        bar.message()
    )
}

/// The time that is left, if the rest takes as long as what is done; nothing before anything is.
fn left(done: u64, all: u64, seconds: u64) -> String {
    const MINUTE: u64 = 60;
    let Some(left) = (seconds * all.saturating_sub(done)).checked_div(done) else {
        return String::new();
    };
    match left {
        0 => String::new(),
        left if left < 2 * MINUTE => format!(", some {left} s left"),
        left => format!(", some {} min left", left.div_ceil(MINUTE)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct To(Sender<String>);

    impl Write for To {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            let _ = self.0.send(String::from_utf8_lossy(bytes).into_owned());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn the_time_that_is_left_is_that_of_what_was_done() {
        assert_eq!(left(0, 7, 30), "");
        assert_eq!(left(7, 7, 30), "");
        assert_eq!(left(100, 300, 30), ", some 60 s left");
        assert_eq!(left(100, 1100, 30), ", some 5 min left");
    }

    #[test]
    fn a_check_without_a_terminal_says_how_far_it_is_until_it_ends() {
        let bar = ProgressBar::hidden();
        bar.set_length(7);
        bar.inc(2);
        bar.set_message("xive, linux-6.12.57");
        assert_eq!(
            line(&bar),
            "eoi: 2/7 configurations, 0 s: xive, linux-6.12.57"
        );
        let (to, said) = channel();
        let speaks = speak(bar, Duration::from_millis(5), To(to));
        assert!(
            said.recv().is_ok_and(|text| text.contains("2/7")),
            "it speaks while the check goes on"
        );
        drop(speaks);
        let limit = Duration::from_secs(60);
        while let Ok(_) | Err(RecvTimeoutError::Timeout) = said.recv_timeout(limit) {} // ends with the thread
    }
}
