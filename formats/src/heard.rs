//! What one message, resource or record of a provider says of one account there. The caller, who knows the
//! provider, its issuer and when it was received, makes an [`identity::Observation`] of it.

use identity::{Claims, Extent, Standing, Timestamp};

/// What a source says of one account.
#[derive(Clone, Debug, PartialEq)]
pub struct Heard {
    /// The account's id at the provider, byte for byte: 1 to 255 bytes, no NUL.
    pub reference: String,
    /// In OpenID Connect's names where there are any, otherwise as received. No passwords, no tokens.
    pub claims: Claims,
    /// Whether silence means anything.
    pub extent: Extent,
    /// What it says of the account itself; none where it says nothing.
    pub standing: Option<Standing>,
    /// References of further accounts that the provider keeps as one with this one. That one of them is gone is
    /// no deletion.
    pub linked: Vec<String>,
    /// When the source said so; none where it does not say, and the time of receipt counts.
    pub at: Option<Timestamp>,
}

/// All of these claims, of no others.
pub(crate) fn full(claims: impl IntoIterator<Item = impl Into<String>>) -> Extent {
    Extent::Full(claims.into_iter().map(Into::into).collect())
}

impl Heard {
    /// Nothing but that the account is gone.
    pub fn gone(reference: String, at: Option<Timestamp>) -> Self {
        Self { standing: Some(Standing::Deleted), ..Self::new(reference, at) }
    }

    /// Says nothing yet.
    pub(crate) fn new(reference: String, at: Option<Timestamp>) -> Self {
        Self {
            reference,
            claims: Claims::new(),
            extent: Extent::Partial,
            standing: None,
            linked: Vec::new(),
            at,
        }
    }
}

/// Whether a text can name an account: 1 to 255 bytes, no NUL.
pub(crate) fn is_reference(text: &str) -> bool {
    (1..=255).contains(&text.len()) && !text.contains('\0')
}

#[cfg(test)]
mod tests {
    use super::is_reference;

    #[test]
    fn a_reference_has_1_to_255_bytes_and_no_nul() {
        let (most, more) = ("é".repeat(127) + "x", "é".repeat(128));
        for (text, fits) in
            [("", false), ("a", true), (" ", true), ("a\0", false), (&most, true), (&more, false)]
        {
            assert_eq!(is_reference(text), fits, "{text:?}");
        }
    }
}
