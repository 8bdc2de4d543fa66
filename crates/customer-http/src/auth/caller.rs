//! The caller of a request, and the interface that finds it.

use std::fmt;
use std::sync::Arc;

use customer_domain::{TeamId, Timestamp};
use http::{HeaderMap, Method};

use super::signature::TimedSignature;

/// The caller of a request: a client, its team, and perhaps a user.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Caller {
    client: ClientId,
    team: TeamId,
    user: Option<UserId>,
    /// What a [`ConfigAuthenticator`](crate::ConfigAuthenticator) claims.
    signature: Option<TimedSignature>,
}

impl Caller {
    /// A client that acts for a team.
    #[must_use]
    pub const fn new(client: ClientId, team: TeamId) -> Self {
        Self {
            client,
            team,
            user: None,
            signature: None,
        }
    }

    /// Sets the user on whose behalf the client acts.
    #[must_use]
    pub fn with_user(mut self, user: UserId) -> Self {
        self.user = Some(user);
        self
    }

    /// Sets the signature that the request uses up.
    pub(super) const fn with_signature(mut self, signature: TimedSignature) -> Self {
        self.signature = Some(signature);
        self
    }

    pub(super) const fn signature(&self) -> Option<TimedSignature> {
        self.signature
    }

    /// The client, to which the rate limit applies.
    #[must_use]
    pub const fn client(&self) -> &ClientId {
        &self.client
    }

    /// The team, to which every operation is scoped (S1).
    #[must_use]
    pub const fn team(&self) -> TeamId {
        self.team
    }

    /// The user, if the credentials name one.
    #[must_use]
    pub const fn user(&self) -> Option<&UserId> {
        self.user.as_ref()
    }
}

/// Declares a name from a configuration: a separate type that is cheap to clone.
macro_rules! name {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Creates it from a string.
            pub fn new(name: impl Into<Arc<str>>) -> Self {
                Self(name.into())
            }

            /// The name as a string.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
    };
}

name! {
    /// The name of a client: a program with credentials. It is not secret. The rate
    /// limit applies to it.
    ClientId
}

name! {
    /// The name of a user on whose behalf a client acts.
    UserId
}

/// A request for an [`Authenticator`]: as it arrived, before the body is parsed.
///
/// `Debug` shows only the method: the rest contains credentials and personal data.
#[derive(Clone, Copy)]
pub struct Credentials<'a> {
    /// The method.
    pub method: &'a Method,
    /// The path as received, not decoded, without the query. It begins with `/partners`:
    /// a prefix that the router is nested under is not part of it.
    pub path: &'a str,
    /// The headers.
    pub headers: &'a HeaderMap,
    /// The exact bytes of the body; empty if there is none.
    pub body: &'a [u8],
}

impl fmt::Debug for Credentials<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("method", self.method)
            .finish_non_exhaustive()
    }
}

/// Authentication failed.
///
/// The response is the same for all causes, except for a replay. The reason is for
/// the log, and must not contain a part of the credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unauthorized {
    reason: &'static str,
    is_replay: bool,
}

impl Unauthorized {
    /// Creates it with a reason, which is logged and not part of the response.
    #[must_use]
    pub const fn because(reason: &'static str) -> Self {
        Self {
            reason,
            is_replay: false,
        }
    }

    /// The credentials are valid for one use, and were used. The response has
    /// `details.reason: "SIGNATURE_USED"`.
    #[must_use]
    pub const fn replay() -> Self {
        Self {
            reason: "the signature was used before",
            is_replay: true,
        }
    }

    /// The reason, for the log.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        self.reason
    }

    /// Whether the credentials were used before.
    #[must_use]
    pub const fn is_replay(&self) -> bool {
        self.is_replay
    }
}

/// The message for the caller, without the reason.
impl fmt::Display for Unauthorized {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("authentication failed")
    }
}

impl std::error::Error for Unauthorized {}

/// Finds the caller of a request.
///
/// Only [`authenticate`](Self::authenticate) is required. It is called once per request,
/// when the complete body has arrived and before it is parsed (the precedence of RULES,
/// Responses).
///
/// ```
/// use customer_http::{Authenticator, Caller, ClientId, Credentials, Unauthorized};
/// use customer_domain::{TeamId, Timestamp};
///
/// /// Every caller that knows the password acts for the one team.
/// struct Password(TeamId);
///
/// impl Authenticator for Password {
///     async fn authenticate(
///         &self,
///         request: &Credentials<'_>,
///         _now: Timestamp,
///     ) -> Result<Caller, Unauthorized> {
///         match request.headers.get("authorization") {
///             Some(value) if value == "Bearer swordfish" => {
///                 Ok(Caller::new(ClientId::new("only"), self.0))
///             }
///             Some(_) => Err(Unauthorized::because("wrong password")),
///             None => Err(Unauthorized::because("no password")),
///         }
///     }
/// }
/// ```
pub trait Authenticator: Send + Sync + 'static {
    /// The caller, at that time.
    ///
    /// # Errors
    ///
    /// [`Unauthorized`] if the request does not prove who sent it, or if it is a
    /// replay (see [`claim`](Self::claim)).
    fn authenticate(
        &self,
        request: &Credentials<'_>,
        now: Timestamp,
    ) -> impl Future<Output = Result<Caller, Unauthorized>> + Send;

    /// Checks the headers of a request whose body has not been read, so that it need
    /// not be read if they alone prove that `authenticate` would fail. The default
    /// accepts all.
    ///
    /// # Errors
    ///
    /// [`Unauthorized`] if `authenticate` would fail with any body.
    fn check_headers(&self, headers: &HeaderMap, now: Timestamp) -> Result<(), Unauthorized> {
        let _ = (headers, now);
        Ok(())
    }

    /// Uses up the credentials of an authenticated request, if they are valid for
    /// one use. Called after the body was validated and immediately before the store
    /// is called, once per request. Of several requests with the same credentials,
    /// one succeeds. The default accepts all.
    ///
    /// # Errors
    ///
    /// [`Unauthorized::replay`] if they were used before.
    fn claim(
        &self,
        request: &Credentials<'_>,
        caller: &Caller,
        now: Timestamp,
    ) -> impl Future<Output = Result<(), Unauthorized>> + Send {
        let _ = (request, caller, now);
        async { Ok(()) }
    }

    /// Undoes a successful claim, because the store proved that it did nothing
    /// (`STORE_UNAVAILABLE`): the client can send the same request again.
    fn release(
        &self,
        request: &Credentials<'_>,
        caller: &Caller,
    ) -> impl Future<Output = ()> + Send {
        let _ = (request, caller);
        async {}
    }
}
