//! `customer create`, `get`, `find`, `update`, `contacts`, `delete`: one operation on a
//! stored customer.

mod answer;
pub(crate) mod backup;
pub(crate) mod purge;

use std::io::{self, ErrorKind, Read, Write};
use std::process::ExitCode;
use std::sync::Arc;

use customer_domain::{
    Accepted, BodyError, Change, Clock, Contacts, Customer, CustomerId, CustomerPatch,
    CustomerStore, DynCustomerStore, ErrorCode, Failure, FnClock, NewCustomer, ReadOptions,
    ValueError, create_customer, update_customer,
};
use customer_memory::MemoryStore;
use customer_postgres::{ConnectError, PostgresStore};
use customer_sqlite::{OpenError, SqliteStore, SqliteStoreBuilder};
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::args::{Body, Condition, Place, StoreCommand};
use crate::clock::system_time;
use crate::store_name::StoreName;

use answer::Done;

/// The largest body that is read, in bytes.
const MAX_BODY_BYTES: u64 = 16 * 1024 * 1024;

/// Why an operation was not executed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreCommandError {
    /// The store cannot be opened.
    #[error("cannot open {store}")]
    Open {
        /// Its name.
        store: StoreName,
        /// The cause.
        source: OpenError,
    },
    /// The database server is not usable.
    #[error("cannot connect to {store}")]
    Connect {
        /// Its name.
        store: StoreName,
        /// The cause.
        source: ConnectError,
    },
    /// The body cannot be read.
    #[error("cannot read {input}")]
    Read {
        /// The file, or standard input.
        input: String,
        /// The cause.
        source: io::Error,
    },
    /// The store failed.
    #[error("the store failed")]
    Store(#[source] Failure),
    /// The change log cannot be read, or not from that position (S9).
    #[error("cannot read the changes")]
    Changes(#[source] Failure),
    /// The list has too many pages.
    #[error("invalid list")]
    Query(#[source] ValueError),
    /// The system clock is outside of the years 0000 to 9999.
    #[error("the system clock is not within the years 0000 to 9999")]
    NoTime,
    /// The runtime cannot be started.
    #[error("cannot start")]
    Start(#[source] io::Error),
    /// The output cannot be written.
    #[error("cannot write to standard output")]
    Write(#[source] io::Error),
}

/// The runtime of a command that uses a store.
///
/// # Errors
///
/// [`StoreCommandError::Start`]
pub(crate) fn runtime() -> Result<Runtime, StoreCommandError> {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = builder.enable_all().build();
    runtime.map_err(StoreCommandError::Start)
}

/// The number of entries per team in the change log of the memory store.
const MEMORY_LOG: usize = 100_000;

/// Executes one operation and writes the response to standard output.
///
/// # Errors
///
/// [`StoreCommandError`] if the store, the input or the output fails. A rejected request
/// is not an error but a response.
pub(crate) fn run(command: &StoreCommand) -> Result<ExitCode, StoreCommandError> {
    let runtime = runtime()?;
    match runtime.block_on(execute(command))? {
        Ok(done) => {
            write_line(&done)?;
            Ok(ExitCode::SUCCESS)
        }
        Err(failure) if is_fault(failure.code()) => Err(StoreCommandError::Store(failure)),
        Err(failure) => {
            write_line(&failure)?;
            Ok(ExitCode::FAILURE)
        }
    }
}

/// Whether the store failed, as opposed to an invalid request.
const fn is_fault(code: &ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::InternalError | ErrorCode::StoreUnavailable | ErrorCode::OutcomeUnknown
    )
}

async fn execute(command: &StoreCommand) -> Result<Result<Done, Failure>, StoreCommandError> {
    Ok(match command {
        StoreCommand::Create { place, body } => {
            let new = match NewCustomer::read_json(&read(body)?, options(body)) {
                Ok(new) => new,
                Err(error) => return Ok(Err(error.into())),
            };
            let (clock, store) = (clock(body)?, place.kept.store.open().await?);
            let id = CustomerId::from(Uuid::new_v4());
            create_customer(&store, &clock, place.team, id, new.value)
                .await
                .map(|customer| Done::created(customer, new.warnings))
                .map_err(Failure::from)
        }
        StoreCommand::Get { place, id } => {
            let store = place.kept.store.open_existing().await?;
            found(store.get(place.team, *id).await)
        }
        StoreCommand::Find { place, email } => {
            let store = place.kept.store.open_existing().await?;
            found(store.find_by_email(place.team, &email.key()).await)
        }
        StoreCommand::Update {
            place,
            id,
            body,
            condition,
        } => {
            let patch = CustomerPatch::read_json(&read(body)?, options(body));
            update(place, *id, body, condition, patch).await?
        }
        StoreCommand::Contacts {
            place,
            id,
            body,
            condition,
        } => {
            let contacts = Contacts::read_json(&read(body)?, options(body));
            update(place, *id, body, condition, contacts).await?
        }
        StoreCommand::Delete {
            place,
            id,
            condition,
        } => {
            let store = place.kept.store.open().await?;
            let deleted = store.delete(place.team, *id, condition.precondition());
            deleted
                .await
                .map(|()| Done::deleted())
                .map_err(Failure::from)
        }
    })
}

/// Updates a customer with a body that was read.
async fn update(
    place: &Place,
    id: CustomerId,
    body: &Body,
    condition: &Condition,
    change: Result<Accepted<impl Into<Change> + Send>, BodyError>,
) -> Result<Result<Done, Failure>, StoreCommandError> {
    let change = match change {
        Ok(change) => change,
        Err(error) => return Ok(Err(error.into())),
    };
    let (clock, store) = (Arc::new(clock(body)?), place.kept.store.open().await?);
    let precondition = condition.precondition();
    let applied = update_customer(&store, clock, place.team, id, change.value, precondition).await;
    Ok(applied
        .map(|applied| Done::updated(applied, change.warnings))
        .map_err(Failure::from))
}

const fn options(body: &Body) -> ReadOptions {
    ReadOptions::new().with_unknown_fields(body.unknown_fields())
}

fn found(found: Result<Option<Customer>, customer_domain::StoreError>) -> Result<Done, Failure> {
    let customer = found?.ok_or(ErrorCode::CustomerNotFound)?;
    Ok(Done::found(customer))
}

fn read(body: &Body) -> Result<Vec<u8>, StoreCommandError> {
    let input = body.input();
    let read = || {
        let mut bytes = Vec::new();
        let source = input.open()?;
        source
            .reader
            .take(MAX_BODY_BYTES + 1)
            .read_to_end(&mut bytes)?;
        if bytes.len() as u64 > MAX_BODY_BYTES {
            return Err(io::Error::from(ErrorKind::FileTooLarge));
        }
        Ok(bytes)
    };
    read().map_err(|source| StoreCommandError::Read {
        input: input.to_string(),
        source,
    })
}

/// The time of `--now`, or the current system time.
fn clock(body: &Body) -> Result<impl Clock + use<>, StoreCommandError> {
    let start = match body.now {
        Some(now) => now,
        None => system_time().map_err(|_| StoreCommandError::NoTime)?,
    };
    Ok(FnClock(move || start))
}

/// Writes one line. A closed pipe is not an error.
pub(crate) fn write_line(answer: &impl serde::Serialize) -> Result<(), StoreCommandError> {
    let mut line =
        serde_json::to_vec(answer).map_err(|error| StoreCommandError::Write(error.into()))?;
    line.push(b'\n');
    match io::stdout().lock().write_all(&line) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(StoreCommandError::Write(error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// An open store, by its engine.
#[derive(Debug)]
pub(crate) enum OpenStore {
    Sqlite(Arc<SqliteStore>),
    Postgres(Arc<PostgresStore>),
    Memory(Arc<MemoryStore>),
}

impl OpenStore {
    /// The store, whatever its engine.
    pub(crate) fn shared(&self) -> Arc<dyn DynCustomerStore> {
        match self {
            Self::Sqlite(store) => Arc::clone(store) as _,
            Self::Postgres(store) => Arc::clone(store) as _,
            Self::Memory(store) => Arc::clone(store) as _,
        }
    }
}

impl StoreName {
    /// Opens the store.
    ///
    /// # Errors
    ///
    /// [`StoreCommandError::Open`] and [`StoreCommandError::Connect`].
    pub(crate) async fn open(&self) -> Result<Arc<dyn DynCustomerStore>, StoreCommandError> {
        Ok(self.open_engine().await?.shared())
    }

    /// Opens the store.
    ///
    /// # Errors
    ///
    /// [`StoreCommandError::Open`] and [`StoreCommandError::Connect`].
    pub(crate) async fn open_engine(&self) -> Result<OpenStore, StoreCommandError> {
        self.open_with(|builder| builder).await
    }

    /// Opens the store, but creates no file.
    ///
    /// # Errors
    ///
    /// [`StoreCommandError::Open`] and [`StoreCommandError::Connect`].
    pub(crate) async fn open_existing(
        &self,
    ) -> Result<Arc<dyn DynCustomerStore>, StoreCommandError> {
        let store = self.open_with(SqliteStoreBuilder::existing).await?;
        Ok(store.shared())
    }

    async fn open_with(
        &self,
        options: fn(SqliteStoreBuilder) -> SqliteStoreBuilder,
    ) -> Result<OpenStore, StoreCommandError> {
        match self {
            Self::Sqlite(path) => match options(SqliteStore::builder(path)).open() {
                Ok(store) => Ok(OpenStore::Sqlite(Arc::new(store))),
                Err(source) => Err(StoreCommandError::Open {
                    store: self.clone(),
                    source,
                }),
            },
            Self::Postgres(config) => match PostgresStore::connect(config).await {
                Ok(store) => Ok(OpenStore::Postgres(Arc::new(store))),
                Err(source) => Err(StoreCommandError::Connect {
                    store: self.clone(),
                    source,
                }),
            },
            Self::Memory => {
                let store = MemoryStore::with_change_log(MEMORY_LOG);
                Ok(OpenStore::Memory(Arc::new(store)))
            }
        }
    }
}
