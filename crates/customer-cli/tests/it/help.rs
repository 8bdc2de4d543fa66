//! Help texts and usage errors.

use std::collections::BTreeSet;

use crate::run;

const OPERATIONS: &str = include_str!("../../OPERATIONS.md");

#[test]
fn the_help_explains_lines_and_exit_codes() {
    let help = run(&["apply", "--help"], "");
    assert_eq!((help.code, help.stderr.as_str()), (Some(0), ""));
    insta::assert_snapshot!(help.stdout);
}

#[test]
fn the_help_lists_the_subcommands() {
    let help = run(&["--help"], "");
    assert_eq!((help.code, help.stderr.as_str()), (Some(0), ""));
    insta::assert_snapshot!(help.stdout);
}

#[test]
fn the_help_of_sign_shows_examples() {
    let help = run(&["sign", "--help"], "");
    assert_eq!((help.code, help.stderr.as_str()), (Some(0), ""));
    insta::assert_snapshot!(help.stdout);
}

#[test]
fn the_help_of_the_store_commands_explains_exit_codes() {
    let help = run(&["update", "--help"], "");
    assert_eq!((help.code, help.stderr.as_str()), (Some(0), ""));
    insta::assert_snapshot!(help.stdout);
}

#[test]
fn the_help_of_the_server_shows_a_configuration() {
    let help = run(&["serve", "--help"], "");
    assert_eq!((help.code, help.stderr.as_str()), (Some(0), ""));
    let (options, configuration) = help.stdout.split_once("for --config:\n\n").unwrap();
    assert_eq!(configuration, customer_http::Config::EXAMPLE);
    insta::assert_snapshot!(options);
}

#[test]
fn the_version_is_that_of_the_package() {
    let version = run(&["--version"], "");
    assert_eq!(version.code, Some(0));
    let expected = concat!("customer ", env!("CARGO_PKG_VERSION"), "\n");
    assert_eq!(version.stdout, expected);
}

#[test]
fn wrong_usage_is_exit_code_2() {
    for args in [
        &[][..],
        &["aply"],
        &["apply", "--now", "noon"],
        &["apply", "--now"],
        &["apply", "a", "b"],
        &["apply", "--loud"],
    ] {
        let ended = run(args, "");
        assert_eq!(
            (ended.code, ended.stdout.as_str()),
            (Some(2), ""),
            "{args:?}"
        );
        assert!(!ended.stderr.is_empty(), "{args:?}");
    }
}

#[test]
fn the_operations_page_uses_existing_options() {
    let mut commands = BTreeSet::new();
    for line in OPERATIONS.lines() {
        // The part of a line that is a command, in a block or in a sentence.
        let Some((_, command)) = line.split_once("customer ") else {
            continue;
        };
        let command = command.split(['`', '|']).next().unwrap();
        let mut words = command.split_whitespace();
        let Some(name) = words.next() else { continue };
        let help = run(&[name, "--help"], "");
        if help.code != Some(0) {
            assert!(!command.contains("--"), "{command} is not a command");
            continue;
        }
        commands.insert(name.to_owned());
        for option in words.filter(|word| word.starts_with("--")) {
            let option = option.trim_end_matches(['.', ',', ':']);
            assert!(
                help.stdout.contains(&format!("{option} "))
                    || help.stdout.contains(&format!("{option}\n")),
                "{command}"
            );
        }
    }
    let expected = ["backup", "find", "serve", "sign"].map(str::to_owned);
    assert_eq!(commands, BTreeSet::from(expected));
}

#[test]
fn the_operations_page_names_existing_variables() {
    let help = run(&["serve", "--help"], "").stdout;
    let variables = OPERATIONS.split("Environment=").skip(1);
    let names: Vec<_> = variables
        .map(|rest| rest.split('=').next().unwrap())
        .collect();
    assert!(names.len() >= 4, "{names:?}");
    for name in names {
        assert!(help.contains(&format!("[env: {name}")), "{name}");
    }
}
