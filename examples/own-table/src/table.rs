//! The table of the service. The core defines the columns of a customer
//! ([`Column::all`]); the statements are generated from them.

use std::borrow::Cow;
use std::path::Path;
use std::sync::LazyLock;

use customer_domain::{
    Column, ColumnKind, ColumnValue, Customer, CustomerId, CustomerPage, CustomerStore,
    DeleteError, Direction, EmailKey, Field, InsertError, ListQuery, OrderBy, Precondition,
    ReplaceError, Scan, StoreError, StoreErrorKind, TeamId, Timestamp, Version,
};
use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqlitePool, SqlitePoolOptions, SqliteRow,
    SqliteSynchronous,
};
use sqlx::{AssertSqlSafe, Row as _, Sqlite, SqliteConnection, Transaction};

/// The columns of a customer and one of the service, `account_manager`, which the store
/// does not touch.
static CREATE: LazyLock<String> = LazyLock::new(|| {
    let define = |column: &Column| match column.kind() {
        ColumnKind::Uuid => format!("{column} BLOB NOT NULL"),
        ColumnKind::Text => format!("{column} TEXT NOT NULL"),
        ColumnKind::NullableText => format!("{column} TEXT"),
        // A time is stored in microseconds.
        ColumnKind::Integer | ColumnKind::Time => format!("{column} INTEGER NOT NULL"),
    };
    let columns = join(Column::all().iter().map(define), ", ");
    format!(
        "CREATE TABLE IF NOT EXISTS client (
            {columns},
            account_manager TEXT,
            PRIMARY KEY (team_id, uuid),
            UNIQUE (team_id, email_key)
        ) STRICT, WITHOUT ROWID"
    )
});

static COLUMNS: LazyLock<String> =
    LazyLock::new(|| join(Column::all().iter().map(Column::to_string), ", "));

static INSERT: LazyLock<String> = LazyLock::new(|| {
    let values = join(
        (1..=Column::all().len()).map(|number| format!("?{number}")),
        ", ",
    );
    format!("INSERT INTO client ({}) VALUES ({values})", *COLUMNS)
});

/// The parameters are the columns, and then the version that was read.
static UPDATE: LazyLock<String> = LazyLock::new(|| {
    let (mut values, mut key) = (Vec::new(), Vec::new());
    for (number, column) in (1..).zip(Column::all()) {
        match column.field() {
            Some(Field::Id | Field::TeamId) => key.push(format!("{column} = ?{number}")),
            _ => values.push(format!("{column} = ?{number}")),
        }
    }
    let (values, key) = (values.join(", "), key.join(" AND "));
    let read = Column::all().len() + 1;
    format!("UPDATE client SET {values} WHERE {key} AND version = ?{read}")
});

fn join(parts: impl Iterator<Item = String>, separator: &str) -> String {
    parts.collect::<Vec<_>>().join(separator)
}

/// The table `client`.
#[derive(Clone, Debug)]
pub struct ClientTable {
    /// The connections, also for the columns of the service.
    pub pool: SqlitePool,
}

impl ClientTable {
    /// Opens a file, and creates it and the table unless they exist.
    pub async fn open(file: impl AsRef<Path>) -> Result<Self, sqlx::Error> {
        let options = SqliteConnectOptions::new().filename(file);
        let options = options
            .create_if_missing(true)
            .synchronous(SqliteSynchronous::Full);
        // Writers wait for the connection in their order, and not for a lock of SQLite.
        let pool = SqlitePoolOptions::new().max_connections(1);
        let pool = pool.connect_with(options).await?;
        sqlx::query(&**CREATE).execute(&pool).await?;
        Ok(Self { pool })
    }

    /// Begins a transaction that is the only writer, so that the cause of a rejected write
    /// can be read before another write changes it.
    async fn begin(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        self.pool
            .begin_with("BEGIN IMMEDIATE")
            .await
            .map_err(failed)
    }

    /// The record that a condition on two parameters selects.
    async fn find(
        &self,
        team: TeamId,
        condition: &str,
        bind: impl FnOnce(Query) -> Query,
    ) -> Result<Option<Customer>, StoreError> {
        let sql = format!(
            "SELECT {} FROM client WHERE team_id = ?1 AND {condition}",
            *COLUMNS
        );
        let query = bind(query(sql).bind(team.as_uuid()));
        let row = query.fetch_optional(&self.pool).await.map_err(failed)?;
        row.map(|row| read(&row)).transpose()
    }
}

impl CustomerStore for ClientTable {
    async fn insert(&self, customer: &Customer) -> Result<(), InsertError> {
        let mut transaction = self.begin().await?;
        let inserted = bind(query(INSERT.clone()), customer)?
            .execute(&mut *transaction)
            .await;
        match inserted {
            Ok(_) => Ok(commit(transaction).await?),
            Err(error) if is_taken(&error) => {
                let (team, id) = (customer.team(), customer.id());
                if version(&mut transaction, team, id).await?.is_some() {
                    return Err(InsertError::IdTaken);
                }
                Err(InsertError::EmailTaken(
                    owner(&mut transaction, customer).await?,
                ))
            }
            Err(error) => Err(failed(error).into()),
        }
    }

    async fn get(&self, team: TeamId, id: CustomerId) -> Result<Option<Customer>, StoreError> {
        let id = id.as_uuid();
        self.find(team, "uuid = ?2", |query| query.bind(id)).await
    }

    async fn find_by_email(
        &self,
        team: TeamId,
        email: &EmailKey,
    ) -> Result<Option<Customer>, StoreError> {
        let key = email.as_str().to_owned();
        self.find(team, "email_key = ?2", |query| query.bind(key))
            .await
    }

    async fn replace(&self, customer: &Customer, read: Version) -> Result<(), ReplaceError> {
        let mut transaction = self.begin().await?;
        let update = bind(query(UPDATE.clone()), customer)?.bind(number(read)?);
        match update.execute(&mut *transaction).await {
            Ok(updated) if updated.rows_affected() > 0 => Ok(commit(transaction).await?),
            Ok(_) => match version(&mut transaction, customer.team(), customer.id()).await? {
                Some(_) => Err(ReplaceError::VersionConflict),
                None => Err(ReplaceError::NotFound),
            },
            Err(error) if is_taken(&error) => Err(ReplaceError::EmailTaken(
                owner(&mut transaction, customer).await?,
            )),
            Err(error) => Err(failed(error).into()),
        }
    }

    async fn delete(
        &self,
        team: TeamId,
        id: CustomerId,
        precondition: Precondition,
    ) -> Result<(), DeleteError> {
        let mut transaction = self.begin().await?;
        let stored = version(&mut transaction, team, id)
            .await?
            .ok_or(DeleteError::NotFound)?;
        if let Precondition::Version(expected) = precondition
            && stored != number(expected)?
        {
            return Err(DeleteError::VersionConflict);
        }
        let sql = "DELETE FROM client WHERE team_id = ?1 AND uuid = ?2";
        let delete = sqlx::query(sql).bind(team.as_uuid()).bind(id.as_uuid());
        delete.execute(&mut *transaction).await.map_err(failed)?;
        Ok(commit(transaction).await?)
    }

    async fn list(&self, team: TeamId, list: &ListQuery) -> Result<CustomerPage, StoreError> {
        let key = match list.order_by() {
            OrderBy::Name => "search_key",
            OrderBy::Email => "email_key",
            OrderBy::CreatedAt => "created_at",
            OrderBy::UpdatedAt => "updated_at",
        };
        let direction = match list.direction() {
            Direction::Ascending => "ASC",
            Direction::Descending => "DESC",
        };
        let found = "FROM client WHERE team_id = ?1 AND instr(search_key, ?2) > 0";
        let search = list.search().map_or("", |text| text.as_str());
        let find = |sql| query(sql).bind(team.as_uuid()).bind(search.to_owned());
        let page = format!(
            "SELECT {} {found} ORDER BY {key} {direction}, uuid {direction} LIMIT ?3 OFFSET ?4",
            *COLUMNS,
        );
        let page = find(page).bind(list.limit()).bind(list.offset() as i64);

        // The page and the total are from one snapshot (S7).
        let mut snapshot = self.pool.begin().await.map_err(failed)?;
        let rows = page.fetch_all(&mut *snapshot).await.map_err(failed)?;
        let mut page = CustomerPage::default();
        for row in &rows {
            match read(row) {
                Ok(record) => page.records.push(record),
                Err(_) => page.corrupt.push(id(row)?),
            }
        }
        if list.has_total() {
            let count = find(format!("SELECT count(*) {found}")).fetch_one(&mut *snapshot);
            let count: i64 = count.await.and_then(|row| row.try_get(0)).map_err(failed)?;
            page.total = u64::try_from(count).ok();
        }
        Ok(page)
    }

    async fn scan(
        &self,
        team: TeamId,
        after: Option<CustomerId>,
        limit: u32,
    ) -> Result<Scan, StoreError> {
        let sql = format!(
            "SELECT {} FROM client WHERE team_id = ?1 AND uuid > ?2 ORDER BY uuid LIMIT ?3",
            *COLUMNS,
        );
        // The empty value is less than any id.
        let after = after.map_or(Vec::new(), |id| id.as_uuid().as_bytes().to_vec());
        // One more row shows whether there is a next step.
        let scan = query(sql)
            .bind(team.as_uuid())
            .bind(after)
            .bind(i64::from(limit.max(1)) + 1);
        let rows = scan.fetch_all(&self.pool).await.map_err(failed)?;
        let mut read_rows = Vec::with_capacity(rows.len());
        for row in &rows {
            read_rows.push(match read(row) {
                Ok(record) => Ok(record),
                Err(_) => Err(id(row)?),
            });
        }
        Ok(Scan::from_rows(read_rows, limit))
    }
}

type Query = sqlx::query::Query<'static, Sqlite, SqliteArguments>;

/// The statements contain only the names of columns.
fn query(sql: String) -> Query {
    sqlx::query(AssertSqlSafe(sql))
}

/// Binds the values of a record in the order of [`Column::all`].
fn bind(mut query: Query, customer: &Customer) -> Result<Query, StoreError> {
    let row = customer.to_row().map_err(internal)?;
    for value in row {
        query = match value {
            ColumnValue::Uuid(uuid) => query.bind(uuid),
            ColumnValue::Text(text) => query.bind(text.map(Cow::into_owned)),
            ColumnValue::Integer(number) => query.bind(number),
            ColumnValue::Time(time) => query.bind(time.as_micros()),
        };
    }
    Ok(query)
}

/// Decodes a row. Its error is [`StoreErrorKind::Corrupt`] and so a 500 and not the 400 of
/// an invalid request: the client that reads the record did not write this value.
fn read(row: &SqliteRow) -> Result<Customer, StoreError> {
    let decoded = Customer::from_row(|index, column| {
        Some(match column.kind() {
            ColumnKind::Uuid => ColumnValue::Uuid(row.try_get(index).ok()?),
            ColumnKind::Text | ColumnKind::NullableText => {
                let text: Option<String> = row.try_get(index).ok()?;
                ColumnValue::Text(text.map(Cow::Owned))
            }
            ColumnKind::Integer => ColumnValue::Integer(row.try_get(index).ok()?),
            ColumnKind::Time => {
                let micros = row.try_get(index).ok()?;
                ColumnValue::Time(Timestamp::from_micros(micros)?)
            }
        })
    });
    decoded.map_err(|error| {
        let corrupt = StoreError::new(StoreErrorKind::Corrupt).with_source(error);
        match id(row) {
            Ok(id) => corrupt.with_record(id),
            Err(_) => corrupt,
        }
    })
}

fn id(row: &SqliteRow) -> Result<CustomerId, StoreError> {
    let id: uuid::Uuid = row.try_get("uuid").map_err(failed)?;
    Ok(id.into())
}

fn number(version: Version) -> Result<i64, StoreError> {
    i64::try_from(version).map_err(internal)
}

/// The stored version of a record; `None` if there is no such record.
async fn version(
    connection: &mut SqliteConnection,
    team: TeamId,
    id: CustomerId,
) -> Result<Option<i64>, StoreError> {
    let sql = "SELECT version FROM client WHERE team_id = ?1 AND uuid = ?2";
    let version = sqlx::query_scalar(sql)
        .bind(team.as_uuid())
        .bind(id.as_uuid());
    version.fetch_optional(connection).await.map_err(failed)
}

/// The customer that has the email address of another one.
async fn owner(
    connection: &mut SqliteConnection,
    customer: &Customer,
) -> Result<CustomerId, StoreError> {
    let (team, key) = (customer.team(), customer.email().key());
    let sql = "SELECT uuid FROM client WHERE team_id = ?1 AND email_key = ?2";
    let owner = sqlx::query_scalar(sql)
        .bind(team.as_uuid())
        .bind(key.as_str());
    let owner: uuid::Uuid = owner.fetch_one(connection).await.map_err(failed)?;
    Ok(owner.into())
}

async fn commit(transaction: Transaction<'static, Sqlite>) -> Result<(), StoreError> {
    let unknown = |error| StoreError::new(StoreErrorKind::OutcomeUnknown).with_source(error);
    transaction.commit().await.map_err(unknown)
}

fn is_taken(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .is_some_and(|error| error.is_unique_violation())
}

/// The error of a statement that wrote nothing. The messages of SQLite name columns and
/// contain no values.
fn failed(error: sqlx::Error) -> StoreError {
    /// `SQLITE_BUSY`: another process holds the lock.
    const BUSY: &str = "5";
    let code = error.as_database_error().and_then(|error| error.code());
    let kind = match (&error, code.as_deref()) {
        (sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed, _) | (_, Some(BUSY)) => {
            StoreErrorKind::Unavailable
        }
        _ => StoreErrorKind::Internal,
    };
    StoreError::new(kind).with_source(error)
}

fn internal(error: impl std::error::Error + Send + Sync + 'static) -> StoreError {
    StoreError::new(StoreErrorKind::Internal).with_source(error)
}
