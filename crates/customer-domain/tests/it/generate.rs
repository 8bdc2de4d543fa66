//! Generators of valid values, records and patches: text of every kind, and
//! lengths on the limits.

use customer_domain::{
    Address, AddressBuilder, AddressField, Contact, Contacts, Customer, CustomerId, CustomerName,
    CustomerParts, CustomerPatch, EmailAddress, PhoneNumber, Status, TeamId, Timestamp, Version,
    WebsiteUrl,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

/// A character that is likely to show a mistake.
fn character() -> impl Strategy<Value = char> {
    prop_oneof![
        4 => proptest::char::range('!', '~'),
        1 => Just(' '),
        1 => prop::sample::select(vec!['é', 'ß', 'ς', 'Σ', 'İ', 'ı', 'ﬁ', '字', '😀', '\u{301}']),
        1 => prop::sample::select(vec!['\u{AD}', '\u{200B}', '\u{A0}', '\u{3000}', '\u{FE0F}']),
        1 => any::<char>().prop_filter("no control character", |c| !c.is_control()),
    ]
}

/// A text of up to `max` characters, often of just as many as may be.
pub(crate) fn text(max: usize) -> BoxedStrategy<String> {
    let short = vec(character(), 1..12).prop_map(String::from_iter);
    let long = (character(), prop::sample::select(vec![max - 1, max]))
        .prop_map(|(c, n)| format!("x{}", c.to_string().repeat(n - 1)));
    prop_oneof![4 => short, 1 => long].boxed()
}

pub(crate) fn name() -> BoxedStrategy<CustomerName> {
    text(CustomerName::MAX_CHARS)
        .prop_filter_map("not blank", |t| CustomerName::parse(&t).ok())
        .boxed()
}

pub(crate) fn email() -> BoxedStrategy<EmailAddress> {
    let local = prop_oneof![
        "[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]{1,8}(\\.[a-zA-Z0-9]{1,8}){0,2}",
        "[a-zß-öς字]{1,10}",
    ];
    let domain = prop_oneof![
        "[a-z]{1,8}\\.(example|co)",
        "[A-Z]{1,8}\\.[a-z0-9]{1,8}\\.Example",
        Just("bücher.example".to_owned()),
        Just("BÜCHER.example".to_owned()),
        Just("xn--bcher-kva.example".to_owned()),
    ];
    (local, domain)
        .prop_filter_map("an address", |(local, domain)| {
            EmailAddress::parse(&format!("{local}@{domain}")).ok()
        })
        .boxed()
}

pub(crate) fn phone() -> BoxedStrategy<PhoneNumber> {
    prop_oneof![
        "\\+[0-9]{1,15}".boxed(),
        "00[0-9]{1,15}".boxed(),
        "\\([0-9]{3}\\) [0-9]{3}-[0-9]{4}".boxed(),
        text(PhoneNumber::MAX_CHARS).boxed(),
    ]
    .prop_filter_map("not blank", |t| PhoneNumber::parse(&t).ok())
    .boxed()
}

pub(crate) fn website() -> BoxedStrategy<WebsiteUrl> {
    let host = prop_oneof![
        "[a-z]{1,10}\\.example",
        Just("bücher.example".to_owned()),
        Just("Acme.Example:8080".to_owned()),
    ];
    (
        "(https?://|HTTP://|)",
        host,
        "(/[a-z0-9./é%]{0,20}|)(\\?[a-z=@]{0,9}|)",
    )
        .prop_filter_map("a website", |(protocol, host, rest)| {
            WebsiteUrl::parse(&format!("{protocol}{host}{rest}")).ok()
        })
        .boxed()
}

pub(crate) fn status() -> impl Strategy<Value = Status> {
    prop_oneof![Just(Status::Active), Just(Status::Inactive)]
}

pub(crate) fn address() -> BoxedStrategy<Address> {
    let field = || option::weighted(0.6, text(Address::MAX_CHARS));
    [field(), field(), field(), field(), field()]
        .prop_filter_map("a field is left", |texts| {
            AddressField::ALL
                .iter()
                .zip(&texts)
                .filter_map(|(field, text)| Some((*field, text.as_deref()?)))
                .try_fold(Address::builder(), |address, (field, text)| {
                    address.set(field, text)
                })
                .and_then(AddressBuilder::build)
                .ok()
        })
        .boxed()
}

fn contacts() -> BoxedStrategy<Contacts> {
    let contact = (text(255), option::of(email()), option::of(phone()));
    (vec(contact, 0..3), any::<bool>())
        .prop_filter_map("named", |(contacts, primary)| {
            let mut list = Vec::new();
            for (index, (name, email, phone)) in contacts.into_iter().enumerate() {
                let mut contact = Contact::new(name.parse().ok()?);
                if let Some(email) = email {
                    contact = contact.with_email(email);
                }
                if let Some(phone) = phone {
                    contact = contact.with_phone(phone);
                }
                list.push(if primary && index == 0 {
                    contact.primary()
                } else {
                    contact
                });
            }
            Contacts::new(list).ok()
        })
        .boxed()
}

/// Any instant, most often near others, so that clocks meet.
pub(crate) fn instant() -> BoxedStrategy<Timestamp> {
    let range = Timestamp::MIN.as_micros()..=Timestamp::MAX.as_micros() - 1_000;
    prop_oneof![1_000_000_i64..1_000_004, range]
        .prop_filter_map("in range", Timestamp::from_micros)
        .boxed()
}

pub(crate) fn customer() -> BoxedStrategy<Customer> {
    let identity = (
        any::<u128>(),
        any::<u128>(),
        1..u64::from(u32::MAX),
        instant(),
        instant(),
    );
    let texts = (
        name(),
        email(),
        option::of(phone()),
        option::of(website()),
        status(),
    );
    let rest = (option::of(address()), option::of(address()), contacts());
    (identity, texts, rest)
        .prop_filter_map("a version", |(identity, texts, rest)| {
            let (uuid, team, version, created_at, updated_at) = identity;
            let (customer, email, main_phone, website, status) = texts;
            let (billing_address, shipping_address, contacts) = rest;
            Some(Customer::from_parts(CustomerParts {
                team: TeamId::from(uuid::Uuid::from_u128(team)),
                version: Version::from_stored(version)?,
                uuid: CustomerId::from(uuid::Uuid::from_u128(uuid)),
                customer,
                email,
                main_phone,
                website,
                status,
                billing_address,
                shipping_address,
                contacts,
                created_at,
                updated_at,
            }))
        })
        .boxed()
}

/// Another record of the same customer: it differs in patchable fields only.
pub(crate) fn sibling(of: &Customer) -> impl Strategy<Value = Customer> + use<> {
    let of = of.clone();
    patch().prop_map(move |patch| of.apply(&patch, of.updated_at()).customer)
}

pub(crate) fn patch() -> BoxedStrategy<CustomerPatch> {
    fn maybe<T: std::fmt::Debug>(
        value: impl Strategy<Value = T>,
    ) -> impl Strategy<Value = Option<T>> {
        option::weighted(0.4, value)
    }
    fn nullable<T: std::fmt::Debug>(
        value: impl Strategy<Value = T>,
    ) -> impl Strategy<Value = Option<Option<T>>> {
        option::weighted(0.5, option::weighted(0.7, value))
    }
    let required = (maybe(name()), maybe(email()), maybe(status()));
    let texts = (nullable(phone()), nullable(website()));
    let addresses = (nullable(address()), nullable(address()));
    (required, texts, addresses)
        .prop_map(|(required, texts, addresses)| {
            let mut patch = CustomerPatch::new();
            let (name, email, status) = required;
            if let Some(name) = name {
                patch = patch.with_name(Update::Set(name));
            }
            if let Some(email) = email {
                patch = patch.with_email(Update::Set(email));
            }
            if let Some(status) = status {
                patch = patch.with_status(Update::Set(status));
            }
            patch = match texts.0 {
                None => patch,
                Some(None) => patch.with_main_phone(NullableUpdate::Clear),
                Some(Some(phone)) => patch.with_main_phone(NullableUpdate::Set(phone)),
            };
            patch = match texts.1 {
                None => patch,
                Some(None) => patch.with_website(NullableUpdate::Clear),
                Some(Some(website)) => patch.with_website(NullableUpdate::Set(website)),
            };
            patch = match addresses.0 {
                None => patch,
                Some(None) => patch.with_billing_address(NullableUpdate::Clear),
                Some(Some(address)) => patch.with_billing_address(NullableUpdate::Set(address)),
            };
            match addresses.1 {
                None => patch,
                Some(None) => patch.with_shipping_address(NullableUpdate::Clear),
                Some(Some(address)) => patch.with_shipping_address(NullableUpdate::Set(address)),
            }
        })
        .boxed()
}
