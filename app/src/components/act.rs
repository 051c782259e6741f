//! What operators do, in a word.

use identity::Act;

/// What an operator did.
pub(crate) fn act_name(act: Act) -> &'static str {
    match act {
        Act::Disable => "Disabled",
        Act::Enable => "Enabled",
        Act::EndSession => "Ended a session",
        Act::EndSessions => "Ended all sessions",
        Act::Link => "Linked an identity",
        Act::Unlink => "Unlinked an identity",
        Act::Erase => "Erased",
        Act::Invite => "Invited",
        Act::Alias => "Gave an issuer another name",
        Act::LookAtClaims => "Looked at claims",
        Act::Export => "Exported",
        Act::Import => "Imported",
        Act::ApproveRun => "Approved a run",
        Act::Undo => "Undid",
        Act::ReleaseHold => "Released a hold",
        Act::ReplayMessage => "Replayed a message",
        Act::DropMessage => "Dropped a message",
        Act::Switch => "Switched providers",
        Act::SignOff => "Signed off",
    }
}
