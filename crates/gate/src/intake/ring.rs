//! What is kept of a flood. Every event counts; of one kind on one route so many a second are kept word for word, and a route keeps 500 of
//! which many of one group leave room for the few of another (`telemetry.trim_route`).

use sqlx::PgPool;
use std::{
    collections::HashMap,
    sync::Mutex,
    time::{Duration, Instant},
};
use uuid::Uuid;

/// Events of a route that are kept.
const RING: i32 = 500;
/// A route is trimmed when it has had so many more, or at the latest after this time.
const SLACK: u32 = 100;
const LATEST: Duration = Duration::from_secs(60);
/// Kept word for word of one group on one route: so many a second on average, ten times as many at once.
const RATE: f64 = 20.0;
const BURST: f64 = 200.0;
/// Groups on routes whose rate is remembered.
const REMEMBERED: usize = 50_000;
/// Routes that are trimmed in one statement.
const TOGETHER: usize = 100;

type Route = (Uuid, String);

#[derive(Default)]
pub(super) struct Ring {
    /// Events since the route was trimmed last, and when that was.
    written: Mutex<HashMap<Route, (u32, Instant)>>,
}

impl Ring {
    /// Notes that a route has so many more.
    pub(super) fn wrote(&self, routes: HashMap<Route, u32>) {
        let mut written = self.written.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        // Whoever makes up routes is held to what a tenant may have altogether (`prune`).
        if written.len() >= REMEMBERED {
            written.clear();
        }
        for (route, more) in routes {
            written.entry(route).or_insert_with(|| (0, Instant::now())).0 += more;
        }
    }

    fn due(&self) -> Vec<Route> {
        let mut written = self.written.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let due = |(more, since): &(u32, Instant)| *more >= SLACK || since.elapsed() >= LATEST;
        written.extract_if(|_, state| due(state)).map(|(route, _)| route).collect()
    }

    pub(super) async fn trim(&self, pool: &PgPool) -> Result<(), sqlx::Error> {
        let mut done = Ok(());
        for routes in self.due().chunks(TOGETHER) {
            let (tenants, names): (Vec<Uuid>, Vec<&str>) = routes.iter().map(|(tenant, route)| (*tenant, route.as_str())).unzip();
            let trimmed = sqlx::query("select telemetry.trim_route(t, r, $3) from unnest($1::uuid[], $2::text[]) x (t, r)")
                .bind(tenants)
                .bind(names)
                .bind(RING)
                .execute(pool)
                .await;
            if let Err(error) = trimmed {
                // Their turn comes again.
                self.wrote(routes.iter().map(|route| (route.clone(), SLACK)).collect());
                done = Err(error);
            }
        }
        done
    }
}

/// How fast the groups of each route come.
#[derive(Default)]
pub(super) struct Rates(HashMap<(Uuid, u64), (Instant, f64)>);

impl Rates {
    /// Whether one more of this group on this route is kept word for word.
    pub(super) fn keeps(&mut self, tenant: Uuid, place: u64, now: Instant) -> bool {
        if self.0.len() >= REMEMBERED {
            self.0.clear();
        }
        let (at, left) = self.0.entry((tenant, place)).or_insert((now, BURST));
        *left = (*left + now.duration_since(*at).as_secs_f64() * RATE).min(BURST);
        *at = now;
        let keeps = *left >= 1.0;
        if keeps {
            *left -= 1.0;
        }
        keeps
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_storm_is_thinned_and_the_others_are_not() {
        let (mut rates, start) = (Rates::default(), Instant::now());
        let tenant = Uuid::nil();
        let kept = (0..10_000_u32).filter(|n| rates.keeps(tenant, 1, start + Duration::from_millis(u64::from(*n)))).count();
        assert!((390..=410).contains(&kept), "200 at once and 20 a second for ten seconds: {kept}");
        assert!(rates.keeps(tenant, 2, start), "another group is not held back");
        assert!(rates.keeps(Uuid::max(), 1, start), "nor another tenant");
    }
}
