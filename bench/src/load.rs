//! Load by `wrk`, for a bounded time.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::process::Process;

/// Seconds of one round.
pub(crate) const ROUND: u32 = 2;
/// Open connections.
const CONNECTIONS: u32 = 64;

/// What one round did.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Round {
    pub(crate) per_second: f64,
    /// Processor time of the server for 1,000 requests, in seconds.
    pub(crate) cpu_per_1000: f64,
}

/// Asks for one path as fast as it is answered, as the visitors of these cookies in turn.
///
/// # Errors
/// `wrk` fails, or an answer was no 2xx: what refuses is not measured.
pub(crate) fn round(server: &Process, path: &str, visitors: &Visitors<'_>) -> Result<Round> {
    let before = server.cpu()?;
    let mut wrk = Command::new("wrk");
    wrk.args(["-t2", &format!("-c{CONNECTIONS}"), &format!("-d{ROUND}s")]);
    match visitors {
        Visitors::Nobody => {}
        Visitors::One(cookies) => drop(wrk.arg("-H").arg(format!("Cookie: {cookies}"))),
        Visitors::Many(script) => drop(wrk.arg("-s").arg(script)),
    }
    let output = wrk.arg(format!("http://{}{path}", server.address)).output().context("wrk")?;
    let said = String::from_utf8_lossy(&output.stdout);
    ensure!(output.status.success(), "wrk: {said}{}", String::from_utf8_lossy(&output.stderr));
    ensure!(!said.contains("Non-2xx"), "{path} was not answered by 200 throughout:\n{said}");
    let done = Done::parse(&said).with_context(|| said.to_string())?;
    let cpu = server.cpu()? - before;
    Ok(Round { per_second: done.per_second, cpu_per_1000: cpu * 1000.0 / done.requests })
}

/// Whose cookies the requests carry.
pub(crate) enum Visitors<'a> {
    Nobody,
    One(&'a str),
    /// A script for `wrk`, written by [`in_turn`].
    Many(&'a Path),
}

/// Writes a script by which each request is of the next visitor.
pub(crate) fn in_turn(script: &Path, visitors: &[String]) -> Result<()> {
    let cookies: Vec<String> = visitors.iter().map(|cookies| format!("{cookies:?}")).collect();
    let text = format!(
        "local visitors = {{{}}}\nlocal at = 0\n\
         function request()\n  at = at % #visitors + 1\n  wrk.headers['Cookie'] = visitors[at]\n  \
         return wrk.format()\nend\n",
        cookies.join(", ")
    );
    Ok(std::fs::write(script, text)?)
}

struct Done {
    requests: f64,
    per_second: f64,
}

impl Done {
    /// `  12345 requests in 2.00s, 3.45MB read` and `Requests/sec:  6172.50`.
    fn parse(said: &str) -> Option<Self> {
        let requests = said.lines().find_map(|line| line.trim().split_once(" requests in "))?.0;
        let per_second = said.lines().find_map(|line| line.strip_prefix("Requests/sec:"))?;
        Some(Self { requests: requests.parse().ok()?, per_second: per_second.trim().parse().ok()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_wrk_says_is_read() {
        let said = "Running 2s test\n  12345 requests in 2.00s, 3MB read\nRequests/sec:   6172.50\n";
        let done = Done::parse(said).unwrap();
        assert_eq!((done.requests, done.per_second), (12345.0, 6172.5));
        assert!(Done::parse("unable to connect").is_none());
    }
}
