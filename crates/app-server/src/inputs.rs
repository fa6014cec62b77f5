//! The network inputs, from the settings: syslog over UDP, TCP and TLS, RELP.

use crate::config::Config;
use crate::data_dir::DataDir;
use crate::tls;
use anyhow::{Context, Result};
use base_core::SharedClock;
use engine_intake::{
    Certificates, Input, Quota, Relp, SyslogTcp, SyslogTls, SyslogUdp, TcpOptions, TlsFiles, UdpOptions,
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
) -> Result<Vec<Box<dyn Input>>> {
    let quota = Quota { events_per_second: config.source_quota, ..Quota::NONE };
    let options = TcpOptions { quota, ..TcpOptions::default() };
    let mut inputs: Vec<Box<dyn Input>> = Vec::new();
    if let Some(addr) = config.syslog_udp {
        let options = UdpOptions { quota, ..UdpOptions::default() };
        let input = SyslogUdp::bind(addr, Arc::clone(clock), options).await;
        inputs.push(Box::new(input.with_context(|| cannot("syslog over UDP", "syslog-udp"))?));
    }
    if let Some(addr) = config.syslog_tcp {
        let input = SyslogTcp::bind(addr, Arc::clone(clock), options.clone()).await;
        inputs.push(Box::new(input.with_context(|| cannot("syslog over TCP", "syslog-tcp"))?));
    }
    if let Some(addr) = config.relp {
        let input = Relp::bind(addr, Arc::clone(clock), options.clone(), None).await;
        inputs.push(Box::new(input.with_context(|| cannot("RELP", "relp"))?));
    }
    if config.syslog_tls.is_none() && config.relp_tls.is_none() {
        return Ok(inputs);
    }
    let certificates = certificates(config, data, clock, names)?;
    if let Some(addr) = config.syslog_tls {
        let input = SyslogTls::bind(addr, Arc::clone(clock), options.clone(), Arc::clone(&certificates)).await;
        inputs.push(Box::new(input.with_context(|| cannot("syslog over TLS", "syslog-tls"))?));
    }
    if let Some(addr) = config.relp_tls {
        let input = Relp::bind(addr, Arc::clone(clock), options, Some(certificates)).await;
        inputs.push(Box::new(input.with_context(|| cannot("RELP over TLS", "relp-tls"))?));
    }
    Ok(inputs)
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
