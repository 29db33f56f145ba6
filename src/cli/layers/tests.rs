use std::collections::HashMap;
use std::io::Write as _;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use super::*;

/// Builds a tree with every kind of argument: switch, list, positional, nested command, conflicting flags.
fn tree() -> Command {
    let file = Arg::new("config").long("config").global(true).value_parser(value_parser!(PathBuf));
    let check = Command::new("check")
        .arg(Arg::new("url"))
        .arg(Arg::new("token").long("token").conflicts_with("basic"))
        .arg(Arg::new("basic").long("basic"))
        .arg(Arg::new("json").long("json"))
        .arg(Arg::new("seed").long("seed").value_parser(value_parser!(u64)))
        .arg(Arg::new("client").long("client").value_parser(["oin", "aiw", "both"]).default_value("both"))
        .arg(Arg::new("keep").long("keep").action(ArgAction::SetTrue))
        .arg(Arg::new("time_limit").long("time-limit"))
        .arg(Arg::new("header").long("header").action(ArgAction::Append));
    let add = Command::new("add").arg(Arg::new("name").long("name").required(true));
    Command::new("scimulate")
        .arg(file)
        .subcommand_required(true)
        .subcommand(check)
        .subcommand(Command::new("directory").subcommand_required(true).subcommand(add))
}

fn parse(line: &str, env: &[(&str, &str)]) -> Result<ArgMatches, String> {
    let env: HashMap<String, OsString> = env.iter().map(|(k, v)| ((*k).to_owned(), OsString::from(v))).collect();
    let words = std::iter::once("scimulate").chain(line.split_whitespace()).map(OsString::from).collect();
    parse_with(&tree(), words, &|name| env.get(name).cloned(), None).map_err(|error| {
        assert_eq!(error.exit_code(), 2);
        error.to_string()
    })
}

fn check(line: &str, env: &[(&str, &str)]) -> ArgMatches {
    parse(line, env).unwrap().subcommand_matches("check").unwrap().clone()
}

fn text(matches: &ArgMatches, name: &str) -> Option<String> {
    matches.get_one::<String>(name).cloned()
}

/// Creates a file with `content` and returns its path.
fn file(content: &str) -> (tempfile::NamedTempFile, String) {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(content.as_bytes()).unwrap();
    let path = file.path().display().to_string();
    (file, path)
}

#[test]
fn flags_override_environment_file_and_default() {
    let (_kept, path) = file("[check]\njson = \"file.json\"\nseed = 7\nclient = \"oin\"\n");
    let env =
        [("SCIMULATE_CHECK_JSON", "env.json"), ("SCIMULATE_CHECK_SEED", "8"), ("SCIMULATE_CONFIG", path.as_str())];
    let all = check("check --json flag.json", &env);
    assert_eq!(text(&all, "json").unwrap(), "flag.json");
    assert_eq!(all.get_one::<u64>("seed"), Some(&8));
    assert_eq!(text(&all, "client").unwrap(), "oin");
    assert_eq!(text(&check("check", &[]), "client").unwrap(), "both");
    assert_eq!(text(&check(&format!("--config {path} check"), &[]), "json").unwrap(), "file.json");
    assert_eq!(text(&check(&format!("check --config={path}"), &[]), "json").unwrap(), "file.json");
}

#[test]
fn a_value_may_begin_with_a_hyphen_and_a_word_may_be_a_commands_name() {
    let said = check("--config=/dev/null check http://h", &[("SCIMULATE_CHECK_TOKEN", "-x=1")]);
    assert_eq!(text(&said, "token").unwrap(), "-x=1");
    assert_eq!(text(&said, "url").unwrap(), "http://h");
    assert_eq!(text(&check("check", &[("SCIMULATE_CHECK_URL", "http://e")]), "url").unwrap(), "http://e");
    assert_eq!(text(&check("check check", &[("SCIMULATE_CHECK_URL", "http://e")]), "url").unwrap(), "check");
}

#[test]
fn the_general_token_yields_to_another_credential() {
    let token = ("SCIMULATE_TOKEN", "general");
    assert_eq!(text(&check("check", &[token]), "token").unwrap(), "general");
    assert_eq!(text(&check("check", &[token, ("SCIMULATE_CHECK_TOKEN", "own")]), "token").unwrap(), "own");
    let basic = check("check --basic u:p", &[token]);
    assert_eq!((text(&basic, "token"), text(&basic, "basic").unwrap()), (None, "u:p".to_owned()));
    assert_eq!(text(&check("check", &[("SCIMULATE_TOKEN", "")]), "token"), None);
}

#[test]
fn switches_and_lists() {
    let (_kept, path) = file("[check]\nkeep = true\nheader = [\"A: 1\", \"B: 2\"]\n");
    let headers = |m: &ArgMatches| m.get_many::<String>("header").unwrap().cloned().collect::<Vec<_>>();
    let from_file = check(&format!("check --config {path}"), &[]);
    assert!(from_file.get_flag("keep"));
    assert_eq!(headers(&from_file), ["A: 1", "B: 2"]);
    let off = [("SCIMULATE_CHECK_KEEP", "false"), ("SCIMULATE_CHECK_HEADER", "C: 3\nD: 4")];
    let from_env = check(&format!("check --config {path}"), &off);
    assert!(!from_env.get_flag("keep"));
    assert_eq!(headers(&from_env), ["C: 3", "D: 4"]);
    let maybe = parse("check", &[("SCIMULATE_CHECK_KEEP", "maybe")]).unwrap_err();
    assert!(maybe.contains("SCIMULATE_CHECK_KEEP: maybe is neither true nor false"), "{maybe}");
}

#[test]
fn required_flags_of_nested_commands_can_come_from_any_layer() {
    let name = |m: ArgMatches| {
        let (_, directory) = m.subcommand().map(|(n, d)| (n.to_owned(), d.clone())).unwrap();
        text(directory.subcommand_matches("add").unwrap(), "name").unwrap()
    };
    assert!(parse("directory add", &[]).unwrap_err().contains("--name"));
    assert_eq!(name(parse("directory add", &[("SCIMULATE_DIRECTORY_ADD_NAME", "Acme")]).unwrap()), "Acme");
    let (_kept, path) = file("[directory.add]\nname = \"Filed\"\n");
    assert_eq!(name(parse(&format!("directory add --config {path}"), &[]).unwrap()), "Filed");
}

#[test]
fn an_error_names_its_origin_and_the_remedy() {
    for (content, line, message) in [
        ("[check]\nseed = 1\njsn = \"x\"\n", 3, "[check] has no setting `jsn`; there are: url, token, basic, json"),
        ("[chekc]\n", 1, "`chekc` is not a table of a command; there are [check], [directory]"),
        ("json = \"x\"\n", 1, "`json` is not a table of a command"),
        ("[directory]\nname = \"x\"\n", 2, "`name` is not a table of a command; there are [directory.add]"),
        ("[check]\nkeep = \"yes\"\n", 2, "write `keep = true` or `keep = false`"),
        ("[check]\njson = true\n", 2, "`json` expects a string or a number, not this boolean"),
        ("[check]\nheader = [1, [2]]\n", 2, "`header` expects a string or a number, not this array"),
        ("[check]\n\nseed = \"many\"\n", 3, "invalid value 'many' for '--seed <seed>'"),
        ("[check]\nclient = \"bth\"\n", 2, "[possible values: oin, aiw, both]"),
        ("[check]\njson = \n", 2, "string values must be quoted"),
        // Another command's table is checked too.
        ("[directory.add]\nnaem = 1\n", 2, "[directory.add] has no setting `naem`; there are: name"),
    ] {
        let (_kept, path) = file(content);
        let error = parse(&format!("check --config {path}"), &[]).unwrap_err();
        assert!(error.contains(&format!("{path}:{line}: ")) && error.contains(message), "{content:?}:\n{error}");
    }
    let missing = parse("check --config /nowhere/at.toml", &[]).unwrap_err();
    assert!(
        missing.contains("/nowhere/at.toml") && missing.contains("--config expects a readable TOML file"),
        "{missing}"
    );
    let typed = parse("check", &[("SCIMULATE_CHECK_SEED", "many")]).unwrap_err();
    assert!(typed.contains("SCIMULATE_CHECK_SEED: invalid value 'many'"), "{typed}");
}

#[test]
fn errors_in_typed_arguments_are_those_of_clap() {
    assert!(parse("check --sed 1", &[]).unwrap_err().contains("unexpected argument '--sed'"));
    assert!(parse("chekc", &[]).unwrap_err().contains("unrecognized subcommand 'chekc'"));
    assert!(
        parse("check --seed many", &[("SCIMULATE_CHECK_JSON", "x")])
            .unwrap_err()
            .starts_with("error: invalid value 'many'")
    );
}

#[test]
fn the_help_of_each_command_describes_environment_and_file() {
    let mut command = crate::cli::Cli::tree();
    command.build();
    command.clone().debug_assert();
    let check = command.find_subcommand_mut("check").unwrap().render_long_help().to_string();
    assert!(check.contains("SCIMULATE_CHECK_<FLAG>") && check.contains("[check]"), "{check}");
}
