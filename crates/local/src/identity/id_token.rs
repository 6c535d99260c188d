//! ID tokens of service accounts: in the form of Google's, with their claims. Nobody signs them: the signature is the word
//! `local`, by which this cloud knows them again.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

const SIGNATURE: &str = ".local";

/// A token with these claims.
pub fn id_token(claims: &Value) -> String {
    let part = |it: &Value| URL_SAFE_NO_PAD.encode(it.to_string());
    format!("{}.{}{SIGNATURE}", part(&json!({"alg": "none", "typ": "JWT"})), part(claims))
}

/// The claims of a token that this cloud made.
pub fn claims(token: &str) -> Option<Value> {
    let (_, claims) = token.strip_suffix(SIGNATURE)?.split_once('.')?;
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()?;
    claims.is_object().then_some(claims)
}
