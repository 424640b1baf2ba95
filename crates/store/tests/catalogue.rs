//! Walks the catalogue of a freshly migrated database: the laws about tenant tables hold for every
//! table there is, also for the one somebody adds tomorrow.

use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, postgres::PgConnectOptions};

async fn fresh() -> (cluster::Scratch, PgConnectOptions) {
    let scratch = cluster::scratch().expect("a scratch cluster").fresh_database().expect("a database");
    let admin: PgConnectOptions = scratch.superuser_url.parse().expect("a url");
    store::migrate(&admin, None).await.unwrap_or_else(|e| panic!("{e}: {e:?}"));
    (scratch, admin)
}

async fn names(connection: &mut PgConnection, sql: &'static str) -> Vec<String> {
    sqlx::query_scalar(sql).fetch_all(connection).await.expect("catalogue")
}

#[tokio::test]
async fn every_tenant_table_is_walled() {
    let (_scratch, admin) = fresh().await;
    let mut db = admin.connect().await.expect("connection");
    let tables = names(&mut db, "select c.oid::regclass::text from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r', 'p') and n.nspname not in ('pg_catalog', 'information_schema') order by 1").await;
    assert!(tables.len() >= 18, "the walk found too few tables: {tables:?}");
    let open = names(&mut db, "select c.oid::regclass::text from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' where c.relkind in ('r', 'p') and not (c.relrowsecurity and c.relforcerowsecurity and exists (select from pg_policy p where p.polrelid = c.oid))").await;
    assert!(open.is_empty(), "tenant tables without forced row-level security: {open:?}");
    let loose = names(&mut db, "select con.conrelid::regclass::text || '.' || con.conname from pg_constraint con join pg_attribute a on a.attrelid = con.conrelid and a.attname = 'tenant_id' where con.contype in ('p', 'u') and not a.attnum = any (con.conkey) and con.conrelid::regclass::text not in ('console.support_session', 'telemetry.ingest_key', 'live.event', 'audit.entry')").await;
    assert!(loose.is_empty(), "unique keys of tenant tables without tenant_id tell of other tenants: {loose:?}");
    let crossing = names(&mut db, "select con.conrelid::regclass::text || '.' || con.conname from pg_constraint con join pg_attribute a on a.attrelid = con.conrelid and a.attname = 'tenant_id' join pg_attribute b on b.attrelid = con.confrelid and b.attname = 'tenant_id' where con.contype = 'f' and not (a.attnum = any (con.conkey) and b.attnum = any (con.confkey))").await;
    assert!(crossing.is_empty(), "foreign keys that may point at another tenant's row: {crossing:?}");
}

#[tokio::test]
async fn nothing_looks_past_the_policies() {
    let (_scratch, admin) = fresh().await;
    let mut db = admin.connect().await.expect("connection");
    let strong =
        names(&mut db, "select rolname::text from pg_roles where rolname like 'ops\\_%' and (rolsuper or rolbypassrls or rolcreaterole)")
            .await;
    assert!(strong.is_empty(), "{strong:?}");
    let definers = names(&mut db, "select p.oid::regprocedure::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace where p.prosecdef and n.nspname in ('console', 'commandbus', 'pipeline', 'telemetry', 'audit', 'live', 'triage', 'ops') and not coalesce(p.proconfig::text like '%search_path=%', false)").await;
    assert!(definers.is_empty(), "definer functions without a search_path: {definers:?}");
    let callable = names(&mut db, "select p.oid::regprocedure::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace where p.prosecdef and p.prorettype <> 'trigger'::regtype and n.nspname in ('console', 'commandbus', 'pipeline', 'telemetry', 'audit', 'live', 'triage', 'ops') and has_function_privilege('public', p.oid, 'execute')").await;
    assert!(callable.is_empty(), "definer functions anybody may call: {callable:?}");
    let views = names(&mut db, "select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('v', 'm') and n.nspname in ('console', 'commandbus', 'pipeline', 'telemetry', 'audit', 'live', 'triage', 'ops')").await;
    assert!(views.is_empty(), "views run with their owner's sight: {views:?}");
    let monitors = names(&mut db, "select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'pgmq' and c.relkind = 'r' and has_table_privilege('pg_monitor', c.oid, 'select')").await;
    assert!(monitors.is_empty(), "monitoring roles could read payloads: {monitors:?}");
}

#[tokio::test]
async fn a_second_migration_changes_nothing_and_unsafe_roles_are_refused() {
    let (_scratch, admin) = fresh().await;
    store::migrate(&admin, None).await.expect("again");
    let mut superuser = admin.connect().await.expect("connection");
    let error = store::refuse_unsafe_role(&mut superuser).await.expect_err("a superuser").to_string();
    assert!(error.contains("superuser"), "{error}");
    // Nothing of these roles stays: what is done as one of them is rolled back.
    for (become_it, fault) in [
        ("create role looks_past_policies bypassrls; set local role looks_past_policies", "BYPASSRLS"),
        ("set local role ops_owner", "owns the tables"),
    ] {
        let mut tx = sqlx::Connection::begin(&mut superuser).await.expect("begin");
        sqlx::raw_sql(become_it).execute(&mut *tx).await.expect("another role");
        let error = store::refuse_unsafe_role(&mut tx).await.expect_err(fault).to_string();
        assert!(error.contains(fault), "{error}");
        tx.rollback().await.expect("rollback");
    }
    for role in store::ROLES {
        let mut connection = store::login_url(&admin, role, None).connect().await.expect("sign in");
        store::refuse_unsafe_role(&mut connection).await.unwrap_or_else(|e| panic!("{role}: {e}"));
        connection.close().await.expect("close");
    }
}

/// Roles and their memberships belong to the cluster, and the lock of a migration to one database.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_databases_of_a_new_cluster_are_prepared_at_once() {
    let dir = std::env::temp_dir().join(format!("ops-store-{}", std::process::id()));
    let running = cluster::Cluster::start(&dir, &cluster::Options::throwaway()).expect("a cluster of its own");
    let admin = |database: &str| -> PgConnectOptions { running.url(running.superuser(), database).parse().expect("a url") };
    let mut first = admin("postgres").connect().await.expect("connection");
    let names: Vec<String> = (0..4).map(|n| format!("console_{n}")).collect();
    for name in &names {
        sqlx::raw_sql(AssertSqlSafe(format!("create database {name}"))).execute(&mut first).await.expect("a database");
    }
    let preparing: Vec<_> =
        names.iter().map(|name| admin(name)).map(|at| tokio::spawn(async move { store::migrate(&at, None).await })).collect();
    for prepared in preparing {
        prepared.await.expect("ran").unwrap_or_else(|error| panic!("{error}: {error:?}"));
    }
    first.close().await.expect("close");
    running.stop().expect("stopped");
    std::fs::remove_dir_all(&dir).expect("removed");
}

#[tokio::test]
async fn nobody_who_looks_reads_the_links() {
    let (_scratch, admin) = fresh().await;
    let mut db = admin.connect().await.expect("connection");
    let sql = "select r.rolname from pg_roles r where r.rolname like 'ops\\_%' and r.rolcanlogin and has_table_privilege(r.oid, 'audit.link', 'select') order by 1";
    assert_eq!(names(&mut db, sql).await, [""; 0], "a link holds every tenant's entries letter by letter");
}

#[tokio::test]
async fn the_words_of_the_states_are_the_words_of_the_checks() {
    let (_scratch, admin) = fresh().await;
    let mut db = admin.connect().await.expect("connection");
    let cases: [(&str, &str, Vec<&str>); 28] = [
        ("triage.failure_group", "state", domain::GroupState::ALL.iter().map(|s| s.word()).collect()),
        ("commandbus.command", "status", domain::CommandStatus::ALL.iter().map(|s| s.word()).collect()),
        ("commandbus.audit", "event_type", domain::BusEvent::ALL.iter().map(|s| s.word()).collect()),
        ("pipeline.job", "status", domain::JobStatus::ALL.iter().map(|s| s.word()).collect()),
        ("pipeline.step", "status", domain::StepStatus::ALL.iter().map(|s| s.word()).collect()),
        ("console.operation", "state", domain::OperationState::ALL.iter().map(|s| s.word()).collect()),
        ("console.operation_item", "state", domain::ItemState::ALL.iter().map(|s| s.word()).collect()),
        ("console.operation_item", "reason", domain::SkipReason::ALL.iter().map(|s| s.word()).collect()),
        ("audit.entry", "outcome", domain::AuditOutcome::ALL.iter().map(|s| s.word()).collect()),
        ("commandbus.reply", "outcome", domain::ReplyOutcome::ALL.iter().map(|s| s.word()).collect()),
        ("commandbus.command", "last_error_type", domain::ErrorType::ALL.iter().map(|s| s.word()).collect()),
        ("console.staff_role", "role", domain::Role::ALL.iter().map(|s| s.word()).collect()),
        ("ops.part", "status", domain::PartStatus::ALL.iter().map(|s| s.word()).collect()),
        ("ops.part_figure", "status", domain::PartStatus::ALL.iter().map(|s| s.word()).collect()),
        ("ops.part", "section", domain::Section::ALL.iter().map(|s| s.word()).collect()),
        ("ops.deploy", "source", domain::DeploySource::ALL.iter().map(|s| s.word()).collect()),
        ("ops.artifact", "kind", domain::ArtifactKind::ALL.iter().map(|s| s.word()).collect()),
        ("ops.check", "kind", domain::CheckKind::ALL.iter().map(|s| s.word()).collect()),
        ("ops.check", "state", domain::CheckState::ALL.iter().map(|s| s.word()).collect()),
        ("ops.alert_rule", "source", domain::AlertSource::ALL.iter().map(|s| s.word()).collect()),
        ("ops.alert_rule", "condition", domain::AlertCondition::ALL.iter().map(|s| s.word()).collect()),
        ("ops.alert_rule", "severity", domain::Severity::ALL.iter().map(|s| s.word()).collect()),
        ("ops.alert", "severity", domain::Severity::ALL.iter().map(|s| s.word()).collect()),
        ("ops.alert", "state", domain::AlertState::ALL.iter().map(|s| s.word()).collect()),
        ("ops.webhook", "form", domain::WebhookForm::ALL.iter().map(|s| s.word()).collect()),
        ("ops.webhook", "least", domain::Severity::ALL.iter().map(|s| s.word()).collect()),
        ("ops.delivery", "state", domain::DeliveryState::ALL.iter().map(|s| s.word()).collect()),
        ("pipeline.attempt", "status", domain::AttemptStatus::ALL.iter().map(|s| s.word()).collect()),
    ];
    for (table, column, mut words) in cases {
        let sql = format!(
            "select m[1] from pg_constraint c join pg_attribute a on a.attrelid = c.conrelid and c.conkey = array[a.attnum], regexp_matches(pg_get_constraintdef(c.oid), '''([A-Za-z_-]+)''', 'g') m where c.conrelid = '{table}'::regclass and c.contype = 'c' and a.attname = '{column}'"
        );
        let mut checked: Vec<String> = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&mut db).await.expect("check");
        checked.sort();
        words.sort_unstable();
        assert_eq!(checked, words, "{table}.{column}");
    }
}

#[tokio::test]
async fn every_kind_of_event_is_sent_by_something() {
    let (_scratch, admin) = fresh().await;
    let mut db = admin.connect().await.expect("connection");
    let known = names(&mut db, "select (regexp_matches(pg_get_constraintdef(oid), '''([a-z]+)''::text', 'g'))[1] from pg_constraint where conname = 'event_kind_check'").await;
    assert!(known.len() >= 13, "the walk found too few kinds: {known:?}");
    let sent = names(
        &mut db,
        "select split_part(encode(tgargs, 'escape'), E'\\\\000', 1) from pg_trigger where tgfoid in ('ops.announce'::regproc, 'live.announce'::regproc)
         union select k from unnest(array['frontend', 'group', 'audit', 'operation', 'session']) k
           where exists (select from pg_proc p where p.prosrc like '%live.event%' and p.prosrc like '%''' || k || '''%')",
    )
    .await;
    let unsent: Vec<_> = known.iter().filter(|kind| !sent.contains(kind)).collect();
    assert!(unsent.is_empty(), "kinds of events that nothing sends: {unsent:?}; sent are {sent:?}");
}
