//! Who is signed in, and the support session.

use super::{Paint, table::facts, words};
use actions::views::me::MeOutput;
use domain::{At, Support};

pub fn me(me: &MeOutput, paint: Paint) -> String {
    let actor = &me.actor;
    let tenant_name = |id| me.tenants.iter().find(|tenant| tenant.id == id).map_or_else(|| id.to_string(), |t| t.name.clone());
    let roles =
        actor.roles.iter().map(|(role, tenant)| tenant.map_or_else(|| role.to_string(), |id| format!("{role} of {}", tenant_name(id))));
    let tenants = me.tenants.iter().map(|tenant| format!("{} ({})", tenant.slug, tenant.name));
    let factor = actor.second_factor_at.map_or("not confirmed".to_owned(), |at| format!("confirmed {}", words::ago(me.now, at)));
    facts(
        paint,
        &[
            ("name", actor.name.clone()),
            ("email", actor.email.clone()),
            ("roles", roles.collect::<Vec<_>>().join(", ")),
            ("second factor", factor),
            ("signed in", format!("ends {}", words::ago(me.now, actor.signed_in_until))),
            ("tenants", tenants.collect::<Vec<_>>().join(", ")),
            (
                "waiting",
                format!(
                    "{} in troubleshooting, {} failed jobs, {} frontend groups",
                    me.troubleshooting, me.failed_jobs, me.frontend_groups
                ),
            ),
        ],
    ) + "\n"
        + &*running(actor.support.as_ref(), me.now, paint)
}

/// The support session, or how to start one.
pub fn running(session: Option<&Support>, now: At, paint: Paint) -> String {
    let Some(session) = session.filter(|session| session.is_open(now)) else {
        return "No support session is running. Start one: opsctl session start --tenant TENANT --ticket TICKET --reason \"…\"\n"
            .to_owned();
    };
    let mode = match session.write_until.filter(|_| session.is_writing(now)) {
        Some(until) => paint.warn(&format!("may write, until {} UTC ({})", until.clock(), words::ago(now, until))),
        None => "read-only; raise it: opsctl session raise".to_owned(),
    };
    let ends = format!("{} UTC ({})", session.expires_at.clock(), words::ago(now, session.expires_at));
    format!("{}\n", paint.bold(&format!("Support session on {}", session.tenant_name)))
        + &*facts(paint, &[("ticket", session.ticket.clone()), ("reason", session.reason.clone()), ("mode", mode), ("ends", ends)])
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn a_session_tells_its_mode_and_its_end() {
        let now = samples::now();
        let mut session = samples::support();
        let text = running(Some(&session), now, Paint(false));
        assert!(text.starts_with("Support session on Acme\n"), "{text}");
        assert!(text.contains("ends    10:40:00 UTC (in 40 m)") && text.contains("opsctl session raise"), "{text}");
        session.write_until = Some(now.plus_secs(600));
        assert!(running(Some(&session), now, Paint(false)).contains("may write, until 10:10:00 UTC (in 10 m)"));
        assert!(running(Some(&session), now.plus_secs(7200), Paint(false)).starts_with("No support session"));
    }
}
