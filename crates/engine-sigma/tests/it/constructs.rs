//! Every construct of the detection language, one by one.

use crate::support::{check, matches, matches_with};
use engine_sigma::CompileOptions;

#[test]
fn plain_values() {
    check(
        "selection:\n    EventID: 4625\n    User: admin\ncondition: selection",
        r#"
        yes {"EventID": 4625, "User": "ADMIN"}
        yes {"EventID": "4625", "User": "admin"}
        yes {"EventID": 4625.0, "User": "admin"}
        no {"EventID": "04625", "User": "admin"}
        no {"EventID": 4625, "User": "admin2"}
        no {"eventid": 4625, "User": "admin"}
        no {"EventID": 4625}
        "#,
    );
    check(
        "selection:\n    A: '4625'\ncondition: selection",
        "yes {\"A\": 4625}\nyes {\"A\": \"4625\"}\nno {\"A\": 46250}",
    );
    check("selection:\n    A: 1.5\ncondition: selection", "yes {\"A\": 1.5}\nyes {\"A\": \"1.50\"}\nno {\"A\": 1}");
    check("selection:\n    A: -3\ncondition: selection", "yes {\"A\": -3}\nyes {\"A\": \"-3\"}\nno {\"A\": 3}");
    check("selection:\n    A: true\ncondition: selection", "yes {\"A\": true}\nyes {\"A\": \"True\"}\nno {\"A\": 1}");
}

#[test]
fn case_is_folded_by_unicode() {
    check(
        "selection:\n    A|contains: 'ĐĂNG nhập'\ncondition: selection",
        "yes {\"A\": \"x đăng NHẬP y\"}\nno {\"A\": \"dang nhap\"}",
    );
    check("selection:\n    A: 'ΣΊΣΥΦΟΣ'\ncondition: selection", "yes {\"A\": \"σίσυφος\"}");
    check("selection:\n    A|cased: 'Abc'\ncondition: selection", "yes {\"A\": \"Abc\"}\nno {\"A\": \"abc\"}");
    check("selection:\n    A|contains|cased: 'B'\ncondition: selection", "yes {\"A\": \"aBc\"}\nno {\"A\": \"abc\"}");
}

#[test]
fn wildcards_and_escapes() {
    check(
        r"selection:
    A: 'C:\Win*\?.exe'
condition: selection",
        r#"
        yes {"A": "C:\\Windows?.exe"}
        no {"A": "C:\\Windows\\a.exe"}
        "#,
    );
    check(
        r"selection:
    A: 'C:\\Win*\\?.exe'
condition: selection",
        r#"
        yes {"A": "c:\\windows\\a.exe"}
        yes {"A": "c:\\win\\đ.exe"}
        no {"A": "c:\\windows\\ab.exe"}
        "#,
    );
    check(
        r"selection:
    A: 'a\*b'
condition: selection",
        "yes {\"A\": \"a*b\"}\nno {\"A\": \"axb\"}",
    );
    check(
        r"selection:
    A: 'a\\\*'
condition: selection",
        "yes {\"A\": \"a\\\\*\"}\nno {\"A\": \"a\\\\x\"}",
    );
    check(
        r"selection:
    A: 'a\\\\b'
condition: selection",
        "yes {\"A\": \"a\\\\\\\\b\"}\nno {\"A\": \"a\\\\b\"}",
    );
    check(
        r"selection:
    A|endswith: '\cmd.exe'
condition: selection",
        "yes {\"A\": \"C:\\\\x\\\\CMD.exe\"}\nno {\"A\": \"cmd.exe\"}",
    );
    check(
        "selection:\n    A: '*'\ncondition: selection",
        "yes {\"A\": \"\"}\nyes {\"A\": 0}\nno {\"A\": null}\nno {\"B\": 1}",
    );
}

#[test]
fn places_in_the_value() {
    check("selection:\n    A|startswith: ab\ncondition: selection", "yes {\"A\": \"ABc\"}\nno {\"A\": \"cab\"}");
    check(
        "selection:\n    A|endswith: [bc, 'x?']\ncondition: selection",
        "yes {\"A\": \"aBC\"}\nyes {\"A\": \"axy\"}\nno {\"A\": \"bcd\"}",
    );
    check(
        "selection:\n    A|contains|all: [one, two]\ncondition: selection",
        r#"
        yes {"A": "two one"}
        yes {"A": ["one", "two"]}
        no {"A": "one"}
        "#,
    );
    check(
        "selection:\n    A|contains: ['a*c', zz]\ncondition: selection",
        "yes {\"A\": \"xabcx\"}\nno {\"A\": \"xcax\"}",
    );
}

#[test]
fn long_lists_are_searched_together() {
    let list = |n: usize| (0..n).map(|i| format!("v{i}x")).collect::<Vec<_>>().join(", ");
    let equal = format!("selection:\n    A: [{}]\ncondition: selection", list(40));
    check(&equal, "yes {\"A\": \"V7X\"}\nyes {\"A\": \"v39x\"}\nno {\"A\": \"v40x\"}");
    let inside = format!("selection:\n    A|contains: [{}]\ncondition: selection", list(40));
    check(&inside, "yes {\"A\": \"..V7X..\"}\nno {\"A\": \"v40x\"}");
}

#[test]
fn null_empty_and_exists() {
    check(
        "selection:\n    A: null\ncondition: selection",
        "yes {\"A\": null}\nyes {\"B\": 1}\nno {\"A\": \"\"}\nno {\"A\": [null, 1]}",
    );
    check("selection:\n    A: ''\ncondition: selection", "yes {\"A\": \"\"}\nno {\"A\": null}\nno {\"B\": 1}");
    check(
        "selection:\n    A|exists: true\ncondition: selection",
        "yes {\"A\": null}\nyes {\"A\": \"\"}\nno {\"B\": 1}",
    );
    check("selection:\n    A|exists: false\ncondition: selection", "yes {\"B\": 1}\nno {\"A\": null}");
    check(
        "selection:\n    A: ['', null]\ncondition: selection",
        "yes {\"A\": \"\"}\nyes {\"A\": null}\nyes {}\nno {\"A\": 1}",
    );
    check("s:\n    B: 1\nf:\n    A: null\ncondition: s and not f", "yes {\"B\": 1, \"A\": 2}\nno {\"B\": 1}");
}

#[test]
fn regular_expressions() {
    check(
        r"selection:
    A|re: '^a\d+$'
condition: selection",
        "yes {\"A\": \"a12\"}\nno {\"A\": \"A12\"}\nno {\"A\": \"xa12\"}",
    );
    check("selection:\n    A|re|i: 'b+'\ncondition: selection", "yes {\"A\": \"aBBc\"}\nno {\"A\": \"ac\"}");
    check("selection:\n    A|re: 'a.c'\ncondition: selection", "no {\"A\": \"a\\nc\"}");
    check("selection:\n    A|re|s: 'a.c'\ncondition: selection", "yes {\"A\": \"a\\nc\"}");
    check("selection:\n    A|re: '^c$'\ncondition: selection", "no {\"A\": \"a\\nc\"}");
    check("selection:\n    A|re|m: '^c$'\ncondition: selection", "yes {\"A\": \"a\\nc\"}");
    check("selection:\n    A|re|all: [a, b]\ncondition: selection", "yes {\"A\": \"ab\"}\nno {\"A\": \"a\"}");
}

#[test]
fn encodings() {
    // "whoami" in Base64 is d2hvYW1p
    check(
        "selection:\n    A|base64: whoami\ncondition: selection",
        "yes {\"A\": \"d2hvYW1p\"}\nno {\"A\": \"x d2hvYW1p\"}",
    );
    check("selection:\n    A|base64|contains: whoami\ncondition: selection", "yes {\"A\": \"-e d2hvYW1p\"}");
    let offset = "selection:\n    A|base64offset|contains: 'http://'\ncondition: selection";
    for encoded in ["aHR0cDovL3g=", "eGh0dHA6Ly94", "eHhodHRwOi8veA=="] {
        assert!(matches(offset, &format!("{{\"A\": \"{encoded}\"}}")), "{encoded}");
    }
    // UTF-16LE of "ping", as PowerShell's -EncodedCommand carries it.
    let wide = "selection:\n    A|wide|base64offset|contains: ping\ncondition: selection";
    check(wide, "yes {\"A\": \"powershell -enc cABpAG4AZwA=\"}\nno {\"A\": \"cGluZw==\"}");
    check("selection:\n    A|utf16le|base64: hi\ncondition: selection", "yes {\"A\": \"aABpAA==\"}");
    check("selection:\n    A|utf16be|base64: hi\ncondition: selection", "yes {\"A\": \"AGgAaQ==\"}");
    check("selection:\n    A|utf16|base64: hi\ncondition: selection", "yes {\"A\": \"//5oAGkA\"}");
    check("selection:\n    A|wide|contains: hi\ncondition: selection", "yes {\"A\": \"xh\\u0000i\\u0000\"}");
}

#[test]
fn dashes_of_windows() {
    check(
        "selection:\n    A|contains|windash: ' -enc '\ncondition: selection",
        r#"
        yes {"A": "p -enc x"}
        yes {"A": "p /ENC x"}
        yes {"A": "p –enc x"}
        yes {"A": "p —enc x"}
        yes {"A": "p ―enc x"}
        no {"A": "p +enc x"}
        "#,
    );
    check(
        "selection:\n    A|windash|contains|all: ['-a', '/b']\ncondition: selection",
        "yes {\"A\": \"x /a –b\"}\nno {\"A\": \"x /a\"}",
    );
}

#[test]
fn networks() {
    check(
        "selection:\n    A|cidr: [10.0.0.0/8, 'fe80::/10', 192.0.2.7]\ncondition: selection",
        r#"
        yes {"A": "10.255.0.1"}
        yes {"A": "::ffff:10.1.2.3"}
        yes {"A": "fe80::1%eth0"}
        yes {"A": "[fe80::1]"}
        yes {"A": "192.0.2.7"}
        no {"A": "11.0.0.1"}
        no {"A": "10.0.0.0.1"}
        no {"A": "host"}
        "#,
    );
}

#[test]
fn comparisons() {
    for (op, small, same, large) in
        [("gt", "no", "no", "yes"), ("gte", "no", "yes", "yes"), ("lt", "yes", "no", "no"), ("lte", "yes", "yes", "no")]
    {
        check(
            &format!("selection:\n    A|{op}: 10\ncondition: selection"),
            &format!(
                "{small} {{\"A\": 9}}\n{same} {{\"A\": \"10\"}}\n{large} {{\"A\": 10.5}}\nno {{\"A\": \"ten\"}}\nno {{\"B\": 1}}\nno {{\"A\": null}}"
            ),
        );
    }
}

#[test]
fn not_equal() {
    check(
        "selection:\n    A|neq: [x, 'y*']\ncondition: selection",
        "yes {\"A\": \"z\"}\nno {\"A\": \"X\"}\nno {\"A\": \"yes\"}\nno {\"B\": 1}\nno {\"A\": null}\nno {\"A\": [\"z\", \"x\"]}",
    );
    check("selection:\n    A|neq: 5\ncondition: selection", "yes {\"A\": 4}\nno {\"A\": 5}");
}

#[test]
fn references_to_fields() {
    check(
        "selection:\n    A|fieldref: B\ncondition: selection",
        "yes {\"A\": \"X\", \"B\": \"x\"}\nno {\"A\": \"x\", \"B\": \"y\"}\nno {\"A\": \"x\"}\nno {\"A\": null, \"B\": null}",
    );
    check(
        "selection:\n    A|fieldref|endswith: B\ncondition: selection",
        "yes {\"A\": \"c:\\\\x.exe\", \"B\": \"X.exe\"}\nno {\"A\": \"x.exe.bak\", \"B\": \"x.exe\"}",
    );
    check(
        "selection:\n    A|fieldref|neq: B\ncondition: selection",
        "yes {\"A\": \"x\", \"B\": \"y\"}\nno {\"A\": \"x\", \"B\": \"X\"}\nno {\"A\": \"x\"}\nno {\"B\": \"x\"}",
    );
    check(
        "selection:\n    A|fieldref|cased: B\ncondition: selection",
        "no {\"A\": \"X\", \"B\": \"x\"}\nyes {\"A\": \"x\", \"B\": \"x\"}",
    );
}

#[test]
fn parts_of_dates() {
    check(
        "selection:\n    T|hour|gte: 18\n    T|month: 12\ncondition: selection",
        "yes {\"T\": \"2024-12-31T23:07:00Z\"}\nno {\"T\": \"2024-12-31T03:07:00Z\"}\nno {\"T\": \"2024-11-30T23:07:00Z\"}\nno {\"T\": \"late\"}",
    );
    check(
        "selection:\n    T|week: 1\n    T|day: 31\n    T|minute: 7\n    T|year: 2024\ncondition: selection",
        "yes {\"T\": \"2024-12-31T23:07:00Z\"}",
    );
}

#[test]
fn placeholders() {
    let mut options = CompileOptions::default();
    options.placeholders.insert("Admins".into(), vec!["root".into(), "adm_*".into()]);
    let matches = |detection: &str, json: &str| matches_with(&options, detection, json, None);
    assert!(matches("selection:\n    A|expand: '%Admins%'\ncondition: selection", r#"{"A": "ADM_lan"}"#));
    assert!(!matches("selection:\n    A|expand: '%Admins%'\ncondition: selection", r#"{"A": "lan"}"#));
    assert!(matches(
        "selection:\n    A|contains|expand: 'x\\%y%Admins%'\ncondition: selection",
        r#"{"A": "ax%yroot"}"#
    ));
    assert!(matches("selection:\n    A: '%Admins%'\ncondition: selection", r#"{"A": "%admins%"}"#));
    assert!(matches("selection:\n    A|expand: '50%'\ncondition: selection", r#"{"A": "50%"}"#));
}

#[test]
fn keywords() {
    check(
        "keywords:\n    - evilservice\n    - 'svc* -n evil'\ncondition: keywords",
        r#"
        yes {"Message": "an EVILSERVICE ran"}
        yes {"a": {"b": ["x", "svchost.exe -n evil"]}}
        no {"evilservice": "x"}
        no {"A": "other"}
        "#,
    );
    check(
        "keywords:\n    '|all':\n        - one\n        - two\ncondition: keywords",
        "yes {\"A\": \"one\", \"B\": \"two\"}\nno {\"A\": \"one\"}",
    );
    check("keywords:\n    '|re':\n        - 'a\\d'\ncondition: keywords", "yes {\"A\": \"xa1\"}\nno {\"A\": \"xa\"}");
    check("keywords: 4625\ncondition: keywords", "yes {\"A\": \"id 4625\"}\nyes {\"A\": 4625}");
    let keywords = "keywords:\n    - evil\ncondition: keywords";
    assert!(matches_with(&CompileOptions::default(), keywords, "{}", Some("Oct 1 host: EVIL thing")));
    assert!(!matches_with(&CompileOptions::default(), keywords, "{}", Some("Oct 1 host: thing")));
    // Many keywords take the other path.
    let many = "keywords:\n    - aaa1\n    - aaa2\n    - aaa3\n    - aaa4\n    - aaa5\n    - aaa6\ncondition: keywords";
    assert!(matches_with(&CompileOptions::default(), many, r#"{"x": "y"}"#, Some("..AAA6..")));
}

#[test]
fn lists_of_maps_and_mixed_lists() {
    check(
        "selection:\n    - A: 1\n      B: 2\n    - C|endswith: x\ncondition: selection",
        "yes {\"A\": 1, \"B\": 2}\nyes {\"C\": \"ax\"}\nno {\"A\": 1}",
    );
    check(
        "selection:\n    - word\n    - A: 1\ncondition: selection",
        "yes {\"M\": \"a word\"}\nyes {\"A\": 1}\nno {\"A\": 2}",
    );
}

#[test]
fn conditions() {
    let detection = |condition: &str| {
        format!("sel_a:\n    A: 1\nsel_b:\n    B: 1\nfilter_c:\n    C: 1\n_hidden:\n    D: 1\ncondition: {condition}")
    };
    for (condition, event, expected) in [
        ("sel_a or sel_b and filter_c", r#"{"A": 1}"#, true),
        ("(sel_a or sel_b) and filter_c", r#"{"A": 1}"#, false),
        ("not sel_a and sel_b", r#"{"B": 1}"#, true),
        ("not (sel_a or sel_b)", r#"{"C": 1}"#, true),
        ("1 of sel_*", r#"{"B": 1}"#, true),
        ("any of sel_*", r#"{"B": 1}"#, true),
        ("all of sel_*", r#"{"B": 1}"#, false),
        ("all of sel_*", r#"{"A": 1, "B": 1}"#, true),
        ("1 of them", r#"{"D": 1}"#, false),
        ("all of them", r#"{"A": 1, "B": 1, "C": 1}"#, true),
        ("1 of *_c", r#"{"C": 1}"#, true),
        ("1 of s*_a", r#"{"A": 1}"#, true),
        ("1 of _hid*", r#"{"D": 1}"#, true),
        ("2 of them", r#"{"A": 1, "C": 1}"#, true),
        ("2 of them", r#"{"A": 1}"#, false),
        ("1 of sel_* and not 1 of filter_*", r#"{"A": 1, "C": 1}"#, false),
        ("not 1 of sel_* and not filter_c", r#"{"X": 1}"#, true),
        ("((sel_a and not (sel_b or (not filter_c))))", r#"{"A": 1, "C": 1}"#, true),
    ] {
        assert_eq!(matches(&detection(condition), event), expected, "{condition} {event}");
    }
    check("a:\n    A: 1\nb:\n    B: 1\ncondition:\n    - a\n    - b", "yes {\"B\": 1}\nyes {\"A\": 1}\nno {\"C\": 1}");
}

#[test]
fn dotted_and_odd_field_names() {
    check(
        "selection:\n    a.b.c|contains: x\ncondition: selection",
        "yes {\"a\": {\"b\": {\"c\": \"xx\"}}}\nyes {\"a.b.c\": \"x\"}",
    );
    check("selection:\n    'Threat Name': x\ncondition: selection", "yes {\"Threat Name\": \"X\"}");
    check("selection:\n    'args[0]': x\ncondition: selection", "yes {\"args[0]\": \"X\"}\nno {\"args\": [\"x\"]}");
}

#[test]
fn numbers_written_otherwise_are_found() {
    // The prefilter must not lose what evaluation would find.
    check(
        "selection:\n    A: [1, 2, 3]\ncondition: selection",
        "yes {\"A\": 2.0}\nyes {\"A\": 2e0}\nno {\"A\": 2.5}\nno {\"A\": \"2.0\"}",
    );
}
