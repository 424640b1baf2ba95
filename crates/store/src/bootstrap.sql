-- Roles and rights that exist before the first migration. Run by an administrator of the cluster,
-- every time: each statement may be repeated, also by several servers at once.
do $$
declare r text;
begin
  -- Owners: nobody signs in as them. NOINHERIT keeps `ops_owner` from seeing rows through `ops_definer`.
  foreach r in array array['ops_owner', 'ops_definer'] loop
    begin
      execute format('create role %I nologin noinherit nosuperuser nobypassrls nocreatedb nocreaterole', r);
    exception when duplicate_object or unique_violation then null;
    end;
  end loop;
  -- What the processes sign in as. They own nothing and bypass nothing.
  foreach r in array array['ops_ro', 'ops_rw', 'ops_account', 'ops_live', 'ops_beacon', 'ops_bus', 'ops_hand', 'ops_collector', 'ops_watch'] loop
    begin
      execute format('create role %I login noinherit nosuperuser nobypassrls nocreatedb nocreaterole', r);
    exception when duplicate_object or unique_violation then null;
    end;
  end loop;
end $$;
