//! The id of the change log (S9), which expires positions of another log, and the base of its
//! orders. `changes` explains both.

use uuid::Uuid;

use crate::connection::Connection;
use crate::error::ConnectError;
use crate::parameter::Parameter;
use crate::schema;

/// Creates the id, or renews it if the database is a copy: a restored dump, or one of
/// another cluster.
pub(crate) async fn prepare(connection: &mut Connection) -> Result<(), ConnectError> {
    let prepared = async {
        let cluster = cluster(connection).await?;
        if is_current(connection, cluster).await? {
            return Ok(());
        }
        schema::lock(connection).await?;
        // Another process may have been faster.
        if !is_current(connection, cluster).await? {
            set(connection, cluster).await?;
            tracing::info!("the change log has a new id; positions of readers have expired");
        }
        connection.commit().await
    };
    prepared.await.map_err(ConnectError::Schema)
}

/// Begins a transaction and renews the id.
pub(crate) async fn renew(connection: &mut Connection) -> Result<(), tokio_postgres::Error> {
    let cluster = cluster(connection).await?;
    schema::lock(connection).await?;
    set(connection, cluster).await
}

/// The expression of the id of the cluster; null if the user may not read it.
async fn cluster(connection: &mut Connection) -> Result<&'static str, tokio_postgres::Error> {
    let may_read = "SELECT has_function_privilege('pg_control_system()', 'EXECUTE')";
    let rows = connection.query(may_read, &[]).await?;
    Ok(match schema::first(&rows)? {
        Some(true) => "(SELECT system_identifier FROM pg_control_system())",
        Some(false) | None => "NULL::bigint",
    })
}

/// Whether the log has an id that it got in this database. The table of a restored dump has
/// another id.
async fn is_current(
    connection: &mut Connection,
    cluster: &str,
) -> Result<bool, tokio_postgres::Error> {
    let sql = format!(
        "SELECT EXISTS (SELECT FROM customer_log WHERE table_id = 'customer_change'::regclass
        AND coalesce(system_identifier = {cluster}, true))"
    );
    let rows = connection.query(&sql, &[]).await?;
    Ok(schema::first(&rows)?.unwrap_or(false))
}

/// Begins a log after all existing entries, when no write is in progress.
async fn set(connection: &mut Connection, cluster: &str) -> Result<(), tokio_postgres::Error> {
    let lock = "LOCK TABLE customer_change IN SHARE ROW EXCLUSIVE MODE";
    connection.run(lock).await?;
    let sql = format!(
        "INSERT INTO customer_log (id, base, system_identifier, table_id)
        SELECT $1, coalesce(max(log_order), 0), {cluster}, 'customer_change'::regclass FROM (
            SELECT max(log_order) AS log_order FROM customer
            UNION ALL SELECT max(log_order) FROM customer_change
            UNION ALL SELECT max(log_order) FROM customer_change_pruned
        ) AS orders
        ON CONFLICT (is_only) DO UPDATE SET id = excluded.id, base = excluded.base,
            system_identifier = excluded.system_identifier, table_id = excluded.table_id"
    );
    let id = Uuid::from_u128(fastrand::u128(..));
    connection.execute(&sql, &[Parameter::uuid(id)]).await?;
    Ok(())
}
