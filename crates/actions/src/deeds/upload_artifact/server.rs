//! How an artifact is kept: digested before the transaction, and within what the console keeps altogether.

use super::{UploadArtifact, Uploaded};
use crate::deeds::scoped;
use data_encoding::BASE64;
use gate::{Aside, Change, Digested, Failed, Prepare};
use serde_json::Value;
use sqlx::FromRow;
use symbols::LARGEST_DIGEST;
use uuid::Uuid;

/// What may be kept.
#[derive(FromRow)]
struct Setting {
    build_count: i32,
    build_bytes: i64,
    total_count: i32,
    total_bytes: i64,
}

/// What the build has besides.
#[derive(FromRow)]
struct Beside {
    count: i64,
    bytes: i64,
}

impl Prepare for UploadArtifact {
    type Ready = Digested;

    async fn ready(&mut self, aside: &Aside) -> Result<Digested, Failed> {
        // Slips that cost nothing to find are told before what takes long.
        scoped::build(&self.build)?;
        self.name = fitting(&self.name)?;
        let content = std::mem::take(&mut self.content);
        let file = BASE64.decode(content.trim().as_bytes());
        let file = file.map_err(|_| Failed::BadInput("The content is not base64. Send the file in base64, on one line.".into()))?;
        let digested = aside.digest(self.kind, file).await?;
        if digested.digest.len() > LARGEST_DIGEST {
            return Err(Failed::BadInput(format!(
                "What the {} becomes has {} MiB, and at most {} MiB are looked through for a frame. Nothing was changed. Split what is built into smaller files.",
                self.kind,
                digested.digest.len() >> 20,
                LARGEST_DIGEST >> 20
            )));
        }
        Ok(digested)
    }

    async fn execute(self, digested: Digested, change: &mut Change) -> Result<Uploaded, Failed> {
        let Self { build, name, kind, tenant, .. } = self;
        let build = scoped::build(&build)?;
        let scope = scoped::scope(tenant.as_deref(), change).await?;
        // A hundred megabytes take the database longer than other deeds may.
        sqlx::query("set local statement_timeout = '60s'").execute(change.conn()).await?;
        // Who counts must not be overtaken by who adds.
        sqlx::query("select pg_advisory_xact_lock(hashtext('ops artifact'))").execute(change.conn()).await?;
        let known: Option<(i64, String, String)> =
            sqlx::query_as("select id, sha256, kind from ops.artifact where scope = $1 and build = $2 and name = $3")
                .bind(scope)
                .bind(&build)
                .bind(&name)
                .fetch_optional(change.conn())
                .await?;
        let lines = digested.lines;
        if let Some((artifact, ..)) = known.as_ref().filter(|(_, sha256, of)| *sha256 == digested.sha256 && of == kind.word()) {
            return Ok(Uploaded { artifact: *artifact, repeated: true, lines });
        }
        make_room(scope, &build, &name, &digested, change).await?;
        let artifact = keep(scope, &build, &name, kind.word(), &digested, change).await?;
        let before = known.map_or(Value::Null, |(_, sha256, _)| sha256.into());
        change.changed(&format!("build {build}"), &name, before, digested.sha256);
        if !lines {
            change.effect(format!(
                "{name} has no debug information: frames get the names of functions, and no lines. Build with debug information and upload it as it is before it is stripped."
            ));
        }
        Ok(Uploaded { artifact, repeated: false, lines })
    }
}

/// The name as it is matched: segments, without a slash before them.
fn fitting(name: &str) -> Result<String, Failed> {
    let name = name.trim().trim_start_matches("./").trim_start_matches('/');
    let fits = (1..=300).contains(&name.chars().count()) && !name.contains(|c: char| c.is_control() || ['?', '#', '\\'].contains(&c));
    if fits && !name.ends_with('/') {
        return Ok(name.to_owned());
    }
    Err(Failed::BadInput(
        "The name is the end of the file\u{2019}s address, such as assets/app-3f2a.js: 1 to 300 characters, without what follows ? or #."
            .into(),
    ))
}

/// Refuses what a build may not have, and forgets the oldest builds where the console has no room.
async fn make_room(scope: Uuid, build: &str, name: &str, digested: &Digested, change: &mut Change) -> Result<(), Failed> {
    let setting: Setting = sqlx::query_as("select build_count, build_bytes, total_count, total_bytes from ops.artifact_setting")
        .fetch_one(change.conn())
        .await?;
    let beside: Beside = sqlx::query_as(
        "select count(*) as count, coalesce(sum(digest_size), 0)::int8 as bytes from ops.artifact where scope = $1 and build = $2 and name <> $3",
    )
    .bind(scope)
    .bind(build)
    .bind(name)
    .fetch_one(change.conn())
    .await?;
    let (count, bytes) = (beside.count + 1, beside.bytes + i64::try_from(digested.digest.len()).unwrap_or(i64::MAX));
    if count > i64::from(setting.build_count) || bytes > setting.build_bytes {
        return Err(Failed::BadInput(format!(
            "Of one build at most {} artifacts are kept, and {} MiB of what they become; with this one there would be {count}, and {} MiB. Nothing was changed. Upload only what pages load, or delete some: opsctl artifacts delete {build} --name NAME",
            setting.build_count,
            setting.build_bytes >> 20,
            bytes >> 20
        )));
    }
    // Newest first as far as they fit; what comes after that is the oldest.
    let gone: Vec<String> = sqlx::query_scalar(
        "with builds as (
           select scope, build, sum(digest_size) as bytes, count(*) as count, max(uploaded_at) as at from ops.artifact
           where (scope, build) <> ($1, $2) group by 1, 2),
         kept as (
           select scope, build, sum(bytes) over newest as bytes, sum(count) over newest as count from builds
           window newest as (order by at desc, build, scope rows unbounded preceding))
         delete from ops.artifact a using kept k
         where a.scope = k.scope and a.build = k.build and (k.bytes + $3 > $4 or k.count + $5 > $6) returning a.build",
    )
    .bind(scope)
    .bind(build)
    .bind(bytes)
    .bind(setting.total_bytes)
    .bind(count)
    .bind(i64::from(setting.total_count))
    .fetch_all(change.conn())
    .await?;
    told_of(gone, change);
    Ok(())
}

/// Says what was forgotten, build by build.
fn told_of(mut gone: Vec<String>, change: &mut Change) {
    gone.sort();
    for of_one in gone.chunk_by(|one, other| one == other) {
        change.changed(&format!("build {}", of_one[0]), "artifacts", of_one.len(), 0);
        change.effect(format!("The artifacts of build {} were forgotten: there was no room for them any more.", of_one[0]));
    }
}

async fn keep(scope: Uuid, build: &str, name: &str, kind: &str, digested: &Digested, change: &mut Change) -> Result<i64, Failed> {
    let who = change.actor().name.clone();
    let artifact = sqlx::query_scalar(
        "insert into ops.artifact (scope, build, name, kind, sha256, size, lines, digest, uploaded_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8, left($9, 120))
         on conflict (scope, build, name) do update set kind = excluded.kind, sha256 = excluded.sha256, size = excluded.size,
           lines = excluded.lines, digest = excluded.digest, uploaded_at = clock_timestamp(), uploaded_by = excluded.uploaded_by
         returning id",
    )
    .bind(scope)
    .bind(build)
    .bind(name)
    .bind(kind)
    .bind(&digested.sha256)
    .bind(digested.size)
    .bind(digested.lines)
    .bind(&digested.digest)
    .bind(who)
    .fetch_one(change.conn())
    .await?;
    Ok(artifact)
}

#[cfg(test)]
mod tests {
    use super::fitting;

    #[test]
    fn a_name_is_the_end_of_an_address() {
        assert_eq!(fitting("/assets/app.js").expect("a name"), "assets/app.js");
        assert_eq!(fitting("./app_bg.wasm ").expect("a name"), "app_bg.wasm");
        for bad in ["", "/", "assets/", "a.js?v=3", "a\nb", &"x".repeat(301)] {
            assert!(fitting(bad).is_err(), "{bad}");
        }
    }
}
