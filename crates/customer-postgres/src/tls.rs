//! Encrypted connections.

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::error::ConnectError;

/// Verifies the server by the certificates of that file, or of the system.
pub(crate) fn connector(
    root_certificates: Option<&str>,
) -> Result<MakeRustlsConnect, ConnectError> {
    let roots = match root_certificates {
        Some(file) => of_file(file)?,
        None => of_the_system()?,
    };
    // By name, because a process may have several providers and no default.
    let provider = rustls::crypto::ring::default_provider();
    let config = ClientConfig::builder_with_provider(provider.into())
        .with_safe_default_protocol_versions()
        .map_err(ConnectError::certificates)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

fn of_file(file: &str) -> Result<RootCertStore, ConnectError> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).map_err(ConnectError::certificates)? {
        let certificate = certificate.map_err(ConnectError::certificates)?;
        roots.add(certificate).map_err(ConnectError::certificates)?;
    }
    if roots.is_empty() {
        return Err(ConnectError::certificates("there is none in the file"));
    }
    Ok(roots)
}

/// Those that cannot be read are passed over, as long as there is one left.
fn of_the_system() -> Result<RootCertStore, ConnectError> {
    let mut found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        return Err(match found.errors.pop() {
            Some(error) => ConnectError::certificates(error),
            None => ConnectError::certificates("the system has none"),
        });
    }
    Ok(roots)
}
