//! Logs: whose, how grave, with which words; the newest last, and those that come while one watches. And the support bundle, with
//! what would be in it. Not in here: who may read them.

use super::{
    filters::{choice, filter_form, plain, spans, text_of},
    keys::{focus_first, on_key},
    pieces::loaded,
};
use crate::{
    api::typed,
    arrival::use_location,
    components::{CliLine, EmptyState, Head, Note, Table, Tone},
    data::{ask, load},
    icons::Icon,
    routes,
    text::{count, counted},
};
use actions::views::{
    logs::{LogService, Logs, LogsOutput},
    support_bundle::{Planned, SupportBundle},
};
use domain::{LogLevel, LogLine, Problem, human_bytes as size};
use leptos::prelude::*;
use leptos_router::params::ParamsMap;
use markup::{Html, IntoHtml, each, effect, view};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{MessageEvent, WebSocket};

/// The lines of a page that follows; older ones go as new ones come.
const KEPT: usize = 2_000;

/// The page of logs.
#[must_use]
pub fn page() -> Html {
    let query = use_location().query;
    let data = load(move || query.with(filter_of));
    let following = RwSignal::new(false);
    on_key(move |event, in_sequence| match event.key().as_str() {
        "/" if !in_sequence => {
            event.prevent_default();
            focus_first(".filters input[name=find]");
        }
        "l" if !in_sequence => following.update(|on| *on = !*on),
        _ => {}
    });
    view! {
        {loaded(data, move |output| content(output, query.with_untracked(filter_of), following))}
    }
}

fn filter_of(query: &ParamsMap) -> Logs {
    let word = text_of(query, "level");
    Logs {
        service: text_of(query, "service"),
        tail: text_of(query, "tail").and_then(|tail| tail.parse().ok()),
        since: text_of(query, "since"),
        level: word.and_then(|word| LogLevel::ALL.iter().copied().find(|level| level.word() == word)),
        find: text_of(query, "find"),
        plain: None,
    }
}

fn content(output: LogsOutput, filter: Logs, following: RwSignal<bool>) -> Html {
    let names = output.services.iter().map(|service| service.name.clone()).collect();
    let line = cli(&filter);
    let shown = match filter.service.clone() {
        None => services(output.services),
        Some(service) => lines(output, &service, filter.clone(), following),
    };
    view! {
        <div class="head">
            <div><h1>"Logs"</h1><p class="soft">"Of the product and of the console, without their secrets. Whoever reads one stands in the audit."</p></div>
            <div class="actions">{bundle()}</div>
        </div>
        {filters(&filter, names)}
        <section class="panel">{shown}</section>
        <CliLine line/>
    }
}

/// The line that prints the same.
fn cli(filter: &Logs) -> String {
    let mut line = "opsctl logs".to_owned();
    let tail = filter.tail.map(|tail| tail.to_string());
    let level = filter.level.map(|level| level.word().to_owned());
    let find = filter.find.as_ref().map(|find| ["\"", find, "\""].concat());
    for (flag, value) in [("", &filter.service), ("--tail ", &tail), ("--since ", &filter.since), ("--level ", &level), ("--find ", &find)]
    {
        if let Some(value) = value {
            line = [&line, " ", flag, value].concat();
        }
    }
    line
}

fn filters(filter: &Logs, names: Vec<String>) -> Html {
    let levels = LogLevel::ALL.iter().map(|level| (level.word().to_owned(), [level.word(), " and graver"].concat())).collect();
    let typed = filter.find.clone().unwrap_or_default();
    let fields = view! {
        {choice("service", "service", filter.service.as_deref(), plain(names))}
        {choice("level", "level", filter.level.map(LogLevel::word), levels)}
        <input class="input" type="search" name="find" aria-label="Find in the lines" placeholder="Find in the lines" value=typed.clone() prop:value=typed autocomplete="off" spellcheck="false"/>
        {tails(filter.tail)}
        {spans("since", filter.since.as_deref(), &["5m", "1h", "24h"], &[])}
    };
    filter_form(routes::LOGS, &["service", "level", "find", "tail"], fields)
}

/// How many of the last lines are looked at.
fn tails(chosen: Option<i64>) -> Html {
    let option = |(value, word): (&'static str, &'static str)| {
        let now = chosen.map(|tail| tail.to_string()).unwrap_or_default() == value;
        view! { <option value=value selected=now>{word}</option> }
    };
    let options = [("", "200 lines"), ("1000", "1,000 lines"), ("5000", "5,000 lines")].map(option).into_iter().collect::<Vec<_>>();
    view! { <select class="input" name="tail" aria-label="How many lines">{options}</select> }
}

fn services(services: Vec<LogService>) -> Html {
    let heads = vec![Head::text("Service"), Head::text("Kind"), Head::text("Where"), Head::num("Size"), Head::text("State")];
    let row = |service: LogService| {
        let href = routes::url(routes::LOGS, &[("service", &service.name)]);
        let state = service.problem.map_or_else(
            || view! { <span data-tone="ok">"Can be read"</span> },
            |problem| view! { <span data-tone="fail">{problem}</span> },
        );
        let bytes = service.bytes.map(size);
        view! { <tr><td><a class="link strong" href=href>{service.name}</a></td><td>{service.kind}</td><td class="mono">{service.place}</td><td class="num">{bytes}</td><td>{state}</td></tr> }
    };
    let rows = services.into_iter().map(row).collect::<Vec<_>>();
    view! { <Table caption="Logs that may be read" heads><tbody>{rows}</tbody></Table> }
}

fn lines(output: LogsOutput, service: &str, filter: Logs, following: RwSignal<bool>) -> Html {
    let total = i64::try_from(output.lines.len()).unwrap_or(i64::MAX);
    let removed: u64 = output.removed.iter().map(|one| one.count).sum();
    let said = match removed {
        0 => [&counted(total, false, "line", "lines"), "."].concat(),
        n => [&counted(total, false, "line", "lines"), ", ", &count(i64::try_from(n).unwrap_or(i64::MAX)), " secrets removed."].concat(),
    };
    let cut =
        (!output.cut.is_empty()).then(|| view! { <Note tone=Tone::Warn what="Not everything is shown" because=output.cut.join(" ")/> });
    let empty = output.lines.is_empty();
    let nothing = move || {
        (empty && !following.get()).then(|| view! { <EmptyState title="No line fits" about="Nothing was written that fits these filters. Take one away, look further back, or follow." icon=Icon::Terminal/> })
    };
    let rows = output.lines.into_iter().map(row).collect::<Vec<_>>();
    let live = Live::new();
    follow(live, filter, following);
    let press = move |_| following.update(|on| *on = !*on);
    view! {
        <header>
            <h2>{service.to_owned()}</h2>
            <span class="faint">{said}</span>
            <span class="end">
                <span class="soft" aria-live="polite">{move || live.state.get()}</span>
                <button type="button" class="btn small" aria-pressed=move || if following.get() { "true" } else { "false" } on:click=press>
                    <Icon of=Icon::Eye/>"Follow"<kbd>"L"</kbd>
                </button>
            </span>
        </header>
        <div class="pad">
            {cut}
            {nothing}
            <div class="log tall" tabindex="0" role="region" aria-label=["Log of ", service].concat()>
                <ol>{rows}{each(move || live.lines.with(|lines| lines.iter().map(|(number, _)| *number).collect()), move |number| live.row(number))}</ol>
            </div>
        </div>
    }
}

fn row(line: LogLine) -> Html {
    let tone = match line.level {
        Some(LogLevel::Fatal | LogLevel::Error) => Some(Tone::Fail),
        Some(LogLevel::Warn) => Some(Tone::Warn),
        _ => None,
    };
    let level = tone.map(|tone| view! { <Icon of=tone.icon()/><span class="visually-hidden">{line.level.map(LogLevel::word)}</span> });
    let (full, clock) = line.ts.map(|at| (at.to_string(), at.clock())).unwrap_or_default();
    view! {
        <li class="line" data-tone=tone.map(Tone::key)>
            <time datetime=full.clone() title=full>{clock}</time>
            <span class="level">{level}</span>
            <span class="text">{line.message}</span>
        </li>
    }
}

/// What came while one watches.
#[derive(Clone, Copy)]
struct Live {
    lines: RwSignal<Vec<(u128, LogLine)>>,
    next: StoredValue<u128>,
    state: RwSignal<String>,
}

/// An open socket with what it calls; closed when dropped.
struct Socket {
    socket: WebSocket,
    _heard: [Closure<dyn FnMut(MessageEvent)>; 2],
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.socket.set_onclose(None);
        self.socket.set_onmessage(None);
        // Refused only for a reason of closing, and none is given.
        let _ = self.socket.close();
    }
}

impl Live {
    fn new() -> Self {
        Self { lines: RwSignal::new(Vec::new()), next: StoredValue::new(0), state: RwSignal::new(String::new()) }
    }

    fn row(self, number: u128) -> Html {
        let found = self.lines.with_untracked(|lines| lines.iter().find(|(of, _)| *of == number).map(|(_, line)| line.clone()));
        found.map_or_else(|| ().into_html(), row)
    }

    fn heard(self, text: &str) {
        let Ok(said) = serde_json::from_str::<serde_json::Value>(text) else { return };
        if let Some(why) = said.get("over").and_then(|why| why.as_str()) {
            self.state.set(why.to_owned());
            return;
        }
        let line = match said.get("left_out").and_then(serde_json::Value::as_i64) {
            Some(lines) => LogLine {
                ts: None,
                level: Some(LogLevel::Warn),
                message: [&count(lines), " lines left out: they came faster than they could be shown"].concat(),
            },
            None => match typed(text) {
                Ok(line) => line,
                Err(_) => return,
            },
        };
        let number = self.next.get_value();
        self.next.set_value(number + 1);
        self.lines.update(|lines| {
            lines.push((number, line));
            let over = lines.len().saturating_sub(KEPT);
            lines.drain(..over);
        });
    }

    fn open(self, filter: &Logs) -> Option<Socket> {
        let place = window().location().host().ok()?;
        let secure = window().location().protocol().is_ok_and(|protocol| protocol == "https:");
        let service = filter.service.as_deref().unwrap_or_default();
        let mut query = vec![("service", service)];
        query.extend(filter.level.map(|level| ("level", level.word())));
        query.extend(filter.find.as_deref().map(|find| ("find", find)));
        let to = [if secure { "wss://" } else { "ws://" }, &place, &routes::url(routes::FOLLOW_LOG, &query)].concat();
        let socket = WebSocket::new(&to).ok()?;
        let heard = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            if let Some(text) = event.data().as_string() {
                self.heard(&text);
            }
        });
        let closed = Closure::<dyn FnMut(MessageEvent)>::new(move |_| {
            // What was said before it closed says more.
            if self.state.try_get_untracked().is_some_and(|state| state == WATCHING) {
                self.state.set("The line broke. Press Follow twice to open it again.".to_owned());
            }
        });
        socket.set_onmessage(Some(heard.as_ref().unchecked_ref()));
        socket.set_onclose(Some(closed.as_ref().unchecked_ref()));
        self.state.set(WATCHING.to_owned());
        Some(Socket { socket, _heard: [heard, closed] })
    }
}

const WATCHING: &str = "Following: new lines appear at the end.";

/// Opens and closes the socket with the switch. Nothing of this runs on the server.
fn follow(live: Live, filter: Logs, following: RwSignal<bool>) {
    effect(move || {
        live.state.set(String::new());
        if following.get() {
            // Of this run of the effect, so that the next one, or leaving the page, closes it. It belongs to the thread it was made on, and
            // so is made here, where only a browser comes: of a page on the server it would end on another thread than it began.
            StoredValue::new_local(live.open(&filter));
        }
    });
    // The newest are last: they are in sight, unless somebody looks at older ones.
    effect(move || {
        let first = live.lines.with(Vec::is_empty);
        let Some(log) = document().query_selector(".log.tall").ok().flatten() else { return };
        if first || log.scroll_top() + log.client_height() + 120 >= log.scroll_height() {
            log.set_scroll_top(log.scroll_height());
        }
    });
}

/// The bundle: a download, and before that what would be in it.
fn bundle() -> Html {
    let planned = RwSignal::new(None::<Result<Vec<Planned>, Problem>>);
    let fetch = move || {
        leptos::task::spawn_local(async move {
            let answer = ask(SupportBundle::default()).await;
            // The page may have been left meanwhile.
            planned.try_set(Some(answer.map(|output| output.collectors)));
        });
    };
    let items = move || match planned.get() {
        None => view! { <p class="about">"Loading"</p> },
        Some(Err(problem)) => view! { <p class="about" role="alert">{problem.message}</p> },
        Some(Ok(parts)) => parts.into_iter().map(part).collect::<Vec<_>>().into_html(),
    };
    view! {
        <details class="menu-wrap" on:toggle=move |_| fetch()>
            <summary class="btn"><Icon of=Icon::Shield/>"Support bundle"<Icon of=Icon::ChevronDown/></summary>
            <div class="menu views">
                <p class="about">"One compressed file to attach to a ticket. Secrets are removed, addresses get names that mean nothing outside it."</p>
                {items}
                <hr/>
                <a class="btn primary" rel="external" href=routes::SUPPORT_BUNDLE download="">"Download it"</a>
            </div>
        </details>
    }
}

fn part(part: Planned) -> Html {
    let bytes = part.bytes.map_or_else(|| ["up to ", &size(part.most)].concat(), size);
    let but = part.problem.map(|problem| view! { <span class="soft">{problem}</span> });
    view! { <p class="about"><span class="strong">{part.name}</span>" "{bytes}" "{but}</p> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_the_filter_and_the_line_prints_the_same() {
        let query: ParamsMap =
            [("service", "backend"), ("level", "warn"), ("find", "no answer"), ("since", "5m"), ("tail", "1000")].into_iter().collect();
        let filter = filter_of(&query);
        assert_eq!((filter.level, filter.tail), (Some(LogLevel::Warn), Some(1_000)));
        assert_eq!(cli(&filter), "opsctl logs backend --tail 1000 --since 5m --level warn --find \"no answer\"");
        assert_eq!(cli(&Logs::default()), "opsctl logs");
    }
}
