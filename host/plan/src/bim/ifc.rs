//! `plan.ifc`: the model as IFC4 in STEP physical file form (ISO 10303-21), written by hand.
//!
//! One storey; walls and spaces as extruded outlines with their usual heights, because a plan does not tell them.
//! GlobalIds are derived from the upload's fingerprint, so the same plan read again gets the same ids.

use super::{Model, outline, wall_name};
use crate::files::{Room, Wall};
use crate::geometry::Pt;
use crate::ingest::upload::fingerprint;

/// Assumed, in metres: a plan shows no heights.
const WALL_HEIGHT: f64 = 2.8;
const ROOM_HEIGHT: f64 = 2.5;

/// The file, and how many entities are in it.
pub fn write(model: &Model) -> (String, usize) {
    let mut step = Step { lines: Vec::new(), seed: model.fingerprint.clone() };
    let shared = step.project(model);
    let walls: Vec<usize> = model.walls.iter().map(|w| step.wall(w, &shared)).collect();
    let spaces: Vec<usize> = model.rooms.iter().map(|r| step.space(r, &shared)).collect();
    if !spaces.is_empty() {
        step.relate("IFCRELAGGREGATES", "storey-spaces", &format!("#{},{}", shared.storey, list(&spaces)));
    }
    if !walls.is_empty() {
        step.relate("IFCRELCONTAINEDINSPATIALSTRUCTURE", "storey-walls", &format!("{},#{}", list(&walls), shared.storey));
    }
    let count = step.lines.len();
    let stamp: String = model.written_at.chars().take(19).collect();
    let head = format!(
        "ISO-10303-21;\nHEADER;\nFILE_DESCRIPTION(('ViewDefinition [ReferenceView_V1.2]'),'2;1');\n\
         FILE_NAME('plan.ifc','{stamp}',(''),(''),'plan {}','plan {}','');\nFILE_SCHEMA(('IFC4'));\nENDSEC;\nDATA;\n",
        env!("CARGO_PKG_VERSION"),
        env!("CARGO_PKG_VERSION"),
    );
    (format!("{head}{}ENDSEC;\nEND-ISO-10303-21;\n", step.lines.concat()), count)
}

/// Entities everything else refers to.
struct Shared {
    body: usize,
    storey: usize,
    storey_place: usize,
    up: usize,
}

struct Step {
    lines: Vec<String>,
    seed: String,
}

impl Step {
    fn add(&mut self, entity: &str) -> usize {
        let id = self.lines.len() + 1;
        self.lines.push(format!("#{id}={entity};\n"));
        id
    }

    fn guid(&self, of: &str) -> String {
        global_id(&format!("{}/{of}", self.seed))
    }

    fn relate(&mut self, kind: &str, of: &str, ends: &str) -> usize {
        let guid = self.guid(of);
        self.add(&format!("{kind}('{guid}',$,$,$,{ends})"))
    }

    fn place(&mut self, within: Option<usize>) -> usize {
        let origin = self.add("IFCCARTESIANPOINT((0.,0.,0.))");
        let axes = self.add(&format!("IFCAXIS2PLACEMENT3D(#{origin},$,$)"));
        let within = within.map_or("$".to_owned(), |w| format!("#{w}"));
        self.add(&format!("IFCLOCALPLACEMENT({within},#{axes})"))
    }

    fn project(&mut self, model: &Model) -> Shared {
        let units = [
            "IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.)",
            "IFCSIUNIT(*,.AREAUNIT.,$,.SQUARE_METRE.)",
            "IFCSIUNIT(*,.VOLUMEUNIT.,$,.CUBIC_METRE.)",
            "IFCSIUNIT(*,.PLANEANGLEUNIT.,$,.RADIAN.)",
        ]
        .map(|u| self.add(u));
        let assigned = self.add(&format!("IFCUNITASSIGNMENT({})", list(&units)));
        let origin = self.add("IFCCARTESIANPOINT((0.,0.,0.))");
        let axes = self.add(&format!("IFCAXIS2PLACEMENT3D(#{origin},$,$)"));
        let context = self.add(&format!("IFCGEOMETRICREPRESENTATIONCONTEXT($,'Model',3,1.E-05,#{axes},$)"));
        let body = self.add(&format!("IFCGEOMETRICREPRESENTATIONSUBCONTEXT('Body','Model',*,*,*,*,#{context},$,.MODEL_VIEW.,$)"));
        let up = self.add("IFCDIRECTION((0.,0.,1.))");
        let title = text(&model.title);
        let project = self.guid("project");
        let project = self.add(&format!("IFCPROJECT('{project}',$,'{title}',$,$,$,$,(#{context}),#{assigned})"));
        let site_place = self.place(None);
        let site = self.guid("site");
        let site = self.add(&format!("IFCSITE('{site}',$,'Site',$,$,#{site_place},$,$,.ELEMENT.,$,$,$,$,$)"));
        let building_place = self.place(Some(site_place));
        let building = self.guid("building");
        let building = self.add(&format!("IFCBUILDING('{building}',$,'{title}',$,$,#{building_place},$,$,.ELEMENT.,$,$,$)"));
        let storey_place = self.place(Some(building_place));
        let storey = self.guid("storey");
        let storey = self.add(&format!("IFCBUILDINGSTOREY('{storey}',$,'Storey',$,$,#{storey_place},$,$,.ELEMENT.,0.)"));
        for (name, whole, part) in
            [("project-site", project, site), ("site-building", site, building), ("building-storey", building, storey)]
        {
            self.relate("IFCRELAGGREGATES", name, &format!("#{whole},(#{part})"));
        }
        Shared { body, storey, storey_place, up }
    }

    fn wall(&mut self, w: &Wall, shared: &Shared) -> usize {
        let ring = outline(w.a, w.b, w.thickness);
        let (place, shape) = self.solid(&ring, &[], WALL_HEIGHT, shared);
        let (guid, name) = (self.guid(&w.id), text(&wall_name(w)));
        let wall = self.add(&format!("IFCWALL('{guid}',$,'{name}',$,$,#{place},#{shape},'{}',.SOLIDWALL.)", text(&w.id)));
        let quantity = self.add(&format!("IFCQUANTITYLENGTH('Width',$,$,{},$)", number(w.thickness / 1000.0)));
        self.quantities(&w.id, "Qto_WallBaseQuantities", quantity, wall);
        wall
    }

    fn space(&mut self, r: &Room, shared: &Shared) -> usize {
        let (place, shape) = self.solid(&r.polygon, &r.holes, ROOM_HEIGHT, shared);
        let guid = self.guid(&r.id);
        let (name, long) = (text(r.number.as_deref().unwrap_or(&r.id)), text(&r.name));
        let space = self.add(&format!("IFCSPACE('{guid}',$,'{name}',$,$,#{place},#{shape},'{long}',.ELEMENT.,.SPACE.,0.)"));
        let quantity = self.add(&format!("IFCQUANTITYAREA('NetFloorArea',$,$,{},$)", number(r.area_m2)));
        self.quantities(&r.id, "Qto_SpaceBaseQuantities", quantity, space);
        space
    }

    fn quantities(&mut self, of: &str, set: &str, quantity: usize, object: usize) {
        let guid = self.guid(&format!("{of}/quantities"));
        let set = self.add(&format!("IFCELEMENTQUANTITY('{guid}',$,'{set}',$,$,(#{quantity}))"));
        self.relate("IFCRELDEFINESBYPROPERTIES", &format!("{of}/defines"), &format!("(#{object}),#{set}"));
    }

    /// Placement and shape of an outline standing up.
    fn solid(&mut self, ring: &[Pt], holes: &[Vec<Pt>], height: f64, shared: &Shared) -> (usize, usize) {
        let place = self.place(Some(shared.storey_place));
        let outer = self.polyline(ring);
        let inner: Vec<usize> = holes.iter().map(|h| self.polyline(h)).collect();
        let profile = if inner.is_empty() {
            self.add(&format!("IFCARBITRARYCLOSEDPROFILEDEF(.AREA.,$,#{outer})"))
        } else {
            self.add(&format!("IFCARBITRARYPROFILEDEFWITHVOIDS(.AREA.,$,#{outer},{})", list(&inner)))
        };
        let origin = self.add("IFCCARTESIANPOINT((0.,0.,0.))");
        let axes = self.add(&format!("IFCAXIS2PLACEMENT3D(#{origin},$,$)"));
        let solid = self.add(&format!("IFCEXTRUDEDAREASOLID(#{profile},#{axes},#{},{})", shared.up, number(height)));
        let body = self.add(&format!("IFCSHAPEREPRESENTATION(#{},'Body','SweptSolid',(#{solid}))", shared.body));
        (place, self.add(&format!("IFCPRODUCTDEFINITIONSHAPE($,$,(#{body}))")))
    }

    fn polyline(&mut self, ring: &[Pt]) -> usize {
        let mut points: Vec<usize> = Vec::with_capacity(ring.len() + 1);
        for p in ring {
            let point = format!("IFCCARTESIANPOINT(({},{}))", number(p.x / 1000.0), number(p.y / 1000.0));
            points.push(self.add(&point));
        }
        points.extend(points.first().copied());
        self.add(&format!("IFCPOLYLINE({})", list(&points)))
    }
}

fn list(ids: &[usize]) -> String {
    let ids: Vec<String> = ids.iter().map(|i| format!("#{i}")).collect();
    format!("({})", ids.join(","))
}

/// STEP reals need a point and no negative zero.
fn number(v: f64) -> String {
    let rounded = (v * 1e5).round() / 1e5 + 0.0;
    let s = format!("{rounded}");
    if s.contains('.') { s } else { format!("{s}.") }
}

/// A STEP string: quotes doubled, everything outside printable ASCII as UTF-16 in `\X2\…\X0\`.
fn text(s: &str) -> String {
    let mut out = String::new();
    for c in s.chars() {
        match c {
            '\'' => out.push_str("''"),
            '\\' => out.push_str("\\\\"),
            ' '..='~' => out.push(c),
            _ => {
                let mut units = [0; 2];
                out.push_str("\\X2\\");
                out.extend(c.encode_utf16(&mut units).iter().map(|u| format!("{u:04X}")));
                out.push_str("\\X0\\");
            }
        }
    }
    out
}

/// 128 bits in 22 characters of IFC's own base 64.
fn global_id(of: &str) -> String {
    const DIGITS: &[u8; 64] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_$";
    let bits = u128::from_str_radix(&fingerprint(of.as_bytes()), 16).unwrap_or_default();
    (0..22).rev().map(|i| char::from(DIGITS[((bits >> (6 * i)) & 63) as usize])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn step_text_and_numbers_are_written_as_the_standard_wants() {
        assert_eq!(text("O'Neil Küche"), "O''Neil K\\X2\\00FC\\X0\\che");
        assert_eq!((number(2.0), number(-0.0), number(0.123456)), ("2.".to_owned(), "0.".to_owned(), "0.12346".to_owned()));
        let id = global_id("a");
        assert_eq!(id.len(), 22);
        // 22 digits hold 132 bits; the first can only be 0 to 3.
        assert!(('0'..='3').contains(&id.chars().next().unwrap_or('x')));
    }
}
