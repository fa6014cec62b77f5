//! An element of the page.

use super::{Browser, ELEMENT_KEY};
use serde_json::{Value, json};

/// A reference to an element; it goes stale when the page swaps it out.
#[derive(Debug)]
pub struct Element<'a> {
    browser: &'a Browser,
    id: String,
    /// How it was found: a selector, and a text in it.
    found: Option<(String, String)>,
}

/// How often an element is looked for again that was swapped out between finding and using it.
const AGAIN: usize = 5;

impl<'a> Element<'a> {
    pub(super) fn new(browser: &'a Browser, id: &str) -> Self {
        Self { browser, id: id.to_owned(), found: None }
    }

    /// The same, which can be found again when the page has swapped it out meanwhile.
    pub(super) fn found_by(self, css: &str, text: &str) -> Self {
        Self { found: Some((css.to_owned(), text.to_owned())), ..self }
    }

    /// Clicks it as a mouse would, scrolled into view.
    ///
    /// # Panics
    /// When it cannot be clicked, such as when something lies over it.
    pub fn click(&self) {
        self.post("click", &json!({}));
    }

    /// Types into it.
    ///
    /// # Panics
    /// When it takes no keys.
    pub fn type_text(&self, text: &str) {
        self.post("value", &json!({ "text": text }));
    }

    /// Empties a field.
    ///
    /// # Panics
    /// When it is not a field.
    pub fn clear(&self) {
        self.post("clear", &json!({}));
    }

    /// Its visible text; empty when it has gone from the page meanwhile.
    #[must_use]
    pub fn text(&self) -> String {
        self.get("text").as_str().unwrap_or_default().to_owned()
    }

    /// An attribute.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<String> {
        self.get(&format!("attribute/{name}")).as_str().map(str::to_owned)
    }

    /// Whether a person sees it.
    #[must_use]
    pub fn is_displayed(&self) -> bool {
        self.get("displayed").as_bool().unwrap_or(false)
    }

    /// The reference, for scripts.
    #[must_use]
    pub fn reference(&self) -> Value {
        json!({ ELEMENT_KEY: self.id })
    }

    fn get(&self, what: &str) -> Value {
        let path = format!("/session/{}/element/{}/{what}", self.browser.session, self.id);
        // Server-sent events may swap a fragment between finding and asking; that is not an error.
        self.browser.try_command("GET", &path, &Value::Null).unwrap_or(Value::Null)
    }

    fn post(&self, what: &str, body: &Value) {
        let mut id = self.id.clone();
        for left in (0..AGAIN).rev() {
            let path = format!("/session/{}/element/{id}/{what}", self.browser.session);
            match (self.browser.try_command("POST", &path, body), &self.found) {
                (Ok(_), _) => return,
                // A live part of the page came anew; a person would not notice.
                (Err(error), Some((css, text))) if left > 0 && error["error"] == "stale element reference" => {
                    id = self.browser.find_text(css, text).id;
                }
                (Err(error), _) => panic!("the browser refused {what} on an element: {error}"),
            }
        }
    }
}
