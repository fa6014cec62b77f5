//! Which source a record belongs to.

use engine_event::Record;
use regex::Regex;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// What a message must look like.
#[derive(Debug, Default)]
pub(crate) struct TextTest {
    pub prefix: Vec<Box<str>>,
    pub contains: Vec<Box<str>>,
    pub regex: Option<Regex>,
}

impl TextTest {
    pub(crate) fn holds(&self, text: &str) -> bool {
        (self.prefix.is_empty() || self.prefix.iter().any(|p| text.starts_with(&**p)))
            && self.contains.iter().all(|c| memchr::memmem::find(text.as_bytes(), c.as_bytes()).is_some())
            && self.regex.as_ref().is_none_or(|r| r.is_match(text))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.prefix.is_empty() && self.contains.is_empty() && self.regex.is_none()
    }
}

/// Members that a JSON document must have.
#[derive(Debug)]
pub(crate) struct JsonTest {
    pub present: Vec<Box<str>>,
    pub equal: Vec<(Box<str>, Vec<String>)>,
}

impl JsonTest {
    fn holds(&self, record: &Record) -> bool {
        self.present.iter().all(|name| record.get(name).is_some() || has_member(record, name))
            && self.equal.iter().all(|(name, values)| record.text(name).is_some_and(|t| values.iter().any(|v| v == t)))
    }
}

/// `alert` is present when `alert.signature` is.
fn has_member(record: &Record, name: &str) -> bool {
    record.iter().any(|f| f.name.strip_prefix(name).is_some_and(|rest| rest.starts_with('.')))
}

/// A source and the text test that has to hold, as places in its lists.
pub(crate) type Claim = (usize, usize);

/// Every way to a source.
#[derive(Debug, Default)]
pub(crate) struct Index {
    ids: FxHashMap<Arc<str>, usize>,
    channels: FxHashMap<String, usize>,
    programs: FxHashMap<String, Vec<Claim>>,
    program_prefixes: Vec<(String, Claim)>,
    json: Vec<(JsonTest, usize)>,
    cef: Vec<(Vendor, usize)>,
    leef: Vec<(Vendor, usize)>,
    texts: Vec<(i32, Claim)>,
    pub any_windows: Option<usize>,
    pub any_program: Option<usize>,
    pub any_syslog: Option<usize>,
    pub any_json: Option<usize>,
    pub audit: Option<usize>,
}

/// Vendor and product of a CEF or LEEF header, in lower case; absent ones fit any.
#[derive(Debug)]
pub(crate) struct Vendor {
    pub vendor: Option<String>,
    pub product: Option<String>,
}

impl Index {
    pub(crate) fn by_id(&self, id: &str) -> Option<usize> {
        self.ids.get(id).copied()
    }

    /// `false` when the id is taken.
    pub(crate) fn add_id(&mut self, id: &Arc<str>, at: usize) -> bool {
        self.ids.insert(Arc::clone(id), at).is_none()
    }

    /// `false` when another source has the channel.
    pub(crate) fn add_channel(&mut self, channel: &str, at: usize) -> bool {
        self.channels.insert(channel.to_ascii_lowercase(), at).is_none_or(|old| old == at)
    }

    /// A claim that also asks for a text goes before one that does not.
    pub(crate) fn add_program(&mut self, program: &str, claim: Claim, asks_for_text: bool) {
        let program = program.to_ascii_lowercase();
        match program.strip_suffix('*') {
            Some(prefix) => self.program_prefixes.push((prefix.to_owned(), claim)),
            None => {
                let claims = self.programs.entry(program).or_default();
                let at = if asks_for_text { 0 } else { claims.len() };
                claims.insert(at, claim);
            }
        }
    }

    pub(crate) fn add_json(&mut self, test: JsonTest, at: usize) {
        self.json.push((test, at));
    }

    pub(crate) fn add_cef(&mut self, vendor: Vendor, at: usize) {
        self.cef.push((vendor, at));
    }

    pub(crate) fn add_leef(&mut self, vendor: Vendor, at: usize) {
        self.leef.push((vendor, at));
    }

    pub(crate) fn add_text(&mut self, order: i32, claim: Claim) {
        self.texts.push((order, claim));
    }

    /// Orders the lists once all sources are in.
    pub(crate) fn settle(&mut self) {
        self.texts.sort_by_key(|(order, claim)| (*order, *claim));
        // The more a test asks for, the earlier it is tried.
        self.json.sort_by_key(|(test, at)| (std::cmp::Reverse(test.equal.len() * 2 + test.present.len()), *at));
        let specific = |v: &Vendor| std::cmp::Reverse(u8::from(v.vendor.is_some()) + u8::from(v.product.is_some()));
        self.cef.sort_by_key(|(v, at)| (specific(v), *at));
        self.leef.sort_by_key(|(v, at)| (specific(v), *at));
    }

    /// The source of a Windows channel.
    pub(crate) fn channel(&self, channel: &str, scratch: &mut String) -> Option<usize> {
        scratch.clear();
        scratch.push_str(channel);
        scratch.make_ascii_lowercase();
        self.channels.get(scratch.as_str()).copied()
    }

    /// Claims on a syslog tag, the most exact first.
    pub(crate) fn program<'i>(&'i self, tag: &str, scratch: &mut String) -> impl Iterator<Item = Claim> + 'i {
        scratch.clear();
        scratch.push_str(tag);
        scratch.make_ascii_lowercase();
        let mut exact = self.programs.get(scratch.as_str());
        if exact.is_none() {
            // `sshd(pam_unix)`, `/usr/sbin/cron`, `pam_unix(sshd:session)`.
            let base = scratch.split('(').next().unwrap_or_default();
            let base = base.rsplit('/').next().unwrap_or(base);
            exact = self.programs.get(base);
        }
        let prefixed: Vec<Claim> =
            self.program_prefixes.iter().filter(|(p, _)| scratch.starts_with(p.as_str())).map(|(_, c)| *c).collect();
        exact.into_iter().flatten().copied().chain(prefixed)
    }

    /// Claims on text without a known tag.
    pub(crate) fn texts(&self) -> impl Iterator<Item = Claim> + '_ {
        self.texts.iter().map(|(_, claim)| *claim)
    }

    pub(crate) fn json(&self, record: &Record) -> Option<usize> {
        self.json.iter().find(|(test, _)| test.holds(record)).map(|(_, at)| *at)
    }

    pub(crate) fn cef(&self, record: &Record) -> Option<usize> {
        vendor(&self.cef, record)
    }

    pub(crate) fn leef(&self, record: &Record) -> Option<usize> {
        vendor(&self.leef, record)
    }
}

fn vendor(list: &[(Vendor, usize)], record: &Record) -> Option<usize> {
    let has = |name: &str, want: &Option<String>| {
        want.as_ref().is_none_or(|w| record.text(name).is_some_and(|t| t.eq_ignore_ascii_case(w)))
    };
    list.iter().find(|(v, _)| has("deviceVendor", &v.vendor) && has("deviceProduct", &v.product)).map(|(_, at)| *at)
}
