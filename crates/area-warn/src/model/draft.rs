//! The text an analyst starts from, made from an alert, and the form that comes back.

use super::warning::{MAX_BODY_CHARS, MAX_SUBJECT_CHARS};
use crate::ports::AlertBrief;
use base_core::{AlertId, Error, FieldError, Kind, Result, Severity, Timestamp, UnitId};
use std::fmt::Write;

/// Hours a unit has to acknowledge, by severity.
#[must_use]
pub const fn hours_to_acknowledge(severity: Severity) -> i64 {
    match severity {
        Severity::Critical => 2,
        Severity::High => 4,
        Severity::Medium => 24,
        Severity::Low | Severity::Informational => 72,
    }
}

/// What the form is filled with.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Subject.
    pub subject: String,
    /// Text.
    pub body: String,
    /// Hours to acknowledge.
    pub hours: i64,
}

/// The letter in Vietnamese: warnings go to Vietnamese offices, whatever language the
/// analyst reads the console in. `seen` is the time of the first event as text.
#[must_use]
pub fn draft(alert: &AlertBrief, unit_name: &str, seen: &str) -> Draft {
    let mut body = String::new();
    // Writing into a String cannot fail.
    let _ = writeln!(body, "Kính gửi: {unit_name}\n");
    let _ = writeln!(
        body,
        "Qua giám sát an toàn thông tin, chúng tôi phát hiện dấu hiệu bất thường liên quan đến {} của đơn vị, \
         ghi nhận lần đầu lúc {seen}.\n",
        entity(alert)
    );
    let _ = writeln!(body, "1. Sự việc\n{}\n", alert.what.trim());
    let _ = writeln!(body, "2. Nguy cơ\n{}\n", alert.why.trim());
    let _ = writeln!(body, "3. Đề nghị đơn vị thực hiện ngay");
    for (i, step) in alert.do_now.iter().enumerate() {
        let _ = writeln!(body, "{}) {}", letter(i), step.trim());
    }
    let _ = writeln!(
        body,
        "\n4. Phản hồi\nĐề nghị đơn vị xác nhận đã tiếp nhận cảnh báo này trên hệ thống đúng thời hạn và ghi rõ kết \
         quả kiểm tra, xử lý bước đầu. Không tắt máy, không xóa tệp tin hoặc nhật ký khi chưa trao đổi với bộ phận \
         ứng cứu sự cố."
    );
    let subject = format!("Cảnh báo: {}", alert.title_vi.trim());
    Draft {
        subject: subject.chars().take(MAX_SUBJECT_CHARS).collect(),
        body,
        hours: hours_to_acknowledge(alert.severity),
    }
}

fn entity(alert: &AlertBrief) -> String {
    let kind = match alert.entity_kind.as_str() {
        "host" => "máy",
        "user" => "tài khoản",
        "ip" => "địa chỉ mạng",
        "source" => "nguồn sự kiện",
        _ => "đối tượng",
    };
    format!("{kind} {}", alert.entity_name)
}

/// `a`, `b`, … `z`, then `a` again: steps are few.
fn letter(index: usize) -> char {
    u8::try_from(index % 26).map_or('a', |i| char::from(b'a' + i))
}

/// The form as sent.
#[derive(Clone, Debug, Default)]
pub struct DraftInput {
    /// The alert it comes from, if any.
    pub alert: Option<AlertId>,
    /// To whom.
    pub unit: String,
    /// Severity word.
    pub severity: String,
    /// Subject.
    pub subject: String,
    /// Text.
    pub body: String,
    /// Hours to acknowledge.
    pub hours: String,
}

/// The form, checked.
#[derive(Clone, Debug)]
pub struct Checked {
    /// To whom.
    pub unit: UnitId,
    /// How grave.
    pub severity: Severity,
    /// Subject.
    pub subject: String,
    /// Text.
    pub body: String,
    /// Until when.
    pub due_at: Timestamp,
}

impl DraftInput {
    /// Checks every field and names each that is wrong; messages are string keys.
    ///
    /// # Errors
    /// `Invalid` with the fields at fault.
    pub fn check(&self, now: Timestamp) -> Result<Checked> {
        let mut wrong = Vec::new();
        let mut fault = |field: &str, key: &str| {
            wrong.push(FieldError { field: field.to_owned(), message: key.to_owned() });
        };
        let subject = self.subject.trim();
        if subject.is_empty() || subject.chars().count() > MAX_SUBJECT_CHARS || subject.contains(['\r', '\n']) {
            fault("subject", "warn-error-subject");
        }
        let body = self.body.trim().replace("\r\n", "\n");
        if body.is_empty() || body.chars().count() > MAX_BODY_CHARS {
            fault("body", "warn-error-body");
        }
        if self.unit.trim().is_empty() {
            fault("unit", "warn-error-unit");
        }
        let severity = Severity::parse(&self.severity);
        if severity.is_none() {
            fault("severity", "warn-error-severity");
        }
        let hours = self.hours.trim().parse::<i64>().ok().filter(|h| (1..=24 * 30).contains(h));
        if hours.is_none() {
            fault("hours", "warn-error-hours");
        }
        match (severity, hours) {
            (Some(severity), Some(hours)) if wrong.is_empty() => Ok(Checked {
                unit: UnitId::new(self.unit.trim()),
                severity,
                subject: subject.to_owned(),
                body,
                due_at: now.plus_secs(hours * 3_600),
            }),
            _ => {
                let mut error = Error::new(Kind::Invalid, "the warning is not complete; see the fields marked");
                error.fields = wrong;
                Err(error)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn brief() -> AlertBrief {
        AlertBrief {
            id: AlertId::new("a1"),
            title: "SSH brute force".into(),
            title_vi: "Dò mật khẩu SSH".into(),
            severity: Severity::High,
            unit: Some(UnitId::new("u1")),
            entity_kind: "host".into(),
            entity_name: "SRV-01".into(),
            what: "Có 40 lần đăng nhập sai.".into(),
            why: "Kẻ xấu đang dò mật khẩu.".into(),
            do_now: vec!["Đổi mật khẩu".into(), "Chặn địa chỉ".into()],
            first_seen: Timestamp::EPOCH,
        }
    }

    #[test]
    fn the_letter_says_what_why_and_what_to_do() {
        let d = draft(&brief(), "Sở Y tế", "05/03/2014 08:00");
        assert!(d.body.starts_with("Kính gửi: Sở Y tế"));
        assert!(d.body.contains("máy SRV-01"));
        assert!(d.body.contains("a) Đổi mật khẩu\nb) Chặn địa chỉ"));
        assert_eq!((d.subject.as_str(), d.hours), ("Cảnh báo: Dò mật khẩu SSH", 4));
    }

    #[test]
    fn every_wrong_field_is_named_and_headers_cannot_be_injected() {
        let input =
            DraftInput { subject: "a\r\nBcc: x@example.org".into(), hours: "0".into(), ..DraftInput::default() };
        let error = input.check(Timestamp::EPOCH).expect_err("is wrong");
        let fields: Vec<&str> = error.fields.iter().map(|f| f.field.as_str()).collect();
        assert_eq!(fields, ["subject", "body", "unit", "severity", "hours"]);
    }
}
