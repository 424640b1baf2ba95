//! The operation played through at random: outcomes come in any order, people pause, let go on and cancel.

use super::*;
use proptest::prelude::*;

#[derive(Clone, Copy, Debug)]
enum Event {
    /// The runner does what comes next, in chunks of at most so many.
    Run(i64),
    Succeeds,
    Fails,
    /// The command left the queue before its turn.
    Skips,
    Pause,
    Resume,
    Cancel,
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        6 => (1..40_i64).prop_map(Event::Run),
        6 => Just(Event::Succeeds),
        1 => Just(Event::Fails),
        1 => Just(Event::Skips),
        1 => Just(Event::Pause),
        2 => Just(Event::Resume),
        1 => Just(Event::Cancel),
    ];
    proptest::collection::vec(event, 1..400)
}

/// An operation with what a test remembers of it.
struct Played {
    plan: Plan,
    at: Progress,
    skipped: i64,
    total: i64,
}

impl Played {
    fn new(plan: Plan, total: i64) -> Self {
        let state = if plan.canary { OperationState::Canary } else { OperationState::Ramping };
        let at = Progress { state, waiting: total, sent: 0, succeeded: 0, failed: 0, base_attempted: 0, base_succeeded: 0, base_failed: 0 };
        Self { plan, at, skipped: 0, total }
    }

    fn runs(&self) -> bool {
        matches!(self.at.state, OperationState::Canary | OperationState::Ramping)
    }

    fn play(&mut self, event: Event) {
        match event {
            Event::Run(most) => self.run(most),
            Event::Succeeds if self.at.sent > 0 => (self.at.sent, self.at.succeeded) = (self.at.sent - 1, self.at.succeeded + 1),
            Event::Fails if self.at.sent > 0 => (self.at.sent, self.at.failed) = (self.at.sent - 1, self.at.failed + 1),
            Event::Skips if self.at.waiting > 0 && self.runs() => (self.at.waiting, self.skipped) = (self.at.waiting - 1, self.skipped + 1),
            Event::Pause if self.runs() => self.at.state = OperationState::Paused,
            Event::Resume => self.resume(),
            Event::Cancel if self.at.state != OperationState::Finished => self.at.state = OperationState::Canceled,
            _ => {}
        }
    }

    fn resume(&mut self) {
        let resumed = resumed(self.plan, self.at);
        match self.at.state {
            OperationState::Halted => {
                self.at.base_attempted = self.at.sent + self.at.succeeded + self.at.failed;
                (self.at.base_succeeded, self.at.base_failed) = (self.at.succeeded, self.at.failed);
            }
            OperationState::Paused => {}
            _ => return,
        }
        self.at.state = resumed;
    }

    fn run(&mut self, chunk: i64) {
        let before = self.at;
        match step(self.plan, self.at) {
            Step::Send { most, ramping } => {
                assert!(self.runs(), "only a running operation sends: {before:?}");
                assert!(most > 0 && most <= before.waiting, "{before:?}");
                let attempted = before.sent + before.succeeded + before.failed - before.base_attempted;
                if self.plan.canary && !ramping {
                    let ends_in_a_stage = CANARY.iter().any(|end| attempted < *end && attempted + most <= *end);
                    assert!(ends_in_a_stage, "a stage is never overrun: {before:?} {most}");
                    assert!(before.sent == 0 || !CANARY.contains(&attempted), "the stage before has its outcomes: {before:?}");
                }
                if self.plan.canary && ramping && before.state == OperationState::Canary {
                    assert!(attempted >= 31 && before.sent == 0, "the ramp begins after the whole canary: {before:?}");
                }
                let n = most.min(chunk);
                (self.at.waiting, self.at.sent) = (before.waiting - n, before.sent + n);
                if ramping {
                    self.at.state = OperationState::Ramping;
                }
            }
            Step::Wait => assert!(!self.runs() || before.sent > 0, "a running operation only waits for outcomes: {before:?}"),
            Step::Halt(why) => {
                let (failed, well) = (before.failed - before.base_failed, before.succeeded - before.base_succeeded);
                assert!(failed * 100 > self.plan.halt_percent * (failed + well), "{before:?}");
                assert!(why.contains(&format!("{failed} of {}", failed + well)), "{why}");
                self.at.state = OperationState::Halted;
            }
            Step::Finish => {
                assert!(before.waiting == 0 && before.sent == 0, "{before:?}");
                self.at.state = OperationState::Finished;
            }
            Step::SkipRest => {
                assert_eq!(before.state, OperationState::Canceled);
                (self.skipped, self.at.waiting) = (self.skipped + before.waiting, 0);
            }
        }
        let at = self.at;
        assert_eq!(at.waiting + at.sent + at.succeeded + at.failed + self.skipped, self.total, "nothing is lost: {at:?}");
    }
}

proptest! {
    #[test]
    fn whatever_happens_stages_hold_and_nothing_is_lost(
        canary in any::<bool>(), halt_percent in 0..=100_i64, total in 1..200_i64, events in events()
    ) {
        let mut played = Played::new(Plan { canary, halt_percent, rate: 100 }, total);
        for event in events {
            played.play(event);
        }
        // From anywhere it comes to an end once outcomes come in and somebody wants it to.
        for _ in 0..2_000 {
            played.play(Event::Resume);
            played.play(Event::Run(50));
            while played.at.sent > 0 {
                played.play(Event::Succeeds);
            }
        }
        prop_assert!(matches!(played.at.state, OperationState::Finished | OperationState::Canceled), "{:?}", played.at);
        prop_assert_eq!(played.at.waiting + played.at.sent, 0);
    }

    #[test]
    fn the_pace_is_kept_whenever_one_looks(rate in 1..=10_000_i64, looks in proptest::collection::vec(1_000..300_000_i64, 1..200)) {
        let start = 1_795_000_000_000_000;
        let (mut now, mut at, mut sent) = (start, start, 0);
        for look in looks {
            now += look;
            let pace = Pace { paced: at, now };
            let n = due(rate, pace);
            at = paced(rate, pace, n);
            sent += n;
        }
        let wanted = (now - start) * rate / 1_000_000;
        prop_assert!((wanted - sent).abs() <= 1 + rate / 100, "{} of {}", sent, wanted);
    }
}

#[test]
fn a_halt_says_how_much_failed_and_a_limit_of_a_hundred_never_halts() {
    let mut played = Played::new(Plan { canary: true, halt_percent: 5, rate: 10 }, 50);
    played.run(1);
    played.play(Event::Fails);
    assert_eq!(
        step(played.plan, played.at),
        Step::Halt("Halted by itself: 1 of 1 confirmed outcomes failed (100 %), more than 5 %.".into())
    );
    played.plan.halt_percent = 100;
    assert_eq!(step(played.plan, played.at), Step::Send { most: 5, ramping: false });
}

#[test]
fn a_long_stop_is_forgiven() {
    let pace = Pace { paced: 0, now: 3_600_000_000 };
    assert_eq!(due(200, pace), 200);
    assert_eq!(due(200, Pace { paced: paced(200, pace, 200), ..pace }), 0);
}

#[test]
fn the_stages_are_one_five_twenty_five_and_the_rest() {
    use Stands::{Begun, Over, ToCome};
    assert_eq!(stages(0, 0, 100), [(1, ToCome), (5, ToCome), (25, ToCome), (69, ToCome)]);
    assert_eq!(stages(1, 1, 99), [(1, Begun), (5, ToCome), (25, ToCome), (69, ToCome)]);
    assert_eq!(stages(1, 0, 99)[..2], [(1, Over), (5, ToCome)]);
    assert_eq!(stages(4, 1, 4), [(1, Over), (5, Begun), (2, ToCome)], "a short one ends in the middle of a stage");
    assert_eq!(stages(31, 0, 1), [(1, Over), (5, Over), (25, Over), (1, ToCome)]);
    assert_eq!(stages(40, 3, 0), [(1, Over), (5, Over), (25, Over), (9, Begun)]);
    assert_eq!(stages(0, 0, 0), []);
}
