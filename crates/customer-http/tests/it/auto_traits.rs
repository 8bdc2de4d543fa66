//! A private field must not take a promise away without a test that says so.

use std::fmt::Debug;

use customer_http::server::{CutOff, ServerLimits};
use customer_http::{
    Caller, ClientId, Credentials, CustomerApi, Limits, RetryAfter, Unauthorized, UserId,
};
use customer_memory::MemoryStore;

fn promises<T: Send + Sync + Unpin + Debug>() {}

#[test]
fn everything_can_go_anywhere() {
    promises::<Caller>();
    promises::<ClientId>();
    promises::<Credentials<'_>>();
    promises::<CustomerApi<MemoryStore, (), (), ()>>();
    promises::<CutOff>();
    promises::<Limits>();
    promises::<RetryAfter>();
    promises::<ServerLimits>();
    promises::<Unauthorized>();
    promises::<UserId>();
}
