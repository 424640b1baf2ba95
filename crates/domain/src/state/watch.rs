//! The states of what watches by itself: checks, alerts, and the messages that tell of them.

use super::BadState;
use std::{fmt, str::FromStr};

states!(
    /// How a synthetic check asks.
    CheckKind, "kind of check" {
    Http = "HTTP",
    Tcp = "TCP",
    Dns = "DNS",
    /// How long a certificate still holds.
    Certificate = "CERTIFICATE",
    /// A page with the beacon, without a browser.
    Beacon = "BEACON",
    /// Nothing is asked: a job says that it ran.
    Heartbeat = "HEARTBEAT",
});

states!(
    /// Where a check stands.
    CheckState, "check state" {
    /// Not judged yet.
    New = "NEW",
    Up = "UP",
    Down = "DOWN",
});

states!(
    /// What an alert rule measures.
    AlertSource, "alert source" {
    /// Commands that wait for a person.
    Waiting = "WAITING",
    /// Commands that came to the troubleshooting queue within the window.
    Arrivals = "ARRIVALS",
    /// Commands of one group that wait.
    Group = "GROUP",
    /// Errors that pages reported within the window.
    Frontend = "FRONTEND",
    /// Checks and heartbeats that are down.
    Check = "CHECK",
    /// Domains nobody works for.
    Worker = "WORKER",
    /// Queues nobody takes from.
    Queue = "QUEUE",
    /// The audit chain.
    Audit = "AUDIT",
    /// Runs of pipelines that failed within the window.
    Run = "RUN",
    /// Budgets that are used up.
    Budget = "BUDGET",
    /// Deploys within the window.
    Deploy = "DEPLOY",
});

states!(
    /// When what is measured is worth an alert.
    AlertCondition, "alert condition" {
    /// More than the threshold.
    Above = "ABOVE",
    /// Nothing at all.
    Absent = "ABSENT",
    /// So many times what the window before had, and more than the threshold.
    Times = "TIMES",
});

states!(
    Severity, "severity" {
    Info = "INFO",
    Warning = "WARNING",
    Critical = "CRITICAL",
});

states!(
    /// Where an alert stands.
    AlertState, "alert state" {
    Open = "OPEN",
    /// Somebody looks after it.
    Acknowledged = "ACKNOWLEDGED",
    Closed = "CLOSED",
});

states!(
    /// The form in which a webhook is told.
    WebhookForm, "form of webhook" {
    Standard = "STANDARD",
    Discord = "DISCORD",
});

states!(
    /// Where a message to a webhook stands.
    DeliveryState, "delivery state" {
    Waiting = "WAITING",
    Delivered = "DELIVERED",
    Dead = "DEAD",
});
