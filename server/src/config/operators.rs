//! Who may enter the studio, as the settings name them.

/// One description of an operator; whoever fits one of them is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `email:ada@example.com`: whose e-mail this is, and verified.
    Email(String),
    /// `sub:ISSUER|SUBJECT`: who has this identity.
    Sub {
        /// Compared byte for byte.
        issuer: String,
        /// Compared byte for byte.
        subject: String,
    },
    /// `claim:NAME=VALUE`: whose claims hold this.
    Claim {
        /// The name of the claim.
        name: String,
        /// Its value, or one of them where it is a list.
        value: String,
    },
}

impl Operator {
    /// The name of the claim that makes somebody one, where it is a claim of the provider's.
    pub(super) fn claim(&self) -> Option<&str> {
        match self {
            Self::Claim { name, .. } => Some(name),
            Self::Email(_) | Self::Sub { .. } => None,
        }
    }
}

/// # Errors
/// A sentence, where one of the descriptions cannot be read.
pub(super) fn parse(value: &str) -> Result<Vec<Operator>, String> {
    value.split(',').map(|one| operator(one.trim())).collect()
}

fn operator(text: &str) -> Result<Operator, String> {
    let parts = text.split_once(':').and_then(|(kind, rest)| match kind {
        "email" => email(rest),
        "sub" => sub(rest),
        "claim" => claim(rest),
        _ => None,
    });
    parts.ok_or_else(|| {
        "must list operators as email:ada@example.com, sub:ISSUER|SUBJECT or claim:NAME=VALUE, \
         separated by commas"
            .to_owned()
    })
}

fn email(text: &str) -> Option<Operator> {
    let (local, domain) = text.rsplit_once('@')?;
    let whole = !local.is_empty() && !domain.is_empty() && !text.contains(char::is_whitespace);
    whole.then(|| Operator::Email(text.to_owned()))
}

/// A URL holds no bar, a subject may: Auth0's do.
fn sub(text: &str) -> Option<Operator> {
    let (issuer, subject) = text.split_once('|')?;
    let whole = super::site::issuer(issuer).is_ok() && !subject.is_empty();
    whole.then(|| Operator::Sub { issuer: issuer.to_owned(), subject: subject.to_owned() })
}

fn claim(text: &str) -> Option<Operator> {
    let (name, value) = text.split_once('=')?;
    let whole = !name.is_empty() && !value.is_empty();
    whole.then(|| Operator::Claim { name: name.to_owned(), value: value.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_operator_is_read() {
        let text = "email:ada@example.com, sub:https://acme.eu.auth0.com/|auth0|123,claim:role=a=b";
        assert_eq!(
            parse(text).unwrap(),
            [
                Operator::Email("ada@example.com".to_owned()),
                Operator::Sub {
                    issuer: "https://acme.eu.auth0.com/".to_owned(),
                    subject: "auth0|123".to_owned(),
                },
                Operator::Claim { name: "role".to_owned(), value: "a=b".to_owned() },
            ]
        );
    }

    #[test]
    fn a_description_that_would_fit_nobody_or_anybody_is_refused() {
        for bad in [
            "ada@example.com",
            "email:",
            "email:ada",
            "email:@example.com",
            "sub:kp_1",
            "sub:|kp_1",
            "sub:https://acme.kinde.com|",
            "claim:admin",
            "claim:=x",
            "claim:x=",
            "email:a@b,",
            "Email:a@b",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
