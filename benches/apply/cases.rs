//! The bodies, and the records that they update.

use customer_domain::{Customer, CustomerId, CustomerPatch, NewCustomer, TeamId, Timestamp};
use uuid::Uuid;

/// A request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Case {
    /// One field, the most frequent update.
    P1,
    /// A typical update: email address, phone number, website, one address.
    P2,
    /// Every field that can be updated, in several scripts.
    P3,
    /// Five violations and a valid address.
    P4,
    /// The typical update, for a record that already has all these values.
    NoOp,
}

impl Case {
    /// The JSON body.
    pub(crate) fn body(self) -> &'static [u8] {
        match self {
            Self::P1 => include_bytes!("../cases/p1.json"),
            Self::P2 | Self::NoOp => include_bytes!("../cases/p2.json").as_slice(),
            Self::P3 => include_bytes!("../cases/p3.json"),
            Self::P4 => include_bytes!("../cases/p4.json"),
        }
        .trim_ascii()
    }

    /// The record before the update.
    ///
    /// # Panics
    ///
    /// If it is invalid.
    pub(crate) fn record(self) -> Customer {
        match self {
            Self::P1 | Self::P2 | Self::P3 | Self::P4 => stored(),
            Self::NoOp => self.updated_record(),
        }
    }

    /// The record after the update.
    ///
    /// # Panics
    ///
    /// If the body is invalid.
    pub(crate) fn updated_record(self) -> Customer {
        let patch = CustomerPatch::from_json(self.body()).expect("a valid patch");
        stored().apply(&patch, now()).into_customer()
    }
}

/// The time of the updates.
///
/// # Panics
///
/// Never: the string is a timestamp.
pub(crate) fn now() -> Timestamp {
    Timestamp::parse("2026-11-25T12:00:00Z").expect("a timestamp")
}

fn stored() -> Customer {
    let created = Timestamp::parse("2026-01-02T03:04:05.678901Z").expect("a timestamp");
    NewCustomer::from_json(include_bytes!("../cases/customer.json"))
        .expect("a valid customer")
        .into_customer(
            CustomerId::from(Uuid::from_u128(0x67e5_5044_10b1_426f_9247_bb68_0e5f_e0c8)),
            TeamId::from(Uuid::from_u128(1)),
            created,
        )
}
