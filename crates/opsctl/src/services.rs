//! Accounts of scripts in a terminal.

use crate::{args::ServicePart, client::Client, deeds::act, failure::Failure, print, terminal::Terminal, watch::once};
use actions::{
    deeds::{
        end_service_account::EndServiceAccount,
        issue_service_account::{IssueServiceAccount, IssuedServiceAccount},
    },
    views::service_accounts::{ServiceAccounts, ServiceAccountsOutput},
};
use domain::{Ask, Receipt};

pub fn services(part: ServicePart, client: &Client, terminal: Terminal) -> Result<(), Failure> {
    match part {
        ServicePart::List => terminal.answer::<ServiceAccountsOutput>(client.view(&ServiceAccounts {})?, print::services::services),
        ServicePart::Issue { name, may, tenant, minutes, token_only, why } => {
            let input = IssueServiceAccount { name, permissions: may, tenant, minutes };
            if token_only {
                let answer = client.act(&input, &Ask { reason: why.reason, rehearse: false })?;
                return terminal.answer::<Receipt<IssuedServiceAccount>>(answer, |receipt, _| {
                    format!("{}\n", receipt.output.token.as_deref().unwrap_or_default())
                });
            }
            once::<_, IssuedServiceAccount>(&input, why, client, terminal, |issued| {
                let token = issued.token.as_deref()?;
                Some(format!(
                    "It signs in with this token, which is shown this once, until {} UTC:\n\n  OPS_TOKEN={token}\n",
                    issued.ends_at.clock()
                ))
            })
        }
        ServicePart::End { account, why } => act(&EndServiceAccount { account }, why, client, terminal),
    }
}
