//! How urgent a thread is.
//!
//! On two processors two threads that peel would leave the reader a quarter of
//! them, and a key would wait for its turn. Behind a screen they step back.

/// The niceness of work that nobody waits for: a tenth of the usual share, all
/// of it when nobody else wants any.
#[cfg(target_os = "linux")]
const NICE: i32 = 10;

/// Of the thread that makes it.
#[derive(Default)]
pub(super) struct Priority {
    stepped_back: bool,
}

impl Priority {
    /// Lets others go first from now on.
    pub fn step_back(&mut self) {
        if !std::mem::replace(&mut self.stepped_back, true) {
            // Linux keeps it for each thread; elsewhere it would be the whole
            // process. What is refused changes nothing but the pace.
            #[cfg(target_os = "linux")]
            let _ = rustix::process::setpriority_process(None, NICE);
        }
    }
}
