//! Names of users, from `/etc/passwd` alone: name services are not asked,
//! which could wait for a network.

use std::collections::HashMap;
use std::io::Read as _;
use std::sync::Arc;

/// Most bytes that are read.
const MOST: u64 = 4 << 20;

/// Users by number.
pub(in crate::sockets) struct Users(HashMap<u32, Arc<str>>);

impl Users {
    /// Reads the file; no names when it cannot be read.
    pub fn read() -> Users {
        let mut text = Vec::new();
        if let Ok(file) = std::fs::File::open("/etc/passwd") {
            // What could be read before an error is still right.
            let _ = file.take(MOST).read_to_end(&mut text);
        }
        Users::parse(&String::from_utf8_lossy(&text))
    }

    fn parse(text: &str) -> Users {
        let mut users = HashMap::new();
        for line in text.lines() {
            let mut parts = line.split(':');
            if let (Some(name), Some(Ok(uid))) = (parts.next(), parts.nth(1).map(str::parse)) {
                users.entry(uid).or_insert_with(|| Arc::from(name));
            }
        }
        Users(users)
    }

    /// The first name that a number has.
    pub fn name(&self, uid: u32) -> Option<Arc<str>> {
        self.0.get(&uid).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_text_is_no_panic(text in "([a-z:0-9\n]|.){0,80}", uid in any::<u32>()) {
            let users = Users::parse(&text);
            users.name(uid);
            let told = Users::parse(&format!("{text}\nann:x:{uid}:0::/:/bin/sh\n"));
            prop_assert!(told.name(uid).is_some());
        }
    }

    #[test]
    fn the_first_name_of_a_number_counts() {
        let users =
            Users::parse("root:x:0:0::/root:/bin/sh\ntoor:x:0:0::/:\n# no user\nbad:x:y:0\nme:x:7:7\n");
        assert_eq!(users.name(0).as_deref(), Some("root"));
        assert_eq!(users.name(7).as_deref(), Some("me"));
        assert_eq!(users.name(8), None);
    }
}
