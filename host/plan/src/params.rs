//! What may be changed from outside when a step is run: one flat JSON object for all steps.
//!
//! A field of the wrong type or out of range is refused with its name; an unknown field is left to the caller to
//! report, because the host puts parameters of its own into the same object.

use crate::Refusal;
use serde::{Deserialize, Serialize};

/// The parameters, with their defaults.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Params {
    /// Largest accepted upload, in megabytes of 1,000,000 bytes.
    pub max_mb: f64,
    /// Most pages accepted.
    pub max_pages: usize,
    /// The page to read, counted from 1; without it the page with the most lines.
    pub page: Option<usize>,
    /// The denominator of the scale (100 for 1:100); without it, what the plan says, else 100.
    pub scale: Option<f64>,
    /// Leave out what looks like hatching by density alone, before strokes are paired. Needs far less memory, and
    /// loses walls that stand as densely as hatching.
    pub ignore_hatching: bool,
    /// The width of the pen walls are drawn with, in millimetres on paper.
    pub wall_pen_mm: Option<f64>,
    /// Thinnest and thickest wall, in millimetres.
    pub min_wall_mm: f64,
    pub max_wall_mm: f64,
    /// Widest opening closed as a door, in millimetres.
    pub max_door_mm: f64,
    /// Smallest enclosed area called a room, in square metres.
    pub min_room_m2: f64,
    /// Time stamp for the IFC header (ISO 8601); without it the date the PDF says it was made.
    pub written_at: Option<String>,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            max_mb: 50.0,
            max_pages: 200,
            page: None,
            scale: None,
            ignore_hatching: false,
            wall_pen_mm: None,
            min_wall_mm: 60.0,
            max_wall_mm: 600.0,
            max_door_mm: 2500.0,
            min_room_m2: 0.8,
            written_at: None,
        }
    }
}

impl Params {
    /// Reads the parameters; the second value names the fields that mean nothing here.
    pub fn from_json(text: &str) -> Result<(Self, Vec<String>), Refusal> {
        let bad = |detail: String| Refusal::BadParams { detail };
        let value: serde_json::Value = serde_json::from_str(text).map_err(|e| bad(format!("they are not JSON ({e})")))?;
        let Some(object) = value.as_object() else {
            return Err(bad("they are not a JSON object".to_owned()));
        };
        let known = serde_json::to_value(Self::default()).unwrap_or_default();
        let unknown = object.keys().filter(|k| known.get(k.as_str()).is_none()).cloned().collect();
        let mut params = Self::default();
        for (name, one) in object.iter().filter(|(k, _)| known.get(k.as_str()).is_some()) {
            let single = serde_json::json!({ name.as_str(): one });
            serde_json::from_value::<Self>(single).map_err(|e| bad(format!("{name} cannot be {one} ({e})")))?;
        }
        if let Ok(all) = serde_json::from_value::<Self>(value) {
            params = all;
        }
        params.check()?;
        Ok((params, unknown))
    }

    fn check(&self) -> Result<(), Refusal> {
        let ranges = [
            ("max_mb", Some(self.max_mb), 0.001, 4000.0),
            ("max_pages", Some(self.max_pages as f64), 1.0, 100_000.0),
            ("page", self.page.map(|p| p as f64), 1.0, 65_535.0),
            ("scale", self.scale, 1.0, 5000.0),
            ("wall_pen_mm", self.wall_pen_mm, 0.01, 10.0),
            ("min_wall_mm", Some(self.min_wall_mm), 10.0, 2000.0),
            ("max_wall_mm", Some(self.max_wall_mm), self.min_wall_mm, 3000.0),
            ("max_door_mm", Some(self.max_door_mm), 100.0, 20_000.0),
            ("min_room_m2", Some(self.min_room_m2), 0.01, 10_000.0),
        ];
        for (name, value, low, high) in ranges {
            if let Some(v) = value.filter(|v| !(low..=high).contains(v)) {
                return Err(Refusal::BadParams { detail: format!("{name} is {v}, allowed is {low} to {high}") });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_value_is_named_and_an_unknown_field_is_reported() {
        let (params, unknown) = Params::from_json(r#"{"ignore_hatching":true,"memory":"1G"}"#).expect("readable");
        assert!(params.ignore_hatching);
        assert_eq!(unknown, ["memory"]);
        let wrong = Params::from_json(r#"{"max_door_mm":"wide"}"#).expect_err("a word is no width");
        assert!(wrong.to_string().contains("max_door_mm"), "{wrong}");
        let range = Params::from_json(r#"{"scale":-1}"#).expect_err("no such scale");
        assert!(range.to_string().contains("scale is -1"), "{range}");
        assert_eq!(range.code(), "BAD_PARAMS");
    }
}
