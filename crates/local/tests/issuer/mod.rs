//! An identity provider for tests: its key, the tokens it signs, and the server of its documents.

#![allow(clippy::unwrap_used, dead_code, reason = "a part of tests, of which each uses what it needs")]

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// The address that the issuer has in its tokens, and at which nobody finds it.
pub const ISSUER: &str = "https://token.actions.githubusercontent.com";

/// A key of ES256 and its id.
pub struct Key {
    pub id: String,
    pair: EcdsaKeyPair,
}

impl Key {
    pub fn new(id: &str) -> Key {
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let pair =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &random).unwrap();
        Key { id: id.to_owned(), pair }
    }

    /// The public key as a set of keys has it.
    pub fn public(&self) -> Value {
        let point = self.pair.public_key().as_ref();
        let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        json!({"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": self.id,
            "x": part(&point[1..33]), "y": part(&point[33..])})
    }

    /// A token with these claims.
    pub fn sign(&self, claims: &Value) -> String {
        self.sign_as(&json!({"alg": "ES256", "typ": "JWT", "kid": self.id}), claims)
    }

    /// A token with this header, whatever it says.
    pub fn sign_as(&self, header: &Value, claims: &Value) -> String {
        let part = |it: &Value| URL_SAFE_NO_PAD.encode(it.to_string());
        let signed = format!("{}.{}", part(header), part(claims));
        let signature = self.pair.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
    }
}

/// Now, in seconds since 1970.
pub fn now() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap()
}

/// The documents of an issuer by path, and where they are served.
pub struct Issuer {
    pub address: SocketAddr,
    documents: Arc<Mutex<Vec<Document>>>,
}

/// A path, and the status and body that it answers.
type Document = (String, u16, Vec<u8>);

impl Issuer {
    /// An issuer with these keys.
    pub async fn new(keys: &[&Key]) -> Issuer {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let documents = Arc::new(Mutex::new(Vec::new()));
        let issuer = Issuer { address, documents: Arc::clone(&documents) };
        let discovery = json!({"issuer": ISSUER, "jwks_uri": format!("{ISSUER}/.well-known/jwks")});
        issuer.serve("/.well-known/openid-configuration", 200, discovery.to_string());
        issuer.publish(keys);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let documents: Vec<Document> = documents.lock().unwrap().clone();
                tokio::spawn(async move {
                    let mut head = [0; 4096];
                    let Ok(length) = stream.read(&mut head).await else { return };
                    let text = String::from_utf8_lossy(&head[..length]).into_owned();
                    let path = text.split(' ').nth(1).unwrap_or_default();
                    let found = documents.iter().rev().find(|(it, _, _)| it == path);
                    let (status, body) = found.map_or((404, &b""[..]), |(_, status, body)| (*status, body));
                    let head = format!(
                        "HTTP/1.1 {status} Status\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                        body.len()
                    );
                    let _ = stream.write_all(head.as_bytes()).await;
                    let _ = stream.write_all(body).await;
                });
            }
        });
        issuer
    }

    /// Serves a document from now on.
    pub fn serve(&self, path: &str, status: u16, body: impl Into<Vec<u8>>) {
        self.documents.lock().unwrap().push((path.to_owned(), status, body.into()));
    }

    /// Publishes these keys in the place of those before.
    pub fn publish(&self, keys: &[&Key]) {
        let keys: Vec<Value> = keys.iter().map(|it| it.public()).collect();
        self.serve("/.well-known/jwks", 200, json!({ "keys": keys }).to_string());
    }

    /// What tells a local cloud where to read the issuer's documents.
    pub fn setting(&self) -> (String, String) {
        (ISSUER.to_owned(), format!("http://{}", self.address))
    }
}
