-- What builds left that turns the frames of their pages into files and lines: source maps and modules with debug information, digested
-- into tables that are looked up when somebody reads an event. Like a deploy, an artifact is one tenant's or everybody's.
set local lock_timeout = '2s';

create table ops.artifact (
  id          bigint generated always as identity primary key,
  -- the tenant it is for, or nil: for all of them
  scope       uuid not null default '00000000-0000-0000-0000-000000000000',
  -- as pages say it
  build       text not null check (length(build) between 1 and 120),
  -- the last segments of the file's address: `assets/app-3f2a.js`
  name        text not null check (length(name) between 1 and 300),
  kind        text not null check (kind in ('source-map', 'wasm')),
  -- of what was uploaded, once it was unpacked
  sha256      text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  size        bigint not null check (size between 1 and 67108864),
  -- false: names of functions only
  lines       boolean not null,
  digest      bytea not null,
  digest_size bigint generated always as (octet_length(digest)) stored,
  uploaded_at timestamptz not null default clock_timestamp(),
  uploaded_by text not null check (length(uploaded_by) <= 120),
  unique (scope, build, name)
);
create index artifact_of_build on ops.artifact (build, scope);
create index artifact_by_time on ops.artifact (uploaded_at desc, id desc);
alter table ops.artifact enable row level security;
alter table ops.artifact force row level security;
create policy staff_read on ops.artifact for select to ops_ro, ops_rw
  using (scope in (select console.visible_tenants()) or (scope = '00000000-0000-0000-0000-000000000000' and (select ops.reads())));
create policy staff_record on ops.artifact for insert to ops_rw with check ((select ops.may_record()));
create policy staff_replace on ops.artifact for update to ops_rw using ((select ops.may_record())) with check ((select ops.may_record()));
create policy staff_forget on ops.artifact for delete to ops_rw using ((select ops.may_record()));
grant select on ops.artifact to ops_ro, ops_rw;
grant insert (scope, build, name, kind, sha256, size, lines, digest, uploaded_by),
  update (kind, sha256, size, lines, digest, uploaded_at, uploaded_by), delete on ops.artifact to ops_rw;

-- How much is kept, counted as it is looked up. One row.
create table ops.artifact_setting (
  one         boolean primary key default true check (one),
  build_count int not null default 500 check (build_count > 0),
  build_bytes bigint not null default 512 * 1024 * 1024 check (build_bytes > 0),
  total_count int not null default 20000,
  total_bytes bigint not null default 4::bigint * 1024 * 1024 * 1024,
  -- so that one build always finds room once the others are gone
  check (total_count >= build_count and total_bytes >= build_bytes)
);
insert into ops.artifact_setting default values;
grant select on ops.artifact_setting to ops_ro, ops_rw;
