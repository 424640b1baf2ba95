//! The snapshot of the console and deploys in a terminal: from the words typed to views and the deed, and their answers printed.

use crate::{
    args::{DeployPart, DeploysList, Why},
    client::Client,
    deeds::act,
    failure::Failure,
    print,
    terminal::Terminal,
};
use actions::{
    deeds::record_deploy::RecordDeploy,
    views::{
        context::{Context, ContextOutput},
        deploy::{Deploy, DeployOutput},
        deploys::{Deploys, DeploysOutput},
    },
};

pub fn summary(client: &Client, terminal: Terminal) -> Result<(), Failure> {
    terminal.for_machines_too::<ContextOutput>(client.view(&Context {})?, print::context::context)
}

pub fn deploys(words: DeploysList, client: &Client, terminal: Terminal) -> Result<(), Failure> {
    let DeploysList { service, tenant, limit, before } = words;
    terminal.answer::<DeploysOutput>(client.view(&Deploys { service, tenant, limit, before })?, print::deploys::deploys)
}

pub fn deploy(part: DeployPart, client: &Client, terminal: Terminal) -> Result<(), Failure> {
    match part {
        DeployPart::Show { deploy } => terminal.answer::<DeployOutput>(client.view(&Deploy { deploy })?, print::deploys::deploy),
        DeployPart::Record(words) => {
            let input = RecordDeploy {
                service: words.service,
                build: words.build,
                git_sha: words.git_sha,
                environment: words.environment,
                at: words.at,
                url: words.link,
                tenant: words.tenant,
                key: words.key,
            };
            // A deploy is its own reason.
            let own = || format!("A deploy of {}, build {}", input.service, input.build);
            let Why { dry_run, reason } = words.why;
            let reason = if reason.trim().is_empty() { own() } else { reason };
            act(&input, Why { dry_run, reason }, client, terminal)
        }
    }
}
