//! How single values are written: seconds, words, networks, switches. Each answers with a sentence where it cannot read one.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use identity::MissingLimit;
use ipnet::IpNet;

/// A hundred years: longer would only overflow somebody's calendar.
const LONGEST: u64 = 100 * 365 * 86_400;

/// What the log is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}

/// The one header of trusted proxies that is believed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ProxyHeader {
    #[default]
    XForwardedFor,
    /// RFC 7239.
    Forwarded,
}

pub(super) fn seconds(value: &str) -> Result<Duration, String> {
    let digits = value.bytes().all(|byte| byte.is_ascii_digit());
    match value.parse::<u64>() {
        Ok(seconds @ 1..=LONGEST) if digits => Ok(Duration::from_secs(seconds)),
        _ => Err("must be whole seconds, 1 or more".to_owned()),
    }
}

/// Seconds, of which 0 means never.
pub(super) fn seconds_or_never(value: &str) -> Result<Option<Duration>, String> {
    match value {
        "0" => Ok(None),
        value => seconds(value).map(Some).map_err(|_| "must be whole seconds, or 0 for never".to_owned()),
    }
}

/// A whole number from 1.
pub(super) fn count(value: &str) -> Result<u32, String> {
    let digits = value.bytes().all(|byte| byte.is_ascii_digit());
    match value.parse::<u32>() {
        Ok(count @ 1..) if digits => Ok(count),
        _ => Err("must be a whole number, 1 or more".to_owned()),
    }
}

/// How many people may go away at once.
pub(super) fn missing_limit(value: &str) -> Result<MissingLimit, String> {
    value.parse().map_err(|error: identity::NoLimit| error.to_string())
}

/// Words separated by blanks; each once, in their order.
pub(super) fn words(value: &str) -> Result<Vec<String>, String> {
    let mut words: Vec<String> = Vec::new();
    for word in value.split_whitespace() {
        if !words.iter().any(|before| before == word) {
            words.push(word.to_owned());
        }
    }
    Ok(words)
}

/// Scopes (RFC 6749 3.3); without `openid` there would be no ID token (OpenID Connect Core 3.1.2.1).
pub(super) fn scopes(value: &str) -> Result<Vec<String>, String> {
    let scopes = words(value)?;
    let sound = |byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    if !scopes.iter().all(|scope| scope.bytes().all(sound)) {
        return Err("has a character that no scope may have; separate scopes by spaces".to_owned());
    }
    match scopes.iter().any(|scope| scope == "openid") {
        true => Ok(scopes),
        false => Err("must have `openid` among its scopes".to_owned()),
    }
}

/// A client id (RFC 6749 A.1).
pub(super) fn client_id(value: &str) -> Result<String, String> {
    match value.bytes().all(|byte| matches!(byte, 0x20..=0x7e)) {
        true => Ok(value.to_owned()),
        false => Err("has a character that no client id may have".to_owned()),
    }
}

pub(super) fn address(value: &str) -> Result<SocketAddr, String> {
    value.parse().map_err(|_| "must be an address and a port such as 127.0.0.1:3000".to_owned())
}

/// Networks or single addresses, separated by commas or blanks.
pub(super) fn networks(value: &str) -> Result<Vec<IpNet>, String> {
    let sentence = "must list networks such as 10.0.0.0/8, separated by commas";
    value
        .split([',', ' '])
        .map(str::trim)
        .filter(|text| !text.is_empty())
        .map(|text| {
            let network = text.parse::<IpNet>().ok();
            network.or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
        })
        .collect::<Option<Vec<_>>>()
        .filter(|networks| !networks.is_empty())
        .ok_or_else(|| sentence.to_owned())
}

pub(super) fn switch(value: &str) -> Result<bool, String> {
    match value {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err("must be on or off".to_owned()),
    }
}

pub(super) fn proxy_header(value: &str) -> Result<ProxyHeader, String> {
    match value {
        _ if value.eq_ignore_ascii_case("x-forwarded-for") => Ok(ProxyHeader::XForwardedFor),
        _ if value.eq_ignore_ascii_case("forwarded") => Ok(ProxyHeader::Forwarded),
        _ => Err("must be x-forwarded-for or forwarded".to_owned()),
    }
}

pub(super) fn log_format(value: &str) -> Result<LogFormat, String> {
    match value {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err("must be text or json".to_owned()),
    }
}

pub(super) fn log_filter(value: &str) -> Result<String, String> {
    match tracing_subscriber::EnvFilter::builder().parse(value) {
        Ok(_) => Ok(value.to_owned()),
        Err(_) => Err("must be a level such as info, or a filter such as info,server=debug".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_whole_and_at_least_one() {
        assert_eq!(seconds("1"), Ok(Duration::from_secs(1)));
        assert_eq!(seconds("0060"), Ok(Duration::from_secs(60)));
        for bad in ["0", "-1", "+1", "1.5", "1s", "", "1 000", "99999999999999999999", "9999999999"] {
            assert!(seconds(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn scopes_are_words_with_openid_among_them() {
        assert_eq!(scopes("openid  email openid").unwrap(), ["openid".to_owned(), "email".to_owned()]);
        assert!(scopes("profile email").is_err());
        assert!(scopes("openid \"email\"").is_err());
        assert!(scopes("openid é").is_err());
    }

    #[test]
    fn networks_are_networks_or_addresses_of_either_family() {
        let read = networks("10.0.0.0/8, 192.0.2.1 fd00::/8").unwrap();
        let words: Vec<String> = read.iter().map(ToString::to_string).collect();
        assert_eq!(words, ["10.0.0.0/8", "192.0.2.1/32", "fd00::/8"]);
        for bad in ["loopback", "10.0.0.0/33", "10.0.0/8", ","] {
            assert!(networks(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_address_has_a_port() {
        assert!(address("127.0.0.1:3000").is_ok());
        assert!(address("[::]:0").is_ok());
        assert!(address("localhost:3000").is_err());
        assert!(address("127.0.0.1").is_err());
    }

    #[test]
    fn a_log_filter_is_one_that_tracing_understands() {
        assert!(log_filter("info").is_ok());
        assert!(log_filter("warn,server=debug,sqlx=off").is_ok());
        assert!(log_filter("server=loud").is_err());
    }
}
