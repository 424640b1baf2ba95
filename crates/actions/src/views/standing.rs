//! Where a group stands: what people said of it and what goes with that; the same of failed commands and of frontend errors.

use domain::{At, GroupState};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    pub state: GroupState,
    pub state_at: At,
    /// Who put it there; nobody when it got there by itself.
    pub state_by: Option<String>,
    pub why: Option<String>,
    pub ticket: Option<String>,
    pub snooze_until: Option<At>,
    /// Wakes at so many altogether.
    pub snooze_total: Option<i64>,
    /// Wakes at more than so many within an hour.
    pub snooze_per_hour: Option<i32>,
    /// Build in which it was mended.
    pub resolved_in: Option<String>,
}

#[cfg(feature = "server")]
pub(super) mod server {
    use super::Standing;
    use crate::views::rows::word;
    use domain::At;
    use gate::Failed;
    use sqlx::types::time::OffsetDateTime;

    /// The columns both kinds of group have, under these names.
    #[derive(sqlx::FromRow)]
    pub(in crate::views) struct StandingRecord {
        state: String,
        state_at: OffsetDateTime,
        state_by: Option<String>,
        why: Option<String>,
        ticket: Option<String>,
        snooze_until: Option<OffsetDateTime>,
        snooze_total: Option<i64>,
        snooze_per_hour: Option<i32>,
        resolved_in: Option<String>,
    }

    impl StandingRecord {
        pub(in crate::views) fn standing(self) -> Result<Standing, Failed> {
            Ok(Standing {
                state: word(&self.state)?,
                state_at: At::from(self.state_at),
                state_by: self.state_by,
                why: self.why,
                ticket: self.ticket,
                snooze_until: self.snooze_until.map(At::from),
                snooze_total: self.snooze_total,
                snooze_per_hour: self.snooze_per_hour,
                resolved_in: self.resolved_in,
            })
        }
    }
}
