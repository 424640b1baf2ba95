//! The console's stream of changes (server-sent events), read in its own thread, taken up again
//! where it broke off.

use crate::{client::Client, failure::Failure};
use std::{
    io::{BufRead, BufReader, Read},
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    time::Duration,
};

/// One event of the stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event {
    pub id: Option<String>,
    pub name: String,
    pub data: String,
}

/// What the stream brings.
pub enum News {
    /// The stream is there (again); something may have been missed before.
    Connected,
    Event(Event),
    /// The console does not want us: no use in trying again.
    Refused(Failure),
    /// The line broke; it is tried again.
    Lost,
}

/// The stream that pages listen at.
pub const PAGES: &str = "/live";

/// Listens at a stream, from after `last` if given, for as long as the process lives or the receiver is kept.
pub fn listen(client: Client, path: String, last: Option<String>) -> Receiver<News> {
    let (to, news) = sync_channel(256);
    std::thread::spawn(move || run(&client, &path, last, &to));
    news
}

fn run(client: &Client, path: &str, mut last: Option<String>, to: &SyncSender<News>) {
    let mut pause = Duration::from_secs(1);
    loop {
        match client.stream(path, last.as_deref()) {
            Ok(stream) => {
                pause = Duration::from_secs(1);
                if to.send(News::Connected).is_err() {
                    return;
                }
                let parts = Events::new(stream);
                for event in parts {
                    last = event.id.clone().or(last);
                    if to.send(News::Event(event)).is_err() {
                        return;
                    }
                }
            }
            Err(failure @ Failure::Problem(_)) if failure.exit_code() != 1 => {
                // A closed receiver means that nobody wants to know.
                let _ = to.send(News::Refused(failure));
                return;
            }
            Err(_) => {}
        }
        if to.send(News::Lost).is_err() {
            return;
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_secs(15));
    }
}

/// The events of a stream, one by one, until it ends or breaks.
struct Events<R> {
    lines: BufReader<R>,
}

impl<R: Read> Events<R> {
    fn new(stream: R) -> Self {
        Self { lines: BufReader::new(stream) }
    }
}

impl<R: Read> Iterator for Events<R> {
    type Item = Event;

    fn next(&mut self) -> Option<Event> {
        let mut event = Event::default();
        let mut has_data = false;
        loop {
            let mut line = String::new();
            if self.lines.read_line(&mut line).ok()? == 0 {
                return None;
            }
            let line = line.trim_end_matches(['\n', '\r']);
            if line.is_empty() {
                if has_data {
                    return Some(event);
                }
                event = Event { id: event.id, ..Event::default() };
                continue;
            }
            let (field, value) = line.split_once(':').unwrap_or((line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match field {
                "id" => event.id = Some(value.to_owned()),
                "event" => event.name = value.to_owned(),
                "data" => {
                    if has_data {
                        event.data.push('\n');
                    }
                    event.data.push_str(value);
                    has_data = true;
                }
                // Comments keep the line warm; `retry` is the browser's.
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_put_together_and_comments_left_out() {
        let stream = ": warm\n\nid: 7\nevent: change\ndata: {\"kind\":\"job\"}\n\nevent: end\r\ndata: a\r\ndata: b\r\n\r\ndata: cut off";
        let events: Vec<Event> = Events::new(stream.as_bytes()).collect();
        assert_eq!(events.len(), 2);
        assert_eq!((events[0].id.as_deref(), events[0].name.as_str()), (Some("7"), "change"));
        assert_eq!(events[0].data, "{\"kind\":\"job\"}");
        assert_eq!((events[1].name.as_str(), events[1].data.as_str()), ("end", "a\nb"));
    }
}
