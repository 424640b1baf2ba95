-- Runs of pipelines: job, step, attempt; and their content: titles, logs, files, found objects.
set local lock_timeout = '2s';

create schema pipeline;
grant usage on schema pipeline to ops_ro, ops_rw, ops_bus, ops_definer;
grant create on schema pipeline to ops_definer;

create table pipeline.job (
  tenant_id    uuid not null,
  job_id       uuid not null,
  command_id   uuid not null,
  pipeline     text not null check (length(pipeline) between 1 and 60),
  status       text not null check (status in ('WAITING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELED')),
  -- which try of the whole run this is, from 1
  run          int not null default 1 check (run >= 1),
  current_step text,
  error_code   text,
  error_title  text,
  created_at   timestamptz not null default clock_timestamp(),
  updated_at   timestamptz not null default clock_timestamp(),
  started_at   timestamptz,
  finished_at  timestamptz,
  primary key (tenant_id, job_id),
  unique (tenant_id, command_id),
  foreign key (tenant_id, command_id) references commandbus.command (tenant_id, command_id) on delete cascade
);
create index job_by_id on pipeline.job (job_id);
create index job_by_time on pipeline.job (updated_at desc, job_id desc);
create index job_by_status on pipeline.job (status, updated_at desc, job_id desc);
create index job_by_tenant on pipeline.job (tenant_id, updated_at desc, job_id desc);
call console.protect('pipeline.job', 'overview');
grant update (status, run, current_step, error_code, error_title, updated_at, started_at, finished_at) on pipeline.job to ops_rw;

create table pipeline.job_detail (
  tenant_id    uuid not null,
  job_id       uuid not null,
  -- what it works on, such as a file's name
  title        text not null check (length(title) <= 300),
  requested_by text,
  primary key (tenant_id, job_id),
  foreign key (tenant_id, job_id) references pipeline.job (tenant_id, job_id) on delete cascade
);
call console.protect('pipeline.job_detail', 'inside');

create table pipeline.step (
  tenant_id          uuid not null,
  job_id             uuid not null,
  ordinal            int not null check (ordinal >= 0),
  name               text not null check (name ~ '^[a-z][a-z0-9_]{0,60}$'),
  status             text not null check (status in ('WAITING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'SKIPPED')),
  started_at         timestamptz,
  finished_at        timestamptz,
  error_code         text,
  error_title        text,
  memory_limit_bytes bigint not null check (memory_limit_bytes > 0),
  cpu_limit_seconds  bigint not null check (cpu_limit_seconds > 0),
  wall_limit_seconds bigint not null check (wall_limit_seconds > 0),
  -- parameters of the step; the host keeps customer content out of them
  params             jsonb not null default '{}' check (jsonb_typeof(params) = 'object'),
  primary key (tenant_id, job_id, ordinal),
  unique (tenant_id, job_id, name),
  foreign key (tenant_id, job_id) references pipeline.job (tenant_id, job_id) on delete cascade
);
call console.protect('pipeline.step', 'overview');
grant update (status, started_at, finished_at, error_code, error_title, memory_limit_bytes, cpu_limit_seconds, wall_limit_seconds, params) on pipeline.step to ops_rw;

create table pipeline.attempt (
  tenant_id          uuid not null,
  id                 bigint generated always as identity,
  job_id             uuid not null,
  step               text not null,
  number             int not null check (number >= 1),
  -- the command's epoch it ran under
  epoch              bigint not null,
  status             text not null check (status in ('RUNNING', 'SUCCEEDED', 'FAILED', 'LOST')),
  started_at         timestamptz not null default clock_timestamp(),
  finished_at        timestamptz,
  memory_limit_bytes bigint not null,
  cpu_limit_seconds  bigint not null,
  wall_limit_seconds bigint not null,
  memory_peak_bytes  bigint,
  cpu_ms             bigint,
  wall_ms            bigint,
  disk_bytes         bigint,
  exit_code          int,
  signal             int,
  error_code         text,
  error_title        text,
  worker             text not null,
  build              text not null,
  params             jsonb not null default '{}',
  primary key (tenant_id, id),
  unique (tenant_id, job_id, step, number),
  foreign key (tenant_id, job_id, step) references pipeline.step (tenant_id, job_id, name) on delete cascade
);
call console.protect('pipeline.attempt', 'overview');

create table pipeline.attempt_detail (
  tenant_id     uuid not null,
  attempt_id    bigint not null,
  -- the step's own words, cut in the middle beyond 256 kB
  log           text not null default '',
  error_message text,
  primary key (tenant_id, attempt_id),
  foreign key (tenant_id, attempt_id) references pipeline.attempt (tenant_id, id) on delete cascade
);
call console.protect('pipeline.attempt_detail', 'inside');

-- Files a step left for the next ones, and for staff to look at.
create table pipeline.artifact (
  tenant_id  uuid not null,
  job_id     uuid not null,
  step       text not null,
  name       text not null check (name ~ '^[A-Za-z0-9._-]{1,100}$'),
  size       bigint not null,
  body       bytea not null,
  created_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, job_id, name),
  foreign key (tenant_id, job_id, step) references pipeline.step (tenant_id, job_id, name) on delete cascade
);
alter table pipeline.artifact alter column body set storage external;
call console.protect('pipeline.artifact', 'inside');

-- What was found: walls, rooms, with how sure the pipeline is.
create table pipeline.object (
  tenant_id  uuid not null,
  job_id     uuid not null,
  id         text not null,
  kind       text not null,
  name       text not null default '',
  confidence double precision not null check (confidence between 0 and 1),
  area_m2    double precision,
  geometry   jsonb not null,
  primary key (tenant_id, job_id, id),
  foreign key (tenant_id, job_id) references pipeline.job (tenant_id, job_id) on delete cascade
);
call console.protect('pipeline.object', 'inside');
