//! Who may come how often: what is judged before anything of a request is read. First the address, from memory; then the key, which may take
//! a question to the database; then how often that key comes.

use super::slower;
use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use domain::Problem;
use gate::{Intake, KeyFacts};
use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use tokio::sync::Semaphore;

/// How long a key's facts are believed.
const KEY_FRESH: Duration = Duration::from_secs(10);
/// Requests a second of one key, and of one address, on average; ten times as many at once.
pub(in crate::web) const KEY_RATE: f64 = 100.0;
pub(in crate::web) const ADDRESS_RATE: f64 = 20.0;
/// Envelopes that are read at the same time.
const LARGE: usize = 16;

/// What is known of a key, and since when.
type Known = (Instant, Option<KeyFacts>);

#[derive(Clone)]
pub(in crate::web) struct Lane {
    pub(super) intake: Intake,
    pub(super) own_origin: Arc<str>,
    /// Room for what is large.
    pub(super) large: Arc<Semaphore>,
    keys: Arc<Mutex<HashMap<String, Known>>>,
    buckets: Arc<Mutex<HashMap<String, (Instant, f64)>>>,
}

impl Lane {
    pub(in crate::web) fn new(intake: Intake, own_origin: &str) -> Self {
        let large = Arc::new(Semaphore::new(LARGE));
        Self { intake, own_origin: own_origin.into(), large, keys: Arc::default(), buckets: Arc::default() }
    }

    /// Its pool: name, connections in use, and how many there may be.
    pub(in crate::web) fn pool(&self) -> (&'static str, u32, u32) {
        self.intake.pool()
    }

    /// Whether this address may come now.
    pub(super) fn address(&self, ip: Option<IpAddr>) -> bool {
        ip.is_none_or(|ip| self.take(format!("ip {}", prefix(ip)), ADDRESS_RATE))
    }

    /// Whose page it is, if its key may come now.
    pub(super) async fn admit(&self, key: &str) -> Result<KeyFacts, Response> {
        let facts = match self.key(key).await {
            Ok(Some(facts)) => facts,
            Ok(None) => return Err(StatusCode::FORBIDDEN.into_response()),
            Err(_) => return Err(StatusCode::SERVICE_UNAVAILABLE.into_response()),
        };
        if self.take(format!("key {key}"), KEY_RATE) { Ok(facts) } else { Err(slower()) }
    }

    /// What is known of a key without asking.
    pub(super) fn remembered(&self, key: &str) -> Option<KeyFacts> {
        lock(&self.keys).get(key).and_then(|(_, facts)| facts.clone())
    }

    pub(super) async fn key(&self, key: &str) -> Result<Option<KeyFacts>, Problem> {
        // What cannot be a key is not worth a question, nor a place.
        if !(16..=64).contains(&key.len()) || !key.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()) {
            return Ok(None);
        }
        let now = Instant::now();
        if let Some((at, facts)) = lock(&self.keys).get(key)
            && now.duration_since(*at) < KEY_FRESH
        {
            return Ok(facts.clone());
        }
        let facts = self.intake.key(key).await?;
        let mut keys = lock(&self.keys);
        if keys.len() > 10_000 {
            // Those that are none go first.
            keys.retain(|_, (_, facts)| facts.is_some());
        }
        keys.insert(key.to_owned(), (now, facts.clone()));
        Ok(facts)
    }

    /// Takes a token of a bucket; false when it is empty.
    fn take(&self, name: String, rate: f64) -> bool {
        let now = Instant::now();
        let mut buckets = lock(&self.buckets);
        if buckets.len() > 50_000 {
            buckets.clear();
        }
        let (at, tokens) = buckets.entry(name).or_insert((now, rate * 10.0));
        *tokens = (*tokens + now.duration_since(*at).as_secs_f64() * rate).min(rate * 10.0);
        *at = now;
        if *tokens < 1.0 {
            return false;
        }
        *tokens -= 1.0;
        true
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// The network an address belongs to: nobody gets more by changing the last digits.
fn prefix(ip: IpAddr) -> String {
    match ip.to_canonical() {
        IpAddr::V4(v4) => v4.octets()[..3].iter().map(u8::to_string).collect::<Vec<_>>().join("."),
        IpAddr::V6(v6) => v6.segments()[..4].iter().map(|part| format!("{part:x}")).collect::<Vec<_>>().join(":"),
    }
}
