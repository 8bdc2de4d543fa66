//! The output of the server when it has started.

use std::fmt;
use std::net::SocketAddr;

use customer_domain::TeamId;

use crate::store_name::StoreName;

use super::docs;

/// What the development server serves, and commands that call it. Each command can be
/// pasted into a shell; the second sets the id for the third.
pub(super) struct DevelopmentGreeting<'a> {
    pub(super) address: SocketAddr,
    pub(super) store: &'a StoreName,
    pub(super) team: TeamId,
}

impl fmt::Display for DevelopmentGreeting<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            address,
            store,
            team,
        } = self;
        let docs = docs::PATH;
        let url = format_args!("http://{address}/partners/customers");
        write!(
            f,
            r#"Development mode: every request from this machine is accepted without credentials.

  store      {store}
  team       {team}
  reference  http://{address}{docs}
  OpenAPI    http://{address}/openapi.json

# create
curl -sS -X POST '{url}' \
  -H 'content-type: application/json' \
  -d '{{"customer": "Acme", "email": "ann@acme.example"}}'

# get
id=$(curl -sS '{url}/find-by-email?email=ann@acme.example' | grep -o '"uuid":"[^"]*' | cut -c 9-)
curl -sS "{url}/$id"

# update
curl -sS -X PATCH "{url}/$id" \
  -H 'content-type: application/json' \
  -d '{{"mainPhone": "+14155550100", "billingAddress": {{"city": "Paris"}}}}'
"#
        )
    }
}
