//! The pipeline finds in a drawn plan what was drawn: every room, its name, number and area, nothing more.
//!
//! The steps run in this process through their public functions and real files; memory limits are in `memory.rs`.

use plan::files::{Rooms, Walls, read_json};
use plan::sample::{self, Sample};
use plan::{Params, Step, run};
use std::path::PathBuf;

struct Work(PathBuf);

impl Work {
    fn new(name: &str) -> Self {
        let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = std::fs::remove_dir_all(&dir);
        std::fs::create_dir_all(&dir).expect("a directory for the test");
        Self(dir)
    }

    fn all_steps(&self, pdf: &[u8], params: &Params) {
        std::fs::write(self.0.join("upload.pdf"), pdf).expect("the upload is stored");
        for step in Step::ALL {
            let done = run(step, &self.0, &self.0, params, &mut |_| {});
            assert!(done.is_ok(), "{}: {}", step.name(), done.unwrap_err());
            for file in step.outputs() {
                assert!(self.0.join(file).exists(), "{} did not write {file}", step.name());
            }
        }
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The drawn rooms and the found ones are the same, areas within 2 %.
fn same_rooms(what: &str, sample: &Sample, found: &Rooms) {
    let names = |n: Vec<&str>| {
        let mut n = n;
        n.sort_unstable();
        n.join(", ")
    };
    let drawn_names = names(sample.rooms.iter().map(|r| r.name.as_str()).collect());
    let found_names = names(found.rooms.iter().map(|r| r.name.as_str()).collect());
    assert_eq!(drawn_names, found_names, "{what}");
    for drawn in &sample.rooms {
        let room = found.rooms.iter().find(|r| r.number.as_deref() == Some(&drawn.number));
        let room = room.unwrap_or_else(|| panic!("{what}: {} is not found", drawn.number));
        assert_eq!(room.name, drawn.name, "{what}");
        let off = (room.area_m2 - drawn.area_m2).abs() / drawn.area_m2;
        assert!(off < 0.02, "{what}: {} is {:.2} m², drawn {:.2}", room.name, room.area_m2, drawn.area_m2);
        assert!(room.confidence > 0.5 && !room.reasons.is_empty(), "{what}: {room:?}");
    }
}

#[test]
fn ordinary_plans_yield_their_rooms_for_many_seeds() {
    let work = Work::new("ordinary");
    for seed in 0..120 {
        let sample = sample::ordinary_sample(seed);
        assert!((7..=12).contains(&sample.rooms.len()), "seed {seed} has {} rooms", sample.rooms.len());
        work.all_steps(&sample.pdf, &Params::default());
        let found: Rooms = read_json(&work.0, "rooms.json").expect("rooms");
        same_rooms(&format!("ordinary {seed}"), &sample, &found);
    }
}

#[test]
fn hospitals_and_hatched_plans_yield_their_rooms() {
    let work = Work::new("hospital");
    for seed in 0..12 {
        for (kind, sample) in [("hospital", sample::hospital_sample(seed)), ("hatched", sample::hatched_sample(seed))] {
            work.all_steps(&sample.pdf, &Params::default());
            let found: Rooms = read_json(&work.0, "rooms.json").expect("rooms");
            same_rooms(&format!("{kind} {seed}"), &sample, &found);
        }
    }
}

#[test]
fn the_heavy_plan_yields_its_rooms_with_and_without_its_hatching() {
    let work = Work::new("heavy");
    let sample = sample::heavy_sample(3);
    for ignore_hatching in [false, true] {
        work.all_steps(&sample.pdf, &Params { ignore_hatching, ..Params::default() });
        let found: Rooms = read_json(&work.0, "rooms.json").expect("rooms");
        same_rooms(&format!("heavy, ignore_hatching {ignore_hatching}"), &sample, &found);
    }
}

#[test]
fn the_scale_can_be_given_and_changes_every_measure() {
    let work = Work::new("scale");
    let sample = sample::hospital_sample(1);
    work.all_steps(&sample.pdf, &Params { scale: Some(200.0), max_wall_mm: 900.0, max_door_mm: 4000.0, ..Params::default() });
    let (found, walls): (Rooms, Walls) =
        (read_json(&work.0, "rooms.json").expect("rooms"), read_json(&work.0, "walls.json").expect("walls"));
    assert_eq!(walls.scale, 200.0);
    let (drawn, measured) = (sample.rooms.iter().map(|r| r.area_m2).sum::<f64>(), found.rooms.iter().map(|r| r.area_m2).sum::<f64>());
    assert!((measured / drawn - 4.0).abs() < 0.08, "{measured} of {drawn}");
    // What is written in the rooms no longer agrees, and the confidence says so.
    assert!(found.rooms.iter().all(|r| r.confidence < 0.9), "{:?}", found.rooms[0]);
}

#[test]
fn a_door_wider_than_allowed_joins_the_rooms_on_both_sides() {
    let work = Work::new("doors");
    let sample = sample::ordinary_sample(4);
    std::fs::write(work.0.join("upload.pdf"), &sample.pdf).expect("the upload is stored");
    let params = Params { max_door_mm: 300.0, ..Params::default() };
    let results = Step::ALL.map(|step| run(step, &work.0, &work.0, &params, &mut |_| {}));
    let refusal = results[3].as_ref().expect_err("the outside door leaves the corridor open, and the corridor the rooms");
    assert_eq!(refusal.code(), "NO_ROOMS");
    assert!(refusal.to_string().contains("300 mm"), "{refusal}");
}
