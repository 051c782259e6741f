//! What two pages share.

mod ago;
mod device;
mod document;
mod header;
mod history;
mod identities;
mod page;
mod permitted;
mod person;
mod record;
mod refusal;
mod still;
mod table;

pub(crate) use ago::Ago;
pub(crate) use device::device_name;
pub(crate) use document::Document;
pub(crate) use header::{LogOutButton, Visitor, label, log_in_address, several_providers, spoken};
pub(crate) use history::{History, field_name};
pub(crate) use identities::{identities, issuer_host};
pub(crate) use page::{Content, Refusal, framed, page, shown};
pub use permitted::Permitted;
pub(crate) use person::{called, full_name};
pub(crate) use record::record;
pub(crate) use still::still;
pub(crate) use table::table;
