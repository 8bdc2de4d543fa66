//! The storage interface as a trait object, and stores behind pointers.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::change::{Change, Upsert, Upserted, Write, WriteResult};
use crate::change_log::{ChangePage, ReadFrom};
use crate::clock::Clock;
use crate::customer::{Applied, Customer};
use crate::list::{CustomerPage, ListQuery, Scan};
use crate::store::CustomerStore;
use crate::store_error::{
    ChangesError, DeleteError, InsertError, ReplaceError, StoreError, UpdateError, UpsertError,
};
use crate::value::email::EmailKey;
use crate::value::id::{CustomerId, TeamId};
use crate::value::time::Timestamp;
use crate::value::version::{Precondition, Version};

/// A boxed future, the return type of the methods of a trait object.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Declares the trait object and the implementations that forward each method of
/// [`CustomerStore`].
macro_rules! forward {
    ($($name:ident as $erased:ident($($argument:ident: $(ref $ref:ident)? $(own $owned:ty)?),*) -> $output:ty;)+) => {
        /// A [`CustomerStore`] as a trait object. Every store implements it; the
        /// methods are those of the same name.
        #[expect(missing_docs, reason = "the contract is that of `CustomerStore`")]
        pub trait DynCustomerStore: Send + Sync {
            $( fn $erased<'a>(&'a self, $($argument: $(&'a $ref)? $($owned)?),*) -> BoxFuture<'a, $output>; )+
        }

        impl<S: CustomerStore> DynCustomerStore for S {
            $( fn $erased<'a>(&'a self, $($argument: $(&'a $ref)? $($owned)?),*) -> BoxFuture<'a, $output> {
                Box::pin(self.$name($($argument),*))
            } )+
        }

        impl CustomerStore for dyn DynCustomerStore {
            $( async fn $name(&self, $($argument: $(&$ref)? $($owned)?),*) -> $output {
                self.$erased($($argument),*).await
            } )+
        }

        forward!(@pointers $($name($($argument: $(&$ref)? $($owned)?),*) -> $output;)+);
    };
    (@pointers $($method:tt)+) => {
        forward!(@pointer &S; $($method)+);
        forward!(@pointer Box<S>; $($method)+);
        forward!(@pointer Arc<S>; $($method)+);
    };
    (@pointer $pointer:ty; $($name:ident($($argument:ident: $type:ty),*) -> $output:ty;)+) => {
        impl<S: CustomerStore + ?Sized> CustomerStore for $pointer {
            $( async fn $name(&self, $($argument: $type),*) -> $output {
                (**self).$name($($argument),*).await
            } )+
        }
    };
}

forward! {
    insert as dyn_insert(customer: ref Customer) -> Result<(), InsertError>;
    get as dyn_get(team: own TeamId, id: own CustomerId) -> Result<Option<Customer>, StoreError>;
    find_by_email as dyn_find_by_email(team: own TeamId, email: ref EmailKey)
        -> Result<Option<Customer>, StoreError>;
    replace as dyn_replace(customer: ref Customer, read: own Version) -> Result<(), ReplaceError>;
    update as dyn_update(team: own TeamId, id: own CustomerId, change: own Change,
        precondition: own Precondition, clock: own Arc<dyn Clock>) -> Result<Applied, UpdateError>;
    upsert as dyn_upsert(team: own TeamId, upsert: own Upsert, clock: own Arc<dyn Clock>)
        -> Result<Upserted, UpsertError>;
    delete as dyn_delete(team: own TeamId, id: own CustomerId, precondition: own Precondition)
        -> Result<(), DeleteError>;
    list as dyn_list(team: own TeamId, query: ref ListQuery) -> Result<CustomerPage, StoreError>;
    scan as dyn_scan(team: own TeamId, after: own Option<CustomerId>, limit: own u32)
        -> Result<Scan, StoreError>;
    check as dyn_check() -> Result<(), StoreError>;
    write_batch as dyn_write_batch(team: own TeamId, writes: own Vec<Write>, clock: own Arc<dyn Clock>)
        -> Vec<WriteResult>;
    changes as dyn_changes(team: own TeamId, from: own ReadFrom, limit: own u32)
        -> Result<ChangePage, ChangesError>;
    prune_changes as dyn_prune_changes(team: own TeamId, before: own Timestamp) -> Result<u64, ChangesError>;
}
