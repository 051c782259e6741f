//! The cases: a fault of the provider, the code of the refusal, how far the log-in had got by then, and the
//! rows of the checklist that it proves (`S`: security, `C`: complaints about others).

use dev_provider::Fault;
use identity::Code;

use super::flows::{Flow, Outcome, Reached};

pub struct Case {
    pub fault: Fault,
    pub code: &'static str,
    pub reached: Reached,
    pub rows: &'static str,
}

impl Case {
    pub fn expected(&self) -> Outcome {
        let status = match Flow::of(self.fault) {
            // Back-Channel Logout 2.8: 400, whatever it is.
            Flow::LogoutToken => 400,
            _ => self.code.parse::<Code>().map_or(0, Code::status),
        };
        Outcome { status, code: self.code.to_owned(), reached: self.reached }
    }
}

macro_rules! cases {
    ($($fault:ident $code:ident $reached:ident $rows:literal;)*) => {
        &[$(Case { fault: Fault::$fault, code: stringify!($code), reached: Reached::$reached, rows: $rows }),*]
    };
}

pub const CASES: &[Case] = cases! {
    // The authorization response (RFC 6749 4.1.2, RFC 9207): the code is not used.
    ResponseWithoutIss iss_missing Nothing "S6";
    ResponseWithWrongIss iss_mismatch Nothing "S6";
    ResponseWithIssTwice duplicate_parameter Nothing "S32";
    ResponseWithoutState state_missing Nothing "S3";
    ResponseWithWrongState login_unknown Nothing "S3";
    ResponseWithStateTwice duplicate_parameter Nothing "S32";
    ResponseWithoutCode code_missing Nothing "S1";
    ResponseWithCodeTwice duplicate_parameter Nothing "S32";
    ResponseWithEmptyCode code_missing Nothing "S1";
    ResponseWithUnknownCode code_refused Token "S1";
    ResponseWithHugeCode code_refused Token "S1";
    ResponseWithCodeAndError login_cancelled Nothing "S37";
    ResponseAccessDenied login_cancelled Nothing "S37";
    ResponseLoginRequired login_required Nothing "S37";
    ResponseInteractionRequired interaction_required Nothing "S37";
    ResponseConsentRequired consent_required Nothing "S37";
    ResponseAccountSelectionRequired account_selection_required Nothing "S37";
    ResponseServerError server_error Nothing "S37";
    ResponseTemporarilyUnavailable temporarily_unavailable Nothing "S37";
    ResponseInvalidRequest invalid_request Nothing "S37";
    ResponseInvalidScope invalid_scope Nothing "S37";
    ResponseUnauthorizedClient unauthorized_client Nothing "S37";
    ResponseUnsupportedResponseType unsupported_response_type Nothing "S37";
    ResponseLoginLinkExpired login_link_expired Nothing "S37";
    ResponseUnknownErrorWithScript provider_error Nothing "S35";
    ResponseErrorWithoutState state_missing Nothing "S3";
    // The ID token (OpenID Connect Core 3.1.3.7): userinfo is not asked.
    WrongNonce nonce_mismatch Token "S5";
    WrongSignature signature_invalid Token "S8";
    WrongIssuer issuer_mismatch Token "S8";
    WrongAudience audience_mismatch Token "S8";
    ExpiredIdToken expired Token "S8";
    MissingNonce nonce_missing Token "S5";
    MissingIss issuer_mismatch Token "S8";
    MissingAud audience_missing Token "S8";
    MissingExp expiry_missing Token "S8";
    MissingIat issued_at_missing Token "S8";
    MissingSub subject_missing Token "S8";
    NonceNumber nonce_mismatch Token "S5";
    IssWithSlash issuer_mismatch Token "S8";
    IssArray issuer_mismatch Token "S8";
    AudEmptyArray audience_missing Token "S8 C26";
    AudNull audience_missing Token "S8 C26";
    AudNumber audience_missing Token "S8 C26";
    AudWithNumber audience_missing Token "S8 C26";
    AudOtherCase audience_mismatch Token "S8 C26";
    AudWithStranger audience_untrusted Token "S8 C26";
    AudWithStrangerWithoutAzp audience_untrusted Token "S8 C26";
    AudWithStrangerAndOtherAzp audience_untrusted Token "S8 C26";
    AudIsIssuer audience_mismatch Token "S8 C26";
    AzpOther authorized_party_mismatch Token "S8 C26";
    AzpNumber authorized_party_mismatch Token "S8 C26";
    IatInFuture issued_in_future Token "S8";
    IatOld issued_too_long_ago Token "S8";
    IatString issued_at_missing Token "S8";
    NbfInFuture not_yet_valid Token "S8";
    NbfString not_yet_valid Token "S8";
    ExpString expiry_missing Token "S8";
    ExpNull expiry_missing Token "S8";
    ExpNegative expired Token "S8";
    AtHashWrong access_token_hash_mismatch Token "S11";
    AtHashNumber access_token_hash_mismatch Token "S11";
    SessionExpiryPast expired Token "S17";
    DuplicateIss duplicate_member Token "S8";
    DuplicateSub duplicate_member Token "S8";
    DuplicateNonce duplicate_member Token "S5";
    DuplicateOddClaim duplicate_member Token "S8";
    EventsInIdToken logout_token_as_id_token Token "S12";
    LogoutTokenAsIdToken typ_wrong Token "S12";
    SubEmpty subject_invalid Token "S8";
    SubNumber subject_invalid Token "S8";
    SubNull subject_missing Token "S8";
    SubObject subject_invalid Token "S8";
    Sub256Bytes subject_invalid Token "S8";
    Sub256BytesIn128Letters subject_invalid Token "S8";
    SubWithNul subject_invalid Token "S8";
    AlgNone algorithm_mismatch Token "S9";
    AlgNoneInMixedCase algorithm_mismatch Token "S9";
    AlgNoneWithSignature algorithm_mismatch Token "S9";
    AlgHs256WithSecret algorithm_mismatch Token "S9";
    AlgHs256WithPublicKey algorithm_mismatch Token "S9";
    AlgRs512 algorithm_mismatch Token "S9";
    AlgPs256 algorithm_mismatch Token "S9";
    AlgInLowerCase algorithm_mismatch Token "S9";
    AlgMissing algorithm_mismatch Token "S9";
    UnknownKid key_unknown Token "S8 S31 C10";
    NoKidAndWrongSignature signature_invalid Token "S8";
    CritHeader crit_unsupported Token "S8";
    CritExp crit_unsupported Token "S8";
    CritEmpty crit_unsupported Token "S8";
    B64False crit_unsupported Token "S8";
    TypAtJwt typ_wrong Token "S12";
    TypLogoutJwt typ_wrong Token "S12";
    TypNumber typ_wrong Token "S12";
    AttackerJwk key_unknown Token "S10";
    AttackerJku key_unknown Token "S10";
    AttackerX5u key_unknown Token "S10";
    AttackerJwkUnderOurKid signature_invalid Token "S10";
    SignatureMissing signature_invalid Token "S8";
    SignatureCutShort token_malformed Token "S8";
    SignaturePadded token_malformed Token "S8";
    MalformedJws token_malformed Token "S8";
    JwsOfTwoParts token_malformed Token "S8";
    JwsOfFourParts token_malformed Token "S8";
    JwsOfFiveParts token_encrypted Token "S8";
    JwsWithLineBreak token_malformed Token "S8";
    // The token endpoint.
    NoIdToken id_token_missing Token "S8";
    IdTokenNull id_token_missing Token "S8";
    IdTokenNumber token_response_malformed Token "S8";
    IdTokenEmpty token_malformed Token "S8";
    TokenTypeMac token_type_unsupported Token "S8";
    TokenTypeDpop token_type_unsupported Token "S8";
    TokenTypeMissing token_type_unsupported Token "S8";
    NoAccessToken access_token_missing Token "S8";
    AccessTokenEmpty access_token_missing Token "S8";
    AccessTokenNumber access_token_missing Token "S8";
    TokenEndpoint404 answer_unexpected Token "S8";
    TokenEndpoint405 answer_unexpected Token "S8";
    TokenEndpoint500 answer_unexpected Token "S8";
    TokenEndpoint503 provider_unavailable Token "C8";
    TokenEndpoint429 provider_unavailable Token "C8";
    TokenEndpoint401 client_refused Token "S37";
    TokenEndpointInvalidGrant code_refused Token "S37";
    TokenEndpointInvalidClient client_refused Token "S37";
    TokenEndpointErrorWith200 access_token_missing Token "S8";
    TokenEndpointRedirect answer_unexpected Token "S30";
    TokenEndpointSlow provider_unavailable Token "S30";
    TokenEndpointDrip provider_unavailable Token "S30";
    TokenEndpointHuge answer_too_large Token "S30";
    TokenEndpointNotJson token_response_malformed Token "S8";
    TokenEndpointArray token_response_malformed Token "S8";
    TokenEndpointEmpty token_response_malformed Token "S8";
    TokenEndpointCutShort token_response_malformed Token "S8";
    TokenEndpointDuplicateIdToken duplicate_member Token "S8";
    // Userinfo (OpenID Connect Core 5.3).
    UserinfoOfAnotherSubject userinfo_subject_mismatch Userinfo "S11";
    UserinfoWithoutSub userinfo_subject_missing Userinfo "S11";
    UserinfoSubNumber userinfo_subject_mismatch Userinfo "S11";
    UserinfoSubInOtherCase userinfo_subject_mismatch Userinfo "S11";
    UserinfoSubWithBlank userinfo_subject_mismatch Userinfo "S11";
    Userinfo404 answer_unexpected Userinfo "S11";
    Userinfo500 answer_unexpected Userinfo "S11";
    Userinfo503 provider_unavailable Userinfo "C8";
    Userinfo401 answer_unexpected Userinfo "S11";
    Userinfo204 answer_unexpected Userinfo "S11";
    UserinfoRedirect answer_unexpected Userinfo "S30";
    UserinfoSlow provider_unavailable Userinfo "S30";
    UserinfoDrip provider_unavailable Userinfo "S30";
    UserinfoHuge answer_too_large Userinfo "S30";
    UserinfoNotJson userinfo_malformed Userinfo "S11";
    UserinfoArray userinfo_malformed Userinfo "S11";
    UserinfoNull userinfo_malformed Userinfo "S11";
    UserinfoEmpty userinfo_malformed Userinfo "S11";
    UserinfoDuplicateSub duplicate_member Userinfo "S11";
    UserinfoSignedByAStranger signature_invalid Userinfo "S11";
    UserinfoSignedWithNone algorithm_mismatch Userinfo "S11";
    UserinfoSignedWithSecret algorithm_mismatch Userinfo "S11";
    UserinfoSignedWrongIssuer issuer_mismatch Userinfo "S11";
    UserinfoSignedWrongAudience audience_mismatch Userinfo "S11";
    UserinfoSignedOfAnotherSubject userinfo_subject_mismatch Userinfo "S11";
    UserinfoSignedExpired expired Userinfo "S11";
    // Refreshing (OpenID Connect Core 12): the session ends, and userinfo is not asked.
    RefreshInvalidGrant signed_out Token "C27 S39";
    RefreshOfAnotherSubject signed_out Token "S39";
    RefreshOfAnotherIssuer signed_out Token "S39";
    RefreshOfAnotherAudience signed_out Token "S39";
    RefreshAudIsIssuer signed_out Token "S39";
    RefreshWithStrangerInAud signed_out Token "S39";
    RefreshOtherAzp signed_out Token "S39";
    RefreshWrongSignature signed_out Token "S39";
    RefreshAlgNone signed_out Token "S39";
    RefreshExpiredIdToken signed_out Token "S39";
    RefreshOldIat signed_out Token "S39";
    RefreshWithOtherNonce signed_out Token "S39";
    RefreshWrongAtHash signed_out Token "S39";
    RefreshMalformedIdToken signed_out Token "S39";
    // The logout token (Back-Channel Logout 2.6): no session ends.
    LogoutWrongSignature signature_invalid Nothing "S19";
    LogoutAlgNone algorithm_mismatch Nothing "S19";
    LogoutAlgHs256 algorithm_mismatch Nothing "S19";
    LogoutUnknownKid key_unknown Nothing "S19";
    LogoutWrongIssuer issuer_mismatch Nothing "S19";
    LogoutWrongAudience audience_mismatch Nothing "S19";
    LogoutExpired expired Nothing "S19";
    LogoutIatOld issued_too_long_ago Nothing "S19";
    LogoutIatInFuture issued_in_future Nothing "S19";
    LogoutWithoutIss issuer_mismatch Nothing "S19";
    LogoutWithoutAud audience_missing Nothing "S19";
    LogoutWithoutIat issued_at_missing Nothing "S19";
    LogoutWithoutExp expiry_missing Nothing "S19";
    LogoutWithoutJti jti_missing Nothing "S19";
    LogoutEmptyJti jti_missing Nothing "S19";
    LogoutWithoutEvents logout_event_missing Nothing "S12 S19";
    LogoutOtherEvent logout_event_missing Nothing "S12 S19";
    LogoutEventsArray logout_event_missing Nothing "S12 S19";
    LogoutEventString logout_event_missing Nothing "S12 S19";
    LogoutWithNonce logout_nonce_present Nothing "S12 S19";
    LogoutWithNullNonce logout_nonce_present Nothing "S12 S19";
    LogoutWithoutSubAndSid subject_and_sid_missing Nothing "S19";
    LogoutSubNumber subject_invalid Nothing "S19";
    LogoutSidNumber sid_invalid Nothing "S19";
    LogoutTypAtJwt typ_wrong Nothing "S12 S19";
    LogoutCrit crit_unsupported Nothing "S19";
    LogoutDuplicateSub duplicate_member Nothing "S19";
    LogoutMalformed token_malformed Nothing "S19";
    LogoutAttackerJwk key_unknown Nothing "S19";
    // Metadata: nobody is sent to the provider.
    MetadataOfAnotherIssuer metadata_issuer_mismatch Nothing "S7";
    MetadataIssuerWithSlash metadata_issuer_mismatch Nothing "S7";
    MetadataWithoutIssuer metadata_issuer_mismatch Nothing "S7";
    MetadataWithIssuerTemplate metadata_issuer_mismatch Nothing "S7";
    MetadataWithoutAuthorizationEndpoint metadata_authorization_endpoint Nothing "C8";
    MetadataWithoutTokenEndpoint metadata_token_endpoint Nothing "C8";
    MetadataWithoutJwksUri metadata_keys_address Nothing "C8";
    JwksUriLinkLocal endpoint_forbidden Nothing "S30";
    TokenEndpointLinkLocal endpoint_forbidden Nothing "S30";
    UserinfoLinkLocal endpoint_forbidden Nothing "S30";
    JwksUriPlainHttp endpoint_forbidden Nothing "S30";
    TokenEndpointPlainHttp endpoint_forbidden Nothing "S30";
    AuthorizationEndpointJavascript metadata_authorization_endpoint Nothing "S30";
    JwksUriFile metadata_keys_address Nothing "S30";
    Metadata404 answer_unexpected Nothing "C8";
    Metadata500 answer_unexpected Nothing "C8";
    Metadata503 provider_unavailable Nothing "C8";
    MetadataRedirect answer_unexpected Nothing "S30";
    MetadataSlow provider_unavailable Nothing "S30";
    MetadataDrip provider_unavailable Nothing "S30";
    MetadataHuge answer_too_large Nothing "S30";
    MetadataNotJson metadata_malformed Nothing "C8";
    MetadataArray metadata_malformed Nothing "C8";
    MetadataCutShort metadata_malformed Nothing "C8";
    MetadataDuplicateIssuer metadata_malformed Nothing "S7";
    // Keys.
    Jwks404 answer_unexpected Token "C8";
    Jwks500 answer_unexpected Token "C8";
    Jwks503 provider_unavailable Token "C8";
    JwksRedirect answer_unexpected Token "S30";
    JwksSlow provider_unavailable Token "S30";
    JwksDrip provider_unavailable Token "S30";
    JwksHuge answer_too_large Token "S30";
    JwksNotJson keys_malformed Token "S8 C9";
    JwksArray keys_malformed Token "S8 C9";
    JwksEmpty key_unknown Token "S8 C9";
    JwksOfAStranger key_unknown Token "S8 C9";
    JwksUseEnc key_unknown Token "S8 C9";
    JwksKeyOpsEncrypt key_unknown Token "S8 C9";
    JwksOtherAlg key_unknown Token "S8 C9";
    JwksWithSecretKey key_unknown Token "S8 C9";
    // Pushed authorization requests (RFC 9126).
    Par500 answer_unexpected Nothing "S1";
    Par503 provider_unavailable Nothing "S1";
    ParSlow provider_unavailable Nothing "S30";
    ParRedirect answer_unexpected Nothing "S30";
    ParInvalidRequest answer_unexpected Nothing "S1";
    ParInvalidClient client_refused Nothing "S1";
    ParNotJson answer_unexpected Nothing "S1";
    ParHuge answer_too_large Nothing "S30";
    ParWithoutRequestUri answer_unexpected Nothing "S1";
};

/// What a page asked of the log-in, in the query of `/auth/login`, and what the provider did with it.
pub const STEP_UP: &[(&str, Case)] = &[
    (
        "?acr_values=gold",
        Case { fault: Fault::AcrNotAsAsked, code: "acr_unmet", reached: Reached::Token, rows: "S43" },
    ),
    (
        "?acr_values=gold",
        Case { fault: Fault::AcrMissing, code: "acr_unmet", reached: Reached::Token, rows: "S43" },
    ),
    (
        "?max_age=60",
        Case { fault: Fault::AuthTimeOld, code: "auth_time_too_old", reached: Reached::Token, rows: "S43" },
    ),
    (
        "?max_age=60",
        Case {
            fault: Fault::AuthTimeInFuture,
            code: "auth_time_in_future",
            reached: Reached::Token,
            rows: "S43",
        },
    ),
    (
        "?max_age=60",
        Case {
            fault: Fault::AuthTimeMissing,
            code: "auth_time_missing",
            reached: Reached::Token,
            rows: "S43",
        },
    ),
    (
        "?max_age=60",
        Case {
            fault: Fault::AuthTimeString,
            code: "auth_time_missing",
            reached: Reached::Token,
            rows: "S43",
        },
    ),
];
