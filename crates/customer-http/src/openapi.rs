//! The description of the endpoint.

use axum::body::Bytes;

use crate::limits::Limits;

pub(crate) fn document(_limits: &Limits) -> Bytes {
    Bytes::from_static(b"{}")
}
