//! The storage interface as a trait object, and stores behind pointers.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::customer::Customer;
use crate::list::{CustomerPage, ListQuery};
use crate::store::{
    CustomerStore, DeleteError, InsertError, Precondition, ReplaceError, StoreError,
};
use crate::value::email::EmailKey;
use crate::value::id::{CustomerId, TeamId};
use crate::value::version::Version;

/// A boxed future, the return type of the methods of a trait object.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Declares the trait object and the implementations that forward each method of
/// [`CustomerStore`].
macro_rules! forward {
    ($($name:ident as $erased:ident($($argument:ident: $(&$ref:ident)? $($owned:ident)?),*) -> $output:ty;)+) => {
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
    insert as dyn_insert(customer: &Customer) -> Result<(), InsertError>;
    get as dyn_get(team: TeamId, id: CustomerId) -> Result<Option<Customer>, StoreError>;
    find_by_email as dyn_find_by_email(team: TeamId, email: &EmailKey)
        -> Result<Option<Customer>, StoreError>;
    replace as dyn_replace(customer: &Customer, read: Version) -> Result<(), ReplaceError>;
    delete as dyn_delete(team: TeamId, id: CustomerId, precondition: Precondition)
        -> Result<(), DeleteError>;
    list as dyn_list(team: TeamId, query: &ListQuery) -> Result<CustomerPage, StoreError>;
}
