//! The planar graph keeps Euler's law and its faces cover the area, for any lines.

use plan::geometry::{Seg, pt};
use plan::rooms::graph::PlanarGraph;
use proptest::prelude::*;

/// Whole coordinates in a small square: many lines cross in one point or lie on each other.
fn lines() -> impl Strategy<Value = Vec<Seg>> {
    let end = || (0i32..40, 0i32..40);
    prop::collection::vec((end(), end()), 1..25).prop_map(|ends| {
        let place = |(x, y): (i32, i32)| pt(f64::from(x) * 100.0, f64::from(y) * 100.0);
        ends.into_iter().filter(|(a, b)| a != b).map(|(a, b)| Seg::new(place(a), place(b))).collect()
    })
}

fn crossing(p: Seg, q: Seg) -> bool {
    matches!(p.meet(q), Some((t, s)) if t > 1e-4 && t < 1.0 - 1e-4 && s > 1e-4 && s < 1.0 - 1e-4)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn edges_meet_only_in_points_and_eulers_law_holds(lines in lines()) {
        let graph = PlanarGraph::new(&lines, 1e-3);
        let segs: Vec<Seg> = graph.edges.iter().map(|e| Seg::new(graph.points[e.a], graph.points[e.b])).collect();
        for i in 0..segs.len() {
            for j in 0..i {
                prop_assert!(!crossing(segs[i], segs[j]), "{:?} crosses {:?}", segs[i], segs[j]);
            }
        }
        let (_, components) = graph.components();
        let loops = graph.loops();
        let outer = loops.iter().filter(|l| l.area <= 1e-6).count();
        prop_assert_eq!(outer, components, "each component has one outside");
        // The outsides of all components are one and the same face.
        let faces = loops.len() - outer + 1;
        prop_assert_eq!(graph.points.len() + faces, graph.edges.len() + 1 + components);
        let walked: usize = loops.iter().map(|l| l.edges.len()).sum();
        prop_assert_eq!(walked, 2 * graph.edges.len());
    }

    #[test]
    fn faces_partition_what_the_outside_encloses(lines in lines()) {
        let graph = PlanarGraph::new(&lines, 1e-3);
        let (_, components) = graph.components();
        let loops = graph.loops();
        for component in 0..components {
            let of = || loops.iter().filter(move |l| l.component == component);
            let inside: f64 = of().map(|l| l.area).filter(|a| *a > 0.0).sum();
            let outside: f64 = of().map(|l| l.area).filter(|a| *a <= 0.0).sum();
            prop_assert!((inside + outside).abs() < 1e-3, "{inside} inside, {outside} outside");
        }
    }

    #[test]
    fn dangles_enclose_nothing(lines in lines()) {
        let graph = PlanarGraph::new(&lines, 1e-3);
        let area = |g: &PlanarGraph| g.loops().iter().map(|l| l.area.max(0.0)).sum::<f64>();
        let before = area(&graph);
        let cut = graph.without_dangles();
        prop_assert!(cut.degrees().iter().all(|d| *d >= 2));
        prop_assert!((area(&cut) - before).abs() < 1e-3);
    }
}
