//! Recomputes the audit's hash chain and names the first entry that does not fit.

use super::audit::Verification;
use domain::{Permission, Sight, View, ViewMeta};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct AuditVerify {}

impl View for AuditVerify {
    const META: ViewMeta = ViewMeta {
        name: "audit-verify",
        title: "Verify the audit chain",
        path: "/fn/audit-verify",
        cli: "opsctl audit verify",
        sight: Sight::Console,
        permission: Permission::Own,
    };
    type Output = Verification;
}

#[cfg(feature = "server")]
mod server {
    use super::AuditVerify;
    use crate::views::audit::{BadLink, Verification};
    use domain::At;
    use gate::{Failed, Look, Show};
    use sqlx::types::time::OffsetDateTime;

    impl Show for AuditVerify {
        async fn show(self, look: &mut Look) -> Result<Verification, Failed> {
            // A long chain takes longer than a page may.
            sqlx::query("set local statement_timeout = '25s'").execute(look.conn()).await?;
            let checked = store::chain::verify(look.conn()).await?;
            let now: OffsetDateTime = sqlx::query_scalar("select clock_timestamp()").fetch_one(look.conn()).await?;
            let at = At::from(now);
            Ok(Verification {
                at,
                links: checked.links,
                took_ms: at.millis() - look.now().millis(),
                first_bad: checked.first_bad.map(|bad| BadLink { seq: bad.seq, entry: bad.entry, what: bad.what }),
            })
        }
    }
}
