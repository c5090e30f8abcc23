//! The container that a control group's path names.

/// What stands before an id in the name of a systemd scope or a folder, and
/// the engine that writes it so.
const SCOPES: &[(&str, &str)] = &[
    ("docker-", "docker"),
    ("libpod-", "podman"),
    ("cri-containerd-", "containerd"),
    ("nerdctl-", "containerd"),
    ("crio-", "cri-o"),
];
/// Characters of an id that are shown, as `docker ps` does.
const SHORT: usize = 12;

/// The container of a path such as `/system.slice/docker-0123….scope`:
/// `docker:0123456789ab`. None when the path names no container, which a
/// namespace of control groups can bring about too.
pub(super) fn container(path: &str) -> Option<String> {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    for (at, part) in parts.iter().enumerate().rev() {
        let before = at.checked_sub(1).and_then(|before| parts.get(before)).copied().unwrap_or_default();
        let name = part.strip_suffix(".scope").unwrap_or(part);
        for (prefix, engine) in SCOPES {
            if let Some(id) = name.strip_prefix(prefix).and_then(id) {
                return Some(format!("{engine}:{id}"));
            }
        }
        if let Some(name) = name.strip_prefix("lxc.payload.") {
            return Some(format!("lxc:{name}"));
        }
        if before == "lxc" {
            return Some(format!("lxc:{name}"));
        }
        if let Some(name) = name.strip_prefix("machine-") {
            return Some(format!("machine:{name}"));
        }
        if let Some(id) = id(name) {
            let pod = parts.iter().any(|part| part.starts_with("kubepods"));
            let engine = match before {
                "docker" => "docker",
                "libpod_parent" => "podman",
                _ if pod => "kubernetes",
                _ => continue,
            };
            return Some(format!("{engine}:{id}"));
        }
    }
    None
}

/// The short form of a 64-digit id.
fn id(text: &str) -> Option<&str> {
    let whole = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    whole.then(|| text.get(..SHORT)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// A process may be in a group of any name.
        #[test]
        fn any_path_is_no_panic_and_an_engine_has_an_id(path in "(/|docker-|lxc|machine-|kubepods|[0-9a-f]{64}|.|\\.scope){0,12}") {
            if let Some(found) = container(&path) {
                let (engine, _) = found.split_once(':').unwrap();
                prop_assert!(!engine.is_empty());
            }
        }
    }

    #[test]
    fn engines_are_told_by_their_paths() {
        let id = "0123456789abcdef".repeat(4);
        for (path, expected) in [
            (format!("/docker/{id}"), Some("docker:0123456789ab")),
            (format!("/system.slice/docker-{id}.scope"), Some("docker:0123456789ab")),
            (format!("/docker/{id}/init.scope"), Some("docker:0123456789ab")),
            (
                format!("/user.slice/user@1000.service/user.slice/libpod-{id}.scope/container"),
                Some("podman:0123456789ab"),
            ),
            (
                format!(
                    "/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod1_2.slice/cri-containerd-{id}.scope"
                ),
                Some("containerd:0123456789ab"),
            ),
            (format!("/kubepods/burstable/pod1f2e/{id}"), Some("kubernetes:0123456789ab")),
            ("/lxc.payload.web/system.slice/nginx.service".to_owned(), Some("lxc:web")),
            ("/lxc/web".to_owned(), Some("lxc:web")),
            ("/machine.slice/machine-fedora.scope".to_owned(), Some("machine:fedora")),
            ("/system.slice/sshd.service".to_owned(), None),
            ("/system.slice/docker.service".to_owned(), None),
            ("/".to_owned(), None),
            (format!("/somewhere/{id}"), None),
        ] {
            assert_eq!(container(&path).as_deref(), expected, "{path}");
        }
    }
}
