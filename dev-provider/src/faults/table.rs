//! The faults, one line each: name, variant, and the change it makes. One marked `harmless` is
//! odd but legal, or concerns what nobody needs: a relying party must let the person pass.

use serde_json::{Map, Value, json};

use super::bite::{Bite, Doc, Jwt, Reply};
use super::edits::*;
use crate::calls::Endpoint;
use crate::jwt::{Draft, Seal};
use crate::keys::{Algorithm, Keys};

use Bite::{Http, Json, Params, Subject};
use Reply::{Drip, Edit, Error, Header, Redirect, Slow, Status};

const STRANGER: &str = "https://stranger.example";
const DAY: i64 = 86_400;

macro_rules! faults {
    (@mark harmless) => { true };
    (@mark) => { false };
    ($($name:ident $variant:ident $bite:expr $(, $harmless:ident)?;)*) => {
        /// A way to misbehave. [`Fault::label`] says it in words.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Fault { $($variant),* }

        impl Fault {
            /// All of them, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Its name in forms and in the API.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => stringify!($name)),* }
            }

            /// Whether a relying party must let the person pass, keep the session or finish
            /// the log-out all the same. Every other fault must be refused where it shows.
            pub fn is_harmless(self) -> bool {
                match self { $(Self::$variant => faults!(@mark $($harmless)?)),* }
            }

            /// Where it bites and what it changes there.
            pub(crate) fn bite(self) -> Bite {
                match self { $(Self::$variant => $bite),* }
            }
        }
    };
}

faults! {
    // The protocol claims of the ID token (OpenID Connect Core 2 and 3.1.3.7).
    wrong_nonce WrongNonce id_token(|t, _| t.set("nonce", "another"));
    wrong_signature WrongSignature id_token(|t, _| t.seal(Seal::Foreign));
    wrong_issuer WrongIssuer id_token(|t, _| t.set("iss", STRANGER));
    wrong_audience WrongAudience id_token(|t, _| t.set("aud", "another-client"));
    expired_id_token ExpiredIdToken id_token(|t, s| t.set("exp", s.now - 3600));
    missing_nonce MissingNonce id_token(|t, _| t.drop("nonce"));
    missing_iss MissingIss id_token(|t, _| t.drop("iss"));
    missing_aud MissingAud id_token(|t, _| t.drop("aud"));
    missing_exp MissingExp id_token(|t, _| t.drop("exp"));
    missing_iat MissingIat id_token(|t, _| t.drop("iat"));
    missing_sub MissingSub id_token(|t, _| t.drop("sub"));
    nonce_number NonceNumber id_token(|t, _| t.set("nonce", 7));
    iss_with_slash IssWithSlash id_token(|t, s| t.set("iss", format!("{}/", s.issuer)));
    iss_array IssArray id_token(|t, s| t.set("iss", json!([s.issuer])));
    aud_array AudArray id_token(|t, s| t.set("aud", json!([s.client_id]))), harmless;
    aud_empty_array AudEmptyArray id_token(|t, _| t.set("aud", json!([])));
    aud_null AudNull id_token(|t, _| t.set("aud", Value::Null));
    aud_number AudNumber id_token(|t, _| t.set("aud", 7));
    aud_with_number AudWithNumber id_token(|t, s| t.set("aud", json!([s.client_id, 7])));
    aud_other_case AudOtherCase id_token(|t, s| t.set("aud", s.client_id.to_uppercase()));
    aud_with_stranger AudWithStranger id_token(|t, s| t.set("aud", json!([s.client_id, "stranger"])));
    aud_with_stranger_without_azp AudWithStrangerWithoutAzp id_token(|t, s| { t.set("aud", json!([s.client_id, "stranger"])); t.drop("azp") });
    aud_with_stranger_and_other_azp AudWithStrangerAndOtherAzp id_token(|t, s| { t.set("aud", json!([s.client_id, "stranger"])); t.set("azp", "stranger") });
    aud_is_issuer AudIsIssuer id_token(|t, s| t.set("aud", json!([s.issuer]))); // harmless at Kinde alone
    azp_other AzpOther id_token(|t, _| t.set("azp", "stranger"));
    azp_number AzpNumber id_token(|t, _| t.set("azp", 7));
    azp_missing AzpMissing id_token(|t, _| t.drop("azp")), harmless;
    iat_in_future IatInFuture id_token(|t, s| t.set("iat", s.now + 3600));
    iat_30_seconds_ahead Iat30SecondsAhead id_token(|t, s| t.set("iat", s.now + 30)), harmless;
    iat_old IatOld id_token(|t, s| t.set("iat", s.now - DAY));
    iat_5_minutes_old Iat5MinutesOld id_token(|t, s| t.set("iat", s.now - 300)), harmless;
    iat_string IatString id_token(|t, s| t.set("iat", s.now.to_string()));
    iat_float IatFloat id_token(|t, s| t.set("iat", s.now as f64 + 0.5)), harmless;
    nbf_in_future NbfInFuture id_token(|t, s| t.set("nbf", s.now + 3600));
    nbf_now NbfNow id_token(|t, s| t.set("nbf", s.now)), harmless;
    nbf_string NbfString id_token(|t, s| t.set("nbf", s.now.to_string()));
    exp_30_seconds_ago Exp30SecondsAgo id_token(|t, s| t.set("exp", s.now - 30)), harmless; // within the leeway
    exp_string ExpString id_token(|t, s| t.set("exp", (s.now + 3600).to_string()));
    exp_float ExpFloat id_token(|t, s| t.set("exp", s.now as f64 + 3600.5)), harmless;
    exp_null ExpNull id_token(|t, _| t.set("exp", Value::Null));
    exp_negative ExpNegative id_token(|t, _| t.set("exp", -1));
    at_hash_wrong AtHashWrong id_token(|t, _| t.set("at_hash", "AAAAAAAAAAAAAAAAAAAAAA"));
    at_hash_number AtHashNumber id_token(|t, _| t.set("at_hash", 7));
    at_hash_missing AtHashMissing id_token(|t, _| t.drop("at_hash")), harmless; // in the code flow
    acr_not_as_asked AcrNotAsAsked id_token(|t, _| t.set("acr", "urn:example:weak")), harmless; // unless it was asked for
    acr_missing AcrMissing id_token(|t, _| t.drop("acr")), harmless; // unless it was asked for
    auth_time_old AuthTimeOld id_token(|t, s| t.set("auth_time", s.now - DAY)), harmless; // unless it was asked for
    auth_time_in_future AuthTimeInFuture id_token(|t, s| t.set("auth_time", s.now + DAY)), harmless; // unless it was asked for
    auth_time_missing AuthTimeMissing id_token(|t, _| t.drop("auth_time")), harmless; // unless it was asked for
    auth_time_string AuthTimeString id_token(|t, _| t.set("auth_time", "yesterday")), harmless; // unless it was asked for
    amr_string AmrString id_token(|t, _| t.set("amr", "pwd")), harmless; // nobody asked
    sid_missing SidMissing id_token(|t, _| t.drop("sid")), harmless;
    sid_number SidNumber id_token(|t, _| t.set("sid", 7)), harmless;
    session_expiry_in_2_seconds SessionExpiryIn2Seconds id_token(|t, s| t.set("session_expiry", s.now + 2)), harmless;
    session_expiry_string SessionExpiryString id_token(|t, _| t.set("session_expiry", "soon")), harmless;
    session_expiry_past SessionExpiryPast id_token(|t, s| t.set("session_expiry", s.now - 60));
    duplicate_iss DuplicateIss id_token(|t, _| t.twice("iss", STRANGER));
    duplicate_sub DuplicateSub id_token(|t, _| t.twice("sub", "dev|9999"));
    duplicate_nonce DuplicateNonce id_token(|t, _| t.twice("nonce", "another"));
    duplicate_odd_claim DuplicateOddClaim id_token(|t, _| t.twice("sid", "another"));
    events_in_id_token EventsInIdToken id_token(|t, _| t.set("events", logout_event()));
    logout_token_as_id_token LogoutTokenAsIdToken id_token(|t, _| { t.head("typ", "logout+jwt"); t.set("events", logout_event()); t.drop("nonce") });

    // The subject, the same in ID token and userinfo (Core 2: at most 255 ASCII characters).
    sub_empty SubEmpty Subject(|_| json!(""));
    sub_number SubNumber Subject(|_| json!(1));
    sub_null SubNull Subject(|_| Value::Null);
    sub_object SubObject Subject(|s| json!({"id": s}));
    sub_255_bytes Sub255Bytes Subject(|_| json!("s".repeat(255))), harmless;
    sub_256_bytes Sub256Bytes Subject(|_| json!("s".repeat(256)));
    sub_256_bytes_in_128_letters Sub256BytesIn128Letters Subject(|_| json!("é".repeat(128)));
    sub_with_nul SubWithNul Subject(|s| json!(format!("{s}\0")));
    sub_with_trailing_blank SubWithTrailingBlank Subject(|s| json!(format!("{s} "))), harmless; // somebody else

    // Header, key and signature (RFC 7515, RFC 8725).
    alg_none AlgNone id_token(|t, _| t.seal(Seal::Nobody));
    alg_none_in_mixed_case AlgNoneInMixedCase id_token(|t, _| { t.seal(Seal::Nobody); t.head("alg", "nOnE") });
    alg_none_with_signature AlgNoneWithSignature id_token(|t, _| t.head("alg", "none"));
    alg_hs256_with_secret AlgHs256WithSecret id_token(|t, _| t.seal(Seal::Secret));
    alg_hs256_with_public_key AlgHs256WithPublicKey id_token(|t, _| t.seal(Seal::PublicKey));
    alg_rs512 AlgRs512 id_token(|t, _| t.seal(Seal::Own(Algorithm::Rs512)));
    alg_ps256 AlgPs256 id_token(|t, _| t.seal(Seal::Own(Algorithm::Ps256)));
    alg_in_lower_case AlgInLowerCase id_token(|t, _| t.head("alg", "rs256"));
    alg_missing AlgMissing id_token(|t, _| t.behead("alg"));
    unknown_kid UnknownKid id_token(|t, _| { t.seal(Seal::Foreign); t.head("kid", "nobody-knows") });
    no_kid NoKid id_token(|t, _| t.behead("kid")), harmless; // with one key
    no_kid_and_wrong_signature NoKidAndWrongSignature id_token(|t, _| { t.behead("kid"); t.seal(Seal::Foreign) });
    kid_number KidNumber id_token(|t, _| t.head("kid", 1)), harmless; // counts as absent
    crit_header CritHeader id_token(|t, _| { t.head("crit", json!(["urn:example:must"])); t.head("urn:example:must", true) });
    crit_exp CritExp id_token(|t, s| { t.head("crit", json!(["exp"])); t.head("exp", s.now + 3600) });
    crit_empty CritEmpty id_token(|t, _| t.head("crit", json!([])));
    b64_false B64False id_token(|t, _| { t.head("crit", json!(["b64"])); t.head("b64", false) });
    typ_at_jwt TypAtJwt id_token(|t, _| t.head("typ", "at+jwt"));
    typ_logout_jwt TypLogoutJwt id_token(|t, _| t.head("typ", "logout+jwt"));
    typ_number TypNumber id_token(|t, _| t.head("typ", 7));
    typ_missing TypMissing id_token(|t, _| t.behead("typ")), harmless;
    typ_in_lower_case TypInLowerCase id_token(|t, _| t.head("typ", "jwt")), harmless;
    attacker_jwk AttackerJwk id_token(|t, _| t.forge("jwk", Keys::foreign().public_jwk(Algorithm::Rs256)));
    attacker_jku AttackerJku id_token(|t, s| t.forge("jku", format!("{}/trap/jwks", s.base)));
    attacker_x5u AttackerX5u id_token(|t, s| t.forge("x5u", format!("{}/trap/x5u", s.base)));
    attacker_jwk_under_our_kid AttackerJwkUnderOurKid id_token(|t, _| { t.seal(Seal::Foreign); t.head("jwk", Keys::foreign().public_jwk(Algorithm::Rs256)) });
    signature_missing SignatureMissing id_token(|t, _| t.mangle(|jws| cut(&jws, 2) + "."));
    // By nine letters, so that what is left is no base64url whatever its bits are.
    signature_cut_short SignatureCutShort id_token(|t, _| t.mangle(|jws| jws[..jws.len() - 9].to_owned()));
    signature_padded SignaturePadded id_token(|t, _| t.mangle(|jws| jws + "=="));
    malformed_jws MalformedJws id_token(|t, _| t.mangle(|_| "not-a-token".to_owned()));
    jws_of_two_parts JwsOfTwoParts id_token(|t, _| t.mangle(|jws| cut(&jws, 2)));
    jws_of_four_parts JwsOfFourParts id_token(|t, _| t.mangle(|jws| jws + ".AAAA"));
    jws_of_five_parts JwsOfFiveParts id_token(|t, _| t.mangle(|jws| jws + ".AAAA.AAAA"));
    jws_with_line_break JwsWithLineBreak id_token(|t, _| t.mangle(|jws| jws.replacen('.', ".\n", 1)));

    // The token answer (RFC 6749 5).
    no_id_token NoIdToken tokens(|m, _| forget(m, "id_token"));
    id_token_null IdTokenNull tokens(|m, _| put(m, "id_token", Value::Null));
    id_token_number IdTokenNumber tokens(|m, _| put(m, "id_token", 7));
    id_token_empty IdTokenEmpty tokens(|m, _| put(m, "id_token", ""));
    token_type_mac TokenTypeMac tokens(|m, _| put(m, "token_type", "mac"));
    token_type_dpop TokenTypeDpop tokens(|m, _| put(m, "token_type", "DPoP"));
    token_type_missing TokenTypeMissing tokens(|m, _| forget(m, "token_type"));
    token_type_upper_case TokenTypeUpperCase tokens(|m, _| put(m, "token_type", "BEARER")), harmless;
    expires_in_string ExpiresInString tokens(|m, _| put(m, "expires_in", "3600")), harmless;
    expires_in_negative ExpiresInNegative tokens(|m, _| put(m, "expires_in", -1)), harmless;
    expires_in_missing ExpiresInMissing tokens(|m, _| forget(m, "expires_in")), harmless;
    expires_in_huge ExpiresInHuge tokens(|m, _| put(m, "expires_in", u64::MAX)), harmless;
    scope_array ScopeArray tokens(|m, _| put(m, "scope", json!(["openid"]))), harmless;
    refresh_token_number RefreshTokenNumber tokens(|m, _| put(m, "refresh_token", 7)), harmless;
    no_access_token NoAccessToken tokens(|m, _| forget(m, "access_token"));
    access_token_empty AccessTokenEmpty tokens(|m, _| put(m, "access_token", ""));
    access_token_number AccessTokenNumber tokens(|m, _| put(m, "access_token", 7));
    token_endpoint_404 TokenEndpoint404 Http(Endpoint::Token, Status(404));
    token_endpoint_405 TokenEndpoint405 Http(Endpoint::Token, Status(405));
    token_endpoint_500 TokenEndpoint500 Http(Endpoint::Token, Status(500));
    token_endpoint_503 TokenEndpoint503 Http(Endpoint::Token, Status(503));
    token_endpoint_429 TokenEndpoint429 Http(Endpoint::Token, Status(429));
    token_endpoint_401 TokenEndpoint401 Http(Endpoint::Token, Status(401));
    token_endpoint_invalid_grant TokenEndpointInvalidGrant Http(Endpoint::Token, Error(400, "invalid_grant"));
    token_endpoint_invalid_client TokenEndpointInvalidClient Http(Endpoint::Token, Error(401, "invalid_client"));
    token_endpoint_error_with_200 TokenEndpointErrorWith200 Http(Endpoint::Token, Error(200, "invalid_grant"));
    token_endpoint_redirect TokenEndpointRedirect Http(Endpoint::Token, Redirect);
    token_endpoint_slow TokenEndpointSlow Http(Endpoint::Token, Slow);
    token_endpoint_drip TokenEndpointDrip Http(Endpoint::Token, Drip);
    token_endpoint_huge TokenEndpointHuge Http(Endpoint::Token, Edit(swell));
    token_endpoint_not_json TokenEndpointNotJson Http(Endpoint::Token, Edit(html));
    token_endpoint_array TokenEndpointArray Http(Endpoint::Token, Edit(in_array));
    token_endpoint_empty TokenEndpointEmpty Http(Endpoint::Token, Edit(|_| String::new()));
    token_endpoint_cut_short TokenEndpointCutShort Http(Endpoint::Token, Edit(halve));
    token_endpoint_html_type TokenEndpointHtmlType Http(Endpoint::Token, Header("content-type", "text/html")), harmless; // it is JSON all the same
    token_endpoint_duplicate_id_token TokenEndpointDuplicateIdToken Http(Endpoint::Token, Edit(|b| first(&b, r#""id_token":"x","#)));

    // Userinfo (Core 5.3).
    userinfo_of_another_subject UserinfoOfAnotherSubject userinfo(|m, _| put(m, "sub", "dev|9999"));
    userinfo_without_sub UserinfoWithoutSub userinfo(|m, _| forget(m, "sub"));
    userinfo_sub_number UserinfoSubNumber userinfo(|m, _| put(m, "sub", 7));
    userinfo_sub_in_other_case UserinfoSubInOtherCase userinfo(|m, _| change_text(m, "sub", str::to_uppercase));
    userinfo_sub_with_blank UserinfoSubWithBlank userinfo(|m, _| change_text(m, "sub", |s| format!("{s} ")));
    userinfo_of_only_a_subject UserinfoOfOnlyASubject userinfo(|m, _| m.retain(|name, _| name == "sub")), harmless;
    userinfo_404 Userinfo404 Http(Endpoint::Userinfo, Status(404));
    userinfo_500 Userinfo500 Http(Endpoint::Userinfo, Status(500));
    userinfo_503 Userinfo503 Http(Endpoint::Userinfo, Status(503));
    userinfo_401 Userinfo401 Http(Endpoint::Userinfo, Status(401));
    userinfo_204 Userinfo204 Http(Endpoint::Userinfo, Status(204));
    userinfo_redirect UserinfoRedirect Http(Endpoint::Userinfo, Redirect);
    userinfo_slow UserinfoSlow Http(Endpoint::Userinfo, Slow);
    userinfo_drip UserinfoDrip Http(Endpoint::Userinfo, Drip);
    userinfo_huge UserinfoHuge Http(Endpoint::Userinfo, Edit(swell));
    userinfo_not_json UserinfoNotJson Http(Endpoint::Userinfo, Edit(html));
    userinfo_array UserinfoArray Http(Endpoint::Userinfo, Edit(in_array));
    userinfo_null UserinfoNull Http(Endpoint::Userinfo, Edit(|_| "null".to_owned()));
    userinfo_empty UserinfoEmpty Http(Endpoint::Userinfo, Edit(|_| String::new()));
    userinfo_html_type UserinfoHtmlType Http(Endpoint::Userinfo, Header("content-type", "text/html")), harmless; // it is JSON all the same
    userinfo_duplicate_sub UserinfoDuplicateSub Http(Endpoint::Userinfo, Edit(|b| first(&b, r#""sub":"dev|9999","#)));
    userinfo_signed UserinfoSigned signed_userinfo(|_, _| ()), harmless;
    userinfo_signed_without_aud UserinfoSignedWithoutAud signed_userinfo(|t, _| { t.drop("aud"); t.drop("iss") }), harmless; // they are a SHOULD
    userinfo_signed_by_a_stranger UserinfoSignedByAStranger signed_userinfo(|t, _| t.seal(Seal::Foreign));
    userinfo_signed_with_none UserinfoSignedWithNone signed_userinfo(|t, _| t.seal(Seal::Nobody));
    userinfo_signed_with_secret UserinfoSignedWithSecret signed_userinfo(|t, _| t.seal(Seal::Secret));
    userinfo_signed_wrong_issuer UserinfoSignedWrongIssuer signed_userinfo(|t, _| t.set("iss", STRANGER));
    userinfo_signed_wrong_audience UserinfoSignedWrongAudience signed_userinfo(|t, _| t.set("aud", "another-client"));
    userinfo_signed_of_another_subject UserinfoSignedOfAnotherSubject signed_userinfo(|t, _| t.set("sub", "dev|9999"));
    userinfo_signed_expired UserinfoSignedExpired signed_userinfo(|t, s| t.set("exp", s.now - 3600));

    // Claims that nobody must be locked out for.
    updated_at_rfc3339 UpdatedAtRfc3339 profile(|m, _| put(m, "updated_at", "2026-11-21T10:00:00.000Z")), harmless;
    locale_object LocaleObject profile(|m, _| put(m, "locale", json!({"country": "GB", "language": "en"}))), harmless;
    address_string AddressString profile(|m, _| put(m, "address", "12 St James's Square")), harmless;
    picture_empty PictureEmpty profile(|m, _| put(m, "picture", "")), harmless;
    picture_javascript PictureJavascript profile(|m, _| put(m, "picture", "javascript:alert(1)")), harmless;
    email_number EmailNumber profile(|m, _| put(m, "email", 7)), harmless;
    email_empty EmailEmpty profile(|m, _| put(m, "email", "")), harmless;
    email_null EmailNull profile(|m, _| put(m, "email", Value::Null)), harmless;
    email_missing EmailMissing profile(|m, _| { forget(m, "email"); forget(m, "email_verified") }), harmless;
    email_verified_true_string EmailVerifiedTrueString profile(|m, _| put(m, "email_verified", "true")), harmless;
    email_verified_false_string EmailVerifiedFalseString profile(|m, _| put(m, "email_verified", "false")), harmless;
    email_verified_one EmailVerifiedOne profile(|m, _| put(m, "email_verified", 1)), harmless;
    email_verified_missing EmailVerifiedMissing profile(|m, _| forget(m, "email_verified")), harmless;
    email_verified_object EmailVerifiedObject profile(|m, _| put(m, "email_verified", json!({}))), harmless;
    name_object NameObject profile(|m, _| put(m, "name", json!({"first": "Ada"}))), harmless;
    name_array NameArray profile(|m, _| put(m, "name", json!(["Ada", "Lovelace"]))), harmless;
    name_empty NameEmpty profile(|m, _| put(m, "name", "")), harmless;
    name_with_nul NameWithNul profile(|m, _| put(m, "name", "Ada\0Lovelace")), harmless;
    name_with_script NameWithScript profile(|m, _| put(m, "name", "<script>alert(1)</script>")), harmless;
    name_of_100_kb NameOf100Kb profile(|m, _| put(m, "name", "n".repeat(100_000))), harmless;
    phone_number_integer PhoneNumberInteger profile(|m, _| put(m, "phone_number", 441_632_960_001_i64)), harmless;
    birthdate_odd BirthdateOdd profile(|m, _| put(m, "birthdate", "0000-12-10")), harmless;
    claims_nested ClaimsNested profile(|m, _| put(m, "groups", json!([{"id": 1, "of": [["a"], {"b": null}]}]))), harmless;
    claims_nested_100_deep ClaimsNested100Deep profile(|m, _| put(m, "deep", (0..100).fold(json!(1), |inner, _| json!([inner])))), harmless;
    claims_of_200_groups ClaimsOf200Groups profile(|m, _| put(m, "groups", json!((0..200).map(|n| format!("group-{n:036}")).collect::<Vec<_>>()))), harmless;

    // The authorization response (RFC 6749 4.1.2, RFC 9207).
    response_without_iss ResponseWithoutIss Params(|p, _| p.remove("iss"));
    response_with_wrong_iss ResponseWithWrongIss Params(|p, _| p.set("iss", STRANGER));
    response_with_iss_twice ResponseWithIssTwice Params(|p, s| p.push("iss", &*s.issuer));
    response_without_state ResponseWithoutState Params(|p, _| p.remove("state"));
    response_with_wrong_state ResponseWithWrongState Params(|p, _| p.set("state", "another"));
    response_with_state_twice ResponseWithStateTwice Params(|p, _| p.push("state", "another"));
    response_without_code ResponseWithoutCode Params(|p, _| p.remove("code"));
    response_with_code_twice ResponseWithCodeTwice Params(|p, _| p.push("code", "another"));
    response_with_empty_code ResponseWithEmptyCode Params(|p, _| p.set("code", ""));
    response_with_unknown_code ResponseWithUnknownCode Params(|p, _| p.set("code", "nobody-issued-this"));
    response_with_huge_code ResponseWithHugeCode Params(|p, _| p.set("code", "c".repeat(16_000)));
    response_with_code_and_error ResponseWithCodeAndError Params(|p, _| p.push("error", "access_denied"));
    response_with_unknown_member ResponseWithUnknownMember Params(|p, _| p.push("session_state", "abc.def")), harmless;
    response_access_denied ResponseAccessDenied Params(|p, _| p.refuse("access_denied", "The person cancelled"));
    response_login_required ResponseLoginRequired Params(|p, _| p.refuse("login_required", "User authentication is required"));
    response_interaction_required ResponseInteractionRequired Params(|p, _| p.refuse("interaction_required", ""));
    response_consent_required ResponseConsentRequired Params(|p, _| p.refuse("consent_required", ""));
    response_account_selection_required ResponseAccountSelectionRequired Params(|p, _| p.refuse("account_selection_required", ""));
    response_server_error ResponseServerError Params(|p, _| p.refuse("server_error", "It broke"));
    response_temporarily_unavailable ResponseTemporarilyUnavailable Params(|p, _| p.refuse("temporarily_unavailable", "Try again later"));
    response_invalid_request ResponseInvalidRequest Params(|p, _| p.refuse("invalid_request", "Something is missing"));
    response_invalid_scope ResponseInvalidScope Params(|p, _| p.refuse("invalid_scope", ""));
    response_unauthorized_client ResponseUnauthorizedClient Params(|p, _| p.refuse("unauthorized_client", ""));
    response_unsupported_response_type ResponseUnsupportedResponseType Params(|p, _| p.refuse("unsupported_response_type", ""));
    response_login_link_expired ResponseLoginLinkExpired Params(|p, _| { p.refuse("login_link_expired", ""); p.push("reauth_state", "e30=") }); // Kinde's own
    response_unknown_error_with_script ResponseUnknownErrorWithScript Params(|p, _| p.refuse("<script>alert(1)</script>", "<script>alert(2)</script>"));
    response_error_without_state ResponseErrorWithoutState Params(|p, _| { p.refuse("access_denied", ""); p.remove("state") });

    // Metadata (OpenID Connect Discovery 1.0, RFC 8414).
    metadata_of_another_issuer MetadataOfAnotherIssuer metadata(|m, _| put(m, "issuer", STRANGER));
    metadata_issuer_with_slash MetadataIssuerWithSlash metadata(|m, s| put(m, "issuer", format!("{}/", s.issuer)));
    metadata_without_issuer MetadataWithoutIssuer metadata(|m, _| forget(m, "issuer"));
    metadata_with_issuer_template MetadataWithIssuerTemplate metadata(|m, _| put(m, "issuer", "https://login.example/{tenantid}/v2.0"));
    metadata_without_authorization_endpoint MetadataWithoutAuthorizationEndpoint metadata(|m, _| forget(m, "authorization_endpoint"));
    metadata_without_token_endpoint MetadataWithoutTokenEndpoint metadata(|m, _| forget(m, "token_endpoint"));
    metadata_without_jwks_uri MetadataWithoutJwksUri metadata(|m, _| forget(m, "jwks_uri"));
    metadata_without_userinfo MetadataWithoutUserinfo metadata(|m, _| forget(m, "userinfo_endpoint")), harmless;
    metadata_without_end_session MetadataWithoutEndSession metadata(|m, _| forget(m, "end_session_endpoint")), harmless;
    metadata_with_end_session_elsewhere MetadataWithEndSessionElsewhere metadata(|m, _| put(m, "end_session_endpoint", format!("{STRANGER}/out?tenant=a"))), harmless;
    metadata_without_revocation MetadataWithoutRevocation metadata(|m, _| forget(m, "revocation_endpoint")), harmless;
    metadata_with_empty_urls MetadataWithEmptyUrls metadata(|m, _| for name in ["op_tos_uri", "op_policy_uri", "userinfo_endpoint", "end_session_endpoint", "registration_endpoint"] { put(m, name, "") }), harmless;
    metadata_with_odd_types MetadataWithOddTypes metadata(|m, _| { put(m, "claims_parameter_supported", "true"); put(m, "subject_types_supported", Value::Null); put(m, "service_documentation", "/docs") }), harmless;
    metadata_with_bare_minimum MetadataWithBareMinimum metadata(|m, _| m.retain(|name, _| name == "issuer" || name == "jwks_uri" || name == "token_endpoint" || name == "authorization_endpoint")), harmless;
    metadata_without_iss_parameter MetadataWithoutIssParameter metadata(|m, _| forget(m, "authorization_response_iss_parameter_supported")), harmless;
    metadata_without_pkce MetadataWithoutPkce metadata(|m, _| forget(m, "code_challenge_methods_supported")), harmless;
    metadata_with_plain_pkce_only MetadataWithPlainPkceOnly metadata(|m, _| put(m, "code_challenge_methods_supported", json!(["plain"]))), harmless; // S256 is sent all the same
    metadata_lists_alg_none MetadataListsAlgNone metadata(|m, _| put(m, "id_token_signing_alg_values_supported", json!(["none", "HS256", "RS256"]))), harmless;
    metadata_lists_post_only MetadataListsPostOnly metadata(|m, _| put(m, "token_endpoint_auth_methods_supported", json!(["client_secret_post"]))), harmless;
    metadata_lists_basic_only MetadataListsBasicOnly metadata(|m, _| put(m, "token_endpoint_auth_methods_supported", json!(["client_secret_basic"]))), harmless;
    metadata_lists_no_auth_methods MetadataListsNoAuthMethods metadata(|m, _| forget(m, "token_endpoint_auth_methods_supported")), harmless; // Basic is the default
    pushed_requests_advertised PushedRequestsAdvertised metadata(|m, s| put(m, "pushed_authorization_request_endpoint", format!("{}/par", s.base))), harmless;
    pushed_requests_required PushedRequestsRequired metadata(|m, s| { put(m, "pushed_authorization_request_endpoint", format!("{}/par", s.base)); put(m, "require_pushed_authorization_requests", true) }), harmless;
    jwks_uri_link_local JwksUriLinkLocal metadata(|m, _| put(m, "jwks_uri", "http://169.254.169.254/latest/meta-data"));
    token_endpoint_link_local TokenEndpointLinkLocal metadata(|m, _| put(m, "token_endpoint", "http://169.254.169.254/token"));
    userinfo_link_local UserinfoLinkLocal metadata(|m, _| put(m, "userinfo_endpoint", "http://169.254.169.254/userinfo"));
    jwks_uri_plain_http JwksUriPlainHttp metadata(|m, _| put(m, "jwks_uri", "http://stranger.example/jwks"));
    token_endpoint_plain_http TokenEndpointPlainHttp metadata(|m, _| put(m, "token_endpoint", "http://stranger.example/token"));
    authorization_endpoint_javascript AuthorizationEndpointJavascript metadata(|m, _| put(m, "authorization_endpoint", "javascript:alert(1)"));
    jwks_uri_file JwksUriFile metadata(|m, _| put(m, "jwks_uri", "file:///etc/passwd"));
    metadata_404 Metadata404 Http(Endpoint::Discovery, Status(404));
    metadata_500 Metadata500 Http(Endpoint::Discovery, Status(500));
    metadata_503 Metadata503 Http(Endpoint::Discovery, Status(503));
    metadata_redirect MetadataRedirect Http(Endpoint::Discovery, Redirect);
    metadata_slow MetadataSlow Http(Endpoint::Discovery, Slow);
    metadata_drip MetadataDrip Http(Endpoint::Discovery, Drip);
    metadata_huge MetadataHuge Http(Endpoint::Discovery, Edit(swell));
    metadata_not_json MetadataNotJson Http(Endpoint::Discovery, Edit(html));
    metadata_array MetadataArray Http(Endpoint::Discovery, Edit(in_array));
    metadata_cut_short MetadataCutShort Http(Endpoint::Discovery, Edit(halve));
    metadata_duplicate_issuer MetadataDuplicateIssuer Http(Endpoint::Discovery, Edit(|b| first(&b, r#""issuer":"https://stranger.example","#)));
    metadata_html_type MetadataHtmlType Http(Endpoint::Discovery, Header("content-type", "text/html")), harmless; // it is JSON all the same
    metadata_max_age_1 MetadataMaxAge1 Http(Endpoint::Discovery, Header("cache-control", "max-age=1")), harmless;
    metadata_max_age_0 MetadataMaxAge0 Http(Endpoint::Discovery, Header("cache-control", "max-age=0")), harmless;
    metadata_no_store MetadataNoStore Http(Endpoint::Discovery, Header("cache-control", "no-store")), harmless;

    // Keys (RFC 7517).
    jwks_404 Jwks404 Http(Endpoint::Jwks, Status(404));
    jwks_500 Jwks500 Http(Endpoint::Jwks, Status(500));
    jwks_503 Jwks503 Http(Endpoint::Jwks, Status(503));
    jwks_redirect JwksRedirect Http(Endpoint::Jwks, Redirect);
    jwks_slow JwksSlow Http(Endpoint::Jwks, Slow);
    jwks_drip JwksDrip Http(Endpoint::Jwks, Drip);
    jwks_huge JwksHuge Http(Endpoint::Jwks, Edit(swell));
    jwks_not_json JwksNotJson Http(Endpoint::Jwks, Edit(html));
    jwks_array JwksArray Http(Endpoint::Jwks, Edit(in_array));
    jwks_html_type JwksHtmlType Http(Endpoint::Jwks, Header("content-type", "text/html")), harmless; // it is JSON all the same
    jwks_max_age_1 JwksMaxAge1 Http(Endpoint::Jwks, Header("cache-control", "max-age=1")), harmless;
    jwks_max_age_0 JwksMaxAge0 Http(Endpoint::Jwks, Header("cache-control", "max-age=0")), harmless;
    jwks_no_store JwksNoStore Http(Endpoint::Jwks, Header("cache-control", "no-store")), harmless;
    jwks_empty JwksEmpty jwks(|keys| keys.clear());
    jwks_of_a_stranger JwksOfAStranger jwks(|keys| *keys = vec![foreign()]);
    jwks_with_a_stranger JwksWithAStranger jwks(|keys| keys.insert(0, foreign())), harmless;
    jwks_with_junk JwksWithJunk jwks(|keys| keys.splice(0..0, [json!(7), json!({}), json!({"kty": "RSA", "n": "!", "kid": "junk"}), json!({"kty": "LATTICE", "kid": "new"})]).for_each(drop)), harmless;
    jwks_without_kid JwksWithoutKid jwks(|keys| each(keys, |key| forget(key, "kid"))), harmless; // every key that could fit is tried
    jwks_without_alg_and_use JwksWithoutAlgAndUse jwks(|keys| each(keys, |key| { forget(key, "alg"); forget(key, "use") })), harmless;
    jwks_use_enc JwksUseEnc jwks(|keys| each(keys, |key| put(key, "use", "enc")));
    jwks_key_ops_encrypt JwksKeyOpsEncrypt jwks(|keys| each(keys, |key| put(key, "key_ops", json!(["encrypt"]))));
    jwks_other_alg JwksOtherAlg jwks(|keys| each(keys, |key| put(key, "alg", "RS512")));
    jwks_kid_twice JwksKidTwice jwks(|keys| keys.extend(foreign_under_our_kid(keys))), harmless; // as above
    jwks_with_secret_key JwksWithSecretKey jwks(|keys| *keys = vec![json!({"kty": "oct", "kid": "dev-1", "k": "ZGV2LXNlY3JldA"})]);
    jwks_of_1000_keys JwksOf1000Keys jwks(|keys| keys.extend((0..1000).map(|n| json!({"kty": "RSA", "kid": format!("old-{n}"), "n": "AQAB", "e": "AQAB"})))), harmless;

    // Refreshing (Core 12).
    refresh_invalid_grant RefreshInvalidGrant Http(Endpoint::Refresh, Error(400, "invalid_grant"));
    refresh_invalid_client RefreshInvalidClient Http(Endpoint::Refresh, Error(401, "invalid_client")), harmless;
    refresh_invalid_request RefreshInvalidRequest Http(Endpoint::Refresh, Error(400, "invalid_request")), harmless;
    refresh_429 Refresh429 Http(Endpoint::Refresh, Status(429)), harmless;
    refresh_500 Refresh500 Http(Endpoint::Refresh, Status(500)), harmless;
    refresh_503 Refresh503 Http(Endpoint::Refresh, Status(503)), harmless;
    refresh_slow RefreshSlow Http(Endpoint::Refresh, Slow), harmless;
    refresh_redirect RefreshRedirect Http(Endpoint::Refresh, Redirect), harmless;
    refresh_huge RefreshHuge Http(Endpoint::Refresh, Edit(swell)), harmless;
    refresh_not_json RefreshNotJson Http(Endpoint::Refresh, Edit(html)), harmless;
    refresh_of_another_subject RefreshOfAnotherSubject refreshed(|t, _| t.set("sub", "dev|9999"));
    refresh_of_another_issuer RefreshOfAnotherIssuer refreshed(|t, _| t.set("iss", STRANGER));
    refresh_of_another_audience RefreshOfAnotherAudience refreshed(|t, _| t.set("aud", "another-client"));
    refresh_aud_is_issuer RefreshAudIsIssuer refreshed(|t, s| t.set("aud", json!([s.issuer]))); // harmless at Kinde alone
    refresh_with_stranger_in_aud RefreshWithStrangerInAud refreshed(|t, s| t.set("aud", json!([s.client_id, "stranger"])));
    refresh_other_azp RefreshOtherAzp refreshed(|t, _| t.set("azp", "stranger"));
    refresh_wrong_signature RefreshWrongSignature refreshed(|t, _| t.seal(Seal::Foreign));
    refresh_alg_none RefreshAlgNone refreshed(|t, _| t.seal(Seal::Nobody));
    refresh_expired_id_token RefreshExpiredIdToken refreshed(|t, s| t.set("exp", s.now - 3600));
    refresh_old_iat RefreshOldIat refreshed(|t, s| t.set("iat", s.now - DAY));
    refresh_with_other_nonce RefreshWithOtherNonce refreshed(|t, _| t.set("nonce", "another"));
    refresh_wrong_at_hash RefreshWrongAtHash refreshed(|t, _| t.set("at_hash", "AAAAAAAAAAAAAAAAAAAAAA"));
    refresh_malformed_id_token RefreshMalformedIdToken refreshed(|t, _| t.mangle(|_| "not-a-token".to_owned()));
    refresh_without_id_token RefreshWithoutIdToken refresh_answer(|m, _| forget(m, "id_token")), harmless;
    refresh_without_rotation RefreshWithoutRotation refresh_answer(|m, _| forget(m, "refresh_token")), harmless;
    refresh_without_access_token RefreshWithoutAccessToken refresh_answer(|m, _| forget(m, "access_token")), harmless; // only the ID token and invalid_grant end a session
    refresh_token_type_mac RefreshTokenTypeMac refresh_answer(|m, _| put(m, "token_type", "mac")), harmless; // as above
    refresh_without_expires_in RefreshWithoutExpiresIn refresh_answer(|m, _| forget(m, "expires_in")), harmless;

    // Logout tokens (OpenID Connect Back-Channel Logout 2.4, 2.6).
    logout_wrong_signature LogoutWrongSignature logout_token(|t, _| t.seal(Seal::Foreign));
    logout_alg_none LogoutAlgNone logout_token(|t, _| t.seal(Seal::Nobody));
    logout_alg_hs256 LogoutAlgHs256 logout_token(|t, _| t.seal(Seal::Secret));
    logout_unknown_kid LogoutUnknownKid logout_token(|t, _| { t.seal(Seal::Foreign); t.head("kid", "nobody-knows") });
    logout_wrong_issuer LogoutWrongIssuer logout_token(|t, _| t.set("iss", STRANGER));
    logout_wrong_audience LogoutWrongAudience logout_token(|t, _| t.set("aud", "another-client"));
    logout_aud_array LogoutAudArray logout_token(|t, s| t.set("aud", json!([s.client_id]))), harmless;
    logout_expired LogoutExpired logout_token(|t, s| t.set("exp", s.now - 3600));
    logout_iat_old LogoutIatOld logout_token(|t, s| t.set("iat", s.now - DAY));
    logout_iat_in_future LogoutIatInFuture logout_token(|t, s| t.set("iat", s.now + 3600));
    logout_without_iss LogoutWithoutIss logout_token(|t, _| t.drop("iss"));
    logout_without_aud LogoutWithoutAud logout_token(|t, _| t.drop("aud"));
    logout_without_iat LogoutWithoutIat logout_token(|t, _| t.drop("iat"));
    logout_without_exp LogoutWithoutExp logout_token(|t, _| t.drop("exp"));
    logout_without_jti LogoutWithoutJti logout_token(|t, _| t.drop("jti"));
    logout_empty_jti LogoutEmptyJti logout_token(|t, _| t.set("jti", ""));
    logout_without_events LogoutWithoutEvents logout_token(|t, _| t.drop("events"));
    logout_other_event LogoutOtherEvent logout_token(|t, _| t.set("events", json!({"urn:example:other": {}})));
    logout_events_array LogoutEventsArray logout_token(|t, _| t.set("events", json!(["http://schemas.openid.net/event/backchannel-logout"])));
    logout_event_string LogoutEventString logout_token(|t, _| t.set("events", json!({"http://schemas.openid.net/event/backchannel-logout": ""})));
    logout_with_nonce LogoutWithNonce logout_token(|t, _| t.set("nonce", "n"));
    logout_with_null_nonce LogoutWithNullNonce logout_token(|t, _| t.set("nonce", Value::Null));
    logout_without_sub LogoutWithoutSub logout_token(|t, _| t.drop("sub")), harmless;
    logout_without_sid LogoutWithoutSid logout_token(|t, _| t.drop("sid")), harmless;
    logout_without_sub_and_sid LogoutWithoutSubAndSid logout_token(|t, _| { t.drop("sub"); t.drop("sid") });
    logout_sub_number LogoutSubNumber logout_token(|t, _| t.set("sub", 7));
    logout_sid_number LogoutSidNumber logout_token(|t, _| t.set("sid", 7));
    logout_of_another_subject LogoutOfAnotherSubject logout_token(|t, _| t.set("sub", "dev|9999")), harmless; // 200, and no session ends
    logout_unknown_sid LogoutUnknownSid logout_token(|t, _| { t.drop("sub"); t.set("sid", "nobody") }), harmless; // 200
    logout_typ_jwt LogoutTypJwt logout_token(|t, _| t.head("typ", "JWT")), harmless;
    logout_typ_missing LogoutTypMissing logout_token(|t, _| t.behead("typ")), harmless;
    logout_typ_at_jwt LogoutTypAtJwt logout_token(|t, _| t.head("typ", "at+jwt"));
    logout_crit LogoutCrit logout_token(|t, _| t.head("crit", json!(["exp"])));
    logout_duplicate_sub LogoutDuplicateSub logout_token(|t, _| t.twice("sub", "dev|9999"));
    logout_malformed LogoutMalformed logout_token(|t, _| t.mangle(|_| "not-a-token".to_owned()));
    logout_attacker_jwk LogoutAttackerJwk logout_token(|t, _| t.forge("jwk", Keys::foreign().public_jwk(Algorithm::Rs256)));

    // The other addresses.
    par_500 Par500 Http(Endpoint::Par, Status(500));
    par_503 Par503 Http(Endpoint::Par, Status(503));
    par_slow ParSlow Http(Endpoint::Par, Slow);
    par_redirect ParRedirect Http(Endpoint::Par, Redirect);
    par_invalid_request ParInvalidRequest Http(Endpoint::Par, Error(400, "invalid_request"));
    par_invalid_client ParInvalidClient Http(Endpoint::Par, Error(401, "invalid_client"));
    par_not_json ParNotJson Http(Endpoint::Par, Edit(html));
    par_huge ParHuge Http(Endpoint::Par, Edit(swell));
    par_without_request_uri ParWithoutRequestUri Http(Endpoint::Par, Edit(|_| r#"{"expires_in":60}"#.to_owned()));
    revoke_500 Revoke500 Http(Endpoint::Revoke, Status(500)), harmless;
    revoke_slow RevokeSlow Http(Endpoint::Revoke, Slow), harmless;
    end_session_500 EndSession500 Http(Endpoint::EndSession, Status(500)), harmless;
}

type OnJwt = fn(&mut Draft, &super::Scene);
type OnJson = fn(&mut Map<String, Value>, &super::Scene);

fn id_token(change: OnJwt) -> Bite {
    Bite::Jwt(Jwt::IdToken, change)
}

fn refreshed(change: OnJwt) -> Bite {
    Bite::Jwt(Jwt::Refreshed, change)
}

fn signed_userinfo(change: OnJwt) -> Bite {
    Bite::Jwt(Jwt::Userinfo, change)
}

fn logout_token(change: OnJwt) -> Bite {
    Bite::Jwt(Jwt::LogoutToken, change)
}

fn tokens(change: OnJson) -> Bite {
    Json(Doc::Tokens, change)
}

fn refresh_answer(change: OnJson) -> Bite {
    Json(Doc::Refreshed, change)
}

fn userinfo(change: OnJson) -> Bite {
    Json(Doc::Userinfo, change)
}

fn profile(change: OnJson) -> Bite {
    Json(Doc::Profile, change)
}

fn metadata(change: OnJson) -> Bite {
    Json(Doc::Metadata, change)
}

fn jwks(change: fn(&mut Vec<Value>)) -> Bite {
    Bite::Jwks(change)
}
