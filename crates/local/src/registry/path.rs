//! Tells what of the registry a request is about, by its host and path.

/// The part of the registry that a path names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// `/v2/`: whether this is a registry, and who one is.
    Ping,
    /// `/v2/token`: a token for who shows a password.
    Token,
    /// `/v2/_catalog`.
    Catalog,
    /// A blob, by digest.
    Blob(String),
    /// Where uploads begin.
    Uploads,
    /// An upload under way, by id.
    Upload(String),
    /// A manifest, by tag or digest.
    Manifest(String),
    Tags,
    /// What refers to a digest.
    Referrers(String),
}

/// What a request is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// `us-central1`, if the host says it.
    pub location: Option<String>,
    /// `project/repository/image`, as the path has it.
    pub name: String,
    pub part: Part,
}

/// First segments that belong to Google's own APIs of version 2.
const OTHERS: &[&str] = &["projects", "organizations", "folders", "billingAccounts", "locations"];

/// The location that a registry's host names: `us-central1-docker.pkg.dev`.
pub fn location(host: &str) -> Option<&str> {
    let host = host.split(':').next().unwrap_or(host);
    host.strip_suffix("-docker.pkg.dev").or_else(|| host.strip_suffix("-docker.localhost"))
}

/// What a request is about; `None` if it is not for the registry.
pub fn target(host: &str, path: &str) -> Option<Target> {
    let location = location(host).map(str::to_owned);
    let named = host.split(':').next().unwrap_or(host);
    if named.ends_with(".googleapis.com") || location.is_none() && named.ends_with(".localhost") {
        return None;
    }
    let rest = path.strip_prefix("/v2")?;
    let target = |name: &str, part| Some(Target { location: location.clone(), name: name.to_owned(), part });
    match rest {
        "" | "/" => return target("", Part::Ping),
        "/token" => return target("", Part::Token),
        "/_catalog" => return target("", Part::Catalog),
        _ => {}
    }
    let rest = crate::route::decode(rest.strip_prefix('/')?);
    if OTHERS.contains(&rest.split('/').next()?) {
        return None;
    }
    if let Some(name) = rest.strip_suffix("/tags/list") {
        return target(name, Part::Tags);
    }
    if let Some(name) = rest.strip_suffix("/blobs/uploads").or_else(|| rest.strip_suffix("/blobs/uploads/")) {
        return target(name, Part::Uploads);
    }
    let (head, last) = rest.rsplit_once('/').filter(|(_, last)| !last.is_empty())?;
    if let Some(name) = head.strip_suffix("/blobs/uploads") {
        return target(name, Part::Upload(last.to_owned()));
    }
    if let Some(name) = head.strip_suffix("/blobs") {
        return target(name, Part::Blob(last.to_owned()));
    }
    if let Some(name) = head.strip_suffix("/manifests") {
        return target(name, Part::Manifest(last.to_owned()));
    }
    target(head.strip_suffix("/referrers")?, Part::Referrers(last.to_owned()))
}

/// An image's name taken apart: `HOST/PROJECT/REPOSITORY/IMAGE`, and a tag or a digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    pub host: String,
    /// `project/repository/image`.
    pub name: String,
    /// A tag or a digest; `latest` if the name says neither.
    pub version: String,
}

impl Reference {
    /// Takes an image's name apart; `None` if it does not name a registry.
    pub fn parse(image: &str) -> Option<Reference> {
        let (host, rest) = image.split_once('/')?;
        let (name, version) = match rest.split_once('@') {
            // A digest says more than the tag beside it.
            Some((name, digest)) => (name.split(':').next().unwrap_or(name), digest),
            None => rest.rsplit_once(':').unwrap_or((rest, "latest")),
        };
        if name.is_empty() || version.is_empty() {
            return None;
        }
        Some(Reference { host: host.to_owned(), name: name.to_owned(), version: version.to_owned() })
    }
}

/// Whether a text is a digest that this registry can check.
pub fn is_digest(text: &str) -> bool {
    text.strip_prefix("sha256:").is_some_and(|it| {
        it.len() == 64 && it.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    })
}

/// Whether a text can be a tag.
pub fn is_tag(text: &str) -> bool {
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    text.len() <= 128
        && text.bytes().next().is_some_and(word)
        && text.bytes().all(|b| word(b) || b == b'.' || b == b'-')
}

/// Whether a text can be an image's name within a repository.
pub fn is_image(text: &str) -> bool {
    let edge = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let inner = |b: u8| edge(b) || b"._-".contains(&b);
    text.len() <= 255
        && text.split('/').all(|part| {
            part.bytes().all(inner)
                && part.bytes().next().is_some_and(edge)
                && part.bytes().last().is_some_and(edge)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(host: &str, path: &str, want: Option<(&str, Part)>) {
        let got = target(host, path).map(|it| (it.name, it.part));
        assert_eq!(got, want.map(|(name, part)| (name.to_owned(), part)), "{host}{path}");
    }

    #[test]
    fn paths() {
        let host = "us-central1-docker.pkg.dev";
        let digest = "sha256:00".to_owned();
        check(host, "/v2/", Some(("", Part::Ping)));
        check(host, "/v2/p/r/a/b/manifests/latest", Some(("p/r/a/b", Part::Manifest("latest".into()))));
        check(host, "/v2/p/r/a/blobs/sha256:00", Some(("p/r/a", Part::Blob(digest.clone()))));
        check(host, "/v2/p/r/a/blobs/uploads/", Some(("p/r/a", Part::Uploads)));
        check(host, "/v2/p/r/a/blobs/uploads/17", Some(("p/r/a", Part::Upload("17".into()))));
        check("127.0.0.1:1", "/v2/p/r/a/tags/list", Some(("p/r/a", Part::Tags)));
        check("127.0.0.1:1", "/v2/p/r/a/referrers/sha256:00", Some(("p/r/a", Part::Referrers(digest))));
        let location = target(host, "/v2/").and_then(|it| it.location);
        assert_eq!(location.as_deref(), Some("us-central1"), "the host says where");
    }

    #[test]
    fn what_is_of_google_stays_so() {
        check("127.0.0.1:1", "/v2/projects/p/locations/l/services/manifests/s", None);
        check("run.googleapis.com", "/v2/", None);
        check("run.localhost", "/v2/", None);
        check("127.0.0.1:1", "/v2/entries:list", None);
        check("127.0.0.1:1", "/v1/p/r/a/tags/list", None);
    }

    #[test]
    fn references() {
        let parsed = |text: &str| Reference::parse(text).map(|it| (it.host, it.name, it.version));
        let want = |host: &str, name: &str, version: &str| {
            Some((host.to_owned(), name.to_owned(), version.to_owned()))
        };
        assert_eq!(parsed("h:1/p/r/i"), want("h:1", "p/r/i", "latest"));
        assert_eq!(parsed("h/p/r/i:1"), want("h", "p/r/i", "1"));
        assert_eq!(parsed("h/p/r/i:1@sha256:0"), want("h", "p/r/i", "sha256:0"));
        assert_eq!(parsed("image"), None);
    }
}
