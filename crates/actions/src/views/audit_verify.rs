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
        permission: Permission::Read,
    };
    type Output = Verification;
}
