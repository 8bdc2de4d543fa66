//! Settings of the server that the store depends on.

use tokio_postgres::Row;

use crate::connection::Connection;
use crate::engine::Engine;
use crate::error::ConnectError;

/// `run_command_on_all_nodes` is a function of Citus.
const SETTINGS: &str = "SELECT current_setting('server_encoding') AS encoding,
        to_regproc('run_command_on_all_nodes') IS NOT NULL AS is_distributed";

/// The settings by which the server writes values of customers to its log, each with the
/// value to set. Settings that the server does not have are null.
const LEAKS: &str = "SELECT name, safe FROM (VALUES
        ('log_parameter_max_length', '0',
            coalesce(current_setting('log_parameter_max_length', true), '-1') <> '0' AND (
                current_setting('log_statement') IN ('mod', 'all')
                OR current_setting('log_min_duration_statement') <> '-1'
                OR coalesce(current_setting('log_min_duration_sample', true), '-1') <> '-1'
                OR coalesce(current_setting('log_transaction_sample_rate', true), '0') <> '0')),
        ('log_parameter_max_length_on_error', '0',
            coalesce(current_setting('log_parameter_max_length_on_error', true), '0') <> '0'),
        ('log_error_verbosity', 'terse', current_setting('log_error_verbosity') <> 'terse'),
        ('auto_explain.log_min_duration', '-1',
            coalesce(current_setting('auto_explain.log_min_duration', true), '-1') <> '-1')
    ) AS setting (name, safe, leaks) WHERE leaks";

/// The number of nodes that acknowledge a commit before it is on the disk. The setting of
/// a session of this node has no effect on the others.
const NOT_DURABLE: &str = "SELECT count(*) FROM run_command_on_all_nodes(
        $$SELECT current_setting('synchronous_commit')$$) WHERE NOT success OR result = 'off'";

/// Checks the server, and logs a warning if it would log values of customers.
pub(crate) async fn check(connection: &mut Connection) -> Result<Engine, ConnectError> {
    let rows = connection.query(SETTINGS, &[]).await;
    let row = one(rows.map_err(ConnectError::Schema)?)?;
    let encoding: Option<&str> = row.try_get("encoding").ok();
    if encoding != Some("UTF8") {
        return Err(ConnectError::Encoding);
    }
    let leaks = connection.query(LEAKS, &[]).await;
    warn_of_leaks(&leaks.map_err(ConnectError::Schema)?);
    if !row.try_get("is_distributed").unwrap_or(false) {
        return Ok(Engine::Single);
    }
    let rows = connection.query(NOT_DURABLE, &[]).await;
    let nodes = one(rows.map_err(ConnectError::Schema)?)?;
    match nodes.try_get(0).map_err(ConnectError::Schema)? {
        0_i64 => Ok(Engine::Distributed),
        nodes => Err(ConnectError::NotDurable { nodes }),
    }
}

fn one(rows: Vec<Row>) -> Result<Row, ConnectError> {
    let row = rows.into_iter().next();
    row.ok_or_else(|| ConnectError::Unreachable("the server returned no row".into()))
}

fn warn_of_leaks(rows: &[Row]) {
    let setting = |row: &Row| {
        let (name, safe): (&str, &str) = (row.try_get(0).ok()?, row.try_get(1).ok()?);
        Some(format!("{name} = {safe}"))
    };
    let settings: Vec<_> = rows.iter().filter_map(setting).collect();
    if !settings.is_empty() {
        let settings = settings.join(", ");
        tracing::warn!("the server can log values of customers; to prevent it, set {settings}");
    }
}
