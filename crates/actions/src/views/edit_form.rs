//! What somebody needs to edit a payload: the payload as it is, its version, and what its type's contract says. Content, so only inside
//! a support session; sensitive values are masked.

use domain::{At, CommandId, Permission, Sight, Subject, View, ViewMeta};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EditForm {
    pub command: CommandId,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EditFormOutput {
    pub now: At,
    pub domain: String,
    pub command_type: String,
    /// False outside a support session on its tenant; then nothing of the payload is said.
    pub inside: bool,
    /// As JSON text; `None` when it is nowhere any more.
    pub payload: Option<String>,
    /// To be handed back with the edit.
    pub version: Option<String>,
    /// What the worker's host says of this type; `None`: nothing.
    pub contract: Option<ContractOutput>,
    /// Workers that check this type and are heard from.
    pub listening: i64,
    /// How often it was edited.
    pub revisions: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ContractOutput {
    /// A JSON Schema as text, with `x-edit`: `free`, `locked` or `sensitive`.
    pub schema: String,
    /// The worker that brought it, and its build.
    pub worker: String,
    pub build: String,
    pub at: At,
}

impl View for EditForm {
    const META: ViewMeta = ViewMeta {
        name: "edit-form",
        title: "What is needed to edit a payload",
        path: "/fn/edit-form",
        cli: "opsctl troubleshooting show {command}",
        sight: Sight::Inside,
        permission: Permission::Read,
    };
    type Output = EditFormOutput;
    fn subject(&self) -> Subject {
        Subject::Command(self.command)
    }
}

#[cfg(feature = "server")]
mod server {
    use super::{ContractOutput, EditForm, EditFormOutput};
    use domain::{At, TenantId};
    use gate::{Failed, Look, Show};
    use store::payload;
    use uuid::Uuid;

    impl Show for EditForm {
        async fn show(self, look: &mut Look) -> Result<EditFormOutput, Failed> {
            let (tenant, domain, command_type): (Uuid, String, String) =
                sqlx::query_as("select tenant_id, domain, command_type from commandbus.command where command_id = $1")
                    .bind(self.command.0)
                    .fetch_optional(look.conn())
                    .await?
                    .ok_or(Failed::NotFound)?;
            let shown: Option<(String, String)> =
                sqlx::query_as("select commandbus.shown($2, $3, p.payload)::text, p.version from commandbus.payloads(array[$1]) p")
                    .bind(self.command.0)
                    .bind(&domain)
                    .bind(&command_type)
                    .fetch_optional(look.conn())
                    .await?;
            let contract = payload::contract(look.conn(), &domain, &command_type).await?;
            let contract = contract.map(|contract| ContractOutput {
                schema: contract.schema,
                worker: contract.worker,
                build: contract.build,
                at: At::from(contract.at),
            });
            let listening = payload::listening(look.conn(), &domain, &command_type).await?;
            let revisions = sqlx::query_scalar("select count(*) from commandbus.payload_revision where tenant_id = $1 and command_id = $2")
                .bind(tenant)
                .bind(self.command.0)
                .fetch_one(look.conn())
                .await?;
            let inside = look.inside() == Some(TenantId(tenant));
            let (payload, version) = shown.unzip();
            Ok(EditFormOutput { now: look.now(), domain, command_type, inside, payload, version, contract, listening, revisions })
        }
    }
}
