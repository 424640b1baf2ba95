-- A link holds an entry letter by letter, for all tenants: nobody who looks reads it. The chain is verified through a function
-- that says of each link whether its text is what was hashed.
set local lock_timeout = '2s';
create function audit.links() returns table (seq bigint, entry_id bigint, prev bytea, hash bytea, fits boolean)
  language sql stable security definer set search_path = '' as $$
  select l.seq, l.entry_id, l.prev, l.hash, pg_catalog.sha256(l.prev || pg_catalog.convert_to(l.body, 'UTF8')) = l.hash
  from audit.link l order by l.seq
$$;
revoke all on function audit.links() from public;
grant execute on function audit.links() to ops_ro, ops_account;
alter function audit.links() owner to ops_definer;
revoke select on audit.link from ops_ro, ops_rw, ops_account;

-- Whether the audit says already that an account is not looked at for a while: once, not once a try.
alter table console.throttle add column told boolean not null default false;
