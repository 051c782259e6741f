//! What two pages share.

mod act;
mod ago;
mod claims;
mod device;
mod document;
mod elsewhere;
mod header;
mod history;
mod identities;
mod page;
mod permitted;
mod person;
mod provider;
mod record;
mod refusal;
mod still;
mod table;
mod whole;

pub(crate) use act::act_name;
pub(crate) use ago::{Ago, Moment};
pub(crate) use claims::claims_list;
pub(crate) use device::device_name;
pub(crate) use document::Document;
pub(crate) use elsewhere::{accounts, messages};
pub(crate) use header::{LogOutButton, Visitor, log_in_address};
pub(crate) use history::{History, field_name, short};
pub(crate) use identities::{identities, is_last_way_in, known_by};
pub(crate) use page::{Content, Refusal, framed, page, shown, studio};
pub use permitted::Permitted;
pub(crate) use person::{called, full_name};
pub(crate) use provider::{issuer_host, label, name_of, several_providers, spoken};
pub(crate) use record::{Badge, record};
pub(crate) use still::still;
pub(crate) use table::table;
pub(crate) use whole::whole;
