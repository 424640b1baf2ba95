//! Runs of pipelines, newest first.

use domain::{At, CommandId, JobId, JobStatus, Permission, Sight, TenantId, View, ViewMeta};
use serde::{Deserialize, Serialize};

/// Filters of the list; empty means all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Jobs {
    pub status: Option<JobStatus>,
    pub pipeline: Option<String>,
    /// Tenant slug or id.
    pub tenant: Option<String>,
    /// Changed within this span (`1h`) or since this moment (RFC 3339).
    pub last: Option<String>,
    /// Rows on a page, 1 to 200; 50 when absent.
    pub limit: Option<i64>,
    pub cursor: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobsOutput {
    pub now: At,
    pub rows: Vec<JobRow>,
    pub total: i64,
    pub total_capped: bool,
    pub next: Option<String>,
    pub pipelines: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobRow {
    pub tenant: TenantId,
    pub tenant_name: String,
    pub job: JobId,
    pub command: CommandId,
    pub pipeline: String,
    /// What it works on, such as a file name; inside only.
    pub title: Option<String>,
    pub status: JobStatus,
    /// Where it stands or failed.
    pub current_step: Option<String>,
    pub error_code: Option<String>,
    pub error_title: Option<String>,
    /// Which try of the whole run this is.
    pub run: i32,
    pub created_at: At,
    pub updated_at: At,
    /// From first start to last end (or now).
    pub duration_ms: Option<i64>,
}

impl View for Jobs {
    const META: ViewMeta = ViewMeta {
        name: "jobs",
        title: "Runs of pipelines",
        path: "/fn/jobs",
        cli: "opsctl jobs",
        sight: Sight::Excerpts,
        permission: Permission::Read,
    };
    type Output = JobsOutput;
}

#[cfg(feature = "server")]
mod server {
    use super::{Jobs, JobsOutput};
    use crate::views::rows::{JOB_COLUMNS, JOB_TABLES, JobRecord, bad, push_after, push_tenant, push_until};
    use gate::{Failed, Look, Show};
    use sqlx::{Postgres, QueryBuilder};
    use store::page::{COUNT_CAP, moment, page_size};

    impl Show for Jobs {
        async fn show(self, look: &mut Look) -> Result<JobsOutput, Failed> {
            let size = page_size(self.limit).map_err(bad)?;
            let mut sql = QueryBuilder::<Postgres>::new("select ");
            sql.push(JOB_COLUMNS).push(JOB_TABLES);
            push_filters(&mut sql, &self, look)?;
            push_after(&mut sql, ("j.updated_at", "j.job_id"), self.cursor.as_deref())?;
            sql.push(" order by j.updated_at desc, j.job_id desc limit ").push_bind(size + 1);
            let mut records: Vec<JobRecord> = sql.build_query_as().fetch_all(look.conn()).await?;
            let more = i64::try_from(records.len()).unwrap_or(0) > size;
            records.truncate(usize::try_from(size).unwrap_or(50));
            let next = records.last().filter(|_| more).map(|last| last.key().text());
            let rows = records.into_iter().map(JobRecord::row).collect::<Result<_, _>>()?;
            let total = count(&self, look).await?;
            let pipelines = pipelines(look).await?;
            Ok(JobsOutput { now: look.now(), rows, total: total.min(COUNT_CAP), total_capped: total > COUNT_CAP, next, pipelines })
        }
    }

    /// The names in use, from one to the next along the index: a few look-ups, however many jobs there are.
    async fn pipelines(look: &mut Look) -> Result<Vec<String>, Failed> {
        Ok(sqlx::query_scalar(
            "with recursive name as (
               (select pipeline from pipeline.job order by pipeline limit 1)
               union all
               select (select j.pipeline from pipeline.job j where j.pipeline > name.pipeline order by j.pipeline limit 1)
               from name where name.pipeline is not null)
             select pipeline from name where pipeline is not null limit 100",
        )
        .fetch_all(look.conn())
        .await?)
    }

    async fn count(filter: &Jobs, look: &mut Look) -> Result<i64, Failed> {
        let mut sql = QueryBuilder::<Postgres>::new("select count(*) from (select from pipeline.job j");
        push_filters(&mut sql, filter, look)?;
        sql.push(" limit ").push_bind(COUNT_CAP + 1).push(") counted");
        Ok(sql.build_query_scalar().fetch_one(look.conn()).await?)
    }

    fn push_filters(sql: &mut QueryBuilder<Postgres>, filter: &Jobs, look: &Look) -> Result<(), Failed> {
        sql.push(" where true");
        if let Some(status) = filter.status {
            sql.push(" and j.status = ").push_bind(status.word());
        }
        if let Some(pipeline) = filter.pipeline.as_ref().filter(|p| !p.is_empty()) {
            sql.push(" and j.pipeline = ").push_bind(pipeline.clone());
        }
        push_tenant(sql, "j.tenant_id", filter.tenant.as_deref());
        if let Some(last) = filter.last.as_ref().filter(|l| !l.is_empty()) {
            push_until(sql, "j.updated_at", ">=", moment(last, look.now()).map_err(bad)?);
        }
        Ok(())
    }
}
