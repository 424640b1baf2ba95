//! The app's way to the gate, for one request: it carries the token of who is asking.

use actions::table;
use app::api::{Answer, Port};
use domain::{Ask, Problem, ProblemKind};
use gate::{Gate, Token};
use serde_json::Value;
use std::sync::Arc;

pub(super) struct GatePort {
    pub gate: Arc<Gate>,
    pub token: Option<Token>,
}

impl Port for GatePort {
    fn act(&self, name: &'static str, ask: Ask, input: Value) -> Answer {
        let (gate, token) = (self.gate.clone(), self.token.clone());
        Box::pin(async move {
            let token = token.ok_or_else(Problem::signed_out)?;
            gate.act(&token, table::action(name).ok_or_else(unknown)?, ask, input).await
        })
    }

    fn view(&self, name: &'static str, input: Value) -> Answer {
        let (gate, token) = (self.gate.clone(), self.token.clone());
        Box::pin(async move {
            let token = token.ok_or_else(Problem::signed_out)?;
            gate.view(&token, table::view(name).ok_or_else(unknown)?, input).await
        })
    }
}

fn unknown() -> Problem {
    Problem::new(ProblemKind::NotFound, "This console does not know that action or view. The page may be older than the server: reload it.")
}
