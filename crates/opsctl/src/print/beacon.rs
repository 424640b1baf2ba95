//! Keys of pages, one a line.

use super::{Paint, table::table};
use actions::views::ingest_keys::{IngestKey, IngestKeysOutput};

pub fn keys(found: &IngestKeysOutput, paint: Paint) -> String {
    if found.keys.is_empty() {
        return "No page of this tenant has a key. The host makes them: Bus::register_ingest_key.\n".to_owned();
    }
    let row = |key: &IngestKey| {
        let origins = if key.origins.is_empty() { "the console's own".to_owned() } else { key.origins.join(" ") };
        vec![paint.bold(&key.key), key.tenant_name.clone(), key.label.clone(), origins]
    };
    table(paint, &["KEY", "TENANT", "LABEL", "PAGES AT"], &found.keys.iter().map(row).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_one_line() {
        let found: IngestKeysOutput = serde_json::from_value(serde_json::json!({"keys": [
            {"tenant": "01931f3c-7a10-7c3e-9b9e-000000000001", "tenant_name": "Acme", "key": "acmepages0000001", "label": "shop",
             "origins": ["https://shop.example"], "created_at": "2026-11-21T10:00:00Z"}]}))
        .expect("keys");
        let text = keys(&found, Paint(false));
        let row = text.lines().nth(1).expect("a row");
        for told in ["acmepages0000001", "Acme", "shop", "https://shop.example"] {
            assert!(row.contains(told), "{told}: {row}");
        }
    }
}
