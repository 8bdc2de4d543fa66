//! Authentication.

mod caller;
mod configured;
mod development;
mod presented;
mod replay;
mod signature;
mod token;

pub use caller::{Authenticator, Caller, ClientId, Credentials, Unauthorized, UserId};
pub use configured::ConfigAuthenticator;
pub(crate) use configured::{KnownClient, SignatureRules, SingleUse};
pub use development::{BindError, DevelopmentAuthenticator};
pub use signature::SigningKey;
pub(crate) use token::{Grant, TokenHash};
