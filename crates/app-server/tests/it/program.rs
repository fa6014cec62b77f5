//! Running `mangrove` to its end and reading what it said.

use std::ffi::OsStr;
use std::io::Write;
use std::process::{Command, Stdio};

/// The program that cargo built for these tests.
pub(crate) const MANGROVE: &str = env!("CARGO_BIN_EXE_mangrove");

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// A command without settings from the environment of whoever runs the tests.
pub(crate) fn command() -> Command {
    let mut command = Command::new(MANGROVE);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("MANGROVE_")) {
        command.env_remove(name);
    }
    command
}

/// Runs with arguments and, where given, standard input.
pub(crate) fn run<S: AsRef<OsStr>>(arguments: &[S], input: Option<&[u8]>) -> Run {
    let mut child = command()
        .args(arguments)
        .stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("mangrove starts");
    let feeder = input.map(<[u8]>::to_vec).zip(child.stdin.take()).map(|(bytes, mut pipe)| {
        // A program that ends early closes the pipe; what it says is what counts.
        std::thread::spawn(move || drop(pipe.write_all(&bytes)))
    });
    let output = child.wait_with_output().expect("mangrove ends");
    if let Some(feeder) = feeder {
        feeder.join().expect("the feeder ends");
    }
    Run {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).expect("standard output is UTF-8"),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
