//! `registry/repository:tag`: where an image goes.

use std::fmt;
use std::str::FromStr;

/// Where an image goes, or is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Host, and port if there is one: `us-central1-docker.pkg.dev`, `localhost:5000`.
    pub registry: String,
    /// `my-project/my-repository/my-image`.
    pub repository: String,
    /// `latest` unless said.
    pub tag: String,
}

/// Why a text is not a reference.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    #[error("{text:?} names no registry")]
    NoRegistry { text: String },
    #[error("{text:?} is not a reference to an image: {what}")]
    Invalid { text: String, what: String },
}

impl ReferenceError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        Some(
            match self {
                ReferenceError::NoRegistry { .. } => {
                    "write REGISTRY/NAME:TAG, such as us-central1-docker.pkg.dev/PROJECT/REPOSITORY/data-api:latest"
                }
                ReferenceError::Invalid { .. } => {
                    "REGISTRY/NAME:TAG, NAME in lower-case letters, digits, `-`, `_`, `.` and `/`"
                }
            }
            .to_owned(),
        )
    }
}

impl Reference {
    /// Whether the registry is on this machine, where there are no certificates.
    pub fn is_loopback(&self) -> bool {
        let host = host(&self.registry);
        let number: Option<std::net::IpAddr> = host.trim_matches(['[', ']']).parse().ok();
        host == "localhost" || host.ends_with(".localhost") || number.is_some_and(|it| it.is_loopback())
    }

    /// Whether the registry is Google's.
    pub fn is_google(&self) -> bool {
        let host = host(&self.registry);
        host == "gcr.io" || host.ends_with(".gcr.io") || host.ends_with(".pkg.dev")
    }

    /// `registry/repository`.
    pub fn name(&self) -> String {
        format!("{}/{}", self.registry, self.repository)
    }
}

/// A registry without its port.
fn host(registry: &str) -> &str {
    match registry.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|it| it.is_ascii_digit()) => host,
        Some(_) | None => registry,
    }
}

impl FromStr for Reference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Reference, ReferenceError> {
        let invalid = |what: &str| ReferenceError::Invalid { text: text.to_owned(), what: what.to_owned() };
        if text.contains("://") {
            return Err(invalid("it is no URL"));
        }
        if text.contains('@') {
            return Err(invalid("a digest follows from the content; name a tag"));
        }
        let no_registry = || ReferenceError::NoRegistry { text: text.to_owned() };
        let (registry, rest) = text.split_once('/').ok_or_else(no_registry)?;
        if !(registry.contains(['.', ':']) || registry == "localhost") {
            return Err(no_registry());
        }
        let allowed = |it: char| it.is_ascii_alphanumeric() || matches!(it, '.' | '-' | ':' | '[' | ']');
        if !registry.chars().all(allowed) || registry.starts_with([':', '.', '-']) {
            return Err(invalid("its registry is no host"));
        }
        let (repository, tag) = rest.split_once(':').unwrap_or((rest, "latest"));
        if !repository.split('/').all(component) || text.len() > 255 {
            return Err(invalid("its name is not one"));
        }
        let word = |it: char| it.is_ascii_alphanumeric() || it == '_';
        let valid = tag.len() <= 128 && tag.starts_with(word);
        if !valid || !tag.chars().all(|it| word(it) || matches!(it, '.' | '-')) {
            return Err(invalid("its tag is not one"));
        }
        let (registry, repository) = match (registry, repository.contains('/')) {
            // Docker's own registry goes by another name, and keeps its own images in a folder.
            ("docker.io" | "index.docker.io", true) => ("registry-1.docker.io", repository.to_owned()),
            ("docker.io" | "index.docker.io", false) => {
                ("registry-1.docker.io", format!("library/{repository}"))
            }
            (registry, _) => (registry, repository.to_owned()),
        };
        Ok(Reference { registry: registry.to_owned(), repository, tag: tag.to_owned() })
    }
}

/// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`.
fn component(text: &str) -> bool {
    let word = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit();
    let between: Vec<&str> = text.split(word).filter(|it| !it.is_empty()).collect();
    let joins = |it: &&str| matches!(*it, "." | "_" | "__") || it.chars().all(|it| it == '-');
    text.starts_with(word) && text.ends_with(word) && between.iter().all(joins)
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}:{}", self.registry, self.repository, self.tag)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: Option<(&str, &str, &str)>) {
        let found = text.parse::<Reference>().ok();
        let found = found.as_ref().map(|it| (it.registry.as_str(), it.repository.as_str(), it.tag.as_str()));
        assert_eq!(found, expect, "{text}");
    }

    #[test]
    fn what_is_a_reference() {
        check("us-docker.pkg.dev/p/r/n:v1", Some(("us-docker.pkg.dev", "p/r/n", "v1")));
        check("localhost:5000/n", Some(("localhost:5000", "n", "latest")));
        check("[::1]:5000/a/b:x", Some(("[::1]:5000", "a/b", "x")));
        check("docker.io/busybox", Some(("registry-1.docker.io", "library/busybox", "latest")));
        check("docker.io/me/it:1", Some(("registry-1.docker.io", "me/it", "1")));
        for bad in [
            "",
            "data-api",
            "data-api:latest",
            "me/it:latest",
            "https://a.b/c",
            "a.b/C",
            "a.b/c:",
            "a.b/c:-x",
            "a.b//c",
            "a.b/c/../d",
            "a.b/c@sha256:abc",
            "a b.c/d",
            "evil.com?x=.y/n",
        ] {
            check(bad, None);
        }
    }

    #[test]
    fn whose_a_registry_is() {
        let of = |text: &str| {
            let it: Reference = format!("{text}/n").parse().unwrap();
            (it.is_loopback(), it.is_google())
        };
        for local in
            ["localhost", "localhost:1", "127.0.0.1:5000", "127.9.9.9:1", "[::1]:5000", "a.localhost:80"]
        {
            assert_eq!(of(local), (true, false), "{local}");
        }
        assert_eq!(of("us-central1-docker.pkg.dev"), (false, true));
        assert_eq!(of("eu.gcr.io"), (false, true));
        assert_eq!(of("pkg.dev.example.com"), (false, false));
        assert_eq!(of("notlocalhost.com"), (false, false));
    }
}
