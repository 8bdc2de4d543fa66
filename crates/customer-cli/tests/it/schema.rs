//! `customer schema`.

use crate::run;

#[test]
fn the_schema_of_a_create_is_printed() {
    let schema = run(&["schema", "create"], "");
    assert_eq!((schema.code, schema.stderr.as_str()), (Some(0), ""));
    insta::assert_snapshot!(schema.stdout);
}

#[test]
fn the_schema_of_an_update_is_the_default() {
    let schema = run(&["schema"], "");
    assert_eq!((schema.code, schema.stderr.as_str()), (Some(0), ""));
    assert_eq!(run(&["schema", "update"], "").stdout, schema.stdout);
    insta::assert_snapshot!(schema.stdout);
}

#[test]
fn the_help_explains_the_bodies() {
    let help = run(&["schema", "--help"], "");
    assert_eq!((help.code, help.stderr.as_str()), (Some(0), ""));
    insta::assert_snapshot!(help.stdout);
}
