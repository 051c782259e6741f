//! Where the database is. Which adapter answers is the store's business; here only that one can.

use secrecy::{ExposeSecret, SecretString};
use url::Url;

/// The schemes of the databases we know.
const SCHEMES: &[&str] = &["sqlite", "postgres", "postgresql", "mysql", "mariadb", "mongodb", "mongodb+srv"];

/// The URL of a database; it may hold a password, so it never shows itself.
#[derive(Clone, Debug)]
pub struct DatabaseUrl(SecretString);

impl DatabaseUrl {
    /// # Errors
    /// A sentence, where the scheme is unknown or nothing follows it.
    pub(super) fn parse(value: &str) -> Result<Self, String> {
        let (scheme, rest) = value.split_once(':').ok_or_else(unknown)?;
        let url = match scheme.to_ascii_lowercase().as_str() {
            "file" => from_prisma(rest)?,
            "sqlite" => sqlite(rest)?,
            scheme if SCHEMES.contains(&scheme) => server(scheme, rest)?,
            _ => return Err(unknown()),
        };
        Ok(Self(url.into()))
    }

    /// The scheme, in lower case: `sqlite`, `postgres`, `postgresql`, `mysql`, `mariadb`, `mongodb` or `mongodb+srv`.
    pub fn scheme(&self) -> &str {
        let (scheme, _) = self.expose().split_once(':').unwrap_or_default();
        scheme
    }

    /// The URL itself, for the store.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

fn unknown() -> String {
    format!("must begin with one of {}:", SCHEMES.join(":, "))
}

/// Prisma's `file:./dev.db`: a path, with parameters that mean nothing here.
/// There it is relative to the schema's folder, here to the working directory.
fn from_prisma(rest: &str) -> Result<String, String> {
    let path = rest.split('?').next().unwrap_or_default();
    let path = path.strip_prefix("//").unwrap_or(path);
    sqlite(&format!("//{}", path.replace('%', "%25")))
}

/// A file that is not there yet is made, unless the URL says otherwise.
fn sqlite(rest: &str) -> Result<String, String> {
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let memory = path.contains(":memory:");
    if path.trim_start_matches('/').is_empty() || path.ends_with('/') {
        return Err("names no file".to_owned());
    }
    let says_how = query.split('&').any(|pair| pair == "mode" || pair.starts_with("mode="));
    Ok(match (query, says_how || memory) {
        ("", true) => format!("sqlite:{path}"),
        ("", false) => format!("sqlite:{path}?mode=rwc"),
        (query, true) => format!("sqlite:{path}?{query}"),
        (query, false) => format!("sqlite:{path}?{query}&mode=rwc"),
    })
}

/// MongoDB lists several hosts in one URL, which is none by the book.
fn server(scheme: &str, rest: &str) -> Result<String, String> {
    let url = format!("{scheme}:{rest}");
    let readable = match scheme {
        "mongodb" | "mongodb+srv" => rest.len() > 2,
        // PostgreSQL takes the user's name for one that is not there; these take none, and make none.
        "mysql" | "mariadb" => Url::parse(&url).is_ok_and(|url| url.path().len() > 1),
        _ => Url::parse(&url).is_ok(),
    };
    match readable && rest.starts_with("//") {
        true => Ok(url),
        false => Err(format!(
            "is not a URL such as {scheme}://user:password@host/name \
             (write odd characters in the password as %XX)"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(value: &str) -> String {
        DatabaseUrl::parse(value).unwrap().expose().to_owned()
    }

    #[test]
    fn every_database_we_promise_is_known() {
        for url in [
            "sqlite://sparekey.db?mode=rwc",
            "postgres://u:p@localhost/db",
            "postgresql:///db?host=/run/postgresql",
            "mysql://u:p@localhost:3306/db",
            "mariadb://localhost/db",
            "mongodb://u:p@a:1,b:2/db?replicaSet=rs0",
            "mongodb+srv://u:p@cluster.example.com/db",
        ] {
            assert_eq!(parse(url), url);
        }
        assert_eq!(DatabaseUrl::parse("POSTGRES://localhost/db").unwrap().scheme(), "postgres");
    }

    #[test]
    fn prismas_file_is_an_sqlite_file() {
        assert_eq!(parse("file:./dev.db"), "sqlite://./dev.db?mode=rwc");
        assert_eq!(parse("file:/data/50%.db?connection_limit=1"), "sqlite:///data/50%25.db?mode=rwc");
        assert_eq!(parse("file:///data/dev.db"), "sqlite:///data/dev.db?mode=rwc");
    }

    #[test]
    fn an_sqlite_file_is_made_unless_the_url_says_how_to_open_it() {
        assert_eq!(parse("sqlite:a.db"), "sqlite:a.db?mode=rwc");
        assert_eq!(parse("sqlite://a.db?mode=ro"), "sqlite://a.db?mode=ro");
        assert_eq!(parse("sqlite://a.db?cache=shared"), "sqlite://a.db?cache=shared&mode=rwc");
        assert_eq!(parse("sqlite::memory:"), "sqlite::memory:");
    }

    #[test]
    fn what_no_adapter_could_open_is_refused_without_being_repeated() {
        for bad in [
            "hunter2",
            "redis://hunter2",
            "http://hunter2",
            "sqlite:",
            "sqlite://",
            "sqlite:///",
            "file:",
            "mongodb://",
            "mongodb:hunter2",
            "postgres:hunter2",
            "mysql://u:hunter2@:x/",
            "mysql://u:hunter2@h",
            "mysql://u:hunter2@h/?ssl-mode=disabled",
            "mariadb://u:hunter2@h/",
        ] {
            let sentence = DatabaseUrl::parse(bad).unwrap_err();
            assert!(!sentence.contains("hunter2"), "{sentence}");
        }
        let shown = format!("{:?}", DatabaseUrl::parse("mysql://u:hunter2@h/d").unwrap());
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}
