//! What processes are called that may be gone before they are looked at.

use super::namespace;
use crate::sockets::Process;
use crate::sockets::linux::processes::described;
use std::collections::HashMap;
use std::sync::Arc;

/// Names that are remembered; then all are forgotten.
const MOST: usize = 65_536;

/// A process by its number; none of another network namespace, where the same
/// addresses may mean something else. Of one that is gone only the name is known.
pub fn process(pid: u32, ours: Option<u64>, names: &Names) -> Option<Arc<Process>> {
    let number = i32::try_from(pid).ok().filter(|pid| *pid > 0)?;
    let living = procfs::process::Process::new(number).ok();
    let theirs = namespace(&pid.to_string());
    if theirs.is_some() && ours.is_some() && theirs != ours {
        return None;
    }
    let told = living.map(|process| described(&process)).filter(|process| !process.name.is_empty());
    let gone = || Process { pid, name: names.of(pid), ..Process::default() };
    Some(Arc::new(told.unwrap_or_else(gone)))
}

/// What processes that began since are called.
#[derive(Default)]
pub struct Names(HashMap<u32, String>);

impl Names {
    pub fn called(&mut self, pid: u32, name: String) {
        if self.0.len() >= MOST {
            self.0.clear();
        }
        self.0.insert(pid, name);
    }

    /// A child is called as its parent, until it says otherwise.
    pub fn forked(&mut self, child: u32, parent: u32) {
        match self.0.get(&parent).cloned() {
            Some(name) => self.called(child, name),
            None => drop(self.0.remove(&child)),
        }
    }

    pub fn of(&self, pid: u32) -> String {
        self.0.get(&pid).cloned().unwrap_or_else(|| "?".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_gone_keeps_its_name() {
        let mut names = Names::default();
        names.called(5, "bash".to_owned());
        names.forked(6, 5);
        names.forked(7, 1);
        assert_eq!((names.of(6).as_str(), names.of(7).as_str()), ("bash", "?"));
        names.called(6, "curl".to_owned());
        // No process can have this number.
        names.called(i32::MAX as u32, "gone".to_owned());
        let gone = process(i32::MAX as u32, Some(1), &names).unwrap();
        assert_eq!((gone.name.as_str(), gone.uid, names.of(6).as_str()), ("gone", None, "curl"));
        // A number that is used again does not keep the name of the one before.
        names.forked(6, 1);
        assert_eq!(names.of(6), "?");
    }
}
