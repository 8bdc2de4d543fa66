//! `customer sign`: the headers of a signed request.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use customer_http::{ClientId, Config, SigningKey};
use http::Method;

use crate::args::SignArgs;
use crate::clock::system_time;
use crate::config::{self, ConfigFileError};

/// Why a request was not signed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SignError {
    /// The configuration is not usable.
    #[error(transparent)]
    Config(#[from] ConfigFileError),
    /// The configuration has no client with this id.
    #[error("the configuration has no such client; it has: {0}")]
    NoSuchClient(String),
    /// The client is ambiguous.
    #[error("name one of the clients of the configuration with --client: {0}")]
    SeveralClients(String),
    /// The body cannot be read.
    #[error("cannot read {file}")]
    Body {
        /// Its file.
        file: String,
        /// The cause.
        source: io::Error,
    },
    /// The system clock is outside of the years 0000 to 9999.
    #[error("the system clock is not within the years 0000 to 9999")]
    NoTime,
    /// The output cannot be written.
    #[error("cannot write to standard output")]
    Write(#[source] io::Error),
}

/// Prints the signature of a request.
///
/// # Errors
///
/// [`SignError`].
pub(crate) fn run(args: &SignArgs) -> Result<ExitCode, SignError> {
    let config = config::load(&args.config)?;
    let (client, key) = client(&config, args.client.as_deref())?;
    let body = args.body.as_deref().map(read).transpose()?;
    let now = match args.now {
        Some(now) => now,
        None => system_time().map_err(|_| SignError::NoTime)?,
    };
    let timestamp = now.as_micros().div_euclid(1000).to_string();
    let bytes = body.as_deref().unwrap_or_default();
    let signature = key.sign(&args.method, args.url.path(), &timestamp, bytes);
    let headers = [
        ("x-client-id", client.as_str()),
        ("x-timestamp", &timestamp),
        ("x-signature", &signature),
    ];
    let output = if args.headers {
        let lines = headers.map(|(name, value)| format!("{name}: {value}\n"));
        lines.concat()
    } else {
        curl(args, &headers)
    };
    io::stdout()
        .write_all(output.as_bytes())
        .map_err(SignError::Write)?;
    Ok(ExitCode::SUCCESS)
}

/// The client with this id, or the only client.
fn client<'a>(
    config: &'a Config,
    id: Option<&str>,
) -> Result<(&'a ClientId, &'a SigningKey), SignError> {
    let ids = || {
        let ids: Vec<_> = config.signing_keys().map(|(id, _)| id.as_str()).collect();
        ids.join(", ")
    };
    let mut clients = config.signing_keys();
    match (id, clients.next(), clients.next()) {
        (None, Some(client), None) => Ok(client),
        (None, _, _) => Err(SignError::SeveralClients(ids())),
        (Some(id), _, _) => config
            .signing_keys()
            .find(|(client, _)| client.as_str() == id)
            .ok_or_else(|| SignError::NoSuchClient(ids())),
    }
}

fn read(file: &Path) -> Result<Vec<u8>, SignError> {
    fs::read(file).map_err(|source| SignError::Body {
        file: file.display().to_string(),
        source,
    })
}

/// The request as a command for a POSIX shell.
fn curl(args: &SignArgs, headers: &[(&str, &str)]) -> String {
    // `-X HEAD` would wait for a body.
    let method = match args.method {
        Method::HEAD => "--head".to_owned(),
        _ => format!("-X {}", quote(args.method.as_str())),
    };
    let mut command = format!("curl -sS {method} {}", quote(&args.url.to_string()));
    for (name, value) in headers {
        command += &format!(" \\\n  -H {}", quote(&format!("{name}: {value}")));
    }
    command += " \\\n  -H \"authorization: Bearer $CUSTOMER_TOKEN\"";
    if let Some(file) = &args.body {
        let data = quote(&format!("@{}", file.display()));
        command +=
            &format!(" \\\n  -H 'content-type: application/json' \\\n  --data-binary {data}");
    }
    command + "\n"
}

/// A string as one word of a shell.
fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_string_is_one_word_of_a_shell() {
        assert_eq!(quote("a b$c"), "'a b$c'");
        assert_eq!(quote("it's"), r"'it'\''s'");
    }
}
