//! The table of settings.

/// One setting.
#[derive(Debug)]
pub struct Setting {
    pub name: &'static str,
    pub env: &'static str,
    pub default: &'static str,
    pub help: &'static str,
    /// Anybody who reads the console may see its value. Of others, also of those that come later, only whether they are set.
    pub open: bool,
}

/// Every setting there is; the manual and `--help` are made from this.
pub const SETTINGS: &[Setting] = &[
    Setting { name: "listen", env: "OPS_LISTEN", default: "127.0.0.1:3000", help: "Address and port to listen on", open: true },
    Setting {
        name: "public-url",
        env: "OPS_PUBLIC_URL",
        default: "",
        help: "URL people open; http:// and the address when empty",
        open: true,
    },
    Setting { name: "data-dir", env: "OPS_DATA_DIR", default: ".data", help: "Directory for keys and the private Postgres", open: true },
    Setting { name: "site", env: "OPS_SITE", default: "site", help: "Directory with the built pages, styles and fonts", open: true },
    Setting {
        name: "database-url",
        env: "DATABASE_URL",
        default: "",
        help: "PostgreSQL 15 to 18 with a role that may create roles; a private one is started when empty",
        open: false,
    },
    Setting {
        name: "allow-private",
        env: "OPS_ALLOW_PRIVATE",
        default: "",
        help: "Private addresses that checks and webhooks may reach, such as 10.0.0.0/8, 127.0.0.1; none when empty",
        open: true,
    },
    Setting {
        name: "trusted-proxies",
        env: "OPS_TRUSTED_PROXIES",
        default: "127.0.0.0/8, ::1",
        help: "Proxies before the console that say in X-Forwarded-For whom a request comes from",
        open: true,
    },
    Setting {
        name: "log",
        env: "OPS_LOG",
        default: "info",
        help: "What to log: error, warn, info, debug, or a filter such as info,gate=debug",
        open: true,
    },
    Setting {
        name: "logs",
        env: "OPS_LOGS",
        default: "",
        help: "Logs that may be read, such as backend=file:/var/log/backend.log,nginx=file:/var/log/nginx/*.log?,db=journal:postgresql.service,web=docker:shop-web; a journal that lies in a directory as db=journal:postgresql.service@/host/journal",
        open: true,
    },
    Setting {
        name: "git-sha",
        env: "OPS_GIT_SHA",
        default: "",
        help: "Commit this program was built from, as the deploy pages show it; its own hash stands for the build when empty",
        open: true,
    },
    Setting {
        name: "images",
        env: "OPS_IMAGES",
        default: "",
        help: "Images of the deployment to show, such as web=shop:1.4,worker=plans:2.0",
        open: true,
    },
    Setting {
        name: "metrics-token",
        env: "OPS_METRICS_TOKEN",
        default: "",
        help: "Bearer token with which /metrics is read from elsewhere; from this machine itself it needs none",
        open: false,
    },
    Setting {
        name: "otlp-endpoint",
        env: "OPS_OTLP_ENDPOINT",
        default: "",
        help: "Where traces go, as OTLP over HTTP such as http://127.0.0.1:4318; none are made when empty",
        open: false,
    },
    Setting {
        name: "otlp-headers",
        env: "OPS_OTLP_HEADERS",
        default: "",
        help: "Headers sent along with traces, such as authorization=Bearer …,x-scope=ops",
        open: false,
    },
    Setting {
        name: "log-format",
        env: "OPS_LOG_FORMAT",
        default: "auto",
        help: "text, json, or auto: json unless stderr is a terminal",
        open: true,
    },
];
