//! A connection with time limits on both directions, for a server that has none of its own.

use crate::Counters;
use crate::counters::add;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

/// Breaks a connection on which nothing arrives for too long, or whose other end does not read what it is
/// answered. The idle time runs from the last bytes that arrived: its timer must stay while a read waits, for
/// nothing else wakes a connection without traffic.
pub(crate) struct Patient<S> {
    stream: S,
    counters: Arc<Counters>,
    idle: Wait,
    unread: Wait,
}

/// A time limit that runs while something is waited for.
struct Wait {
    most: Duration,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Wait {
    const fn new(most: Duration) -> Self {
        Self { most, timer: None }
    }

    /// Whether the waiting has taken too long; to be asked whenever it goes on.
    fn is_over(&mut self, cx: &mut Context<'_>) -> bool {
        let most = self.most;
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(Instant::now() + most)));
        timer.as_mut().poll(cx).is_ready()
    }

    fn end(&mut self) {
        self.timer = None;
    }
}

impl<S> Patient<S> {
    pub(crate) const fn new(stream: S, counters: Arc<Counters>, idle: Duration, unread: Duration) -> Self {
        Self { stream, counters, idle: Wait::new(idle), unread: Wait::new(unread) }
    }

    fn wrote<T>(&mut self, cx: &mut Context<'_>, polled: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if polled.is_ready() {
            self.unread.end();
        } else if self.unread.is_over(cx) {
            self.unread.end();
            add(&self.counters.connections_slow, 1);
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "answers are not read")));
        }
        polled
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_read(cx, buf);
        if polled.is_ready() {
            self.idle.end();
        } else if self.idle.is_over(cx) {
            self.idle.end();
            add(&self.counters.connections_idle, 1);
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "nothing arrives")));
        }
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.wrote(cx, polled)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_flush(cx);
        self.wrote(cx, polled)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.wrote(cx, polled)
    }
}
