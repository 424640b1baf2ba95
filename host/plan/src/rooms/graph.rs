//! The planar graph of lines: split where they meet, and walked round face by face.
//!
//! Knows nothing of walls: an edge remembers only which line it came from.

use crate::geometry::{Pt, Seg, bounds, signed_area};
use std::collections::{HashMap, HashSet};

/// A piece of a line between two points of the graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    pub a: usize,
    pub b: usize,
    /// Index of the line it is a piece of.
    pub line: usize,
}

/// Points joined by edges that meet only in points.
#[derive(Clone, Debug, Default)]
pub struct PlanarGraph {
    pub points: Vec<Pt>,
    pub edges: Vec<Edge>,
}

/// A way round a face, with the face on its left.
#[derive(Clone, Debug)]
pub struct Loop {
    /// Corner `i` is where edge `i` begins.
    pub ring: Vec<Pt>,
    pub edges: Vec<usize>,
    /// Positive for a face; zero or negative for the outside of a component.
    pub area: f64,
    pub component: usize,
}

impl PlanarGraph {
    /// Splits the lines where they cross, touch or lie on each other; points within `snap` are one.
    pub fn new(lines: &[Seg], snap: f64) -> Self {
        let cuts = cuts(lines, snap);
        let mut graph = Self::default();
        let mut index: HashMap<(i64, i64), Vec<usize>> = HashMap::new();
        let mut seen = HashSet::new();
        for (line, (seg, mut at)) in lines.iter().zip(cuts).enumerate() {
            at.sort_by(f64::total_cmp);
            let corners: Vec<usize> = at.iter().map(|t| graph.point(seg.at(*t), snap, &mut index)).collect();
            for w in corners.windows(2) {
                if w[0] != w[1] && seen.insert((w[0].min(w[1]), w[0].max(w[1]))) {
                    graph.edges.push(Edge { a: w[0], b: w[1], line });
                }
            }
        }
        graph
    }

    fn point(&mut self, p: Pt, snap: f64, index: &mut HashMap<(i64, i64), Vec<usize>>) -> usize {
        let (x, y) = ((p.x / snap).floor() as i64, (p.y / snap).floor() as i64);
        for key in (-1..=1).flat_map(|dx| (-1..=1).map(move |dy| (x + dx, y + dy))) {
            for &i in index.get(&key).into_iter().flatten() {
                if self.points[i].distance(p) <= snap {
                    return i;
                }
            }
        }
        self.points.push(p);
        index.entry((x, y)).or_default().push(self.points.len() - 1);
        self.points.len() - 1
    }

    /// How many edges end in each point.
    pub fn degrees(&self) -> Vec<usize> {
        let mut degree = vec![0; self.points.len()];
        for e in &self.edges {
            degree[e.a] += 1;
            degree[e.b] += 1;
        }
        degree
    }

    /// The graph without edges that lead nowhere, taken away until every point has two.
    pub fn without_dangles(mut self) -> Self {
        loop {
            let degree = self.degrees();
            let before = self.edges.len();
            self.edges.retain(|e| degree[e.a] > 1 && degree[e.b] > 1);
            if self.edges.len() == before {
                break;
            }
        }
        let degree = self.degrees();
        let mut renamed = vec![usize::MAX; self.points.len()];
        let mut points = Vec::new();
        for (i, p) in self.points.iter().enumerate().filter(|(i, _)| degree[*i] > 0) {
            renamed[i] = points.len();
            points.push(*p);
        }
        let edges = self.edges.iter().map(|e| Edge { a: renamed[e.a], b: renamed[e.b], line: e.line }).collect();
        Self { points, edges }
    }

    /// For each point the number of its component, and how many there are.
    pub fn components(&self) -> (Vec<usize>, usize) {
        let mut next = vec![Vec::new(); self.points.len()];
        for e in &self.edges {
            next[e.a].push(e.b);
            next[e.b].push(e.a);
        }
        let mut of = vec![usize::MAX; self.points.len()];
        let mut count = 0;
        for start in 0..self.points.len() {
            if of[start] != usize::MAX {
                continue;
            }
            let mut todo = vec![start];
            of[start] = count;
            while let Some(i) = todo.pop() {
                for &j in &next[i] {
                    if of[j] == usize::MAX {
                        of[j] = count;
                        todo.push(j);
                    }
                }
            }
            count += 1;
        }
        (of, count)
    }

    /// Walks round every face. Half edge `2e` runs from `a` to `b`, `2e + 1` back.
    pub fn loops(&self) -> Vec<Loop> {
        let ends = |h: usize| {
            let e = self.edges[h / 2];
            if h.is_multiple_of(2) { (e.a, e.b) } else { (e.b, e.a) }
        };
        let mut leaving = vec![Vec::new(); self.points.len()];
        for h in 0..self.edges.len() * 2 {
            leaving[ends(h).0].push(h);
        }
        let mut place = vec![0; self.edges.len() * 2];
        for out in &mut leaving {
            let angle = |h: &usize| {
                let (from, to) = ends(*h);
                let d = self.points[to] - self.points[from];
                d.y.atan2(d.x)
            };
            out.sort_by(|h, k| angle(h).total_cmp(&angle(k)));
            for (i, h) in out.iter().enumerate() {
                place[*h] = i;
            }
        }
        // Coming to a point, the next edge round the face on the left is the one just clockwise of where we came from.
        let after = |h: usize| {
            let out = &leaving[ends(h).1];
            out[(place[h ^ 1] + out.len() - 1) % out.len()]
        };
        let (component, _) = self.components();
        let mut done = vec![false; self.edges.len() * 2];
        let mut loops = Vec::new();
        for start in 0..done.len() {
            if done[start] {
                continue;
            }
            let (mut ring, mut edges, mut h) = (Vec::new(), Vec::new(), start);
            while !done[h] {
                done[h] = true;
                ring.push(self.points[ends(h).0]);
                edges.push(h / 2);
                h = after(h);
            }
            let area = signed_area(&ring);
            loops.push(Loop { area, component: component[ends(start).0], ring, edges });
        }
        loops
    }
}

/// For each line the places (0 to 1) where it has to be cut, its ends included.
fn cuts(lines: &[Seg], snap: f64) -> Vec<Vec<f64>> {
    let mut cuts = vec![vec![0.0, 1.0]; lines.len()];
    let boxes: Vec<(Pt, Pt)> = lines.iter().filter_map(|s| bounds([s.a, s.b])).collect();
    let mut order: Vec<usize> = (0..lines.len()).collect();
    order.sort_by(|i, j| boxes[*i].0.x.total_cmp(&boxes[*j].0.x));
    for (n, &i) in order.iter().enumerate() {
        for &j in &order[n + 1..] {
            if boxes[j].0.x > boxes[i].1.x + snap {
                break;
            }
            if boxes[j].0.y > boxes[i].1.y + snap || boxes[j].1.y < boxes[i].0.y - snap {
                continue;
            }
            let (p, q) = (lines[i], lines[j]);
            if let Some((t, s)) = p.meet(q).filter(|(t, s)| on(p, *t, snap) && on(q, *s, snap)) {
                cuts[i].push(t.clamp(0.0, 1.0));
                cuts[j].push(s.clamp(0.0, 1.0));
            }
            touch(p, q, snap, &mut cuts[i]);
            touch(q, p, snap, &mut cuts[j]);
        }
    }
    cuts
}

fn on(seg: Seg, t: f64, snap: f64) -> bool {
    let slack = snap / seg.length().max(snap);
    t >= -slack && t <= 1.0 + slack
}

/// Cuts `seg` where an end of `other` lies on it.
fn touch(seg: Seg, other: Seg, snap: f64, cuts: &mut Vec<f64>) {
    for end in [other.a, other.b] {
        let t = seg.project(end);
        if (0.0..=1.0).contains(&t) && seg.at(t).distance(end) <= snap {
            cuts.push(t);
        }
    }
}
