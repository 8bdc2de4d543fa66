//! The endpoint over a real socket.

mod config;
mod signature;
mod signed;
