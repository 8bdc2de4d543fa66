//! How to call the server, to be pasted into a shell.

use std::fmt;
use std::net::SocketAddr;

/// The uses of the server at that address: create, get, update. Each is a command
/// that runs as it stands; the second remembers the identifier for the third.
pub(super) struct Examples {
    pub(super) address: SocketAddr,
}

impl fmt::Display for Examples {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = format_args!("http://{}/partners/customers", self.address);
        write!(
            f,
            r#"Everybody on this machine is let in. To try it:

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
