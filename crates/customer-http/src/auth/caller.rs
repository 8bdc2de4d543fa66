//! The caller of a request, and the interface that finds it.

use std::fmt;
use std::sync::Arc;

use customer_domain::{TeamId, Timestamp};
use http::{HeaderMap, Method};

/// Who a request comes from, as an [`Authenticator`] found out.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Caller {
    client: ClientId,
    team: TeamId,
    user: Option<UserId>,
}

impl Caller {
    /// A client that acts for that team.
    #[must_use]
    pub const fn new(client: ClientId, team: TeamId) -> Self {
        Self {
            client,
            team,
            user: None,
        }
    }

    /// On behalf of that user of the team.
    #[must_use]
    pub fn with_user(mut self, user: UserId) -> Self {
        self.user = Some(user);
        self
    }

    /// The client: whom a rate limit counts.
    #[must_use]
    pub const fn client(&self) -> &ClientId {
        &self.client
    }

    /// The team, which every operation is within (S1).
    #[must_use]
    pub const fn team(&self) -> TeamId {
        self.team
    }

    /// The user, when the credentials name one.
    #[must_use]
    pub const fn user(&self) -> Option<&UserId> {
        self.user.as_ref()
    }
}

/// Declares a name that a configuration gave out: cheap to clone, and a type of
/// its own.
macro_rules! name {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Arc<str>);

        impl $name {
            /// That name.
            pub fn new(name: impl Into<Arc<str>>) -> Self {
                Self(name.into())
            }

            /// The name as text.
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
    /// The name of a client: a program that was given credentials. It is no
    /// secret, and what a rate limit counts by.
    ClientId
}

name! {
    /// The name of a user on whose behalf a client acts.
    UserId
}

/// A request as an [`Authenticator`] sees it: as it arrived, and its body not
/// parsed by anyone.
///
/// `Debug` shows the method alone: the rest holds credentials and personal data.
#[derive(Clone, Copy)]
pub struct Credentials<'a> {
    /// The method.
    pub method: &'a Method,
    /// The path as it was received, not decoded, without the query. It begins
    /// with `/partners`: a prefix the router is nested under is not part of it.
    pub path: &'a str,
    /// The headers.
    pub headers: &'a HeaderMap,
    /// The exact bytes of the body; empty when there is none.
    pub body: &'a [u8],
}

impl fmt::Debug for Credentials<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("method", self.method)
            .finish_non_exhaustive()
    }
}

/// The request is not known to come from anyone.
///
/// One answer for all causes: a stranger learns nothing. The reason is for the
/// log, and must not hold a part of the credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unauthorized {
    reason: &'static str,
}

impl Unauthorized {
    /// For that reason, which is written to the log and not to the caller.
    #[must_use]
    pub const fn because(reason: &'static str) -> Self {
        Self { reason }
    }

    /// The reason, for the log.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        self.reason
    }
}

/// Tells what the caller is told, and not the reason.
impl fmt::Display for Unauthorized {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("authentication failed")
    }
}

impl std::error::Error for Unauthorized {}

/// Finds out who a request comes from.
///
/// It is asked once a request, after the body has arrived and its size and type
/// have been found right, and before anything in it is parsed (the precedence of
/// SPEC §7).
///
/// ```
/// use customer_http::{Authenticator, Caller, ClientId, Credentials, Unauthorized};
/// use customer_domain::{TeamId, Timestamp};
///
/// /// Whoever knows the password acts for the one team.
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
    /// [`Unauthorized`] when the request does not prove whom it comes from.
    fn authenticate(
        &self,
        request: &Credentials<'_>,
        now: Timestamp,
    ) -> impl Future<Output = Result<Caller, Unauthorized>> + Send;
}
