//! Internationalised names as DNS carries them: Punycode (RFC 3492) behind `xn--` (RFC 5890).

use unicode_normalization::UnicodeNormalization;

// Parameters of RFC 3492 section 5.
const BASE: u32 = 36;
const TMIN: u32 = 1;
const TMAX: u32 = 26;
const SKEW: u32 = 38;
const DAMP: u32 = 700;
const INITIAL_BIAS: u32 = 72;
const INITIAL_N: u32 = 128;

/// The name in lower case, composed, each label that is not ASCII encoded; `None` when a label
/// cannot be encoded.
pub(super) fn to_ascii(name: &str) -> Option<String> {
    let composed: String = name.to_lowercase().nfc().collect();
    let mut out = String::with_capacity(composed.len());
    for (n, label) in composed.split('.').enumerate() {
        if n > 0 {
            out.push('.');
        }
        if label.is_ascii() {
            out.push_str(label);
        } else {
            out.push_str("xn--");
            encode(label, &mut out)?;
        }
    }
    Some(out)
}

/// RFC 3492 section 6.3.
fn encode(label: &str, out: &mut String) -> Option<()> {
    let points: Vec<u32> = label.chars().map(u32::from).collect();
    let basic = label.chars().filter(char::is_ascii);
    let mut handled: u32 = 0;
    for c in basic {
        out.push(c);
        handled += 1;
    }
    let first = handled;
    if handled > 0 {
        out.push('-');
    }
    let (mut n, mut delta, mut bias) = (INITIAL_N, 0_u32, INITIAL_BIAS);
    let total = u32::try_from(points.len()).ok()?;
    while handled < total {
        let next = points.iter().copied().filter(|p| *p >= n).min()?;
        delta = delta.checked_add((next - n).checked_mul(handled + 1)?)?;
        n = next;
        for point in &points {
            if *point < n {
                delta = delta.checked_add(1)?;
            }
            if *point == n {
                push_number(delta, bias, out)?;
                bias = adapt(delta, handled + 1, handled == first);
                delta = 0;
                handled += 1;
            }
        }
        delta = delta.checked_add(1)?;
        n = n.checked_add(1)?;
    }
    Some(())
}

fn push_number(mut q: u32, bias: u32, out: &mut String) -> Option<()> {
    let mut k = BASE;
    loop {
        let t = k.saturating_sub(bias).clamp(TMIN, TMAX);
        if q < t {
            out.push(digit(q)?);
            return Some(());
        }
        out.push(digit(t + (q - t) % (BASE - t))?);
        q = (q - t) / (BASE - t);
        k += BASE;
    }
}

/// Letters come before digits, unlike in numbers.
fn digit(d: u32) -> Option<char> {
    let code = if d < 26 { u32::from(b'a') + d } else { u32::from(b'0') + d - 26 };
    char::from_u32(code)
}

/// RFC 3492 section 6.1.
fn adapt(delta: u32, points: u32, first: bool) -> u32 {
    let mut delta = if first { delta / DAMP } else { delta / 2 };
    delta += delta / points;
    let mut k = 0;
    while delta > ((BASE - TMIN) * TMAX) / 2 {
        delta /= BASE - TMIN;
        k += BASE;
    }
    k + (BASE - TMIN + 1) * delta / (delta + SKEW)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_names() {
        // The first is RFC 3492 section 7.1 (I), the Vietnamese sample sentence.
        let sentence = "TạisaohọkhôngthểchỉnóitiếngViệt".to_lowercase();
        assert_eq!(to_ascii(&sentence).as_deref(), Some("xn--tisaohkhngthchnitingvit-kjcr8268qyxafd2f1b9g"));
        assert_eq!(to_ascii("Bücher.example").as_deref(), Some("xn--bcher-kva.example"));
        assert_eq!(to_ascii("münchen.de").as_deref(), Some("xn--mnchen-3ya.de"));
        assert_eq!(to_ascii("plain.vn").as_deref(), Some("plain.vn"));
    }
}
