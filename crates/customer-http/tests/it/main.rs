//! The endpoint over a real socket.

mod config;
mod raw;
mod signature;
mod signed;
mod strangers;
