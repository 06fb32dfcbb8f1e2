//! Who may import whom. A new arrow is a design decision: it is added here first.

/// What a place must not name.
pub(super) struct Wall {
    /// The files: those below any of these paths.
    pub(super) places: &'static [&'static str],
    /// Those below these are free all the same.
    pub(super) except: &'static [&'static str],
    /// The beginnings of paths that are not named there.
    pub(super) forbidden: &'static [&'static str],
    /// Why.
    pub(super) why: &'static str,
}

/// Each place with what it may import from the crate, lowest first. The longest
/// path that fits a file is the one that counts, of what imports and of what is
/// imported.
pub(super) const LAYERS: &[(&str, &[&str])] = &[
    ("lib", &[]),
    ("model", &[]),
    ("streams", &["model"]),
    ("child", &[]),
    ("secret", &["model", "child"]),
    ("net", &["model"]),
    ("archive", &["model"]),
    ("aci", &["model", "archive"]),
    ("git", &["model", "child"]),
    ("login", &["model", "net"]),
    ("keymap", &[]),
    ("config", &["model", "keymap"]),
    ("plan", &["model"]),
    ("run", &["model", "plan"]),
    ("ports", &["model"]),
    ("sweep", &["model", "ports"]),
    ("browse", &["model", "ports"]),
    ("recipe", &["model", "git", "net"]),
    ("docker", &["model", "child", "net"]),
    ("store", &["model", "archive", "ports"]),
    ("registry", &["model", "net", "child"]),
    ("sign", &["model", "ports", "net", "registry", "login"]),
    ("release_archive", &["model", "ports", "archive", "sign"]),
    ("source", &["model", "ports", "archive", "aci", "store"]),
    ("sink", &["model", "ports", "net", "archive", "registry", "store", "docker"]),
    (
        "build",
        &[
            "model", "ports", "net", "git", "archive", "recipe", "docker", "registry", "store",
            "source",
        ],
    ),
    (
        "veea",
        &["model", "ports", "net", "recipe", "build", "store", "source", "sign", "release_archive"],
    ),
    ("survey", &["model", "config", "ports", "git", "child", "recipe"]),
    ("engine", &["model", "net", "plan", "run", "ports", "browse", "sweep"]),
    ("journal", &["model", "plan", "run"]),
    ("error", &["model", "config", "plan", "run", "journal"]),
    ("batch", &["model", "plan", "run", "error"]),
    ("tui", &["model", "keymap", "plan", "run", "browse", "error"]),
    ("cli", &["model"]),
    (
        "app/wiring",
        &[
            "model", "child", "secret", "net", "archive", "login", "config", "plan", "run",
            "ports", "recipe", "store", "registry", "sign", "source", "sink", "build", "veea",
            "survey", "engine", "journal", "error",
        ],
    ),
    (
        "app/ops",
        &[
            "app/wiring",
            "model",
            "secret",
            "net",
            "config",
            "plan",
            "run",
            "ports",
            "sweep",
            "browse",
            "store",
            "sign",
            "sink",
            "build",
            "veea",
            "survey",
            "engine",
            "journal",
            "error",
        ],
    ),
    (
        "app/verbs",
        &[
            "app/ops",
            "app/wiring",
            "model",
            "streams",
            "child",
            "secret",
            "archive",
            "aci",
            "config",
            "plan",
            "run",
            "ports",
            "veea",
            "sweep",
            "browse",
            "recipe",
            "docker",
            "store",
            "registry",
            "sign",
            "release_archive",
            "source",
            "sink",
            "build",
            "veea",
            "engine",
            "journal",
            "batch",
            "error",
            "cli",
        ],
    ),
    (
        "app/console",
        &[
            "app/verbs",
            "app/ops",
            "app/wiring",
            "model",
            "streams",
            "secret",
            "config",
            "plan",
            "run",
            "ports",
            "browse",
            "sign",
            "survey",
            "journal",
            "batch",
            "tui",
            "error",
            "cli",
        ],
    ),
    (
        "app",
        &[
            "app/console",
            "app/verbs",
            "app/ops",
            "app/wiring",
            "model",
            "streams",
            "net",
            "error",
            "cli",
        ],
    ),
    ("main", &["app", "cli", "error", "streams"]),
];

/// What touches the world.
const WORLD: &[&str] = &[
    "std::fs",
    "std::io",
    "std::net",
    "std::env",
    "std::process",
    "std::thread",
    "std::print",
    "std::println",
    "std::eprint",
    "std::eprintln",
    "tokio",
    "tokio_util",
    "rustix",
    "libc",
    "tempfile",
    "reqwest",
    "bollard",
    "aws_sdk_s3",
    "std::time::Instant::now",
    "std::time::SystemTime::now",
    "jiff::Timestamp::now",
    "jiff::ZonedDateTime::now",
    "std::hash::RandomState",
    "std::collections::hash_map::RandomState",
    "rand",
    "getrandom",
    "uuid::Uuid::new_v4",
];

/// The names among those that are of what happened, or of an address, and touch
/// nothing.
pub(super) const NOUNS: &[&str] = &[
    "std::io::Error",
    "std::io::ErrorKind",
    "std::net::IpAddr",
    "std::net::Ipv4Addr",
    "std::net::Ipv6Addr",
    "std::net::SocketAddr",
];

/// How a terminal is taken, and drawn on.
const SCREEN: &[&str] = &["ratatui", "crossterm"];

/// What only the faces do: they read the command line and print.
const FACES: &[&str] = &[
    "clap",
    "std::io::stdin",
    "std::io::stdout",
    "std::io::stderr",
    "std::print",
    "std::println",
    "std::eprint",
    "std::eprintln",
    "std::env::current_dir",
    "std::env::args",
    "std::env::args_os",
    "std::process::exit",
];

/// The walls.
pub(super) const WALLS: &[Wall] = &[
    Wall {
        places: &["model", "plan", "run"],
        except: &[],
        forbidden: WORLD,
        why: "the nouns, the plan and the fold are pure",
    },
    Wall {
        places: &["model", "plan", "run"],
        except: &[],
        forbidden: SCREEN,
        why: "a run is no screen",
    },
    Wall {
        places: &["tui"],
        except: &["tui/shell"],
        forbidden: WORLD,
        why: "only the shell touches the terminal and the clock",
    },
    Wall {
        places: &["tui"],
        except: &["tui/shell"],
        forbidden: &["crossterm::terminal", "crossterm::execute", "crossterm::cursor"],
        why: "only the shell takes the terminal",
    },
    Wall {
        places: &["app/wiring", "app/ops"],
        except: &[],
        forbidden: FACES,
        why: "another face than the command line uses it too",
    },
    Wall {
        places: &["app"],
        except: &["app/verbs/mod.rs"],
        forbidden: &["std::env::current_dir"],
        why: "the folder that a command begins in is looked up once, and handed down",
    },
];

/// The circles of files that may stay, with why: none.
pub(super) const CIRCLES: &[(&[&str], &str)] = &[];
