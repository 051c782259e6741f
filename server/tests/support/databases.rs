//! Real databases for the tests: a file for SQLite; PostgreSQL and MariaDB from the system's packages and
//! SecantusDB from PyPI, each started once a test process on a free port in a folder of its own.
//!
//! A shell stands beside each server and waits for the end of its standard input. That comes when this
//! process ends, however it ends; then the shell stops the server and removes the folder.

use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use sea_orm::ConnectionTrait;
use server::seal::Seal;
use server::store::{self, Store};
use tempfile::TempDir;

/// A kind of database that the tests know how to get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Sqlite,
    Postgres,
    MariaDb,
    #[cfg(feature = "mongodb")]
    MongoDb,
}

/// An empty database of a test's own.
pub struct Database {
    pub url: String,
    pub kind: Kind,
    _folder: Option<TempDir>,
}

/// A server that answers at `url`; the path of it is a database that is always there.
struct Server {
    url: String,
}

impl Database {
    /// A new empty database.
    pub async fn fresh(kind: Kind) -> Self {
        match kind {
            Kind::Sqlite => {
                let folder = TempDir::new().unwrap();
                let url = format!("sqlite://{}?mode=rwc", folder.path().join("test.db").display());
                Self { url, kind, _folder: Some(folder) }
            }
            Kind::Postgres | Kind::MariaDb => {
                let name = fresh_name();
                let server = server(kind);
                let admin = server.admin().await;
                admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await.unwrap();
                admin.close().await.unwrap();
                Self { url: server.database(&name), kind, _folder: None }
            }
            #[cfg(feature = "mongodb")]
            Kind::MongoDb => {
                let server = server(kind);
                server.pinged().await;
                Self { url: server.database(&fresh_name()), kind, _folder: None }
            }
        }
    }

    /// Opened as the application opens it. Every call is a process of its own as far as the database knows.
    pub async fn open(&self) -> Store {
        store::open(&self.url, Seal::new(&[[7; 32]])).await.unwrap()
    }

    /// As a program of the future would leave it.
    pub async fn visit_the_future(&self) {
        #[cfg(feature = "mongodb")]
        if self.kind == Kind::MongoDb {
            let client = mongodb::Client::with_uri_str(&self.url).await.unwrap();
            let schema = client.default_database().unwrap().collection::<mongodb::bson::Document>("schema");
            let future = mongodb::bson::doc! { "$set": { "version": 3000 } };
            schema.update_one(mongodb::bson::doc! {}, future).await.unwrap();
            return;
        }
        let raw = sea_orm::Database::connect(&self.url).await.unwrap();
        let future = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m3000', 0)";
        raw.execute_unprepared(future).await.unwrap();
        raw.close().await.unwrap();
    }

    /// The file of an SQLite database.
    pub fn file(&self) -> PathBuf {
        let path = self.url.strip_prefix("sqlite://").unwrap();
        path.split('?').next().unwrap().into()
    }
}

impl Server {
    /// Waits until the server serves.
    async fn admin(&self) -> sea_orm::DatabaseConnection {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            match sea_orm::Database::connect(&self.url).await {
                Ok(db) => return db,
                Err(error) if Instant::now() > deadline => panic!("{}: {error}", self.url),
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
    }

    #[cfg(feature = "mongodb")]
    async fn pinged(&self) {
        let client = mongodb::Client::with_uri_str(&self.url).await.unwrap();
        // The driver itself waits for a server, half a minute.
        client.database("admin").run_command(mongodb::bson::doc! { "ping": 1 }).await.unwrap();
    }

    fn database(&self, name: &str) -> String {
        let mut url = url::Url::parse(&self.url).unwrap();
        url.set_path(name);
        url.into()
    }
}

fn fresh_name() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("sparekey_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

/// The server of this kind, started when the first test asks for it.
fn server(kind: Kind) -> &'static Server {
    static POSTGRES: OnceLock<Server> = OnceLock::new();
    static MARIADB: OnceLock<Server> = OnceLock::new();
    #[cfg(feature = "mongodb")]
    static MONGODB: OnceLock<Server> = OnceLock::new();
    match kind {
        Kind::Postgres => POSTGRES.get_or_init(|| elsewhere("POSTGRES_TEST_URL").unwrap_or_else(postgres)),
        Kind::MariaDb => MARIADB.get_or_init(|| elsewhere("MYSQL_TEST_URL").unwrap_or_else(mariadb)),
        #[cfg(feature = "mongodb")]
        Kind::MongoDb => MONGODB.get_or_init(|| elsewhere("MONGODB_TEST_URL").unwrap_or_else(secantusdb)),
        Kind::Sqlite => unreachable!("SQLite has no server"),
    }
}

#[expect(clippy::disallowed_methods, reason = "the tests have settings of their own")]
fn elsewhere(variable: &str) -> Option<Server> {
    std::env::var(variable).ok().filter(|url| !url.is_empty()).map(|url| Server { url })
}

fn postgres() -> Server {
    let missing = "PostgreSQL's server is not installed. `apt-get install postgresql` installs it; or name \
                   a server of yours in POSTGRES_TEST_URL.";
    let programs = newest("/usr/lib/postgresql").map(|version| version.join("bin"));
    let program = |name: &str| find(name, programs.as_deref()).expect(missing);
    let (folder, port) = (folder("postgres"), free_port());
    let data = folder.join("data");
    run(as_nobody(&folder, &program("initdb"))
        .args(["--auth=trust", "--username=sparekey", "--encoding=UTF8", "--locale=C", "--no-sync"])
        .arg("--pgdata")
        .arg(&data));
    let mut serve = as_nobody(&folder, &program("postgres"));
    serve.arg("-D").arg(&data).arg("-k").arg(&folder).args(["-p", &port.to_string()]);
    serve.args(["-c", "listen_addresses=127.0.0.1", "-c", "max_connections=300", "-c", "fsync=off"]);
    watched(serve, &folder);
    Server { url: format!("postgres://sparekey@127.0.0.1:{port}/postgres") }
}

fn mariadb() -> Server {
    let missing = "MariaDB's server is not installed. `apt-get install mariadb-server` installs it; or name \
                   a server of yours in MYSQL_TEST_URL.";
    let program = |name: &str| find(name, Some(Path::new("/usr/sbin"))).expect(missing);
    let (folder, port) = (folder("mariadb"), free_port());
    let data = folder.join("data");
    run(as_nobody(&folder, &program("mariadb-install-db"))
        .args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"])
        .arg(format!("--datadir={}", data.display())));
    let mut serve = as_nobody(&folder, &program("mariadbd"));
    serve.args(["--no-defaults", "--bind-address=127.0.0.1", "--max-connections=300"]);
    serve.arg("--innodb-flush-log-at-trx-commit=0").arg(format!("--port={port}"));
    serve.arg(format!("--datadir={}", data.display()));
    serve.arg(format!("--socket={}", folder.join("socket").display()));
    watched(serve, &folder);
    Server { url: format!("mysql://root@127.0.0.1:{port}/mysql") }
}

/// MongoDB's storage engine under another command layer; it is what a package registry has. Installed once,
/// beside what cargo builds.
#[cfg(feature = "mongodb")]
fn secantusdb() -> Server {
    const VERSION: &str = "0.7.0b3";
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("secantusdb-{VERSION}"));
    let program = home.join("bin/secantusd-py");
    if !program.exists() {
        let missing = "Python cannot make a virtual environment. `apt-get install python3-venv` helps; or \
                       name a MongoDB of yours in MONGODB_TEST_URL.";
        let made = Command::new("python3").args(["-m", "venv", "--clear"]).arg(&home).output();
        assert!(made.is_ok_and(|output| output.status.success()), "{missing}");
        let package = format!("secantusdb=={VERSION}");
        run(Command::new(home.join("bin/pip")).args(["install", "--quiet", &package]));
    }
    let (folder, port) = (folder("secantusdb"), free_port());
    let mut serve = in_folder(Command::new(program), &folder);
    serve.args(["--host", "127.0.0.1", "--sync-on-commit", "--port", &port.to_string(), "--storage-path"]);
    serve.arg(folder.join("data"));
    watched(serve, &folder);
    Server { url: format!("mongodb://127.0.0.1:{port}/") }
}

/// The folder's entry with the highest name that is a number.
fn newest(folder: &str) -> Option<PathBuf> {
    let entries = std::fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
    entries.max_by_key(|path| path.file_name()?.to_str()?.parse::<u32>().ok())
}

fn find(name: &str, place: Option<&Path>) -> Option<PathBuf> {
    let usual = ["/usr/local/bin", "/usr/bin", "/opt/homebrew/bin"].map(Path::new);
    place.into_iter().chain(usual).map(|place| place.join(name)).find(|path| path.exists())
}

fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

/// A folder that nobody may write to as well, for the servers refuse to run as root.
fn folder(name: &str) -> PathBuf {
    let folder = tempfile::Builder::new().prefix(&format!("sparekey-{name}-")).tempdir().unwrap().keep();
    if is_root(&folder) {
        run(Command::new("chown").arg("nobody").arg(&folder));
    }
    folder
}

fn as_nobody(folder: &Path, program: &Path) -> Command {
    let mut command = match is_root(folder.parent().unwrap()) && is_root(Path::new("/proc/self")) {
        true => Command::new("setpriv"),
        false => return in_folder(Command::new(program), folder),
    };
    command.args(["--reuid=nobody", "--regid=nogroup", "--clear-groups"]).arg(program);
    in_folder(command, folder)
}

fn in_folder(mut command: Command, folder: &Path) -> Command {
    command.current_dir(folder);
    command
}

fn is_root(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|metadata| metadata.uid() == 0)
}

fn run(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Runs the server until this process is gone.
fn watched(server: Command, folder: &Path) {
    const WATCH: &str = r#"trap '' INT
        folder=$1; shift
        "$@" </dev/null >"$folder/log" 2>&1 &
        server=$!
        cat >/dev/null
        kill -KILL $server
        wait $server
        rm -rf "$folder""#;
    let mut shell = Command::new("sh");
    shell.args(["-c", WATCH, "sh"]).arg(folder).arg(server.get_program()).args(server.get_args());
    shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = shell.spawn().unwrap();
    // Open until this process ends.
    std::mem::forget(child.stdin.take());
}
