//! Why a list proves nothing.

use serde::{Deserialize, Serialize};

/// Why a list proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Incomplete {
    /// Its first page is empty, though the copy has people.
    Empty,
    /// A page came twice.
    Repeated,
    /// It seems to have no end.
    Endless,
    /// It has not as many accounts as the provider counted before and after.
    Miscounted,
    /// Less than half of the copy's people are in it: it may be of another realm or tenant.
    Strangers,
}

impl Incomplete {
    /// For the operator.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Empty => "the first page of the list is empty, though the copy has people",
            Self::Repeated => "a page of the list came twice",
            Self::Endless => {
                "the list seems to have no end: page after page told of nobody new, or of far more accounts than the \
                 provider has"
            }
            Self::Miscounted => {
                "the list has not as many accounts as the provider counted before and after it: somebody may have been \
                 passed over while its pages shifted"
            }
            Self::Strangers => {
                "less than half of the people of the copy are in the list: is it of another realm or tenant?"
            }
        }
    }
}
