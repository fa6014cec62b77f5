//! Opening a folder: what is there, what is damaged, where to go on.

use crate::entry::Entry;
use crate::error::JournalError;
use crate::frame::{FORMAT, SEGMENT_HEADER_BYTES, Seal, SegmentHeader};
use crate::segment::{self, FIRST_FRAME, Step, Walker};
use crate::{JournalOptions, meta};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What opening a journal found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovery {
    /// Whether the journal was made anew.
    pub created: bool,
    /// Sound entries found.
    pub entries: u64,
    /// The unfinished end that was cut off the last segment, if there was one: the trace of
    /// a crash during a write. Nothing in it had been acknowledged.
    pub torn_tail: Option<TornTail>,
    /// Damage elsewhere. The rest of the journal is read as usual.
    pub damage: Vec<Damage>,
    /// Sequence numbers left out because [`JournalOptions::at_least`] was higher than what was found.
    pub jumped: u64,
}

/// An unfinished write at the end of the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TornTail {
    /// The segment.
    pub path: PathBuf,
    /// Length of the file after the cut.
    pub kept_bytes: u64,
    /// Bytes cut off.
    pub cut_bytes: u64,
}

/// A damaged place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The segment, by its present name.
    pub path: PathBuf,
    /// Offset of the damage in bytes.
    pub offset: u64,
    /// Length of the damage in bytes.
    pub bytes: u64,
    /// How many entries are missing there.
    pub entries_lost: u64,
    /// The whole file was set aside under this name because nothing in it could be read.
    pub set_aside: bool,
}

/// The state to go on from.
pub(crate) struct Opened {
    pub(crate) instance: u64,
    pub(crate) segments: BTreeMap<u64, u64>,
    pub(crate) end: u64,
    /// The last segment when it can be continued: file, first number, length.
    pub(crate) active: Option<(File, u64, u64)>,
    pub(crate) recovery: Recovery,
}

/// Looks through the folder, mends what can be mended, and says where to go on.
pub(crate) fn open(dir: &Path, options: &JournalOptions) -> Result<Opened, JournalError> {
    let firsts = list(dir)?;
    let mut recovery = Recovery::default();
    let instance = find_instance(dir, &firsts, options, &mut recovery)?;
    let seal = Seal::of(instance);
    let (mut segments, mut end, mut active) = (BTreeMap::new(), firsts.first().copied().unwrap_or(0), None);
    for (index, &first) in firsts.iter().enumerate() {
        let next = firsts.get(index + 1).copied();
        let scan = scan(dir, first, next, instance, seal, &mut recovery)?;
        if scan.set_aside {
            continue;
        }
        segments.insert(first, scan.length);
        end = end.max(scan.end);
        active = (next.is_none() && scan.sound).then_some((scan.file, first, scan.length));
    }
    if end < options.at_least {
        recovery.jumped = if segments.is_empty() { 0 } else { options.at_least - end };
        (end, active) = (options.at_least, None);
    }
    if active.is_none() && end > 0 {
        // The name of an empty segment keeps the numbering where the files no longer tell it.
        // On a full disk the writer tries again with the first entries.
        active = segment::create(dir, instance, end).ok().map(|(file, _)| (file, end, FIRST_FRAME));
        segments.extend(active.as_ref().map(|_| (end, FIRST_FRAME)));
    }
    Ok(Opened { instance, segments, end, active, recovery })
}

fn list(dir: &Path) -> Result<Vec<u64>, JournalError> {
    let mut firsts = Vec::new();
    for item in std::fs::read_dir(dir).map_err(JournalError::io("list", dir))? {
        let item = item.map_err(JournalError::io("list", dir))?;
        firsts.extend(item.file_name().to_str().and_then(segment::first_of));
    }
    firsts.sort_unstable();
    Ok(firsts)
}

/// The instance number: from the meta file, else from the segments' headers, else a new one.
fn find_instance(
    dir: &Path,
    firsts: &[u64],
    options: &JournalOptions,
    recovery: &mut Recovery,
) -> Result<u64, JournalError> {
    if let Some(instance) = meta::read(dir)? {
        return Ok(instance);
    }
    let from_segments = firsts.iter().find_map(|&first| header(&segment::path_of(dir, first)).map(|h| h.instance));
    recovery.created = firsts.is_empty();
    let instance = from_segments.or(options.new_instance).unwrap_or_else(rand::random);
    meta::write(dir, instance)?;
    Ok(instance)
}

fn header(path: &Path) -> Option<SegmentHeader> {
    let mut bytes = [0; SEGMENT_HEADER_BYTES];
    File::open(path).ok()?.read_exact_at(&mut bytes, 0).ok()?;
    SegmentHeader::from_bytes(&bytes)
}

struct Scan {
    file: File,
    length: u64,
    end: u64,
    /// Nothing wrong, so that it can be written on.
    sound: bool,
    set_aside: bool,
}

fn scan(
    dir: &Path,
    first: u64,
    next: Option<u64>,
    instance: u64,
    seal: Seal,
    recovery: &mut Recovery,
) -> Result<Scan, JournalError> {
    let path = segment::path_of(dir, first);
    let io = |action| JournalError::io(action, &path);
    let file = OpenOptions::new().read(true).write(true).open(&path).map_err(io("open"))?;
    let length = file.metadata().map_err(io("ask the size of"))?.len();
    let head = header(&path);
    if let Some(head) = head
        && head.format > FORMAT
    {
        return Err(JournalError::UnknownFormat { path, found: head.format, known: FORMAT });
    }
    let head_sound = head.is_some_and(|h| h.instance == instance && h.first == first);
    let mut scan = Scan { length, end: first, sound: head_sound, set_aside: false, file };
    let shared_file = Arc::new(scan.file.try_clone().map_err(io("open"))?);
    let mut walker = Walker::new(shared_file, seal, FIRST_FRAME.min(length), length);
    let (mut found, mut damage) = (0_u64, Vec::new());
    if !head_sound && length > 0 {
        damage.push(Damage {
            path: path.clone(),
            offset: 0,
            bytes: FIRST_FRAME.min(length),
            entries_lost: 0,
            set_aside: false,
        });
    }
    let tail = loop {
        let numbers = scan.end..next.unwrap_or(u64::MAX);
        match walker.step(&numbers).map_err(io("read"))? {
            Step::Frame { sequence, payload } => {
                if Entry::decode(payload).is_some() {
                    found += 1;
                }
                if let (Some(last), true) = (damage.last_mut(), sequence > scan.end) {
                    last.entries_lost += sequence - scan.end;
                }
                scan.end = sequence + 1;
            }
            Step::Damaged(range) => {
                let bytes = range.end - range.start;
                damage.push(Damage {
                    path: path.clone(),
                    offset: range.start,
                    bytes,
                    entries_lost: 0,
                    set_aside: false,
                });
            }
            Step::End(range) => break range,
        }
    };
    recovery.entries += found;
    finish(&mut scan, &path, next, tail, found, damage, recovery)?;
    Ok(scan)
}

/// Decides about the end of a segment: cut it (last segment), report it, or set the file aside.
fn finish(
    scan: &mut Scan,
    path: &Path,
    next: Option<u64>,
    tail: std::ops::Range<u64>,
    found: u64,
    mut damage: Vec<Damage>,
    recovery: &mut Recovery,
) -> Result<(), JournalError> {
    let io = |action| JournalError::io(action, path);
    let tail_bytes = tail.end - tail.start;
    let missing = next.map_or(0, |next| next.saturating_sub(scan.end));
    if found == 0 && !scan.sound {
        scan.set_aside = true;
        if next.is_none() && scan.length <= FIRST_FRAME {
            // A crash while the segment was made: its header comes to disk before any entry.
            std::fs::remove_file(path).map_err(io("remove the unfinished segment"))?;
            recovery.torn_tail = Some(TornTail { path: path.to_path_buf(), kept_bytes: 0, cut_bytes: scan.length });
            return Ok(());
        }
        // Not one readable entry and no readable header: keep the bytes for whoever wants to
        // look, under a name that is no segment's.
        let aside = path.with_extension("seg.damaged");
        std::fs::rename(path, &aside).map_err(io("set aside"))?;
        let (bytes, entries_lost) = (scan.length, missing);
        recovery.damage.push(Damage { path: aside, offset: 0, bytes, entries_lost, set_aside: true });
        return Ok(());
    }
    match next {
        None if tail_bytes > 0 => {
            scan.file.set_len(tail.start).map_err(io("cut the torn end of"))?;
            scan.file.sync_all().map_err(io("sync"))?;
            scan.length = tail.start;
            recovery.torn_tail =
                Some(TornTail { path: path.to_path_buf(), kept_bytes: tail.start, cut_bytes: tail_bytes });
        }
        Some(_) if missing > 0 => {
            damage.push(Damage {
                path: path.to_path_buf(),
                offset: tail.start,
                bytes: tail_bytes,
                entries_lost: missing,
                set_aside: false,
            });
        }
        _ => {}
    }
    scan.sound &= damage.is_empty();
    recovery.damage.append(&mut damage);
    Ok(())
}
