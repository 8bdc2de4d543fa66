//! Compares the rules with public test suites, which are not part of this repository:
//!
//! ```text
//! cargo run -p customer-testkit --example suites -- FOLDER
//! ```
//!
//! `FOLDER` contains:
//!
//! - `isemail-tests.xml`, `isemail-tests-original.xml` (dominicsayers/isemail);
//! - `json-schema-{email,idn-email,hostname,idn-hostname}.json`
//!   (json-schema-org/JSON-Schema-Test-Suite, draft 2020-12, format);
//! - `IdnaTestV2.txt` (Unicode, UTS #46);
//! - `blns.json` (minimaxir/big-list-of-naughty-strings);
//! - `json-test-suite.ndjson` (nst/JSONTestSuite): a line per file, with its `name` and
//!   its content as `base64`.
//!
//! For each suite, prints the number of cases, the number in which the rules agree, and
//! the number of differences by the rule that explains them. A difference without an
//! explanation is an error: it is printed, and the exit code is 1.

mod difference;
mod format;

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

use customer_domain::{
    BodyError, CustomerName, CustomerPatch, EmailAddress, PhoneNumber, ValueError, WebsiteUrl,
};
use customer_testkit::model;

use crate::difference::{Difference, EMAIL, HOST, IDNA};
use crate::format::{Case, IdnaRow};

/// The result of one suite.
struct Tally {
    suite: String,
    agree: usize,
    differ: BTreeMap<&'static str, usize>,
    wrong: Vec<String>,
}

impl Tally {
    fn new(suite: impl Into<String>) -> Self {
        Self {
            suite: suite.into(),
            agree: 0,
            differ: BTreeMap::new(),
            wrong: Vec::new(),
        }
    }

    /// Counts a case for which the suite states whether it is valid.
    fn compare(&mut self, case: &Case, accepted: bool, differences: &[Difference]) {
        if case.is_valid == accepted {
            self.agree += 1;
            return;
        }
        let explains = |difference: &&Difference| {
            difference.accepted == accepted && (difference.applies)(&case.text)
        };
        match differences.iter().find(explains) {
            Some(difference) => *self.differ.entry(difference.rule).or_default() += 1,
            None => self.wrong.push(format!("{case:?}")),
        }
    }

    /// Counts a case with one correct result.
    fn require(&mut self, holds: bool, case: impl FnOnce() -> String) {
        if holds {
            self.agree += 1;
        } else {
            self.wrong.push(case());
        }
    }

    fn print(&self) {
        let differ: usize = self.differ.values().sum();
        let (agree, wrong) = (self.agree, self.wrong.len());
        let cases = agree + differ + wrong;
        println!(
            "{:44} {cases:>6} {agree:>6} {differ:>6} {wrong:>6}",
            self.suite
        );
        for (rule, count) in &self.differ {
            println!("    {rule:54} {count:>6}");
        }
        for case in &self.wrong {
            eprintln!("wrong in {}: {case}", self.suite);
        }
    }
}

fn isemail(suite: &str, text: &str) -> Tally {
    let mut tally = Tally::new(suite);
    for case in format::isemail(text) {
        tally.compare(&case, EmailAddress::parse(&case.text).is_ok(), EMAIL);
    }
    tally
}

fn json_schema_email(suite: &str, text: &str) -> Result<Tally, Box<dyn Error>> {
    let mut tally = Tally::new(suite);
    for case in format::json_schema(text)? {
        tally.compare(&case, EmailAddress::parse(&case.text).is_ok(), EMAIL);
    }
    Ok(tally)
}

/// Host names twice: as the host of a website, and in the domain of an email address.
fn json_schema_host(suite: &str, text: &str) -> Result<[Tally; 2], Box<dyn Error>> {
    let mut websites = Tally::new(format!("{suite} as a website"));
    let mut emails = Tally::new(format!("{suite} in an email address"));
    for case in format::json_schema(text)? {
        let host = &case.text;
        let website = WebsiteUrl::parse(&format!("https://{host}")).is_ok();
        websites.compare(&case, website, HOST);
        let email = EmailAddress::parse(&format!("a@{host}.example")).is_ok();
        emails.compare(&case, email, HOST);
    }
    Ok([websites, emails])
}

/// Checks that every row has the stated validity. For valid rows, checks that the three
/// spellings have the same result and the same key, with the ASCII form that the suite
/// states.
fn idna(suite: &str, text: &str) -> [Tally; 2] {
    let mut rows = Tally::new(suite);
    let mut spellings = Tally::new(format!("{suite}, spellings of a valid row"));
    for row in format::idna(text) {
        let IdnaRow {
            case,
            unicode,
            ascii,
        } = row;
        let parse = |domain: &str| EmailAddress::parse(&format!("a@{domain}")).ok();
        let read = parse(&case.text);
        rows.compare(&case, read.is_some(), IDNA);
        if case.is_valid {
            let key = read.map(|email| email.key());
            let key_of = |domain: &str| parse(domain).map(|email| email.key());
            let is_named = |key: &str| key == format!("a@{ascii}");
            let holds = key_of(&unicode) == key
                && key_of(&ascii) == key
                && key.is_none_or(|key| is_named(key.as_str()));
            spellings.require(holds, || format!("{case:?} {unicode:?} {ascii:?}"));
        }
    }
    [rows, spellings]
}

/// Checks that every string, as a value of each kind, has the result of the model.
fn naughty_strings(suite: &str, text: &str) -> Result<Tally, Box<dyn Error>> {
    let code = |error: ValueError| error.code();
    let mut tally = Tally::new(suite);
    for text in serde_json::from_str::<Vec<String>>(text)? {
        let name = CustomerName::parse(&text).map(String::from).map_err(code);
        let email = EmailAddress::parse(&text).map(String::from).map_err(code);
        let website = WebsiteUrl::parse(&text).map(|website| {
            let without_protocol = !website.has_protocol();
            (String::from(website), without_protocol)
        });
        let phone = PhoneNumber::parse(&text).map(|phone| {
            let not_international = !phone.is_international();
            (String::from(phone), not_international)
        });
        let holds = name == model::check_name(&text)
            && email == model::check_email(&text)
            && website.map_err(code) == model::check_website(&text)
            && phone.map_err(code) == model::check_phone(&text);
        tally.require(holds, || format!("{text:?}"));
    }
    Ok(tally)
}

/// P10: `y_` is JSON, `n_` is not, `i_` may be either.
fn json_bodies(suite: &str, text: &str) -> Result<Tally, Box<dyn Error>> {
    let mut tally = Tally::new(suite);
    for (name, body) in format::json_files(text)? {
        let is_malformed = match CustomerPatch::from_json(&body) {
            Err(BodyError::Malformed(_)) => true,
            Ok(_) | Err(BodyError::Invalid(_)) => false,
        };
        let holds = match name.split('_').next() {
            Some("y") => !is_malformed,
            Some("n") => is_malformed,
            Some("i") => true,
            _ => false,
        };
        tally.require(holds, || name);
    }
    Ok(tally)
}

fn run(folder: &Path) -> Result<Vec<Tally>, Box<dyn Error>> {
    let read = |name: &str| {
        std::fs::read_to_string(folder.join(name)).map_err(|error| format!("{name}: {error}"))
    };
    let mut tallies = Vec::new();
    for name in ["isemail-tests.xml", "isemail-tests-original.xml"] {
        tallies.push(isemail(name, &read(name)?));
    }
    for name in ["json-schema-email.json", "json-schema-idn-email.json"] {
        tallies.push(json_schema_email(name, &read(name)?)?);
    }
    for name in ["json-schema-hostname.json", "json-schema-idn-hostname.json"] {
        tallies.extend(json_schema_host(name, &read(name)?)?);
    }
    tallies.extend(idna("IdnaTestV2.txt", &read("IdnaTestV2.txt")?));
    tallies.push(naughty_strings("blns.json", &read("blns.json")?)?);
    let name = "json-test-suite.ndjson";
    tallies.push(json_bodies(name, &read(name)?)?);
    Ok(tallies)
}

fn main() -> ExitCode {
    let Some(folder) = std::env::args_os().nth(1) else {
        eprintln!("usage: suites FOLDER");
        return ExitCode::from(2);
    };
    let tallies = match run(folder.as_ref()) {
        Ok(tallies) => tallies,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(2);
        }
    };
    println!(
        "{:44} {:>6} {:>6} {:>6} {:>6}",
        "suite", "cases", "agree", "differ", "wrong"
    );
    tallies.iter().for_each(Tally::print);
    if tallies
        .iter()
        .all(|tally| tally.wrong.is_empty() && tally.agree > 0)
    {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
