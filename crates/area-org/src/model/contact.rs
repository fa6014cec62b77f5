//! Whom to write to.

use base_core::{Error, Result, Timestamp};

/// What a contact is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContactKind {
    /// Đầu mối ứng cứu sự cố: receives warnings.
    ContactPoint,
    /// Cán bộ chuyên trách.
    Officer,
    /// Thủ trưởng đơn vị.
    Head,
}

impl ContactKind {
    /// Every kind.
    pub const ALL: [ContactKind; 3] = [ContactKind::ContactPoint, ContactKind::Officer, ContactKind::Head];

    /// The stored word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            ContactKind::ContactPoint => "contact_point",
            ContactKind::Officer => "officer",
            ContactKind::Head => "head",
        }
    }

    /// From the stored word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.as_str() == text)
    }
}

/// A contact as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// Id.
    pub id: String,
    /// What for.
    pub kind: ContactKind,
    /// Name of the person or mailbox.
    pub name: String,
    /// Mail address.
    pub mail: Option<String>,
    /// Telephone.
    pub phone: Option<String>,
    /// Since when.
    pub created_at: Timestamp,
}

/// A contact to be added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewContact {
    /// What for.
    pub kind: ContactKind,
    /// Name of the person or mailbox.
    pub name: String,
    /// Mail address; may be empty when there is a telephone.
    pub mail: String,
    /// Telephone; may be empty when there is a mail address.
    pub phone: String,
}

impl NewContact {
    /// Checks it; messages are codes of `org-error-…`.
    ///
    /// # Errors
    /// `Invalid` with the first field at fault.
    pub fn check(&self) -> Result<()> {
        let name = self.name.trim().chars().count();
        if name == 0 || name > 120 {
            return Err(Error::invalid("name", "name-form"));
        }
        let (mail, phone) = (self.mail.trim(), self.phone.trim());
        if mail.is_empty() && phone.is_empty() {
            return Err(Error::invalid("mail", "contact-empty"));
        }
        let graphic = |c: char| c.is_ascii_graphic() && !matches!(c, '<' | '>' | '"' | ',' | ';');
        let well_formed = mail.len() <= 254
            && mail.chars().all(graphic)
            && mail.split_once('@').is_some_and(|(l, d)| !l.is_empty() && d.contains('.') && !d.contains('@'));
        if !mail.is_empty() && !well_formed {
            return Err(Error::invalid("mail", "mail-form"));
        }
        let digits = phone.chars().filter(char::is_ascii_digit).count();
        let allowed = |c: char| c.is_ascii_digit() || matches!(c, ' ' | '+' | '.' | '-' | '(' | ')');
        if !phone.is_empty() && (!(3..=15).contains(&digits) || !phone.chars().all(allowed)) {
            return Err(Error::invalid("phone", "phone-form"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_needs_a_way_to_be_reached() {
        let contact = |mail: &str, phone: &str| NewContact {
            kind: ContactKind::Officer,
            name: "Đầu mối".to_owned(),
            mail: mail.to_owned(),
            phone: phone.to_owned(),
        };
        assert!(contact("attt@snv.example", "").check().is_ok() && contact("", "0290 3831 000").check().is_ok());
        for (mail, phone, field) in
            [("", "", "mail"), ("a@b", "", "mail"), ("a@b.vn\r\nBcc: x@y.vn", "", "mail"), ("", "gọi", "phone")]
        {
            assert_eq!(contact(mail, phone).check().unwrap_err().fields[0].field, field, "{mail:?} {phone:?}");
        }
    }
}
