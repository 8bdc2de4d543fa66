//! A store and files in a directory of their own.

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::{Ended, customer, run, values};

/// A SQLite store in a directory.
pub(crate) struct Workspace {
    directory: TempDir,
}

impl Workspace {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        Self { directory }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Writes a file and returns its path.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// The arguments, with those for the store.
    fn args(&self, args: &[&str]) -> Vec<OsString> {
        let store = format!("sqlite:{}", self.path("customers.db").display());
        let (command, options) = args.split_first().unwrap();
        let all = [*command, "--store", &store].into_iter();
        all.chain(options.iter().copied())
            .map(OsString::from)
            .collect()
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        customer(&self.args(args))
    }

    pub(crate) fn run(&self, args: &[&str], input: &str) -> Ended {
        run(&self.args(args), input)
    }

    /// The lines of the output of a run that succeeds.
    #[track_caller]
    pub(crate) fn output(&self, args: &[&str], input: &str) -> Vec<Value> {
        let ended = self.run(args, input);
        let mut messages = ended.stderr.lines();
        // An export has the position in the change log.
        let message = messages.find(|line| !line.starts_with("later changes: "));
        assert_eq!((ended.code, message), (Some(0), None));
        values(&ended.stdout)
    }

    /// All records, without `updatedAt` (M5) and sorted by email.
    pub(crate) fn records(&self) -> Vec<Value> {
        let mut records = self.output(&["export"], "");
        for record in &mut records {
            record.as_object_mut().unwrap().remove("updatedAt");
        }
        records.sort_by_key(|record| record["email"].to_string());
        records
    }
}
