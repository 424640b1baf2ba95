//! The rows of the list of groups, the cursor that walks them, and the bar with what can be done to the group under it.

use crate::{
    components::{Head, Sparkline, StateMark, Table, Tone},
    deeds::{DeedButton, DeedKind},
    pages::{
        keys::{leave, link_id, list_keys},
        pieces::{group_words, when},
    },
    routes,
    text::count,
};
use actions::views::groups::FailureGroup;
use domain::At;
use leptos::prelude::*;
use markup::{Html, IntoHtml, memo, view};

/// Keys that act on the group under the cursor.
const KEYS: &[(&str, DeedKind)] = &[("t", DeedKind::Triage), ("s", DeedKind::Snooze), ("n", DeedKind::Note)];

pub(super) fn rows(groups: Vec<FailureGroup>, cursor: RwSignal<Option<usize>>, now: Signal<At>) -> Html {
    let ids: Vec<String> = groups.iter().map(|group| group.id.to_string()).collect();
    list_keys(Signal::stored(ids), cursor, KEYS, None);
    let heads = vec![
        Head::text("State"),
        Head::num("Waiting"),
        Head::text("What happens"),
        Head::num("Customers"),
        Head::text("Last day"),
        Head::text("Type"),
        Head::text("Build"),
        Head::text("First seen"),
        Head::text("Last seen"),
    ];
    let lines = groups.iter().enumerate().map(|(at, group)| line(at, group, cursor, now)).collect::<Vec<_>>();
    view! {
        <div on:keydown=move |event| leave(&event, cursor)>
            <Table caption="Groups of failures" heads><tbody>{lines}</tbody></Table>
        </div>
        {bar(StoredValue::new(groups), cursor)}
    }
}

fn line(at: usize, group: &FailureGroup, cursor: RwSignal<Option<usize>>, now: Signal<At>) -> Html {
    let under = memo(move || cursor.get() == Some(at));
    let (tone, word) = group_words(group.state);
    let aside = group.ticket.clone().or_else(|| group.state_by.clone());
    view! {
        <tr class:cursor=move || under.get() aria-selected=move || if under.get() { "true" } else { "false" } on:click=move |_| cursor.set(Some(at))>
            <td><StateMark tone word/>" "<span class="faint">{aside}</span></td>
            <td class="num">{count(group.open)}</td>
            <td class="grow"><a id=link_id(at) class="strong" href=routes::group(group.id) on:focus=move |_| cursor.set(Some(at))>{group.title.clone()}</a>" "<code class="faint">{group.code.clone()}</code></td>
            <td class="num">{count(group.tenants.into())}</td>
            <td><Sparkline points=group.spark.clone() tone=Tone::Fail/></td>
            <td class="soft">{some(&group.types)}</td>
            <td class="soft mono">{some(&group.releases)}</td>
            <td class="soft">{when(group.first_seen, now)}</td>
            <td class="soft">{when(group.last_seen, now)}</td>
        </tr>
    }
}

/// The first, and how many more.
fn some(words: &[String]) -> String {
    let first = words.first().map(|word| word.rsplit('/').next().unwrap_or(word)).unwrap_or_default();
    match words.len() {
        0 | 1 => first.to_owned(),
        more => [first, " +", &(more - 1).to_string()].concat(),
    }
}

/// What can be done to the group under the cursor.
fn bar(groups: StoredValue<Vec<FailureGroup>>, cursor: RwSignal<Option<usize>>) -> Html {
    let bar = move || {
        let group = cursor.get().and_then(|at| groups.with_value(|groups| groups.get(at).cloned()))?;
        let id = group.id.to_string();
        Some(view! {
            <div class="bulk" role="group" aria-label="What can be done to this group">
                <span><b class="mono">{group.code}</b>" "{count(group.open)}" waiting"</span>
                <a href=routes::group(group.id)>"Open "<kbd>"Enter"</kbd></a>
                <a href=routes::commands_of(group.id)>"Its commands"</a>
                <span class="end">
                    <DeedButton kind=DeedKind::Note of=id.clone() label="Note\u{2026}" key="N"/>
                    <DeedButton kind=DeedKind::Triage of=id label="Triage\u{2026}" key="T"/>
                </span>
            </div>
        })
    };
    bar.into_html()
}

#[cfg(test)]
mod tests {
    use super::some;

    #[test]
    fn a_cell_says_the_first_and_how_many_more() {
        assert_eq!(some(&[]), "");
        assert_eq!(some(&["plans/IngestPlan".into()]), "IngestPlan");
        assert_eq!(some(&["1.2".into(), "1.1".into(), "1.0".into()]), "1.2 +2");
    }
}
