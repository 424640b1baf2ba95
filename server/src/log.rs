//! What the process says of its own work: lines on stderr, text for a person and JSON for a machine; a console that serves also keeps them
//! in a file, so that they can be read from it; and traces, where an endpoint for them is configured. Not in here: other programs' logs.

use crate::{
    config::{Config, Deed},
    trace::{self, Flusher},
};
use logs::OwnLog;
use std::io::IsTerminal;
use tracing_subscriber::{EnvFilter, Layer, Registry, filter::Targets, fmt, layer::SubscriberExt, util::SubscriberInitExt};

type Boxed = Box<dyn Layer<Registry> + Send + Sync>;

/// Starts saying; what is returned sends the last of the traces when it is dropped.
#[must_use]
pub fn start(config: &Config) -> Option<Flusher> {
    let filter = || config.log.parse::<EnvFilter>().unwrap_or_default();
    let lines = fmt::layer().with_writer(std::io::stderr);
    let machine = config.log_json.unwrap_or_else(|| !std::io::stderr().is_terminal());
    let mut layers: Vec<Boxed> = vec![if machine {
        lines.json().flatten_event(true).with_filter(filter()).boxed()
    } else {
        lines.compact().with_filter(filter()).boxed()
    }];
    if config.deed == Deed::Serve {
        let own = OwnLog::new(OwnLog::path(&config.data_dir));
        // A disk that is full must not be told to a disk that is full.
        let file = fmt::layer().with_writer(move || own.clone()).log_internal_errors(false).json().flatten_event(true);
        layers.push(file.with_filter(filter()).boxed());
    }
    let (traces, flusher) = config.otlp.clone().map(trace::start).unzip();
    let spans = Targets::new().with_target(trace::TARGET, tracing::Level::TRACE);
    layers.extend(traces.map(|traces| traces.with_filter(spans).boxed()));
    tracing_subscriber::registry().with(layers).init();
    flusher
}
