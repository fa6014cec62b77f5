//! A telephone with an authenticator app: reads the page, makes codes by RFC 6238 on its own.

use base_core::{Clock, ManualClock};
use ring::hmac;

pub(crate) struct Phone {
    pub(crate) secret: Vec<u8>,
}

impl Phone {
    /// Takes the key shown for typing.
    pub(crate) fn scan(page: &str) -> Self {
        let text = page.split_once("data-copy=\"").expect("a key to type").1.split('"').next().unwrap();
        assert!(page.contains("<svg class=\"qr\""), "and a picture to scan");
        Self { secret: base32(text) }
    }

    pub(crate) fn code(&self, clock: &ManualClock) -> String {
        let step = clock.now().as_secs() / 30;
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.secret);
        let tag = hmac::sign(&key, &step.to_be_bytes());
        let at = usize::from(tag.as_ref()[19] & 15);
        let number = u32::from_be_bytes(tag.as_ref()[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
        format!("{:06}", number % 1_000_000)
    }
}

fn base32(text: &str) -> Vec<u8> {
    let (mut out, mut held, mut bits) = (Vec::new(), 0_u32, 0);
    for c in text.bytes() {
        let value = if c.is_ascii_uppercase() { c - b'A' } else { c - b'2' + 26 };
        held = (held << 5) | u32::from(value);
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            out.push(u8::try_from((held >> bits) & 255).unwrap());
        }
        held &= (1 << bits) - 1;
    }
    out
}

/// The value of a hidden field.
pub(crate) fn field(page: &str, name: &str) -> String {
    let (_, rest) = page.split_once(&format!("name=\"{name}\" value=\"")).expect("the field");
    rest.split('"').next().unwrap().to_owned()
}

pub(crate) fn recovery_codes(page: &str) -> Vec<String> {
    let list = page.split_once("recovery-codes").expect("the list").1.split_once("</ol>").unwrap().0;
    list.split("<code>").skip(1).map(|part| part.split('<').next().unwrap().to_owned()).collect()
}
