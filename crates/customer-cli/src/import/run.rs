//! Executes an import in batches.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use customer_domain::{
    Clock, CustomerId, CustomerStore, DynCustomerStore, Failure, FnClock, InsertError, MatchBy,
    ReadOptions, StoreError, StoreErrorKind, TeamId, Upsert, UpsertError, Upserted, Violations,
    Write, WriteResult,
};
use uuid::{Builder, Uuid};

use crate::args::{ImportArgs, Match};
use crate::clock::system_time;
use crate::progress::Progress;
use crate::store::StoreCommandError;

use super::error::ImportError;
use super::preview::Preview;
use super::reader::{Line, Reader};
use super::rejection::Rejection;
use super::rejects::Rejects;
use super::tally::{Effect, Tally};

/// The maximum number of lines of a batch.
const BATCH_LINES: usize = 1_000;

/// The size after which a batch is complete, in bytes.
const BATCH_BYTES: usize = 2 * 1024 * 1024;

/// An import.
pub(super) struct Run<'a> {
    args: &'a ImportArgs,
    target: Target,
    clock: Arc<dyn Clock>,
    reader: Reader<'a>,
    rejects: Rejects,
    progress: &'a Progress,
    tally: Tally,
}

/// Why an import stopped without an error.
pub(super) enum Stopped {
    AtEnd,
    /// It was interrupted; this line is the next.
    BeforeLine(u64),
}

/// What executes the writes.
enum Target {
    Store(Arc<dyn DynCustomerStore>),
    DryRun(Box<Preview>),
}

impl Target {
    async fn write_batch(
        &self,
        team: TeamId,
        writes: Vec<Write>,
        clock: Arc<dyn Clock>,
    ) -> Vec<WriteResult> {
        match self {
            Self::Store(store) => store.write_batch(team, writes, clock).await,
            Self::DryRun(preview) => preview.write_batch(team, writes, clock).await,
        }
    }
}

/// Lines that are written together.
#[derive(Default)]
struct Batch {
    /// Each line, and why it is not written.
    lines: Vec<(Line, Option<Rejection>)>,
    /// The writes of the other lines.
    writes: Vec<Write>,
}

impl Batch {
    fn first_line(&self) -> Option<u64> {
        self.lines.first().map(|(line, _)| line.number)
    }
}

impl<'a> Run<'a> {
    /// # Errors
    ///
    /// The system clock is outside of the years 0000 to 9999.
    pub(super) fn new(
        args: &'a ImportArgs,
        store: Arc<dyn DynCustomerStore>,
        reader: Reader<'a>,
        rejects: Rejects,
        progress: &'a Progress,
    ) -> Result<Self, StoreCommandError> {
        let start = system_time().map_err(|_| StoreCommandError::NoTime)?;
        let now = args.now;
        let clock = move || now.unwrap_or_else(|| system_time().unwrap_or(start));
        Ok(Self {
            args,
            target: if args.dry_run {
                Target::DryRun(Box::new(Preview::new(store)))
            } else {
                Target::Store(store)
            },
            clock: Arc::new(FnClock(clock)),
            reader,
            rejects,
            progress,
            tally: Tally {
                dry_run: args.dry_run,
                ..Tally::default()
            },
        })
    }

    pub(super) const fn tally(&self) -> Tally {
        self.tally
    }

    /// Imports all lines. A batch is read while the one before it is written.
    ///
    /// # Errors
    ///
    /// [`ImportError`]: complete batches are written.
    pub(super) async fn execute(
        &mut self,
        interrupted: &AtomicBool,
    ) -> Result<Stopped, ImportError> {
        let mut batch = read_batch(&mut self.reader, self.args, &*self.clock)?;
        while let Some(first_line) = batch.first_line() {
            if interrupted.load(Ordering::Relaxed) {
                return Ok(Stopped::BeforeLine(first_line));
            }
            let Batch { lines, writes } = batch;
            let clock = Arc::clone(&self.clock);
            let results = self.target.write_batch(self.args.place.team, writes, clock);
            let next = async { read_batch(&mut self.reader, self.args, &*self.clock) };
            let (results, next) = tokio::join!(results, next);
            self.report(first_line, lines, results)?;
            batch = next?;
        }
        Ok(Stopped::AtEnd)
    }

    /// Counts the lines of a batch that was written, and reports those that are rejected.
    fn report(
        &mut self,
        first_line: u64,
        lines: Vec<(Line, Option<Rejection>)>,
        results: Vec<WriteResult>,
    ) -> Result<(), ImportError> {
        let failed = |error: StoreError| ImportError::Store {
            line: first_line,
            source: error.into(),
        };
        let effects = results
            .into_iter()
            .map(effect)
            .collect::<Result<Vec<_>, _>>();
        let mut effects = effects.map_err(failed)?.into_iter();
        for (line, rejection) in lines {
            let effect = match rejection {
                Some(rejection) => Err(rejection),
                None => effects.next().ok_or_else(|| failed(no_result()))?,
            };
            if let Err(rejection) = &effect {
                self.rejects.report(&line, rejection, self.progress)?;
            }
            self.tally.count(effect.ok());
        }
        self.rejects.flush()?;
        self.progress
            .advance(self.reader.bytes_read(), self.tally.lines());
        Ok(())
    }
}

/// Reads the lines of a batch from `--from-line` on; none at the end.
fn read_batch(
    reader: &mut Reader<'_>,
    args: &ImportArgs,
    clock: &dyn Clock,
) -> Result<Batch, ImportError> {
    let mut batch = Batch::default();
    let mut bytes = 0;
    while batch.lines.len() < BATCH_LINES && bytes < BATCH_BYTES {
        let Some(line) = reader.next_line()? else {
            break;
        };
        if line.number < args.from_line {
            continue;
        }
        bytes += line.len();
        let rejection = match write_of(&line, reader, args, clock) {
            Ok(write) => {
                batch.writes.push(write);
                None
            }
            Err(rejection) => Some(rejection),
        };
        batch.lines.push((line, rejection));
    }
    Ok(batch)
}

/// The write of a line.
fn write_of(
    line: &Line,
    reader: &Reader<'_>,
    args: &ImportArgs,
    clock: &dyn Clock,
) -> Result<Write, Rejection> {
    let values = reader.values(line)?;
    let id = match args.match_by {
        Match::Uuid => values.id(),
        Match::Email | Match::None => Ok(new_id(clock)),
    };
    let options = ReadOptions::new().with_unknown_fields(args.unknown_fields());
    let change = values.into_change(id.as_ref().err(), options)?;
    let id = id.map_err(|violation| Failure::from(Violations::from(violation)))?;
    let by = match args.match_by {
        Match::Email => MatchBy::Email,
        Match::Uuid => MatchBy::Id,
        Match::None => {
            let new = change.to_new().map_err(Failure::from)?;
            let new = new.into_customer(id, args.place.team, clock.now());
            return Ok(Write::Insert(Box::new(new)));
        }
    };
    Ok(Write::Upsert(Upsert { by, id, change }))
}

/// A new id, of UUID version 7: the ids of an import are next to each other in the index
/// of a store, so that it writes fewer pages.
fn new_id(clock: &dyn Clock) -> CustomerId {
    let millis = clock.now().as_micros().div_euclid(1_000);
    let millis = u64::try_from(millis).unwrap_or_default();
    let [random @ .., _, _, _, _, _, _] = Uuid::new_v4().into_bytes();
    let id = Builder::from_unix_timestamp_millis(millis, &random);
    id.into_uuid().into()
}

/// The effect of a write on the store.
///
/// # Errors
///
/// The store failed; in `Ok`, the write is rejected.
fn effect(result: WriteResult) -> Result<Result<Effect, Rejection>, StoreError> {
    let error = match result {
        WriteResult::Insert(Ok(())) => return Ok(Ok(Effect::Created)),
        WriteResult::Upsert(Ok(Upserted::Created(_))) => return Ok(Ok(Effect::Created)),
        WriteResult::Upsert(Ok(Upserted::Updated(applied))) => {
            return Ok(Ok(Effect::of_update(&applied)));
        }
        WriteResult::Insert(Err(InsertError::Store(error)))
        | WriteResult::Upsert(Err(UpsertError::Store(error))) => error,
        WriteResult::Insert(Err(error)) => return Ok(Err(Failure::from(error).into())),
        WriteResult::Upsert(Err(error)) => return Ok(Err(Failure::from(error).into())),
        WriteResult::Update(_) | WriteResult::Delete(_) => no_result(),
    };
    // One stored record is corrupt (S8); the others can be written.
    match (error.kind(), error.record()) {
        (StoreErrorKind::Corrupt, Some(_)) => {
            let code = error.code();
            Ok(Err(Rejection::of_line(code.as_str(), error.to_string())))
        }
        _ => Err(error),
    }
}

/// The store did not return the result of a write.
const fn no_result() -> StoreError {
    StoreError::new(StoreErrorKind::Internal)
}
