//! Who may do what: permissions name deeds, roles are sets of permissions, and staff hold roles
//! over all tenants or over named ones. Not in here: what a deed needs besides (see `policy`).

use std::{fmt, str::FromStr};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        pub enum $name { $($(#[$vdoc])* $variant,)+ }
        $crate::words::as_word!($name);
        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            /// The word on the wire and in the database.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(self.word()) }
        }
        impl FromStr for $name {
            type Err = String;
            fn from_str(word: &str) -> Result<Self, String> {
                Self::ALL.iter().copied().find(|w| w.word() == word)
                    .ok_or_else(|| format!("\u{201c}{word}\u{201d} is not a {}", stringify!($name).to_ascii_lowercase()))
            }
        }
    };
}

words!(
    /// The right to one kind of deed.
    Permission {
    /// See who one is, one's own deeds, and whether the audit is whole. Every role has it.
    Own = "own.read",
    /// See commands, jobs and frontend errors; open a support session.
    Read = "read",
    CommandRetry = "command.retry",
    CommandCancel = "command.cancel",
    CommandComplete = "command.complete",
    /// Send a command again with another payload.
    CommandEdit = "command.edit",
    /// See for a moment what contracts call sensitive.
    ContentReveal = "content.reveal",
    JobReprocess = "job.reprocess",
    /// End the process of a running step.
    JobKill = "job.kill",
    /// Let an operation begin that somebody else proposed.
    OperationApprove = "operation.approve",
    /// Take lists out of the console as files.
    Export = "export",
    /// Say of a group of failures who looks into it, what is known of it, and whether it is mended.
    GroupTriage = "group.triage",
    /// Read the logs of the product and of the console, which hold everybody's, and take a support bundle: over all tenants only.
    LogsRead = "logs.read",
    /// Say that something was deployed.
    DeployRecord = "deploy.record",
    /// Save, pause and run checks and heartbeats, and say when maintenance is.
    CheckManage = "check.manage",
    /// Say of an alert that somebody looks after it.
    AlertAcknowledge = "alert.acknowledge",
    /// Save and silence the rules by which alerts are raised.
    AlertManage = "alert.manage",
    /// Say where alerts are sent to.
    WebhookManage = "webhook.manage",
    /// Read everybody's audit entries.
    AuditRead = "audit.read",
    /// Give a script or an agent an account of its own for an hour at most.
    ServiceIssue = "service.issue",
    /// Invite staff, change roles, end other people's sign-ins.
    StaffManage = "staff.manage",
});

impl Permission {
    /// What an account of a script may hold, besides [`Permission::Own`]: nothing for which a person opens a support session, and nothing
    /// that gives rights on.
    pub const OF_SERVICES: &'static [Self] =
        &[Self::Read, Self::LogsRead, Self::DeployRecord, Self::CheckManage, Self::AlertAcknowledge, Self::GroupTriage, Self::AuditRead];
}

words!(
    /// A named set of permissions, held over all tenants or over one.
    Role {
    /// Sees, never changes.
    Viewer = "viewer",
    /// Support staff: sees and acts.
    Support = "support",
    /// A lead: support, and reads everybody's audit entries.
    Lead = "lead",
    /// Reads the audit, touches nothing.
    Auditor = "auditor",
    /// Everything, staff included.
    Admin = "admin",
});

impl Role {
    /// The smallest role that may do all of these.
    #[must_use]
    pub fn least(permissions: &[Permission]) -> Self {
        let holds = |role: &Self| permissions.iter().all(|permission| role.permissions().contains(permission));
        [Self::Viewer, Self::Auditor, Self::Support, Self::Lead].into_iter().find(holds).unwrap_or(Self::Admin)
    }

    /// What this role may do.
    #[must_use]
    pub const fn permissions(self) -> &'static [Permission] {
        use Permission::*;
        match self {
            Self::Viewer => &[Own, Read],
            // What a customer sent is changed by those who answer for it: a lead, or an administrator.
            Self::Support => &[
                Own,
                Read,
                CommandRetry,
                CommandCancel,
                CommandComplete,
                JobReprocess,
                JobKill,
                OperationApprove,
                GroupTriage,
                AlertAcknowledge,
                Export,
                LogsRead,
                ServiceIssue,
            ],
            Self::Lead => &[
                Own,
                Read,
                CommandRetry,
                CommandCancel,
                CommandComplete,
                CommandEdit,
                ContentReveal,
                JobReprocess,
                JobKill,
                OperationApprove,
                GroupTriage,
                AlertAcknowledge,
                CheckManage,
                AlertManage,
                Export,
                LogsRead,
                DeployRecord,
                AuditRead,
                ServiceIssue,
            ],
            Self::Auditor => &[Own, AuditRead],
            Self::Admin => Permission::ALL,
        }
    }
}
