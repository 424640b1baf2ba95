//! Pipeline tree: nodes joined by a line, bars on one time axis, memory against its limit, the failed step with its sentence.
//! Not in here: what a step is or why it failed; the page hands over plain rows.

use super::state_mark::{Note, Tone};
use crate::icons::Icon;
use domain::decimals;
use leptos::prelude::*;
use markup::{Html, IntoHtml, view};

/// Why a step stands where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepWhy {
    pub what: String,
    pub because: String,
    /// What would help: `suggested: 1 GB`.
    pub help: Option<String>,
}

/// One step as it is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct StepRow {
    pub name: String,
    pub tone: Tone,
    /// `completed`, `failed`, `skipped`, `waiting`.
    pub word: String,
    /// From the start of the run. `None`: it did not start.
    pub start_ms: Option<i64>,
    /// `None` with a start: still running; its bar ends at the end of the axis.
    pub end_ms: Option<i64>,
    /// `1 m 44 s`; empty shows the word instead.
    pub duration_text: String,
    /// `256 MB`; empty draws no meter.
    pub memory_text: String,
    /// Share of the limit used: 1.0 is the limit.
    pub memory_ratio: f64,
    pub why: Option<StepWhy>,
    pub href: Option<String>,
    /// Id of the link; empty for none.
    pub id: String,
    /// Its place among how many, where not all of them are there.
    pub of: Option<(i64, i64)>,
    pub selected: bool,
}

/// A line in place of steps that are told of together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoldRow {
    /// `3 steps did not run because of this`.
    pub words: String,
    pub href: String,
    pub id: String,
    /// Whether the steps stand below it.
    pub open: bool,
}

/// What a line of the tree is.
#[derive(Clone, Debug, PartialEq)]
pub enum TreeLine {
    Step(Box<StepRow>),
    Fold(FoldRow),
}

/// The tree of one run.
#[component]
pub fn StepTree(
    lines: Vec<TreeLine>,
    /// Length of the axis.
    total_ms: i64,
    /// What can be done about a step, drawn inside its sentence. Gets the step's name.
    #[prop(optional, into)]
    deeds: Option<Callback<String, Html>>,
    /// Every line is as high as the next, and the list scrolls by itself.
    #[prop(optional)]
    long: bool,
) -> Html {
    let line = |line: TreeLine| match line {
        TreeLine::Fold(fold) => view! { <li class="step fold-line">{fold_link(fold)}</li> },
        TreeLine::Step(step) => {
            let (tone, selected) = (step.tone.key(), step.selected.then_some("true"));
            let [place, all] = [step.of.map(|(place, _)| place.to_string()), step.of.map(|(_, all)| all.to_string())];
            view! {
                <li class="step" data-tone=tone data-selected=selected aria-posinset=place aria-setsize=all>{step_cells(*step, total_ms, deeds)}</li>
            }
        }
    };
    let lines = lines.into_iter().map(line).collect::<Vec<_>>();
    let list = if long {
        view! { <div class="tree-scroll"><ol class="tree long">{lines}</ol></div> }
    } else {
        view! { <ol class="tree">{lines}</ol> }
    };
    view! { {tree_axis(total_ms)}{list} }
}

/// The heads of the columns, with the axis of time.
#[must_use]
pub fn tree_axis(total_ms: i64) -> Html {
    let ticks = (0..4).map(|quarter| view! { <span>{tick(total_ms.max(1) * quarter / 4)}</span> }).collect::<Vec<_>>();
    view! { <div class="tree-axis" aria-hidden="true"><span>"step"</span><span class="ticks">{ticks}</span><span class="num">"took"</span><span>"memory"</span></div> }
}

/// The line of a fold: a link that opens or closes it.
#[must_use]
pub fn fold_link(fold: FoldRow) -> Html {
    let icon = if fold.open { Icon::ChevronDown } else { Icon::ChevronRight };
    view! {
        <a class="node" href=fold.href id=fold.id data-noscroll="" aria-expanded=if fold.open { "true" } else { "false" }>
            <span class="mark"><Icon of=icon/></span><span>{fold.words}</span>
        </a>
    }
}

/// What stands in the line of a step.
#[must_use]
pub fn step_cells(step: StepRow, total_ms: i64, deeds: Option<Callback<String, Html>>) -> Html {
    let axis = bar(step.start_ms, step.end_ms, total_ms).map(|(x, width)| {
        view! {
            <svg viewBox="0 0 1000 12" preserveAspectRatio="none" aria-hidden="true">
                <rect x=x.to_string() y="0" width=width.to_string() height="12" rx="2"/>
            </svg>
        }
    });
    let took = if step.duration_text.is_empty() { step.word.clone() } else { step.duration_text };
    let why =
        step.why.map(|why| view! { <div class="why">{step_why(why, step.tone, deeds.map(|deeds| deeds.run(step.name.clone())))}</div> });
    view! {
        {node(&step.name, &step.word, step.tone, step.href, step.id, step.selected)}
        <span class="axis">{axis}</span>
        <span class="dur">{took}</span>
        {meter(step.memory_text, step.memory_ratio)}
        {why}
    }
}

/// Why a step stands where it stands, with what can be done about it.
#[must_use]
pub fn step_why(why: StepWhy, tone: Tone, deed: Option<Html>) -> Html {
    let help = why.help.map(|help| view! { <span class="needs">{help}</span> });
    if deed.is_none() && help.is_none() {
        return view! { <Note tone what=why.what because=why.because/> };
    }
    view! { <Note tone what=why.what because=why.because>{[deed.into_html(), help.into_html()]}</Note> }
}

fn node(name: &str, word: &str, tone: Tone, href: Option<String>, id: String, selected: bool) -> Html {
    let inside = view! {
        <span class="mark"><Icon of=tone.icon()/></span>
        <span>{name.to_owned()}<span class="visually-hidden">{format!(", {word}")}</span></span>
    };
    match href {
        Some(href) => {
            let id = (!id.is_empty()).then_some(id);
            view! { <a class="node" href=href id=id aria-current=selected.then_some("true") data-noscroll="">{inside}</a> }
        }
        None => view! { <span class="node">{inside}</span> },
    }
}

/// Memory against its limit; calm, near it, or over.
fn meter(text: String, ratio: f64) -> Html {
    if text.is_empty() {
        return view! { <span class="meter none">"–"</span> };
    }
    let level = if ratio >= 1.0 {
        "over"
    } else if ratio >= 0.8 {
        "near"
    } else {
        "calm"
    };
    let used = decimals((ratio * 100.0).clamp(0.0, 100.0), 0);
    view! {
        <span class="meter" data-level=level>
            <svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
                <rect class="whole" width="100" height="6"/>
                <rect class="used" width=used height="6"/>
            </svg>
            <span>{text}</span>
        </span>
    }
}

/// Place and width of a bar in thousandths of the axis; a step too short to see is drawn 4 wide.
fn bar(start: Option<i64>, end: Option<i64>, total: i64) -> Option<(i64, i64)> {
    let start = start?.clamp(0, total);
    let end = end.unwrap_or(total).clamp(start, total);
    let thousandths = |ms: i64| i64::try_from(i128::from(ms) * 1000 / i128::from(total.max(1))).unwrap_or(1000);
    let x = thousandths(start).min(996);
    Some((x, (thousandths(end) - x).max(4)))
}

/// A moment on the axis: `0`, `850 ms`, `28 s`, `1 m 24 s`, `2 h 5 m`.
fn tick(ms: i64) -> String {
    match ms {
        ..=0 => "0".to_owned(),
        1..1_000 => format!("{ms} ms"),
        1_000..10_000 => format!("{}.{} s", ms / 1000, ms % 1000 / 100),
        10_000..60_000 => format!("{} s", ms / 1000),
        600_000..3_600_000 => format!("{} m", ms / 60_000),
        60_000..600_000 => format!("{} m {} s", ms / 60_000, ms % 60_000 / 1000),
        _ => format!("{} h {} m", ms / 3_600_000, ms % 3_600_000 / 60_000),
    }
}

#[cfg(test)]
mod tests {
    use super::{bar, tick};

    #[test]
    fn bars_stay_on_the_axis_and_can_be_seen() {
        assert_eq!(bar(Some(0), Some(500), 1000), Some((0, 500)));
        assert_eq!(bar(Some(500), None, 1000), Some((500, 500)), "a running step reaches the end");
        assert_eq!(bar(Some(1000), Some(1000), 1000), Some((996, 4)), "the shortest step at the very end");
        assert_eq!(bar(Some(900), Some(100), 1000), Some((900, 4)), "an end before its start");
        assert_eq!(bar(Some(-5), Some(9_000), 1000), Some((0, 1000)));
        assert_eq!(bar(None, Some(5), 1000), None);
        assert_eq!(bar(Some(0), Some(i64::MAX), i64::MAX), Some((0, 1000)));
    }

    #[test]
    fn ticks_read_like_durations() {
        let words = [0, 850, 2_300, 28_000, 84_000, 1_333_000, 7_500_000].map(tick);
        assert_eq!(words, ["0", "850 ms", "2.3 s", "28 s", "1 m 24 s", "22 m", "2 h 5 m"]);
    }
}
