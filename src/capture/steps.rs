//! How a file's reader fills a batch, step by step, whichever its format: until the batch is
//! full, nothing more is there for now, or the input ends.

use super::input::{Input, Short};
use super::{Batch, Status};

/// Packets given out by one call.
const BATCH: usize = 8192;

/// The reader of one format.
pub(super) trait Steps {
    /// Takes the next step, which ends at `full` records at the latest.
    fn advance(&mut self, batch: &mut Batch, full: usize) -> Result<(), Short>;

    /// Tells what the end left over.
    fn finish(&mut self, short: Short, batch: &mut Batch);

    /// What is read.
    fn input(&self) -> &Input;

    /// Fills a batch.
    fn fill(&mut self, batch: &mut Batch) -> Status {
        let (full, told) = (batch.records.len() + BATCH, batch.happenings.len() + BATCH);
        let status = loop {
            match self.advance(batch, full) {
                Ok(()) if batch.records.len() < full && batch.happenings.len() < told => {}
                Ok(()) | Err(Short::Busy) => break Status::More,
                Err(Short::Idle) => break Status::Idle,
                Err(short) => {
                    self.finish(short, batch);
                    break Status::End;
                }
            }
        };
        batch.progress = self.input().progress();
        status
    }
}
