//! Tests of the endpoint over a real socket.

mod auto_traits;
mod bulk;
mod conditions;
mod config;
mod contacts;
mod harness;
mod hostile;
mod limits;
mod listing;
mod mounting;
mod openapi;
mod outcomes;
mod own_routes;
mod precedence;
mod privacy;
mod probes;
mod raw;
mod replay;
mod rigged;
mod shutdown;
mod signature;
mod signed;
mod unauthorized;
