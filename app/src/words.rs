//! What a visitor reads about a refusal: what happened, what it means for them, what to do next. One entry
//! for each code, with no default: a new code is a compile error until somebody chooses its words.
//! `{who}` stands for the provider by its configured name.

use identity::Code;

/// The words of one refusal.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words {
    /// What happened: the heading, and without its full stop the title of the page.
    pub(crate) title: &'static str,
    /// What it means for the visitor.
    pub(crate) lead: &'static str,
    /// What to do next.
    pub(crate) advice: &'static str,
    /// The first button.
    pub(crate) step: Step,
}

/// The next step that a page offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    LogIn,
    /// A log-in at which the provider asks the person anew.
    Anew,
    Retry,
    Home,
}

/// The words for a code.
pub(crate) fn words(code: Code) -> Words {
    match code {
        Code::LoginUnknown => log_in("This browser did not start that log-in.", UNCHANGED, COOKIES),
        Code::LoginExpired => log_in(
            "Your log-in took too long.",
            "It was started a good while ago, so we let it go. Nothing was changed.",
            COOKIES,
        ),
        Code::LoginUsed => log_in(
            "That log-in is over.",
            "Its answer has been used before, and each can be used once. Nothing was changed.",
            "If you are signed in already, go to Home; otherwise log in again.",
        ),
        Code::ProviderMismatch => log_in(
            "The answer came to the wrong address.",
            "It belongs to a log-in at another provider. Nobody was signed in and nothing was written.",
            AGAIN,
        ),
        Code::ProviderUnknown => log_in(
            "There is no such provider here.",
            "The address names one that this site does not know. Nothing was changed.",
            "Log in with a provider that this site offers.",
        ),
        Code::ParameterInvalid => log_in(
            "We cannot read that request.",
            "Something in it is missing or malformed. Nothing was changed.",
            "Go back and try once more. If a link on this site brought you here, the mistake is ours.",
        ),
        Code::IdentityTaken => home(
            "That log-in belongs to another user.",
            "It is linked to somebody else here, for good. Nothing was changed.",
            "Log in with it to reach that user, or link another provider.",
        ),

        Code::IdentityLast => home(
            "That is the only way into your account.",
            "Without it you could not log in any more. Nothing was changed.",
            "Link another provider first, then take this one away.",
        ),
        Code::InvitationUnknown => home(
            "We do not know that invitation.",
            "It may have been withdrawn, or the address is not whole. Nothing was changed.",
            "Ask whoever sent it to you for another one.",
        ),
        Code::InvitationExpired => home(
            "That invitation is too old.",
            "Invitations are good for a week. Nothing was changed.",
            "Ask whoever sent it to you for another one.",
        ),
        Code::InvitationUsed => log_in(
            "That invitation has been used.",
            "Each is good once. Nothing was changed.",
            "If it was you who used it, log in as you did then. If not, tell the people who run this site at once.",
        ),
        Code::DuplicateParameter => odd("The answer says the same thing twice."),
        Code::StateMissing => odd("The answer does not say which log-in it belongs to."),
        Code::IssMissing => odd("The answer does not say which provider it is from."),
        Code::IssMismatch => odd("The answer is from another provider than the one we asked."),
        Code::CodeMissing => odd("The answer has no code in it."),
        Code::LoginCancelled => log_in(
            "You cancelled the log-in.",
            "{Who} sent you back without logging you in. Nothing was written.",
            "Did you not mean to? Then log in again.",
        ),
        Code::LoginRequired => asks("{Who} wants you to sign in there first."),
        Code::InteractionRequired => asks("{Who} wants to ask you something first."),
        Code::ConsentRequired => asks("{Who} wants your consent first."),
        Code::AccountSelectionRequired => asks("{Who} wants you to choose an account first."),
        Code::UnmetAuthenticationRequirements => log_in(
            "{Who} could not check you as strongly as this site asked.",
            "Nobody was signed in and nothing was written.",
            "Log in again with a stronger way, a passkey or a second factor, if you have one there.",
        ),
        Code::LoginLinkExpired => log_in(
            "The link in your message has expired.",
            "{Who} does not take it any more. Nothing was changed.",
            "Log in again to have a new one sent.",
        ),
        Code::TemporarilyUnavailable => retry("{Who} is busy right now.", SAFE, MINUTE),
        Code::ServerError => retry("{Who} met a fault of its own.", SAFE, MINUTE),
        Code::InvalidRequest => settings("{Who} says that our request is invalid."),
        Code::InvalidRequestObject => settings("{Who} cannot read our request object."),
        Code::UnauthorizedClient => settings("{Who} does not let this site ask for a log-in."),
        Code::UnsupportedResponseType => settings("{Who} does not give the kind of answer we need."),
        Code::InvalidScope => settings("{Who} does not know what this site asked to see."),
        Code::ProviderError => log_in(
            "{Who} answered with an error.",
            "It did not log you in. Nobody was signed in and nothing was written.",
            AGAIN,
        ),

        Code::SignedOut => log_in(
            "You are not signed in.",
            "What you asked for is only for people who are. Nothing was changed.",
            "Log in to go on.",
        ),
        Code::Denied => home(
            "You may not do that.",
            "You are signed in, and your account is not allowed this. Nothing was changed.",
            "If you think that it should be, ask the people who run this site.",
        ),
        Code::UserDisabled => home(
            "This account is disabled here.",
            "Only the people who run this site can change that.",
            "If you think that it is a mistake, write to them and send the line below along.",
        ),
        Code::CrossSite => home(
            "That request came from another site.",
            "We did nothing with it. Nothing was changed.",
            "If you pressed a button here, reload its page and press it again.",
        ),
        Code::TooManyRequests => retry(
            "There were too many requests from your network.",
            "We answer fewer of them for a while. Nothing was changed.",
            MINUTE,
        ),

        Code::ClientRefused => settings("{Who} does not recognise this site."),
        Code::CodeRefused => log_in(
            "{Who} did not take its code back.",
            "It may have expired on the way. Nobody was signed in and nothing was written.",
            AGAIN,
        ),
        Code::EndpointForbidden => settings("{Who} names an address that we do not call."),
        Code::AnswerUnexpected => odd("{Who} answered in a way that it should not."),
        Code::AnswerTooLarge => odd("The answer of {who} is too large."),
        Code::TokenResponseMalformed => odd("We cannot read the answer of {who}."),
        Code::AccessTokenMissing => odd("The answer of {who} has no access token."),
        Code::TokenTypeUnsupported => odd("The access token of {who} is of a kind we do not use."),
        Code::IdTokenMissing => odd("The answer of {who} has no ID token."),
        Code::TokenTooLarge => odd("The token is too large."),
        Code::TokenMalformed => odd("We cannot read the token."),
        Code::TokenEncrypted => odd("The token is encrypted, and we cannot open it."),
        Code::DuplicateMember => odd("The token says the same thing twice."),
        Code::TypWrong => odd("The token is of another kind than it should be."),
        Code::CritUnsupported => odd("The token demands something that we do not know."),
        Code::LogoutTokenAsIdToken => odd("The token is one for logging out, not in."),
        Code::IssuerMismatch => odd("The token is from another issuer than the one we asked."),
        Code::AudienceMissing => odd("The token does not say whom it is for."),
        Code::AudienceMismatch => odd("The token is meant for somebody else."),
        Code::AudienceUntrusted => odd("The token is also meant for somebody whom we do not trust."),
        Code::AuthorizedPartyMissing => odd("The token does not say whom it was issued to."),
        Code::AuthorizedPartyMismatch => odd("The token was issued to another site."),
        Code::AlgorithmMismatch => odd("The token is signed in another way than agreed."),
        Code::KeyUnknown => odd("None of the keys of {who} fits the token."),
        Code::KeyTooShort => odd("The key of {who} is too short to be trusted."),
        Code::SignatureInvalid => odd("The signature of the token is wrong."),
        Code::ExpiryMissing => odd("The token does not say when it expires."),
        Code::Expired => odd("The token has expired."),
        Code::NotYetValid => odd("The token is not valid yet."),
        Code::IssuedAtMissing => odd("The token does not say when it was issued."),
        Code::IssuedInFuture => odd("The token was issued in the future."),
        Code::IssuedTooLongAgo => odd("The token was issued too long ago."),
        Code::NonceMissing => odd("The token has no nonce."),
        Code::NonceMismatch => odd("The nonce is another one than we sent."),
        Code::AccessTokenHashMismatch => odd("The two tokens do not belong together."),
        Code::AcrUnmet => strength("You were not checked in the way that this site asked."),
        Code::AuthTimeMissing => strength("{Who} does not say when it last checked you."),
        Code::AuthTimeTooOld => strength("{Who} last checked you too long ago."),
        Code::AuthTimeInFuture => strength("{Who} says that it will check you in the future."),
        Code::SubjectMissing => odd("The token does not say who you are."),
        Code::SubjectInvalid => odd("We cannot read who you are from the token."),
        Code::IssuerChanged => odd("The renewed token is from another issuer."),
        Code::SubjectChanged => odd("The renewed token is about somebody else."),
        Code::AudienceChanged => odd("The renewed token is meant for others than the first."),
        Code::LogoutEventMissing => odd("The logout token does not ask for a log-out."),
        Code::LogoutNoncePresent => odd("The logout token has a nonce, and may have none."),
        Code::JtiMissing => odd("The logout token has no id of its own."),
        Code::SidInvalid => odd("We cannot read the session in the token."),
        Code::SubjectAndSidMissing => odd("The logout token does not say who is to be logged out."),
        Code::UserinfoMalformed => odd("We cannot read what {who} says about you."),
        Code::UserinfoSubjectMissing => odd("What {who} says does not name the person it is about."),
        Code::UserinfoSubjectMismatch => odd("What {who} says is about somebody else."),
        Code::MetadataMalformed => settings("We cannot read how {who} is to be spoken to."),
        Code::MetadataIssuerMismatch => settings("{Who} calls itself by another name than we know it by."),
        Code::MetadataAuthorizationEndpoint => settings("{Who} does not say where to log in."),
        Code::MetadataTokenEndpoint => settings("{Who} does not say where its tokens are."),
        Code::MetadataKeysAddress => settings("{Who} does not say where its keys are."),
        Code::KeysMalformed => odd("We cannot read the keys of {who}."),

        Code::ProviderUnavailable => retry(
            "{Who} cannot be reached right now.",
            "You cannot log in there right now. Your record here is safe, and whoever is signed in stays signed in.",
            MINUTE,
        ),
        Code::DatabaseUnavailable => retry(
            "Our database cannot be used right now.",
            "What was stored is safe, and nothing was changed. We cannot read or write it right now.",
            MINUTE,
        ),
        Code::SearchFilling => retry(
            "The list is still being made.",
            "Users who were here before there was a search are still being taken into it, and a file made now would lack some. `sparekey users export` has everybody at any time.",
            MINUTE,
        ),
        Code::NotFound => home(
            "There is no page here.",
            "The address leads nowhere. Perhaps a letter is missing.",
            "If a link on this site brought you here, the mistake is ours.",
        ),
        Code::MethodNotAllowed => home(
            "This page cannot be asked for in that way.",
            "There is a page at this address, and it does not answer to what was sent. Nothing was changed.",
            "If a link or a button on this site brought you here, the mistake is ours.",
        ),
        Code::BodyTooLarge => home(
            "That is more than we read.",
            "What was sent is too large, so we left it unread. Nothing was changed.",
            "Send less, or go back and try once more.",
        ),
        Code::MediaTypeUnsupported => home(
            "We cannot read what was sent.",
            "We read forms here, and this is something else. Nothing was changed.",
            "If a button on this site brought you here, the mistake is ours.",
        ),
        Code::RecordRefused => home(
            "We cannot keep your record as it is.",
            "Our database does not take what is to be written about you. What was stored is safe, and nothing was changed.",
            "Tell the people who run this site; the line below helps them. Nobody else is concerned.",
        ),
        Code::Internal => home(
            "Something went wrong on our side.",
            "The mistake is ours. What was stored is safe.",
            "Try again in a minute. If it happens again, tell the people who run this site.",
        ),
    }
}

/// A text with the provider's name in place.
pub(crate) fn name(text: &str, provider: Option<&str>) -> String {
    text.replace("{Who}", provider.unwrap_or("Your provider"))
        .replace("{who}", provider.unwrap_or("your provider"))
}

const UNCHANGED: &str = "It may have been started in another browser, or long ago. Nothing was changed.";
const UNBELIEVED: &str = "So we did not believe it. Nobody was signed in and nothing was written.";
const SAFE: &str = "You cannot log in there right now. Your record here is safe.";
const AGAIN: &str = "Log in again. If it happens again, tell the people who run this site.";
const MINUTE: &str = "Try again in a minute.";
const COOKIES: &str =
    "Log in again; it takes a few seconds. If this keeps happening, check that this browser accepts cookies.";

fn log_in(title: &'static str, lead: &'static str, advice: &'static str) -> Words {
    Words { title, lead, advice, step: Step::LogIn }
}

fn retry(title: &'static str, lead: &'static str, advice: &'static str) -> Words {
    Words { title, lead, advice, step: Step::Retry }
}

fn home(title: &'static str, lead: &'static str, advice: &'static str) -> Words {
    Words { title, lead, advice, step: Step::Home }
}

/// What a provider sent cannot be read or believed.
fn odd(title: &'static str) -> Words {
    log_in(title, UNBELIEVED, AGAIN)
}

/// The provider wants something of the visitor.
fn asks(title: &'static str) -> Words {
    log_in(title, "It did not log you in on its own. Nothing was changed.", "Log in again, and answer there.")
}

/// A page asked for a fresh or a strong log-in.
fn strength(title: &'static str) -> Words {
    let lead = "This page asks for a fresh log-in. Whoever was signed in still is.";
    Words { step: Step::Anew, ..log_in(title, lead, "Log in again.") }
}

/// Only whoever runs the site can mend it.
fn settings(title: &'static str) -> Words {
    home(
        title,
        "Nobody can log in there right now. Nobody was signed in and nothing was written.",
        "The people who run this site have to look at its settings; the line below helps them.",
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use strum::IntoEnumIterator;

    use super::*;

    #[test]
    fn each_code_has_a_heading_of_its_own_that_is_a_sentence() {
        let titles: BTreeSet<&str> = Code::iter().map(|code| words(code).title).collect();
        assert_eq!(titles.len(), Code::iter().count());
        assert!(titles.iter().all(|title| title.ends_with('.') && title.len() > 10));
    }

    #[test]
    fn each_code_says_what_it_means_and_what_to_do_in_the_voice_of_the_house() {
        for code in Code::iter() {
            let words = words(code);
            for text in [words.title, words.lead, words.advice] {
                assert!(text.ends_with('.'), "{code}: {text}");
                assert!(!text.contains('!') && !text.to_lowercase().contains("oops"), "{code}: {text}");
                assert!(!text.contains("login"), "{code}: log in is a verb, log-in a noun: {text}");
                assert!(!name(text, Some("kinde")).contains(['{', '}']), "{code}: {text}");
            }
        }
    }

    #[test]
    fn what_cannot_be_reached_can_be_tried_again() {
        for code in Code::iter().filter(|code| code.status() == 503) {
            assert_eq!(words(code).step, Step::Retry, "{code}");
        }
    }

    #[test]
    fn a_provider_is_called_by_its_configured_name() {
        let title = words(Code::ProviderUnavailable).title;
        assert_eq!(name(title, Some("kinde")), "kinde cannot be reached right now.");
        assert_eq!(name(title, None), "Your provider cannot be reached right now.");
    }
}
