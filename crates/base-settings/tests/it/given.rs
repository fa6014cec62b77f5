//! Precedence, sources, secrets and mistakes.

use base_core::Lang;
use base_settings::{Given, Mistake, Place, Settings, resolve, show, texts};
use std::path::PathBuf;

/// A configuration file, kept as long as the folder lives.
struct Written(tempfile::TempDir);

impl Written {
    fn new(text: &str) -> Self {
        let dir = tempfile::tempdir().expect("folder");
        std::fs::write(dir.path().join("mangrove.toml"), text).expect("written");
        Self(dir)
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("mangrove.toml")
    }

    fn given(&self) -> Given {
        Given { file: Some(self.path()), ..Given::default() }
    }
}

fn flags(all: &[(&str, &str)]) -> Vec<(String, Vec<String>)> {
    all.iter().map(|(name, value)| ((*name).to_owned(), vec![(*value).to_owned()])).collect()
}

fn variables(all: &[(&str, &str)]) -> Vec<(String, String)> {
    all.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn told(mistakes: &[Mistake]) -> Vec<String> {
    let tr = texts(Lang::En);
    mistakes.iter().map(|mistake| mistake.text(&tr)).collect()
}

fn right(given: &Given) -> Settings {
    let (settings, mistakes) = resolve(given);
    assert!(mistakes.is_empty(), "{:?}", told(&mistakes));
    settings
}

#[test]
fn flags_win_over_variables_over_the_file_over_defaults() {
    let file = Written::new("port = 9000\nname = \"a.example\"\nhost = \"10.0.0.1\"\nhttp = false\n");
    let given = Given {
        flags: flags(&[("port", "9200")]),
        variables: variables(&[("MANGROVE_PORT", "9100"), ("MANGROVE_NAME", "b.example"), ("PATH", "/bin")]),
        defaults: vec![("data", "demo-data")],
        ..file.given()
    };
    let settings = right(&given);
    assert_eq!(settings.number("port"), Some(9200));
    assert_eq!(settings.text("name").as_deref(), Some("b.example"));
    assert_eq!(settings.address("host"), Some("10.0.0.1".parse().expect("an address")));
    assert_eq!(settings.text("data").as_deref(), Some("demo-data"));
    assert!(settings.listen("syslog-udp").is_some() && settings.listen("relp").is_none());
    let source = |name: &str| settings.get(name).expect("a value").1.clone();
    assert_eq!(source("port"), Place::Flag("port".to_owned()));
    assert_eq!(source("name"), Place::Variable("MANGROVE_NAME".to_owned()));
    assert_eq!(source("host"), Place::File(file.path(), 3, 8));
    assert_eq!(source("data"), Place::Default);
    assert!(!settings.is_given("data") && settings.is_given("http"));
}

#[test]
fn lists_are_joined_and_an_empty_variable_is_an_unset_one() {
    let file = Written::new("watch-lines = [\"a=/a/*\", \"b=/b/*\"]\n");
    let given = Given {
        flags: vec![("watch-lines".to_owned(), vec!["c=/c/*".to_owned(), "d=/d/*".to_owned()])],
        variables: variables(&[("MANGROVE_SMTP", ""), ("MANGROVE_HOST", "")]),
        ..file.given()
    };
    let settings = right(&given);
    assert_eq!(settings.list("watch-lines"), ["a=/a/*", "b=/b/*", "c=/c/*", "d=/d/*"]);
    assert_eq!(settings.text("smtp"), None);
}

#[test]
fn every_mistake_is_named_with_its_place_at_once() {
    let file = Written::new(
        "prot = 9000\nport = \"9000\"\nsyslog_udp = \"off\"\nhost = \"here\"\n\nrelp = 2514\n  lake-cold-after = 0\n\
         watch-lines = [1]\nlog-format = \"xml\"\nsmtp = \"http://u:geheim@mail\"\nquite-another-thing = 1\n",
    );
    let given = Given {
        flags: flags(&[("port", "70000")]),
        variables: variables(&[("MANGROVE_HTTP", "perhaps"), ("MANGROVE_SYSLOG_UPD", "off")]),
        ..file.given()
    };
    let (_, mistakes) = resolve(&given);
    let all = told(&mistakes).join("\n");
    let path = file.path();
    let path = path.display();
    for wanted in [
        format!("{path}:1:1: there is no setting prot; did you mean port?"),
        format!("{path}:2:8: port: this is of type string; write a value of type integer"),
        format!("{path}:3:1: there is no setting syslog_udp; did you mean syslog-udp?"),
        format!("{path}:4:8: host: “here” is no IP address"),
        format!("{path}:6:8: relp: this is of type integer"),
        format!("{path}:7:21: lake-cold-after: “0” is no whole number from 1 to 36525"),
        format!("{path}:8:15: watch-lines: this is of type integer; write a value of type string"),
        format!("{path}:9:14: log-format: “xml” is none of: text, json"),
        format!("{path}:10:8: smtp: this does not begin with smtp://, smtp+starttls://, smtps://"),
        format!("{path}:11:1: there is no setting quite-another-thing; `mangrove config manual`"),
        "--port: “70000” is no whole number from 1 to 65535".to_owned(),
        "MANGROVE_HTTP: “perhaps” is neither true nor false".to_owned(),
        "MANGROVE_SYSLOG_UPD: there is no setting MANGROVE_SYSLOG_UPD; did you mean MANGROVE_SYSLOG_UDP?".to_owned(),
    ] {
        assert!(all.contains(&wanted), "{wanted} is missing in\n{all}");
    }
    assert_eq!(mistakes.len(), 13, "{all}");
    assert_eq!(mistakes.iter().filter(|m| m.harmless).count(), 1, "only the variable nobody reads");
    assert!(!all.contains("geheim"), "a secret is in the message: {all}");
    let vi = texts(Lang::Vi);
    let in_vietnamese: Vec<String> = mistakes.iter().map(|m| m.text(&vi)).collect();
    assert!(in_vietnamese.iter().any(|t| t.contains("không có thiết lập prot")), "{in_vietnamese:?}");
}

#[test]
fn a_file_that_is_no_toml_or_not_there_or_too_large_is_told() {
    let file = Written::new("port = 9000\nname = \"unfinished\nhost = \"10.0.0.1\"\n");
    let (_, mistakes) = resolve(&file.given());
    let all = told(&mistakes).join("\n");
    assert!(all.contains("mangrove.toml:2:") && all.contains("this is no TOML"), "{all}");
    let absent = Given { file: Some(PathBuf::from("/nowhere/mangrove.toml")), ..Given::default() };
    let all = told(&resolve(&absent).1).join("\n");
    assert!(all.starts_with("/nowhere/mangrove.toml: it cannot be read"), "{all}");
    let file = Written::new(&format!("# {}\n", "x".repeat(2 << 20)));
    assert!(told(&resolve(&file.given()).1).join("\n").contains("more than 1048576 bytes"), "too large");
    let file = Written::new("");
    std::fs::write(file.path(), b"name = \"\xff\"\n").expect("written");
    assert!(told(&resolve(&file.given()).1).join("\n").contains("byte 8 is not UTF-8"));
    // Deep nesting ends in a message, not in an exhausted stack.
    let file = Written::new(&format!("watch-lines = {}{}\n", "[".repeat(50_000), "]".repeat(50_000)));
    assert!(!resolve(&file.given()).1.is_empty());
}

#[test]
fn a_secret_comes_from_its_file_and_is_never_shown() {
    let dir = tempfile::tempdir().expect("folder");
    let secret = dir.path().join("smtp");
    std::fs::write(&secret, "smtps://u:geheim@mail.example:465\n").expect("written");
    let secret = secret.to_str().expect("UTF-8");
    let settings = right(&Given { flags: flags(&[("smtp-file", secret)]), ..Given::default() });
    assert_eq!(settings.text("smtp").as_deref(), Some("smtps://u:geheim@mail.example:465"));
    let tr = texts(Lang::En);
    let shown = show(&settings, &tr);
    assert!(!shown.contains("geheim") && shown.contains(&format!("# smtp = ********  # {secret}")), "{shown}");

    // A stronger layer's secret wins over a file named by a weaker one.
    let both = Given {
        flags: flags(&[("smtp", "smtp://other")]),
        variables: variables(&[("MANGROVE_SMTP_FILE", secret)]),
        ..Given::default()
    };
    assert_eq!(right(&both).text("smtp").as_deref(), Some("smtp://other"));
    let both = Given { flags: flags(&[("smtp", "smtp://other"), ("smtp-file", secret)]), ..Given::default() };
    assert!(told(&resolve(&both).1).join("").contains("given both itself and by smtp-file"));
    for (content, says) in [("", "nothing stands here"), ("mail.example", "does not begin with")] {
        std::fs::write(secret, content).expect("written");
        let all = told(&resolve(&Given { flags: flags(&[("smtp-file", secret)]), ..Given::default() }).1).join("\n");
        assert!(all.contains(says) && all.contains(secret), "{all}");
    }
}

#[test]
fn what_is_shown_reads_back_as_the_same_settings() {
    let file = Written::new("port = 9000\nname = \"a \\\"b\\\" ữ\"\nwatch-files = [\"e=/srv/*.evtx\"]\nhttp = true\n");
    let settings = right(&file.given());
    let again = Written::new(&show(&settings, &texts(Lang::Vi)));
    let read = right(&again.given());
    for name in ["port", "name", "watch-files", "http", "host", "syslog-udp", "mail-from"] {
        assert_eq!(read.get(name).map(|v| &v.0), settings.get(name).map(|v| &v.0), "{name}");
    }
}
