//! The words of the mails: Vietnamese, since they go to Vietnamese offices.

use super::warning::Warning;

/// Subject of the mail that carries a warning.
#[must_use]
pub fn subject(warning: &Warning) -> String {
    format!("[{}] {}", warning.code, warning.subject)
}

/// Subject of a reminder.
#[must_use]
pub fn reminder_subject(warning: &Warning, overdue: bool) -> String {
    let word = if overdue { "Quá hạn xác nhận" } else { "Nhắc xác nhận" };
    format!("[{}] {word}: {}", warning.code, warning.subject)
}

/// Text of the mail that carries a warning. `due` and `issued` are times as text, `link`
/// the address of the warning's page.
#[must_use]
pub fn body(warning: &Warning, issued: &str, due: &str, link: &str) -> String {
    format!(
        "Số: {code}\nNgày phát hành: {issued}\nThời hạn xác nhận: {due}\n\n{text}\n\n--\nXác nhận đã tiếp nhận tại: \
         {link}\nThư này do hệ thống Mangrove gửi tự động; vui lòng xác nhận trên hệ thống, không trả lời thư này.\n",
        code = warning.code,
        text = warning.body.trim(),
    )
}

/// Text of a reminder.
#[must_use]
pub fn reminder_body(warning: &Warning, due: &str, link: &str, overdue: bool) -> String {
    let state = if overdue {
        format!("đã quá thời hạn xác nhận ({due})")
    } else {
        format!("chưa được đơn vị xác nhận; thời hạn là {due}")
    };
    format!(
        "Cảnh báo số {code} gửi đơn vị {state}.\n\nTrích yếu: {subject}\n\nĐề nghị đơn vị xác nhận đã tiếp nhận và ghi \
         kết quả kiểm tra, xử lý bước đầu tại:\n{link}\n\n--\nThư này do hệ thống Mangrove gửi tự động.\n",
        code = warning.code,
        subject = warning.subject,
    )
}
