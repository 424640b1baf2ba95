//! A view's input as the parameters of an address. Each is read as the type of its field: `20261126` is a text where a build is meant
//! and a number where a limit is. What is there but says nothing (`route=&build=`, as forms and scripts write it) was not given.

use domain::{Problem, ProblemKind, View, fields_of};

/// The input that parameters stand for, or which of them is wrong.
pub fn of_query<V: View>(query: &[(String, String)]) -> Result<V, Problem> {
    let fields = fields_of::<V>();
    if let Some((name, _)) = query.iter().find(|(name, _)| !fields.contains(&name.as_str())) {
        return Err(Problem::no_such(ProblemKind::BadInput, "parameter", name, fields.iter().copied()));
    }
    let given: Vec<_> = query.iter().filter(|(_, text)| !text.is_empty()).collect();
    let unfit = |what: String| Problem::new(ProblemKind::BadInput, format!("The input does not fit: {what}."));
    let text = serde_urlencoded::to_string(&given).map_err(|error| unfit(error.to_string()))?;
    let parameters = serde_urlencoded::Deserializer::new(form_urlencoded::parse(text.as_bytes()));
    serde_path_to_error::deserialize(parameters).map_err(|error| {
        let name = error.path().to_string();
        let error = error.into_inner();
        match given.iter().find(|(field, _)| *field == name) {
            Some((_, text)) => unfit(format!("`{name}={}`: {error}", text.chars().take(60).collect::<String>())),
            None => unfit(error.to_string()),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{LogLevel, Permission, Sight, ViewMeta};
    use serde::{Deserialize, Serialize};

    #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(default)]
    struct Lines {
        build: Option<String>,
        limit: Option<i64>,
        plain: bool,
        level: Option<LogLevel>,
    }

    impl View for Lines {
        const META: ViewMeta =
            ViewMeta { name: "lines", title: "Lines", path: "/lines", cli: "lines", sight: Sight::Overview, permission: Permission::Read };
        type Output = ();
    }

    fn of(query: &[(&str, &str)]) -> Result<Lines, String> {
        let owned: Vec<_> = query.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        of_query(&owned).map_err(|problem| problem.message)
    }

    #[test]
    fn each_is_read_as_its_field() {
        let all = of(&[("build", "20261126"), ("limit", "50"), ("plain", "true"), ("level", "warn")]);
        let meant = Lines { build: Some("20261126".to_owned()), limit: Some(50), plain: true, level: Some(LogLevel::Warn) };
        assert_eq!(all, Ok(meant));
        assert_eq!(of(&[("build", "true")]).map(|lines| lines.build), Ok(Some("true".to_owned())));
        assert_eq!(of(&[("build", "a&b=c d+\u{e4}")]).map(|lines| lines.build), Ok(Some("a&b=c d+\u{e4}".to_owned())));
        assert_eq!(of(&[("build", ""), ("limit", "")]), Ok(Lines::default()));
    }

    #[test]
    fn the_one_that_is_wrong_is_named() {
        let said = of(&[("build", "1"), ("limit", "many")]).expect_err("no number");
        assert!(said.contains("`limit=many`"), "{said}");
        let said = of(&[("biuld", "1")]).expect_err("no such");
        assert!(said.contains("\u{201c}biuld\u{201d}") && said.contains("\u{201c}build\u{201d}"), "{said}");
        let said = of(&[("limit", "1"), ("limit", "2")]).expect_err("twice");
        assert!(said.contains("limit"), "{said}");
    }
}
