//! Forms and queries as pairs, as browsers write them.

/// The pairs of a form or a query (`application/x-www-form-urlencoded`), repeated ones too, in their order. Bytes that are
/// no UTF-8 are read lossily.
pub fn form_pairs(text: &str) -> Vec<(String, String)> {
    url::form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}

#[cfg(test)]
mod tests {
    use super::form_pairs;

    #[test]
    fn pairs_are_decoded_and_keep_their_order() {
        let pairs = form_pairs("q=ada+l%C3%B6v&user=1&user=2&odd&=x&bad=%ff");
        let expected =
            [("q", "ada löv"), ("user", "1"), ("user", "2"), ("odd", ""), ("", "x"), ("bad", "\u{fffd}")];
        assert_eq!(pairs, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }
}
