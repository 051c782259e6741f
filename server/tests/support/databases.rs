//! Real databases for the tests: a file for SQLite; PostgreSQL and MariaDB from the system's packages and
//! SecantusDB from PyPI, each started once a test process on a free port in a folder of its own.
//!
//! A shell stands beside each server and waits for the end of its standard input. That comes when this
//! process ends, however it ends; then the shell stops the server and removes the folder.

use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

use sea_orm::ConnectionTrait;
use tempfile::TempDir;

use super::opened::Opened;

/// A kind of database that the tests know how to get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Sqlite,
    Postgres,
    MariaDb,
    #[cfg(feature = "mongodb")]
    MongoDb,
}

impl Kind {
    pub const ALL: &[Kind] = &[
        Kind::Sqlite,
        Kind::Postgres,
        Kind::MariaDb,
        #[cfg(feature = "mongodb")]
        Kind::MongoDb,
    ];
}

/// An empty database of a test's own.
pub struct Database {
    pub url: String,
    pub kind: Kind,
    _folder: Option<TempDir>,
    /// Whose server it is to be dropped from; those of our own go as a whole.
    visited: Option<&'static Server>,
}

/// A server of a test's own, which may be killed.
pub struct Mortal {
    pub url: String,
    recipe: Recipe,
}

/// A server that answers at `url`; the path of it is a database that is always there.
struct Server {
    url: String,
    kind: Kind,
    is_ours: bool,
}

/// How to start a server, as often as one likes, over the same data.
struct Recipe {
    serve: Command,
    folder: PathBuf,
    url: String,
}

impl Database {
    /// A new empty database.
    pub async fn fresh(kind: Kind) -> Self {
        match kind {
            Kind::Sqlite => {
                let folder = TempDir::new().unwrap();
                let url = format!("sqlite://{}?mode=rwc", folder.path().join("test.db").display());
                Self { url, kind, _folder: Some(folder), visited: None }
            }
            Kind::Postgres | Kind::MariaDb => {
                let name = fresh_name();
                let server = server(kind);
                server.execute(&format!("CREATE DATABASE {name}")).await;
                Self { url: database(&server.url, &name), kind, _folder: None, visited: server.visited() }
            }
            #[cfg(feature = "mongodb")]
            Kind::MongoDb => {
                let server = server(kind);
                pinged(&server.url).await;
                let url = database(&server.url, &fresh_name());
                Self { url, kind, _folder: None, visited: server.visited() }
            }
        }
    }

    /// Opened as the application opens it. Every call is a process of its own as far as the database knows.
    pub async fn open(&self) -> Opened {
        Opened::at(&self.url, 7).await
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

    /// As a program that knew less would have left it.
    pub async fn visit_the_past(&self) {
        #[cfg(feature = "mongodb")]
        if self.kind == Kind::MongoDb {
            let client = mongodb::Client::with_uri_str(&self.url).await.unwrap();
            let schema = client.default_database().unwrap().collection::<mongodb::bson::Document>("schema");
            let past = mongodb::bson::doc! { "$set": { "version": 0 } };
            schema.update_one(mongodb::bson::doc! {}, past).await.unwrap();
            return;
        }
        let raw = sea_orm::Database::connect(&self.url).await.unwrap();
        let past = "DELETE FROM seaql_migrations WHERE version LIKE '%sessions%'";
        raw.execute_unprepared(past).await.unwrap();
        raw.close().await.unwrap();
    }

    /// As a program that knew no search would have left it.
    pub async fn forget_the_search(&self) {
        #[cfg(feature = "mongodb")]
        if self.kind == Kind::MongoDb {
            use mongodb::bson::{Document, doc};
            let client = mongodb::Client::with_uri_str(&self.url).await.unwrap();
            let database = client.default_database().unwrap();
            let past = doc! { "$unset": { "index": "", "terms_due": "" } };
            database.collection::<Document>("users").update_many(doc! {}, past).await.unwrap();
            database.collection::<Document>("search_terms").delete_many(doc! {}).await.unwrap();
            return;
        }
        let raw = sea_orm::Database::connect(&self.url).await.unwrap();
        // As the document has it done.
        let block = include_str!("../../../docs/search.md").split("```sql\n").nth(1).unwrap();
        for sql in block.split("```").next().unwrap().split(';').map(str::trim) {
            if !sql.is_empty() {
                raw.execute_unprepared(sql).await.unwrap();
            }
        }
        raw.close().await.unwrap();
    }

    /// What somebody who looks into the database sees of a user: status and profile.
    pub async fn look_at_user(&self, id: identity::UserId) -> serde_json::Value {
        #[cfg(feature = "mongodb")]
        if self.kind == Kind::MongoDb {
            let client = mongodb::Client::with_uri_str(&self.url).await.unwrap();
            let users = client.default_database().unwrap().collection::<mongodb::bson::Document>("users");
            let id = mongodb::bson::Uuid::from_bytes(id.0.into_bytes());
            let found = users.find_one(mongodb::bson::doc! { "_id": id }).await.unwrap().unwrap();
            let mut user = serde_json::json!({ "status": found.get_str("status").unwrap() });
            for (field, value) in found.get_document("profile").unwrap() {
                user[field] = match value {
                    mongodb::bson::Bson::Boolean(flag) => (*flag).into(),
                    value => value.as_str().unwrap().into(),
                };
            }
            return user;
        }
        let raw = sea_orm::Database::connect(&self.url).await.unwrap();
        let columns: Vec<&str> = identity::Field::ALL.iter().map(|field| field.as_str()).collect();
        let mut select = sea_orm::sea_query::Query::select();
        select.column("status").columns(columns.iter().copied()).from("users");
        select.and_where(sea_orm::sea_query::ExprTrait::eq(sea_orm::sea_query::Expr::col("id"), id.0));
        let row = raw.query_one(&select).await.unwrap().unwrap();
        let status: String = row.try_get("", "status").unwrap();
        let mut user = serde_json::json!({ "status": status });
        for field in identity::Field::ALL {
            user[field.as_str()] = match field.vouches_for() {
                None => row.try_get::<Option<String>>("", field.as_str()).unwrap().into(),
                Some(_) => row.try_get::<Option<bool>>("", field.as_str()).unwrap().into(),
            };
        }
        raw.close().await.unwrap();
        user
    }

    /// How much there is of a user, whoever reads it: the record, changes and sessions.
    pub async fn rows_of(&self, user: identity::UserId) -> u64 {
        let mut rows = 0;
        #[cfg(feature = "mongodb")]
        if self.kind == Kind::MongoDb {
            let client = mongodb::Client::with_uri_str(&self.url).await.unwrap();
            let user = mongodb::bson::Uuid::from_bytes(user.0.into_bytes());
            for (collection, key) in [("users", "_id"), ("changes", "user_id"), ("sessions", "user_id")] {
                let all =
                    client.default_database().unwrap().collection::<mongodb::bson::Document>(collection);
                rows += all.count_documents(mongodb::bson::doc! { key: user }).await.unwrap();
            }
            return rows;
        }
        let raw = sea_orm::Database::connect(&self.url).await.unwrap();
        for (table, key) in [("users", "id"), ("changes", "user_id"), ("sessions", "user_id")] {
            let mut select = sea_orm::sea_query::Query::select();
            select.column(key).from(table);
            select.and_where(sea_orm::sea_query::ExprTrait::eq(sea_orm::sea_query::Expr::col(key), user.0));
            rows += raw.query_all(&select).await.unwrap().len() as u64;
        }
        raw.close().await.unwrap();
        rows
    }

    /// The file of an SQLite database.
    pub fn file(&self) -> PathBuf {
        let path = self.url.strip_prefix("sqlite://").unwrap();
        path.split('?').next().unwrap().into()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let Some(server) = self.visited else { return };
        let url = self.url.clone();
        // A drop cannot wait, and a test's own runtime may be of one thread.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(server.forget(&url));
        });
        assert!(dropped.join().is_ok() || std::thread::panicking(), "{} was not dropped", self.url);
    }
}

impl Mortal {
    /// A server of this kind with an empty database at `url`.
    pub async fn new(kind: Kind) -> Self {
        let recipe = recipe(kind);
        watched(&recipe.serve, &recipe.folder);
        let mut url = recipe.url.clone();
        match kind {
            Kind::Sqlite => unreachable!("SQLite has no server"),
            Kind::Postgres | Kind::MariaDb => {
                let server = Server { url: recipe.url.clone(), kind, is_ours: true };
                server.execute("CREATE DATABASE sparekey").await;
                url = database(&url, "sparekey");
            }
            #[cfg(feature = "mongodb")]
            Kind::MongoDb => pinged(&url).await,
        }
        Self { url, recipe }
    }

    /// `kill -9` of it and of the processes that it made.
    pub fn kill(&self) {
        let pid = std::fs::read_to_string(self.recipe.folder.join("pid")).unwrap();
        let pid = pid.trim();
        let children =
            std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
        let pids: Vec<&str> = std::iter::once(pid).chain(children.split_whitespace()).collect();
        // Some may have gone by themselves.
        Command::new("kill").arg("-KILL").args(&pids).stderr(Stdio::null()).status().unwrap();
        let deadline = Instant::now() + Duration::from_secs(30);
        while pids.iter().any(|pid| is_running(pid)) {
            assert!(Instant::now() < deadline, "{pids:?} outlived kill -9");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Starts it over what it left.
    pub fn start_again(&self) {
        watched(&self.recipe.serve, &self.recipe.folder);
    }
}

impl Drop for Mortal {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Whether there is such a process; a dead one that nobody has waited for yet does not run.
fn is_running(pid: &str) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    status.contains("State:") && !status.contains("State:\tZ")
}

impl Server {
    /// Where databases have to be dropped that a test made.
    fn visited(&'static self) -> Option<&'static Self> {
        (!self.is_ours).then_some(self)
    }

    async fn execute(&self, sql: &str) {
        let admin = self.admin().await;
        admin.execute_unprepared(sql).await.unwrap();
        admin.close().await.unwrap();
    }

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

    /// Drops the database at this URL, whoever still has it open.
    async fn forget(&self, url: &str) {
        let url_of_it = url::Url::parse(url).unwrap();
        let name = url_of_it.path().trim_start_matches('/');
        match self.kind {
            Kind::Sqlite => {}
            Kind::Postgres => self.execute(&format!("DROP DATABASE {name} WITH (FORCE)")).await,
            Kind::MariaDb => self.execute(&format!("DROP DATABASE {name}")).await,
            #[cfg(feature = "mongodb")]
            Kind::MongoDb => {
                let client = mongodb::Client::with_uri_str(url).await.unwrap();
                client.database(name).drop().await.unwrap();
            }
        }
    }
}

#[cfg(feature = "mongodb")]
async fn pinged(url: &str) {
    let client = mongodb::Client::with_uri_str(url).await.unwrap();
    // The driver itself waits for a server, half a minute.
    client.database("admin").run_command(mongodb::bson::doc! { "ping": 1 }).await.unwrap();
}

/// The URL of another database of the same server.
fn database(url: &str, name: &str) -> String {
    let mut url = url::Url::parse(url).unwrap();
    url.set_path(name);
    url.into()
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
    let (server, variable) = match kind {
        Kind::Postgres => (&POSTGRES, "POSTGRES_TEST_URL"),
        Kind::MariaDb => (&MARIADB, "MYSQL_TEST_URL"),
        #[cfg(feature = "mongodb")]
        Kind::MongoDb => (&MONGODB, "MONGODB_TEST_URL"),
        Kind::Sqlite => unreachable!("SQLite has no server"),
    };
    server.get_or_init(|| elsewhere(kind, variable).unwrap_or_else(|| ours(kind)))
}

#[expect(clippy::disallowed_methods, reason = "the tests have settings of their own")]
fn elsewhere(kind: Kind, variable: &str) -> Option<Server> {
    let url = std::env::var(variable).ok().filter(|url| !url.is_empty())?;
    Some(Server { url, kind, is_ours: false })
}

fn ours(kind: Kind) -> Server {
    let Recipe { serve, folder, url } = recipe(kind);
    watched(&serve, &folder);
    Server { url, kind, is_ours: true }
}

fn recipe(kind: Kind) -> Recipe {
    match kind {
        Kind::Postgres => postgres(),
        Kind::MariaDb => mariadb(),
        #[cfg(feature = "mongodb")]
        Kind::MongoDb => secantusdb(),
        Kind::Sqlite => unreachable!("SQLite has no server"),
    }
}

fn postgres() -> Recipe {
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
    let url = format!("postgres://sparekey@127.0.0.1:{port}/postgres");
    Recipe { serve, folder, url }
}

fn mariadb() -> Recipe {
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
    serve.arg("--innodb-flush-log-at-trx-commit=2").arg(format!("--port={port}"));
    serve.arg(format!("--datadir={}", data.display()));
    serve.arg(format!("--socket={}", folder.join("socket").display()));
    let url = format!("mysql://root@127.0.0.1:{port}/mysql");
    Recipe { serve, folder, url }
}

/// MongoDB's storage engine under another command layer; it is what a package registry has. Installed once,
/// beside what cargo builds.
#[cfg(feature = "mongodb")]
fn secantusdb() -> Recipe {
    const VERSION: &str = "0.7.0b3";
    static INSTALLING: Mutex<()> = Mutex::new(());
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("secantusdb-{VERSION}"));
    let program = home.join("bin/secantusd-py");
    let _one_at_a_time = INSTALLING.lock().unwrap();
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
    let url = format!("mongodb://127.0.0.1:{port}/");
    Recipe { serve, folder, url }
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
#[allow(clippy::zombie_processes, reason = "it ends after us, when its input does")]
fn watched(server: &Command, folder: &Path) {
    const WATCH: &str = r#"trap '' INT
        folder=$1; shift
        "$@" </dev/null >>"$folder/log" 2>&1 &
        server=$!
        echo $server >"$folder/pid"
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
