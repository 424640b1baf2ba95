//! The answers of views without what tells people apart and without secrets, for a document that leaves the house. JSON stays JSON:
//! only texts are looked at, each with the name it stands under.

use logs::Pseudonyms;
use scrub::Counts;
use serde_json::Value;

/// Replaces and removes in place.
pub(super) fn clean(value: &mut Value, names: &Pseudonyms, counts: &mut Counts) {
    match value {
        Value::String(text) => {
            let (clean, removed) = scrub::scrub_to_string(&names.put(std::mem::take(text)));
            counts.add(&removed);
            *text = clean;
        }
        Value::Array(all) => all.iter_mut().for_each(|one| clean(one, names, counts)),
        Value::Object(fields) => {
            for (name, value) in fields {
                // Found by name: the same as in a line `name=value`.
                if value.as_str().is_some_and(|text| !text.is_empty()) && is_secret(name) {
                    *value = Value::String("[hidden]".to_owned());
                    scrub::Tally::count(counts, scrub::Rule::Hidden);
                } else {
                    clean(value, names, counts);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn is_secret(name: &str) -> bool {
    scrub::scrub_to_string(&[name, "=x"].concat()).1.get(scrub::Rule::Hidden) > 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_leaves_has_neither_secrets_nor_people_and_is_still_json() {
        let mut value = json!({"message": "mail to ada@example.org, token=abcdef from 10.1.2.3", "password": "hunter2", "ids": ["01936f5e-8a2b-7c3d-9e4f-5a6b7c8d9e0f", 7], "api_key": "", "at": "2026-11-26T10:00:00.250Z", "who": "ada@example.org"});
        let (names, mut counts) = (Pseudonyms::new([1; 32]), Counts::new());
        clean(&mut value, &names, &mut counts);
        let who = value["who"].as_str().expect("text").to_owned();
        assert!(who.starts_with("email-") && value["message"].as_str().expect("text").contains(&who), "{value}");
        assert_eq!((value["password"].as_str(), value["at"].as_str()), (Some("[hidden]"), Some("2026-11-26T10:00:00.250Z")));
        assert_eq!((value["ids"][0].as_str(), &value["ids"][1]), (Some("01936f5e-8a2b-7c3d-9e4f-5a6b7c8d9e0f"), &json!(7)));
        assert_eq!(counts.get(scrub::Rule::Hidden), 2);
        for hidden in ["ada@", "hunter2", "abcdef", "10.1.2.3"] {
            assert!(!value.to_string().contains(hidden), "{value}");
        }
    }
}
