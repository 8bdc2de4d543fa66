//! S6: a table has a column for every field.

use customer_domain::Column;
use customer_testkit::postgres;

use crate::open;

#[tokio::test]
async fn the_table_has_every_column_of_a_row() {
    let Some(server) = postgres::shared() else {
        return;
    };
    drop(open().await);
    let names = "SELECT string_agg(column_name, ' ') FROM information_schema.columns
        WHERE table_name = 'customer'";
    let names = server.execute("postgres", names).unwrap();
    for column in Column::all() {
        let name = column.to_string();
        let exists = names.split(' ').any(|existing| existing == name);
        assert!(exists, "a migration must add {name}");
    }
}
