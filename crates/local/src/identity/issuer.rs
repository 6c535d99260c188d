//! Reads an issuer's public keys: its discovery document, and the key set that this names.
//!
//! <https://openid.net/specs/openid-connect-discovery-1_0.html>

use std::time::Duration;

use serde_json::Value;
use tokio::runtime::Handle;

use super::keys::Keys;

/// How long one document may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// The most bytes of a document.
const MOST_BYTES: usize = 256 << 10;

/// Why an issuer's keys are not known.
#[derive(Debug, thiserror::Error)]
pub enum IssuerError {
    #[error("{url} is not read: only https:// is, and what lies below an address given with --issuer")]
    Address { url: String },
    #[error("{url} does not answer: {why}")]
    Unreachable { url: String, why: String },
    #[error("{url} answers {status}")]
    Status { url: String, status: u16 },
    #[error("{url} answers more than {MOST_BYTES} bytes")]
    TooLong { url: String },
    #[error("{url} answers no {wanted}")]
    Malformed { url: String, wanted: &'static str },
    #[error("{url} is the discovery document of {found}, not of {wanted}")]
    OtherIssuer { url: String, found: String, wanted: String },
}

/// Where an issuer's documents are read.
struct Place<'a> {
    issuer: &'a str,
    /// The address that stands for the issuer's.
    instead: Option<&'a str>,
}

impl Place<'_> {
    /// The address at which a document of the issuer is read.
    fn of(&self, url: &str) -> Result<String, IssuerError> {
        let refused = || IssuerError::Address { url: url.to_owned() };
        let Some(instead) = self.instead else {
            return if url.starts_with("https://") { Ok(url.to_owned()) } else { Err(refused()) };
        };
        let below = |base: &str| url.strip_prefix(base).filter(|it| it.is_empty() || it.starts_with('/'));
        if let Some(rest) = below(self.issuer.trim_end_matches('/')) {
            return Ok(format!("{instead}{rest}"));
        }
        // A document beside the issuer's path: the other address stands for the whole of its server.
        if let Some(rest) = below(origin(self.issuer)) {
            return Ok(format!("{}{rest}", origin(instead)));
        }
        match below(instead).is_some() || url.starts_with("https://") {
            true => Ok(url.to_owned()),
            false => Err(refused()),
        }
    }
}

/// `https://host:port` of an address.
fn origin(url: &str) -> &str {
    let host = url.find("://").map_or(0, |it| it + 3);
    &url[..url[host..].find('/').map_or(url.len(), |it| host + it)]
}

/// The keys of an issuer, read anew each time, so that a key it has just begun to use is known.
///
/// `instead` lists issuers whose documents are read below another address.
pub fn keys_of(
    issuer: &str,
    discovery: Option<&str>,
    instead: &[(String, String)],
) -> Result<Keys, IssuerError> {
    let at = instead.iter().find(|(it, _)| it.trim_end_matches('/') == issuer.trim_end_matches('/'));
    let place = Place { issuer, instead: at.map(|(_, url)| url.trim_end_matches('/')) };
    let usual = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
    let url = place.of(discovery.unwrap_or(&usual))?;
    let handle = Handle::try_current()
        .map_err(|error| IssuerError::Unreachable { url: url.clone(), why: error.to_string() })?;
    handle.block_on(async {
        let client = client(&url)?;
        let document = read(&client, &url).await?;
        let found = document["issuer"].as_str().unwrap_or_default();
        if found != issuer {
            let (found, wanted) = (found.to_owned(), issuer.to_owned());
            return Err(IssuerError::OtherIssuer { url, found, wanted });
        }
        let keys = document["jwks_uri"].as_str();
        let keys = keys.ok_or(IssuerError::Malformed { url, wanted: "discovery document" })?;
        let url = place.of(keys)?;
        let set = read(&client, &url).await?;
        Keys::parse(&set).ok_or(IssuerError::Malformed { url, wanted: "key set" })
    })
}

fn client(url: &str) -> Result<reqwest::Client, IssuerError> {
    let builder = reqwest::Client::builder()
        .timeout(PATIENCE)
        .redirect(reqwest::redirect::Policy::none())
        .user_agent("Google-STS-local");
    // An address of this machine is not one of a proxy's.
    let builder = if url.starts_with("https://") { builder } else { builder.no_proxy() };
    builder.build().map_err(|error| IssuerError::Unreachable { url: url.to_owned(), why: causes(&error) })
}

/// Reads a document of JSON.
async fn read(client: &reqwest::Client, url: &str) -> Result<Value, IssuerError> {
    let unreachable =
        |error: reqwest::Error| IssuerError::Unreachable { url: url.to_owned(), why: causes(&error) };
    let mut response = client.get(url).send().await.map_err(unreachable)?;
    if !response.status().is_success() {
        return Err(IssuerError::Status { url: url.to_owned(), status: response.status().as_u16() });
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > MOST_BYTES {
            return Err(IssuerError::TooLong { url: url.to_owned() });
        }
    }
    serde_json::from_slice(&bytes).map_err(|_| IssuerError::Malformed { url: url.to_owned(), wanted: "JSON" })
}

/// An error and what caused it, without the address, which is said already.
fn causes(error: &reqwest::Error) -> String {
    let mut text = match error.is_timeout() {
        true => format!("it took more than {} seconds", PATIENCE.as_secs()),
        false => "the request failed".to_owned(),
    };
    let mut cause = std::error::Error::source(error);
    while let Some(it) = cause {
        text = format!("{text}: {it}");
        cause = it.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_documents_are_read() {
        let issuer = "https://id.example.com/tenant";
        let place = |instead| Place { issuer, instead };
        let local = place(Some("http://127.0.0.1:9000/fake"));
        for (url, want) in [
            (
                "https://id.example.com/tenant/.well-known/openid-configuration",
                Some("http://127.0.0.1:9000/fake/.well-known/openid-configuration"),
            ),
            (
                "https://id.example.com/.well-known/x/tenant",
                Some("http://127.0.0.1:9000/.well-known/x/tenant"),
            ),
            ("http://127.0.0.1:9000/fake/keys", Some("http://127.0.0.1:9000/fake/keys")),
            ("https://keys.example.com/k", Some("https://keys.example.com/k")),
            ("http://127.0.0.1:9001/fake/keys", None),
            ("http://127.0.0.1:9000/fakekeys", None),
        ] {
            assert_eq!(local.of(url).ok().as_deref(), want, "{url}");
        }
        assert!(place(None).of("http://id.example.com/tenant/keys").is_err());
        assert!(place(None).of("file:///etc/passwd").is_err());
        assert!(place(None).of("https://id.example.com/keys").is_ok());
    }
}
