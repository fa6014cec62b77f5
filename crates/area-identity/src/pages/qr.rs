//! A QR code as inline SVG: attributes only, as the content policy wants it.

use base_core::{Error, Kind, Result};
use maud::{Markup, html};
use qrcodegen::{QrCode, QrCodeEcc};
use std::fmt::Write as _;

/// Light modules around the code, without which readers do not find it (ISO/IEC 18004, 9.1).
const QUIET: i32 = 4;

/// The code of `text`; dark on light in either scheme, because readers expect it so.
pub(super) fn qr(label: &str, text: &str) -> Result<Markup> {
    let too_long = |e: qrcodegen::DataTooLong| Error::new(Kind::Bug, format!("QR code: {e}"));
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).map_err(too_long)?;
    let mut path = String::new();
    for y in 0..code.size() {
        for x in 0..code.size() {
            if code.get_module(x, y) {
                // Writing to a String cannot fail.
                let _ = write!(path, "M{},{}h1v1h-1z", x + QUIET, y + QUIET);
            }
        }
    }
    let side = code.size() + 2 * QUIET;
    Ok(html! {
        svg class="qr" role="img" aria-label=(label) viewBox={ "0 0 " (side) " " (side) } width="220" height="220"
            shape-rendering="crispEdges" {
            rect width=(side) height=(side) fill="#ffffff" {}
            path d=(path) fill="#000000" {}
        }
    })
}
