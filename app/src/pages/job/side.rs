//! Beside the tree of a job: its facts, the plan it drew, and the same deeds for a terminal.

use super::{helpful_memory, not_now};
use crate::{
    components::{CliLine, FloorPlan, Panel, Plan as Drawing, Room, Wall},
    deeds::cli,
    pages::pieces::{command_mark, fact, fact_code, fact_link, fact_words, facts, standstill_panel, when},
    routes,
    text::counted,
};
use actions::{
    deeds::reprocess_job::ReprocessJob,
    views::job::{Job, JobOutput, Plan},
};
use domain::{Action as _, At, CommandStatus, View as _, decimals, human_millis};
use leptos::prelude::*;
use markup::{Html, IntoHtml, view};

pub(super) fn side(job: &JobOutput, now: Signal<At>) -> Html {
    view! { {standstill_panel(job.standstill.as_ref())} {facts_panel(job, now)} {plan(job)} {terminal(job)} }
}

fn facts_panel(job: &JobOutput, now: Signal<At>) -> Html {
    let row = &job.row;
    let mut list = vec![fact_words("Pipeline", row.pipeline.clone()), fact_words("Run", row.run.to_string())];
    list.extend(row.duration_ms.map(|ms| fact_code("Took", human_millis(ms))));
    list.extend(row.error_code.clone().map(|code| fact_code("Error code", code)));
    list.extend(job.requested_by.clone().map(|by| fact_words("Requested by", by)));
    list.extend([fact("Its command", command_mark(job.command_status)), fact_link("", "Open the command", routes::command(row.command))]);
    // Retrying all of them together is the group's own deed.
    list.extend(job.alike.filter(|alike| alike.waiting > 1).map(|alike| {
        let others = counted(alike.waiting - 1, false, "other waits", "others wait");
        fact_link("Same failure", [&others, " for the same reason"].concat(), routes::group(alike.group))
    }));
    let stuck = row.current_step.as_deref().filter(|_| job.command_status == CommandStatus::InTroubleshootingQueue);
    list.extend(stuck.map(|step| fact_link("Stuck there", ["All runs stuck at ", step].concat(), routes::stuck_at(step))));
    list.extend([fact("Sent", when(row.created_at, now)), fact("Last change", when(row.updated_at, now))]);
    view! { <Panel title="Facts" pad=true>{facts(list)}</Panel> }
}

fn plan(job: &JobOutput) -> Html {
    let Some(plan) = &job.plan else {
        return ().into_html();
    };
    let label = job.row.title.clone().unwrap_or_else(|| "Detected plan".to_owned());
    let unsure = plan.rooms.iter().filter(|room| room.confidence < crate::components::SURE).count();
    let about = match unsure {
        0 => [&plan.rooms.len().to_string(), " rooms"].concat(),
        _ => [&plan.rooms.len().to_string(), " rooms, ", &unsure.to_string(), " to look at"].concat(),
    };
    let plan = drawing(plan);
    view! { <Panel title="Plan" about pad=true><FloorPlan plan label/></Panel> }
}

fn drawing(plan: &Plan) -> Drawing {
    let point = |[x, y]: [f64; 2]| (x, y);
    let room = |room: &actions::views::job::Room| Room {
        polygon: room.polygon.iter().copied().map(point).collect(),
        name: room.name.clone(),
        confidence: room.confidence,
        area: area(room.area_m2),
    };
    Drawing {
        width: plan.width,
        height: plan.height,
        walls: plan.walls.iter().map(|wall| Wall { a: point(wall.a), b: point(wall.b), thickness: wall.thickness }).collect(),
        rooms: plan.rooms.iter().map(room).collect(),
    }
}

/// `18.2 m²`
fn area(square_metres: f64) -> String {
    [&decimals(square_metres.clamp(0.0, 1e9), 1), " m\u{b2}"].concat()
}

fn terminal(job: &JobOutput) -> Html {
    let show = cli::fill(Job::META.cli, &serde_json::json!({ "job": job.row.job }), false, "");
    let again = job.cause.as_ref().filter(|_| not_now(job).is_none()).map(|step| {
        let memory = helpful_memory(step).unwrap_or_default().to_owned();
        let input = ReprocessJob { job: job.row.job, from_step: step.name.clone(), memory, params: String::new() };
        let line = cli::fill(ReprocessJob::META.cli, &serde_json::to_value(input).unwrap_or_default(), true, "");
        view! { <CliLine line/> }
    });
    view! { <Panel title="Do it from a terminal" pad=true><CliLine line=show/>{again}</Panel> }
}

#[cfg(test)]
mod tests {
    use super::area;

    #[test]
    fn areas_have_one_decimal() {
        assert_eq!([0.0, 18.25, 7.04, -3.0].map(area), ["0.0 m\u{b2}", "18.3 m\u{b2}", "7.0 m\u{b2}", "0.0 m\u{b2}"]);
    }
}
