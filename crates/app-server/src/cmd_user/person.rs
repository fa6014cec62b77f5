//! Who sits at the terminal.

/// Names of accounts of the system.
const PASSWD: &str = "/etc/passwd";
/// What `sudo` says of who called it. Only root can have made it up, and root can do everything anyway.
const SUDO: &str = "SUDO_USER";
/// Longest name kept, in characters.
const MAX_NAME: usize = 64;

/// The account of the system this program runs as, and for root who became it by `sudo`: `root, sudo of an`.
///
/// The number of the account comes from the kernel; variables such as `USER` are whatever somebody set.
pub(super) fn at_the_terminal() -> String {
    let number = rustix::process::getuid().as_raw();
    let name = std::fs::read_to_string(PASSWD).ok().and_then(|file| name_of(&file, number));
    let name = name.unwrap_or_else(|| format!("uid {number}"));
    match std::env::var(SUDO).ok().filter(|by| number == 0 && !by.is_empty()) {
        Some(by) => format!("{}, sudo of {}", clean(&name), clean(&by)),
        None => clean(&name),
    }
}

/// passwd(5): name, password, number, and more, with colons between.
fn name_of(file: &str, number: u32) -> Option<String> {
    let entry = |line: &str| {
        let mut fields = line.split(':');
        let (name, of) = (fields.next()?, fields.nth(1)?);
        (of.parse() == Ok(number) && !name.is_empty()).then(|| name.to_owned())
    };
    file.lines().find_map(entry)
}

fn clean(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(MAX_NAME).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_from_the_numbers() {
        let file = "root:x:0:0:root:/root:/bin/sh\n# a remark\n\nan:x:1000:1000::/home/an:/bin/sh\n:x:7:7::/:\n";
        assert_eq!(name_of(file, 0).as_deref(), Some("root"));
        assert_eq!(name_of(file, 1000).as_deref(), Some("an"));
        assert_eq!(name_of(file, 7), None, "an entry without a name");
        assert_eq!(name_of(file, 42), None);
        assert_eq!(clean("a\nb"), "ab");
    }
}
