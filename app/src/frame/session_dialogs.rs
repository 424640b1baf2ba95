//! The two dialogs of the support session: starting one and raising it to write. Plain forms that post
//! to the server; a refusal comes back as a sentence in the dialog.

use super::{dialog::use_here, me::use_me, session_bar::next_field};
use crate::{icons::Icon, routes};
use actions::views::me::TenantRow;
use domain::Problem;
use leptos::prelude::*;
use markup::{Html, IntoHtml, memo, view};

/// How long a session may be, in minutes; the first is what one gets without choosing.
const SPANS: [(u16, &str, &str); 3] =
    [(60, "1 hour", "the most there is"), (30, "30 minutes", "a closer look"), (15, "15 minutes", "a quick look")];

/// Starts a support session.
#[component]
pub(super) fn StartDialog() -> Html {
    let context = use_me();
    let tenants = memo(move || context.me.get().map(|me| me.map(|me| me.tenants.clone())));
    let running = memo(move || context.actor().and_then(|actor| actor.support).map(|support| support.tenant_name));
    view! {
        <form method="post" action=routes::SESSION_START>
            <header role="none">
                <div>
                    <h2 id="start-title">"Start a support session"</h2>
                    <p class="lead">"You then see the content of this one customer, read only. Everything you open or do is recorded with your reason, and the customer can read it. It ends by itself."</p>
                </div>
            </header>
            <div class="body">
                {refusal()}
                {move || running.get().map(|tenant| view! {
                    <div class="note" data-tone="warn"><Icon of=Icon::Warn/><div><span>"Your session on "<b>{tenant}</b>" ends when this one starts."</span></div></div>
                })}
                {next_field()}
                {move || tenants.get().map(tenant_field)}
                <div class="field">
                    <label for="start-ticket">"Ticket"</label>
                    <input class="input" id="start-ticket" name="ticket" required=true maxlength="60" autocomplete="off" placeholder="SUP-1234"/>
                </div>
                <div class="field">
                    <label for="start-reason">"Reason"</label>
                    <span class="hint" id="start-reason-hint">"In your own words, at least ten characters: whoever reads the audit should understand why you looked."</span>
                    <input class="input" id="start-reason" name="reason" required=true minlength="10" maxlength="500" autocomplete="off" aria-describedby="start-reason-hint"/>
                </div>
                <fieldset class="field">
                    <legend>"For how long"</legend>
                    <div class="choices">{SPANS.map(span_choice)}</div>
                </fieldset>
            </div>
            <footer role="none">
                {cancel()}
                <button class="btn primary" type="submit">"Start, read only"</button>
            </footer>
        </form>
    }
}

fn span_choice((minutes, label, what): (u16, &'static str, &'static str)) -> Html {
    view! {
        <label class="choice">
            <input type="radio" name="minutes" value=minutes.to_string() checked=minutes == SPANS[0].0/>
            <span>{label}<small>{what}</small></span>
        </label>
    }
}

fn tenant_field(tenants: Result<Vec<TenantRow>, Problem>) -> Html {
    let wanted = use_here().tenant();
    match tenants {
        Err(problem) => view! { <p class="field" role="alert">{problem.message}</p> },
        Ok(tenants) if tenants.is_empty() => {
            view! { <p class="field" role="alert">"There is no customer on whom you may start a session. Ask a lead for a role."</p> }
        }
        Ok(tenants) => {
            let options = tenants.into_iter().map(|tenant| {
                let id = tenant.id.to_string();
                let chosen = wanted.as_deref().is_some_and(|wanted| wanted == id || wanted == tenant.slug);
                view! { <option value=id selected=chosen>{tenant.name}</option> }
            });
            view! {
                <div class="field">
                    <label for="start-tenant">"Customer"</label>
                    <select class="input" id="start-tenant" name="tenant" required=true autofocus=true>
                        <option value="">"Choose…"</option>
                        {options.collect::<Vec<_>>()}
                    </select>
                </div>
            }
        }
    }
}

/// Raises the running session to write.
#[component]
pub(super) fn RaiseDialog() -> Html {
    let context = use_me();
    let tenant = memo(move || context.actor().and_then(|actor| actor.support).map(|support| support.tenant_name));
    view! {
        <form method="post" action=routes::SESSION_RAISE>
            <header role="none">
                <div>
                    <h2 id="raise-title">"Raise to write"</h2>
                    <p class="lead">{move || match tenant.get() {
                        Some(tenant) => ["For ten minutes you may change what belongs to ", &tenant, ". The bar above turns amber and counts down; then you are back to reading."].concat(),
                        None => "No support session is running. Start one first.".to_owned(),
                    }}</p>
                </div>
            </header>
            <div class="body">
                {refusal()}
                {next_field()}
                <div class="field">
                    <label for="raise-code">"Code from your authenticator app"</label>
                    <span class="hint" id="raise-code-hint">"A fresh one: a code that was used, even to sign in, does not count again."</span>
                    <input class="input code" id="raise-code" name="code" required=true inputmode="numeric" autocomplete="one-time-code"
                        pattern="[0-9]{6}" maxlength="6" autofocus=true aria-describedby="raise-code-hint"/>
                </div>
            </div>
            <footer role="none">
                {cancel()}
                <button class="btn primary" type="submit" data-writes="">"Raise to write"</button>
            </footer>
        </form>
    }
}

/// Why the form came back.
fn refusal() -> Html {
    let here = use_here();
    (move || {
        here.problem().map(|problem| {
            view! {
                <div class="note" data-tone="fail" role="alert"><Icon of=Icon::Failed/><div><span class="what">"Not done"</span><span>{problem}</span></div></div>
            }
        })
    })
    .into_html()
}

fn cancel() -> Html {
    let here = use_here();
    view! { <a class="btn quiet" data-noscroll="" href=move || here.plain()>"Cancel"</a> }
}
