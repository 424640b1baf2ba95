//! The door for streams. No transaction stays open behind one: what it may carry hangs on a lease, which is renewed while the
//! stream lives, and ends with the sign-in or with the support session it was opened in. A stream of changes carries ids
//! only, so it leaves no entry in the audit: what is read because of one leaves its own.

use crate::{FeedEvent, Gate, Token};
use domain::{Actor, Permission, Problem, ProblemKind, SignInId, SupportSessionId};
use std::{sync::Arc, time::Duration};

/// What lets a stream go on. Whoever holds one renews it every [`Watch::RENEW`].
pub struct Watch {
    gate: Arc<Gate>,
    token: Token,
    sign_in: SignInId,
    actor: Actor,
    session: Option<SupportSessionId>,
}

/// Why a stream has to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Over {
    #[error("You are signed out.")]
    SignedOut,
    #[error("The support session has ended.")]
    SessionEnded,
    /// Nobody can say at the moment: the stream is opened anew once the database answers.
    #[error("The console cannot reach its database.")]
    Away,
    /// Another tab of this browser raised the session, and with it the sign-in got another token: the browser has it already.
    #[error("The sign-in goes on under another token.")]
    Renewed,
}

impl Gate {
    /// Opens a stream for whoever is signed in.
    pub async fn watch(self: &Arc<Self>, token: &Token) -> Result<Watch, Problem> {
        let (actor, _, sign_in) = self.actor_with_sign_in(token).await?;
        Ok(Watch { gate: Arc::clone(self), token: token.clone(), sign_in, session: session_of(&actor), actor })
    }
}

impl Watch {
    /// How often it is renewed: half of the two seconds within which a stream ends after its session.
    pub const RENEW: Duration = Duration::from_secs(1);

    /// Whether the stream may carry this.
    #[must_use]
    pub fn may_see(&self, event: &FeedEvent) -> bool {
        event.tenant.is_none_or(|tenant| self.actor.may(Permission::Read, Some(tenant)))
    }

    /// Whether the person may still do this for all tenants together.
    #[must_use]
    pub fn may_everywhere(&self, permission: Permission) -> bool {
        self.actor.may_everywhere(permission)
    }

    /// Looks again who it is and what they may see.
    ///
    /// # Errors
    /// Why the stream has to end.
    pub async fn renew(&mut self) -> Result<(), Over> {
        match self.gate.actor(&self.token).await {
            Ok((actor, _)) => {
                let session = session_of(&actor);
                let ended = self.session.is_some() && session != self.session;
                (self.session, self.actor) = (session, actor);
                if ended { Err(Over::SessionEnded) } else { Ok(()) }
            }
            Err(problem) if problem.kind == ProblemKind::SignedOut => match self.gate.sign_in_goes_on(self.sign_in).await {
                Ok(true) => Err(Over::Renewed),
                Ok(false) => Err(Over::SignedOut),
                Err(_) => Err(Over::Away),
            },
            Err(_) => Err(Over::Away),
        }
    }
}

fn session_of(actor: &Actor) -> Option<SupportSessionId> {
    actor.support.as_ref().map(|support| support.id)
}
