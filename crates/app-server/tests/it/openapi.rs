//! The text of the API against the running server, by a program that knows only the text (schemathesis): what is asked
//! rightly and wrongly gets an answer as the text describes it, and nothing makes the server fail. The pages of the
//! console are asked in the same way, every route with made-up parameters and forms.

use crate::lake_given;
use crate::server::{Account, Server, post, source_token_of};
use base_core::Clock;
use base_testkit::Http;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Cases per endpoint of the API.
const CASES: &str = "60";
/// Cases per route of the console: there are two hundred.
const PAGE_CASES: &str = "4";
/// Checks that do not hold here: a query or statement may be wrong in ways a schema cannot say, and an endpoint that
/// takes a cookie or a token is rightly answered when the token that this test always sends is good, whatever cookie is
/// made up beside it (`canary` and `search_scope` ask without rights).
const NOT_HELD: &str = "positive_data_acceptance,ignored_auth";
/// Longest wait for one answer, in seconds.
const PATIENCE: &str = "30";
/// Routes that are not asked: a stream without end, and what ends the session that asks or locks its account.
const LEFT_OUT: [&str; 6] = ["/truc-tiep", "/dang-xuat", "/dang-nhap", "/tai-khoan-cua-toi", "/bat-dau", "phien"];

fn schemathesis() -> Option<PathBuf> {
    let target = std::env::current_exe().ok().and_then(|exe| Some(exe.ancestors().nth(3)?.to_path_buf()));
    let found = target.map(|t| t.join("schemathesis/bin/schemathesis")).filter(|p| p.is_file());
    if found.is_none() {
        base_testkit::skip("schemathesis is not installed; cargo xtask test --only tools does it");
    }
    found
}

/// Runs it over a text; panics with what it says when something is found.
fn run(program: &Path, server: &Server, folder: &Path, text: &str, arguments: &[&str]) {
    let output = Command::new(program)
        .current_dir(folder)
        .args(["run", text, "--url", &format!("http://127.0.0.1:{}", server.port)])
        .args(["--seed", "7", "--generation-database", "none", "--request-timeout", PATIENCE, "--no-color"])
        .args(["--output-truncate", "true", "--suppress-health-check", "all", "--warnings", "off"])
        .args(arguments)
        .output()
        .expect("schemathesis starts");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let wrong = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "schemathesis found something:\n{said}\n{wrong}");
    // Nothing found is nothing proved unless cases were made.
    assert!(said.contains("generated") && !said.contains(" 0 generated"), "{said}");
}

/// A token of the person for everything tokens may be for.
fn token_of(server: &Server, person: &Account) -> String {
    const PAGE: &str = "/tai-khoan-cua-toi/ma-truy-cap";
    let mut http = server.client(person);
    let page = http.get(PAGE).expect("the page").text();
    let until = base_core::SystemClock.now().plus_secs(30 * 86_400).to_string();
    let until = until.get(..10).expect("a day").to_owned();
    let mut fields = vec![("name", "schemathesis"), ("unit", ""), ("until", &until), ("password", &person.password)];
    let actions: BTreeSet<&str> =
        page.split("name=\"action-").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let actions: Vec<String> = actions.into_iter().map(|action| format!("action-{action}")).collect();
    fields.extend(actions.iter().map(|action| (action.as_str(), "on")));
    let answer = post(&mut http, PAGE, PAGE, &fields);
    let text = answer.text();
    let at = text.find("mgt_").unwrap_or_else(|| panic!("a token: {} {text}", answer.status));
    text[at..].chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')).collect()
}

#[test]
fn what_programs_are_told_of_the_api_is_so() {
    let Some(program) = schemathesis() else { return };
    let data = tempfile::tempdir().expect("folder");
    lake_given::write(data.path(), 400);
    let server = Server::start("demo", data.path(), &["--quiet"]);
    let lead = server.account("truongattt");
    let text = Http::local(server.port).get("/api/v1/openapi.json").expect("the text");
    assert_eq!((text.status, text.header("content-type")), (200, Some("application/json")));
    let file = data.path().join("openapi.json");
    std::fs::write(&file, text.text()).expect("written");

    let file = file.to_string_lossy();
    let own = format!("Authorization: Bearer {}", token_of(&server, &lead));
    let asks = ["--max-examples", CASES, "--exclude-tag", "events", "--exclude-checks", NOT_HELD, "--header", &own];
    run(&program, &server, data.path(), &file, &asks);
    // Lines of JSON it cannot make up; an array of objects and lines of text it can. The door answers all
    // methods itself, and takes one object where an array is promised.
    let mut parts: Value = serde_json::from_str(&text.text()).expect("JSON");
    let body = parts.pointer_mut("/paths/~1api~1v1~1events/post/requestBody/content").and_then(Value::as_object_mut);
    assert!(body.is_some_and(|body| body.remove("application/x-ndjson").is_some()), "{parts}");
    std::fs::write(&*file, parts.to_string()).expect("written");
    let own = format!("Authorization: Bearer {}", source_token_of(&server, &server.account("quantri"), "api", "SNV"));
    let not_held = format!("{NOT_HELD},negative_data_rejection,allow_header_conformance,unsupported_method");
    let hands_in = ["--max-examples", CASES, "--include-tag", "events", "--exclude-checks", &not_held];
    run(&program, &server, data.path(), &file, &[&hands_in[..], &["--header", &own]].concat());
}

/// The names of the fields of each form that a page shows, by where the form goes.
fn forms(text: &str, found: &mut BTreeMap<String, BTreeSet<String>>) {
    for form in text.split("<form").skip(1) {
        let form = form.split("</form>").next().unwrap_or_default();
        let Some(to) = form.split("action=\"").nth(1).and_then(|rest| rest.split(['"', '?']).next()) else { continue };
        let names = form.split(" name=\"").skip(1).filter_map(|rest| rest.split('"').next());
        found.entry(to.to_owned()).or_default().extend(names.filter(|n| *n != "_csrf").map(str::to_owned));
    }
}

/// A text in the manner of OpenAPI of every page and form, for made-up questions: no promise is made of the answers.
fn console(forms: &BTreeMap<String, BTreeSet<String>>) -> Value {
    let is_of = |route: &str, path: &str| {
        let (route, path): (Vec<_>, Vec<_>) = (route.split('/').collect(), path.split('/').collect());
        route.len() == path.len() && route.iter().zip(&path).all(|(r, p)| r == p || r.starts_with('{'))
    };
    let mut paths: BTreeMap<&str, BTreeMap<String, Value>> = BTreeMap::new();
    for line in include_str!("../../routes.golden.txt").lines() {
        let Some((route, _)) = line.split_once(" → ") else { continue };
        let Some((path, method)) = route.split_once(' ') else { continue };
        let asked = matches!(method, "GET" | "POST") && !path.starts_with("/api/") && !path.contains('*');
        if !asked || LEFT_OUT.iter().any(|out| path.contains(out)) || line.contains("token of the handler") {
            continue;
        }
        let names: BTreeSet<&str> =
            forms.iter().filter(|(to, _)| is_of(path, to)).flat_map(|(_, names)| names).map(String::as_str).collect();
        let text = json!({"type": "string"});
        let in_path = path.split('{').skip(1).filter_map(|rest| rest.split('}').next());
        let mut parameters: Vec<Value> =
            in_path.map(|name| json!({"name": name, "in": "path", "required": true, "schema": text})).collect();
        let mut endpoint = json!({"responses": {"default": {"description": "an answer"}}});
        if method == "GET" {
            let usual = ["q", "unit", "at", "page", "after", "sort", "from", "until"];
            let names: BTreeSet<&str> = names.into_iter().chain(usual).collect();
            parameters.extend(names.iter().map(|name| json!({"name": name, "in": "query", "schema": text})));
        } else {
            let fields: serde_json::Map<String, Value> =
                names.iter().map(|name| ((*name).to_owned(), text.clone())).collect();
            let schema = json!({"type": "object", "properties": fields});
            endpoint["requestBody"] = json!({"content": {"application/x-www-form-urlencoded": {"schema": schema}}});
        }
        endpoint["parameters"] = Value::Array(parameters);
        paths.entry(path).or_default().insert(method.to_ascii_lowercase(), endpoint);
    }
    json!({"openapi": "3.1.0", "info": {"title": "console", "version": "1"}, "paths": paths})
}

#[test]
fn no_made_up_question_makes_the_console_fail() {
    let Some(program) = schemathesis() else { return };
    let data = tempfile::tempdir().expect("folder");
    lake_given::write(data.path(), 400);
    let server = Server::start("demo", data.path(), &["--quiet"]);
    let pages: Vec<&str> = include_str!("../../routes.golden.txt")
        .lines()
        .filter_map(|line| line.split_once(" GET → ").map(|(path, _)| path))
        .filter(|path| !path.contains('{') && !LEFT_OUT.iter().any(|out| path.contains(out)))
        .collect();
    let people = ["quantri", "truongattt"].map(|name| server.account(name));
    let mut found = BTreeMap::new();
    for person in &people {
        let mut http = server.client(person);
        pages.iter().filter_map(|page| http.get(page).ok()).for_each(|reply| forms(&reply.text(), &mut found));
    }
    assert!(found.len() > 20, "{found:?}");
    let file = data.path().join("console.json");
    std::fs::write(&file, console(&found).to_string()).expect("written");

    let file = file.to_string_lossy();
    for person in &people {
        let mut http = server.client(person);
        let token = http.get("/tai-khoan-cua-toi").expect("a page").hidden("_csrf").expect("a token");
        let (cookie, token) = (format!("Cookie: {}", http.cookies()), format!("X-CSRF-Token: {token}"));
        let asks = ["--max-examples", PAGE_CASES, "--checks", "not_a_server_error", "--phases", "coverage,fuzzing"];
        run(&program, &server, data.path(), &file, &[&asks[..], &["--header", &cookie, "--header", &token]].concat());
        // The session must have lasted, or the questions were those of a stranger.
        assert_eq!(http.get("/tai-khoan-cua-toi").expect("a page").status, 200, "{} is still signed in", person.name);
    }
}
