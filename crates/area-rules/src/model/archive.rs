//! Rule packs as files: a zip or tar archive, or one file, to rule files; bounded.
//!
//! Names and sizes in an archive are the sender's word: every part is read with a limit of its
//! own, the whole with one for all, and no name leaves the pack.

use super::zip;
use base_core::{ContentError, ContentFile};
use std::io::{Cursor, Read};

/// Largest archive, in bytes.
pub const MAX_ARCHIVE_BYTES: usize = 32 * 1024 * 1024;
/// Largest file in it, in bytes.
const MAX_FILE_BYTES: u64 = 2 * 1024 * 1024;
/// Most bytes of all files together.
const MAX_TOTAL_BYTES: u64 = 128 * 1024 * 1024;
/// Most rule files.
pub const MAX_FILES: usize = 50_000;
/// Most entries of any kind that are walked past.
const MAX_ENTRIES: usize = 400_000;
/// Longest path, in bytes.
const MAX_PATH_BYTES: usize = 400;

/// Why an archive cannot be read at all; a code for the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Neither zip nor tar nor a rule file.
    Unknown,
    /// It is damaged.
    Damaged,
    /// More files or bytes than a pack may have.
    TooLarge,
    /// There is no rule file in it.
    Empty,
}

impl Refused {
    /// The code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Refused::Unknown => "pack-unknown",
            Refused::Damaged => "pack-damaged",
            Refused::TooLarge => "pack-large",
            Refused::Empty => "pack-empty",
        }
    }

    /// What to do about it, for the command line.
    #[must_use]
    pub const fn remedy(self) -> &'static str {
        match self {
            Refused::Unknown => "it is neither zip, tar, tar.gz nor YAML; pack the folder of rules as one of these",
            Refused::Damaged => "the archive is damaged; fetch or make it again",
            Refused::TooLarge => {
                "a pack may have 50,000 rule files, 128 MiB in all; split it or leave out what is no rule"
            }
            Refused::Empty => {
                "no *.yml with a detection or correlation is in it; name the folder or archive that holds the rules"
            }
        }
    }
}

/// Rule files and tests of an archive, sorted by path, and what in it could not be read.
///
/// # Errors
/// [`Refused`] when nothing of it can be used.
pub fn read(name: &str, bytes: &[u8]) -> Result<(Vec<ContentFile>, Vec<ContentError>), Refused> {
    let mut taken = Taken::default();
    if bytes.starts_with(b"PK\x03\x04") {
        zip(bytes, &mut taken)?;
    } else if bytes.starts_with(&[0x1F, 0x8B]) {
        tar(flate2::read::MultiGzDecoder::new(bytes), &mut taken)?;
    } else if bytes.get(257..262) == Some(b"ustar") {
        tar(bytes, &mut taken)?;
    } else if is_yaml(name) {
        taken.file(name, Cursor::new(bytes))?;
    } else {
        return Err(Refused::Unknown);
    }
    taken.finish()
}

/// Keeps of files read from a folder what belongs into a pack.
///
/// # Errors
/// [`Refused`] when nothing of it can be used.
pub fn keep(files: Vec<ContentFile>) -> Result<(Vec<ContentFile>, Vec<ContentError>), Refused> {
    let mut taken = Taken::default();
    for file in files {
        taken.file(&file.path, Cursor::new(file.text.as_bytes()))?;
    }
    taken.finish()
}

#[derive(Default)]
struct Taken {
    files: Vec<ContentFile>,
    errors: Vec<ContentError>,
    total: u64,
    entries: usize,
}

fn is_yaml(path: &str) -> bool {
    path.ends_with(".yml") || path.ends_with(".yaml")
}

/// Whether a text looks like Sigma, or like what belongs to it. YAML of another kind (settings of
/// a checkout) is passed over.
fn belongs(path: &str, text: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.ends_with(".test.yml")
        || name == "placeholders.yml"
        || text
            .lines()
            .any(|l| l.starts_with("detection:") || l.starts_with("correlation:") || l.starts_with("filter:"))
}

/// A path without what leads out of the pack; `None` for hidden files and nonsense.
fn clean(path: &str) -> Option<String> {
    let path = path.replace('\\', "/");
    let parts: Vec<&str> = path.split('/').filter(|p| !p.is_empty() && *p != ".").collect();
    let wrong = parts.iter().any(|p| p.starts_with('.') || p.contains(['\0', ':']) || p.chars().any(char::is_control));
    (!wrong && !parts.is_empty() && path.len() <= MAX_PATH_BYTES).then(|| parts.join("/"))
}

impl Taken {
    fn entry(&mut self) -> Result<(), Refused> {
        self.entries += 1;
        if self.entries > MAX_ENTRIES { Err(Refused::TooLarge) } else { Ok(()) }
    }

    fn file(&mut self, path: &str, from: impl Read) -> Result<(), Refused> {
        let Some(path) = clean(path).filter(|p| is_yaml(p)) else { return Ok(()) };
        let mut bytes = Vec::new();
        if from.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).is_err() {
            return Err(Refused::Damaged);
        }
        self.total += bytes.len() as u64;
        if self.total > MAX_TOTAL_BYTES || self.files.len() >= MAX_FILES {
            return Err(Refused::TooLarge);
        }
        let fault = |message: &str, remedy: &str| ContentError {
            file: path.clone(),
            line: None,
            message: message.to_owned(),
            remedy: remedy.to_owned(),
        };
        if bytes.len() as u64 > MAX_FILE_BYTES {
            self.errors.push(fault("is longer than 2 MiB", "split it into several rule files"));
            return Ok(());
        }
        match String::from_utf8(bytes) {
            Ok(text) if belongs(&path, &text) => self.files.push(ContentFile { path, text }),
            Ok(_) => {}
            Err(_) => self.errors.push(fault("is not UTF-8 text", "save it as UTF-8")),
        }
        Ok(())
    }

    /// Notes a rule file that is encrypted or packed in a rare way.
    fn unreadable(&mut self, path: &str) {
        if let Some(file) = clean(path).filter(|p| is_yaml(p)) {
            let message = "is encrypted or packed in a way that is not known".to_owned();
            self.errors.push(ContentError {
                file,
                line: None,
                message,
                remedy: "pack it plainly (deflate)".to_owned(),
            });
        }
    }

    fn finish(mut self) -> Result<(Vec<ContentFile>, Vec<ContentError>), Refused> {
        // A pack of one folder (`sigma-r2026-11/…`) has the same paths as the next release of it.
        let first = self.files.first().and_then(|f| f.path.split_once('/')).map(|(top, _)| format!("{top}/"));
        if let Some(top) = first.filter(|top| self.files.iter().all(|f| f.path.starts_with(top.as_str()))) {
            for file in &mut self.files {
                file.path.drain(..top.len());
            }
        }
        self.files.sort_by(|a, b| a.path.cmp(&b.path));
        self.files.dedup_by(|a, b| a.path == b.path);
        if self.files.is_empty() { Err(Refused::Empty) } else { Ok((self.files, self.errors)) }
    }
}

impl From<zip::Fault> for Refused {
    fn from(fault: zip::Fault) -> Self {
        match fault {
            zip::Fault::Damaged => Refused::Damaged,
            zip::Fault::TooLarge => Refused::TooLarge,
        }
    }
}

fn zip(bytes: &[u8], taken: &mut Taken) -> Result<(), Refused> {
    zip::each_file(bytes, |entry| {
        taken.entry()?;
        match entry.bytes {
            Some(bytes) => taken.file(&entry.name, bytes),
            None => {
                taken.unreadable(&entry.name);
                Ok(())
            }
        }
    })
}

fn tar(from: impl Read, taken: &mut Taken) -> Result<(), Refused> {
    // Also what is passed over is unpacked, so the whole has a bound of its own.
    let mut archive = tar::Archive::new(from.take(4 * MAX_TOTAL_BYTES));
    for part in archive.entries().map_err(|_| Refused::Damaged)? {
        taken.entry()?;
        let part = part.map_err(|_| Refused::Damaged)?;
        if part.header().entry_type().is_file() {
            let name = part.path().map_err(|_| Refused::Damaged)?.to_string_lossy().into_owned();
            taken.file(&name, part)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    const RULE: &str = "title: a\ndetection:\n  s: {A: 1}\n  condition: s\n";

    /// An archive as packers write it; every second file deflated.
    fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
        let (mut out, mut directory) = (Vec::new(), Vec::new());
        for (n, (name, bytes)) in files.iter().enumerate() {
            let mut packed = bytes.to_vec();
            if n % 2 == 1 {
                let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
                encoder.write_all(bytes).expect("written");
                packed = encoder.finish().expect("ends");
            }
            let mut crc = flate2::Crc::new();
            crc.update(bytes);
            let len = |n: usize| u32::try_from(n).expect("small").to_le_bytes();
            let short = |n: usize| u16::try_from(n).expect("small").to_le_bytes();
            let mut head = vec![20, 0, 0, 0];
            head.extend(short(if n % 2 == 1 { 8 } else { 0 }));
            head.extend([0; 4]);
            head.extend(crc.sum().to_le_bytes());
            head.extend(len(packed.len()));
            head.extend(len(bytes.len()));
            head.extend(short(name.len()));
            head.extend([0, 0]);
            directory.extend(b"PK\x01\x02\x14\x00");
            directory.extend(&head);
            directory.extend([0; 10]);
            directory.extend(len(out.len()));
            directory.extend(name.as_bytes());
            out.extend(b"PK\x03\x04");
            out.extend(&head);
            out.extend(name.as_bytes());
            out.extend(packed);
        }
        let (at, size, n) = (out.len(), directory.len(), files.len());
        out.extend(directory);
        out.extend(b"PK\x05\x06\x00\x00\x00\x00");
        for _ in 0..2 {
            out.extend(u16::try_from(n).expect("small").to_le_bytes());
        }
        out.extend(u32::try_from(size).expect("small").to_le_bytes());
        out.extend(u32::try_from(at).expect("small").to_le_bytes());
        out.extend([0, 0]);
        out
    }

    fn tarred(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        for (name, bytes) in files {
            let mut header = tar::Header::new_gnu();
            header.set_size(bytes.len() as u64);
            header.set_mode(0o644);
            builder.append_data(&mut header, name, *bytes).expect("written");
        }
        builder.into_inner().expect("ends")
    }

    fn paths(read: Result<(Vec<ContentFile>, Vec<ContentError>), Refused>) -> Vec<String> {
        read.expect("reads").0.into_iter().map(|f| f.path).collect()
    }

    #[test]
    fn zip_tar_and_single_files_are_read() {
        let files: [(&str, &[u8]); 4] = [
            ("sigma/rules/b.yml", RULE.as_bytes()),
            ("sigma/rules/a.test.yml", b"fires: []"),
            ("sigma/.github/x.yml", RULE.as_bytes()),
            ("sigma/readme.md", b"x"),
        ];
        let expected = ["a.test.yml", "b.yml"];
        let wanted: Vec<String> = expected.iter().map(|p| (*p).to_owned()).collect();
        assert_eq!(paths(read("x.zip", &zipped(&files))).len(), 2);
        let tar = tarred(&files);
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gz.write_all(&tar).expect("written");
        for bytes in [zipped(&files), tar, gz.finish().expect("ends")] {
            let found: Vec<String> =
                paths(read("x", &bytes)).into_iter().map(|p| p.trim_start_matches("rules/").to_owned()).collect();
            assert_eq!(found, wanted);
        }
        assert_eq!(paths(read("one.yml", RULE.as_bytes())), ["one.yml"]);
    }

    #[test]
    fn what_is_no_pack_is_refused_by_reason() {
        assert_eq!(read("x.bin", b"hello").expect_err("refused"), Refused::Unknown);
        assert_eq!(read("x.zip", b"PK\x03\x04rest").expect_err("refused"), Refused::Damaged);
        assert_eq!(read("x.yml", b"a: 1").expect_err("refused"), Refused::Empty);
        let long = vec![b' '; 3 * 1024 * 1024];
        let (files, errors) =
            read("x.zip", &zipped(&[("a.yml", RULE.as_bytes()), ("b.yml", &long), ("c.yml", &[0xFF, 0xFE])]))
                .expect("reads");
        assert_eq!((files.len(), errors.len()), (1, 2));
    }

    #[test]
    fn no_damage_to_an_archive_does_harm() {
        let files: [(&str, &[u8]); 2] = [("a.yml", RULE.as_bytes()), ("b.yml", RULE.as_bytes())];
        for whole in [zipped(&files), tarred(&files)] {
            for at in 0..whole.len() {
                let _ = read("x.zip", &whole[..at]);
                for value in [0, 0x7F, 0xFF] {
                    let mut broken = whole.clone();
                    broken[at] = value;
                    let _ = read("x.zip", &broken);
                }
            }
        }
        let mut wrong = zipped(&files);
        let at = wrong.windows(5).position(|w| w == b"title").expect("stored");
        wrong[at] = b'T';
        assert_eq!(read("x.zip", &wrong).expect_err("its checksum is wrong"), Refused::Damaged);
    }

    #[test]
    fn no_name_leaves_the_pack() {
        for path in ["../a.yml", "/etc/../.x/a.yml", "a\0b.yml", "c:/a.yml"] {
            assert!(clean(path).is_none_or(|p| !p.contains("..") && !p.starts_with('/')), "{path}");
        }
        assert_eq!(clean("./a//b.yml").as_deref(), Some("a/b.yml"));
    }
}
