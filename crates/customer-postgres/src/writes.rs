//! The statements that write a record, each with its entry in the change log (S9).
//!
//! The entry is part of the statement, so that both are one step and one round trip.

use customer_domain::{
    ChangeEntry, ChangeKind, Column, Customer, CustomerId, Field, FieldSet, Precondition, TeamId,
    Version,
};

use crate::engine::Engine;
use crate::error::Error;
use crate::parameter::Parameter;
use crate::row::{self, COLUMNS};

/// S4: the commit of the transaction is on the disk before it is acknowledged, whatever
/// the database, the user or the session of a pooler is set to. Stricter settings stay.
///
/// It is part of the statement because a setting of the session would be lost in a
/// pooler, and one of the transaction would be a statement of its own.
const DURABLE: &str = " RETURNING CASE WHEN current_setting('synchronous_commit') = 'off'
    THEN set_config('synchronous_commit', 'on', true) END";

/// The log order of the current transaction. The functions `txid_…` exist in all versions
/// of the server, and return integers of 64 bits, which do not wrap around.
const NEW_ORDER: &str = "(SELECT base FROM customer_log) + txid_current()";

/// The columns of a written record that its entry needs.
const OF_RECORD: &str =
    "customer.team_id, customer.log_order, customer.uuid, customer.version, customer.updated_at";

/// The statements that write.
pub(crate) struct Writes {
    insert: String,
    update: String,
    replace: String,
    delete: String,
    delete_version: String,
    has_log: bool,
}

/// A statement and its parameters. It writes one row, or none if the record is not there,
/// has another version, or is there already.
pub(crate) struct Bound<'a> {
    pub(crate) sql: &'a str,
    pub(crate) parameters: Vec<Parameter<'a>>,
}

impl Writes {
    pub(crate) fn new(engine: Engine) -> Self {
        let delete = "DELETE FROM customer WHERE team_id = $1 AND uuid = $2";
        let delete_version = "DELETE FROM customer WHERE team_id = $1 AND uuid = $2
            AND version = $3";
        match engine {
            Engine::Single => Self {
                insert: logged_insert(),
                update: logged_update(),
                replace: logged_replace(),
                delete: logged_delete(delete),
                delete_version: logged_delete(delete_version),
                has_log: true,
            },
            // It has no log, and rejects functions that change something; `settings` checks
            // that its nodes are durable.
            Engine::Distributed => Self {
                insert: insert("", ""),
                update: update("", ""),
                replace: update("", ""),
                delete: delete.to_owned(),
                delete_version: delete_version.to_owned(),
                has_log: false,
            },
        }
    }

    /// Inserts a record.
    pub(crate) fn insert<'a>(&'a self, customer: &'a Customer) -> Result<Bound<'a>, Error> {
        let mut parameters = row::parameters(customer)?;
        if self.has_log {
            parameters.push(names(ChangeEntry::created(customer).fields));
        }
        let sql = &self.insert;
        Ok(Bound { sql, parameters })
    }

    /// Replaces the version of a record that was read, by one in which these fields have
    /// changed; `None` if the server must find them out.
    pub(crate) fn replace<'a>(
        &'a self,
        customer: &'a Customer,
        read: Version,
        changed: Option<FieldSet>,
    ) -> Result<Bound<'a>, Error> {
        let mut parameters = row::parameters(customer)?;
        parameters.push(Parameter::integer(row::number_of(read)?));
        let sql = match changed {
            Some(_) => &self.update,
            None => &self.replace,
        };
        if self.has_log {
            parameters.extend(changed.map(names));
        }
        Ok(Bound { sql, parameters })
    }

    /// Deletes a record.
    pub(crate) fn delete(
        &self,
        team: TeamId,
        id: CustomerId,
        precondition: Precondition,
    ) -> Result<Bound<'_>, Error> {
        let mut parameters = Vec::from(row::key(team, id));
        let sql = match precondition {
            Precondition::Any => &self.delete,
            Precondition::Version(version) => {
                parameters.push(Parameter::integer(row::number_of(version)?));
                &self.delete_version
            }
        };
        Ok(Bound { sql, parameters })
    }
}

fn names(fields: FieldSet) -> Parameter<'static> {
    Parameter::owned_text(fields.to_string())
}

/// A statement that adds the entry of the record that `write` returns.
fn logged(write: &str, kind: ChangeKind, order: &str, fields: &str) -> String {
    format!(
        "WITH written AS ({write})
        INSERT INTO customer_change (team_id, log_order, uuid, version, kind, fields, time)
        SELECT team_id, {order}, uuid, version, '{kind}', {fields}, updated_at
        FROM written{DURABLE}",
        kind = kind.as_str()
    )
}

fn logged_insert() -> String {
    let order = format!(", {NEW_ORDER}");
    let insert = format!("{} RETURNING {OF_RECORD}", insert(", log_order", &order));
    let fields = format!("${}", Column::all().len() + 1);
    let order = "customer_order_of_new(team_id, uuid, log_order)";
    logged(&insert, ChangeKind::Created, order, &fields)
}

fn logged_update() -> String {
    let update = format!("{} RETURNING {OF_RECORD}", update(&next_order(), ""));
    let fields = format!("${}", Column::all().len() + 2);
    logged(&update, ChangeKind::Updated, "log_order", &fields)
}

/// Compares the fields with those of the row before. It is the row that is replaced,
/// because both have the version that was read.
fn logged_replace() -> String {
    let old = format!("FROM customer AS old WHERE {} AND", is_read_version("old"));
    let update = update(&next_order(), &old);
    let changed = changed_fields();
    let replace = format!("{update} RETURNING {OF_RECORD}, {changed} AS fields");
    logged(&replace, ChangeKind::Updated, "log_order", "fields")
}

/// The version of the entry is the one after the last (S9), also for a row whose version is
/// out of range (S8).
fn logged_delete(delete: &str) -> String {
    let delete = format!(
        "{delete} RETURNING team_id, uuid, greatest(log_order, {NEW_ORDER}) AS log_order,
            1 + greatest(0, least(version, 9223372036854775806)) AS version,
            clock_timestamp() AS updated_at"
    );
    logged(&delete, ChangeKind::Deleted, "log_order", "''")
}

/// Writes no row if the id or the email address is taken: an error would repeat the email
/// key in the log of the server.
fn insert(column: &str, value: &str) -> String {
    let numbers = 1..=Column::all().len();
    let values: Vec<_> = numbers.map(|number| format!("${number}")).collect();
    let (columns, values) = (&*COLUMNS, values.join(", "));
    format!(
        "INSERT INTO customer ({columns}{column}) VALUES ({values}{value}) ON CONFLICT DO NOTHING"
    )
}

/// The key columns are not assigned: an engine that distributes rows by team rejects that.
/// A conflict key is kept while the email address is the same (S8).
fn update(assignment: &str, from: &str) -> String {
    let mut values = Vec::new();
    let mut email = 0;
    for (number, column) in (1..).zip(Column::all()) {
        match column.field() {
            Some(Field::TeamId | Field::Id) => continue,
            Some(Field::Email) => email = number,
            Some(_) | None => {}
        }
        if column.to_string() == "email_key" {
            let separator = u32::from(Column::CONFLICT_SEPARATOR);
            values.push(format!(
                "email_key = CASE
                    WHEN customer.email = ${email} AND strpos(customer.email_key, chr({separator})) > 0
                    THEN customer.email_key ELSE ${number} END"
            ));
        } else {
            values.push(format!("{column} = ${number}"));
        }
    }
    let (values, key) = (values.join(", "), is_read_version("customer"));
    let from = if from.is_empty() { "WHERE" } else { from };
    format!("UPDATE customer SET {values}{assignment} {from} {key}")
}

/// Whether a row is the version of the record that was read, the parameter after those of
/// the columns.
fn is_read_version(row: &str) -> String {
    let columns = (1..).zip(Column::all());
    let key = columns.filter(|(_, column)| {
        let field = column.field();
        matches!(field, Some(Field::TeamId | Field::Id))
    });
    let mut terms: Vec<_> = key
        .map(|(number, column)| format!("{row}.{column} = ${number}"))
        .collect();
    terms.push(format!("{row}.version = ${}", Column::all().len() + 1));
    terms.join(" AND ")
}

/// S9: the entries of one record are in the order of its versions.
fn next_order() -> String {
    format!(", log_order = greatest(customer.log_order, {NEW_ORDER})")
}

/// The names of the fields that differ between `old` and the parameters, in the form that
/// [`FieldSet::from_stored`] reads.
fn changed_fields() -> String {
    let mut names = Vec::new();
    for field in Field::ALL {
        if !field.is_patchable() && *field != Field::Contacts {
            continue;
        }
        let columns = (1..).zip(Column::all());
        let columns = columns.filter(|(_, column)| column.field() == Some(*field));
        let differs: Vec<_> = columns
            .map(|(number, column)| format!("old.{column} IS DISTINCT FROM ${number}"))
            .collect();
        let differs = differs.join(" OR ");
        names.push(format!("CASE WHEN {differs} THEN '{}' END", field.as_str()));
    }
    format!("concat_ws(', ', {})", names.join(", "))
}
