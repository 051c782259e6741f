//! What an import did, or would do: counted, in words or as one JSON object.

use std::collections::BTreeMap;

use formats::files::import::Problem;
use identity::import::TakenIn;
use identity::{Counts, What, Write};
use serde_json::{Value as Json, json};

/// How many records there were of each kind.
#[derive(Default)]
pub(super) struct Summary {
    pub(super) new: u64,
    pub(super) changed: u64,
    pub(super) by_field: BTreeMap<&'static str, u64>,
    pub(super) unchanged: u64,
    pub(super) newer: u64,
    pub(super) erased: u64,
    pub(super) no_person: u64,
    pub(super) unreadable: u64,
    pub(super) conflicts: u64,
}

impl Summary {
    /// Whether every record was taken in, or was no person's.
    pub(super) fn is_clean(&self) -> bool {
        self.unreadable + self.conflicts == 0
    }

    /// By name, as the run keeps them.
    pub(super) fn counts(&self) -> Counts {
        let all = [
            ("new", self.new),
            ("changed", self.changed),
            ("unchanged", self.unchanged),
            ("newer", self.newer),
            ("no_person", self.no_person),
            ("unreadable", self.unreadable),
            ("conflicts", self.conflicts),
        ];
        all.into_iter()
            .filter(|(_, count)| *count > 0)
            .map(|(name, count)| (name.to_owned(), count))
            .collect()
    }

    pub(super) fn people(&self) -> u64 {
        self.new + self.changed + self.unchanged + self.newer + self.erased
    }

    /// Counts a record that is not taken in.
    pub(super) fn passed_over(&mut self, problem: Problem) -> Option<Problem> {
        self.unreadable += 1;
        Some(problem)
    }

    /// Counts what an observation made of a user.
    pub(super) fn heard(&mut self, write: &Write) {
        if write.links() {
            self.new += 1;
            return;
        }
        if write.changes.is_empty() {
            self.unchanged += 1;
            return;
        }
        self.changed += 1;
        for change in &write.changes {
            let name = match &change.what {
                What::Fact { field, .. } => field.as_str(),
                What::Claims { .. } => "claims",
                What::Standing { .. } => "standing",
                What::Linked
                | What::Unlinked(_)
                | What::CameForward { .. }
                | What::Disabled { .. }
                | What::Held { .. }
                | What::AccountMade
                | What::Invited { .. }
                | What::Withdrawn { .. } => continue,
            };
            *self.by_field.entry(name).or_default() += 1;
        }
    }

    /// Counts what became of a line; says what stands in its way.
    pub(super) fn taken_in(&mut self, taken: TakenIn) -> Option<String> {
        match taken {
            TakenIn::New => self.new += 1,
            TakenIn::Same => self.unchanged += 1,
            TakenIn::Newer => self.newer += 1,
            TakenIn::Erased => self.erased += 1,
            TakenIn::Other => {
                self.conflicts += 1;
                return Some(
                    "the user is here already and is not as the line says; they stay as they are".to_owned(),
                );
            }
            TakenIn::IdentityTaken(number, owner) => {
                self.conflicts += 1;
                return Some(format!(
                    "its identity {number} belongs to the user {owner}; they stay as they are"
                ));
            }
        }
        None
    }

    /// Counts somebody who was erased, and stays so.
    pub(super) fn erased(&mut self) {
        self.erased += 1;
    }

    pub(super) fn json(&self, about: Json) -> Json {
        let mut all = json!({
            "new": self.new, "changed": self.changed, "by_field": self.by_field, "unchanged": self.unchanged,
            "newer": self.newer, "erased": self.erased, "no_person": self.no_person, "unreadable": self.unreadable,
            "conflicts": self.conflicts,
        });
        if let (Json::Object(all), Json::Object(about)) = (&mut all, about) {
            all.extend(about);
        }
        all
    }
}

impl std::fmt::Display for Summary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} new, {} changed", self.new, self.changed)?;
        let fields: Vec<String> =
            self.by_field.iter().map(|(field, count)| format!("{field} {count}")).collect();
        if !fields.is_empty() {
            write!(f, " ({})", fields.join(", "))?;
        }
        write!(f, ", {} unchanged", self.unchanged)?;
        for (count, what) in [
            (self.newer, "newer here"),
            (self.erased, "erased here and left out"),
            (self.no_person, "no person's"),
            (self.unreadable, "not taken in"),
            (self.conflicts, "in conflict"),
        ] {
            if count > 0 {
                write!(f, ", {count} {what}")?;
            }
        }
        Ok(())
    }
}
