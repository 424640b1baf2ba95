//! Conditions as SQL: the one meaning of a filter. What lists show, what is counted, previewed, frozen and exported goes through
//! a [`Sieve`].
//!
//! Texts are looked up first: where few commands have one, these are named in the statement, which then finds them by their
//! ids. Where many have it, each row is looked at in the order of the list, and a page is full soon.

use super::{Conditions, Term, Word, parse};
use crate::views::rows::{bad, push_group, push_tenant, push_until};
use domain::At;
use gate::Failed;
use serde_json::Value;
use sqlx::{PgConnection, Postgres, QueryBuilder};
use std::fmt::Write as _;
use store::page::moment;
use uuid::Uuid;

/// Of how many commands a text is looked up before it counts as frequent.
const FEW: i32 = 2_000;
/// The same of groups of failures, by whose titles and codes texts are found too.
const FEW_GROUPS: i64 = 500;

/// What a filter says, before its moments are fixed.
pub(crate) struct Said<'a> {
    pub domain: &'a Option<String>,
    pub command_type: &'a Option<String>,
    pub code: &'a Option<String>,
    pub group: Option<i64>,
    pub tenant: &'a Option<String>,
    pub since: &'a Option<String>,
    pub until: &'a Option<String>,
    pub find: &'a Option<String>,
}

impl Said<'_> {
    pub(crate) fn conditions(&self, now: At) -> Result<Conditions, Failed> {
        let text = |value: &Option<String>| value.as_ref().map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        let at = |value: &Option<String>| text(value).map(|value| moment(&value, now).map_err(bad)).transpose();
        let placed = parse(self.find.as_deref().unwrap_or_default()).map_err(bad)?;
        Ok(Conditions {
            domain: text(self.domain),
            command_type: text(self.command_type),
            code: text(self.code),
            group: self.group,
            tenant: text(self.tenant),
            since: at(self.since)?,
            until: at(self.until)?,
            terms: placed.into_iter().map(|placed| fixed(placed.term, now)).collect::<Result<_, _>>()?,
            commands: Vec::new(),
        })
    }
}

/// A span becomes the moment it means now, so that the term means the same later.
fn fixed(mut term: Term, now: At) -> Result<Term, Failed> {
    if matches!(term.word, Word::Since | Word::Until) {
        term.value = moment(&term.value, now).map_err(bad)?.to_string();
    }
    Ok(term)
}

/// Conditions with their texts looked up.
pub(crate) struct Sieve<'a> {
    conditions: &'a Conditions,
    /// For each term that looks for content.
    found: Vec<Option<Found>>,
    /// The support session's tenant: content is found nowhere else.
    inside: Option<Uuid>,
}

#[derive(Default)]
struct Found {
    /// Fingerprints of groups whose title or code has it; `None`: many.
    groups: Option<Vec<String>>,
    /// Commands that have it; `None`: many.
    commands: Option<Vec<Uuid>>,
}

impl<'a> Sieve<'a> {
    pub(crate) async fn new(conn: &mut PgConnection, conditions: &'a Conditions) -> Result<Self, Failed> {
        let mut found = Vec::with_capacity(conditions.terms.len());
        for term in &conditions.terms {
            found.push(if term.word.is_content() { Some(look_up(conn, term).await?) } else { None });
        }
        let mut sieve = Self { conditions, found, inside: None };
        if sieve.is_frequent() {
            sieve.inside = sqlx::query_scalar("select console.inside_tenant()").fetch_one(conn).await?;
        }
        Ok(sieve)
    }

    /// Whether texts were looked for: then no plan fits the next one, and counts that are kept do not fit either.
    pub(crate) fn looks_inside(&self) -> bool {
        self.found.iter().any(Option::is_some)
    }

    /// Whether rows have to be looked at one by one.
    pub(crate) fn is_frequent(&self) -> bool {
        self.found.iter().flatten().any(|found| found.groups.is_none() || found.commands.is_none())
    }

    /// Whether nothing is asked but who, and which group: what counts are kept for.
    pub(crate) fn is_counted(&self) -> bool {
        let Conditions { domain, command_type, code, since, until, terms, commands, group: _, tenant: _ } = self.conditions;
        [domain, command_type, code].into_iter().all(Option::is_none)
            && since.is_none()
            && until.is_none()
            && terms.is_empty()
            && commands.is_empty()
    }

    /// The commands that fit, as `c`: `from` and all conditions.
    pub(crate) fn push_from(&self, sql: &mut QueryBuilder<Postgres>) {
        sql.push(" from commandbus.command c");
        if self.is_frequent() {
            sql.push(CONTENT);
        }
        let of = self.conditions;
        sql.push(" where c.status = 'IN_TROUBLESHOOTING_QUEUE'");
        for (column, value) in [("c.domain", &of.domain), ("c.command_type", &of.command_type), ("c.last_error_code", &of.code)] {
            if let Some(value) = value {
                push_is(sql, column, value.clone());
            }
        }
        if let Some(group) = of.group {
            push_group(sql, group);
        }
        push_tenant(sql, "c.tenant_id", of.tenant.as_deref());
        for (op, at) in [(">=", of.since), ("<", of.until)] {
            if let Some(at) = at {
                push_until(sql, "c.updated_at", op, at);
            }
        }
        if !of.commands.is_empty() {
            sql.push(" and c.command_id = any(").push_bind(of.commands.iter().map(|id| id.0).collect::<Vec<_>>()).push(")");
        }
        for (term, found) in of.terms.iter().zip(&self.found) {
            push_term(sql, term, found.as_ref(), self.inside);
        }
    }
}

/// Where texts are.
const CONTENT: &str = " left join triage.failure_group g on g.fingerprint = c.last_fingerprint
    left join commandbus.command_error e on e.tenant_id = c.tenant_id and e.command_id = c.command_id
    left join commandbus.payload_archive p on p.tenant_id = c.tenant_id and p.command_id = c.command_id";

/// What may be found of a payload: what is shown of it.
const SHOWN: &str = "commandbus.shown(c.domain, c.command_type, p.payload)";

fn push_is(sql: &mut QueryBuilder<Postgres>, column: &str, value: String) {
    sql.push(" and ").push(column).push(" = ").push_bind(value);
}

fn push_term(sql: &mut QueryBuilder<Postgres>, term: &Term, found: Option<&Found>, inside: Option<Uuid>) {
    let value = term.value.clone();
    // Validated where the line was read.
    let number = || term.value.parse::<i64>().unwrap_or(0);
    match term.word {
        Word::Domain => push_is(sql, "c.domain", value),
        Word::Type => push_is(sql, "c.command_type", value),
        Word::Code => push_is(sql, "c.last_error_code", value),
        Word::Group => push_group(sql, number()),
        Word::Tenant => push_tenant(sql, "c.tenant_id", Some(&value)),
        Word::Step => {
            sql.push(
                " and exists (select from pipeline.job j where j.tenant_id = c.tenant_id and j.command_id = c.command_id
                   and j.status = 'FAILED' and j.current_step = ",
            );
            sql.push_bind(value).push(")");
        }
        Word::Attempts => {
            sql.push(" and c.attempts ").push(term.compare.sign()).push(" ").push_bind(number());
        }
        Word::Since | Word::Until => {
            let op = if term.word == Word::Since { ">=" } else { "<" };
            if let Ok(at) = term.value.parse::<At>() {
                push_until(sql, "c.updated_at", op, at);
            }
        }
        Word::Error | Word::Payload | Word::Text => push_content(sql, term, found, inside),
    }
}

fn push_content(sql: &mut QueryBuilder<Postgres>, term: &Term, found: Option<&Found>, inside: Option<Uuid>) {
    let none = Found::default();
    let found = found.unwrap_or(&none);
    // Behind `coalesce` the database takes a condition for one that half of the rows meet, and walks them in the order of the list. What
    // it makes of the pattern itself is that hardly any does, of which it would sort all it finds.
    sql.push(if found.groups.is_none() { " and coalesce(false" } else { " and (false" });
    match &found.groups {
        Some(groups) if groups.is_empty() => {}
        Some(groups) => {
            sql.push(" or c.last_fingerprint = any(").push_bind(groups.clone()).push(")");
        }
        None => {
            sql.push(" or g.title ilike ").push_bind(pattern(&term.value));
            sql.push(" or g.error_code ilike ").push_bind(pattern(&term.value));
        }
    }
    match &found.commands {
        Some(commands) => {
            sql.push(" or c.command_id = any(").push_bind(commands.clone()).push(")");
        }
        // Only in the session's tenant, and said so: its rows are then walked, and nobody else's.
        None => {
            sql.push(" or c.tenant_id = ").push_bind(inside).push(" and coalesce(false");
            push_looked_at(sql, term);
            sql.push(", false)");
        }
    }
    sql.push(if found.groups.is_none() { ", false)" } else { ")" });
}

/// The same of one row's own content.
fn push_looked_at(sql: &mut QueryBuilder<Postgres>, term: &Term) {
    if !term.path.is_empty() {
        for value in at_place(term) {
            sql.push(" or (p.payload @> ")
                .push_bind(value.clone())
                .push("::jsonb and ")
                .push(SHOWN)
                .push(" @> ")
                .push_bind(value)
                .push("::jsonb)");
        }
        return;
    }
    if term.word != Word::Payload {
        sql.push(" or e.message ilike ").push_bind(pattern(&term.value));
    }
    if term.word != Word::Error {
        let pattern = pattern(&in_json(&term.value));
        sql.push(" or (p.payload::text ilike ").push_bind(pattern.clone()).push(" and ").push(SHOWN).push("::text ilike ");
        sql.push_bind(pattern).push(")");
    }
}

async fn look_up(conn: &mut PgConnection, term: &Term) -> Result<Found, Failed> {
    let groups = match term.word {
        Word::Payload => Some(Vec::new()),
        _ => groups_with(conn, &pattern(&term.value)).await?,
    };
    let mut ids: Vec<Uuid> = Vec::new();
    let mut many = false;
    let mut add = |some: Vec<Uuid>| {
        many |= i32::try_from(some.len()).is_ok_and(|len| len >= FEW);
        ids.extend(some);
    };
    if !term.path.is_empty() {
        let [one, other] = at_place(term);
        let sql = "select * from commandbus.found_at_place($1::jsonb, $2::jsonb, $3)";
        add(sqlx::query_scalar(sql).bind(one).bind(other).bind(FEW).fetch_all(&mut *conn).await?);
    } else {
        if term.word != Word::Payload {
            let sql = "select * from commandbus.found_in_errors($1, $2)";
            add(sqlx::query_scalar(sql).bind(pattern(&term.value)).bind(FEW).fetch_all(&mut *conn).await?);
        }
        if term.word != Word::Error {
            let sql = "select * from commandbus.found_in_payloads($1, $2)";
            add(sqlx::query_scalar(sql).bind(pattern(&in_json(&term.value))).bind(FEW).fetch_all(&mut *conn).await?);
        }
    }
    Ok(Found { groups, commands: (!many).then_some(ids) })
}

async fn groups_with(conn: &mut PgConnection, pattern: &str) -> Result<Option<Vec<String>>, Failed> {
    let found: Vec<String> =
        sqlx::query_scalar("select fingerprint from triage.failure_group where title ilike $1 or error_code ilike $1 limit $2")
            .bind(pattern)
            .bind(FEW_GROUPS)
            .fetch_all(conn)
            .await?;
    Ok(i64::try_from(found.len()).is_ok_and(|len| len < FEW_GROUPS).then_some(found))
}

/// Anywhere in a text; what has a meaning for `like` means itself.
fn pattern(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// As a text stands within JSON.
fn in_json(text: &str) -> String {
    let mut written = String::new();
    for c in text.chars() {
        match c {
            '"' | '\\' => written.extend(['\\', c]),
            '\n' => written.push_str("\\n"),
            '\t' => written.push_str("\\t"),
            '\r' => written.push_str("\\r"),
            c if c.is_control() => {
                // Writing to a String cannot fail.
                let _ = write!(written, "\\u{:04x}", u32::from(c));
            }
            c => written.push(c),
        }
    }
    written
}

/// A payload with the value at its place, as JSON text: as it is written where it is a number or a word of JSON, so that no digit
/// is lost, and as a text.
fn at_place(term: &Term) -> [String; 2] {
    let quoted = |text: &str| Value::from(text).to_string();
    let at = |value: String| term.path.iter().rev().fold(value, |inner, name| ["{", &quoted(name), ":", &inner, "}"].concat());
    let text = quoted(&term.value);
    let bare =
        serde_json::from_str::<Value>(&term.value).ok().filter(|value| !value.is_object() && !value.is_array() && !value.is_string());
    [at(if bare.is_some() { term.value.trim().to_owned() } else { text.clone() }), at(text)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_means_itself() {
        assert_eq!(pattern("50%_\\x"), "%50\\%\\_\\\\x%");
        assert_eq!(in_json("a\"b\\c\n\u{1}"), "a\\\"b\\\\c\\n\\u0001");
    }

    #[test]
    fn a_value_is_looked_for_as_number_and_as_text() {
        let of = |value: &str| {
            let term =
                Term { word: Word::Payload, path: vec!["a".into(), "b".into()], compare: super::super::Compare::Is, value: value.into() };
            at_place(&term)
        };
        assert_eq!(of("42"), ["{\"a\":{\"b\":42}}", "{\"a\":{\"b\":\"42\"}}"]);
        assert_eq!(of("123456789012345678901234")[0], "{\"a\":{\"b\":123456789012345678901234}}");
        assert_eq!(of("true"), ["{\"a\":{\"b\":true}}", "{\"a\":{\"b\":\"true\"}}"]);
        assert_eq!(of("x \"y\""), ["{\"a\":{\"b\":\"x \\\"y\\\"\"}}"; 2]);
    }
}
