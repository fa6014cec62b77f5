//! Names of Windows event fields: every form in which an event arrives ends in the same
//! flat names, those that Sigma rules use.
//!
//! Known forms: `evtx_dump` and the `evtx` library (`Event.System…`, with or without
//! separated attributes), Winlogbeat (`winlog.event_data…`), Velociraptor (`System…`,
//! `EventData…` at the top), Elasticsearch exports (`_source.…`), and flat NXLog records,
//! which need no renaming. Members of `EventData` and `UserData` come to the top level by
//! their plain names.

use super::json::Sink;
use engine_event::{Kind, Record};

/// Most fields of one record.
pub const MAX_FIELDS: usize = 4_096;

/// Fills a record with the values of a JSON document and renames those of a Windows event.
#[derive(Debug)]
pub struct JsonFields<'r> {
    record: &'r mut Record,
    name: String,
    pending: String,
    windows: bool,
}

impl<'r> JsonFields<'r> {
    /// Into `record`; `scratch` is reused memory.
    pub fn new(record: &'r mut Record, scratch: String) -> Self {
        Self { record, name: scratch, pending: String::new(), windows: false }
    }

    /// Whether the document was a wrapped Windows event.
    #[must_use]
    pub fn is_windows(&self) -> bool {
        self.windows
    }

    /// Gives the scratch memory back.
    #[must_use]
    pub fn into_scratch(self) -> String {
        self.name
    }

    fn add(&mut self, name: &str, text: &str, kind: Kind, in_list: bool) {
        if in_list {
            self.record.push_element(name, text, kind);
        } else {
            self.record.push(name, text, kind);
        }
    }

    /// A member of the `Event` element. `false` when `path` is not one.
    fn event(&mut self, path: &str, text: &str, kind: Kind, in_list: bool) -> bool {
        if let Some(rest) = path.strip_prefix("EventData.") {
            self.windows = true;
            self.event_data(rest, text, kind, in_list);
        } else if let Some(rest) = path.strip_prefix("System.") {
            let Some(name) = system_name(rest) else { return false };
            self.windows = true;
            if kind != Kind::Null && !name.is_empty() {
                self.add(name, text, kind, in_list);
            }
        } else if let Some(rest) = path.strip_prefix("UserData.") {
            self.windows = true;
            let member = rest.split_once('.').map_or(rest, |(_, member)| member);
            self.member(member, text, kind, in_list);
        } else if let Some(rest) = path.strip_prefix("RenderingInfo.") {
            self.rendering(rest, text, kind, in_list);
        } else if let Some(rest) = path.strip_prefix("ProcessingErrorData.") {
            self.member(rest, text, kind, in_list);
        } else if matches!(path, "EventData" | "UserData") {
            self.windows = true;
            if kind != Kind::Null {
                self.add(path, text, kind, in_list);
            }
        } else {
            return path.starts_with("#attributes.")
                || path.starts_with("Event_attributes.")
                || path.starts_with("@xmlns");
        }
        true
    }

    fn event_data(&mut self, rest: &str, text: &str, kind: Kind, in_list: bool) {
        match rest {
            // Converters that keep the XML shape give name and value of a Data element one after the other.
            "Data.#attributes.Name" | "Data.@Name" | "Data.Name" => {
                self.pending.clear();
                self.pending.push_str(text);
            }
            "Data.#text" | "Data.text" | "Data.Value" | "Data.content" if !self.pending.is_empty() => {
                let name = std::mem::take(&mut self.pending);
                self.add(&name, text, kind, false);
                self.pending = name;
                self.pending.clear();
            }
            _ => self.member(rest, text, kind, in_list),
        }
    }

    /// A member of `EventData` or `UserData`: attribute and text marks are taken out of its name.
    fn member(&mut self, path: &str, text: &str, kind: Kind, in_list: bool) {
        if !path.contains(['#', '@', '_', ' ']) {
            self.add(path, text, kind, in_list);
            return;
        }
        if path.contains("#attributes.xmlns") || path.contains("@xmlns") || path.contains("_attributes.xmlns") {
            return;
        }
        let mut name = std::mem::take(&mut self.name);
        name.clear();
        let stem = path.strip_suffix(".#text").unwrap_or(path);
        match stem.split_once("#attributes.") {
            Some(("", attribute)) => name.push_str(attribute),
            Some((owner, attribute)) => {
                name.push_str(owner.trim_end_matches('.'));
                name.push('_');
                name.push_str(attribute);
            }
            None => name.push_str(stem),
        }
        self.add(&name, text, kind, in_list);
        // Defender's names carry spaces (`Threat Name`), rules write them without.
        if name.contains(' ') {
            name.retain(|c| c != ' ');
            self.add(&name, text, kind, in_list);
        }
        self.name = name;
    }

    fn rendering(&mut self, rest: &str, text: &str, kind: Kind, in_list: bool) {
        match rest {
            "Message" => self.add("Message", text, kind, in_list),
            "Task" => self.add("TaskName", text, kind, in_list),
            "Level" => self.add("LevelName", text, kind, in_list),
            "Opcode" => self.add("OpcodeName", text, kind, in_list),
            _ => {}
        }
    }

    fn winlogbeat(&mut self, rest: &str, text: &str, kind: Kind, in_list: bool) -> bool {
        if let Some(data) = rest.strip_prefix("event_data.").or_else(|| rest.strip_prefix("user_data.")) {
            if data != "xml_name" {
                self.member(data, text, kind, in_list);
            }
            return true;
        }
        let name = match rest {
            "channel" => "Channel",
            "event_id" => "EventID",
            "computer_name" => "Computer",
            "provider_name" => "Provider_Name",
            "provider_guid" => "Provider_Guid",
            "record_id" => "EventRecordID",
            "task" => "Task",
            "opcode" => "Opcode",
            "level" => "Level",
            "version" => "Version",
            "keywords" => "Keywords",
            "activity_id" => "ActivityID",
            "related_activity_id" => "RelatedActivityID",
            "process.pid" => "Execution_ProcessID",
            "process.thread.id" => "Execution_ThreadID",
            "user.identifier" => "Security_UserID",
            _ => return false,
        };
        self.windows = true;
        self.add(name, text, kind, in_list);
        true
    }
}

impl Sink for JsonFields<'_> {
    fn value(&mut self, path: &str, text: &str, kind: Kind, in_list: bool) -> bool {
        if self.record.len() >= MAX_FIELDS {
            return false;
        }
        let mut path = path;
        if path.starts_with('_')
            && let Some(rest) = path.strip_prefix("_source.")
        {
            path = rest;
        }
        let taken = match path.as_bytes().first() {
            Some(b'E') => match path.strip_prefix("Event.") {
                Some(rest) => self.event(rest, text, kind, in_list),
                None => path.starts_with("EventData.") && self.windows && self.event(path, text, kind, in_list),
            },
            Some(b'S') if path.starts_with("System.") => self.event(path, text, kind, in_list),
            Some(b'U') if path.starts_with("UserData.") && self.windows => self.event(path, text, kind, in_list),
            Some(b'e') => match path.strip_prefix("event.Event.") {
                Some(rest) => self.event(rest, text, kind, in_list),
                None => false,
            },
            Some(b'w') => match path.strip_prefix("winlog.") {
                Some(rest) => self.winlogbeat(rest, text, kind, in_list),
                None => false,
            },
            _ => false,
        };
        if !taken {
            self.add(path, text, kind, in_list);
        }
        true
    }
}

/// The flat name of a member of `System`; empty for one that is left out, `None` for one
/// that a Windows event does not have.
fn system_name(path: &str) -> Option<&'static str> {
    Some(match path {
        "Provider.#attributes.Name" | "Provider_attributes.Name" | "Provider.Name" | "Provider.@Name" => {
            "Provider_Name"
        }
        "Provider.#attributes.Guid" | "Provider_attributes.Guid" | "Provider.Guid" | "Provider.@Guid" => {
            "Provider_Guid"
        }
        "Provider.#attributes.EventSourceName"
        | "Provider_attributes.EventSourceName"
        | "Provider.EventSourceName"
        | "Provider.@EventSourceName" => "EventSourceName",
        "EventID" | "EventID.#text" | "EventID.Value" => "EventID",
        "EventID.#attributes.Qualifiers"
        | "EventID_attributes.Qualifiers"
        | "EventID.Qualifiers"
        | "EventID.@Qualifiers" => "Qualifiers",
        "Version" => "Version",
        "Level" => "Level",
        "Task" => "Task",
        "Opcode" => "Opcode",
        "Keywords" => "Keywords",
        "TimeCreated.#attributes.SystemTime"
        | "TimeCreated_attributes.SystemTime"
        | "TimeCreated.SystemTime"
        | "TimeCreated.@SystemTime" => "SystemTime",
        "EventRecordID" => "EventRecordID",
        "Correlation.#attributes.ActivityID"
        | "Correlation_attributes.ActivityID"
        | "Correlation.ActivityID"
        | "Correlation.@ActivityID" => "ActivityID",
        "Correlation.#attributes.RelatedActivityID"
        | "Correlation_attributes.RelatedActivityID"
        | "Correlation.RelatedActivityID"
        | "Correlation.@RelatedActivityID" => "RelatedActivityID",
        "Execution.#attributes.ProcessID"
        | "Execution_attributes.ProcessID"
        | "Execution.ProcessID"
        | "Execution.@ProcessID" => "Execution_ProcessID",
        "Execution.#attributes.ThreadID"
        | "Execution_attributes.ThreadID"
        | "Execution.ThreadID"
        | "Execution.@ThreadID" => "Execution_ThreadID",
        "Channel" => "Channel",
        "Computer" => "Computer",
        "Security.#attributes.UserID" | "Security_attributes.UserID" | "Security.UserID" | "Security.@UserID" => {
            "Security_UserID"
        }
        "Correlation" | "Security" | "Provider" | "Execution" => "",
        _ if path.starts_with("Execution") || path.starts_with("Correlation") || path.starts_with("Security") => "",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::json::{Scratch, scan_object};
    use super::*;

    fn fields(text: &str) -> (bool, Vec<(String, String)>) {
        let mut record = Record::new();
        let mut sink = JsonFields::new(&mut record, String::new());
        assert!(scan_object(text, &mut Scratch::default(), &mut sink).valid);
        let windows = sink.is_windows();
        (windows, record.iter().map(|f| (f.name.to_owned(), f.text.to_owned())).collect())
    }

    fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
    }

    #[test]
    fn every_wrapping_gives_the_same_names() {
        let want = pairs(&[("Provider_Name", "P"), ("EventID", "4688"), ("Channel", "Security"), ("CommandLine", "x")]);
        for text in [
            r##"{"Event":{"#attributes":{"xmlns":"u"},"System":{"Provider":{"#attributes":{"Name":"P"}},"EventID":4688,"Channel":"Security","Correlation":null},"EventData":{"CommandLine":"x"}}}"##,
            r##"{"Event":{"System":{"Provider_attributes":{"Name":"P"},"EventID":4688,"Channel":"Security"},"EventData":{"CommandLine":"x"}}}"##,
            r##"{"winlog":{"provider_name":"P","event_id":"4688","channel":"Security","event_data":{"CommandLine":"x"}}}"##,
            r##"{"System":{"Provider":{"Name":"P"},"EventID":{"Value":4688},"Channel":"Security"},"EventData":{"CommandLine":"x"}}"##,
            r##"{"_source":{"winlog":{"provider_name":"P","event_id":4688,"channel":"Security","event_data":{"CommandLine":"x"}}}}"##,
            r##"{"Event":{"System":{"Provider":{"@Name":"P"},"EventID":"4688","Channel":"Security"},"EventData":{"Data":[{"@Name":"CommandLine","#text":"x"}]}}}"##,
        ] {
            let (windows, got) = fields(text);
            assert!(windows, "{text}");
            assert_eq!(got, want, "{text}");
        }
    }

    #[test]
    fn user_data_lists_and_spaces() {
        let (_, got) = fields(
            r##"{"Event":{"System":{"EventID":{"#attributes":{"Qualifiers":0},"#text":1102}},"UserData":{"LogFileCleared":{"#attributes":{"xmlns":"u"},"SubjectUserName":"a"}}}}"##,
        );
        assert_eq!(got, pairs(&[("Qualifiers", "0"), ("EventID", "1102"), ("SubjectUserName", "a")]));
        let (_, got) = fields(r##"{"Event":{"EventData":{"Data":{"#text":["a","b"]},"Threat Name":"T"}}}"##);
        assert_eq!(got, pairs(&[("Data", "a"), ("Data", "b"), ("Threat Name", "T"), ("ThreatName", "T")]));
    }

    #[test]
    fn other_documents_keep_their_names() {
        let (windows, got) = fields(r#"{"Event":{"name":"x"},"System":{"cpu":4},"event":{"kind":"k"}}"#);
        assert!(!windows);
        assert_eq!(got, pairs(&[("Event.name", "x"), ("System.cpu", "4"), ("event.kind", "k")]));
    }
}
