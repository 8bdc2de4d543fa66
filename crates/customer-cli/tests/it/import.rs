//! `customer import`: what a line does.

use serde_json::{Value, json};

use crate::workspace::Workspace;

/// The summary of an import that has rejected no line.
#[track_caller]
fn import(workspace: &Workspace, args: &[&str], input: &str) -> Value {
    let summary = workspace.output(&[&["import"], args].concat(), input);
    assert_eq!(summary.len(), 1);
    summary[0].clone()
}

fn summary(created: u64, updated: u64, unchanged: u64) -> Value {
    json!({"created": created, "updated": updated, "unchanged": unchanged, "rejected": 0,
        "dryRun": false})
}

const CSV: &[&str] = &["--format", "csv"];

#[test]
fn a_line_creates_or_patches_the_customer_with_its_email_address() {
    let workspace = Workspace::new();
    let file = "customer,email,mainPhone,website,createdAt\n\
        Acme,ann@bücher.example,+1,https://a.example,2001-01-01T00:00:00Z\n\
        Beta,bob@acme.example,,,\n\
        Acme Ltd,ANN@xn--bcher-kva.example,,,\n";
    assert_eq!(
        import(&workspace, CSV, file),
        summary(2, 1, 0),
        "V3: by key, and in order"
    );
    let records = workspace.records();
    assert_eq!(records[0]["customer"], "Acme Ltd");
    assert_eq!(records[0]["email"], "ANN@xn--bcher-kva.example");
    assert_eq!(
        records[0]["mainPhone"], "+1",
        "an empty cell leaves it unchanged"
    );
    assert_ne!(records[0]["createdAt"], "2001-01-01T00:00:00Z");

    let twice = import(&workspace, CSV, file);
    assert_eq!(twice, summary(0, 2, 1));
    assert_eq!(workspace.records(), records, "twice leaves the same state");
}

#[test]
fn an_empty_cell_clears_if_that_is_chosen() {
    let workspace = Workspace::new();
    let header = "customer,email,mainPhone,website,billingAddress.city,contacts\n";
    let full = r#"Acme,a@acme.example,+1,a.example,Paris,"[{""name"":""Ann""}]""#;
    import(&workspace, CSV, &format!("{header}{full}\n"));
    let empty = format!("{header}Acme,a@acme.example,, \u{200b},\u{a0},\n");
    assert_eq!(import(&workspace, CSV, &empty), summary(0, 0, 1));

    let empty = format!("{header}Acme,a@acme.example,, ,\u{a0},\n");
    let cleared = import(&workspace, &[CSV, &["--empty", "clears"]].concat(), &empty);
    assert_eq!(cleared, summary(0, 1, 0));
    let record = &workspace.records()[0];
    for field in ["mainPhone", "website", "billingAddress"] {
        assert_eq!(record[field], Value::Null, "{field}");
    }
    assert_eq!(record["contacts"], json!([]));

    let nameless = format!("{header},a@acme.example,,,,\n");
    let args = [&["import", "--empty", "clears"], CSV].concat();
    let ended = workspace.run(&args, &nameless);
    assert_eq!(ended.code, Some(1));
    assert_eq!(
        ended.stderr, "line 2: customer must not be null (NULL_NOT_ALLOWED)\n",
        "P4"
    );
}

#[test]
fn p3_an_address_is_replaced_as_a_whole() {
    let workspace = Workspace::new();
    let header = "customer,email,billingAddress.street,billingAddress.city,shippingAddress.city\n";
    let first = "Acme,a@acme.example,1 Main St,Paris,Lyon\n";
    import(&workspace, CSV, &format!("{header}{first}"));
    import(
        &workspace,
        CSV,
        &format!("{header}Acme,a@acme.example,,Nice,\n"),
    );
    let record = &workspace.records()[0];
    assert_eq!(record["billingAddress"]["city"], "Nice");
    assert_eq!(record["billingAddress"]["street"], Value::Null);
    assert_eq!(record["shippingAddress"]["city"], "Lyon", "all cells empty");
}

#[test]
fn ndjson_has_the_rules_of_an_update() {
    let workspace = Workspace::new();
    let lines = r#"{"customer":"Acme","email":"a@acme.example","mainPhone":"+1","contacts":[{"name":"Ann"}],"billingAddress":{"city":"Paris"}}

{"email":"A@acme.example","mainPhone":null,"updatedAt":"nonsense","uuid":7}
{"email":"b@acme.example","customer":"Beta","billingAddress.city":"Rome"}
"#;
    assert_eq!(
        import(&workspace, &[], &format!("\u{feff}{lines}")),
        summary(2, 1, 0)
    );
    let records = workspace.records();
    assert_eq!(records[0]["mainPhone"], Value::Null);
    assert_eq!(
        records[0]["contacts"][0]["name"], "Ann",
        "only replaced when present"
    );
    assert_eq!(records[1]["billingAddress"]["city"], "Rome");
}

#[test]
fn the_uuid_selects_and_is_given_to_a_new_customer() {
    let workspace = Workspace::new();
    let id = "0191e1a0-0000-7000-8000-00000000000b";
    let args = [CSV, &["--match", "uuid"]].concat();
    let file = |email: &str| format!("uuid,customer,email\n{id},Acme,{email}\n");
    assert_eq!(
        import(&workspace, &args, &file("a@acme.example")),
        summary(1, 0, 0)
    );
    assert_eq!(
        import(&workspace, &args, &file("b@acme.example")),
        summary(0, 1, 0)
    );
    let records = workspace.records();
    assert_eq!(records.len(), 1);
    assert_eq!(
        (&records[0]["uuid"], &records[0]["email"]),
        (&json!(id), &json!("b@acme.example"))
    );

    let file = "uuid,customer,email\n,A,x@acme.example\nx,,y\n0191e1a0-0000-7000-8000-00000000000c,C,B@acme.example\n";
    let ended = workspace.run(&[&["import"], &args[..]].concat(), file);
    let expected = format!(
        "line 2: uuid is required (REQUIRED)\n\
         line 3: uuid must be a UUID in its hyphenated form of 36 characters; email must be an email \
         address such as name@company.example (INVALID_UUID)\n\
         line 4: Another customer has this email address. It is customer {id}. (EMAIL_ALREADY_EXISTS)\n"
    );
    assert_eq!((ended.code, ended.stderr), (Some(1), expected));
}

#[test]
fn without_a_match_every_line_is_a_new_customer() {
    let workspace = Workspace::new();
    let args = [CSV, &["--match", "none"]].concat();
    let file = "uuid,customer,email\nignored,A,a@acme.example\n,B,b@acme.example\n";
    assert_eq!(import(&workspace, &args, file), summary(2, 0, 0));
    let records = workspace.records();
    let again = workspace.run(&[&["import"], &args[..]].concat(), file);
    assert_eq!(again.code, Some(1));
    assert_eq!(
        again.stderr.matches("EMAIL_ALREADY_EXISTS").count(),
        2,
        "S2"
    );
    assert_eq!(workspace.records(), records);
}

#[test]
fn foreign_files_are_read_with_a_mapping() {
    let data = |name: &str| format!("{}/tests/data/{name}", env!("CARGO_MANIFEST_DIR"));
    for (name, args, created) in [
        ("firmen", &["--delimiter", ";"][..], 3),
        ("accounts", &["--map", "Account Owner="], 2),
        ("clients", &["--delimiter", "tab", "--match", "uuid"], 2),
    ] {
        let workspace = Workspace::new();
        let file = data(&format!("{name}.csv"));
        let mapping = data(&format!("{name}.toml"));
        let now = "2026-11-23T12:00:00Z";
        let args = [args, &[&file, "--map-file", &mapping, "--now", now]].concat();
        assert_eq!(
            import(&workspace, &args, ""),
            summary(created, 0, 0),
            "{name}"
        );
        assert_eq!(
            import(&workspace, &args, ""),
            summary(0, 0, created),
            "{name}"
        );
        let mut records = workspace.records();
        if name != "clients" {
            for record in &mut records {
                record.as_object_mut().unwrap().remove("uuid");
            }
        }
        insta::assert_json_snapshot!(name, records);
    }
}

#[test]
fn importing_an_export_changes_nothing() {
    let workspace = Workspace::new();
    let street = "1 Rue de la Paix\nBâtiment \"B\", cour";
    let lines = [
        json!({"customer": " =1+1;\"x\",y ", "email": "ann@bücher.example", "mainPhone": "+1",
            "website": "acme.example", "status": "inactive",
            "billingAddress": {"street": street, "zipCode": "007"},
            "shippingAddress": {"country": "Ünited"},
            "contacts": [{"name": "Ann \"A\"", "email": "a@b.example", "isPrimary": true}, {"name": "Bob"}]}),
        json!({"customer": "株式会社", "email": "b@acme.example"}),
        json!({"customer": "_line", "email": "c@acme.example", "website": "https://a.example/?a=1,2"}),
    ];
    import(
        &workspace,
        &[],
        &lines.map(|line| line.to_string()).join("\n"),
    );
    let before = workspace.run(&["export"], "").stdout;
    for name in ["all.csv", "all.ndjson"] {
        let path = workspace.path(name);
        let path = path.to_str().unwrap();
        workspace.output(&["export", path], "");
        for (key, empty) in [
            ("email", "unchanged"),
            ("uuid", "unchanged"),
            ("uuid", "clears"),
        ] {
            let args = [path, "--match", key, "--empty", empty];
            assert_eq!(import(&workspace, &args, ""), summary(0, 0, 3), "{args:?}");
        }
        assert_eq!(
            workspace.run(&["export"], "").stdout,
            before,
            "also updatedAt"
        );

        let copy = Workspace::new();
        assert_eq!(
            import(&copy, &[path, "--match", "uuid"], ""),
            summary(3, 0, 0)
        );
        let (mut copied, mut original) = (copy.records(), workspace.records());
        for record in copied.iter_mut().chain(&mut original) {
            record.as_object_mut().unwrap().remove("createdAt");
        }
        assert_eq!(copied, original, "{name}");
    }
}

#[test]
fn a_dry_run_reports_what_would_happen_and_writes_nothing() {
    let file = "uuid,customer,email,mainPhone\n\
        ,New,new@acme.example,+1\n\
        ,Newer,NEW@acme.example,+2\n\
        ,Old,old@acme.example,\n\
        ,Old 2,old@acme.example,\n\
        ,Bad,bad,\n\
        ,,missing@acme.example,\n";
    let args = [&["import"], CSV, &["--dry-run"]].concat();

    let absent = Workspace::new();
    assert_eq!(absent.run(&args, file).code, Some(1));
    assert!(
        !absent.path("customers.db").exists(),
        "the store is not created"
    );

    let workspace = Workspace::new();
    import(&workspace, CSV, "customer,email\nOld,old@acme.example\n");
    let before = workspace.run(&["export"], "").stdout;
    let dry = workspace.run(&args, file);
    assert_eq!(workspace.run(&["export"], "").stdout, before);
    let real = workspace.run(&[&["import"], CSV].concat(), file);
    assert_eq!((dry.code, &dry.stderr), (real.code, &real.stderr));
    let expected = r#"{"created":1,"updated":2,"unchanged":1,"rejected":2,"dryRun":"#;
    assert_eq!(dry.stdout, format!("{expected}true}}\n"));
    assert_eq!(real.stdout, format!("{expected}false}}\n"));
}

#[test]
fn a_dry_run_sees_an_address_that_an_earlier_line_has_changed() {
    let workspace = Workspace::new();
    let [one, two] = ["a", "b"].map(|end| format!("0191e1a0-0000-7000-8000-00000000000{end}"));
    let args = [CSV, &["--match", "uuid"]].concat();
    let file = format!("uuid,customer,email\n{one},A,a@acme.example\n{two},B,b@acme.example\n");
    import(&workspace, &args, &file);
    // The two swap their addresses through a third one.
    let moves = [(&one, "c"), (&two, "a"), (&one, "b"), (&two, "b")];
    let moves = moves.map(|(id, name)| format!("{id},X,{name}@acme.example\n"));
    let file = format!("uuid,customer,email\n{}", moves.concat());
    let dry = workspace.run(&[&["import", "--dry-run"], &args[..]].concat(), &file);
    let real = workspace.run(&[&["import"], &args[..]].concat(), &file);
    assert!(
        real.stderr.starts_with("line 5: Another customer has"),
        "{}",
        real.stderr
    );
    assert_eq!((dry.code, dry.stderr), (real.code, real.stderr));
    assert_eq!(dry.stdout.replace("true", "false"), real.stdout);
}

#[test]
fn an_import_and_an_export_work_with_postgresql() {
    let Some(server) = customer_testkit::postgres::shared() else {
        return;
    };
    let url = server.url();
    let team = "00000000-0000-0000-0000-000000000019";
    let run = |args: &[&str], input: &str| {
        let place = ["--store", &url, "--team", team];
        let ended = crate::run(&[args, &place].concat(), input);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        ended
    };
    let output = |args: &[&str], input: &str| -> Vec<Value> {
        let ended = run(args, input);
        assert_eq!(ended.stderr, "");
        crate::values(&ended.stdout)
    };
    let file = "customer,email\nA,a@acme.example\nB,b@acme.example\nC,A@acme.example\n";
    let import = ["import", "--format", "csv"];
    assert_eq!(output(&import, file), [summary(2, 1, 0)]);
    assert_eq!(output(&import, file), [summary(0, 2, 1)]);
    assert_eq!(output(&["list", "--search", "a@"], "")[0]["customer"], "C");

    let export = run(&["export"], "");
    assert_eq!(crate::values(&export.stdout).len(), 2);
    let position = export.stderr.strip_prefix("later changes: --after ");
    let position = position.unwrap().trim();
    let file = "customer,email\nD,b@acme.example\n";
    assert_eq!(output(&import, file), [summary(0, 1, 0)]);
    // S9: the transactions of other tests delay readers of the change log.
    let change = loop {
        let changes = crate::values(&run(&["changes", "--after", position], "").stdout);
        let renamed = |change: &Value| change["fields"] == json!(["customer"]);
        if let Some(change) = changes.into_iter().find(renamed) {
            break change;
        }
    };
    assert_eq!(change["kind"], "updated");
}

#[test]
fn the_help_explains_columns_and_exit_codes() {
    let help = crate::run(&["import", "--help"], "");
    assert_eq!((help.code, help.stderr.as_str()), (Some(0), ""));
    insta::assert_snapshot!(help.stdout);
}

#[test]
#[cfg(unix)]
fn the_demo_imports_changes_and_exports() {
    let workspace = Workspace::new();
    let command = std::path::Path::new(env!("CARGO_BIN_EXE_customer"));
    let path = std::env::var("PATH").unwrap();
    let output = std::process::Command::new("sh")
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/demo/import.sh"))
        .current_dir(workspace.path("."))
        .env(
            "PATH",
            format!("{}:{path}", command.parent().unwrap().display()),
        )
        .output()
        .unwrap();
    assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
    let stdout = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<_> = stdout.lines().collect();
    let summary = |numbers: &str| format!("{{{numbers},\"dryRun\":false}}");
    assert_eq!(
        lines[..3],
        [
            summary(r#""created":2,"updated":0,"unchanged":0,"rejected":1"#),
            summary(r#""created":1,"updated":0,"unchanged":0,"rejected":0"#),
            summary(r#""created":0,"updated":0,"unchanged":3,"rejected":0"#),
        ]
    );
    assert!(
        lines[3].contains(r#""kind":"updated","fields":["status"]"#),
        "{stdout}"
    );
    assert!(stdout.contains(r#""[{""name"":""Ann Lee"""#), "{stdout}");
    assert_eq!(lines.len(), 3 + 1 + 4);
}
