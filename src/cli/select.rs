//! Choosing packets by a display filter.

use super::failure::{Failure, Outcome};
use crate::base::PacketId;
use crate::capture::Gone;
use crate::decode::Registry;
use crate::decode::sinks::Probe;
use crate::filter::Filter;
use crate::session::{Peeler, Shared, WithNames};

/// Which packets are wanted: all, or those that a display filter matches.
#[derive(Default)]
pub struct Selection(Option<(Filter, Probe)>);

impl Selection {
    /// Compiles a display filter; no filter wants every packet.
    pub(super) fn new(registry: &Registry, filter: Option<&str>) -> Outcome<Selection> {
        let Some(text) = filter else { return Ok(Selection(None)) };
        match Filter::compile(registry, text) {
            Ok(filter) => {
                let probe = Probe::new(filter.wanted());
                Ok(Selection(Some((filter, probe))))
            }
            Err(error) => Err(Failure::said(format!("the display filter is not understood: {error}"))),
        }
    }

    /// The filter, where there is one.
    pub fn filter(&self) -> Option<&Filter> {
        self.0.as_ref().map(|(filter, _)| filter)
    }

    /// Whether later packets may decide about earlier ones.
    pub(super) fn looks_ahead(&self) -> bool {
        self.filter().is_some_and(|filter| filter.wanted().looks_ahead())
    }

    /// Whether the packet is wanted.
    pub fn wants(&mut self, session: &Shared, id: PacketId, peeler: &mut Peeler) -> Result<bool, Gone> {
        let Some((filter, probe)) = &mut self.0 else { return Ok(true) };
        probe.clear();
        let before = peeler.names;
        if filter.wants_names() {
            peeler.names = WithNames::All;
        }
        let peeled = session.peel(id, peeler, probe);
        peeler.names = before;
        peeled?;
        Ok(filter.matches(probe))
    }
}
