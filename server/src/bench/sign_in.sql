-- A member of staff, signed in in a browser, in a support session on the first tenant.
-- Variables: token, scope (hashes in hexadecimal).
begin;
create temp table person on commit drop as select gen_random_uuid() as id;
insert into console.staff (id, email, name, enrolled_at) select id, id || '@example.test', 'Anna Bench', now() from person;
insert into console.staff_role (staff_id, role) select id, 'support' from person;
insert into console.sign_in (id, staff_id, kind, token_hash, scope_hash, second_factor_at, expires_at)
select id, id, 'browser', decode(:'token', 'hex'), decode(:'scope', 'hex'), now(), now() + interval '8 hours' from person;
insert into console.support_session (id, tenant_id, staff_id, sign_in_id, ticket, reason, expires_at, write_until)
select p.id, t.id, p.id, p.id, 'SUP-1234', 'Plan upload for the east wing fails', now() + interval '59 minutes', now() + interval '10 minutes'
from person p, console.tenant t where t.slug = 'tenant-0';
commit;
