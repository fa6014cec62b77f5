//! `mangrove up`: from start to first page, on an empty data folder and on a used one.

use super::{Bench, measure};
use anyhow::{Context, Result, bail};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Longest wait for the first page.
const PATIENCE: Duration = Duration::from_secs(60);

/// Measures and prints.
pub(super) fn run(bench: &Bench) -> Result<()> {
    let data = bench.work.join("server-data");
    println!("\n| server | to the first page s | peak MiB |");
    println!("|---|---|---|");
    let (mut fresh, mut again) = (Vec::new(), Vec::new());
    for _ in 0..bench.runs {
        if data.exists() {
            std::fs::remove_dir_all(&data).context("the data folder of the last run")?;
        }
        fresh.push(start(bench, &data)?);
        again.push(start(bench, &data)?);
    }
    for (name, rows) in [("start on an empty folder", fresh), ("start on a used folder", again)] {
        let wall = measure::middle(rows.iter().map(|r| r.wall));
        let peak = measure::middle(rows.iter().map(|r| r.peak));
        println!("| {name} | {wall:.2} | {peak:.0} |");
    }
    Ok(())
}

/// A running server that is killed when dropped.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(bench: &Bench, data: &Path) -> Result<measure::Row> {
    let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
    let begun = Instant::now();
    let child = Command::new(&bench.program)
        .args(["up", "--http", "--port", &port.to_string(), "--syslog-udp", "off", "--syslog-tcp", "off", "--data"])
        .arg(data)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .context("mangrove up cannot be started")?;
    let mut server = Server(child);
    while !answers(port) {
        if begun.elapsed() > PATIENCE {
            bail!("no page within {PATIENCE:?}");
        }
        if let Some(status) = server.0.try_wait()? {
            bail!("mangrove up ended with {status}");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(measure::Row { wall: begun.elapsed().as_secs_f64(), peak: measure::memory(server.0.id()) })
}

/// Whether the sign-in page comes, following no redirect.
fn answers(port: u16) -> bool {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else { return false };
    let _ = stream.set_read_timeout(Some(Duration::from_secs(10)));
    let request = format!("GET / HTTP/1.1\r\nhost: localhost:{port}\r\nconnection: close\r\n\r\n");
    let mut answer = [0_u8; 16];
    stream.write_all(request.as_bytes()).is_ok() && stream.read(&mut answer).is_ok() && answer.starts_with(b"HTTP/1.1 ")
}
