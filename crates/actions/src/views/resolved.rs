//! How frames of events get files and lines: by the artifacts of the build that the event names, when somebody reads it. What the pages
//! sent stays as it is. Not in here: what a frame is, and how it is looked up (see the room `symbols`).

mod opened;

use super::frontend_logs::{EventRow, FrameRow, PlaceRow};
use gate::{Failed, Look};
use sqlx::FromRow;
use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};
use symbols::{Cache, Place};
use uuid::Uuid;

/// Artifacts that are opened for one look, and bytes of them altogether: a page of events is of a few builds and a few files each.
const ARTIFACTS: usize = 24;
const BYTES: i64 = 192 * 1024 * 1024;
/// Places of an event that come with lines of their source: where it happened, and from where that was called.
const WITH_SOURCE: usize = 3;
/// Places of an event, and of all events together: a frame of a module may stand for dozens of functions, and whoever wrote the stack says
/// how many frames there are. A line beyond is shown as it came.
const PLACES_OF_AN_EVENT: usize = 300;
const PLACES: usize = 5_000;

#[derive(FromRow)]
struct Artifact {
    id: i64,
    scope: Uuid,
    build: String,
    name: String,
    kind: String,
    sha256: String,
    digest_size: i64,
}

/// Resolves the frames of events that may be shown, which are those of the support session's tenant.
pub(super) async fn resolve(look: &mut Look, events: &mut [EventRow]) -> Result<(), Failed> {
    let Some(tenant) = look.inside() else { return Ok(()) };
    let builds: BTreeSet<&str> = events.iter().map(|event| event.build.as_str()).filter(|build| !build.is_empty()).collect();
    let builds: Vec<String> = builds.into_iter().map(str::to_owned).collect();
    let artifacts: Vec<Artifact> = sqlx::query_as(
        "select id, scope, build, name, kind, sha256, digest_size from ops.artifact where build = any($1) and scope in ($2, $3)",
    )
    .bind(builds)
    .bind(tenant.0)
    .bind(Uuid::nil())
    .fetch_all(look.conn())
    .await?;
    if artifacts.is_empty() {
        return Ok(());
    }
    let digests = digests(look, &artifacts, needed(&artifacts, events)).await?;
    let caches: HashMap<i64, Cache<'_>> = digests.iter().filter_map(|(id, bytes)| Some((*id, Cache::open(bytes).ok()?))).collect();
    let mut left = PLACES;
    for event in events {
        if artifacts.iter().any(|artifact| artifact.build == event.build) {
            let found = |file: &str| caches.get(&of_file(&artifacts, &event.build, file)?.id);
            let frames = frames(event, found, left.min(PLACES_OF_AN_EVENT));
            left -= frames.iter().map(|frame| frame.places.len()).sum::<usize>();
            event.frames = Some(frames);
        }
    }
    Ok(())
}

/// The artifact of a build for a file: the tenant's own before everybody's, and of these the one whose name says most of the address.
fn of_file<'a>(artifacts: &'a [Artifact], build: &str, file: &str) -> Option<&'a Artifact> {
    let ends = |name: &str| file.strip_suffix(name).is_some_and(|front| front.is_empty() || front.ends_with('/'));
    artifacts
        .iter()
        .filter(|artifact| artifact.build == build && ends(&artifact.name))
        .max_by_key(|artifact| (!artifact.scope.is_nil(), artifact.name.len()))
}

/// Those the events ask for, newest events first, as far as may be opened.
fn needed<'a>(artifacts: &'a [Artifact], events: &[EventRow]) -> Vec<i64> {
    let (mut ids, mut bytes): (Vec<i64>, i64) = (Vec::new(), 0);
    for event in events {
        for frame in event.message.lines().chain(event.stack.lines()).filter_map(symbols::frame) {
            let found: Option<&'a Artifact> = of_file(artifacts, &event.build, frame.file).filter(|found| !ids.contains(&found.id));
            if let Some(found) = found.filter(|found| ids.len() < ARTIFACTS && bytes + found.digest_size <= BYTES) {
                bytes += found.digest_size;
                ids.push(found.id);
            }
        }
    }
    ids
}

/// From memory, and the others from the database.
async fn digests(look: &mut Look, artifacts: &[Artifact], mut ids: Vec<i64>) -> Result<HashMap<i64, Arc<Vec<u8>>>, Failed> {
    let key = |artifact: &Artifact| (artifact.sha256.clone(), artifact.kind.clone(), artifact.digest_size);
    let mut digests: HashMap<i64, Arc<Vec<u8>>> = HashMap::new();
    for artifact in artifacts.iter().filter(|artifact| ids.contains(&artifact.id)) {
        digests.extend(opened::find(&key(artifact)).map(|bytes| (artifact.id, bytes)));
    }
    ids.retain(|id| !digests.contains_key(id));
    if ids.is_empty() {
        return Ok(digests);
    }
    let rows: Vec<(i64, Vec<u8>)> =
        sqlx::query_as("select id, digest from ops.artifact where id = any($1)").bind(ids).fetch_all(look.conn()).await?;
    for (id, bytes) in rows {
        let bytes = Arc::new(bytes);
        if let Some(artifact) = artifacts.iter().find(|artifact| artifact.id == id) {
            opened::keep(key(artifact), &bytes);
        }
        digests.insert(id, bytes);
    }
    Ok(digests)
}

/// The frames of what an event says, then those of its stack, with at most so many places: a panic of a module says its stack in its message.
fn frames<'c: 't, 't>(event: &EventRow, found: impl Fn(&str) -> Option<&'t Cache<'c>>, mut left: usize) -> Vec<FrameRow> {
    let said = symbols::resolve(&event.message, &found).into_iter().filter(|line| !line.places.is_empty());
    let mut sources = 0;
    said.chain(symbols::resolve(&event.stack, &found))
        .map(|line| {
            let places: Vec<_> = line.places.into_iter().take(left).map(|place| row(place, &mut sources)).collect();
            left -= places.len();
            FrameRow { raw: line.raw.to_owned(), places }
        })
        .collect()
}

fn row(place: Place, sources: &mut usize) -> PlaceRow {
    let mut source = place.source;
    if !source.is_empty() {
        *sources += 1;
    }
    if *sources > WITH_SOURCE {
        source.clear();
    }
    PlaceRow {
        function: place.function,
        file: place.file,
        line: i64::from(place.line),
        column: i64::from(place.column),
        source_from: i64::from(place.source_from),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_by_the_end_of_their_address() {
        let artifact = |id, name: &str, scope| Artifact {
            id,
            scope,
            build: "b1".into(),
            name: name.into(),
            kind: String::new(),
            sha256: String::new(),
            digest_size: 1,
        };
        let all = [
            artifact(1, "app.js", Uuid::nil()),
            artifact(2, "assets/app.js", Uuid::nil()),
            artifact(3, "app.js", Uuid::from_u128(7)),
            artifact(4, "other.js", Uuid::nil()),
        ];
        let found = |all: &[Artifact], file: &str| of_file(all, "b1", file).map(|artifact| artifact.id);
        assert_eq!(found(&all[..2], "https://h/assets/app.js"), Some(2), "the longer name");
        assert_eq!(found(&all[..2], "https://h/v2/app.js"), Some(1));
        assert_eq!(found(&all, "https://h/assets/app.js"), Some(3), "the tenant\u{2019}s own");
        assert_eq!(found(&all, "https://h/another.js"), None, "not in the middle of a segment");
        assert!(of_file(&all, "b2", "https://h/app.js").is_none());
    }
}
