//! Options of commands that read a JSON body.

use std::path::PathBuf;

use clap::Args;
use customer_domain::{Timestamp, UnknownFields};

use crate::source::Input;

/// A request body, and how to read it.
#[derive(Args, Debug)]
pub(crate) struct Body {
    /// File with the JSON body; standard input if missing or "-"
    file: Option<PathBuf>,

    /// Time of the write, in RFC 3339; by default the system clock
    #[arg(long, value_name = "TIME")]
    pub(crate) now: Option<Timestamp>,

    #[command(flatten)]
    unknown: UnknownFieldsArg,
}

impl Body {
    /// The input with the body.
    pub(crate) fn input(&self) -> Input<'_> {
        Input::named(self.file.as_deref())
    }

    /// How to read unknown fields (P7, P13).
    pub(crate) const fn unknown_fields(&self) -> UnknownFields {
        self.unknown.as_option()
    }
}

/// Whether unknown fields are ignored (P13).
#[derive(Args, Debug)]
pub(super) struct UnknownFieldsArg {
    /// Ignore unknown fields and report a warning for each
    #[arg(long)]
    ignore_unknown: bool,
}

impl UnknownFieldsArg {
    pub(super) const fn as_option(&self) -> UnknownFields {
        if self.ignore_unknown {
            UnknownFields::Ignore
        } else {
            UnknownFields::Reject
        }
    }
}
