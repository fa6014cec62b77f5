//! Tables as files for a spreadsheet.

/// Rows of a CSV file: UTF-8 with a byte-order mark, CRLF, fields quoted where needed (RFC 4180), so that
/// Excel shows Vietnamese as it is.
#[derive(Debug)]
pub(crate) struct Csv(String);

impl Csv {
    /// A file with this first line.
    pub(crate) fn new(heading: &[String]) -> Self {
        let mut csv = Self("\u{feff}".to_owned());
        csv.row(heading);
        csv
    }

    /// Adds a line.
    pub(crate) fn row(&mut self, fields: &[String]) {
        for (i, field) in fields.iter().enumerate() {
            if i > 0 {
                self.0.push(',');
            }
            self.field(field);
        }
        self.0.push_str("\r\n");
    }

    /// A field that a spreadsheet would take for a formula gets an apostrophe before it: names of hosts and
    /// products come from machines, and a machine may be an attacker's.
    fn field(&mut self, text: &str) {
        let formula =
            text.starts_with(['=', '+', '@', '\t', '\r']) || (text.starts_with('-') && text.parse::<f64>().is_err());
        let quoted = formula || text.contains([',', '"', '\n', '\r']);
        if !quoted {
            self.0.push_str(text);
            return;
        }
        self.0.push('"');
        if formula {
            self.0.push('\'');
        }
        self.0.push_str(&text.replace('"', "\"\""));
        self.0.push('"');
    }

    /// The file.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0.into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_quoted_and_formulas_disarmed() {
        let mut csv = Csv::new(&["a".into(), "b".into()]);
        csv.row(&["x, \"y\"".into(), "=cmd|' /C calc'!A0".into()]);
        csv.row(&["-5".into(), "-x".into()]);
        let text = String::from_utf8(csv.into_bytes()).unwrap();
        assert_eq!(text, "\u{feff}a,b\r\n\"x, \"\"y\"\"\",\"'=cmd|' /C calc'!A0\"\r\n-5,\"'-x\"\r\n");
    }
}
