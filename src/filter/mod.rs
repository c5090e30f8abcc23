//! The display filter: which packets a person wants to see.
//!
//! Owns the language: the [lexer](self), the syntax tree and the predicate that
//! it is compiled to. Stands on `decode` alone: it asks the registry which
//! fields there are, and a [`Probe`] which of them a packet has.
//!
//! The grammar is that of Wireshark's display filters (docs/FILTERS.md tells of the
//! meaning and of what differs):
//!
//! ```text
//! filter     = or
//! or         = and { ("or" | "||") and }
//! and        = not { ("and" | "&&") not }
//! not        = ("not" | "!") not | "(" or ")" | test
//! test       = [ "any" | "all" ] term [ operator term | ["not"] "in" set ]
//! operator   = "==" eq any_eq | "!=" ne all_ne | "===" all_eq | "!==" "~=" any_ne
//!            | ">" gt | ">=" ge | "<" lt | "<=" le | "contains" | "matches" "~"
//! set        = "{" member { "," member } "}"
//! member     = term [ ".." term ]
//! term       = sum { "&" sum }
//! sum        = product { ("+" | "-") product }
//! product    = single { ("*" | "/" | "%") single }
//! single     = ( name | value | function "(" term { "," term } ")" | "{" term "}" )
//!              { "#" layers | "[" ranges "]" } | "-" single
//! ```
//!
//! Text goes through a lexer, a syntax tree, and a compiler that gives each term its type
//! and says what does not fit, to a predicate over what a probe found. A layer's bytes are
//! kept only for filters that read them.
//!
//! A field may occur several times in a packet (`ip.addr` does so at least
//! twice). A comparison holds when *any* occurrence satisfies it. `!=` is the
//! exception, as in Wireshark 4: it holds when the field is there and *all*
//! occurrences differ, so that `ip.addr != 10.0.0.1` hides that host's packets.
//! `===` (all are equal) and `!==` (any differs) say the other thing.
//!
//! A name alone asks whether the field or the protocol is there, whatever its
//! value: every TCP header has `tcp.flags.syn`; ask `tcp.flags.syn == 1`. With
//! a mask (`tcp.flags & 0x12`) it asks whether any of those bits is set.

mod compile;
mod complete;
mod lexer;
mod pattern;
mod predicate;
mod ranges;
mod syntax;
mod term;
mod time;
mod value;

pub use complete::complete;

use crate::decode::Registry;
use crate::decode::sinks::{Probe, Wanted};
use std::sync::Arc;

/// Longest text that is taken for a filter.
const MAX_TEXT: usize = 64 * 1024;

/// Why a text is no filter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} (at character {})", position + 1)]
pub struct FilterError {
    /// The byte of the text that it is about; its length for a missing end.
    pub position: usize,
    /// What is wrong, and what would be right.
    pub message: String,
}

impl FilterError {
    fn new(position: usize, message: impl Into<String>) -> Self {
        FilterError { position, message: message.into() }
    }
}

/// A filter ready to be asked about packets. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Filter(Arc<Compiled>);

#[derive(Debug)]
struct Compiled {
    text: String,
    wanted: Wanted,
    predicate: predicate::Predicate,
}

impl Filter {
    /// Understands `text`. An empty one lets every packet through.
    pub fn compile(registry: &Registry, text: &str) -> Result<Filter, FilterError> {
        if text.len() > MAX_TEXT {
            return Err(FilterError::new(MAX_TEXT, "the filter is too long"));
        }
        let tokens = lexer::tokens(text)?;
        let tree = syntax::parse(&tokens, text.len())?;
        let (wanted, predicate) = compile::compile(registry, text, tree.as_ref())?;
        Ok(Filter(Arc::new(Compiled { text: text.to_owned(), wanted, predicate })))
    }

    /// What a [`Probe`] must look for, so that [`Filter::matches`] can tell.
    pub fn wanted(&self) -> Wanted {
        self.0.wanted.clone()
    }

    /// Whether it asks for the name of a host: then the peeler must bring names along.
    pub fn wants_names(&self) -> bool {
        self.0.wanted.names()
    }

    /// Whether the packet that was peeled into `probe` passes. The probe must
    /// have been made with this filter's [`Filter::wanted`].
    pub fn matches(&self, probe: &Probe) -> bool {
        self.0.predicate.holds(probe)
    }

    /// The text that it was made from.
    pub fn text(&self) -> &str {
        &self.0.text
    }
}

#[cfg(test)]
mod tests;
