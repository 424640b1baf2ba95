//! Rounds of everybody at one command at once, on a database of its own. Prints two lines of JSON: rounds that had other than one
//! winner, and how many there were. Usage: `races [ROUNDS]`.

#[path = "../tests/common/mod.rs"]
mod common;
#[path = "../tests/races/operators.rs"]
mod operators;

#[tokio::main]
async fn main() -> Result<(), std::num::ParseIntError> {
    let rounds = std::env::args().nth(1).map_or(Ok(2_000), |rounds| rounds.parse())?;
    let told = operators::race(&common::world().await, rounds).await;
    for wrong in told.wrong.iter().take(20) {
        eprintln!("{wrong}");
    }
    println!("{}", serde_json::json!({"wrong": told.wrong.len(), "rounds": told.rounds, "expired": told.expired}));
    Ok(())
}
