//! Bech32 (BIP 173) without its limit of length, as age writes keys: a name, `1`, and the bytes in letters
//! that cannot be mistaken for one another, with a checksum that finds slips of the pen.

const LETTERS: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
/// Letters of the checksum.
const CHECK: usize = 6;

fn polymod(values: impl Iterator<Item = u8>) -> u32 {
    const GENERATOR: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    values.fold(1, |sum, value| {
        let top = sum >> 25;
        let next = ((sum & 0x01ff_ffff) << 5) ^ u32::from(value);
        GENERATOR.iter().enumerate().fold(next, |sum, (bit, part)| if top >> bit & 1 == 1 { sum ^ part } else { sum })
    })
}

fn expanded(name: &str) -> impl Iterator<Item = u8> + '_ {
    name.bytes().map(|b| b >> 5).chain([0]).chain(name.bytes().map(|b| b & 31))
}

/// Bytes as groups of five bits, the last filled up with zeroes.
fn to_fives(bytes: &[u8]) -> Vec<u8> {
    let (mut fives, mut held, mut bits) = (Vec::new(), 0_u32, 0_u32);
    for byte in bytes {
        held = held << 8 | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            fives.push(five(held >> bits));
        }
        held &= (1 << bits) - 1;
    }
    if bits > 0 {
        fives.push(five(held << (5 - bits)));
    }
    fives
}

fn five(value: u32) -> u8 {
    u8::try_from(value & 31).unwrap_or_default()
}

/// The reverse; `None` when bits are left over.
fn from_fives(fives: &[u8]) -> Option<Vec<u8>> {
    let (mut bytes, mut held, mut bits) = (Vec::new(), 0_u32, 0_u32);
    for five in fives {
        held = held << 5 | u32::from(*five);
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(held >> bits & 255).ok()?);
        }
        held &= (1 << bits) - 1;
    }
    (bits < 5 && held == 0).then_some(bytes)
}

/// The text of `bytes` under `name`, in small letters.
pub(crate) fn encode(name: &str, bytes: &[u8]) -> String {
    let mut fives = to_fives(bytes);
    let sum = polymod(expanded(name).chain(fives.iter().copied()).chain([0; CHECK])) ^ 1;
    fives.extend((0..CHECK).map(|n| five(sum >> (5 * (CHECK - 1 - n)))));
    let letters = fives.iter().filter_map(|five| LETTERS.get(usize::from(*five))).map(|b| char::from(*b));
    format!("{name}1{}", letters.collect::<String>())
}

/// The bytes of a text under `name`, in small or in capital letters; `None` when it is not one.
pub(crate) fn decode(name: &str, text: &str) -> Option<Vec<u8>> {
    let small = text.to_ascii_lowercase();
    // Small and capital letters are not mixed.
    if text != small && text != text.to_ascii_uppercase() {
        return None;
    }
    let letters = small.strip_prefix(&name.to_ascii_lowercase())?.strip_prefix('1')?;
    let find = |b: u8| LETTERS.iter().position(|letter| *letter == b).and_then(|at| u8::try_from(at).ok());
    let fives: Vec<u8> = letters.bytes().map(find).collect::<Option<_>>()?;
    let sum = polymod(expanded(&name.to_ascii_lowercase()).chain(fives.iter().copied()));
    let data = fives.get(..fives.len().checked_sub(CHECK)?)?;
    if sum == 1 { from_fives(data) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_of_the_standard_and_of_age() {
        // BIP 173, valid strings.
        assert_eq!(decode("a", "A12UEL5L"), Some(Vec::new()));
        assert_eq!(
            decode("split", "split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w").map(|b| b.len()),
            Some(30)
        );
        for wrong in ["A12uEL5L", "a12uel5m", "a1", "b12uel5l", "a12ue1l5l", ""] {
            assert_eq!(decode("a", wrong), None, "{wrong}");
        }
        let bytes: Vec<u8> = (0..32).collect();
        let text = encode("age", &bytes);
        assert_eq!(decode("age", &text), Some(bytes.clone()));
        assert_eq!(decode("age", &text.to_uppercase()), Some(bytes));
        for place in 4..text.len() {
            let mut slip = text.clone().into_bytes();
            slip[place] = if slip[place] == b'q' { b'p' } else { b'q' };
            assert_eq!(decode("age", &String::from_utf8(slip).expect("letters")), None, "a slip at {place}");
        }
    }
}
