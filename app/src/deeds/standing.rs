//! What is missing before the person in front of the screen may do a deed, and where to get it.
//! The very function the gate runs, over what the server said of the person. Not in here: the policy.

use crate::{
    frame::{FrameDialog, Here, MeContext},
    routes,
};
use domain::{Ask, Meta, Missing, TenantId, missing};

/// Everything missing for `ask` at this moment. Nothing is known yet of the person: nothing may be done.
#[must_use]
pub fn missing_now(me: MeContext, meta: &Meta, tenant: Option<TenantId>, ask: &Ask) -> Vec<Missing> {
    match (me.actor(), me.now()) {
        (Some(actor), Some(now)) => missing(meta, &actor, tenant, ask, now),
        _ => vec![Missing::SupportSession],
    }
}

/// What is missing before the deed can at least be rehearsed: its button opens the dialog then. The dialog asks for the reason.
#[must_use]
pub fn missing_to_rehearse(me: MeContext, meta: &Meta, tenant: Option<TenantId>) -> Vec<Missing> {
    let mut missing = missing_now(me, meta, tenant, &Ask { reason: String::new(), rehearse: true });
    missing.retain(|one| *one != Missing::Reason);
    missing
}

/// The missing things as one sentence: "First: start a support session on this tenant."
#[must_use]
pub fn sentence(missing: &[Missing]) -> String {
    let list: Vec<_> = missing.iter().map(ToString::to_string).collect();
    ["First: ", &list.join("; "), "."].concat()
}

/// Where a missing thing is to be had: the words of the link and its address.
#[must_use]
pub fn remedy(missing: &Missing, here: Here, tenant: Option<TenantId>) -> Option<(&'static str, String)> {
    match missing {
        Missing::SupportSession => tenant.map(|tenant| ("Start a session", here.start_on(tenant))),
        Missing::WriteMode => Some(("Raise to write", here.with(FrameDialog::Raise))),
        Missing::SecondFactor => Some(("Sign in again", routes::sign_in(&here.plain()))),
        Missing::OtherTenant { .. } | Missing::Permission { .. } | Missing::Reason | Missing::Consent | Missing::Approval => None,
    }
}
