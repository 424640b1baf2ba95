//! A table as it is kept, and what a frame is in it.

use crate::{Error, Frame, Spot};
use domain::ArtifactKind;
use std::borrow::Cow;
use symbolic::{
    sourcemapcache::{SourceLocation, SourceMapCache, SourcePosition},
    symcache::SymCache,
};

/// First bytes of a table; the last two say how it is kept. A length that is divided by eight keeps what follows aligned.
const MAP: &[u8; 8] = b"opsmap01";
const MODULE: &[u8; 8] = b"opswsm01";
/// Lines of source before and after the one that is meant.
const AROUND: u32 = 2;
/// Of a line of source, so many characters: where the source itself is one line, it would be all of it.
const WIDEST: usize = 200;
/// Functions that were compiled into one another at one place.
const INLINED: usize = 30;

/// Where in the source something is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Empty where nothing is known of it.
    pub function: String,
    /// As the build names it; empty where only the function is known.
    pub file: String,
    /// From 1; 0 where it is not known.
    pub line: u32,
    /// From 1; 0 where it is not known.
    pub column: u32,
    /// What stands at that place, by the name it had: of a call, what is called.
    pub(crate) calls: Option<String>,
    /// The number of the first line of `source`.
    pub source_from: u32,
    /// Lines around it, where the map holds the source.
    pub source: Vec<String>,
}

/// A table, open.
pub struct Cache<'a>(Table<'a>);

enum Table<'a> {
    Map(SourceMapCache<'a>),
    Module(SymCache<'a>),
}

/// The table with what says of which kind it is.
pub(crate) fn sealed(kind: ArtifactKind, table: &[u8]) -> Vec<u8> {
    let mark = match kind {
        ArtifactKind::SourceMap => MAP,
        ArtifactKind::Wasm => MODULE,
    };
    [mark.as_slice(), table].concat()
}

impl<'a> Cache<'a> {
    /// Opens what [`digest`](crate::digest) made. Reads its head only.
    pub fn open(bytes: &'a [u8]) -> Result<Self, Error> {
        let (mark, table) = bytes.split_at_checked(8).ok_or(Error::Unreadable)?;
        if mark == MAP {
            SourceMapCache::parse(table).map(|map| Self(Table::Map(map))).map_err(|_| Error::Unreadable)
        } else if mark == MODULE {
            SymCache::parse(table).map(|module| Self(Table::Module(module))).map_err(|_| Error::Unreadable)
        } else {
            Err(Error::Unreadable)
        }
    }

    /// Where the frame is, the innermost function first; empty where the table knows nothing of it.
    #[must_use]
    pub fn places(&self, frame: &Frame<'_>) -> Vec<Place> {
        match (&self.0, frame.spot) {
            (Table::Map(map), Spot::Text { line, column }) => {
                let found = map.lookup(SourcePosition::new(line - 1, column - 1));
                found.as_ref().and_then(|found| in_source(found, frame)).into_iter().collect()
            }
            (Table::Module(module), Spot::Module { offset }) => in_module(module, offset),
            _ => Vec::new(),
        }
    }
}

fn in_source(found: &SourceLocation<'_>, frame: &Frame<'_>) -> Option<Place> {
    let file = found.file()?;
    let line = found.line().checked_add(1)?;
    let (mut source, mut source_from) = (Vec::new(), 0);
    if file.source().is_some() {
        source_from = line.saturating_sub(AROUND).max(1);
        let lines = (source_from..=line.saturating_add(AROUND)).map_while(|number| file.line(usize::try_from(number - 1).ok()?));
        source = lines.map(shortened).collect::<Vec<_>>();
        // What follows the last line break is no line.
        while source.last().is_some_and(String::is_empty) {
            source.pop();
        }
    }
    Some(Place {
        function: frame.function.unwrap_or_default().to_owned(),
        file: file.name().unwrap_or_default().to_owned(),
        line,
        column: found.column().saturating_add(1),
        calls: found.name().map(str::to_owned),
        source_from,
        source,
    })
}

fn shortened(line: &str) -> String {
    let line = line.trim_end();
    match line.char_indices().nth(WIDEST) {
        Some((end, _)) => [&line[..end], "\u{2026}"].concat(),
        None => line.to_owned(),
    }
}

fn in_module(module: &SymCache<'_>, offset: u64) -> Vec<Place> {
    let place = |found: symbolic::symcache::SourceLocation<'_, '_>| {
        let file = found.file().map(|file| file.full_path()).unwrap_or_default();
        Place { function: demangled(found.function().name()).into_owned(), file, line: found.line(), ..Place::default() }
    };
    module.lookup(offset).take(INLINED).map(place).collect()
}

/// The name as it stands in the source, without the hash the compiler added.
fn demangled(name: &str) -> Cow<'_, str> {
    match rustc_demangle::try_demangle(name) {
        Ok(plain) => Cow::Owned(format!("{plain:#}").chars().take(300).collect()),
        Err(_) => Cow::Borrowed(name),
    }
}
