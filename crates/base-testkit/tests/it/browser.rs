//! What the driver promises: clicks, keys, scripts, sizes, console errors, accessibility findings.

use base_testkit::Browser;
use std::io::{Read, Write};
use std::net::TcpListener;

/// A server with one page, enough for a browser.
fn serve(page: &'static str) -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a loopback port");
    let port = listener.local_addr().expect("its address").port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut buffer = [0; 4096];
            let n = stream.read(&mut buffer).unwrap_or(0);
            let (status, body) =
                if buffer[..n].starts_with(b"GET / ") { ("200 OK", page) } else { ("404 Not Found", "") };
            let length = body.len();
            let _ = write!(
                stream,
                "HTTP/1.1 {status}\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
            );
        }
    });
    port
}

const PAGE: &str = "<!doctype html><html lang=vi><title>Thử</title><main><h1>Thử</h1>
<p><label for=a>Tên</label><input id=a></p><button id=b>Gửi</button><img src='https://outside.example/x.png'>
<p id=out></p></main><script>b.onclick = () => out.textContent = 'Chào ' + a.value</script>";

#[test]
fn a_page_is_read_typed_into_and_judged() {
    let Some(browser) = Browser::start() else { return };
    browser.goto(&format!("http://127.0.0.1:{}/", serve(PAGE)));
    assert_eq!((browser.title().as_str(), browser.path().as_str()), ("Thử", "/"));
    browser.find("#a").type_text("Cà Mau");
    browser.find_text("button", "Gửi").click();
    browser.wait_text("Chào Cà Mau");
    assert_eq!(browser.script("return arguments[0] + 1", &[1.into()]), 2);

    // Nothing outside this machine is reachable, and asking for it shows.
    assert!(browser.console_errors().iter().any(|e| e.contains("outside.example")));

    browser.size(360, 800);
    assert_eq!(browser.script("return window.innerWidth", &[]), 360);
    assert!(!browser.overflows());
    browser.scheme(base_testkit::browser::Scheme::Dark);
    assert_eq!(browser.script("return matchMedia('(prefers-color-scheme: dark)').matches", &[]), true);

    let Some(found) = browser.accessibility() else { return };
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].starts_with("image-alt"), "{found:#?}");
}
