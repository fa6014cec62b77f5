//! Forms: labelled fields with hints and errors, filter bars, buttons.

use crate::{Tone, notice};
use base_core::FieldError;
use base_i18n::Tr;
use maud::{Markup, html};

/// What is typed or chosen.
#[derive(Clone, Debug)]
enum Control {
    Input(&'static str),
    Area(u8),
    Select(Vec<(String, String)>),
    Check,
}

/// A labelled field of a form. The error, if any, is tied to it for screen readers.
#[derive(Clone, Debug)]
pub struct Field<'a> {
    control: Control,
    name: &'a str,
    label: &'a str,
    value: String,
    hint: Option<&'a str>,
    error: Option<String>,
    required: bool,
    autocomplete: Option<&'static str>,
    placeholder: Option<&'a str>,
    max: Option<u32>,
    focus: bool,
    submit_on_change: bool,
}

impl<'a> Field<'a> {
    fn new(control: Control, name: &'a str, label: &'a str) -> Self {
        Self {
            control,
            name,
            label,
            value: String::new(),
            hint: None,
            error: None,
            required: false,
            autocomplete: None,
            placeholder: None,
            max: None,
            focus: false,
            submit_on_change: false,
        }
    }

    /// A line of text.
    #[must_use]
    pub fn text(name: &'a str, label: &'a str) -> Self {
        Self::new(Control::Input("text"), name, label)
    }

    /// A line of text of another kind: `email`, `search`, `number`, `date`, `datetime-local`, `url`, `file`.
    #[must_use]
    pub fn input(kind: &'static str, name: &'a str, label: &'a str) -> Self {
        Self::new(Control::Input(kind), name, label)
    }

    /// A password; its value is never sent back to the browser.
    #[must_use]
    pub fn password(name: &'a str, label: &'a str) -> Self {
        Self::new(Control::Input("password"), name, label)
    }

    /// Several lines of text.
    #[must_use]
    pub fn area(name: &'a str, label: &'a str, rows: u8) -> Self {
        Self::new(Control::Area(rows), name, label)
    }

    /// One of several: value and text of each.
    #[must_use]
    pub fn select(name: &'a str, label: &'a str, options: Vec<(String, String)>) -> Self {
        Self::new(Control::Select(options), name, label)
    }

    /// Yes or no; sends `1` when chosen.
    #[must_use]
    pub fn check(name: &'a str, label: &'a str) -> Self {
        Self::new(Control::Check, name, label)
    }

    /// The present value (for [`Field::check`]: `1` when chosen).
    #[must_use]
    pub fn value(mut self, value: impl Into<String>) -> Self {
        self.value = value.into();
        self
    }

    /// A line of help below.
    #[must_use]
    pub fn hint(mut self, hint: &'a str) -> Self {
        self.hint = Some(hint);
        self
    }

    /// What is wrong with the value; see [`field_error`].
    #[must_use]
    pub fn error(mut self, error: Option<String>) -> Self {
        self.error = error;
        self
    }

    /// Must be filled in.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// What the browser may fill in, such as `username`, `current-password`, `off`.
    #[must_use]
    pub fn autocomplete(mut self, what: &'static str) -> Self {
        self.autocomplete = Some(what);
        self
    }

    /// An example shown while empty. Never instead of a label.
    #[must_use]
    pub fn placeholder(mut self, text: &'a str) -> Self {
        self.placeholder = Some(text);
        self
    }

    /// Longest value in characters.
    #[must_use]
    pub fn max(mut self, characters: u32) -> Self {
        self.max = Some(characters);
        self
    }

    /// Has the focus when the page opens.
    #[must_use]
    pub fn focus(mut self) -> Self {
        self.focus = true;
        self
    }

    /// Sends its form as soon as another choice is made (with script; there must be a button as well).
    #[must_use]
    pub fn submit_on_change(mut self) -> Self {
        self.submit_on_change = true;
        self
    }

    /// The field.
    #[must_use]
    pub fn render(self) -> Markup {
        let id = format!("f-{}", self.name);
        let hint_id = self.hint.map(|_| format!("{id}-hint"));
        let error_id = self.error.as_ref().map(|_| format!("{id}-error"));
        let described = match (&hint_id, &error_id) {
            (Some(h), Some(e)) => Some(format!("{h} {e}")),
            (Some(one), None) | (None, Some(one)) => Some(one.clone()),
            (None, None) => None,
        };
        let is_check = matches!(self.control, Control::Check);
        let control = self.control_markup(&id, described.as_deref());
        html! {
            div class={ "field" @if self.error.is_some() { " field-wrong" } @if is_check { " field-check" } } {
                @if is_check { (control) }
                label for=(id) {
                    (self.label)
                    @if self.required { span class="field-required" aria-hidden="true" { " *" } }
                }
                @if !is_check { (control) }
                @if let (Some(hint), Some(hint_id)) = (self.hint, hint_id) { p class="field-hint" id=(hint_id) { (hint) } }
                @if let (Some(error), Some(error_id)) = (self.error, error_id) { p class="field-error" id=(error_id) { (error) } }
            }
        }
    }

    fn control_markup(&self, id: &str, described: Option<&str>) -> Markup {
        let invalid = self.error.is_some().then_some("true");
        let value = (!self.value.is_empty()).then_some(self.value.as_str());
        match &self.control {
            Control::Input(kind) => {
                let value = if *kind == "password" { None } else { value };
                html! {
                    input id=(id) name=(self.name) type=(kind) value=[value] required[self.required]
                        autofocus[self.focus] autocomplete=[self.autocomplete] placeholder=[self.placeholder]
                        maxlength=[self.max] aria-describedby=[described] aria-invalid=[invalid];
                }
            }
            Control::Area(rows) => html! {
                textarea id=(id) name=(self.name) rows=(rows) required[self.required] autofocus[self.focus]
                    placeholder=[self.placeholder] maxlength=[self.max]
                    aria-describedby=[described] aria-invalid=[invalid] { (self.value) }
            },
            Control::Select(options) => html! {
                select id=(id) name=(self.name) required[self.required] autofocus[self.focus]
                    data-submit[self.submit_on_change] aria-describedby=[described] aria-invalid=[invalid] {
                    @for (value, text) in options {
                        option value=(value) selected[*value == self.value] { (text) }
                    }
                }
            },
            Control::Check => html! {
                input id=(id) name=(self.name) type="checkbox" value="1" checked[self.value == "1"]
                    autofocus[self.focus] aria-describedby=[described] aria-invalid=[invalid];
            },
        }
    }
}

/// The error of the field `name`. Operations name errors by a code; the page turns codes into texts
/// before showing them (`tr.dynamic("org-error-", &e.message)`).
#[must_use]
pub fn field_error(errors: &[FieldError], name: &str) -> Option<String> {
    errors.iter().find(|e| e.field == name).map(|e| e.message.clone())
}

/// Said above a form that was refused; nothing while there is no error.
#[must_use]
pub fn error_summary(tr: &Tr, errors: &[FieldError]) -> Markup {
    if errors.is_empty() {
        return html! {};
    }
    let count = errors.len();
    notice(
        Tone::Bad,
        html! {
            p { (tr.ta("ui-form-errors", &[("n", &count)])) }
            ul { @for e in errors { li { a href={ "#f-" (e.field) } { (e.message) } } } }
        },
    )
}

/// A button that sends the form. `kind` is a class: `""`, `button-primary`, `button-danger`, `button-quiet`.
#[must_use]
pub fn button(label: &str, kind: &str) -> Markup {
    html! { button type="submit" class={ "button " (kind) } { (label) } }
}

/// The buttons at the end of a form.
#[must_use]
pub fn actions(inner: Markup) -> Markup {
    html! { div class="form-actions" { (inner) } }
}

/// A form that filters a list: sends itself by GET, so that the address can be kept and shared.
#[must_use]
pub fn filter_bar(tr: &Tr, action: &str, fields: Markup) -> Markup {
    html! {
        form class="filter-bar" method="get" action=(action) role="search" {
            (fields)
            button type="submit" class="button" { (tr.t("ui-filter-apply")) }
            a class="button button-quiet" href=(action) { (tr.t("ui-filter-clear")) }
        }
    }
}
