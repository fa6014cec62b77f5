//! Windows events as XML, as the Event Viewer exports them and forwarders send them.
//!
//! Only what such events use is read: elements, attributes, text, CDATA and the five named
//! entities with numeric ones. Depth and number of fields are bounded; a document type is refused.

use super::json::Sink;
use engine_event::Kind;

const MAX_DEPTH: usize = 16;

/// Reads one `<Event>…</Event>` and hands its values to `sink` by the paths of `evtx_dump`'s JSON.
///
/// `false` when the text is not such an element or is not well formed; what came before the mistake was handed over.
pub fn decode(text: &str, sink: &mut dyn Sink) -> bool {
    let Some(start) = text.find("<Event").filter(|_| !text.contains("<!DOCTYPE")) else { return false };
    let rest = text.get(start..).unwrap_or_default();
    if !rest.get(6..).is_some_and(|t| t.starts_with([' ', '>', '\t', '\r', '\n'])) {
        return false;
    }
    Reader { rest, path: String::new(), depth: 0, sink }.element().is_some()
}

struct Reader<'t, 's> {
    rest: &'t str,
    path: String,
    depth: usize,
    sink: &'s mut dyn Sink,
}

impl<'t> Reader<'t, '_> {
    /// Reads the element at the start of `rest`.
    fn element(&mut self) -> Option<()> {
        if self.depth >= MAX_DEPTH {
            return None;
        }
        let tag_end = tag_end(self.rest)?;
        let (tag, after) = self.rest.split_at(tag_end);
        self.rest = after.get(1..)?;
        let tag = tag.strip_prefix('<')?;
        let empty = tag.ends_with('/');
        let tag = tag.trim_end_matches('/');
        let (name, attributes) = tag.split_once(|c: char| c.is_ascii_whitespace()).unwrap_or((tag, ""));
        let name = name.rsplit(':').next().unwrap_or(name);
        let base = self.path.len();
        let attributes = read_attributes(attributes);
        // `<Data Name="x">v</Data>` is the field x.
        let named =
            if matches!(name, "Data" | "ComplexData") { attributes.iter().find(|(n, _)| n == "Name") } else { None };
        if base > 0 {
            self.path.push('.');
        }
        self.path.push_str(named.map_or(name, |(_, value)| value));
        let in_list = name == "Data" && named.is_none();
        if named.is_none() {
            for (attribute, value) in &attributes {
                self.attribute(attribute, value);
            }
        }
        if empty {
            if name == "Data" {
                self.sink.value(&self.path, "", Kind::Text, in_list);
            }
        } else {
            self.depth += 1;
            self.content(name, in_list)?;
            self.depth -= 1;
        }
        self.path.truncate(base);
        Some(())
    }

    fn attribute(&mut self, name: &str, value: &str) {
        let base = self.path.len();
        self.path.push_str(".#attributes.");
        self.path.push_str(name);
        self.sink.value(&self.path, value, Kind::Text, false);
        self.path.truncate(base);
    }

    /// Text and elements up to the end tag of `name`.
    fn content(&mut self, name: &str, in_list: bool) -> Option<()> {
        let mut text = String::new();
        let mut children = false;
        loop {
            let at = self.rest.find('<')?;
            let (before, rest) = self.rest.split_at(at);
            unescape(before, &mut text);
            self.rest = rest;
            if let Some(cdata) = rest.strip_prefix("<![CDATA[") {
                let (inner, after) = cdata.split_once("]]>")?;
                text.push_str(inner);
                self.rest = after;
            } else if let Some(comment) = rest.strip_prefix("<!--") {
                self.rest = comment.split_once("-->")?.1;
            } else if let Some(end) = rest.strip_prefix("</") {
                let (closed, after) = end.split_once('>')?;
                self.rest = after;
                if closed.trim().rsplit(':').next() != Some(name) {
                    return None;
                }
                let plain = text.trim();
                if !children && (!plain.is_empty() || name == "Data") {
                    self.sink.value(&self.path, plain, Kind::Text, in_list);
                }
                return Some(());
            } else {
                children = true;
                self.element()?;
            }
        }
    }
}

/// The `>` that ends a tag, outside quotes.
fn tag_end(text: &str) -> Option<usize> {
    let mut quote = None;
    text.bytes().position(|b| match (quote, b) {
        (None, b'>') => true,
        (None, b'"' | b'\'') => {
            quote = Some(b);
            false
        }
        (Some(open), b) if open == b => {
            quote = None;
            false
        }
        _ => false,
    })
}

fn read_attributes(text: &str) -> Vec<(String, String)> {
    let mut list = Vec::new();
    let mut rest = text;
    while let Some((name, after)) = rest.split_once('=') {
        let after = after.trim_start();
        let Some(quote) = after.chars().next().filter(|c| matches!(c, '"' | '\'')) else { break };
        let Some((value, next)) = after.get(1..).and_then(|t| t.split_once(quote)) else { break };
        let mut plain = String::new();
        unescape(value, &mut plain);
        list.push((name.trim().to_owned(), plain));
        rest = next;
        if list.len() >= 64 {
            break;
        }
    }
    list
}

fn unescape(text: &str, into: &mut String) {
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        into.push_str(before);
        let Some((name, next)) = after.split_once(';').filter(|(name, _)| name.len() <= 8) else {
            into.push('&');
            rest = after;
            continue;
        };
        let number = name.strip_prefix("#x").map_or_else(
            || name.strip_prefix('#').and_then(|d| d.parse().ok()),
            |hex| u32::from_str_radix(hex, 16).ok(),
        );
        match (name, number.and_then(char::from_u32)) {
            ("lt", _) => into.push('<'),
            ("gt", _) => into.push('>'),
            ("amp", _) => into.push('&'),
            ("quot", _) => into.push('"'),
            ("apos", _) => into.push('\''),
            (_, Some(c)) => into.push(c),
            (_, None) => {
                into.push('&');
                into.push_str(name);
                into.push(';');
            }
        }
        rest = next;
    }
    into.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::super::windows::JsonFields;
    use super::*;
    use engine_event::Record;

    fn read(text: &str) -> (bool, Record) {
        let mut record = Record::new();
        let ok = decode(text, &mut JsonFields::new(&mut record, String::new()));
        (ok, record)
    }

    #[test]
    fn event_viewer_export() {
        let (ok, record) = read(
            r#"<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System><Provider Name="P" Guid="{1}"/><EventID Qualifiers="0">4688</EventID><TimeCreated SystemTime="2026-11-22T03:00:00.123Z"/><Channel>Security</Channel><Security/></System><EventData><Data Name="CommandLine">cmd /c &quot;a&amp;b&quot; &#x1ed1;</Data><Data>one</Data><Data>two</Data></EventData></Event>"#,
        );
        assert!(ok);
        for (name, want) in [
            ("Provider_Name", "P"),
            ("EventID", "4688"),
            ("SystemTime", "2026-11-22T03:00:00.123Z"),
            ("CommandLine", "cmd /c \"a&b\" ố"),
            ("Data", "one"),
        ] {
            assert_eq!(record.text(name), Some(want), "{name}");
        }
        assert_eq!(record.get_all("Data").count(), 2);
        let (ok, _) = read(
            r#"<Event><UserData><LogFileCleared xmlns="u"><SubjectUserName>a</SubjectUserName></LogFileCleared></UserData></Event>"#,
        );
        assert!(ok);
    }

    #[test]
    fn hostile_documents_end() {
        for text in [
            "<Event",
            "<Event>",
            "<Event><a></b></Event>",
            "<!DOCTYPE x [<!ENTITY a 'b'>]><Event></Event>",
            "<Event>&#xffffffff;</Event",
        ] {
            assert!(!read(text).0, "{text}");
        }
        assert!(!read(&"<Event>".repeat(10_000)).0);
    }
}
