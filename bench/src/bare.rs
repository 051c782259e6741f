//! What Sparekey is measured against, in a process of its own: a bare Axum handler and a bare Leptos page,
//! each with one read of SQLite, opened as Sparekey opens it. `bare DATABASE_FILE ADDRESS`.
//!
//! The page is that of Leptos' own template (router, meta tags, stylesheet, islands' script); it says whose row
//! it read, and nothing more. It is there twice: with a resource, as in Leptos' book, and as lean as can be. It
//! allocates by mimalloc, as Sparekey does: what is compared is the work, not the allocator.

use std::net::SocketAddr;
use std::num::NonZero;
use std::time::Duration;

use app::AppError;
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use axum::serve::ListenerExt;
use identity::Code;
use leptos::config::LeptosOptions;
use leptos::hydration::{AutoReload, HydrationScripts};
use leptos::prelude::*;
use leptos_axum::{LeptosRoutes, generate_route_list};
use leptos_meta::{MetaTags, Stylesheet, Title, provide_meta_context};
use leptos_router::components::{FlatRoutes, Route, Router as PageRouter};
use leptos_router::{SsrMode, path};
use sea_orm::entity::prelude::*;
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{ConnectOptions, Database, DatabaseConnection};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

mod person {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, DeriveEntityModel)]
    #[sea_orm(table_name = "person")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: i64,
        pub(crate) name: String,
        pub(crate) email: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Whom both addresses read.
const ADA: i64 = 1;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (Some(file), Some(address)) = (arguments.next(), arguments.next()) else {
        anyhow::bail!("bare DATABASE_FILE ADDRESS");
    };
    let address: SocketAddr = address.parse()?;
    let db = database(&file).await?;
    let options = LeptosOptions::builder().output_name("bare").site_addr(address).build();
    let (for_pages, shell_options) = (db.clone(), options.clone());
    let pages = Router::new().leptos_routes_with_context(
        &options,
        generate_route_list(App),
        move || provide_context(for_pages.clone()),
        move || shell(shell_options.clone()),
    );
    let router = pages.with_state(options).merge(Router::new().route("/axum", get(axum)).with_state(db));
    let listener = tokio::net::TcpListener::bind(address).await?.tap_io(|stream| {
        drop(stream.set_nodelay(true));
    });
    Ok(axum::serve(listener, router).await?)
}

/// With the pragmas and the connections of `store/src/sql/dialect.rs`.
async fn database(file: &str) -> anyhow::Result<DatabaseConnection> {
    let readers = std::thread::available_parallelism().map_or(1, NonZero::get).clamp(2, 8) as u32;
    let mut options = ConnectOptions::new(format!("sqlite://{file}?mode=rwc"));
    options.test_before_acquire(false).sqlx_logging(false).max_connections(readers + 1);
    options.map_sqlx_sqlite_opts(|options| {
        options
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(2))
            .synchronous(SqliteSynchronous::Full)
            .journal_mode(SqliteJournalMode::Wal)
    });
    let db = Database::connect(options).await?;
    db.execute_unprepared(
        "CREATE TABLE IF NOT EXISTS person (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL);
         INSERT OR IGNORE INTO person VALUES (1, 'Ada Lovelace', 'ada@example.com')",
    )
    .await?;
    Ok(db)
}

async fn read(db: &DatabaseConnection) -> Option<person::Model> {
    person::Entity::find_by_id(ADA).one(db).await.ok().flatten()
}

async fn axum(State(db): State<DatabaseConnection>) -> String {
    read(&db).await.map(|ada| format!("{} <{}>", ada.name, ada.email)).unwrap_or_default()
}

fn shell(options: LeptosOptions) -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <AutoReload options=options.clone()/>
                <HydrationScripts options islands=true/>
                <MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}

#[component]
fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Stylesheet id="leptos" href="/pkg/bare.css"/>
        <PageRouter>
            <main>
                <FlatRoutes fallback=|| "Page not found.">
                    <Route path=path!("/leptos") view=Page ssr=SsrMode::Async/>
                    <Route path=path!("/lean") view=LeanPage ssr=SsrMode::Async/>
                </FlatRoutes>
            </main>
        </PageRouter>
    }
}

/// As Leptos' book has it: a server function, a resource, a `Suspense`.
#[component]
fn Page() -> impl IntoView {
    let ada = Resource::new_blocking(|| (), |()| who());
    view! {
        <Title text="A bare page"/>
        <h1>"A bare page"</h1>
        <Suspense fallback=|| "Loading">
            {move || Suspend::new(async move {
                ada.await.map(|(name, email)| view! { <p>{name} " " <code>{email}</code></p> })
            })}
        </Suspense>
    }
}

/// The same page with the least that Leptos can do it by: a future in the view, which is how Sparekey does it.
#[component]
fn LeanPage() -> impl IntoView {
    let read = Suspend::new(async move {
        who().await.map(|(name, email)| view! { <p>{name} " " <code>{email}</code></p> })
    });
    view! {
        <Title text="A bare page"/>
        <h1>"A bare page"</h1>
        {read}
    }
}

/// Name and e-mail.
#[server]
async fn who() -> Result<(String, String), AppError> {
    let ada = read(&expect_context::<DatabaseConnection>()).await;
    let nobody = AppError { code: Code::NotFound, request_id: String::new(), provider: None };
    ada.map(|ada| (ada.name, ada.email)).ok_or(nobody)
}
