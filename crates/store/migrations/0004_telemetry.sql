-- What the beacon reports: keys it reports with, groups, single events.
set local lock_timeout = '2s';

create schema telemetry;
grant usage on schema telemetry to ops_ro, ops_rw, ops_beacon, ops_bus, ops_definer, ops_account;

-- A public key names the tenant whose page reports. It is no secret and grants nothing but appending.
create table telemetry.ingest_key (
  key        text primary key check (key ~ '^[a-z0-9]{16,64}$'),
  tenant_id  uuid not null references console.tenant (id),
  label      text not null default '',
  -- origins that may report with it; empty: only the console's own
  origins    text[] not null default '{}',
  revoked_at timestamptz,
  created_at timestamptz not null default clock_timestamp(),
  unique (tenant_id, key)
);
call console.protect('telemetry.ingest_key', 'overview');

create table telemetry.error_group (
  tenant_id           uuid not null references console.tenant (id),
  id                  bigint generated always as identity,
  fingerprint         text not null check (fingerprint ~ '^[0-9a-f]{16}$'),
  fingerprint_version int not null,
  kind                text not null check (kind in ('error', 'rejection', 'console', 'resource')),
  -- normalised: no ids, no numbers, no names
  title               text not null check (length(title) <= 300),
  route               text not null check (length(route) <= 300),
  count               bigint not null default 0,
  first_seen          timestamptz not null,
  last_seen           timestamptz not null,
  first_build         text not null default '',
  last_build          text not null default '',
  primary key (tenant_id, id),
  unique (tenant_id, fingerprint, fingerprint_version)
);
create index error_group_by_time on telemetry.error_group (last_seen desc, id desc);
create index error_group_by_id on telemetry.error_group (id);
call console.protect('telemetry.error_group', 'overview');

-- Events per group and five minutes, for sparklines.
create table telemetry.error_slice (
  tenant_id uuid not null,
  group_id  bigint not null,
  slice     timestamptz not null,
  count     bigint not null,
  primary key (tenant_id, group_id, slice),
  foreign key (tenant_id, group_id) references telemetry.error_group (tenant_id, id) on delete cascade
);
create index error_slice_by_time on telemetry.error_slice (slice);
call console.protect('telemetry.error_slice', 'overview');

create table telemetry.event (
  tenant_id    uuid not null,
  id           bigint generated always as identity,
  group_id     bigint not null,
  at           timestamptz not null default clock_timestamp(),
  build        text not null,
  route        text not null,
  page_session text not null,
  browser      text not null,
  socket       text not null,
  message      text not null check (length(message) <= 16384),
  stack        text not null check (length(stack) <= 65536),
  count        int not null check (count >= 1),
  cut          boolean not null default false,
  -- the command the page had just sent, if it said so
  command_id   uuid,
  primary key (tenant_id, id),
  foreign key (tenant_id, group_id) references telemetry.error_group (tenant_id, id) on delete cascade
);
create index event_of_group on telemetry.event (tenant_id, group_id, id desc);
create index event_of_route on telemetry.event (tenant_id, route, id desc);
call console.protect('telemetry.event', 'inside');

-- Events the page could not deliver, by its own account.
create table telemetry.loss (
  tenant_id uuid not null references console.tenant (id),
  slice     timestamptz not null,
  reason    text not null check (length(reason) <= 40),
  count     bigint not null,
  primary key (tenant_id, slice, reason)
);
call console.protect('telemetry.loss', 'overview');

do $$
declare t text;
begin
  foreach t in array array['ingest_key', 'error_group', 'error_slice', 'event', 'loss'] loop
    execute format('create policy intake on telemetry.%I for all to ops_beacon using (tenant_id is not null) with check (tenant_id is not null)', t);
    execute format('grant select, insert, update on telemetry.%I to ops_beacon', t);
  end loop;
end $$;
grant delete on telemetry.event, telemetry.error_slice to ops_beacon;
