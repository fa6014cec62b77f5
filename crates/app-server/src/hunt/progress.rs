//! The progress bar: bytes read, events, detections, rate and time left, on standard error.

use base_core::Lang;
use engine_hunt::{Control, Words};
use indicatif::{ProgressBar, ProgressStyle};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

/// How often the bar is drawn.
const TICK: Duration = Duration::from_millis(120);

/// Draws until `done` hears something or its sender is gone.
pub(crate) fn draw(control: &Control, total_bytes: u64, words: &Words, done: &Receiver<()>) {
    let bar = bar(total_bytes, words.lang());
    let began = Instant::now();
    while done.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
        let now = control.progress();
        // Inputs that say they are shorter than they are (pipes, growing files) move the end.
        bar.set_length(total_bytes.max(now.bytes));
        bar.set_position(now.bytes);
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a rate for people"
        )]
        let rate = (now.events as f64 / began.elapsed().as_secs_f64().max(0.001)) as u64;
        bar.set_message(
            words.ta("hunt-progress", &[("events", &now.events), ("rate", &rate), ("detections", &now.detections)]),
        );
        bar.tick();
    }
    bar.finish_and_clear();
}

fn bar(total: u64, lang: Lang) -> ProgressBar {
    let left = match lang {
        Lang::Vi => "{spinner} [{wide_bar}] {percent}% · {msg} · còn {eta}",
        Lang::En => "{spinner} [{wide_bar}] {percent}% · {msg} · {eta} left",
    };
    // Without a known size (standard input) a bar would lie: only the counts are shown.
    let template = if total == 0 { "{spinner} {msg} · {elapsed}" } else { left };
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(total).with_style(style.progress_chars("█▉▊▋▌▍▎▏ "))
}
