//! Mail that a server really receives; what happens when it does not.

use crate::given::given;
use area_warn::jobs::deliver_due;
use area_warn::jobs::smtp::Sender;
use base_testkit::SmtpSink;

#[tokio::test]
async fn the_warning_arrives_readable_and_the_state_follows() {
    let sink = SmtpSink::start();
    let given = given(Some(sink.port())).await;
    let at = given.warn("SYT", "a1").await.header("location").to_owned();
    let sender = Sender::new(given.ports.mail.as_deref().expect("settings"));
    assert_eq!(deliver_due(&given.job(), &sender).await.expect("worked through"), 1);
    let mail = sink.wait_for("the warning", |m| m.subject().contains("01/CB-ATTT"));
    assert_eq!(mail.subject(), "[01/CB-ATTT] Cảnh báo: máy pc-1 bị đọc trộm mật khẩu");
    assert_eq!(mail.to, ["cntt.syt@example.org"]);
    let text = mail.text();
    assert!(text.contains("Đề nghị <b>rút dây mạng</b>."), "{text}");
    assert!(text.contains(&format!("https://mangrove.example{at}")), "{text}");
    assert!(text.contains("Thời hạn xác nhận: 05/03/2014 12:00"), "{text}");
    assert!(!mail.header("Message-ID").is_empty());
    let side = given.console.fragment("phuong", &format!("{at}/tinh-hinh")).await;
    assert!(side.text.contains("cntt.syt@example.org"), "{}", side.text);
    assert_eq!(deliver_due(&given.job(), &sender).await.expect("worked through"), 0, "nothing is sent twice");
}

#[tokio::test]
async fn a_busy_server_is_tried_again_later_with_growing_waits() {
    let sink = SmtpSink::start();
    let given = given(Some(sink.port())).await;
    let at = given.warn("SYT", "").await.header("location").to_owned();
    let sender = Sender::new(given.ports.mail.as_deref().expect("settings"));
    sink.refuse_next(2);
    let job = given.job();
    assert_eq!(deliver_due(&job, &sender).await.expect("worked through"), 0);
    let side = given.console.fragment("phuong", &format!("{at}/tinh-hinh")).await;
    assert!(side.text.contains("451"), "the page shows what the server said: {}", side.text);
    assert_eq!(deliver_due(&job, &sender).await.expect("worked through"), 0, "not before its time");
    given.console.ground.clock.advance_secs(31);
    assert_eq!(deliver_due(&job, &sender).await.expect("worked through"), 0, "refused again");
    given.console.ground.clock.advance_secs(31);
    assert_eq!(deliver_due(&job, &sender).await.expect("worked through"), 0, "the second wait is longer");
    given.console.ground.clock.advance_secs(31);
    assert_eq!(deliver_due(&job, &sender).await.expect("worked through"), 1);
    assert_eq!(sink.messages().len(), 1);
}

#[tokio::test]
async fn no_server_and_wrong_addresses_lose_nothing_and_say_so() {
    // A port that was free a moment ago: nobody listens there.
    let port = base_testkit::free_port();
    let given = given(Some(port)).await;
    let to_nobody = given.warn("SYT", "").await.header("location").to_owned();
    let to_wrong = given.warn("STC", "").await.header("location").to_owned();
    let sender = Sender::new(given.ports.mail.as_deref().expect("settings"));
    assert_eq!(deliver_due(&given.job(), &sender).await.expect("worked through"), 0);
    let side = given.console.fragment("phuong", &format!("{to_nobody}/tinh-hinh")).await;
    assert!(side.text.contains(&format!("127.0.0.1:{port}")), "the server is named: {}", side.text);
    let side = given.console.fragment("phuong", &format!("{to_wrong}/tinh-hinh")).await;
    assert!(side.text.contains("không phải địa chỉ"), "the wrong address is named: {}", side.text);
    assert!(given.console.get("hoa", &to_nobody).await.status == 200, "the inbox has it all the same");
    let again = given.console.post("phuong", &to_wrong, &format!("{to_wrong}/gui-lai"), &[]).await;
    assert_eq!(again.status, 303);
}
