//! From the text of a definition to its compiled form, with every mistake named.

use super::finish::Plan;
use super::recognise::{JsonTest, TextTest, Vendor};
use super::spec::{DecodeSpec, RecogniseSpec, SourceSpec};
use super::{Catalog, Decoder, Relay, Source, SourceKind};
use crate::decode::delimited::{Layout, More};
use crate::decode::kv::KvOptions;
use crate::decode::patterns::Pattern;
use crate::time::TimeReader;
use base_core::{ContentError, ContentFile};
use jiff::tz::TimeZone;
use regex::Regex;
use std::sync::Arc;

/// A mistake: what is wrong, what to do, and a text by which its line can be found.
struct Mistake {
    message: String,
    remedy: &'static str,
    near: Option<String>,
}

fn mistake(message: impl Into<String>, remedy: &'static str, near: Option<&str>) -> Mistake {
    Mistake { message: message.into(), remedy, near: near.map(str::to_owned) }
}

/// Compiles one file into the catalogue.
pub(super) fn source(file: &ContentFile, catalog: &mut Catalog) -> Result<(), Vec<ContentError>> {
    let tell = |m: Mistake| ContentError {
        file: file.path.clone(),
        line: m.near.and_then(|near| file.text.lines().position(|l| l.contains(&near))).map(|at| at + 1),
        message: m.message,
        remedy: m.remedy.to_owned(),
    };
    let spec: SourceSpec = toml::from_str(&file.text).map_err(|e| {
        let line = e.span().and_then(|s| file.text.get(..s.start)).map(|before| before.matches('\n').count() + 1);
        vec![ContentError {
            file: file.path.clone(),
            line,
            message: e.message().to_owned(),
            remedy: "correct the key or value; docs/guides/add-a-log-source.md lists them all".to_owned(),
        }]
    })?;
    let at = catalog.sources.len();
    let built = build(&spec, &file.path).map_err(|m| vec![tell(m)])?;
    if !catalog.index.add_id(&built.kind.id, at) {
        let message = format!("the source `{}` is defined twice", built.kind.id);
        return Err(vec![tell(mistake(message, "keep one of the two folders", None))]);
    }
    catalog.sources.push(built);
    let mut mistakes = Vec::new();
    for (number, recognise) in spec.recognise.iter().enumerate() {
        if let Err(m) = claim(recognise, at, number, catalog) {
            mistakes.push(tell(m));
        }
    }
    if mistakes.is_empty() { Ok(()) } else { Err(mistakes) }
}

fn build(spec: &SourceSpec, path: &str) -> Result<Source, Mistake> {
    let mut folders = path.rsplit('/').skip(1);
    let (Some(product), Some(vendor)) = (folders.next(), folders.next()) else {
        return Err(mistake(
            "the file does not lie in a folder `<vendor>/<product>`",
            "move it to content/sources/<vendor>/<product>/source.toml",
            None,
        ));
    };
    let plan = Plan::compile(spec)
        .map_err(|m| mistake(m.clone(), "use a name from docs/guides/add-a-log-source.md", m.split('`').nth(1)))?;
    let times = match spec.time.zone.as_deref() {
        Some(zone) => Some(TimeReader::new(TimeZone::get(zone).map_err(|_| {
            mistake(
                format!("`{zone}` is not a time zone"),
                "use an IANA name such as Asia/Ho_Chi_Minh or UTC",
                Some(zone),
            )
        })?)),
        None => None,
    };
    let texts = spec.recognise.iter().map(text_test).collect::<Result<_, _>>()?;
    Ok(Source {
        kind: SourceKind {
            id: Arc::from(format!("{vendor}/{product}")),
            name_vi: Box::from(spec.name.vi.as_str()),
            name_en: Box::from(spec.name.en.as_str()),
            logsource: Arc::clone(plan.base()),
            firewall: spec.firewall,
        },
        decoder: decoder(&spec.decode)?,
        plan,
        texts,
        times,
        relay: spec.relay.as_ref().map(|r| Relay {
            message: Box::from(r.message.as_str()),
            program: r.program.as_deref().map(Box::from),
            host: r.host.as_deref().map(Box::from),
            pid: r.pid.as_deref().map(Box::from),
            whole: r.whole,
        }),
    })
}

fn text_test(spec: &RecogniseSpec) -> Result<TextTest, Mistake> {
    let regex = match &spec.regex {
        Some(text) => Some(Regex::new(text).map_err(|e| {
            mistake(
                format!("the regular expression is not valid: {e}"),
                "correct it; the syntax is that of the Rust regex crate",
                Some("regex"),
            )
        })?),
        None => None,
    };
    let boxed = |list: &[String]| list.iter().map(|t| Box::from(t.as_str())).collect();
    Ok(TextTest { prefix: boxed(&spec.prefix), contains: boxed(&spec.contains), regex })
}

fn claim(spec: &RecogniseSpec, at: usize, number: usize, catalog: &mut Catalog) -> Result<(), Mistake> {
    let claim = (at, number);
    let has_text = catalog.sources.get(at).and_then(|s| s.texts.get(number)).is_some_and(|t| !t.is_empty());
    let index = &mut catalog.index;
    for channel in &spec.channels {
        if !index.add_channel(channel, at) {
            let message = format!("the channel `{channel}` belongs to another source already");
            return Err(mistake(message, "leave it to one of them", Some(channel)));
        }
    }
    for program in &spec.programs {
        index.add_program(program, claim, has_text);
    }
    if let Some(json) = &spec.json {
        let equal = json.equal.iter().map(|(name, values)| (Box::from(name.as_str()), values.texts())).collect();
        let present = json.present.iter().map(|n| Box::from(n.as_str())).collect();
        index.add_json(JsonTest { present, equal }, at);
    }
    let lower = |text: &Option<String>| text.as_ref().map(|t| t.to_lowercase());
    if let Some(v) = &spec.cef {
        index.add_cef(Vendor { vendor: lower(&v.vendor), product: lower(&v.product) }, at);
    }
    if let Some(v) = &spec.leef {
        index.add_leef(Vendor { vendor: lower(&v.vendor), product: lower(&v.product) }, at);
    }
    let by_text = spec.programs.is_empty() && spec.channels.is_empty() && has_text;
    if by_text {
        index.add_text(spec.order, claim);
    }
    let mut sole = |wanted: bool, place: fn(&mut super::recognise::Index) -> &mut Option<usize>, key: &str| {
        if wanted {
            let slot = place(&mut catalog.index);
            if slot.is_some() {
                return Err(mistake(
                    format!("`{key}` is claimed by another source already"),
                    "leave it to one of them",
                    Some(key),
                ));
            }
            *slot = Some(at);
        }
        Ok(())
    };
    sole(spec.any_windows, |i| &mut i.any_windows, "any_windows")?;
    sole(spec.any_program, |i| &mut i.any_program, "any_program")?;
    sole(spec.any_syslog, |i| &mut i.any_syslog, "any_syslog")?;
    sole(spec.any_json, |i| &mut i.any_json, "any_json")?;
    sole(spec.audit, |i| &mut i.audit, "audit")
}

fn decoder(spec: &DecodeSpec) -> Result<Decoder, Mistake> {
    Ok(match spec.decoder.as_str() {
        "json" => Decoder::Json,
        "windows-event" => Decoder::Windows,
        "kv" => Decoder::Kv(kv_options(spec)),
        "cef" => Decoder::Cef,
        "leef" => Decoder::Leef,
        "delimited" => Decoder::Delimited(layout(spec)?),
        "audit" => Decoder::Audit,
        "web-access" => Decoder::Web,
        "patterns" => Decoder::Patterns { list: patterns(spec)?, must_match: spec.must_match },
        "text" => Decoder::Text,
        other => {
            return Err(mistake(
                format!("`{other}` is not a decoder"),
                "use json, windows-event, kv, cef, leef, delimited, audit, web-access, patterns or text",
                Some(other),
            ));
        }
    })
}

fn kv_options(spec: &DecodeSpec) -> KvOptions {
    let default = KvOptions::default();
    KvOptions {
        pair: spec.pair.as_deref().filter(|t| !t.is_empty()).map_or(default.pair, Box::from),
        assign: spec.assign.as_deref().filter(|t| !t.is_empty()).map_or(default.assign, Box::from),
        after: spec.after.as_deref().filter(|t| !t.is_empty()).map(Box::from),
    }
}

fn layout(spec: &DecodeSpec) -> Result<Layout, Mistake> {
    let boxed = |list: &[String]| list.iter().map(|t| Box::from(t.as_str())).collect::<Vec<Box<str>>>();
    if spec.columns.is_empty() {
        return Err(mistake("the decoder `delimited` has no `columns`", "name the columns in order", Some("decoder")));
    }
    let more = spec
        .more
        .iter()
        .map(|m| More {
            when: m.when.iter().map(|(name, values)| (Box::from(name.as_str()), boxed(&values.texts()))).collect(),
            columns: boxed(&m.columns),
        })
        .collect();
    Ok(Layout { separator: spec.separator.unwrap_or(','), columns: boxed(&spec.columns), more })
}

fn patterns(spec: &DecodeSpec) -> Result<Vec<Pattern>, Mistake> {
    if spec.pattern.is_empty() {
        return Err(mistake("the decoder `patterns` has no `[[decode.pattern]]`", "add at least one", Some("decoder")));
    }
    spec.pattern
        .iter()
        .map(|p| {
            let set = p.set.iter().map(|(n, v)| (Box::from(n.as_str()), Box::from(v.as_str()))).collect();
            Pattern::new(&p.regex, set, p.pairs.as_deref(), kv_options(spec)).map_err(|e| {
                let near: String = p.regex.chars().take(40).collect();
                mistake(format!("the pattern is not valid: {e}"), "correct the regular expression", Some(&near))
            })
        })
        .collect()
}
