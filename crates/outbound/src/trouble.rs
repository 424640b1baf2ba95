//! Why something outside was not reached, as a sentence for whoever reads the check.

use std::net::IpAddr;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    #[error("\u{201c}{0}\u{201d} is not an address that can be asked; write https://host/path")]
    BadUrl(String),
    #[error("{host} is {address}, which is {what} and not allowed; an administrator can allow it (`allow-private`)")]
    Closed { host: String, address: IpAddr, what: &'static str },
    #[error("the name {0} is not known")]
    NoName(String),
    #[error("{host} does not take connections ({why})")]
    NoConnection { host: String, why: String },
    #[error("the certificate of {host} is not accepted: {why}")]
    BadCertificate { host: String, why: String },
    #[error("{host} broke off: {why}")]
    BrokeOff { host: String, why: String },
    #[error("no answer within {0} s")]
    TooSlow(u64),
    #[error("it was sent on more than {0} times")]
    TooManyRedirects(usize),
}
