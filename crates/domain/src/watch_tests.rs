//! Promises of watching that hold for every course of events, not for the ones somebody thought of.

use super::*;
use proptest::{collection::vec, prelude::*};

fn at(secs: i64) -> At {
    At::from_millis(secs * 1000)
}

proptest! {
    /// Whatever is measured in whatever order: one alert at a time, told once when it opens and once when it closes, never closed before it
    /// was quiet for the whole hold, never opened while silenced.
    #[test]
    fn an_alert_lives_once(course in vec((any::<bool>(), any::<bool>(), any::<bool>(), 1_i64..60), 1..200), hold in 0_i64..300) {
        let (mut alert, mut now, mut opened, mut closed): (Option<Standing>, i64, i32, i32) = (None, 0, 0, 0);
        let mut last_held = 0;
        for (holds, silenced, acknowledges, passes) in course {
            now += passes;
            if acknowledges && let Some(standing) = &mut alert {
                standing.state = AlertState::Acknowledged;
            }
            if holds {
                last_held = now;
            }
            match alert_step(alert, holds, silenced, hold, at(now)) {
                AlertStep::Nothing => prop_assert!(alert.is_none() && (!holds || silenced)),
                AlertStep::Open => {
                    prop_assert!(alert.is_none() && holds && !silenced);
                    (alert, opened) = (Some(Standing { state: AlertState::Open, quiet_since: None }), opened + 1);
                }
                AlertStep::Again => {
                    prop_assert!(holds);
                    alert.as_mut().expect("one").quiet_since = None;
                }
                AlertStep::Hold(since) => {
                    prop_assert!(!holds && since > at(last_held) && now - last_held < hold + 60);
                    alert.as_mut().expect("one").quiet_since = Some(since);
                }
                AlertStep::Close => {
                    prop_assert!(!holds && now - last_held >= hold);
                    (alert, closed) = (None, closed + 1);
                }
            }
            prop_assert_eq!(opened - closed, i32::from(alert.is_some()));
        }
    }

    /// Down after exactly so many failures in a row, up after exactly so many successes; what turns is said once.
    #[test]
    fn a_check_turns_when_it_should(course in vec(any::<bool>(), 1..200), fail_after in 1_i32..6, pass_after in 1_i32..6) {
        let mut tally = Tally { state: CheckState::New, fails: 0, passes: 0 };
        let (mut row, mut before, mut down): (i32, Option<bool>, bool) = (0, None, false);
        for ok in course {
            row = if before == Some(ok) { row + 1 } else { 1 };
            before = Some(ok);
            let (next, turned) = tallied(tally, ok, fail_after, pass_after);
            let goes_down = !down && !ok && row >= fail_after;
            let comes_up = down && ok && row >= pass_after;
            let expected = if goes_down { Some(CheckState::Down) } else if comes_up { Some(CheckState::Up) } else { None };
            prop_assert_eq!(turned, expected);
            down = (down || goes_down) && !comes_up;
            prop_assert_eq!(next.state == CheckState::Down, down);
            tally = next;
        }
    }

    #[test]
    fn pauses_grow_and_end(attempts in any::<i32>(), chance in any::<u8>()) {
        let pause = pause_secs(attempts, chance);
        prop_assert!((5..=LONGEST_PAUSE_SECS + LONGEST_PAUSE_SECS / 4).contains(&pause));
    }
}

#[test]
fn conditions() {
    use AlertCondition::{Above, Absent, Times};
    assert!(holds(Above, 11, 0, 10, 1) && !holds(Above, 10, 0, 10, 1));
    assert!(holds(Absent, 0, 0, 0, 1) && !holds(Absent, 1, 0, 0, 1));
    assert!(holds(Times, 50, 10, 20, 5) && !holds(Times, 49, 10, 20, 5) && !holds(Times, 20, 0, 20, 5));
}

#[test]
fn what_is_no_check_is_said() {
    let spec = |target: &str| CheckSpec { target: target.into(), ..CheckSpec::default() };
    for (kind, target) in [
        (CheckKind::Http, "https://shop.example/health"),
        (CheckKind::Tcp, "db.example:5432"),
        (CheckKind::Dns, "shop.example"),
        (CheckKind::Certificate, "shop.example"),
        (CheckKind::Beacon, "https://shop.example/"),
    ] {
        assert_eq!(spec(target).wrong(kind), None, "{kind}");
        assert!(spec("").wrong(kind).is_some(), "{kind}");
    }
    assert!(spec("db.example").wrong(CheckKind::Tcp).is_some() && spec("ftp://x").wrong(CheckKind::Http).is_some());
    assert!(CheckSpec::default().wrong(CheckKind::Heartbeat).is_some());
    let both = CheckSpec { period_secs: Some(60), cron: Some("* * * * *".into()), ..CheckSpec::default() };
    assert!(both.wrong(CheckKind::Heartbeat).is_some());
    assert_eq!(CheckSpec { cron: None, ..both }.wrong(CheckKind::Heartbeat), None);
    let half = CheckSpec { pointer: Some("/a".into()), ..spec("https://x.example") };
    assert!(half.wrong(CheckKind::Http).is_some());
}
