//! The bus and its pipelines over a real Postgres and with real processes.

mod commands;
mod lifecycle;
mod pipelines;
mod support;
