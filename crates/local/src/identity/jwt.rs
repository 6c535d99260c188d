//! JSON Web Tokens: taken apart, and their signatures verified.
//!
//! <https://www.rfc-editor.org/rfc/rfc7515>

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::keys::Keys;

/// The most bytes of a token.
const MOST_BYTES: usize = 32 << 10;

/// Why a text is no token, or one whose signature does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwtError {
    #[error("it has more than {MOST_BYTES} bytes")]
    TooLong,
    #[error("it is not three parts in base64url, of which the first two are JSON objects")]
    Malformed,
    #[error("its algorithm \"{0}\" is not RS256 or ES256")]
    Algorithm(String),
    #[error("its header has no \"kid\", which names the key that signed it")]
    NoKeyId,
    #[error("its header asks for extensions by \"crit\"")]
    Extensions,
    #[error("the issuer has no key \"{0}\" for its algorithm")]
    UnknownKey(String),
    #[error("its signature does not verify with the key \"{0}\"")]
    Signature(String),
}

/// How a token is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    Rs256,
    Es256,
}

/// A token whose signature has yet to be verified.
#[derive(Debug)]
pub struct Jwt<'a> {
    signed: &'a str,
    signature: Vec<u8>,
    algorithm: Algorithm,
    key: String,
    claims: Value,
}

impl<'a> Jwt<'a> {
    pub fn parse(token: &'a str) -> Result<Jwt<'a>, JwtError> {
        if token.len() > MOST_BYTES {
            return Err(JwtError::TooLong);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(JwtError::Malformed)?;
        let (header, claims) = signed.split_once('.').ok_or(JwtError::Malformed)?;
        let object = |part: &str| -> Result<Value, JwtError> {
            let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| JwtError::Malformed)?;
            let value: Value = serde_json::from_slice(&bytes).map_err(|_| JwtError::Malformed)?;
            if value.is_object() { Ok(value) } else { Err(JwtError::Malformed) }
        };
        let (header, claims) = (object(header)?, object(claims)?);
        let algorithm = match header["alg"].as_str() {
            Some("RS256") => Algorithm::Rs256,
            Some("ES256") => Algorithm::Es256,
            other => return Err(JwtError::Algorithm(other.unwrap_or_default().to_owned())),
        };
        // What a token declares critical must be understood, and nothing of it is.
        if header.get("crit").is_some() {
            return Err(JwtError::Extensions);
        }
        let key = header["kid"].as_str().filter(|it| !it.is_empty()).ok_or(JwtError::NoKeyId)?.to_owned();
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| JwtError::Malformed)?;
        Ok(Jwt { signed, signature, algorithm, key, claims })
    }

    /// What it claims; nothing of it is certain before [`Jwt::verify`].
    pub fn claims(&self) -> &Value {
        &self.claims
    }

    /// Verifies its signature with the key that it names.
    pub fn verify(&self, keys: &Keys) -> Result<(), JwtError> {
        let key = keys.find(&self.key, self.algorithm);
        let key = key.ok_or_else(|| JwtError::UnknownKey(self.key.clone()))?;
        match key.verifies(self.signed.as_bytes(), &self.signature) {
            true => Ok(()),
            false => Err(JwtError::Signature(self.key.clone())),
        }
    }
}

#[cfg(test)]
mod tests {
    use ring::rand::SystemRandom;
    use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
    use serde_json::json;

    use super::*;

    fn part(it: &Value) -> String {
        URL_SAFE_NO_PAD.encode(it.to_string())
    }

    fn key() -> (EcdsaKeyPair, Keys) {
        let random = SystemRandom::new();
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let key =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random).unwrap();
        let point = key.public_key().as_ref();
        let (x, y) = (URL_SAFE_NO_PAD.encode(&point[1..33]), URL_SAFE_NO_PAD.encode(&point[33..]));
        let set = json!({"keys": [{"kty": "EC", "crv": "P-256", "kid": "k", "x": x, "y": y}]});
        (key, Keys::parse(&set).unwrap())
    }

    fn signed(key: &EcdsaKeyPair, header: &Value, claims: &Value) -> String {
        let signed = format!("{}.{}", part(header), part(claims));
        let signature = key.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
    }

    #[test]
    fn a_signature_holds_for_what_was_signed_and_nothing_else() {
        let (key, keys) = key();
        let token = signed(&key, &json!({"alg": "ES256", "kid": "k"}), &json!({"sub": "a"}));
        let jwt = Jwt::parse(&token).unwrap();
        assert_eq!((jwt.claims()["sub"].as_str(), jwt.verify(&keys)), (Some("a"), Ok(())));
        let (_, others) = self::key();
        assert_eq!(jwt.verify(&others), Err(JwtError::Signature("k".to_owned())));
        let parts: Vec<&str> = token.split('.').collect();
        let changed = format!("{}.{}.{}", parts[0], part(&json!({"sub": "b"})), parts[2]);
        let changed = Jwt::parse(&changed).unwrap().verify(&keys);
        assert_eq!(changed, Err(JwtError::Signature("k".to_owned())));
        let unsigned = format!("{}.{}.", parts[0], parts[1]);
        assert!(Jwt::parse(&unsigned).unwrap().verify(&keys).is_err());
    }

    #[test]
    fn what_no_key_can_vouch_for() {
        let (key, keys) = key();
        let claims = json!({"sub": "a"});
        let parse = |header: Value| Jwt::parse(&signed(&key, &header, &claims)).map(|it| it.verify(&keys));
        for alg in ["none", "None", "HS256", "RS512", "PS256", ""] {
            let refused = parse(json!({"alg": alg, "kid": "k"}));
            assert_eq!(refused, Err(JwtError::Algorithm(alg.to_owned())));
        }
        assert_eq!(parse(json!({"alg": "ES256"})), Err(JwtError::NoKeyId));
        assert_eq!(parse(json!({"alg": "ES256", "kid": "k", "crit": ["b64"]})), Err(JwtError::Extensions));
        let unknown = |kid: &str| Ok(Err(JwtError::UnknownKey(kid.to_owned())));
        assert_eq!(parse(json!({"alg": "ES256", "kid": "other"})), unknown("other"));
        // The key is there, but not one of RSA.
        assert_eq!(parse(json!({"alg": "RS256", "kid": "k"})), unknown("k"));
        for text in ["", "a.b", "a.b.c", "e30.e30", "e30.W10.e30", "e30..e30", "e30.e30.e30.e30"] {
            assert!(Jwt::parse(text).is_err(), "{text}");
        }
        assert_eq!(Jwt::parse(&"x".repeat(40_000)).map(|_| ()), Err(JwtError::TooLong));
    }
}
