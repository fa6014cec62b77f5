//! From what was given to what holds: flags over environment over file over defaults.

use crate::file;
use crate::mistake::{Mistake, Place, Wrong};
use crate::table::{Kind, Setting, TABLE, variable};
use crate::value::{self, Value};
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

/// Variables of ours that are no settings of the server: what commands read themselves.
const OTHER_VARIABLES: &[&str] = &["MANGROVE_CONFIG", "MANGROVE_LANG"];

/// What was given.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// Flags of the command line with their values, without dashes.
    pub flags: Vec<(String, Vec<String>)>,
    /// The environment; variables of other programs may be in it.
    pub variables: Vec<(String, String)>,
    /// The configuration file, if there is one.
    pub file: Option<PathBuf>,
    /// Defaults that differ from the table's, as of `mangrove demo`.
    pub defaults: Vec<(&'static str, &'static str)>,
}

/// Where a value comes from.
pub type Source = Place;

/// What holds.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    values: BTreeMap<&'static str, (Value, Source)>,
}

impl Settings {
    /// A value with where it comes from; `None` where nothing was given and there is no default.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&(Value, Source)> {
        self.values.get(name)
    }

    /// Whether somebody gave it: it is not the default.
    #[must_use]
    pub fn is_given(&self, name: &str) -> bool {
        self.get(name).is_some_and(|(_, source)| *source != Place::Default)
    }

    /// A text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<String> {
        match self.get(name) {
            Some((Value::Text(text), _)) => Some(text.clone()),
            _ => None,
        }
    }

    /// A file or folder.
    #[must_use]
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        self.text(name).map(PathBuf::from)
    }

    /// Yes or no; no where nothing is given.
    #[must_use]
    pub fn flag(&self, name: &str) -> bool {
        matches!(self.get(name), Some((Value::Flag(true), _)))
    }

    /// A number.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<u64> {
        match self.get(name) {
            Some((Value::Number(number), _)) => Some(*number),
            _ => None,
        }
    }

    /// An IP address.
    #[must_use]
    pub fn address(&self, name: &str) -> Option<IpAddr> {
        match self.get(name) {
            Some((Value::Address(address), _)) => Some(*address),
            _ => None,
        }
    }

    /// An address to listen on; `None` for `off`.
    #[must_use]
    pub fn listen(&self, name: &str) -> Option<SocketAddr> {
        match self.get(name) {
            Some((Value::Listen(address), _)) => *address,
            _ => None,
        }
    }

    /// A list.
    #[must_use]
    pub fn list(&self, name: &str) -> Vec<String> {
        match self.get(name) {
            Some((Value::List(items), _)) => items.clone(),
            _ => Vec::new(),
        }
    }
}

/// Looks everything up and checks it. All mistakes are found in one go; values with a mistake are
/// left out, so only settings without any (but harmless) mistakes should be used.
#[must_use]
pub fn resolve(given: &Given) -> (Settings, Vec<Mistake>) {
    let mut mistakes = Vec::new();
    let mut layers: Vec<file::Found> = Vec::new();
    if let Some(path) = &given.file {
        layers.extend(file::read(path, &mut mistakes));
    }
    layers.extend(of_variables(&given.variables, &mut mistakes));
    layers.extend(of_flags(&given.flags, &mut mistakes));
    let mut settings = Settings::default();
    for setting in TABLE {
        let own = given.defaults.iter().find(|(name, _)| *name == setting.name);
        let default = own.map_or(setting.default, |(_, text)| text);
        if let Some(value) = value::parse(setting.kind, default).ok().filter(|_| !default.is_empty()) {
            settings.values.insert(setting.name, (value, Place::Default));
        }
        take(setting, &layers, &mut settings, &mut mistakes);
    }
    (settings, mistakes)
}

/// The strongest layer that has the setting wins; lists are joined.
fn take(setting: &'static Setting, layers: &[file::Found], settings: &mut Settings, mistakes: &mut Vec<Mistake>) {
    let of_setting = || layers.iter().filter(|found| found.setting.name == setting.name);
    if setting.kind == Kind::List {
        let all = of_setting().filter_map(|found| match &found.value {
            Value::List(items) => Some(items.clone()),
            _ => None,
        });
        if let Some(last) = of_setting().next_back() {
            settings.values.insert(setting.name, (Value::List(all.flatten().collect()), last.place.clone()));
        }
        return;
    }
    let Some(found) = of_setting().next_back() else { return };
    // Both forms in the same layer: it would not be clear which one is meant.
    if let Some(file) = setting.secret_file
        && of_setting().any(|other| other.names_file != found.names_file && layer(&other.place) == layer(&found.place))
    {
        let (place, name) = (found.place.clone(), Some(setting.name));
        mistakes.push(Mistake { place, name, wrong: Wrong::Twice(file), harmless: false });
        return;
    }
    match &found.value {
        Value::Text(path) if found.names_file => match secret_of(setting, Path::new(path)) {
            Ok(value) => {
                settings.values.insert(setting.name, (value, Place::SecretFile(PathBuf::from(path))));
            }
            Err(wrong) => {
                let place = Place::SecretFile(PathBuf::from(path));
                mistakes.push(Mistake { place, name: Some(setting.name), wrong, harmless: false });
            }
        },
        value => {
            settings.values.insert(setting.name, (value.clone(), found.place.clone()));
        }
    }
}

const fn layer(place: &Place) -> u8 {
    match place {
        Place::Default => 0,
        Place::File(..) | Place::SecretFile(_) => 1,
        Place::Variable(_) => 2,
        Place::Flag(_) => 3,
    }
}

/// The secret in a file, without the line's end that editors add.
fn secret_of(setting: &Setting, path: &Path) -> Result<Value, Wrong> {
    let text = file::text_of(path)?;
    let text = text.trim_end_matches(['\r', '\n']);
    if text.is_empty() {
        return Err(Wrong::Empty);
    }
    value::parse(setting.kind, text)
}

fn of_variables(variables: &[(String, String)], mistakes: &mut Vec<Mistake>) -> Vec<file::Found> {
    let mut found = Vec::new();
    for (name, text) in variables.iter().filter(|(name, _)| name.starts_with("MANGROVE_")) {
        // An empty variable is an unset one: that is how service managers clear them.
        if text.is_empty() || OTHER_VARIABLES.contains(&name.as_str()) {
            continue;
        }
        let key = name.trim_start_matches("MANGROVE_").to_lowercase().replace('_', "-");
        let Some((setting, names_file)) = file::known(&key) else {
            let wrong = Wrong::Unknown(name.clone(), nearest(&key));
            mistakes.push(Mistake { place: Place::Variable(name.clone()), name: None, wrong, harmless: true });
            continue;
        };
        read((setting, names_file), text, Place::Variable(variable(&key)), &mut found, mistakes);
    }
    found
}

fn of_flags(flags: &[(String, Vec<String>)], mistakes: &mut Vec<Mistake>) -> Vec<file::Found> {
    let mut found = Vec::new();
    for (name, texts) in flags {
        let Some(known) = file::known(name) else {
            let wrong = Wrong::Unknown(name.clone(), nearest(name));
            mistakes.push(Mistake { place: Place::Flag(name.clone()), name: None, wrong, harmless: false });
            continue;
        };
        for text in texts {
            read(known, text, Place::Flag(name.clone()), &mut found, mistakes);
        }
    }
    found
}

fn read(
    (setting, names_file): (&'static Setting, bool),
    text: &str,
    place: Place,
    found: &mut Vec<file::Found>,
    mistakes: &mut Vec<Mistake>,
) {
    let kind = if names_file { Kind::File } else { setting.kind };
    match value::parse(kind, text) {
        Ok(value) => found.push(file::Found { setting, names_file, value, place }),
        Err(wrong) => mistakes.push(Mistake { place, name: Some(setting.name), wrong, harmless: false }),
    }
}

/// The known name most like this one, if one is like it at all.
pub(crate) fn nearest(name: &str) -> Option<&'static str> {
    let name = name.to_lowercase().replace('_', "-");
    let known = TABLE.iter().flat_map(|setting| [Some(setting.name), setting.secret_file]).flatten();
    let scored = known.map(|known| (strsim::damerau_levenshtein(&name, known), known));
    // Two slips, or a third of the word, and it is another word.
    scored.min().filter(|(slips, known)| *slips <= 2.max(known.len() / 3)).map(|(_, known)| known)
}
