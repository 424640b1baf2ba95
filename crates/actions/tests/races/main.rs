//! Races for real: everybody at one command at once; and workers that come back after their lease. The bench runs the same with
//! more rounds (`examples/races.rs`).

#[path = "../common/mod.rs"]
mod common;
mod operators;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_all_who_act_at_once_one_wins_and_the_others_hear_of_it() {
    let world = common::world().await;
    let told = operators::race(&world, 60).await;
    assert!(told.wrong.is_empty() && told.rounds == 60, "{told:#?}");
    assert!(told.expired > 5 && told.expired < 55, "both the worker and the sweeper have to win some: {told:?}");
}
