//! Linux audit records: one record, or all records of one event joined by their serial.

use engine_event::{Kind, Record};
use std::borrow::Cow;

/// The head of one audit record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head<'t> {
    /// Machine name, where the log comes from several.
    pub node: Option<&'t str>,
    /// `SYSCALL`, `EXECVE`, …; absent in records of the kernel's own log.
    pub kind: Option<&'t str>,
    /// Seconds since the epoch with three decimals.
    pub time: &'t str,
    /// Number of the event within its second.
    pub serial: &'t str,
    /// What follows.
    pub body: &'t str,
}

/// Reads the head of a record: `type=SYSCALL msg=audit(1490995752.404:20614537): …`.
#[must_use]
pub fn head(text: &str) -> Option<Head<'_>> {
    let mut rest = text.trim_start();
    // The kernel's own log: `[   12.345] audit: type=1400 audit(…): …`.
    rest = rest.strip_prefix("audit: ").unwrap_or(rest);
    let mut node = None;
    if let Some(after) = rest.strip_prefix("node=") {
        let (name, after) = after.split_once(' ')?;
        node = Some(name);
        rest = after;
    }
    let mut kind = None;
    if let Some(after) = rest.strip_prefix("type=") {
        let (name, after) = after.split_once(' ')?;
        kind = Some(name);
        rest = after;
    }
    let rest = rest.strip_prefix("msg=").unwrap_or(rest);
    let rest = rest.strip_prefix("audit(")?;
    let (stamp, body) = rest.split_once(')')?;
    let (time, serial) = stamp.split_once(':')?;
    let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    if !digits(time) || !digits(serial) {
        return None;
    }
    let body = body.strip_prefix(':').unwrap_or(body).trim_start();
    Some(Head { node, kind, time, serial, body })
}

/// Reads one or more records (one per line, of one serial) into `record`.
///
/// `type` becomes a list of the record types. The arguments of `EXECVE` are `a0`, `a1`, …;
/// those of the system call then go by `syscall_a0`, …. `CommandLine` is made of the
/// arguments, or of `proctitle`. Values that the kernel writes in hexadecimal are decoded.
pub fn decode(text: &str, record: &mut Record) -> bool {
    let mut first = true;
    let joined = text.contains("type=EXECVE");
    let mut command = String::new();
    for line in text.lines() {
        let Some(head) = head(line) else { continue };
        if first {
            if let Some(node) = head.node {
                record.push_text("node", node);
            }
            record.push("time", head.time, Kind::Number);
            record.push("serial", head.serial, Kind::Number);
            first = false;
        }
        let kind = head.kind.map_or_else(|| "UNKNOWN".into(), record_type);
        record.push_element("type", &kind, Kind::Text);
        if &*kind == "EXECVE" {
            execve(head.body, record, &mut command);
        } else {
            body(head.body, joined && &*kind == "SYSCALL", record);
        }
    }
    if !command.is_empty() {
        record.push_text("CommandLine", &command);
    }
    !first
}

/// The name of a record type that is given by number only.
fn record_type(kind: &str) -> Cow<'_, str> {
    let Some(number) = kind.strip_prefix("UNKNOWN[").and_then(|k| k.strip_suffix(']')) else { return kind.into() };
    match number {
        "1327" => "PROCTITLE".into(),
        "1334" => "BPF".into(),
        "1420" => "CONTAINER_ID".into(),
        _ => kind.into(),
    }
}

fn body(text: &str, rename_args: bool, record: &mut Record) {
    let text = avc(text, record);
    pairs(text, &mut |name, value, quoted| {
        if record.len() >= super::windows::MAX_FIELDS {
            return;
        }
        // The message of a user-space record holds pairs of its own.
        if name == "msg" && value.contains('=') {
            pairs(value, &mut |name, value, quoted| {
                record.push_text(name, &decoded(name, value, quoted));
            });
            return;
        }
        let value = decoded(name, value, quoted);
        if rename_args && matches!(name, "a0" | "a1" | "a2" | "a3") {
            record.push_text(&format!("syscall_{name}"), &value);
        } else {
            record.push_text(name, &value);
        }
    });
}

/// SELinux writes `avc:  denied  { read write } for  pid=…`.
fn avc<'t>(text: &'t str, record: &mut Record) -> &'t str {
    let Some(rest) = text.strip_prefix("avc:") else { return text };
    let Some((result, rest)) = rest.trim_start().split_once('{') else { return text };
    let Some((permissions, rest)) = rest.split_once('}') else { return text };
    record.push_text("seresult", result.trim());
    for permission in permissions.split_whitespace() {
        record.push_element("seperms", permission, Kind::Text);
    }
    rest.trim_start().strip_prefix("for").unwrap_or(rest)
}

/// Arguments of a started program; long ones come in parts `a1[0]`, `a1[1]`.
fn execve(text: &str, record: &mut Record, command: &mut String) {
    let mut args: Vec<(String, String)> = Vec::new();
    pairs(text, &mut |name, value, quoted| {
        if name == "argc" {
            record.push_text("argc", value);
            return;
        }
        if name.ends_with("_len") || args.len() >= super::windows::MAX_FIELDS {
            return;
        }
        let value = decoded(name, value, quoted);
        let (base, part) = name.split_once('[').map_or((name, false), |(base, _)| (base, true));
        match args.last_mut().filter(|(last, _)| part && last == base) {
            Some((_, text)) => text.push_str(&value),
            None => args.push((base.to_owned(), value.into_owned())),
        }
    });
    for (name, value) in &args {
        record.push_text(name, value);
        if !command.is_empty() {
            command.push(' ');
        }
        command.push_str(value);
    }
}

/// Gives each `name=value` to `add`, with whether the value was in double quotes.
///
/// The separator 0x1d, after which `auditd` adds its translations, counts as a space.
fn pairs(text: &str, add: &mut dyn FnMut(&str, &str, bool)) {
    let space = |c: char| c == ' ' || c == '\u{1d}' || c == ',';
    let mut rest = text.trim_start_matches(space);
    while let Some((name, after)) = rest.split_once('=') {
        // A word without an assignment before the name is passed over.
        let name = name.rsplit(space).next().unwrap_or(name);
        let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''));
        let (value, next) = match quote.and_then(|q| after.get(1..).and_then(|t| Some((t, t.find(q)?)))) {
            Some((inner, end)) => (inner.get(..end).unwrap_or_default(), inner.get(end + 1..).unwrap_or_default()),
            None => after.find([' ', '\u{1d}']).map_or((after, ""), |end| after.split_at(end)),
        };
        if !name.is_empty() {
            add(name, value, quote == Some('"'));
        }
        rest = next.trim_start_matches(space);
    }
}

/// Fields that the kernel or a daemon writes in hexadecimal when they hold blanks or quotes.
fn decoded<'t>(name: &str, value: &'t str, quoted: bool) -> Cow<'t, str> {
    let may_be_hex = matches!(
        name,
        "comm"
            | "exe"
            | "name"
            | "cwd"
            | "proctitle"
            | "cmd"
            | "acct"
            | "path"
            | "key"
            | "data"
            | "dir"
            | "file"
            | "watch"
            | "grp"
            | "new_group"
            | "old"
            | "vm"
            | "ocomm"
            | "saddr_path"
    ) || name.strip_prefix('a').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let is_hex = value.len() >= 2
        && value.len().is_multiple_of(2)
        && value.bytes().all(|b| b.is_ascii_digit() || (b'A'..=b'F').contains(&b));
    // A plain number of an argument stays one.
    if quoted || !may_be_hex || !is_hex || (name.starts_with('a') && value.len() < 4) {
        return value.into();
    }
    let Ok(bytes) = hex::decode(value) else { return value.into() };
    let text = String::from_utf8_lossy(&bytes);
    let text = text.trim_end_matches('\0');
    text.replace('\0', " ").replace('\u{1}', ",").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joined_event() {
        let text = "type=SYSCALL msg=audit(1490995752.404:20): arch=c000003e syscall=59 success=yes a0=55df a1=1 comm=\"cat\" exe=\"/bin/cat\" key=\"x\"\u{1d}ARCH=x86_64 SYSCALL=execve UID=\"root\"\n\
                    type=EXECVE msg=audit(1490995752.404:20): argc=3 a0=\"cat\" a1=2F746D702F6120622E747874 a2=\"10\"\n\
                    type=PATH msg=audit(1490995752.404:20): item=0 name=\"/bin/cat\" mode=0100755";
        let mut record = Record::new();
        assert!(decode(text, &mut record));
        assert_eq!(record.get_all("type").map(|f| f.text).collect::<Vec<_>>(), ["SYSCALL", "EXECVE", "PATH"]);
        for (name, want) in [
            ("serial", "20"),
            ("CommandLine", "cat /tmp/a b.txt 10"),
            ("syscall_a0", "55df"),
            ("a0", "cat"),
            ("SYSCALL", "execve"),
            ("name", "/bin/cat"),
        ] {
            assert_eq!(record.text(name), Some(want), "{name}");
        }
    }

    #[test]
    fn user_messages_and_denials() {
        let mut record = Record::new();
        assert!(decode(
            "type=USER_LOGIN msg=audit(1492896301.818:19955): pid=12635 uid=0 msg='op=login acct=28696E76616C6964207573657229 exe=\"/usr/sbin/sshd\" addr=192.0.2.1 res=failed'",
            &mut record
        ));
        assert_eq!((record.text("acct"), record.text("res")), (Some("(invalid user)"), Some("failed")));
        let mut record = Record::new();
        assert!(decode(
            "type=AVC msg=audit(1170021493.977:293): avc:  denied  { read write } for  pid=13010 comm=\"pickup\"",
            &mut record
        ));
        assert_eq!((record.text("seresult"), record.text("comm")), (Some("denied"), Some("pickup")));
        assert!(!decode("type=x", &mut Record::new()));
    }
}
