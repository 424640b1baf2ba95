//! Who may come how often: what is judged before anything of a request is read. First the address, from memory; then the key, which may take
//! a question to the database, and where the page is; then how often that key comes.

use super::{Origin, foreign, origin, slower};
use axum::{
    http::{HeaderMap, StatusCode},
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
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How long a key's facts are believed.
const KEY_FRESH: Duration = Duration::from_secs(10);
/// Requests a second of one key, and of one address, on average; ten times as many at once.
pub(in crate::web) const KEY_RATE: f64 = 100.0;
pub(in crate::web) const ADDRESS_RATE: f64 = 20.0;
/// Envelopes larger than a report of the beacon, or packed, that are read at the same time, and of one address.
const LARGE: usize = 16;
const LARGE_OF_AN_ADDRESS: u32 = 4;

/// Buckets that are remembered.
const BUCKETS: usize = 50_000;

/// What is known of a key, and since when.
type Known = (Instant, Option<KeyFacts>);

#[derive(Clone)]
pub(in crate::web) struct Lane {
    pub(super) intake: Intake,
    pub(super) own_origin: Arc<str>,
    large: Arc<Semaphore>,
    /// Large ones under way, by the network they come from.
    reading: Arc<Mutex<HashMap<String, u32>>>,
    keys: Arc<Mutex<HashMap<String, Known>>>,
    buckets: Arc<Mutex<HashMap<String, Bucket>>>,
}

impl Lane {
    pub(in crate::web) fn new(intake: Intake, own_origin: &str) -> Self {
        let large = Arc::new(Semaphore::new(LARGE));
        Self { intake, own_origin: own_origin.into(), large, reading: Arc::default(), keys: Arc::default(), buckets: Arc::default() }
    }

    /// Its pool: name, connections in use, and how many there may be.
    pub(in crate::web) fn pool(&self) -> (&'static str, u32, u32) {
        self.intake.pool()
    }

    /// Whether this address may come now.
    pub(super) fn address(&self, ip: Option<IpAddr>) -> bool {
        ip.is_none_or(|ip| self.take(format!("ip {}", prefix(ip)), ADDRESS_RATE))
    }

    /// Room for what is large, given back when this is dropped: however slowly some send, others find a place.
    pub(super) fn room(&self, ip: Option<IpAddr>) -> Option<Room> {
        let place = self.large.clone().try_acquire_owned().ok()?;
        Room::of(&self.reading, ip.map(prefix).unwrap_or_default(), place)
    }

    /// Whose page it is, if its key may come from there, and now. What is refused takes nothing from those who may.
    pub(super) async fn admit(&self, key: &str, headers: &HeaderMap) -> Result<KeyFacts, Response> {
        let facts = match self.key(key).await {
            Ok(Some(facts)) => facts,
            Ok(None) => return Err(StatusCode::FORBIDDEN.into_response()),
            Err(_) => return Err(StatusCode::SERVICE_UNAVAILABLE.into_response()),
        };
        if matches!(origin(self, Some(&facts), headers), Origin::Foreign) {
            return Err(foreign());
        }
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
        take(&mut lock(&self.buckets), name, rate, Instant::now())
    }
}

/// Tokens of one name: `rate` more a second, ten times as many at most.
struct Bucket {
    at: Instant,
    tokens: f64,
    rate: f64,
}

impl Bucket {
    fn fill(&mut self, now: Instant) {
        self.tokens = (self.tokens + now.duration_since(self.at).as_secs_f64() * self.rate).min(self.rate * 10.0);
        self.at = now;
    }
}

fn take(buckets: &mut HashMap<String, Bucket>, name: String, rate: f64, now: Instant) -> bool {
    if buckets.len() >= BUCKETS {
        // One that is full again says nothing: whoever comes from ever new addresses does not free those who come too often.
        buckets.retain(|_, bucket| {
            bucket.fill(now);
            bucket.tokens < bucket.rate * 10.0
        });
        if buckets.len() >= BUCKETS {
            buckets.clear();
        }
    }
    let bucket = buckets.entry(name).or_insert(Bucket { at: now, tokens: rate * 10.0, rate });
    bucket.fill(now);
    let has = bucket.tokens >= 1.0;
    if has {
        bucket.tokens -= 1.0;
    }
    has
}

/// A place for what is large.
pub(super) struct Room {
    reading: Arc<Mutex<HashMap<String, u32>>>,
    network: String,
    _place: OwnedSemaphorePermit,
}

impl Room {
    fn of(reading: &Arc<Mutex<HashMap<String, u32>>>, network: String, place: OwnedSemaphorePermit) -> Option<Self> {
        let mut counts = lock(reading);
        let count = counts.entry(network.clone()).or_default();
        if *count >= LARGE_OF_AN_ADDRESS {
            return None;
        }
        *count += 1;
        Some(Self { reading: reading.clone(), network, _place: place })
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        let mut reading = lock(&self.reading);
        if let Some(count) = reading.get_mut(&self.network) {
            *count -= 1;
            if *count == 0 {
                reading.remove(&self.network);
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// The network an address belongs to: nobody gets more by changing the last digits.
pub(in crate::web) fn prefix(ip: IpAddr) -> String {
    match ip.to_canonical() {
        IpAddr::V4(v4) => v4.octets()[..3].iter().map(u8::to_string).collect::<Vec<_>>().join("."),
        IpAddr::V6(v6) => v6.segments()[..4].iter().map(|part| format!("{part:x}")).collect::<Vec<_>>().join(":"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_sends_slowly_leaves_room_for_others() {
        let (places, reading) = (Arc::new(Semaphore::new(LARGE)), Arc::default());
        let room = |ip: &str| {
            let place = places.clone().try_acquire_owned().ok()?;
            Room::of(&reading, prefix(ip.parse().expect("an address")), place)
        };
        let held: Vec<_> = (0..20).filter_map(|n| room(&format!("192.0.2.{n}"))).collect();
        assert_eq!((held.len(), places.available_permits()), (4, LARGE - 4), "all of one network, which has no more than its share");
        assert!(room("198.51.100.7").is_some(), "another one finds a place");
        drop(held);
        assert!(lock(&reading).is_empty() && room("192.0.2.1").is_some());
    }

    #[test]
    fn who_comes_from_ever_new_addresses_frees_nobody_who_comes_too_often() {
        let (mut buckets, start) = (HashMap::new(), Instant::now());
        let mut come = |name: String, after: u64| take(&mut buckets, name, 20.0, start + Duration::from_millis(after));
        assert_eq!((0..300).filter(|_| come("often".into(), 0)).count(), 200);
        for n in 0..200_000 {
            assert!(come(format!("new {n}"), n / 100));
        }
        let again = (0..300).filter(|_| come("often".into(), 2_000)).count();
        assert!((35..=40).contains(&again), "it is remembered, and has what two seconds bring: {again}");
    }

    #[test]
    fn nobody_gets_more_by_changing_the_last_digits() {
        let same = |a: &str, b: &str| prefix(a.parse().expect("an address")) == prefix(b.parse().expect("an address"));
        assert!(
            same("192.0.2.1", "192.0.2.254") && same("192.0.2.1", "::ffff:192.0.2.9") && same("2001:db8:0:1::1", "2001:db8:0:1:ffff::2")
        );
        assert!(!same("192.0.2.1", "192.0.3.1") && !same("2001:db8:0:1::1", "2001:db8:0:2::1"));
    }
}
