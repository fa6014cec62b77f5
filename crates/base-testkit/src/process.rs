//! A child process that never outlives its test.

use crate::wait;
use rustix::process::{Pid, Signal, kill_process};
use std::io::{BufRead, BufReader, Read};
use std::net::{TcpListener, UdpSocket};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// A port on which nothing listens, neither TCP nor UDP.
///
/// # Panics
/// When the machine has none.
#[must_use]
pub fn free_port() -> u16 {
    for _ in 0..100 {
        let tcp = TcpListener::bind(("127.0.0.1", 0)).expect("a loopback port");
        let port = tcp.local_addr().expect("the address of a bound socket").port();
        if UdpSocket::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
    panic!("no port is free for both TCP and UDP");
}

/// A running program whose output is kept line by line. Killed when dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
    name: String,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Process {
    /// Starts a program; its standard output and error are read together.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn start(command: &mut Command) -> Self {
        let name = command.get_program().to_string_lossy().into_owned();
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|e| panic!("{name} cannot be started: {e}"));
        let lines = Arc::default();
        if let Some(out) = child.stdout.take() {
            keep(out, &lines);
        }
        if let Some(err) = child.stderr.take() {
            keep(err, &lines);
        }
        Self { child, name, lines }
    }

    /// Everything it has said so far.
    #[must_use]
    pub fn output(&self) -> Vec<String> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits for a line and returns what `pick` makes of it.
    ///
    /// # Panics
    /// When the program ends or [`wait::PATIENCE`] passes without such a line; shows its output.
    pub fn wait_for<T>(&mut self, what: &str, pick: impl Fn(&str) -> Option<T>) -> T {
        let mut ended = None;
        let found = wait::within(wait::PATIENCE, || {
            // Asked before looking, so that the last words of an ended program are still read.
            let over = self.child.try_wait().ok().flatten();
            let found = self.output().iter().find_map(|l| pick(l));
            if found.is_none() {
                ended = over;
            }
            (found.is_some() || ended.is_some()).then_some(found)
        });
        found.flatten().unwrap_or_else(|| {
            panic!("{} did not say {what} (ended: {ended:?}); it said:\n{}", self.name, self.output().join("\n"))
        })
    }

    /// The operating system's number of the process.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it as a power cut would: SIGKILL, no chance to tidy up.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Asks it to stop as Ctrl-C does.
    ///
    /// # Panics
    /// When the signal cannot be sent.
    pub fn interrupt(&self) {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).expect("a process id");
        kill_process(pid, Signal::INT).expect("a signal to our own child");
    }

    /// Waits for its end.
    ///
    /// # Panics
    /// When it does not end within [`wait::PATIENCE`].
    pub fn wait(&mut self) -> ExitStatus {
        let name = self.name.clone();
        wait::eventually(&format!("the end of {name}"), || self.child.try_wait().ok().flatten())
    }

    /// Whether it is still running.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            // The readers may still hold the last lines for a moment.
            let _ = wait::within(Duration::from_millis(100), || None::<()>);
            let lines = self.output();
            let from = lines.len().saturating_sub(60);
            let tail: Vec<_> = lines.iter().skip(from).map(String::as_str).collect();
            eprintln!("the last words of {}:\n{}", self.name, tail.join("\n"));
        }
    }
}

fn keep(from: impl Read + Send + 'static, lines: &Arc<Mutex<Vec<String>>>) {
    let lines = Arc::clone(lines);
    std::thread::spawn(move || {
        for line in BufReader::new(from).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line).trim_end_matches('\r').to_owned();
            lines.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_is_read_and_a_program_is_killed() {
        let mut process =
            Process::start(Command::new("sh").args(["-c", "echo port 42; echo oops >&2; exec sleep 600"]));
        let port: u16 = process.wait_for("a port", |l| l.strip_prefix("port ")?.parse().ok());
        assert_eq!(port, 42);
        process.wait_for("an error", |l| (l == "oops").then_some(()));
        assert!(process.is_running());
        process.kill();
        assert!(!process.is_running());
    }

    #[test]
    fn interrupt_asks_to_stop() {
        // A shell cannot trap what it was told to ignore, as everything that a script starts with `&` is.
        let script = "trap 'exit 3' INT; echo ready; while :; do sleep 0.05; done";
        let mut process = Process::start(Command::new("env").args(["--default-signal=INT", "sh", "-c", script]));
        process.wait_for("ready", |l| (l == "ready").then_some(()));
        process.interrupt();
        assert_eq!(process.wait().code(), Some(3));
    }
}
