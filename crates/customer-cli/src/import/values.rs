//! The values of one line, and the change that they describe.

use std::borrow::Cow;

use csv::StringRecord;
use customer_domain::{
    BodyError, Change, Contacts, CustomerId, CustomerPatch, Field, FieldPath, NullableUpdate,
    ReadOptions, Reason, Violation,
};
use serde_json::value::RawValue;

use crate::args::Empty;
use crate::columns::{ADDRESSES, Column};

use super::rejection::Rejection;

/// The values of a line, as JSON. The core reads them by the rules of an update (RULES,
/// Patch) and of C2.
#[derive(Default)]
pub(super) struct Values {
    uuid: Option<String>,
    patch: Members,
    contacts: Members,
    addresses: [Members; ADDRESSES.len()],
    /// Whether a blank string is left unchanged, and not cleared (P2).
    keeps_blank: bool,
}

/// The members of a JSON object.
#[derive(Default)]
struct Members(String);

impl Members {
    fn add(&mut self, name: &str, json: &str) {
        let start = if self.0.is_empty() { "{" } else { "," };
        self.0.extend([start, &json_string(name), ":", json]);
    }

    /// The object; `None` if it is empty.
    fn into_object(mut self) -> Option<String> {
        self.0.push('}');
        Some(self.0).filter(|json| json.len() > 1)
    }
}

fn json_string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

impl Values {
    /// The values of a CSV record.
    pub(super) fn of_cells(columns: &[Option<Column>], cells: &StringRecord, empty: Empty) -> Self {
        let mut values = Self {
            keeps_blank: empty == Empty::Unchanged,
            ..Self::default()
        };
        let cells = || columns.iter().copied().zip(cells).filter_map(known);
        for address in ADDRESSES {
            let parts = || cells().filter(|(column, _)| column.is_part_of(address));
            if parts().any(|(_, cell)| !cell.trim().is_empty()) {
                parts().for_each(|(part, cell)| values.set(part, &json_string(cell)));
            } else if empty == Empty::Clears && parts().next().is_some() {
                values.set(Column::Field(address), "null");
            }
        }
        for (column, cell) in cells() {
            let Column::Field(field) = column else {
                continue;
            };
            match (field, cell.trim().is_empty()) {
                (Field::Contacts, false) => values.set(column, &json_array(cell)),
                (_, false) => values.set(column, &json_string(cell)),
                (Field::Id, true) => {}
                (_, true) if empty == Empty::Unchanged => {}
                (Field::Contacts, true) => values.set(column, "[]"),
                (_, true) => values.set(column, "null"),
            }
        }
        values
    }

    /// Sets a value. `createdAt` and `updatedAt` are ignored.
    pub(super) fn set(&mut self, column: Column, json: &str) {
        match column {
            Column::Field(Field::CreatedAt | Field::UpdatedAt) => {}
            Column::Field(Field::Id) => self.uuid = Some(json.to_owned()),
            Column::Field(Field::Contacts) => self.contacts.add(Field::Contacts.as_str(), json),
            Column::Field(field) => self.patch.add(field.as_str(), json),
            Column::Part(address, part) => {
                let addresses = ADDRESSES.iter().zip(&mut self.addresses);
                for (_, members) in addresses.filter(|(field, _)| **field == address) {
                    members.add(part.as_str(), json);
                }
            }
        }
    }

    /// Sets a member that is not a column.
    pub(super) fn set_other(&mut self, name: &str, json: &str) {
        self.patch.add(name, json);
    }

    /// The id of the customer.
    ///
    /// # Errors
    ///
    /// `REQUIRED` or `INVALID_UUID`.
    pub(super) fn id(&self) -> Result<CustomerId, Violation> {
        let path = FieldPath::field(Field::Id);
        let json = self.uuid.as_deref().filter(|json| *json != "null");
        let Some(json) = json else {
            return Err(Violation::new(path, Reason::Required));
        };
        // What is not a string is not a UUID either.
        let text: Cow<'_, str> = serde_json::from_str(json).unwrap_or_default();
        CustomerId::parse(&text).map_err(|error| error.at(path))
    }

    /// The change of the customer.
    ///
    /// # Errors
    ///
    /// The line is invalid: the rejection has all violations, and that of the id.
    pub(super) fn into_change(
        mut self,
        invalid_id: Option<&Violation>,
        options: ReadOptions,
    ) -> Result<Change, Rejection> {
        for (address, members) in ADDRESSES.iter().zip(self.addresses) {
            if let Some(object) = members.into_object() {
                self.patch.add(address.as_str(), &object);
            }
        }
        let patch = self.patch.into_object();
        let patch = CustomerPatch::read_json(patch.as_deref().unwrap_or("{}").as_bytes(), options);
        let contacts = self.contacts.into_object();
        let contacts = contacts.map(|body| Contacts::read_json(body.as_bytes(), options));
        let contacts = contacts.transpose();
        let violations = invalid_id.into_iter();
        let violations = violations.chain(patch.as_ref().err().into_iter().flat_map(violations_of));
        let violations =
            violations.chain(contacts.as_ref().err().into_iter().flat_map(violations_of));
        if let Some(rejection) = Rejection::of_violations(violations) {
            return Err(rejection);
        }
        let malformed = |error| Rejection::from(customer_domain::Failure::from(error));
        let mut patch = patch.map_err(malformed)?.value;
        if self.keeps_blank {
            keep_if_cleared(&mut patch.main_phone);
            keep_if_cleared(&mut patch.website);
        }
        let change = Change::from(patch);
        Ok(match contacts.map_err(malformed)? {
            Some(contacts) => change.with_contacts(contacts.value),
            None => change,
        })
    }
}

fn known<T>((column, cell): (Option<Column>, T)) -> Option<(Column, T)> {
    column.map(|column| (column, cell))
}

/// The JSON array of a cell. Anything else is a string, which is `WRONG_TYPE`.
fn json_array(cell: &str) -> Cow<'_, str> {
    match serde_json::from_str::<&RawValue>(cell) {
        Ok(json) => json.get().into(),
        Err(_) => json_string(cell).into(),
    }
}

fn violations_of(error: &BodyError) -> &[Violation] {
    match error {
        BodyError::Invalid(violations) => violations,
        BodyError::Malformed(_) => &[],
    }
}

/// A cell with only invisible characters is as empty as one with white space.
fn keep_if_cleared<T>(update: &mut NullableUpdate<T>) {
    if matches!(update, NullableUpdate::Clear) {
        *update = NullableUpdate::Keep;
    }
}
