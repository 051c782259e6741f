//! Walking through a provider's own pages, whatever they look like: redirects are followed, forms filled in.

use http::Method;
use url::Url;

use crate::support::browser::{Answer, Browser};

/// Where a walk has come to: a page of the provider's, or the answer that leads back to our site.
pub(crate) struct Page<'a> {
    browser: &'a Browser,
    pub(crate) address: Url,
    pub(crate) answer: Answer,
}

impl<'a> Page<'a> {
    /// Goes to an address, and on from there until a page is shown or our own site is next.
    pub(crate) async fn open(browser: &'a Browser, address: &str) -> Self {
        let address = Url::parse(address).unwrap();
        let answer = browser.get(address.as_str()).await;
        Self { browser, address, answer }.follow().await
    }

    /// Fills in the page's form and sends it.
    pub(crate) async fn submit(self, typed: &[(&str, &str)]) -> Self {
        let form = Form::of(&self.answer.body).unwrap_or_else(|| panic!("no form: {:?}", self.answer));
        let address = self.address.join(&form.action).unwrap();
        let mut pairs: Vec<(&str, &str)> =
            form.hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        pairs.retain(|(name, _)| !typed.iter().any(|(other, _)| other == name));
        pairs.extend(typed);
        let origin = self.address.origin().ascii_serialization();
        let ask = self.browser.ask(Method::POST, address.as_str()).header("origin", &origin);
        let answer = ask.form(&pairs).send().await;
        Self { browser: self.browser, address, answer }.follow().await
    }

    /// The address on our site that the provider sends the browser to.
    pub(crate) fn home(&self) -> &str {
        let to = self.answer.header("location");
        assert!(to.starts_with(&self.browser.origin()), "{:?}", self.answer);
        to
    }

    /// The page's form, which is for our site.
    pub(crate) fn form_for_us(&self) -> Form {
        let form = Form::of(&self.answer.body).unwrap_or_else(|| panic!("no form: {:?}", self.answer));
        assert!(form.action.starts_with(&self.browser.origin()), "{form:?}");
        form
    }

    /// Whether the provider asks for something to be typed.
    pub(crate) fn asks(&self) -> bool {
        self.answer.status == 200 && Form::of(&self.answer.body).is_some()
    }

    async fn follow(mut self) -> Self {
        // No provider sends anybody further than this.
        for _ in 0..10 {
            let to = self.answer.header("location");
            if to.is_empty() || to.starts_with(&self.browser.origin()) {
                return self;
            }
            self.address = self.address.join(to).unwrap();
            self.answer = self.browser.get(self.address.as_str()).await;
        }
        panic!("round in circles: {:?}", self.answer)
    }
}

/// A form as it stands in a page.
#[derive(Debug)]
pub(crate) struct Form {
    pub(crate) action: String,
    pub(crate) hidden: Vec<(String, String)>,
}

impl Form {
    /// The first one of the page, with the hidden inputs from there on. HTML does not care about case, and Keycloak makes use of that.
    fn of(page: &str) -> Option<Self> {
        let (tag, rest) = after(page, "<form")?.split_once('>')?;
        let mut inside = rest;
        let mut hidden = Vec::new();
        while let Some((input, next)) = after(inside, "<input").and_then(|input| input.split_once('>')) {
            if attribute(input, "type").is_some_and(|kind| kind.eq_ignore_ascii_case("hidden")) {
                hidden.push((attribute(input, "name")?, attribute(input, "value").unwrap_or_default()));
            }
            inside = next;
        }
        Some(Self { action: attribute(tag, "action").unwrap_or_default(), hidden })
    }
}

/// What comes after the first `start`, however it is written.
fn after<'a>(text: &'a str, start: &str) -> Option<&'a str> {
    let at = text.to_ascii_lowercase().find(start)?;
    Some(&text[at + start.len()..])
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (value, _) = after(tag, &format!(" {name}=\""))?.split_once('"')?;
    let plain = value.replace("&quot;", "\"").replace("&#39;", "'").replace("&lt;", "<").replace("&gt;", ">");
    Some(plain.replace("&#x2F;", "/").replace("&amp;", "&"))
}
