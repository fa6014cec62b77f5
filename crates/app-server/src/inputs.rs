//! The inputs, from the settings: syslog over UDP, TCP and TLS, RELP, HTTP beside the console.

use crate::config::Config;
use crate::data_dir::DataDir;
use crate::tls;
use crate::watched::How;
use anyhow::{Context, Result};
use base_core::SharedClock;
use engine_intake::{
    Certificates, DropFolder, FolderOptions, Gate, HttpOptions, Input, Listener, Quota, SyslogUdp, TailedFolder,
    TcpOptions, TlsFiles, UdpOptions,
};
use std::sync::Arc;

/// Binds every input that is switched on.
///
/// # Errors
/// When an address cannot be bound or a certificate cannot be used; the message names the setting.
pub(crate) async fn bind(
    config: &Config,
    data: &DataDir,
    clock: &SharedClock,
    names: &[String],
    gate: Arc<dyn Gate>,
) -> Result<Vec<Box<dyn Input>>> {
    let quota = quota(config);
    let options = TcpOptions { quota, ..TcpOptions::default() };
    let mut inputs = folders(config, data, clock)?;
    if let Some(addr) = config.syslog_udp {
        let options = UdpOptions { quota, ..UdpOptions::default() };
        let input = SyslogUdp::bind(addr, Arc::clone(clock), options).await;
        inputs.push(Box::new(input.with_context(|| cannot("syslog over UDP", "syslog-udp"))?));
    }
    if let Some(addr) = config.syslog_tcp {
        let input = Listener::syslog_tcp(addr, Arc::clone(clock), options.clone()).await;
        inputs.push(Box::new(input.with_context(|| cannot("syslog over TCP", "syslog-tcp"))?));
    }
    if let Some(addr) = config.relp {
        let input = Listener::relp(addr, Arc::clone(clock), options.clone(), None).await;
        inputs.push(Box::new(input.with_context(|| cannot("RELP", "relp"))?));
    }
    if let Some(addr) = config.intake_http {
        let input = Listener::http(addr, Arc::clone(clock), http_options(config), Arc::clone(&gate), None).await;
        inputs.push(Box::new(input.with_context(|| cannot("events over HTTP", "intake-http"))?));
    }
    if config.syslog_tls.is_none() && config.relp_tls.is_none() && config.intake_https.is_none() {
        return Ok(inputs);
    }
    let certificates = certificates(config, data, clock, names)?;
    if let Some(addr) = config.syslog_tls {
        let input = Listener::syslog_tls(addr, Arc::clone(clock), options.clone(), Arc::clone(&certificates)).await;
        inputs.push(Box::new(input.with_context(|| cannot("syslog over TLS", "syslog-tls"))?));
    }
    if let Some(addr) = config.relp_tls {
        let input = Listener::relp(addr, Arc::clone(clock), options, Some(Arc::clone(&certificates))).await;
        inputs.push(Box::new(input.with_context(|| cannot("RELP over TLS", "relp-tls"))?));
    }
    if let Some(addr) = config.intake_https {
        let input = Listener::http(addr, Arc::clone(clock), http_options(config), gate, Some(certificates)).await;
        inputs.push(Box::new(input.with_context(|| cannot("events over HTTPS", "intake-https"))?));
    }
    Ok(inputs)
}

/// The watched folders, each with its checkpoint in the data folder.
fn folders(config: &Config, data: &DataDir, clock: &SharedClock) -> Result<Vec<Box<dyn Input>>> {
    let mut inputs: Vec<Box<dyn Input>> = Vec::new();
    if config.watched.is_empty() {
        return Ok(inputs);
    }
    let kept = data.join("watched");
    std::fs::create_dir_all(&kept).with_context(|| format!("{} cannot be made", kept.display()))?;
    for one in &config.watched {
        let checkpoint = kept.join(format!("{}.json", one.name));
        let mut options = FolderOptions::new(&one.name, one.folder.clone(), &one.pattern, checkpoint);
        options.quota = quota(config);
        let cannot = || format!("the folder {} cannot be watched", one.name);
        inputs.push(match one.how {
            How::Lines => Box::new(TailedFolder::open(options, Arc::clone(clock)).with_context(cannot)?),
            How::Files => {
                // Records of EVTX are whole documents, longer than lines.
                options.max_record_bytes = 1 << 20;
                Box::new(DropFolder::open(options, Arc::clone(clock)).with_context(cannot)?)
            }
        });
    }
    Ok(inputs)
}

/// What one source may send.
fn quota(config: &Config) -> Quota {
    Quota { events_per_second: config.source_quota, ..Quota::NONE }
}

/// The limits of what comes by HTTP, to the console and to listeners of its own.
pub(crate) fn http_options(config: &Config) -> HttpOptions {
    HttpOptions { quota: quota(config), ..HttpOptions::default() }
}

fn cannot(what: &str, setting: &str) -> String {
    format!("{what} cannot be received; set --{setting} ADDRESS:PORT or off")
}

/// The certificate of the console, given or made at first start, is that of the inputs too.
fn certificates(config: &Config, data: &DataDir, clock: &SharedClock, names: &[String]) -> Result<Arc<Certificates>> {
    let (certificate, key) = match &config.tls {
        Some(given) => given.clone(),
        None => tls::own_files(data, names, &**clock)?,
    };
    let files = TlsFiles {
        certificate,
        key,
        client_ca: config.intake_client_ca.clone(),
        client_required: config.intake_client_required,
    };
    Certificates::load(files)
        .context("the certificates of the inputs cannot be used (--tls-cert, --tls-key, --intake-client-ca)")
}
