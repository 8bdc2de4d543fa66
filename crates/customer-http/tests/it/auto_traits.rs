//! Auto traits are part of the public API: a private field must not remove one unnoticed.

use std::fmt::Debug;

use customer_http::server::{CutOff, ServerLimits};
use customer_http::{
    Caller, ClientId, Credentials, CustomerApi, Limits, RetryAfter, Unauthorized, UserId,
};
use customer_memory::MemoryStore;

fn has_auto_traits<T: Send + Sync + Unpin + Debug>() {}

#[test]
fn public_types_are_send_sync_unpin_and_debug() {
    has_auto_traits::<Caller>();
    has_auto_traits::<ClientId>();
    has_auto_traits::<Credentials<'_>>();
    has_auto_traits::<CustomerApi<MemoryStore, (), (), ()>>();
    has_auto_traits::<CutOff>();
    has_auto_traits::<Limits>();
    has_auto_traits::<RetryAfter>();
    has_auto_traits::<ServerLimits>();
    has_auto_traits::<Unauthorized>();
    has_auto_traits::<UserId>();
}
