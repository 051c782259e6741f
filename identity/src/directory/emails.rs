//! E-mail addresses that lead to a user at a switch: somebody signed for them, until a date.

use crate::change::What;
use crate::user::Identity;
use crate::{Directory, EmailLink, Field, LinkRule, LinkRuleKind, RunId, Source, StoreError, User};

/// Writes read at once.
const WRITES: u32 = 200;
/// Rules read at once.
const RULES: u32 = 500;

impl Directory {
    /// Whether what an identity has in a field was said by a log-in: by its last word, or when it came to be what it is.
    ///
    /// # Errors
    /// The database's.
    pub async fn was_stated_by_login(
        &self,
        user: &User,
        one: &Identity,
        field: Field,
    ) -> Result<bool, StoreError> {
        let is_login = |source: Source| matches!(source, Source::Login | Source::Refresh);
        let Some(fact) = one.facts.get(&field) else { return Ok(false) };
        if is_login(fact.source) {
            return Ok(true);
        }
        let mut before = user.version.saturating_add(1);
        loop {
            let changes = self.changes_before(user.id, before, WRITES).await?;
            let of_field = changes.iter().find(|change| {
                let is_its = change.identity.as_ref().is_some_and(|name| one.is(&name.issuer, &name.subject));
                is_its && matches!(&change.what, What::Fact { field: of, .. } if *of == field)
            });
            if let Some(last) = of_field {
                return Ok(is_login(last.origin.source));
            }
            let Some(oldest) = changes.last() else { return Ok(false) };
            before = oldest.version;
        }
    }

    /// Lets an address lead to a user.
    ///
    /// # Errors
    /// The database's.
    pub async fn let_email_lead(&self, link: EmailLink) -> Result<(), StoreError> {
        self.stores.link_rules.put_rule(&LinkRule::Email(link)).await
    }

    /// Lets no address of a switch lead anywhere any more; how many did.
    pub(crate) async fn forget_emails_of(&self, run: RunId) -> Result<u64, StoreError> {
        let (mut after, mut forgotten) = (None, 0);
        loop {
            let rules = self.stores.link_rules.rules(Some(LinkRuleKind::Email), after, RULES).await?;
            after = rules.last().map(LinkRule::key);
            for rule in &rules {
                if matches!(rule, LinkRule::Email(link) if link.run == run)
                    && self.stores.link_rules.drop_rule(&rule.key()).await?
                {
                    forgotten += 1;
                }
            }
            if rules.len() < RULES as usize {
                return Ok(forgotten);
            }
        }
    }
}
