//! Log-ins, the whole way: to the provider, back, and the session's cookie.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use futures::future::try_join_all;
use reqwest::Response;
use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};

use crate::process::Process;

/// Log-ins under way at once.
const AT_ONCE: usize = 8;

/// Whoever logs in at one site.
pub(crate) struct Browser {
    http: reqwest::Client,
    site: String,
}

/// What one round of log-ins did.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LogIns {
    pub(crate) per_second: f64,
    /// Processor time of the server for one, in milliseconds.
    pub(crate) cpu: f64,
}

impl Browser {
    pub(crate) fn new(site: &str, server: SocketAddr) -> Result<Self> {
        let http = dev_provider::http::client();
        let http = http.resolve("localhost", server).timeout(Duration::from_secs(30)).build()?;
        Ok(Self { http, site: site.to_owned() })
    }

    /// Logs this subject in; the cookies of a signed-in browser come back.
    pub(crate) async fn log_in(&self, subject: &str) -> Result<String> {
        let left = self.http.get(format!("{}/auth/login", self.site)).send().await?;
        let (authorize, browser) = (location(&left)?, cookies(&left));
        let chosen = self.http.get(authorize).header("dev-choose", subject).send().await?;
        let back = self.http.get(location(&chosen)?).header(COOKIE, &browser).send().await?;
        let session = cookies(&back);
        ensure!(session.contains("session"), "{subject} was not signed in: {}", back.text().await?);
        Ok(format!("{browser}; {session}"))
    }

    /// Logs each of them in once; their cookies come back, in no order.
    pub(crate) async fn log_all_in(&self, subjects: &[String]) -> Result<Vec<String>> {
        let next = AtomicUsize::new(0);
        let workers = (0..AT_ONCE).map(|_| async {
            let mut signed_in = Vec::new();
            while let Some(subject) = subjects.get(next.fetch_add(1, Ordering::Relaxed)) {
                signed_in.push(self.log_in(subject).await?);
            }
            Ok::<_, anyhow::Error>(signed_in)
        });
        Ok(try_join_all(workers).await?.concat())
    }

    /// Logs people in for a while, over and over, and says what that cost the server.
    pub(crate) async fn round(
        &self,
        server: &Process,
        subjects: &[String],
        time: Duration,
    ) -> Result<LogIns> {
        let (start, before) = (Instant::now(), server.cpu()?);
        let next = AtomicUsize::new(0);
        let workers = (0..AT_ONCE).map(|_| async {
            while start.elapsed() < time {
                let at = next.fetch_add(1, Ordering::Relaxed);
                self.log_in(&subjects[at % subjects.len()]).await?;
            }
            Ok::<_, anyhow::Error>(())
        });
        try_join_all(workers).await?;
        let (took, count) = (start.elapsed().as_secs_f64(), next.into_inner() as f64);
        Ok(LogIns { per_second: count / took, cpu: (server.cpu()? - before) * 1000.0 / count })
    }
}

fn location(answer: &Response) -> Result<String> {
    let location = answer.headers().get(LOCATION).and_then(|value| value.to_str().ok());
    let location = location.with_context(|| format!("{} answered {}", answer.url(), answer.status()))?;
    Ok(answer.url().join(location)?.into())
}

/// The cookies that an answer sets, as a browser sends them back.
fn cookies(answer: &Response) -> String {
    let lines = answer.headers().get_all(SET_COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs: Vec<&str> = lines.filter_map(|line| line.split(';').next()).collect();
    pairs.join("; ")
}
