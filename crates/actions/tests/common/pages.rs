//! What customers' pages reported.

use super::World;
use sqlx::Connection;
use uuid::Uuid;

impl World {
    /// A group of errors of a tenant's page, with one event that a tab met after it had sent the tenant's newest command.
    pub async fn frontend_group(&self, tenant: Uuid) -> i64 {
        let mut db = self.db().await;
        let group = sqlx::query_scalar(
            "with g as (
               insert into telemetry.error_group as g (tenant_id, fingerprint, fingerprint_version, kind, title, route, count, sessions, first_seen, last_seen, first_build, last_build)
               values ($1, '01c0ffee00c0ffee', 1, 'error', 'TypeError: # is undefined', '/plans', 1, 1, now(), now(), 'b1', 'b1')
               on conflict (tenant_id, fingerprint, fingerprint_version) do update set count = g.count + 1 returning id),
             s as (insert into telemetry.group_session (tenant_id, group_id, page_session, build, browser, route)
               select $1, id, 'tab1', 'b1', 'Firefox 149', '/plans' from g on conflict do nothing),
             e as (insert into telemetry.event (tenant_id, group_id, build, route, page_session, browser, socket, message, stack, count, raw, command_id)
               select $1, id, 'b1', '/plans', 'tab1', 'Firefox 149', 'c,o', 'TypeError: east-wing.pdf is undefined', 'draw@app.js:1:2', 1, jsonb_build_object('breadcrumbs', 'opened east-wing.pdf')::text,
                 (select command_id from commandbus.command where tenant_id = $1 order by updated_at desc limit 1) from g)
             select id from g",
        )
        .bind(tenant)
        .fetch_one(&mut db)
        .await
        .expect("a group");
        db.close().await.expect("close");
        group
    }

    /// The newest event of all pages.
    pub async fn frontend_event(&self) -> i64 {
        self.text("select max(id)::text from telemetry.event").await.parse().expect("a number")
    }
}
