//! What is sensitive is not seen: masks in the place of values, and the values back in the place of masks. The database does the same
//! with what it hands out (`commandbus.masked`).

use crate::{Change, Contract, Json, Path, Step, differences};

/// Stands where a sensitive value is not shown. Sent back, it means: leave it as it is.
pub const MASK: &str = "\u{2022}\u{2022}\u{2022}\u{2022}\u{2022}\u{2022}";

impl Contract {
    /// Where in a payload what is sensitive lies. Where something else than an object is on the way there, that: the payload is not what
    /// the contract says, and what is meant may be anywhere in it.
    #[must_use]
    pub fn places(&self, payload: &Json) -> Vec<Path> {
        let mut places: Vec<Path> = self.sensitive().iter().filter_map(|path| place(payload, path)).collect();
        places.dedup();
        places
    }

    /// The payload as it is shown: sensitive values are not.
    #[must_use]
    pub fn masked(&self, mut payload: Json) -> Json {
        for place in self.places(&payload) {
            let _ = payload.replace(&place, mask());
        }
        payload
    }

    /// The payload as it is meant: where a mask came back, the value that was behind it.
    #[must_use]
    pub fn unmasked(&self, mut payload: Json, before: &Json) -> Json {
        for place in self.places(before) {
            if payload.at(&place) == Some(&mask())
                && let Some(was) = before.at(&place)
            {
                let _ = payload.replace(&place, was.clone());
            }
        }
        payload
    }

    /// Where somebody who saw masks wrote something else, also if it is what was behind the mask: that it is the same is not to be told.
    #[must_use]
    pub fn replaced(&self, typed: &Json, before: &Json) -> Vec<Path> {
        self.places(before).into_iter().filter(|place| typed.at(place).is_some_and(|value| *value != mask())).collect()
    }

    /// What differs, as it is shown: of what is sensitive only that it is another.
    #[must_use]
    pub fn hidden(&self, before: &Json, after: &Json) -> Vec<Change> {
        let (old, new) = (self.places(before), self.places(after));
        let mut found: Vec<Change> = Vec::new();
        for Change { path, before: was, after: is } in differences(before, after) {
            let told = match old.iter().chain(&new).find(|place| path.within(place)) {
                // Whatever differs in it is one change, which does not say where.
                Some(place) => {
                    let side = |payload: &Json| payload.at(place).map(|_| mask());
                    Change { path: place.clone(), before: side(before), after: side(after) }
                }
                None => Change {
                    before: was.map(|value| mask_in(value, &path, &old)),
                    after: is.map(|value| mask_in(value, &path, &new)),
                    path,
                },
            };
            if !found.contains(&told) {
                found.push(told);
            }
        }
        found
    }
}

fn mask() -> Json {
    Json::Text(MASK.to_owned())
}

/// Where a value lies that is not to be seen; see [`Contract::places`].
fn place(payload: &Json, path: &Path) -> Option<Path> {
    let (mut value, mut at) = (payload, Path::default());
    for step in &path.0 {
        match (value, step) {
            (Json::Object(fields), Step::Key(key)) => value = fields.get(key)?,
            (Json::Null, _) => return None,
            _ => return Some(at),
        }
        at.0.push(step.clone());
    }
    (*value != Json::Null).then_some(at)
}

/// Masks in a value that lies at `at` what lies at some of `places`.
fn mask_in(mut value: Json, at: &Path, places: &[Path]) -> Json {
    for place in places.iter().filter(|place| place.within(at)) {
        let _ = value.replace(&Path(place.0[at.0.len()..].to_vec()), mask());
    }
    value
}
