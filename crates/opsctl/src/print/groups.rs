//! Groups of failures: the list, and one with all that is known of it.

use super::{Paint, cut, jobs::foot, table::facts, table::table, words};
use actions::views::{
    group::{FacetRow, GroupOutput},
    groups::GroupsOutput,
    standing::Standing,
};
use domain::At;

pub fn groups(list: &GroupsOutput, paint: Paint) -> String {
    if list.rows.is_empty() {
        return "No group of failures wants a person here. All of them: opsctl groups list --state all\n".to_owned();
    }
    let rows: Vec<Vec<String>> = list
        .rows
        .iter()
        .map(|group| {
            vec![
                paint.bold(&group.id.to_string()),
                words::group_state(paint, group.state),
                group.code.clone(),
                cut(&group.title, 48),
                group.open.to_string(),
                group.tenants.to_string(),
                words::spark(&group.spark),
                cut(&group.types.join(", "), 32),
                words::ago(list.now, group.first_seen),
                words::ago(list.now, group.last_seen),
            ]
        })
        .collect();
    let heads = ["GROUP", "STATE", "CODE", "WHAT", "WAITING", "TENANTS", "LAST DAY", "TYPES", "FIRST SEEN", "LAST SEEN"];
    let count = format!("{}, {} waiting", words::count(list.total, false, "group"), words::count(list.open, false, "command"));
    table(paint, &heads, &rows) + &*foot(paint, &count, list.next.as_deref())
}

pub fn group(shown: &GroupOutput, paint: Paint) -> String {
    let group = &shown.group;
    let mut text = format!("{} {}\n", paint.bold(&format!("Group {}", group.id)), group.title);
    text.push_str(&facts(
        paint,
        &[
            ("state", standing(&group.standing(), shown.now, paint)),
            ("code", group.code.clone()),
            ("waiting", group.open.to_string()),
            ("ever", group.total.to_string()),
            ("tenants", group.tenants.to_string()),
            ("first seen", words::ago(shown.now, group.first_seen)),
            ("last seen", words::ago(shown.now, group.last_seen)),
            ("last day", words::spark(&group.spark)),
            ("fingerprint", format!("{} (rule {})", group.fingerprint, group.fingerprint_version)),
        ],
    ));
    let tenants: Vec<Vec<String>> = shown
        .tenants
        .iter()
        .map(|share| {
            vec![share.tenant_name.clone(), share.open.to_string(), share.total.to_string(), words::ago(shown.now, share.last_seen)]
        })
        .collect();
    text.push_str(&part(paint, &["TENANT", "WAITING", "EVER", "LAST SEEN"], &tenants));
    text.push_str(&part(paint, &["TYPE", "EVER", "FIRST SEEN", "LAST SEEN"], &facets(&shown.types, shown.now)));
    text.push_str(&part(paint, &["BUILD", "EVER", "FIRST SEEN", "LAST SEEN"], &facets(&shown.releases, shown.now)));
    for note in &shown.notes {
        text.push_str(&format!("\n{} {}\n  {}\n", paint.bold(&note.who), paint.dim(&words::ago(shown.now, note.at)), note.note));
    }
    let waiting: Vec<Vec<String>> = shown
        .waiting
        .iter()
        .map(|row| {
            let message = row.error_message.as_deref().or(row.error_title.as_deref()).unwrap_or_default();
            vec![paint.bold(&row.command.short()), row.tenant_name.clone(), cut(message, 72), words::ago(shown.now, row.updated_at)]
        })
        .collect();
    text + &*part(paint, &["NEWEST", "TENANT", "WHAT HAPPENED", "SINCE"], &waiting)
}

/// The state with what belongs to it.
pub(super) fn standing(group: &Standing, now: At, paint: Paint) -> String {
    let mut told = vec![words::group_state(paint, group.state)];
    told.extend(group.state_by.as_ref().map(|who| format!("by {who} {}", words::ago(now, group.state_at))));
    told.extend(group.ticket.as_ref().map(|ticket| format!("ticket {ticket}")));
    told.extend(group.snooze_until.map(|until| format!("until {}", words::ago(now, until))));
    told.extend(group.snooze_total.map(|total| format!("until {total} altogether")));
    told.extend(group.snooze_per_hour.map(|rate| format!("until more than {rate} an hour")));
    told.extend(group.resolved_in.as_ref().map(|release| format!("in build {release}")));
    told.extend(group.why.clone());
    told.join(" \u{b7} ")
}

fn facets(rows: &[FacetRow], now: At) -> Vec<Vec<String>> {
    rows.iter()
        .map(|row| vec![row.value.clone(), row.count.to_string(), words::ago(now, row.first_seen), words::ago(now, row.last_seen)])
        .collect()
}

pub(super) fn part(paint: Paint, heads: &[&str], rows: &[Vec<String>]) -> String {
    if rows.is_empty() { String::new() } else { format!("\n{}", table(paint, heads, rows)) }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn a_group_is_one_line_and_its_page_tells_all() {
        let list = groups(&samples::groups(), Paint(false));
        let row = list.lines().nth(1).expect("a row");
        for told in ["12", "z snoozed", "OUT_OF_MEMORY", "·▄█", "plans/IngestPlan", "3 m ago"] {
            assert!(row.contains(told), "{told}: {row}");
        }
        assert!(list.ends_with("1 group, 40 commands waiting\n"), "{list}");
        let page = group(&samples::group(), Paint(false));
        for told in [
            "z snoozed · by Anna 3 m ago · until in 4 h · until more than 100 an hour · Waits for the vendor.",
            "Acme",
            "1.0",
            "Ben",
            "aa0b1c2d",
        ] {
            assert!(page.contains(told), "{told}: {page}");
        }
    }
}
