//! A source map is read, weighed and written down anew with what is needed of it, before it becomes a table: extensions of some tools
//! would have to be believed otherwise, and a few bytes of a hostile map can stand for a lot of memory.

use crate::Error;
use domain::ArtifactKind;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use symbolic::sourcemapcache::SourceMapCacheWriter;

/// Places in what was built. A bundle of ten megabytes has about two million.
const PLACES: usize = 6_000_000;
/// Sources, and names in them.
const WORDS: usize = 1_000_000;
/// What is written before the name of each source.
const ROOT: usize = 1_000;
/// Where the parts of what was built begin.
const FARTHEST: u32 = 100_000_000;

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Map<'a> {
    #[serde(default)]
    version: serde_json::Value,
    #[serde(default, borrow, skip_serializing_if = "Option::is_none")]
    source_root: Option<Cow<'a, str>>,
    #[serde(default, borrow, skip_serializing_if = "Option::is_none")]
    sources: Option<Vec<Option<Cow<'a, str>>>>,
    #[serde(default, borrow, skip_serializing_if = "Option::is_none")]
    sources_content: Option<Vec<Option<Cow<'a, str>>>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    names: Option<Vec<serde_json::Value>>,
    #[serde(default, borrow, skip_serializing_if = "Option::is_none")]
    mappings: Option<Cow<'a, str>>,
    #[serde(default, borrow, skip_serializing_if = "Option::is_none")]
    sections: Option<Vec<Section<'a>>>,
}

#[derive(Deserialize, Serialize)]
struct Section<'a> {
    offset: Offset,
    #[serde(default, borrow)]
    map: Option<Box<Map<'a>>>,
}

#[derive(Deserialize, Serialize)]
struct Offset {
    line: u32,
    column: u32,
}

/// What a map and its sections have altogether.
#[derive(Default)]
struct Weight {
    places: usize,
    words: usize,
}

/// The table of a map.
pub(crate) fn table(bytes: &[u8]) -> Result<Vec<u8>, Error> {
    let text = std::str::from_utf8(bytes).map_err(|_| Error::NotAMap("it is not text".into()))?;
    // Some servers put `)]}'` before JSON, so that no page can run it.
    let json = text.trim_start_matches('\u{feff}');
    let json = if json.starts_with(")]}") { json.split_once('\n').map_or("", |(_, json)| json) } else { json };
    let map: Map<'_> = serde_json::from_str(json).map_err(|error| Error::NotAMap(said(&error)))?;
    weigh(&map, &mut Weight::default())?;
    let plain = serde_json::to_string(&map).map_err(|_| Error::Broken(ArtifactKind::SourceMap))?;
    drop(map);
    // Without what was built: reading that would name functions better, but a parser of JavaScript that is given a hostile text goes
    // deeper than there is memory. What a function is called is asked of who calls it (see `stack`).
    let writer = SourceMapCacheWriter::new("", &plain).map_err(|error| Error::NotAMap(said(&error)))?;
    let mut table = Vec::new();
    writer.serialize(&mut table).map_err(|_| Error::Broken(ArtifactKind::SourceMap))?;
    Ok(table)
}

fn weigh(map: &Map<'_>, weight: &mut Weight) -> Result<(), Error> {
    match (&map.sections, &map.mappings) {
        (Some(sections), _) => {
            for section in sections {
                let within = section.map.as_ref().ok_or(Error::Elsewhere)?;
                if section.offset.line > FARTHEST || section.offset.column > FARTHEST {
                    return Err(Error::TooMuch("a part that begins hundreds of millions of lines or columns away"));
                }
                weigh(within, weight)?;
            }
            return Ok(());
        }
        (None, None) => return Err(Error::NotAMap("it has no `mappings`".into())),
        (None, Some(mappings)) => weight.places += mappings.bytes().filter(|byte| matches!(byte, b',' | b';')).count(),
    }
    let count = |list: Option<usize>| list.unwrap_or(0);
    weight.words += count(map.sources.as_ref().map(Vec::len)) + count(map.names.as_ref().map(Vec::len));
    weight.words += count(map.sources_content.as_ref().map(Vec::len));
    if weight.places > PLACES {
        return Err(Error::TooMuch("more than six million places"));
    }
    if weight.words > WORDS {
        return Err(Error::TooMuch("more than a million sources and names"));
    }
    if map.source_root.as_ref().is_some_and(|root| root.len() > ROOT) {
        return Err(Error::TooMuch("a `sourceRoot` of more than a thousand characters"));
    }
    Ok(())
}

/// What the reader says, with what is behind it.
fn said(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        words = next.to_string();
        cause = next.source();
    }
    words.chars().take(200).collect()
}
