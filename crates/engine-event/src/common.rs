//! The common columns: few, typed, with ECS names, filled by the source definition.

use serde::{Deserialize, Serialize};

macro_rules! common_fields {
    ($($(#[$doc:meta])* $variant:ident $ident:ident = $name:literal),+ $(,)?) => {
        /// A common column.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum CommonField {
            $($(#[$doc])* $variant,)+
        }

        impl CommonField {
            /// Every common column, in the order of the lake's schema.
            pub const ALL: &'static [CommonField] = &[$(CommonField::$variant),+];

            /// The ECS name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(CommonField::$variant => $name),+ }
            }

            /// From the ECS name.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($name => Some(CommonField::$variant),)+ _ => None }
            }
        }

        /// Values of the common columns of one event; absent ones are `None`.
        #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        pub struct Common {
            $($(#[$doc])* #[serde(rename = $name, default, skip_serializing_if = "Option::is_none")]
            pub $ident: Option<Box<str>>,)+
        }

        impl Common {
            /// The value of a column.
            #[must_use]
            pub fn get(&self, field: CommonField) -> Option<&str> {
                match field { $(CommonField::$variant => self.$ident.as_deref()),+ }
            }

            /// Sets a column.
            pub fn set(&mut self, field: CommonField, value: &str) {
                match field { $(CommonField::$variant => self.$ident = Some(Box::from(value))),+ }
            }
        }
    };
}

common_fields! {
    /// Machine the event is about or comes from.
    HostName host_name = "host.name",
    /// Account that acted, or was acted upon where no other is named.
    UserName user_name = "user.name",
    /// Address the action came from.
    SourceIp source_ip = "source.ip",
    /// Port the action came from.
    SourcePort source_port = "source.port",
    /// Address the action went to.
    DestinationIp destination_ip = "destination.ip",
    /// Port the action went to.
    DestinationPort destination_port = "destination.port",
    /// Full path or name of the program.
    ProcessExecutable process_executable = "process.executable",
    /// Its command line.
    ProcessCommandLine process_command_line = "process.command_line",
    /// Path of the parent program.
    ProcessParentExecutable process_parent_executable = "process.parent.executable",
    /// File concerned.
    FilePath file_path = "file.path",
    /// Hash of the file or program, lower-case hex, the longest given.
    FileHash file_hash = "file.hash",
    /// Registry key concerned.
    RegistryPath registry_path = "registry.path",
    /// Name asked for in DNS, or host of a URL.
    DestinationDomain destination_domain = "destination.domain",
    /// URL or request path.
    UrlOriginal url_original = "url.original",
    /// HTTP method.
    HttpMethod http_method = "http.request.method",
    /// HTTP status.
    HttpStatus http_status = "http.response.status_code",
    /// Browser or client text.
    UserAgent user_agent = "user_agent.original",
    /// Mail sender.
    EmailFrom email_from = "email.from",
    /// Code of the kind of event in its source (Windows event id, signature id).
    EventCode event_code = "event.code",
    /// What was done, in the source's words.
    EventAction event_action = "event.action",
    /// `success` or `failure` (ECS `event.outcome`).
    EventOutcome event_outcome = "event.outcome",
    /// Text message for people, where the source has one.
    Message message = "message",
}
