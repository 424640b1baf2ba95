//! A migrated scratch database with two tenants, the gate over it, and people who are enrolled in it.
#![allow(dead_code, clippy::allow_attributes, reason = "each test binary uses its own part of the fixture")]

use domain::{Actor, Problem, Role, SignInId, StaffId, SupportSessionId, TenantId};
use gate::{Gate, Invitation, Logins, NewSignIn, SignInKind, StartSession, Token};
use std::{collections::hash_map::RandomState, hash::BuildHasher, sync::Arc};
use uuid::Uuid;

pub const NORTHWIND: TenantId = TenantId(Uuid::from_u128(0xA));
pub const CONTOSO: TenantId = TenantId(Uuid::from_u128(0xB));

pub struct World {
    pub gate: Arc<Gate>,
    pub logins: Logins,
    pub scratch: cluster::Scratch,
}

/// Somebody who went through the whole enrolment.
#[derive(Clone, Copy)]
pub struct Enrolled {
    pub staff: StaffId,
    pub email: &'static str,
}

pub const RECOVERY: [&[u8]; 2] = [b"first", b"second"];

pub async fn world() -> World {
    let scratch = cluster::scratch().expect("a scratch cluster").fresh_database().expect("a database");
    let logins = Logins::parse(&scratch.superuser_url, None).expect("a url");
    logins.prepare().await.expect("migrations");
    let gate = Arc::new(Gate::open(&logins).await.expect("the gate"));
    let world = World { gate, logins, scratch };
    world.sql("insert into console.tenant (id, slug, name) values ('00000000-0000-0000-0000-00000000000a', 'northwind', 'Northwind Hospitals'), ('00000000-0000-0000-0000-00000000000b', 'contoso', 'Contoso Estates')");
    world
}

pub fn random() -> u128 {
    let half = || u128::from(RandomState::new().hash_one(0));
    (half() << 64) | half()
}

pub fn token() -> Token {
    let mut bytes = [0; 32];
    bytes[..16].copy_from_slice(&random().to_be_bytes());
    bytes[16..].copy_from_slice(&random().to_be_bytes());
    Token::from_bytes(bytes)
}

impl World {
    pub fn sql(&self, statement: &str) -> String {
        self.scratch.sql(statement).unwrap_or_else(|error| panic!("{statement}: {error}"))
    }

    pub async fn link(&self, email: &str, role: Role, only: Option<TenantId>) -> Token {
        let token = token();
        let invitation = Invitation {
            staff: StaffId(Uuid::from_u128(random())),
            email,
            name: "Anna Roth",
            role,
            only_tenant: only,
            token: &token,
            valid_hours: 48,
        };
        self.gate.invite(&invitation).await.expect("invited");
        token
    }

    pub async fn enrolled(&self, email: &'static str, role: Role, only: Option<TenantId>) -> Enrolled {
        let link = self.link(email, role, only).await;
        let staff = self.gate.enrolment(&link).await.expect("asked").expect("there").staff;
        self.gate.enrol_password(&link, "a hash", b"a sealed secret").await.expect("password");
        self.gate.enrol_finish(&link, 100, &RECOVERY.map(<[u8]>::to_vec)).await.expect("finished");
        Enrolled { staff, email }
    }

    pub async fn sign_in(&self, who: Enrolled, kind: SignInKind) -> Token {
        let token = token();
        let new = NewSignIn {
            staff: who.staff,
            name: "Anna Roth",
            kind,
            id: SignInId(Uuid::from_u128(random())),
            token: &token,
            agent: "a test",
        };
        self.gate.sign_in(&new).await.expect("signed in");
        token
    }

    pub async fn start(&self, token: &Token, tenant: &str, minutes: i32) -> Result<Actor, Problem> {
        let start = StartSession {
            id: SupportSessionId(Uuid::from_u128(random())),
            tenant,
            ticket: "SUP-1234",
            reason: "Plan upload for the east wing fails",
            minutes,
        };
        self.gate.session_start(token, &start).await
    }

    pub async fn is_in(&self, token: &Token) -> bool {
        self.gate.actor(token).await.is_ok()
    }
}
