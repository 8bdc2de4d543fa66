//! S6: a table has a column for every field.

use customer_domain::Column;
use customer_sqlite::SqliteStore;
use rusqlite::Connection;

#[test]
fn the_table_has_every_column_of_a_row() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("customers.db");
    let _store = SqliteStore::open(&path).unwrap();
    let connection = Connection::open(&path).unwrap();
    for column in Column::all() {
        let query = format!("SELECT {column} FROM customer");
        let found = connection.prepare(&query);
        assert!(found.is_ok(), "a migration must add {column}");
    }
}
