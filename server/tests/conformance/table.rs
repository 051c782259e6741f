//! The cases.

use dev_provider::Fault;
use identity::Code;

use super::flows::{Outcome, Reached};

pub struct Case {
    pub fault: Fault,
    pub code: &'static str,
    pub reached: Reached,
    pub rows: &'static str,
}

impl Case {
    pub fn expected(&self) -> Outcome {
        let status = self.code.parse::<Code>().map_or(0, Code::status);
        Outcome { status, code: self.code.to_owned(), reached: self.reached }
    }
}

macro_rules! cases {
    ($($fault:ident $code:ident $reached:ident $rows:literal;)*) => {
        &[$(Case { fault: Fault::$fault, code: stringify!($code), reached: Reached::$reached, rows: $rows }),*]
    };
}

pub const CASES: &[Case] = cases! {
};

pub const STEP_UP: &[(&str, Case)] = &[];
