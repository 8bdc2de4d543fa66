//! The API reference page of the development server.

use tempfile::TempDir;

use crate::server::{CONFIG, Server};

#[test]
fn the_reference_page_loads_nothing_from_other_servers() {
    let directory = TempDir::new().unwrap();
    let server = Server::start(&directory, &["--dev"]);
    let (_, page) = server.ask("GET /docs", "");
    assert!(
        page.contains("default-src 'none'; connect-src 'self';"),
        "{page}"
    );
    assert!(page.contains(r#"src="/docs/scalar.js""#), "{page}");
    assert!(
        !page.contains("https://") && !page.contains("//cdn"),
        "{page}"
    );
    let (status, script) = server.ask("GET /docs/scalar.js", "");
    assert_eq!(status, 200);
    assert!(script.len() > 1_000_000, "{}", script.len());
}

#[test]
fn the_reference_page_is_part_of_the_development_server_only() {
    let directory = TempDir::new().unwrap();
    let server = Server::configured(&directory, CONFIG, &[]);
    assert_eq!(server.ask("GET /docs", "").0, 404);
}
