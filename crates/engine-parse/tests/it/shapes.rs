//! One event in many shapes: whoever sends it and however it is wrapped, it ends at the same kind.

use crate::kit::{parse, parse_bytes, parser, received};
use engine_event::EventId;
use engine_parse::{Raw, Transport};

const SHAPES: &[&str] = &[
    r##"{"Event":{"System":{"Provider":{"#attributes":{"Name":"Microsoft-Windows-Security-Auditing"}},"EventID":4625,"TimeCreated":{"#attributes":{"SystemTime":"2026-11-22T01:02:03.456Z"}},"Channel":"Security","Computer":"pc1.example"},"EventData":{"TargetUserName":"an","IpAddress":"192.0.2.7"}}}"##,
    r##"{"event_record_id":1,"timestamp":"x","event":{"Event":{"System":{"EventID":4625,"TimeCreated":{"#attributes":{"SystemTime":"2026-11-22T01:02:03.456Z"}},"Channel":"Security","Computer":"pc1.example"},"EventData":{"TargetUserName":"an","IpAddress":"192.0.2.7"}}}}"##,
    r##"{"@timestamp":"2026-11-22T01:02:03.456Z","winlog":{"event_id":4625,"channel":"Security","computer_name":"pc1.example","event_data":{"TargetUserName":"an","IpAddress":"192.0.2.7"}},"event":{"code":"4625"},"host":{"name":"pc1"}}"##,
    r##"{"EventTime":"2026-11-22 01:02:03.456","Hostname":"pc1.example","EventID":4625,"Channel":"Security","SourceName":"Microsoft-Windows-Security-Auditing","TargetUserName":"an","IpAddress":"192.0.2.7"}"##,
    r##"{"_index":"w","_source":{"@timestamp":"2026-11-22T01:02:03.456Z","winlog":{"event_id":4625,"channel":"Security","computer_name":"pc1.example","event_data":{"TargetUserName":"an","IpAddress":"192.0.2.7"}}}}"##,
    r##"<Event xmlns="u"><System><EventID>4625</EventID><TimeCreated SystemTime="2026-11-22T01:02:03.456Z"/><Channel>Security</Channel><Computer>pc1.example</Computer></System><EventData><Data Name="TargetUserName">an</Data><Data Name="IpAddress">192.0.2.7</Data></EventData></Event>"##,
];

#[test]
fn a_windows_event_ends_at_the_kind_of_its_channel() {
    let mut parser = parser();
    for shape in SHAPES {
        // Also through a token that says otherwise, and inside a syslog line.
        let relayed = format!("<134>1 2026-11-22T01:02:04Z relay.example nxlog - - - {shape}");
        for (text, hint) in
            [(*shape, None), (*shape, Some("microsoft/sysmon")), (*shape, Some("linux/sshd")), (relayed.as_str(), None)]
        {
            let event = parse_bytes(&mut parser, text.as_bytes(), hint);
            assert_eq!(&*event.kind, "microsoft/windows-security", "{text}");
            assert_eq!(event.time.to_string(), "2026-11-22T01:02:03.456Z", "{text}");
            assert_eq!(event.record.text("TargetUserName"), Some("an"), "{text}");
            assert_eq!(event.record.text("EventID"), Some("4625"), "{text}");
            let common = &event.common;
            assert_eq!(
                (
                    common.host_name.as_deref(),
                    common.user_name.as_deref(),
                    common.source_ip.as_deref(),
                    common.event_outcome.as_deref()
                ),
                (Some("pc1.example"), Some("an"), Some("192.0.2.7"), Some("failure")),
                "{text}"
            );
            assert!(!event.marks.unparsed && !event.marks.no_time, "{text}");
        }
    }
}

#[test]
fn a_journal_line_is_read_as_the_program_that_wrote_it() {
    let event = parse(
        r#"{"__REALTIME_TIMESTAMP":"1795309323456789","_HOSTNAME":"web1.example","SYSLOG_IDENTIFIER":"sshd","_PID":"811","MESSAGE":"Failed password for root from 192.0.2.9 port 50111 ssh2","PRIORITY":"6"}"#,
    );
    assert_eq!(&*event.kind, "linux/sshd");
    assert_eq!(
        (event.common.source_ip.as_deref(), event.common.host_name.as_deref()),
        (Some("192.0.2.9"), Some("web1.example"))
    );
    // The journal's time stands in the document, not in the message.
    assert!(!event.marks.no_time, "{:?}", event.time);
}

/// `body` as the intake writes what an OTLP collector read from a file or a syslog.
fn otlp(body: &str) -> String {
    let body = serde_json::to_string(body).expect("JSON");
    format!(
        r#"{{"observed_time":"2026-11-18T11:06:42.5Z","severity_number":9,"body":{body},"attributes":{{"log.file.path":"/var/log/x","tags":["a","b"]}},"resource":{{"host.name":"col1.example"}}}}"#
    )
}

#[test]
fn a_record_inside_otlp_is_read_as_if_it_had_come_alone() {
    let eve = r#"{"timestamp":"2026-11-18T18:06:40.000001+0700","event_type":"alert","src_ip":"192.0.2.9","src_port":5,"dest_ip":"192.0.2.1","dest_port":80,"proto":"TCP","severity_number":"own","alert":{"signature":"x","severity":2}}"#;
    let lines = [
        "<38>Nov 18 18:06:41 db01 sshd[812]: Failed password for root from 203.0.113.9 port 52810 ssh2",
        "<38>1 2026-11-18T18:06:41+07:00 db01 sshd 812 - - Failed password for root from 203.0.113.9 port 52810 ssh2",
        r#"192.0.2.4 - - [18/Nov/2026:18:06:41 +0700] "GET /a HTTP/1.1" 200 5 "-" "curl/8""#,
        "CEF:0|Trend Micro|Deep Security Agent|1|4000000|Eicar|6|src=192.0.2.7",
        "<134>Nov 18 18:06:41 fw1 CEF:0|Fortinet|Fortigate|v7|1|x|3|src=192.0.2.7 dst=192.0.2.8",
        "type=USER_LOGIN msg=audit(1795000001.123:7): pid=1 uid=0 auid=0 ses=1 msg='op=login acct=\"an\" res=failed'",
        "<13>Nov 18 18:06:41 h1 some-program: hello",
        eve,
        SHAPES[0],
        SHAPES[5],
    ];
    let mut parser = parser();
    for line in lines {
        let alone = parse_bytes(&mut parser, line.as_bytes(), None);
        let inside = parse_bytes(&mut parser, otlp(line).as_bytes(), None);
        assert_eq!(&*inside.kind, &*alone.kind, "{line}");
        assert!(!inside.marks.unparsed && !inside.marks.no_time, "{line}: {:?}", inside.marks);
        for field in alone.record.iter() {
            assert_eq!(inside.record.get(field.name), alone.record.get(field.name), "{line}");
        }
        if !alone.marks.no_time {
            assert_eq!(inside.time, alone.time, "{line}");
        }
        assert_eq!(inside.common.source_ip, alone.common.source_ip, "{line}");
        let tags: Vec<_> = inside.record.get_all("attributes.tags").map(|f| f.text).collect();
        assert_eq!(
            (inside.record.text("attributes.log.file.path"), tags),
            (Some("/var/log/x"), vec!["a", "b"]),
            "{line}"
        );
    }
    let eve = parse(&otlp(eve));
    assert_eq!(
        (eve.record.text("severity_number"), eve.record.text("relay.severity_number")),
        (Some("own"), Some("9"))
    );
    let host = parse(&otlp(lines[3])).common.host_name;
    assert_eq!(host.as_deref(), Some("col1.example"), "the collector's word for it, where the record has none");
}

#[test]
fn other_text_inside_otlp_stays_a_record_of_otlp() {
    for body in
        ["hello", "2026-11-18 18:06:42 hello", r#"{"a":1}"#, "{broken", &otlp("Nov 18 18:06:41 h sshd[1]: x"), ""]
    {
        let event = parse(&otlp(body));
        assert_eq!((&*event.kind, event.record.text("body")), ("opentelemetry/log", Some(body)));
        assert_eq!(event.time.to_string(), "2026-11-18T11:06:42.5Z", "{body}");
    }
}

#[test]
fn a_hint_decides_where_the_text_does_not() {
    let line = br#"192.0.2.4 - - [22/Nov/2026:08:00:00 +0700] "GET /a HTTP/1.1" 200 5 "-" "curl/8""#;
    let mut parser = parser();
    assert_eq!(&*parse_bytes(&mut parser, line, None).kind, "web/access");
    assert_eq!(&*parse_bytes(&mut parser, line, Some("nginx/access")).kind, "nginx/access");
    assert_eq!(&*parse_bytes(&mut parser, line, Some("apache/access")).kind, "apache/access");
    let odd = parse_bytes(&mut parser, b"worker started", Some("nginx/access"));
    assert_eq!(&*odd.kind, "nginx/access");
    assert!(odd.marks.unparsed);
}

#[test]
fn what_is_unusual_is_marked() {
    let mut parser = parser();
    let event = parse_bytes(&mut parser, b"no log at all", None);
    assert!(event.marks.unparsed && event.marks.no_time);
    assert_eq!((&*event.kind, event.record.text("message")), ("unknown", Some("no log at all")));
    let event =
        parse_bytes(&mut parser, b"Nov 22 08:00:00 h sshd[1]: Invalid user \xff\xfe from 192.0.2.1 port 2", None);
    assert!(event.marks.not_utf8 && !event.marks.unparsed);
    assert!(event.raw.contains(&0xff), "the raw record keeps its bytes");
    for (time, believed) in
        [("1601-01-01T00:00:00Z", false), ("2099-01-01T00:00:00Z", false), ("2012-03-14T04:17:39Z", true)]
    {
        let text =
            format!(r#"{{"winlog":{{"channel":"System","event_id":7036,"computer_name":"a"}},"@timestamp":"{time}"}}"#);
        let event = parse(&text);
        assert_eq!(!event.marks.no_time, believed, "{time}");
        assert_eq!(event.time == received(), !believed, "{time}");
    }
}

#[test]
fn an_over_long_record_is_cut_and_its_start_is_read() {
    let mut parser = engine_parse::Parser::new(
        crate::kit::catalog(),
        engine_parse::ParserOptions { max_record_bytes: 300, ..engine_parse::ParserOptions::default() },
    );
    let text = format!(
        r#"{{"winlog":{{"channel":"Security","event_id":4688,"event_data":{{"CommandLine":"{}"}}}}}}"#,
        "x".repeat(1000)
    );
    let raw = Raw { bytes: text.as_bytes(), received: received(), hint: None, peer: None, transport: Transport::Http };
    for event in [
        parser.parse(&raw, EventId::default()),
        parser.parse_owned(text.clone().into_bytes(), &raw, EventId::default()),
    ] {
        assert!(event.marks.truncated && !event.marks.unparsed);
        assert_eq!((event.raw.len(), &*event.kind), (300, "microsoft/windows-security"));
    }
}

#[test]
fn the_sender_stands_in_for_a_missing_host_of_syslog() {
    let raw = Raw {
        bytes: b"<189>date=2026-11-22 time=08:00:00 devid=\"FG1\" logid=\"0\" type=\"event\" tz=\"+0700\"",
        received: received(),
        hint: None,
        peer: Some("192.0.2.254"),
        transport: Transport::Syslog,
    };
    let event = parser().parse(&raw, EventId::default());
    assert_eq!(&*event.kind, "fortinet/fortigate");
    assert_eq!(event.common.host_name.as_deref(), Some("FG1"));
    assert_eq!(event.time.to_string(), "2026-11-22T01:00:00Z");
    let event = parser().parse(&Raw { bytes: b"<13>%SYS-5-RESTART: up", ..raw }, EventId::default());
    assert_eq!(event.common.host_name.as_deref(), Some("192.0.2.254"));
}

#[test]
fn a_relay_of_many_programs_keeps_them_apart() {
    let mut parser = parser();
    for (line, kind) in [
        ("Nov 22 08:00:00 web1 sudo: nva : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/sh", "linux/sudo"),
        ("Nov 22 08:00:00 web1 sshd[1]: Failed password for root from 192.0.2.9 port 1 ssh2", "linux/sshd"),
        ("Nov 22 08:00:00 web1 sshd[1]: some text that fits no pattern", "linux/sshd"),
        ("<189>Nov 22 08:00:00: %SYS-5-CONFIG_I: Configured from console by admin on vty0", "cisco/ios"),
        ("Nov 22 08:00:00 web1 own-daemon[1]: started", "linux/sshd"),
    ] {
        assert_eq!(&*parse_bytes(&mut parser, line.as_bytes(), Some("linux/sshd")).kind, kind, "{line}");
    }
}
