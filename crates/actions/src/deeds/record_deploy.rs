//! Says that a build of a service was deployed; what a pipeline calls. Saying it again changes nothing. From it on the console compares how
//! things were before and after. Not in here: the comparison (the view `deploy`), and deploys that are noticed (see `gate::collect`).

use domain::{Action, Kind, Meta, Permission, Subject};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordDeploy {
    /// Such as `frontend`, `console`, `worker:plans`: small letters, digits and `._:-`.
    pub service: String,
    pub build: String,
    #[serde(default)]
    pub git_sha: Option<String>,
    /// `production` when empty.
    #[serde(default)]
    pub environment: Option<String>,
    /// When (RFC 3339); now when empty.
    #[serde(default)]
    pub at: Option<String>,
    /// Where to read more: the run of the pipeline, the release.
    #[serde(default)]
    pub url: Option<String>,
    /// Slug or id of the tenant it is for; for all when empty.
    #[serde(default)]
    pub tenant: Option<String>,
    /// What the caller names this deploy by: the same again is the same deploy.
    #[serde(default)]
    pub key: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    pub deploy: i64,
    /// True: it was known already, and nothing was changed.
    pub repeated: bool,
}

impl Action for RecordDeploy {
    const META: Meta = Meta {
        name: "record-deploy",
        title: "Record a deploy",
        help: "Says that a build of a service was deployed. The console keeps how things were before it, looks again five minutes later, and shows what changed. The newest recorded deploy of the service \u{201c}frontend\u{201d} is the build by which older pages are told apart. Saying the same again changes nothing. Customers notice nothing.",
        path: "/fn/record-deploy",
        cli: "opsctl deploy record {service} {build} --git-sha {git_sha} --environment {environment} --at {at} --link {url} --tenant {tenant} --key {key}",
        kind: Kind::Write,
        permission: Permission::DeployRecord,
        consent: false,
        approval: false,
    };
    type Output = Recorded;
    fn subject(&self) -> Subject {
        Subject::Console
    }
}

#[cfg(feature = "server")]
mod server {
    use super::{RecordDeploy, Recorded};
    use crate::deeds::scoped;
    use domain::{At, DeploySource};
    use gate::{Change, Execute, Failed};
    use sqlx::types::time::OffsetDateTime;
    use uuid::Uuid;

    /// A clock that goes ahead by more is wrong.
    const AHEAD_SECS: i64 = 300;

    /// What is written down.
    struct Told {
        scope: Uuid,
        service: String,
        build: String,
        git_sha: Option<String>,
        environment: String,
        url: Option<String>,
        /// As the caller said; else none.
        at: Option<At>,
        key: Option<String>,
    }

    impl Execute for RecordDeploy {
        async fn execute(self, change: &mut Change) -> Result<Recorded, Failed> {
            let told = judged(self, change).await?;
            // Of two callers with the same deploy the second waits here, and then finds the first one's.
            sqlx::query("select pg_advisory_xact_lock(hashtext('ops deploy ' || $1))").bind(&told.service).execute(change.conn()).await?;
            match known(&told, change).await? {
                Some((deploy, source)) if source == DeploySource::Recorded.word() => Ok(Recorded { deploy, repeated: true }),
                Some((deploy, _)) => {
                    take_over(deploy, &told, change).await?;
                    Ok(Recorded { deploy, repeated: false })
                }
                None => Ok(Recorded { deploy: insert(&told, change).await?, repeated: false }),
            }
        }
    }

    /// A text with something in it.
    fn words(said: Option<String>) -> Option<String> {
        said.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
    }

    async fn judged(said: RecordDeploy, change: &mut Change) -> Result<Told, Failed> {
        let no = |words: String| Err(Failed::BadInput(words));
        let service = said.service.trim().to_owned();
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._:-".contains(c);
        if service.is_empty()
            || service.len() > 63
            || !service.chars().all(fits)
            || !service.starts_with(|c: char| c.is_ascii_alphanumeric())
        {
            return no(
                "The service is named with small letters, digits and `._:-`, at most 63 of them, and begins with a letter or digit."
                    .to_owned(),
            );
        }
        let build = scoped::build(&said.build)?;
        let git_sha = words(said.git_sha).map(|sha| sha.to_ascii_lowercase());
        if git_sha.as_ref().is_some_and(|sha| !(7..=64).contains(&sha.len()) || !sha.bytes().all(|b| b.is_ascii_hexdigit())) {
            return no("The commit is 7 to 64 digits of 0-9 and a-f.".to_owned());
        }
        let url = words(said.url);
        let good_url = |url: &String| {
            url.len() <= 500
                && ["http://", "https://"].iter().any(|scheme| url.starts_with(scheme))
                && !url.contains(|c: char| c.is_control() || c.is_whitespace())
        };
        if url.as_ref().is_some_and(|url| !good_url(url)) {
            return no("The address begins with http:// or https://, has no spaces and at most 500 characters.".to_owned());
        }
        let environment = said.environment.unwrap_or_default().trim().to_owned();
        let key = words(said.key);
        if environment.chars().count() > 60 || key.as_ref().is_some_and(|key| key.chars().count() > 120) {
            return no("An environment has at most 60 characters, and a key at most 120.".to_owned());
        }
        let at = words(said.at).map(|at| at.parse::<At>()).transpose().map_err(|bad| Failed::BadInput(format!("{bad}.")))?;
        if at.is_some_and(|at| at.secs_since(change.now()) > AHEAD_SECS) {
            return no("The moment of the deploy is still to come. Is the caller\u{2019}s clock right?".to_owned());
        }
        let scope = scoped::scope(said.tenant.as_deref(), change).await?;
        Ok(Told { scope, service, build, git_sha, environment, url, at, key })
    }

    /// The deploy this says again: by its key, else by its moment, else the newest of the service if it is of the same build. One that was
    /// only noticed is the same deploy too.
    async fn known(told: &Told, change: &mut Change) -> Result<Option<(i64, String)>, Failed> {
        let found = sqlx::query_as(
            "select id, source from (
               select d.*, row_number() over (order by at desc, id desc) = 1 as newest from ops.deploy d where scope = $1 and service = $2) d
             where build = $3 and (key = $4 or ($4 is null and at = $5) or (newest and $4 is null and $5 is null) or (newest and source = $6))
             order by key = $4 desc nulls last, id desc limit 1",
        )
        .bind(told.scope)
        .bind(&told.service)
        .bind(&told.build)
        .bind(&told.key)
        .bind(told.at.map(OffsetDateTime::from))
        .bind(DeploySource::Noticed.word())
        .fetch_optional(change.conn())
        .await?;
        Ok(found)
    }

    async fn take_over(deploy: i64, told: &Told, change: &mut Change) -> Result<(), Failed> {
        let who = change.actor().name.clone();
        sqlx::query(
            "update ops.deploy set source = $2, said_by = left($3, 120), git_sha = $4, environment = $5, url = $6, key = $7 where id = $1",
        )
        .bind(deploy)
        .bind(DeploySource::Recorded.word())
        .bind(who)
        .bind(&told.git_sha)
        .bind(&told.environment)
        .bind(&told.url)
        .bind(&told.key)
        .execute(change.conn())
        .await?;
        change.changed(&format!("deploy {deploy}"), "source", DeploySource::Noticed.word(), DeploySource::Recorded.word());
        Ok(())
    }

    async fn insert(told: &Told, change: &mut Change) -> Result<i64, Failed> {
        let (who, at) = (change.actor().name.clone(), told.at.unwrap_or(change.now()));
        let before: Option<String> =
            sqlx::query_scalar("select build from ops.deploy where scope = $1 and service = $2 order by at desc, id desc limit 1")
                .bind(told.scope)
                .bind(&told.service)
                .fetch_optional(change.conn())
                .await?;
        let deploy = sqlx::query_scalar(
            "insert into ops.deploy (scope, service, build, git_sha, environment, url, at, source, said_by, key)
             values ($1, $2, $3, $4, $5, $6, $7, $8, left($9, 120), $10) returning id",
        )
        .bind(told.scope)
        .bind(&told.service)
        .bind(&told.build)
        .bind(&told.git_sha)
        .bind(&told.environment)
        .bind(&told.url)
        .bind(OffsetDateTime::from(at))
        .bind(DeploySource::Recorded.word())
        .bind(who)
        .bind(&told.key)
        .fetch_one(change.conn())
        .await?;
        change.changed(&told.service, "build", before, told.build.clone());
        change.effect("What changes with it is compared once it has settled.");
        Ok(deploy)
    }
}
