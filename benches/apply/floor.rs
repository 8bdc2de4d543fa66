//! The floor: serde_json reads the body into borrowed fields, and that is all.
//!
//! Nothing is validated, merged or allocated, so that no way to update a record
//! through serde_json costs less.

use serde::Deserialize;

/// What was sent.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "it is read and thrown away")]
pub(crate) struct Body<'b> {
    customer: Option<&'b str>,
    email: Option<&'b str>,
    main_phone: Option<&'b str>,
    website: Option<&'b str>,
    status: Option<&'b str>,
    #[serde(borrow)]
    billing_address: Option<Address<'b>>,
    #[serde(borrow)]
    shipping_address: Option<Address<'b>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "it is read and thrown away")]
struct Address<'b> {
    street: Option<&'b str>,
    city: Option<&'b str>,
    state: Option<&'b str>,
    zip_code: Option<&'b str>,
    country: Option<&'b str>,
}

/// Reads a body.
///
/// # Errors
///
/// When it is not JSON, or a value is not a text as it stands.
pub(crate) fn read(body: &[u8]) -> serde_json::Result<Body<'_>> {
    serde_json::from_slice(body)
}
