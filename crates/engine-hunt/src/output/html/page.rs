//! Builds HTML in which nothing from a log can be anything but text.

/// Text of a page. [`Page::raw`] takes only texts written in this program, everything that
/// comes from outside goes through [`Page::text`].
#[derive(Debug, Default)]
pub(super) struct Page(String);

impl Page {
    /// Markup written in this program.
    pub(super) fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Anything else, for the text of an element or the value of a quoted attribute.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        for c in visible(text).chars() {
            match c {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                c => self.0.push(c),
            }
        }
        self
    }

    /// A number for an attribute, in the notation of the machine.
    pub(super) fn number(&mut self, n: impl std::fmt::Display) -> &mut Self {
        // Numbers cannot hold markup; going through `text` keeps that true for any type.
        self.text(&n.to_string())
    }

    /// The finished text.
    pub(super) fn into_string(self) -> String {
        self.0
    }
}

/// `text` with what a screen would hide made visible: control characters (a terminal obeys
/// them) and the marks that turn the direction of writing (`exe.fdp` shown as `pdf.exe`).
#[must_use]
pub fn visible(text: &str) -> std::borrow::Cow<'_, str> {
    if !text.chars().any(hidden) {
        return std::borrow::Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if hidden(c) {
            out.push_str(&format!("⟦{:04X}⟧", u32::from(c)));
        } else {
            out.push(c);
        }
    }
    std::borrow::Cow::Owned(out)
}

fn hidden(c: char) -> bool {
    let kept = matches!(c, '\n' | '\t' | '\r');
    (c.is_control() && !kept)
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_stays_text() {
        let mut page = Page::default();
        page.raw("<p title=\"").text("\" onload='x'").raw("\">").text("<script>&\u{202e}fdp.exe\u{1b}[2J").raw("</p>");
        assert_eq!(
            page.into_string(),
            "<p title=\"&quot; onload=&#39;x&#39;\">&lt;script&gt;&amp;⟦202E⟧fdp.exe⟦001B⟧[2J</p>"
        );
        assert!(matches!(visible("bình thường\n"), std::borrow::Cow::Borrowed(_)));
    }
}
