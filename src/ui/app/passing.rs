//! What is there for a while only: a message, a number being typed.

use std::time::{Duration, Instant};

/// How long a count waits for its next digit.
pub(super) const COUNT: Duration = Duration::from_millis(1500);

/// How long a message stands in for the counts, when no key is pressed.
const MESSAGE: Duration = Duration::from_secs(6);

/// What is said in the lower bar for a while.
#[derive(Default)]
pub(super) struct Message(pub(super) Option<(String, Instant)>);

impl Message {
    pub fn say(&mut self, text: String) {
        self.0 = Some((text, Instant::now()));
    }

    pub fn text(&self) -> Option<&str> {
        self.0.as_ref().filter(|(_, at)| at.elapsed() < MESSAGE).map(|(text, _)| text.as_str())
    }
}

/// A number that is being typed before a key.
pub(super) struct Count {
    pub number: u64,
    pub switches: bool,
    pub at: Instant,
}

impl Count {
    /// Whether the key behind it is meant so often: one digit that changed the screen
    /// was meant for that, and `G` right after it goes to that screen's end.
    pub fn is_meant(&self) -> bool {
        self.at.elapsed() < COUNT && (self.number > 9 || !self.switches)
    }
}
