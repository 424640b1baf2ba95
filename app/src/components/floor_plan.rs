//! Floor plan as SVG from plain numbers. A room the machine is unsure of is hatched, dashed and has a question mark.
//! Not in here: detecting anything, or units; the page says how many square metres a room has.

use super::unique::unique_id;
use crate::icons::Icon;
use domain::decimals;
use leptos::prelude::*;
use markup::{Html, view};

/// Below this a room is drawn as unsure.
pub const SURE: f64 = 0.7;

/// A wall from `a` to `b`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wall {
    pub a: (f64, f64),
    pub b: (f64, f64),
    pub thickness: f64,
}

/// A room as its outline.
#[derive(Clone, Debug, PartialEq)]
pub struct Room {
    pub polygon: Vec<(f64, f64)>,
    pub name: String,
    /// 0 to 1.
    pub confidence: f64,
    /// `18.2 m²`
    pub area: String,
}

impl Room {
    fn is_sure(&self) -> bool {
        self.confidence >= SURE
    }

    fn label(&self) -> String {
        let doubt = if self.is_sure() { "" } else { ", unsure" };
        format!("{}, {}{doubt}", self.name, self.area)
    }
}

/// A drawing in its own units, origin top left.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    pub width: f64,
    pub height: f64,
    pub walls: Vec<Wall>,
    pub rooms: Vec<Room>,
}

/// The plan, fitted to its place, with a legend and the same rooms as a table.
#[component]
pub fn FloorPlan(
    plan: Plan,
    /// What the drawing shows: `East wing, level 3`.
    #[prop(into)]
    label: String,
    /// The room chosen, by its place in the list. Given: rooms can be chosen by pointer and keyboard.
    #[prop(optional, into)]
    selected: Option<RwSignal<Option<usize>>>,
) -> Html {
    let unsure = plan.rooms.iter().filter(|room| !room.is_sure()).count();
    let summary = format!("{label}: {} rooms, {unsure} unsure", plan.rooms.len());
    let pattern = unique_id("unsure");
    let fill = format!("url(#{pattern})");
    let unit = plan.width.max(plan.height).max(1.0) / 100.0;
    let walls = plan.walls.iter().map(|wall| wall_line(wall, unit)).collect::<Vec<_>>();
    let rooms = plan.rooms.iter().enumerate().map(|(place, room)| room_shape(place, room, unit, &fill, selected)).collect::<Vec<_>>();
    let sure = plan.rooms.len() - unsure;
    view! {
        <figure class="plan">
            <svg viewBox=[-unit, -unit, plan.width + 2.0 * unit, plan.height + 2.0 * unit].map(|side| decimals(side, 1)).join(" ")
                role=if selected.is_some() { "group" } else { "img" } aria-label=summary>
                <defs>
                    <pattern id=pattern width=num(unit * 2.0) height=num(unit * 2.0) patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
                        <rect class="hatch-ground" width=num(unit * 2.0) height=num(unit * 2.0)/>
                        <line class="hatch-line" x1="0" y1="0" x2="0" y2=num(unit * 2.0) stroke-width=num(unit * 0.7)/>
                    </pattern>
                </defs>
                <g class="rooms">{rooms}</g>
                <g class="walls">{walls}</g>
            </svg>
            <figcaption class="plan-legend">
                <span class="key">{format!("{sure} sure")}</span>
                {(unsure > 0).then(|| view! { <span class="key" data-confidence="low">{format!("{unsure} unsure (?)")}</span> })}
                {room_table(plan.rooms)}
            </figcaption>
        </figure>
    }
}

fn wall_line(wall: &Wall, unit: f64) -> Html {
    let width = num(wall.thickness.max(unit * 0.4));
    view! { <line x1=num(wall.a.0) y1=num(wall.a.1) x2=num(wall.b.0) y2=num(wall.b.1) stroke-width=width/> }
}

fn room_shape(place: usize, room: &Room, unit: f64, fill: &str, selected: Option<RwSignal<Option<usize>>>) -> Html {
    let points = room.polygon.iter().map(|(x, y)| [&decimals(*x, 1), ",", &decimals(*y, 1)].concat()).collect::<Vec<_>>().join(" ");
    let (x, y) = middle(&room.polygon);
    let (sure, title) = (room.is_sure(), room.label());
    let name = if sure { room.name.clone() } else { format!("{} ?", room.name) };
    let confidence = if sure { "high" } else { "low" };
    let fill = (!sure).then(|| fill.to_owned());
    let words = text_size(&room.polygon, &name, unit).map(|size| {
        view! {
            <text aria-hidden="true" font-size=num(size) x=num(x) y=num(y - size * 0.55)>{name}</text>
            <text aria-hidden="true" class="area" font-size=num(size * 0.82) x=num(x) y=num(y + size * 0.65)>{room.area.clone()}</text>
        }
    });
    let shape = view! {
        <title>{title}</title>
        <polygon fill=fill points=points/>
        {words}
    };
    let Some(selected) = selected else {
        return view! { <g class="room" data-confidence=confidence>{shape}</g> };
    };
    let choose = move || selected.update(|now| *now = if *now == Some(place) { None } else { Some(place) });
    view! {
        <g class="room" data-confidence=confidence role="button" tabindex="0"
            aria-pressed=move || if selected.get() == Some(place) { "true" } else { "false" }
            on:click=move |_| choose()
            on:keydown=move |event| if matches!(event.key().as_str(), "Enter" | " ") {
                event.prevent_default();
                choose();
            }>
            {shape}
        </g>
    }
}

fn room_table(rooms: Vec<Room>) -> Html {
    let rows = rooms.into_iter().map(|room| {
        let percent = [&decimals(room.confidence * 100.0, 0), " %"].concat();
        view! { <tr><th scope="row">{room.name}</th><td class="num">{room.area}</td><td class="num">{percent}</td></tr> }
    });
    view! {
        <details class="fold">
            <summary><Icon of=Icon::ChevronRight/>"Rooms as a table"</summary>
            <table class="table plain">
                <thead><tr><th scope="col">"Room"</th><th scope="col" class="num">"Area"</th><th scope="col" class="num">"Confidence"</th></tr></thead>
                <tbody>{rows.collect::<Vec<_>>()}</tbody>
            </table>
        </details>
    }
}

/// Where the name goes: the centroid of the outline; the mean of its corners when it has no area.
fn middle(polygon: &[(f64, f64)]) -> (f64, f64) {
    let (mut doubled, mut x, mut y) = (0.0, 0.0, 0.0);
    for (place, a) in polygon.iter().enumerate() {
        let b = polygon[(place + 1) % polygon.len()];
        let cross = a.0 * b.1 - b.0 * a.1;
        doubled += cross;
        x += (a.0 + b.0) * cross;
        y += (a.1 + b.1) * cross;
    }
    if doubled.abs() > f64::EPSILON {
        return (x / (3.0 * doubled), y / (3.0 * doubled));
    }
    #[expect(clippy::cast_precision_loss, reason = "a polygon has fewer corners than a float has digits")]
    let corners = polygon.len().max(1) as f64;
    (polygon.iter().map(|p| p.0).sum::<f64>() / corners, polygon.iter().map(|p| p.1).sum::<f64>() / corners)
}

/// How large a name may be to stay inside its room; `None` when that would be too small to read. Its tip and the table still say it.
fn text_size(polygon: &[(f64, f64)], name: &str, unit: f64) -> Option<f64> {
    let span = |side: fn(&(f64, f64)) -> f64| {
        let (low, high) = polygon.iter().map(side).fold((f64::MAX, f64::MIN), |(low, high), at| (low.min(at), high.max(at)));
        (high - low).max(0.0)
    };
    let letters = f64::from(u32::try_from(name.chars().count()).unwrap_or(u32::MAX)).max(1.0);
    let size = (unit * 3.6).min(span(|at| at.0) * 0.9 / (letters * 0.58)).min(span(|at| at.1) * 0.3);
    (size >= unit * 1.4).then_some(size)
}

fn num(value: f64) -> String {
    decimals(value, 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_in_the_middle_of_its_room() {
        let square = [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)];
        assert_eq!(middle(&square), (5.0, 5.0));
        let corner = [(0.0, 0.0), (30.0, 0.0), (30.0, 10.0), (10.0, 10.0), (10.0, 30.0), (0.0, 30.0)];
        assert_eq!(middle(&corner), (11.0, 11.0));
        assert_eq!(middle(&[(2.0, 4.0), (4.0, 8.0)]), (3.0, 6.0));
        assert_eq!(middle(&[]), (0.0, 0.0));
    }

    #[test]
    fn a_name_that_does_not_fit_is_smaller_or_left_out() {
        let room = |wide: f64, high: f64| [(0.0, 0.0), (wide, 0.0), (wide, high), (0.0, high)];
        assert_eq!(text_size(&room(100.0, 100.0), "Ward", 1.0), Some(3.6));
        let small = text_size(&room(10.0, 20.0), "Corridor", 1.0).expect("readable");
        assert!(small < 3.6 && small * 0.58 * 8.0 < 10.0, "{small}");
        assert_eq!(text_size(&room(5.0, 20.0), "Corridor", 1.0), None);
        assert_eq!(text_size(&[], "Ward", 1.0), None);
    }

    #[test]
    fn an_unsure_room_is_told_by_word_sign_and_hatching() {
        let room = |name: &str, confidence| Room {
            polygon: vec![(0.0, 0.0), (9.0, 0.0), (9.0, 9.0)],
            name: name.to_owned(),
            confidence,
            area: "4 m²".to_owned(),
        };
        let plan = Plan { width: 10.0, height: 10.0, walls: vec![], rooms: vec![room("Ward <1>", 0.95), room("Lab", 0.4)] };
        let html = Owner::new().with(|| view! { <FloorPlan plan=plan label="Level 3"/> }.to_html());
        assert!(html.contains("Lab, 4 m², unsure") && html.contains("Lab ?") && html.contains("fill=\"url(#unsure-"), "{html}");
        assert!(html.contains("Ward &lt;1&gt;") && !html.contains("<1>"), "{html}");
        assert!(html.contains("aria-label=\"Level 3: 2 rooms, 1 unsure\""), "{html}");
        assert!(!html.contains("style="), "{html}");
    }
}
