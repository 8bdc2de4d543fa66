//! Valid values for `proptest`, which shrink to small ones.
//!
//! What comes out has passed the value types. For limits write tables: these
//! strategies prefer what is in between. [`body`] alone makes what may be
//! invalid.
//!
//! ```
//! use customer_testkit::strategies::{customer, patch, timestamp};
//! use proptest::prelude::*;
//!
//! proptest! {
//!     # #![proptest_config(ProptestConfig::with_cases(8))]
//!     # fn m1_a_patch_does_not_change_who_it_is(c in customer(), p in patch(), now in timestamp()) {
//!     #     prop_assert_eq!(c.clone().apply(&p, now).customer().id(), c.id());
//!     # }
//!     # /*
//!     #[test]
//!     fn m1_a_patch_does_not_change_who_it_is(c in customer(), p in patch(), now in timestamp()) {
//!         prop_assert_eq!(c.clone().apply(&p, now).customer().id(), c.id());
//!     }
//!     # */
//! }
//! # m1_a_patch_does_not_change_who_it_is();
//! ```

use std::fmt::Debug;
use std::str::FromStr;

use arbitrary::Unstructured;
use customer_domain::{
    Address, AddressField, Contact, ContactName, Contacts, Customer, CustomerId, CustomerName,
    CustomerPatch, EmailAddress, NewCustomer, NullableUpdate, PhoneNumber, Status, TeamId,
    Timestamp, Update, Version, WebsiteUrl,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use uuid::Uuid;

/// The longest text that the strategies make, in characters: far below the
/// limits, so that cases are small.
const MAX_CHARS: usize = 24;

/// Characters that a careless program changes, drops or counts otherwise.
const UNUSUAL: &[char] = &[
    '\'',
    '"',
    '\\',
    '%',
    '_',
    '<',
    '&',
    '\u{A0}',
    '\u{AD}',
    'ß',
    'İ',
    'ı',
    'ſ',
    'ς',
    'Σ',
    '\u{301}',
    '\u{200B}',
    '\u{200D}',
    '\u{202E}',
    '\u{2028}',
    '\u{3000}',
    '字',
    '\u{E000}',
    '\u{FB01}',
    '\u{FE0F}',
    '\u{FEFF}',
    '\u{FFFD}',
    '\u{FFFF}',
    '😀',
    '\u{E0067}',
    '\u{10FFFF}',
];

/// A character that a text may hold anywhere but at its ends.
pub fn character() -> impl Strategy<Value = char> {
    prop_oneof![
        4 => proptest::char::range(' ', '~'),
        2 => proptest::sample::select(UNUSUAL),
        1 => any::<char>().prop_filter("no control character (T3)", |c| !c.is_control()),
    ]
}

/// A text that is valid in every field of free text: not blank, no control
/// characters, no white space at its ends.
pub fn text() -> impl Strategy<Value = String> {
    let end = || {
        prop_oneof![
            proptest::char::range('a', 'z'),
            Just('É'),
            Just('字'),
            Just('😀')
        ]
    };
    prop_oneof![
        1 => end().prop_map(String::from),
        4 => (end(), vec(character(), 0..=MAX_CHARS - 2), end())
            .prop_map(|(first, rest, last)| [first].into_iter().chain(rest).chain([last]).collect()),
    ]
    .boxed()
}

/// The name of a customer (V1).
pub fn customer_name() -> impl Strategy<Value = CustomerName> {
    valid(text())
}

/// The name of a contact.
pub fn contact_name() -> impl Strategy<Value = ContactName> {
    valid(text())
}

/// An email address (V2). The addresses are few enough that two of them meet,
/// in one spelling or in several (V3).
pub fn email() -> impl Strategy<Value = EmailAddress> {
    let local = prop_oneof![
        4 => "[a-cA-C]{1,2}",
        2 => "[a-z0-9]{1,8}[.+_'-]{0,1}[a-z0-9]{1,8}",
        1 => proptest::sample::select(&["ärger", "ÄRGER", "straße", "STRASSE", "ΟΔΟΣ", "οδος"][..])
            .prop_map(String::from),
    ];
    let domain = prop_oneof![
        4 => proptest::sample::select(&[
            "acme.example",
            "ACME.Example",
            "bücher.example",
            "xn--bcher-kva.example",
            "BÜCHER.example",
        ][..]).prop_map(String::from),
        1 => "[a-z][a-z0-9]{0,9}(\\.[a-z]{2,6}){1,3}",
    ];
    valid((local, domain).prop_map(|(local, domain)| format!("{local}@{domain}")))
}

/// A phone number (V4), in the international format or in any other.
pub fn phone() -> impl Strategy<Value = PhoneNumber> {
    prop_oneof![
        3 => valid("\\+[1-9][0-9]{1,14}"),
        1 => valid("00[1-9][0-9 ]{1,12}[0-9]"),
        2 => valid("\\([0-9]{3}\\) [0-9]{3}-[0-9]{4}( ext\\. [0-9]{1,4}){0,1}"),
        1 => valid(text()),
    ]
}

/// A website (V5), with a protocol or without.
pub fn website() -> impl Strategy<Value = WebsiteUrl> {
    let protocol = proptest::sample::select(&["", "https://", "http://", "HTTPS://"][..]);
    let host = prop_oneof![
        4 => "[a-z]{1,8}\\.(example|test)",
        1 => Just("bücher.example".to_owned()),
    ];
    let rest = prop_oneof![
        2 => Just(String::new()),
        2 => "(:[1-9][0-9]{1,3}){0,1}(/[a-z%20é字]{0,6}){0,3}",
        1 => "/[a-zA-Z/]{0,6}\\?[a-z=&@]{0,8}#[a-z]{0,4}",
    ];
    valid(
        (protocol, host, rest).prop_map(|(protocol, host, rest)| format!("{protocol}{host}{rest}")),
    )
}

/// A status (V6).
pub fn status() -> impl Strategy<Value = Status> {
    proptest::sample::select(&[Status::Active, Status::Inactive][..])
}

/// An address (V7) of one field to five; a street may have several lines.
pub fn address() -> impl Strategy<Value = Address> {
    let street = prop_oneof![
        3 => text(),
        1 => (text(), text()).prop_map(|(one, other)| format!("{one}\n{other}")),
    ];
    let field = || option::of(text());
    (option::of(street), field(), field(), field(), field())
        .prop_filter_map(
            "an address has a field (V7)",
            |(street, city, state, zip_code, country)| {
                let texts = [street, city, state, zip_code, country];
                let texts = AddressField::ALL.iter().zip(&texts);
                Address::new(texts.filter_map(|(field, text)| Some((*field, text.as_deref()?))))
                    .ok()
            },
        )
        .boxed()
}

/// A contact.
pub fn contact() -> impl Strategy<Value = Contact> {
    (contact_name(), option::of(email()), option::of(phone()))
        .prop_map(|(name, email, phone)| {
            let contact = Contact::new(name);
            let contact = email.into_iter().fold(contact, Contact::with_email);
            phone.into_iter().fold(contact, Contact::with_phone)
        })
        .boxed()
}

/// None to three contacts, of which one may be primary.
pub fn contacts() -> impl Strategy<Value = Contacts> {
    (vec(contact(), 0..=3), 0..6_usize)
        .prop_filter_map("at most one contact is primary", |(contacts, primary)| {
            let contacts = contacts.into_iter().enumerate().map(|(place, contact)| {
                if place == primary {
                    contact.with_primary()
                } else {
                    contact
                }
            });
            Contacts::new(contacts.collect()).ok()
        })
        .boxed()
}

/// A point in time: of these years, of any year from 0000 to 9999, or on the
/// edge of a second or of the range.
pub fn timestamp() -> impl Strategy<Value = Timestamp> {
    let (first, last) = (Timestamp::MIN.as_micros(), Timestamp::MAX.as_micros());
    let edges = [
        first,
        first + 1,
        -1_000_001,
        -1,
        0,
        1,
        999_999,
        1_000_000,
        last - 1,
        last,
    ];
    prop_oneof![
        4 => 1_500_000_000_000_000..2_000_000_000_000_000_i64,
        2 => first..=last,
        1 => proptest::sample::select(edges.to_vec()),
    ]
    .prop_filter_map("within the range", Timestamp::from_micros)
    .boxed()
}

/// A version, most often a low one, up to the greatest number of 63 bits.
pub fn version() -> impl Strategy<Value = Version> {
    prop_oneof![3 => 1..100_u64, 1 => 1..=i64::MAX as u64]
        .prop_filter_map("no version is zero", Version::from_stored)
}

/// One of a few teams, so that two of them meet.
pub fn team() -> impl Strategy<Value = TeamId> {
    (1..=3_u128).prop_map(|n| Uuid::from_u128(n).into())
}

/// The id of a customer.
pub fn customer_id() -> impl Strategy<Value = CustomerId> {
    any::<u128>().prop_map(|n| Uuid::from_u128(n).into())
}

/// What a customer is made from.
pub fn new_customer() -> impl Strategy<Value = NewCustomer> {
    let required = (customer_name(), email(), status(), contacts());
    let optional = (
        option::of(phone()),
        option::of(website()),
        option::of(address()),
        option::of(address()),
    );
    (required, optional)
        .prop_map(|(required, (phone, website, billing, shipping))| {
            let (name, email, status, contacts) = required;
            let new = NewCustomer::new(name, email)
                .with_status(status)
                .with_contacts(contacts);
            let new = phone.into_iter().fold(new, NewCustomer::with_main_phone);
            let new = website.into_iter().fold(new, NewCustomer::with_website);
            let new = billing
                .into_iter()
                .fold(new, NewCustomer::with_billing_address);
            shipping
                .into_iter()
                .fold(new, NewCustomer::with_shipping_address)
        })
        .boxed()
}

/// A record.
pub fn customer() -> impl Strategy<Value = Customer> {
    (
        new_customer(),
        customer_id(),
        team(),
        timestamp(),
        timestamp(),
        version(),
    )
        .prop_map(|(new, id, team, created_at, updated_at, version)| {
            let mut record = new.into_customer(id, team, created_at).into_record();
            record.updated_at = updated_at.max(created_at);
            record.into_customer(team, version)
        })
}

/// What a patch does to a value that can be removed.
fn nullable<T: Clone + Debug>(
    value: impl Strategy<Value = T>,
) -> impl Strategy<Value = Option<Option<T>>> {
    option::of(option::weighted(0.7, value))
}

/// A patch, the empty one included.
pub fn patch() -> impl Strategy<Value = CustomerPatch> {
    let required = (
        option::of(customer_name()),
        option::of(email()),
        option::of(status()),
    );
    let optional = (
        nullable(phone()),
        nullable(website()),
        nullable(address()),
        nullable(address()),
    );
    (required, optional).prop_map(|((name, email, status), optional)| {
        let (phone, website, billing, shipping) = optional;
        let mut patch = CustomerPatch::new();
        patch = name
            .into_iter()
            .fold(patch, |patch, value| patch.with_name(Update::Set(value)));
        patch = email
            .into_iter()
            .fold(patch, |patch, value| patch.with_email(Update::Set(value)));
        patch = status
            .into_iter()
            .fold(patch, |patch, value| patch.with_status(Update::Set(value)));
        patch = phone.into_iter().fold(patch, |patch, phone| match phone {
            Some(phone) => patch.with_main_phone(NullableUpdate::Set(phone)),
            None => patch.with_main_phone(NullableUpdate::Clear),
        });
        patch = website
            .into_iter()
            .fold(patch, |patch, website| match website {
                Some(website) => patch.with_website(NullableUpdate::Set(website)),
                None => patch.with_website(NullableUpdate::Clear),
            });
        patch = billing
            .into_iter()
            .fold(patch, |patch, address| match address {
                Some(address) => patch.with_billing_address(NullableUpdate::Set(address)),
                None => patch.with_billing_address(NullableUpdate::Clear),
            });
        shipping
            .into_iter()
            .fold(patch, |patch, address| match address {
                Some(address) => patch.with_shipping_address(NullableUpdate::Set(address)),
                None => patch.with_shipping_address(NullableUpdate::Clear),
            })
    })
}

/// A body near the schema, as raw bytes: what [`bodies::body`](crate::bodies::body)
/// makes of random ones.
pub fn body() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..600).prop_map(|bytes| {
        crate::bodies::body(&mut Unstructured::new(&bytes)).unwrap_or_else(|_| b"{}".to_vec())
    })
}

/// The texts that are valid for the type: all of them, but for a case of a
/// rule too fine for the strategy. On the heap, as are the other strategies that
/// larger ones are made of: unoptimised, a stack is too small for the sum.
fn valid<T: FromStr + Debug>(
    texts: impl Strategy<Value = String> + 'static,
) -> impl Strategy<Value = T> {
    texts
        .prop_filter_map("valid by the rules of the value", |text| text.parse().ok())
        .boxed()
}
