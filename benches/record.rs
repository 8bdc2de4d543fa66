//! What is done with a record besides updating it.

use std::hint::black_box;

use customer_domain::Customer;

use crate::apply::cases::Case;
#[cfg(feature = "peers")]
use crate::apply::plain;

/// How often an operation runs before it is measured.
const WARM_UP: usize = 3;

/// A record, and the same as a plain struct.
pub(crate) struct Operations {
    record: Customer,
    #[cfg(feature = "peers")]
    plain: plain::Record,
}

impl Operations {
    /// The record as it is after the update of that case.
    ///
    /// # Panics
    ///
    /// When the two records are not the same JSON.
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
            assert_eq!(ours, buffer, "the record as JSON, and the plain one");
        }
        operations
    }

    /// The record as JSON, into a buffer that is used again.
    pub(crate) fn write_json(&self, buffer: &mut Vec<u8>) {
        buffer.clear();
        black_box(&self.record).write_json(buffer);
        black_box(&buffer);
    }

    /// The same through serde.
    pub(crate) fn to_json(&self, buffer: &mut Vec<u8>) {
        buffer.clear();
        let written = serde_json::to_writer(&mut *buffer, black_box(&self.record));
        assert!(black_box(written).is_ok());
    }

    /// A record, whose texts it shares.
    pub(crate) fn clone_record(&self) {
        drop(black_box(black_box(&self.record).clone()));
    }

    /// The key of the email address (V3).
    pub(crate) fn email_key(&self) {
        drop(black_box(black_box(&self.record).email().key()));
    }
}

#[cfg(feature = "peers")]
impl Operations {
    /// The same by serde's derive and serde_json.
    pub(crate) fn to_json_derived(&self, buffer: &mut Vec<u8>) {
        buffer.clear();
        let written = serde_json::to_writer(&mut *buffer, black_box(&self.plain));
        assert!(black_box(written).is_ok());
    }

    /// A record of plain texts.
    pub(crate) fn clone_plain(&self) {
        drop(black_box(black_box(&self.plain).clone()));
    }
}
