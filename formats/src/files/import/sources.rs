//! Where each source's facts stand.

mod apps;
mod hosted;
mod realms;
mod tables;

use super::Format;
use super::source::{PLAIN, Source};

/// The table of a format.
pub(crate) fn of(format: Format) -> &'static Source {
    match format {
        Format::Sparekey => &OURS,
        Format::Keycloak => &realms::KEYCLOAK,
        Format::Scim => &realms::SCIM,
        Format::Auth0 => &hosted::AUTH0,
        Format::Kinde => &hosted::KINDE,
        Format::Clerk => &hosted::CLERK,
        Format::Okta => &tables::OKTA,
        Format::Entra => &tables::ENTRA,
        Format::Cognito => &tables::COGNITO,
        Format::Csv => &tables::CSV,
        Format::Firebase => &apps::FIREBASE,
        Format::Supabase => &apps::SUPABASE,
    }
}

/// Our own lines are read as what they are; this says only that they are lines.
static OURS: Source = Source {
    holders: &[],
    lines: true,
    subject: &[],
    always_has_subject: false,
    fields: &[],
    always: &[],
    created: &[],
    last_login: &[],
    standing: |_, _| None,
    prepare: |_| Ok(()),
    table: PLAIN,
};
