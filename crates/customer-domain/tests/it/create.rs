//! Creating a customer (RULES, Create).

use customer_domain::{NewCustomer, ReadOptions, Status, Version};

use crate::{errors, id, noon, team};

fn read(body: &str) -> Vec<String> {
    errors(NewCustomer::from_json(body.as_bytes()))
}

#[test]
fn a_name_and_an_email_are_enough() {
    let body = br#"{"customer":" Acme ","email":"a@acme.example"}"#;
    let acme = NewCustomer::from_json(body)
        .unwrap()
        .into_customer(id(), team(), noon());
    assert_eq!(acme.name().as_str(), "Acme");
    assert_eq!(acme.status(), Status::Active);
    assert_eq!(acme.version(), Version::FIRST);
    assert_eq!((acme.created_at(), acme.updated_at()), (noon(), noon()));
    assert_eq!((acme.team(), acme.id()), (team(), id()));
}

#[test]
fn a_missing_required_field_is_reported_with_all_other_violations() {
    assert_eq!(read("{}"), ["customer REQUIRED", "email REQUIRED"]);
    assert_eq!(
        read(r#"{"website":1,"customer":null}"#),
        [
            "website WRONG_TYPE",
            "customer NULL_NOT_ALLOWED",
            "email REQUIRED"
        ]
    );
    assert_eq!(
        read(r#"{"customer":"","email":""}"#),
        ["customer BLANK", "email BLANK"]
    );
}

#[test]
fn null_or_an_empty_string_means_missing_for_an_optional_field() {
    for value in ["null", r#""""#] {
        let body = format!(
            r#"{{"customer":"A","email":"a@b.co","mainPhone":{value},"website":{value},
                "billingAddress":{value},"shippingAddress":{value},"contacts":{value}}}"#
        );
        let new = NewCustomer::from_json(body.as_bytes()).unwrap();
        let bare = NewCustomer::new("A".parse().unwrap(), "a@b.co".parse().unwrap());
        assert_eq!(new, bare, "{value}");
    }
    let body = r#"{"customer":"A","email":"a@b.co","status":null}"#;
    assert!(NewCustomer::from_json(body.as_bytes()).is_ok());
}

#[test]
fn v6_the_status_of_a_new_customer_is_a_choice() {
    let body = r#"{"customer":"A","email":"a@b.co","status":""}"#;
    assert_eq!(read(body), ["status INVALID_CHOICE"]);
    let body = br#"{"customer":"A","email":"a@b.co","status":"inactive"}"#;
    let new = NewCustomer::from_json(body)
        .unwrap()
        .into_customer(id(), team(), noon());
    assert_eq!(new.status(), Status::Inactive);
}

#[test]
fn p6_to_p11_apply_to_a_new_customer() {
    assert_eq!(
        read(r#"{"uuid":1,"colour":2,"customer":"A","customer":"B","email":"a@b.co","version":3}"#),
        [
            "uuid READ_ONLY",
            "colour UNKNOWN_FIELD",
            "customer DUPLICATE_FIELD",
            "version READ_ONLY"
        ]
    );
    assert_eq!(read("[]"), [" WRONG_TYPE"]);
    assert_eq!(read("{"), ["MALFORMED_JSON"]);
}

#[test]
fn contacts_are_read_and_their_violations_reported() {
    let of =
        |contacts: &str| format!(r#"{{"customer":"A","email":"a@b.co","contacts":{contacts}}}"#);
    let body = of(
        r#"[{"name":"Ann","email":"ann@b.co","isPrimary":true},{"name":"Bob","phone":"+1","email":"","isPrimary":""}]"#,
    );
    let new = NewCustomer::from_json(body.as_bytes()).unwrap();
    let customer = new.into_customer(id(), team(), noon());
    let [ann, bob] = &customer.contacts()[..] else {
        panic!()
    };
    assert_eq!((ann.name.as_str(), ann.is_primary), ("Ann", true));
    assert_eq!((&bob.email, bob.is_primary), (&None, false));
    assert_eq!(bob.phone.as_ref().map(AsRef::as_ref), Some("+1"));

    let phone = "1".repeat(51);
    let body = of(&format!(
        r#"[{{"email":"nope","isPrimary":1}},7,{{"name":"","phone":"{phone}","role":"x"}},
            {{"name":"C","name":"D"}},{{"name":null}}]"#
    ));
    assert_eq!(
        read(&body),
        [
            "contacts[0].email INVALID_EMAIL",
            "contacts[0].isPrimary WRONG_TYPE",
            "contacts[0].name REQUIRED",
            "contacts[1] WRONG_TYPE",
            "contacts[2].name BLANK",
            "contacts[2].phone TOO_LONG",
            "contacts[2].role UNKNOWN_FIELD",
            "contacts[3].name DUPLICATE_FIELD",
            "contacts[4].name NULL_NOT_ALLOWED"
        ]
    );
    assert_eq!(read(&of("{}")), ["contacts WRONG_TYPE"]);
    assert_eq!(
        read(&of(
            r#"[{"name":"A","isPrimary":true},{"name":"B","isPrimary":true}]"#
        )),
        ["contacts MULTIPLE_PRIMARY_CONTACTS"]
    );
}

#[test]
fn p11_at_most_100_violations_of_contacts_are_reported() {
    let contacts = vec!["0"; 300].join(",");
    let body = format!(r#"{{"contacts":[{contacts}]}}"#);
    assert_eq!(read(&body).len(), 100);
}

#[test]
fn v4_the_phone_of_a_contact_can_produce_a_warning() {
    let body = br#"{"customer":"A","email":"a@b.co","contacts":[{"name":"B","phone":"555"}]}"#;
    let accepted = NewCustomer::read_json(body, ReadOptions::new()).unwrap();
    let warnings: Vec<_> = accepted
        .warnings
        .iter()
        .map(|w| w.field().as_str())
        .collect();
    assert_eq!(warnings, ["contacts[0].phone"]);
}
