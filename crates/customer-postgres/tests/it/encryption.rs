//! Encrypted connections: to the server that the certificate names, and to none
//! other.
#![cfg(feature = "tls")]

use std::io::Write;
use std::path::Path;

use customer_domain::CustomerStore;
use customer_postgres::{ConnectError, PostgresConfig, PostgresStore};
use customer_testkit::postgres::{self, TemporaryPostgres};
use rcgen::{CertifiedKey, generate_simple_self_signed};

use crate::{customer, id, new_team};

#[tokio::test]
async fn a_server_is_believed_when_its_certificate_is_trusted_and_names_it() {
    if !postgres::is_own() {
        return;
    }
    let library = postgres::own()
        .unwrap()
        .execute("postgres", "SHOW ssl_library");
    if library.unwrap().is_empty() {
        // Even where the output of tests is captured.
        let _ = writeln!(
            std::io::stderr(),
            "skipped encryption: the server has no TLS"
        );
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let (trusted, other) = (
        directory.path().join("ca.pem"),
        directory.path().join("other.pem"),
    );
    let server = encrypting_server(&trusted);
    std::fs::write(&other, certificate().cert.pem()).unwrap();

    let store = connect(&server, "localhost", &trusted).await.unwrap();
    let new = customer(new_team(), 1);
    store.insert(&new).await.unwrap();
    assert_eq!(store.get(new.team(), id(1)).await.unwrap(), Some(new));
    let encrypted = "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
        WHERE application_name = 'customer-postgres'";
    assert_eq!(server.execute("postgres", encrypted).unwrap(), "t");

    // Not of the name.
    let misnamed = connect(&server, "127.0.0.1", &trusted).await;
    assert!(
        matches!(misnamed, Err(ConnectError::Unreachable(_))),
        "{misnamed:?}"
    );
    // Not trusted.
    let stranger = connect(&server, "localhost", &other).await;
    assert!(
        matches!(stranger, Err(ConnectError::Unreachable(_))),
        "{stranger:?}"
    );
    // Nothing to trust.
    let nothing = connect(&server, "localhost", &directory.path().join("missing.pem")).await;
    assert!(
        matches!(nothing, Err(ConnectError::Certificates(_))),
        "{nothing:?}"
    );
    std::fs::write(&other, "").unwrap();
    let nothing = connect(&server, "localhost", &other).await;
    assert!(
        matches!(nothing, Err(ConnectError::Certificates(_))),
        "{nothing:?}"
    );
}

#[tokio::test]
async fn a_server_that_does_not_encrypt_is_refused_where_it_must() {
    let Some(server) = postgres::own() else {
        return;
    };
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("ca.pem");
    std::fs::write(&file, certificate().cert.pem()).unwrap();
    let plain = connect(server, "localhost", &file).await;
    assert!(
        matches!(plain, Err(ConnectError::Unreachable(_))),
        "{plain:?}"
    );
}

fn certificate() -> CertifiedKey<rcgen::KeyPair> {
    generate_simple_self_signed(["localhost".to_owned()]).unwrap()
}

/// A server with a certificate for localhost, which is put into that file too.
fn encrypting_server(trusted: &Path) -> TemporaryPostgres {
    let server = TemporaryPostgres::start().unwrap();
    let certified = certificate();
    std::fs::write(trusted, certified.cert.pem()).unwrap();
    let key = certified.signing_key.serialize_pem();
    server
        .write_file("server.crt", &certified.cert.pem())
        .unwrap();
    server.write_file("server.key", &key).unwrap();
    server
        .execute("postgres", "ALTER SYSTEM SET ssl = on")
        .unwrap();
    server.kill().unwrap();
    server.start_again().unwrap();
    server
}

async fn connect(
    server: &TemporaryPostgres,
    host: &str,
    certificates: &Path,
) -> Result<PostgresStore, ConnectError> {
    let file = certificates.display().to_string().replace('/', "%2F");
    let url = format!(
        "postgres://customer@{host}:{}/postgres?sslmode=verify-full&sslrootcert={file}",
        server.port()
    );
    PostgresStore::connect(&PostgresConfig::parse(&url).unwrap()).await
}
