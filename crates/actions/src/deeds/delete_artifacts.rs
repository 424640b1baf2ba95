//! Forgets what a build left.

use domain::{Action, Kind, Meta, Permission, Subject};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteArtifacts {
    pub build: String,
    /// Slug or id of the tenant they are for; those for all when empty.
    #[serde(default)]
    pub tenant: Option<String>,
    /// One of them only.
    #[serde(default)]
    pub name: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeletedArtifacts {
    /// How many.
    pub deleted: i64,
}

impl Action for DeleteArtifacts {
    const META: Meta = Meta {
        name: "delete-artifacts",
        title: "Delete artifacts of a build",
        help: "Forgets the source maps and modules of a build, or one of them. Frames of errors in its pages are then shown as the browsers wrote them. They can be uploaded again.",
        path: "/fn/delete-artifacts",
        cli: "opsctl artifacts delete {build} --tenant {tenant} --name {name}",
        kind: Kind::Write,
        permission: Permission::DeployRecord,
        consent: false,
        approval: false,
    };
    type Output = DeletedArtifacts;
    fn subject(&self) -> Subject {
        Subject::Console
    }
}

#[cfg(feature = "server")]
mod server {
    use super::{DeleteArtifacts, DeletedArtifacts};
    use crate::deeds::scoped;
    use gate::{Change, Execute, Failed};

    impl Execute for DeleteArtifacts {
        async fn execute(self, change: &mut Change) -> Result<DeletedArtifacts, Failed> {
            let build = scoped::build(&self.build)?;
            let scope = scoped::scope(self.tenant.as_deref(), change).await?;
            let name = self.name.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
            let gone: Vec<String> = sqlx::query_scalar(
                "delete from ops.artifact where scope = $1 and build = $2 and ($3::text is null or name = $3) returning name",
            )
            .bind(scope)
            .bind(&build)
            .bind(name)
            .fetch_all(change.conn())
            .await?;
            let deleted = i64::try_from(gone.len()).unwrap_or(i64::MAX);
            if deleted == 0 {
                return Err(Failed::NotFound);
            }
            change.changed(&format!("build {build}"), "artifacts", gone, serde_json::Value::Null);
            Ok(DeletedArtifacts { deleted })
        }
    }
}
