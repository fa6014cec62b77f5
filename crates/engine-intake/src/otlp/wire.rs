//! The encoding of protocol buffers (protobuf.dev, "Encoding"), as far as OTLP needs it.

use super::OtlpError;

/// The value of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wire<'a> {
    Varint(u64),
    Fixed64(u64),
    Bytes(&'a [u8]),
    Fixed32(u32),
}

/// The fields of a message, in their order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields<'a>(pub(crate) &'a [u8]);

impl<'a> Fields<'a> {
    /// The next field's number and value; `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<(u64, Wire<'a>)>, OtlpError> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let key = self.varint()?;
        let value = match key & 7 {
            0 => Wire::Varint(self.varint()?),
            1 => Wire::Fixed64(u64::from_le_bytes(self.array()?)),
            2 => {
                let length = usize::try_from(self.varint()?).unwrap_or(usize::MAX);
                Wire::Bytes(self.take(length)?)
            }
            5 => Wire::Fixed32(u32::from_le_bytes(self.array()?)),
            // Groups were given up with the second version of the language.
            _ => return Err(OtlpError::Wire("a field has a type that is not in use")),
        };
        Ok(Some((key >> 3, value)))
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], OtlpError> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(OtlpError::Wire("a field is cut short"))?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], OtlpError> {
        self.take(N)?.try_into().map_err(|_| OtlpError::Wire("a field is cut short"))
    }

    fn varint(&mut self) -> Result<u64, OtlpError> {
        let mut value = 0_u64;
        for shift in (0..70).step_by(7) {
            let [byte] = self.array()?;
            // Bits beyond the 64th are dropped, as other readers do.
            value |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(OtlpError::Wire("a number is longer than ten bytes"))
    }
}

/// Writes a number.
pub(crate) fn put_varint(out: &mut Vec<u8>, field: u64, value: u64) {
    put(out, field << 3);
    put(out, value);
}

/// Writes text, bytes or a message.
pub(crate) fn put_bytes(out: &mut Vec<u8>, field: u64, bytes: &[u8]) {
    put(out, field << 3 | 2);
    put(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

#[expect(clippy::cast_possible_truncation, reason = "seven bits at a time")]
fn put(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_cut_short_or_unknown_is_an_error() {
        for bad in [&b"\x0a\x05ab"[..], b"\x08", b"\x08\x80", b"\x0b", b"\x09\x01", b"\x0d\x01\x02", &[0xff; 12]] {
            assert!(Fields(bad).next().is_err(), "{bad:?}");
        }
        assert_eq!(Fields(b"").next(), Ok(None));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(number in any::<u64>(), bytes in proptest::collection::vec(any::<u8>(), 0..40),
                                        field in 1_u64..1000) {
            let mut out = Vec::new();
            put_varint(&mut out, field, number);
            put_bytes(&mut out, field, &bytes);
            let mut fields = Fields(&out);
            prop_assert_eq!(fields.next(), Ok(Some((field, Wire::Varint(number)))));
            prop_assert_eq!(fields.next(), Ok(Some((field, Wire::Bytes(&bytes)))));
            prop_assert_eq!(fields.next(), Ok(None));
        }
    }
}
