//! Rooms of shapes the samples do not have: slanted walls, a block standing free in a hall, walls of two thicknesses
//! along one side, a wall that leads nowhere.

use plan::files::{PageSize, Room, Text, Wall, Walls};
use plan::geometry::{Pt, pt};
use plan::rooms::{detect, doors::Swings};
use plan::{Params, Refusal};

fn wall(a: Pt, b: Pt, thickness: f64) -> Wall {
    Wall { id: String::new(), a, b, thickness, confidence: 0.9, reasons: Vec::new() }
}

/// Walls along a ring of corners; each ends where its faces end, half a wall short of the corner.
fn ring(corners: &[Pt], thickness: f64) -> Vec<Wall> {
    let next = |i: usize| corners[(i + 1) % corners.len()];
    let short = |a: Pt, b: Pt| a + (b - a).unit() * (thickness / 2.0);
    (0..corners.len()).map(|i| wall(short(corners[i], next(i)), short(next(i), corners[i]), thickness)).collect()
}

fn rooms(walls: Vec<Wall>) -> Result<Vec<Room>, Refusal> {
    let walls = Walls { page: 1, scale: 100.0, scale_reason: String::new(), pen_reason: String::new(), walls };
    let page = PageSize { page: 1, width: 842.0, height: 595.0 };
    let text = Text { pages: vec![page], ..Text::default() };
    let found = detect(&walls, &text, &Swings::default(), &Params::default(), &mut |_| {})?;
    Ok(found.0.rooms)
}

fn near(measured: f64, expected: f64) {
    assert!((measured - expected).abs() < 0.011, "{measured} m², expected {expected}");
}

#[test]
fn a_slanted_room_loses_half_of_each_wall() {
    // A right triangle of 8 m by 6 m on centre lines: what is left inside is similar, its in-circle smaller by 100 mm.
    let found = rooms(ring(&[pt(0., 0.), pt(8000., 0.), pt(0., 6000.)], 200.0)).expect("a room");
    assert_eq!(found.len(), 1);
    let inner = 1900.0 / 2000.0;
    near(found[0].area_m2, 24.0 * inner * inner);
}

#[test]
fn a_block_inside_a_hall_is_a_room_and_a_hole() {
    let mut walls = ring(&[pt(0., 0.), pt(12_000., 0.), pt(12_000., 9000.), pt(0., 9000.)], 300.0);
    walls.extend(ring(&[pt(4000., 3000.), pt(7000., 3000.), pt(7000., 6000.), pt(4000., 6000.)], 200.0));
    let mut found = rooms(walls).expect("rooms");
    found.sort_by(|a, b| a.area_m2.total_cmp(&b.area_m2));
    assert_eq!(found.len(), 2);
    near(found[0].area_m2, 2.8 * 2.8);
    near(found[1].area_m2, 11.7 * 8.7 - 3.2 * 3.2);
    assert_eq!((found[0].holes.len(), found[1].holes.len()), (0, 1));
    assert!(found[1].reasons.iter().any(|r| r.contains("no door")), "{:?}", found[1].reasons);
}

#[test]
fn a_side_of_two_thicknesses_makes_a_step() {
    let walls = vec![
        wall(pt(0., 0.), pt(4000., 0.), 200.0),
        wall(pt(4000., 0.), pt(8000., 0.), 400.0),
        wall(pt(8000., 0.), pt(8000., 5000.), 200.0),
        wall(pt(8000., 5000.), pt(0., 5000.), 200.0),
        wall(pt(0., 5000.), pt(0., 0.), 200.0),
    ];
    let found = rooms(walls).expect("a room");
    assert_eq!(found.len(), 1);
    near(found[0].area_m2, 7.8 * 4.8 - 3.9 * 0.1);
    assert_eq!(found[0].polygon.len(), 6, "{:?}", found[0].polygon);
}

#[test]
fn a_wall_that_leads_nowhere_changes_no_area_and_open_walls_enclose_no_room() {
    let square = [pt(0., 0.), pt(6000., 0.), pt(6000., 6000.), pt(0., 6000.)];
    let mut walls = ring(&square, 200.0);
    walls.push(wall(pt(3000., 100.), pt(3000., 2000.), 100.0));
    let found = rooms(walls).expect("a room");
    assert_eq!(found.len(), 1);
    near(found[0].area_m2, 5.8 * 5.8);
    let open = ring(&square, 200.0).into_iter().take(3).collect();
    assert_eq!(rooms(open).expect_err("open to one side").code(), "NO_ROOMS");
}
