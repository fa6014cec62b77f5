//! What is never told although it is listed: own networks and domains, public resolvers, the
//! hashes of empty files.
//!
//! One value per line, as in lists of indicators. How they count:
//!
//! * An address or network hides every hit by address within it.
//! * A domain hides hits on names at or below it by entries at or above it: `google.com` hides a
//!   hit of the entry `google.com` on `www.google.com`, yet not of the entry `evil.google.com`,
//!   which says more. `*.camau.gov.vn` hides everything at or below, whatever is listed.
//! * URLs, hashes and mail addresses hide themselves alone.

use super::builder::Builder;
use super::index::{Indicators, Place};
use super::kind::IndicatorKind;
use super::list::ListSpec;
use super::meta::Remarks;
use super::value::{Value, Width, read_with};
use base_core::{ContentError, ContentFile, Timestamp};
use std::net::IpAddr;

/// What is allowed. Built once and shared.
#[derive(Debug)]
pub struct Allow {
    index: Indicators,
    /// How many entries.
    count: usize,
}

/// Lists within the index: plain entries, and those with `*.` before them.
const PLAIN: u16 = 0;
const BELOW: u16 = 1;

impl Default for Allow {
    fn default() -> Self {
        Self { index: Indicators::empty(), count: 0 }
    }
}

impl Allow {
    /// Reads lists (`#` begins a comment). Mistakes are returned and the rest is used.
    #[must_use]
    pub fn load(files: &[ContentFile]) -> (Allow, Vec<ContentError>) {
        let (mut builder, mut errors) = (Builder::new(), Vec::new());
        let (Some(plain), Some(below)) = (builder.list(ListSpec::default()), builder.list(ListSpec::default())) else {
            return (Allow::default(), errors);
        };
        for file in files {
            for (n, line) in (1..).zip(file.text.lines()) {
                let text = line.split('#').next().unwrap_or_default().trim();
                if text.is_empty() {
                    continue;
                }
                let all = text.starts_with("*.") || text.starts_with('.');
                let list = if all { below } else { plain };
                let added = read_with(text, Width::Any)
                    .and_then(|value| builder.add(list, &value, &Remarks::default(), Timestamp::EPOCH));
                if let Err(refusal) = added {
                    errors.push(ContentError {
                        file: file.path.clone(),
                        line: Some(n),
                        message: format!("`{text}` {}", refusal.reason),
                        remedy: refusal.remedy.to_owned(),
                    });
                }
            }
        }
        let count = builder.len();
        (Allow { index: builder.build(), count }, errors)
    }

    /// How many entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The entry that is this address or a network around it.
    pub(super) fn address(&self, address: IpAddr) -> Option<Place> {
        let mut entry = None;
        self.index.address(address, true, &mut |place| entry = Some(place));
        entry
    }

    /// The entry that allows a name against an entry for `listed`, which is it or above it.
    pub(super) fn name(&self, name: &str, listed: &str) -> Option<Place> {
        let (key, table) = (self.index.key, &self.index.tables.domains);
        let (mut print, mut begin, mut entry) = (key.name_start(), name.len() + 1, None);
        for label in name.rsplit('.') {
            begin -= label.len() + 1;
            print = key.label(print, label.as_bytes());
            let Some(part) = name.get(begin..) else { break };
            table.find(
                print,
                |stored| stored.eq_ignore_ascii_case(part.as_bytes()),
                |at| {
                    let list = self.index.metas.get(table.meta(at)).map(|m| m.list);
                    if list == Some(BELOW) || (list == Some(PLAIN) && part.len() >= listed.len()) {
                        entry = Some(place(IndicatorKind::Domain, at));
                    }
                },
            );
        }
        entry
    }

    /// The entry that is this very value.
    pub(super) fn value(&self, value: &Value) -> Option<Place> {
        let (t, key) = (&self.index.tables, self.index.key);
        let mut entry = None;
        let found = |at| entry = Some(place(value.kind(), at));
        match value {
            Value::Url(url) => {
                let print = key.fixed(url.get(1..).unwrap_or_default());
                t.urls.find(print, |v| v.get(1..) == url.get(1..), found);
            }
            Value::Md5(hash) => t.md5.find(key.fixed(hash), |v| v == hash, found),
            Value::Sha1(hash) => t.sha1.find(key.fixed(hash), |v| v == hash, found),
            Value::Sha256(hash) => t.sha256.find(key.fixed(hash), |v| v == hash, found),
            Value::Mail(mail) => t.mails.find(key.text(mail.as_bytes()), |v| v == mail.as_bytes(), found),
            Value::V4(_) | Value::V6(_) | Value::Net4(..) | Value::Net6(..) | Value::Domain(_) => {}
        }
        entry
    }

    /// An entry as it is written in a list of what is allowed.
    pub(super) fn written(&self, entry: Place) -> String {
        match self.index.describe(entry) {
            Some((text, meta)) if meta.list == BELOW => format!("*.{text}"),
            Some((text, _)) => text,
            None => String::new(),
        }
    }
}

fn place(kind: IndicatorKind, at: usize) -> Place {
    Place { kind, six: false, at: u32::try_from(at).unwrap_or(u32::MAX) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allow(text: &str) -> Allow {
        let (allow, errors) = Allow::load(&[ContentFile { path: "allow.txt".into(), text: text.into() }]);
        assert!(errors.is_empty(), "{errors:?}");
        allow
    }

    #[test]
    fn the_more_special_entry_wins() {
        let allow = allow(
            "google.com # search\n*.camau.gov.vn\n10.0.0.0/8\nfc00::/7\n8.8.8.8\nd41d8cd98f00b204e9800998ecf8427e\n",
        );
        assert!(allow.name("www.google.com", "google.com").is_some());
        assert!(allow.name("Google.com", "google.com").is_some());
        assert!(allow.name("evil.google.com", "evil.google.com").is_none());
        assert!(allow.name("notgoogle.com", "notgoogle.com").is_none());
        let below = allow.name("x.camau.gov.vn", "x.camau.gov.vn").expect("allowed");
        assert_eq!(allow.written(below), "*.camau.gov.vn");
        assert!(allow.name("camau.gov.vn", "camau.gov.vn").is_some());
        let address = |t: &str| allow.address(t.parse().expect("address")).is_some();
        assert!(address("10.200.3.4") && address("8.8.8.8") && address("fd00::1"));
        assert!(!address("8.8.4.4") && !address("2001:db8::1"));
        let hash = read_with("D41D8CD98F00B204E9800998ECF8427E", Width::Any).expect("hash");
        assert!(allow.value(&hash).is_some());
        assert_eq!(allow.len(), 6);
    }

    #[test]
    fn mistakes_name_their_line() {
        let (allow, errors) =
            Allow::load(&[ContentFile { path: "a.txt".into(), text: "8.8.8.8\n\nnot a value\n".into() }]);
        assert_eq!((allow.len(), errors.len()), (1, 1));
        assert_eq!(errors[0].line, Some(3));
    }
}
