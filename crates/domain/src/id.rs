//! Typed identifiers. All are UUIDs; none can be taken for another. They are made by callers
//! (`Uuid::now_v7` at the process edge), never here.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

/// A text that should have been an identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\u{201c}{text}\u{201d} is not a {kind} id; ids are UUIDs such as 01931f3c-7a10-7c3e-9b9e-2f6f1f0a1b2c")]
pub struct BadId {
    kind: &'static str,
    text: String,
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($kind, ":{}"), self.0)
            }
        }
        impl FromStr for $name {
            type Err = BadId;
            fn from_str(text: &str) -> Result<Self, BadId> {
                Uuid::parse_str(text.trim())
                    .map(Self)
                    .map_err(|_| BadId { kind: $kind, text: text.to_owned() })
            }
        }
        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }
        impl $name {
            /// The last eight digits: enough to recognise a row, never enough to address one.
            #[must_use]
            pub fn short(&self) -> String {
                let text = self.0.simple().to_string();
                text[text.len() - 8..].to_owned()
            }
        }
    };
}

id!(
    /// One member of the support staff.
    StaffId,
    "staff"
);
id!(
    /// One customer organisation; every row of customer data belongs to one.
    TenantId,
    "tenant"
);
id!(
    /// One time box of one staff member on one tenant.
    SupportSessionId,
    "support session"
);
id!(
    /// One signed-in browser or one short-lived token.
    SignInId,
    "sign-in"
);
id!(
    /// One piece of work sent over the bus; chosen by the sender.
    CommandId,
    "command"
);
id!(
    /// One run of a pipeline.
    JobId,
    "job"
);
id!(
    /// One deed that goes on after its request, over many things.
    OperationId,
    "operation"
);
