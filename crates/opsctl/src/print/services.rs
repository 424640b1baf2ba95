//! Accounts of scripts, one a line.

use super::{Paint, table::table, words};
use actions::views::service_accounts::{ServiceAccountRow, ServiceAccountsOutput};

pub fn services(list: &ServiceAccountsOutput, paint: Paint) -> String {
    if list.accounts.is_empty() {
        return "No script has an account. Give one: opsctl service issue NAME --may read --reason \"…\"\n".to_owned();
    }
    let row = |row: &ServiceAccountRow| {
        let state = match &row.ended_by {
            _ if row.goes_on(list.now) => paint.good("open"),
            Some(who) => paint.dim(&format!("ended by {who}")),
            None => paint.dim("over"),
        };
        vec![
            row.account.to_string(),
            state,
            paint.bold(&row.name),
            row.permissions.join(" "),
            row.tenant.clone().unwrap_or_else(|| "all tenants".to_owned()),
            words::ago(list.now, row.issued_at),
            row.last_seen_at.map_or_else(|| "never".to_owned(), |at| words::ago(list.now, at)),
            words::ago(list.now, row.ended_at.unwrap_or(row.ends_at)),
        ]
    };
    let heads = ["ACCOUNT", "STATE", "NAME", "MAY", "SEES", "ISSUED", "SEEN", "ENDS"];
    table(paint, &heads, &list.accounts.iter().map(row).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_one_line() {
        let list: ServiceAccountsOutput = serde_json::from_value(serde_json::json!({"now": "2026-11-21T10:00:00Z", "accounts": [
            {"account": "01931f3c-7a10-4c3e-9b9e-2f6f1f0a1b2c", "name": "pipeline (for Ada)", "sponsor": "Ada", "permissions": ["deploy.record"],
             "tenant": null, "issued_at": "2026-11-21T09:50:00Z", "ends_at": "2026-11-21T10:20:00Z", "last_seen_at": null, "ended_at": null, "ended_by": null}]}))
        .expect("accounts");
        let text = services(&list, Paint(false));
        let row = text.lines().nth(1).expect("a row");
        for told in ["01931f3c", "open", "pipeline (for Ada)", "deploy.record", "all tenants", "never"] {
            assert!(row.contains(told), "{told}: {row}");
        }
        assert!(services(&ServiceAccountsOutput { accounts: vec![], ..list }, Paint(false)).contains("opsctl service issue"));
    }
}
