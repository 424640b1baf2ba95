//! The configuration: one table of settings, each from a flag, the environment, a file, or a default,
//! in that order. A wrong value is named with the place it came from.

mod settings;

use crate::trace::Endpoint;
use clap::{Arg, ArgMatches, Command, parser::ValueSource};
use domain::Role;
pub use settings::{SETTINGS, Setting};
use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf, process::ExitCode, str::FromStr};

/// A setting as it holds.
#[derive(Clone, Debug)]
pub struct Known {
    pub setting: &'static Setting,
    pub text: String,
    /// Where it was found.
    pub place: String,
}

impl Known {
    /// Its value, or of a closed one that it is set.
    #[must_use]
    pub fn shown(&self) -> &str {
        if self.setting.open || self.text.is_empty() { &self.text } else { "set" }
    }
}

/// What the program is asked to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    Serve,
    Migrate,
    Invite { email: String, name: String, role: Role, tenant: Option<String> },
    VerifyAudit,
    Generate { out: PathBuf },
}

#[derive(Clone, Debug)]
pub struct Config {
    pub deed: Deed,
    pub listen: SocketAddr,
    pub public_url: String,
    pub data_dir: PathBuf,
    pub site: PathBuf,
    pub database_url: Option<String>,
    /// Addresses that are not public and may be reached all the same.
    pub allow_private: outbound::Allowed,
    /// Proxies that are believed whom a request comes from.
    pub trusted_proxies: outbound::Ranges,
    pub log: String,
    pub logs: Vec<logs::Source>,
    pub log_json: Option<bool>,
    pub git_sha: Option<String>,
    pub images: String,
    pub metrics_token: Option<String>,
    pub otlp: Option<Endpoint>,
    /// Every setting, in the order of the table.
    pub settings: Vec<Known>,
}

/// Why there is no configuration: help was asked for, or something is wrong.
#[derive(Debug)]
pub enum Stop {
    Clap(Box<clap::Error>),
    Wrong(String),
}

impl Stop {
    /// Says it to the terminal.
    #[must_use]
    pub fn say(self) -> ExitCode {
        match self {
            Self::Clap(error) => {
                error.print().ok();
                ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
            }
            Self::Wrong(sentence) => {
                eprintln!("{sentence}");
                ExitCode::from(2)
            }
        }
    }
}

/// A value and where it was found.
struct Found {
    text: String,
    place: String,
}

impl Found {
    fn wrong(&self, setting: &str, what: &str) -> Stop {
        Stop::Wrong(format!("`{setting}` from {} is \u{201c}{}\u{201d}, {what}.", self.place, self.text))
    }
}

impl Config {
    /// From this process' arguments and environment.
    pub fn from_process() -> Result<Self, Stop> {
        Self::read(std::env::args_os().collect())
    }

    /// From arguments; the environment is read by clap.
    pub fn read(arguments: Vec<std::ffi::OsString>) -> Result<Self, Stop> {
        let matches = command().try_get_matches_from(arguments).map_err(|error| Stop::Clap(Box::new(error)))?;
        let file = file(matches.get_one::<String>("config"))?;
        let found = |name: &str| find(&matches, &file, name);
        let listen = found("listen");
        let address: SocketAddr =
            listen.text.parse().map_err(|_| listen.wrong("listen", "which is not an address and port such as 127.0.0.1:3000"))?;
        let format = found("log-format");
        let log_json = match format.text.as_str() {
            "auto" => None,
            "json" => Some(true),
            "text" => Some(false),
            _ => return Err(format.wrong("log-format", "which is none of text, json, auto")),
        };
        let log = found("log");
        if log.text.parse::<tracing_subscriber::EnvFilter>().is_err() {
            return Err(log.wrong("log", "which is not a log filter"));
        }
        let database = found("database-url");
        if !database.text.is_empty() && !database.text.starts_with("postgres") {
            return Err(Found { text: "…".into(), place: database.place }.wrong("database-url", "which does not begin with postgres://"));
        }
        let public = found("public-url");
        if !["http://", "https://"].iter().any(|scheme| public.text.starts_with(scheme)) && !public.text.is_empty() {
            return Err(public.wrong("public-url", "which does not begin with http:// or https://"));
        }
        let logs = found("logs");
        let sources = logs::Source::parse_all(&logs.text).map_err(|what| logs.wrong("logs", &what))?;
        Ok(Self {
            git_sha: commit(found("git-sha"))?,
            images: found("images").text,
            otlp: endpoint(&found("otlp-endpoint"), &found("otlp-headers"))?,
            metrics_token: token(found("metrics-token"))?,
            deed: deed(&matches)?,
            listen: address,
            public_url: public.text.trim_end_matches('/').to_owned(),
            data_dir: found("data-dir").text.into(),
            site: found("site").text.into(),
            database_url: Some(database.text).filter(|url| !url.is_empty()),
            allow_private: ranges(&found("allow-private"), "allow-private")?,
            trusted_proxies: ranges(&found("trusted-proxies"), "trusted-proxies")?,
            log: log.text,
            logs: sources,
            settings: SETTINGS
                .iter()
                .map(|setting| {
                    let Found { text, place } = found(setting.name);
                    Known { setting, text, place }
                })
                .collect(),
            log_json,
        })
    }

    /// The URL people open.
    #[must_use]
    pub fn origin(&self, bound: SocketAddr) -> String {
        if self.public_url.is_empty() { format!("http://{bound}") } else { self.public_url.clone() }
    }
}

fn ranges<T: FromStr<Err = String>>(found: &Found, name: &str) -> Result<T, Stop> {
    found.text.parse().map_err(|why| Stop::Wrong(format!("`{name}` from {}: {why}.", found.place)))
}

fn commit(found: Found) -> Result<Option<String>, Stop> {
    let hex = (7..=64).contains(&found.text.len()) && found.text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if !found.text.is_empty() && !hex {
        return Err(found.wrong("git-sha", "which is not a commit: 7 to 64 digits of 0-9 and a-f"));
    }
    Ok(Some(found.text).filter(|sha| !sha.is_empty()))
}

fn token(found: Found) -> Result<Option<String>, Stop> {
    if !found.text.is_empty() && found.text.len() < 16 {
        return Err(Found { text: "…".into(), place: found.place }.wrong("metrics-token", "which is shorter than 16 characters"));
    }
    Ok(Some(found.text).filter(|token| !token.is_empty()))
}

fn endpoint(url: &Found, headers: &Found) -> Result<Option<Endpoint>, Stop> {
    if url.text.is_empty() {
        return Ok(None);
    }
    // Either may hold a secret, so neither is repeated.
    let wrong = |found: &Found, name: &str, what: &str| Found { text: "…".into(), place: found.place.clone() }.wrong(name, what);
    if !["http://", "https://"].iter().any(|scheme| url.text.starts_with(scheme)) {
        return Err(wrong(url, "otlp-endpoint", "which does not begin with http:// or https://"));
    }
    let pair = |pair: &str| pair.split_once('=').map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()));
    let headers = headers.text.split(',').map(str::trim).filter(|text| !text.is_empty()).map(pair).collect::<Option<Vec<_>>>();
    let headers = headers.ok_or_else(|| wrong(url, "otlp-headers", "which is not a list such as name=value,other=value"))?;
    Ok(Some(Endpoint { url: url.text.clone(), headers }))
}

fn command() -> Command {
    let mut command = Command::new("ops-console")
        .version(env!("CARGO_PKG_VERSION"))
        .about("The support operations console")
        .after_help("Each setting may also stand in the file given by --config, as `name = \"value\"`. A flag goes before the environment, the environment before the file.")
        .arg(Arg::new("config").long("config").env("OPS_CONFIG").value_name("FILE").global(true).help("File with settings, in TOML"));
    for setting in SETTINGS {
        let default = if setting.default.is_empty() { "none".to_owned() } else { setting.default.to_owned() };
        let arg = Arg::new(setting.name)
            .long(setting.name)
            .env(setting.env)
            .value_name("VALUE")
            .global(true)
            .help(format!("{} [default: {default}]", setting.help));
        command = command.arg(arg.hide_env_values(!setting.open));
    }
    let need = |name: &'static str, help: &'static str| Arg::new(name).long(name).required(true).help(help);
    command
        .subcommand(Command::new("serve").about("Serves the console (what happens without a subcommand)"))
        .subcommand(Command::new("migrate").about("Prepares the database and ends"))
        .subcommand(Command::new("verify-audit").about("Recomputes the audit chain; exits with 1 when it does not fit"))
        .subcommand(
            Command::new("invite")
                .about("Prints a one-time link with which somebody enrols")
                .arg(need("email", "Their e-mail"))
                .arg(need("name", "Their name, as customers read it"))
                .arg(need("role", "viewer, support, lead, auditor or admin"))
                .arg(Arg::new("tenant").long("tenant").help("Limit the role to one tenant, by id")),
        )
        .subcommand(
            Command::new("generate")
                .about("Writes openapi.json, actions.md and policy.md")
                .arg(need("out", "Directory to write to").value_parser(clap::value_parser!(PathBuf))),
        )
}

fn deed(matches: &ArgMatches) -> Result<Deed, Stop> {
    Ok(match matches.subcommand() {
        Some(("migrate", _)) => Deed::Migrate,
        Some(("verify-audit", _)) => Deed::VerifyAudit,
        Some(("generate", m)) => Deed::Generate { out: m.get_one::<PathBuf>("out").cloned().unwrap_or_default() },
        Some(("invite", m)) => {
            let text = |name: &str| m.get_one::<String>(name).cloned().unwrap_or_default();
            let role = text("role")
                .parse()
                .map_err(|said| Stop::Wrong(format!("`--role`: {said}; it is one of viewer, support, lead, auditor, admin.")))?;
            Deed::Invite { email: text("email"), name: text("name"), role, tenant: m.get_one::<String>("tenant").cloned() }
        }
        _ => Deed::Serve,
    })
}

type File = (String, BTreeMap<String, String>);

fn file(path: Option<&String>) -> Result<File, Stop> {
    let Some(path) = path else {
        return Ok(Default::default());
    };
    let text =
        std::fs::read_to_string(path).map_err(|error| Stop::Wrong(format!("The configuration file {path} cannot be read: {error}.")))?;
    let table: toml::Table = text.parse().map_err(|error| Stop::Wrong(format!("The configuration file {path} is not TOML: {error}")))?;
    let mut values = BTreeMap::new();
    for (name, value) in table {
        if !SETTINGS.iter().any(|setting| setting.name == name) {
            let known = SETTINGS.iter().map(|setting| setting.name).collect::<Vec<_>>().join(", ");
            return Err(Stop::Wrong(format!("`{name}` in {path} is no setting; there are {known}.")));
        }
        let toml::Value::String(text) = value else {
            return Err(Stop::Wrong(format!("`{name}` in {path} has to be a text in quotes.")));
        };
        values.insert(name, text);
    }
    Ok((path.clone(), values))
}

fn find(matches: &ArgMatches, (path, file): &File, name: &str) -> Found {
    let setting = SETTINGS.iter().find(|setting| setting.name == name);
    let (env, default) = setting.map_or(("", ""), |setting| (setting.env, setting.default));
    let mut scope = Some(matches);
    while let Some(here) = scope {
        if let Some(text) = here.get_one::<String>(name) {
            let place = match here.value_source(name) {
                Some(ValueSource::EnvVariable) => format!("the environment ({env})"),
                _ => format!("the flag --{name}"),
            };
            return Found { text: text.clone(), place };
        }
        scope = here.subcommand().map(|(_, inner)| inner);
    }
    match file.get(name) {
        Some(text) => Found { text: text.clone(), place: path.clone() },
        None => Found { text: default.to_owned(), place: "the default".to_owned() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(arguments: &[&str]) -> Result<Config, Stop> {
        Config::read(std::iter::once("ops-console").chain(arguments.iter().copied()).map(Into::into).collect())
    }
    fn wrong(arguments: &[&str]) -> String {
        match read(arguments) {
            Err(Stop::Wrong(sentence)) => sentence,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn flags_hold_before_and_behind_the_subcommand() {
        assert_eq!(read(&["--listen", "127.0.0.1:4000", "serve"]).expect("config").listen.port(), 4000);
        assert_eq!(read(&["serve", "--listen", "127.0.0.1:4001"]).expect("config").listen.port(), 4001);
        assert_eq!(read(&[]).expect("config").deed, Deed::Serve);
    }

    #[test]
    fn logs_are_read_and_no_closed_setting_is_shown() {
        let given = |setting: &Setting| match setting.name {
            "logs" => "backend=file:/var/log/hunter2.log",
            "database-url" => "postgres://me:hunter2@db/ops",
            "otlp-endpoint" => "http://hunter2.example:4318",
            "otlp-headers" => "authorization=hunter2",
            _ => "hunter2hunter2hunter2",
        };
        let closed = SETTINGS.iter().filter(|setting| !setting.open || setting.name == "logs");
        let flags: Vec<String> = closed.flat_map(|setting| [format!("--{}", setting.name), given(setting).to_owned()]).collect();
        let config = read(&flags.iter().map(String::as_str).collect::<Vec<_>>()).expect("config");
        assert_eq!((config.logs.len(), config.logs[0].name.as_str()), (1, "backend"));
        let shown: Vec<&str> = config.settings.iter().filter(|known| known.text.contains("hunter2")).map(Known::shown).collect();
        assert_eq!(shown, ["set", "backend=file:/var/log/hunter2.log", "set", "set", "set"]);
        let said = wrong(&["--logs", "backend=ftp:/x"]);
        assert!(said.contains("the flag --logs") && said.contains("none of file, journal, docker"), "{said}");
    }

    #[test]
    fn a_wrong_value_is_named_with_its_source() {
        assert!(wrong(&["--listen", "here"]).contains("the flag --listen") && wrong(&["--listen", "here"]).contains("here"));
        assert!(wrong(&["--log-format", "xml"]).contains("xml"));
        assert!(
            wrong(&["--trusted-proxies", "everybody"]).starts_with("`trusted-proxies` from the flag --trusted-proxies: \u{201c}everybody")
        );
        let dir = std::env::temp_dir().join(format!("ops-config-{}.toml", std::process::id()));
        std::fs::write(&dir, "listen = \"nowhere\"").expect("file");
        let path = dir.to_str().expect("path");
        assert!(wrong(&["--config", path]).contains(path));
        std::fs::write(&dir, "lissten = \"127.0.0.1:1\"").expect("file");
        assert!(wrong(&["--config", path]).contains("lissten"));
        std::fs::remove_file(&dir).ok();
    }
}
