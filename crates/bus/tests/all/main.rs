//! The bus and its pipelines over a real Postgres and with real processes.

mod contracts;
mod killing;
mod lifecycle;
mod limits;
mod losing;
mod pipelines;
mod sending;
mod steps;
mod support;
mod working;
