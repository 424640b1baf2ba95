//! The beacon in a terminal: keys of pages, and the lines that put it into one.

use crate::{args::BeaconPart, client::Client, failure::Failure, print, terminal::Terminal};
use actions::views::ingest_keys::{IngestKeys, IngestKeysOutput, snippet};

pub fn beacon(part: BeaconPart, client: &Client, terminal: Terminal) -> Result<(), Failure> {
    match part {
        BeaconPart::Keys { tenant } => terminal.answer::<IngestKeysOutput>(client.view(&IngestKeys { tenant })?, print::beacon::keys),
        BeaconPart::Snippet { tenant } => {
            let url = client.url.clone();
            terminal.answer::<IngestKeysOutput>(client.view(&IngestKeys { tenant: Some(tenant) })?, |found, paint| {
                found.keys.first().map_or_else(|| print::beacon::keys(found, paint), |key| snippet(&url, &key.key))
            })
        }
    }
}
