//! Where a log-in may lead: our own origin and nowhere else (RFC 9700 4.11).

use url::Url;

/// `asked`, byte for byte, if it is on the origin of `site`: a path with query and fragment, or an absolute
/// URL. None else. Whatever a browser might read in another way is refused, not repaired.
pub fn return_to<'a>(site: &Url, asked: &'a str) -> Option<&'a str> {
    // Browsers drop tabs and line ends within a URL, trim blanks around it, and read `\` as `/`.
    let odd = |c: char| c.is_control() || c == '\\';
    if asked.contains(odd) || asked.trim() != asked || asked.len() > 3072 {
        return None;
    }
    let starts_well = match asked.strip_prefix(site.as_str().trim_end_matches('/')) {
        Some(rest) => rest.is_empty() || rest.starts_with(['/', '?', '#']),
        None => asked.starts_with('/') && !asked.starts_with("//"),
    };
    if !starts_well {
        return None;
    }
    let read = site.join(asked).ok()?;
    // `/.//evil.example` is a path of ours, but whoever reads it again may take it for another site's.
    (read.origin() == site.origin() && !read.path().starts_with("//")).then_some(asked)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn site() -> Url {
        Url::parse("http://localhost:3000").unwrap()
    }

    #[test]
    fn a_path_on_our_origin_is_kept_byte_for_byte() {
        for kept in [
            "/",
            "/dashboard",
            "/a?b=c&d=%2F%2Fe#f",
            "/a//b",
            "/@evil.example",
            "/café",
            "/%5Cevil.example",
            "http://localhost:3000",
            "http://localhost:3000/a?b",
            "/?return_to=https://evil.example",
        ] {
            assert_eq!(return_to(&site(), kept), Some(kept));
        }
    }

    #[test]
    fn whatever_leads_elsewhere_counts_as_not_given() {
        for odd in [
            "",
            "dashboard",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            " /a",
            "/a ",
            "https://evil.example",
            "http://localhost:3000@evil.example",
            "http://localhost:3000.evil.example/",
            "http://localhost:30001/",
            "http://user@localhost:3000/",
            "https://localhost:3000/",
            "http://localhost:3000//evil.example",
            "/.//evil.example",
            "/a/..//evil.example",
            "javascript:alert(1)",
            "data:text/html,x",
            "/a\u{0}b",
            "?a",
            "#a",
        ] {
            assert_eq!(return_to(&site(), odd), None, "{odd:?}");
        }
    }

    #[test]
    fn an_address_is_at_most_3072_bytes_long() {
        let long = format!("/{}", "a".repeat(3071));
        assert_eq!(return_to(&site(), &long), Some(long.as_str()));
        assert_eq!(return_to(&site(), &format!("{long}a")), None);
    }

    proptest! {
        #[test]
        fn what_is_kept_is_on_our_origin(asked in "(http://localhost:3000)?[/\\\\@:.?#a-z\\t %0-9]{0,24}") {
            if let Some(kept) = return_to(&site(), &asked) {
                prop_assert_eq!(kept, asked.as_str());
                let read = site().join(kept).unwrap();
                prop_assert_eq!(read.origin(), site().origin());
                prop_assert!(read.username().is_empty() && read.password().is_none());
            }
        }
    }
}
