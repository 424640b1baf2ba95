//! Saved views, one a line.

use super::{Paint, table::table};
use actions::views::saved_views::SavedViewsOutput;

pub fn views(list: &SavedViewsOutput, paint: Paint) -> String {
    if list.views.is_empty() {
        return "No views are saved. Save one: opsctl views save NAME --place troubleshooting --query code=OUT_OF_MEMORY\n".to_owned();
    }
    let row = |view: &actions::views::saved_views::SavedViewRow| {
        let whose = if view.mine { if view.shared { "you, shared" } else { "you" } } else { view.staff_name.as_str() };
        vec![view.view.to_string(), paint.bold(&view.name), view.place.clone(), view.query.clone(), whose.to_owned()]
    };
    table(paint, &["VIEW", "NAME", "LIST", "QUERY", "BY"], &list.views.iter().map(row).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_is_one_line() {
        let list: SavedViewsOutput = serde_json::from_value(serde_json::json!({"views": [
            {"view": 7, "place": "jobs", "name": "Failed today", "query": "status=FAILED", "shared": true, "mine": false, "staff_name": "Ada"}]}))
        .expect("views");
        let text = views(&list, Paint(false));
        let row = text.lines().nth(1).expect("a row");
        for told in ["7", "Failed today", "jobs", "status=FAILED", "Ada"] {
            assert!(row.contains(told), "{told}: {row}");
        }
        assert!(views(&SavedViewsOutput { views: vec![] }, Paint(false)).contains("opsctl views save"));
    }
}
