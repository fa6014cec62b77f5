//! Ports and the mail server.

use crate::codes;
use engine_doctor::{Listen, MailServer, Transport, mail, ports};
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, UdpSocket};

fn listen(address: SocketAddr, transport: Transport) -> Listen {
    Listen { setting: "syslog-tcp".to_owned(), address, transport }
}

#[test]
fn a_port_that_is_taken_is_told_with_who_has_it() {
    let tcp = TcpListener::bind("127.0.0.1:0").expect("a port");
    let udp = UdpSocket::bind("127.0.0.1:0").expect("a port");
    let (tcp_at, udp_at) = (tcp.local_addr().expect("bound"), udp.local_addr().expect("bound"));
    let both = [listen(tcp_at, Transport::Tcp), listen(udp_at, Transport::Udp)];
    let taken = ports(&both, None);
    assert_eq!(codes(&taken), ["port-taken", "port-taken"]);
    let pid = std::process::id();
    for finding in &taken {
        assert!(finding.evidence.contains(&format!("({pid})")), "{}", finding.evidence);
    }
    assert_eq!(codes(&ports(&both, Some(pid))), ["port-own", "port-own"]);
    drop((tcp, udp));
    assert_eq!(codes(&ports(&both, None)), ["port-free", "port-free"]);
    // An address of the documentation (RFC 5737), which no machine has.
    let elsewhere = [listen("192.0.2.1:5514".parse().expect("an address"), Transport::Tcp)];
    assert_eq!(codes(&ports(&elsewhere, None)), ["port-no-address"]);
}

/// A mail server that says these lines, one answer per request, and is gone then.
fn says(answers: &'static [&'static str]) -> MailServer {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("bound").port();
    std::thread::spawn(move || {
        let Ok((mut stream, _)) = listener.accept() else { return };
        let mut reader = BufReader::new(stream.try_clone().expect("a second handle"));
        for answer in answers {
            if stream.write_all(answer.as_bytes()).is_err() || reader.read_line(&mut String::new()).is_err() {
                return;
            }
        }
    });
    MailServer { host: "127.0.0.1".to_owned(), port, tls: false, password: false }
}

#[test]
fn a_mail_server_is_asked_what_it_offers() {
    let good =
        says(&["220 mail.example ready\r\n", "250-mail.example\r\n250-SIZE 1\r\n250 STARTTLS\r\n", "221 bye\r\n"]);
    assert_eq!(codes(&mail(&good)), ["mail-well"]);
    let clear = &["220 mail.example ready\r\n", "250-mail.example\r\n250 SIZE 1\r\n"];
    assert_eq!(codes(&mail(&says(clear))), ["mail-clear"]);
    assert_eq!(codes(&mail(&MailServer { password: true, ..says(clear) })), ["mail-clear-password"]);
    assert_eq!(codes(&mail(&says(&["SSH-2.0-OpenSSH_9.2\r\n"]))), ["mail-answer"]);
    let endless = says(&["220 x\r\n", "250-a\r\n250-a\r\n250-a\r\n250-a\r\n"]);
    assert_eq!(codes(&mail(&endless)), ["mail-answer"], "an answer without an end");
    let closed = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("bound").port();
    let closed = MailServer { host: "127.0.0.1".to_owned(), port: closed, tls: false, password: false };
    assert_eq!(codes(&mail(&closed)), ["mail-unreachable"]);
    let nowhere = MailServer { host: "mail.invalid".to_owned(), ..closed };
    assert_eq!(codes(&mail(&nowhere)), ["mail-name"]);
}

#[test]
fn addresses_of_mail_servers() {
    let of = |url: &str| MailServer::parse(url).map(|s| (s.host, s.port, s.tls, s.password));
    assert_eq!(of("smtp://mail.example"), Some(("mail.example".into(), 25, false, false)));
    assert_eq!(of("smtps://u:p@s@mail.example"), Some(("mail.example".into(), 465, true, true)));
    assert_eq!(of("smtp+starttls://mail.example"), Some(("mail.example".into(), 587, false, true)));
    assert_eq!(of("smtp://u@[::1]:2525/x?tls=required"), Some(("::1".into(), 2525, false, false)));
    for wrong in ["http://x", "smtp://", "smtp://x:port", "smtp://[::1", "mail.example"] {
        assert_eq!(of(wrong), None, "{wrong}");
    }
}
