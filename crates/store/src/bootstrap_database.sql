-- Rights on this database; also repeated at every start.
do $$
begin
  perform pg_advisory_xact_lock(7232021);
  execute format('grant connect, create, temporary on database %I to ops_owner', current_database());
  execute format('revoke temporary on database %I from public', current_database());
  execute format('grant connect on database %I to ops_ro, ops_rw, ops_account, ops_live, ops_beacon, ops_bus, ops_hand, ops_collector, ops_watch', current_database());
  revoke create on schema public from public;
  grant usage, create on schema public to ops_owner;
  -- Memberships belong to the cluster, which the lock above does not span: another database may give them at the same moment.
  begin
    if not pg_has_role('ops_owner', 'ops_definer', 'member') then
      grant ops_definer to ops_owner;
    end if;
  exception when unique_violation then null;
  end;
  begin
    if not pg_has_role(current_user, 'ops_owner', 'member') then
      execute format('grant ops_owner to %I', current_user);
    end if;
  exception when unique_violation then null;
  end;
end $$;
