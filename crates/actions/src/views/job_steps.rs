//! A window of the steps of one run, for a list that is scrolled: the same rows the view of the job begins
//! with, further up or down.

use super::job::Step;
use domain::{At, JobId, Permission, Sight, Subject, View, ViewMeta};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobSteps {
    pub job: JobId,
    /// Row of the first step, from 1.
    #[serde(default)]
    pub from: Option<i64>,
    /// Steps to list, at most 1,000.
    #[serde(default)]
    pub limit: Option<i64>,
    /// Leave the steps out that did not run because of the root cause.
    #[serde(default)]
    pub fold: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobStepsOutput {
    pub now: At,
    /// Row of the first of these steps.
    pub from: i64,
    /// Rows there are.
    pub rows: i64,
    pub steps: Vec<Step>,
}

impl View for JobSteps {
    const META: ViewMeta = ViewMeta {
        name: "job-steps",
        title: "Steps of a run, some at a time",
        path: "/fn/job-steps",
        cli: "opsctl show-pipeline {job} --from {from}",
        sight: Sight::Inside,
        permission: Permission::Read,
    };
    type Output = JobStepsOutput;
    fn subject(&self) -> Subject {
        Subject::Job(self.job)
    }
}

#[cfg(feature = "server")]
mod server {
    use super::{JobSteps, JobStepsOutput};
    use crate::views::job::server::{
        limit_of,
        outline::{Rows, Whole},
        steps::steps,
    };
    use gate::{Failed, Look, Show};

    impl Show for JobSteps {
        async fn show(self, look: &mut Look) -> Result<JobStepsOutput, Failed> {
            let limit = limit_of(self.limit)?;
            let tenant: Option<uuid::Uuid> = sqlx::query_scalar("select tenant_id from pipeline.job where job_id = $1")
                .bind(self.job.0)
                .fetch_optional(look.conn())
                .await?;
            let key = (tenant.ok_or(Failed::NotFound)?, self.job.0);
            let now = look.now();
            let whole = Whole::read(look, key, now).await?;
            let rows = Rows::of(&whole, self.fold, None);
            let outline = whole.outline(&rows, None, self.from, limit);
            let ordinals: Vec<i32> = rows.listed(outline.from, limit).filter_map(|index| whole.ordinals.get(index).copied()).collect();
            Ok(JobStepsOutput { now, from: outline.from, rows: outline.rows, steps: steps(look, key, &whole, &ordinals).await? })
        }
    }
}
