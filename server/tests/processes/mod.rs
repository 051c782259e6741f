//! Whole processes and whole database servers: several behind one database, and what is left when one of
//! them is killed. A fifth database is one more block, and one more line at the end.

#[cfg(feature = "full-run")]
mod browser;
mod crowd;
mod faults;
mod journey;
mod killed;
mod pair;
mod pushed;

use crate::support::databases::Kind;

/// Makes each of these a test on this database.
macro_rules! on {
    ($store:ident, $kind:expr; $($file:ident: $($name:ident)*;)*) => {
        mod $store {
            use super::Kind;

            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    super::$file::$name($kind).await;
                }
            )*)*
        }
    };
}

on! { sqlite, Kind::Sqlite;
    journey: the_whole_journey;
    killed: what_was_answered_outlives_the_process;
    pushed: what_was_acknowledged_outlives_the_process;
}

on! { postgres, Kind::Postgres;
    journey: the_whole_journey;
    pair: two_processes_are_one_site;
    killed: what_was_answered_outlives_the_process what_was_answered_outlives_the_database_server;
    pushed: what_was_acknowledged_outlives_the_process what_was_acknowledged_outlives_the_database_server;
    faults: visitors_are_told_while_the_network_fails visitors_are_told_while_no_connection_is_free;
}

on! { mariadb, Kind::MariaDb;
    journey: the_whole_journey;
    pair: two_processes_are_one_site;
    killed: what_was_answered_outlives_the_process what_was_answered_outlives_the_database_server;
    pushed: what_was_acknowledged_outlives_the_process what_was_acknowledged_outlives_the_database_server;
    faults: visitors_are_told_while_the_network_fails visitors_are_told_while_no_connection_is_free;
}

#[cfg(feature = "mongodb")]
on! { mongodb, Kind::MongoDb;
    journey: the_whole_journey;
    pair: two_processes_are_one_site;
    killed: what_was_answered_outlives_the_process what_was_answered_outlives_the_database_server;
    pushed: what_was_acknowledged_outlives_the_process what_was_acknowledged_outlives_the_database_server;
    faults: visitors_are_told_while_the_network_fails;
}

#[cfg(feature = "full-run")]
on! { sqlite_in_a_browser, Kind::Sqlite; browser: the_journey_passes; }
#[cfg(feature = "full-run")]
on! { postgres_in_a_browser, Kind::Postgres; browser: the_journey_passes; }
#[cfg(feature = "full-run")]
on! { mariadb_in_a_browser, Kind::MariaDb; browser: the_journey_passes; }
#[cfg(all(feature = "full-run", feature = "mongodb"))]
on! { mongodb_in_a_browser, Kind::MongoDb; browser: the_journey_passes; }
