//! Operations on a record other than updates.

use std::hint::black_box;

use customer_domain::Customer;

use crate::apply::cases::Case;
#[cfg(feature = "peers")]
use crate::apply::plain;

/// The number of warm-up runs of an operation.
const WARM_UP: usize = 3;

/// A record, and the same record as a plain struct.
pub(crate) struct Operations {
    record: Customer,
    #[cfg(feature = "peers")]
    plain: plain::Record,
}

impl Operations {
    /// The record after the update of that case.
    ///
    /// # Panics
    ///
    /// If the JSON of the two records differs.
    pub(crate) fn new(case: Case) -> Self {
        let record = case.updated_record();
        let operations = Self {
            #[cfg(feature = "peers")]
            plain: plain::record(&record),
            record,
        };
        let mut buffer = Vec::new();
        for _ in 0..WARM_UP {
            operations.to_json(&mut buffer);
            operations.write_json(&mut buffer);
            operations.clone_record();
            operations.email_key();
        }
        #[cfg(feature = "peers")]
        {
            let ours = buffer.clone();
            operations.to_json_derived(&mut buffer);
            assert_eq!(ours, buffer, "JSON of the record and of the plain struct");
        }
        operations
    }

    /// Writes the record as JSON into a reused buffer.
    pub(crate) fn write_json(&self, buffer: &mut Vec<u8>) {
        buffer.clear();
        black_box(&self.record).write_json(buffer);
        black_box(&buffer);
    }

    /// Writes the record with `serde_json`.
    pub(crate) fn to_json(&self, buffer: &mut Vec<u8>) {
        buffer.clear();
        let written = serde_json::to_writer(&mut *buffer, black_box(&self.record));
        assert!(black_box(written).is_ok());
    }

    /// Clones the record, which shares its strings.
    pub(crate) fn clone_record(&self) {
        drop(black_box(black_box(&self.record).clone()));
    }

    /// Computes the key of the email address (V3).
    pub(crate) fn email_key(&self) {
        drop(black_box(black_box(&self.record).email().key()));
    }
}

#[cfg(feature = "peers")]
impl Operations {
    /// Writes the plain struct with derived `Serialize` and `serde_json`.
    pub(crate) fn to_json_derived(&self, buffer: &mut Vec<u8>) {
        buffer.clear();
        let written = serde_json::to_writer(&mut *buffer, black_box(&self.plain));
        assert!(black_box(written).is_ok());
    }

    /// Clones the plain struct, which copies its strings.
    pub(crate) fn clone_plain(&self) {
        drop(black_box(black_box(&self.plain).clone()));
    }
}
