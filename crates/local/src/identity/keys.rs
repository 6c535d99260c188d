//! JSON Web Key Sets: an issuer's public keys.
//!
//! <https://www.rfc-editor.org/rfc/rfc7517>

use base64::Engine;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use serde_json::Value;

use super::jwt::Algorithm;

/// The most keys of a set.
const MOST_KEYS: usize = 100;

/// Public keys that verify signatures.
#[derive(Clone, Debug)]
pub struct Keys(Vec<(String, Key)>);

/// One public key.
#[derive(Clone, Debug)]
pub enum Key {
    Rsa {
        modulus: Vec<u8>,
        exponent: Vec<u8>,
    },
    /// A point on P-256, uncompressed.
    P256(Vec<u8>),
}

impl Keys {
    /// The keys of a set that can be used here; others are left out, as RFC 7517 asks. `None` if it is no set.
    pub fn parse(set: &Value) -> Option<Keys> {
        let keys = set["keys"].as_array()?;
        let usable = keys.iter().take(MOST_KEYS).filter_map(|it| {
            let id = it["kid"].as_str()?;
            Some((id.to_owned(), Key::parse(it)?))
        });
        Some(Keys(usable.collect()))
    }

    /// The key of an id for an algorithm.
    pub fn find(&self, id: &str, algorithm: Algorithm) -> Option<&Key> {
        self.0.iter().find(|(it, key)| it == id && key.algorithm() == algorithm).map(|(_, key)| key)
    }
}

impl Key {
    fn parse(key: &Value) -> Option<Key> {
        let text = |field: &str| key[field].as_str();
        if text("use").is_some_and(|it| it != "sig") {
            return None;
        }
        let number = |field: &str| {
            let text = text(field)?;
            URL_SAFE_NO_PAD.decode(text).or_else(|_| URL_SAFE.decode(text)).ok()
        };
        let (parsed, algorithm) = match text("kty")? {
            "RSA" => {
                let mut modulus = number("n")?;
                // Some write the sign of the number, which ring does not take.
                let zeros = modulus.iter().take_while(|it| **it == 0).count();
                modulus.drain(..zeros);
                (Key::Rsa { modulus, exponent: number("e")? }, "RS256")
            }
            "EC" if text("crv") == Some("P-256") => {
                let (x, y) = (number("x")?, number("y")?);
                if x.len() != 32 || y.len() != 32 {
                    return None;
                }
                (Key::P256([&[4], x.as_slice(), y.as_slice()].concat()), "ES256")
            }
            _ => return None,
        };
        text("alg").is_none_or(|it| it == algorithm).then_some(parsed)
    }

    fn algorithm(&self) -> Algorithm {
        match self {
            Key::Rsa { .. } => Algorithm::Rs256,
            Key::P256(_) => Algorithm::Es256,
        }
    }

    /// Whether a signature is this key's.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Key::Rsa { modulus, exponent } => RsaPublicKeyComponents { n: modulus, e: exponent }
                .verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
                .is_ok(),
            Key::P256(point) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, signature).is_ok()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A key of 2048 bits and its signature of `a message`, made with OpenSSL.
    const MODULUS: &str = "5G0GqZU9Yz4bZnxincRVlwSDFnehke90rIgJ7sFcONwM6ebHn6O_6NFFqPLQvvIE8yW01imXkx5W7bMFPxFDKNcypbUqXX6YVlYL\
        cXnKJYvNdeftCiN_dN1KqtgPU4TINbRfVL2QBBuvj8fTAJCDQo5gjivSgOzSToMq9gM7fjcKHxSiolmltxSI6OiOiboTpKJi-tLj\
        xVbQ37xgqnYDO-0xgzlBoX1V0mPgz3VvfkAiTi99KcpWn6HJmTxZ4w2hZBlPCOxPf8P1pRMEqYIVcfoOcIr6B2ZuZP-oADiIPZfx\
        00L0jhGusNx9f6k2n0b3e-HdDsd0WdZGJ1xm2-jg0Q";
    const SIGNATURE: &str = "qxdVkXpGonFfS0qTaFqGsE-Ep5OuZPoim1LQsMDpdpfz39-W3McccupU3KgDXQN29JJGBQ3R3ZE7oKd6Q23VW45M6Rej_Rb3DWf9\
        UJv4bDd1Qa9gA2SWssc3gV1os27wz42B6eJnGQkUjZYJr2p6DNm-72cQvXAQd9kuqztz7gfCRYCrg2OhNg1i_G40RpAz6Mi5NRm7\
        2DISurpSlYLFXYczot1SO7tSW2sE5pE3WPSy_jbqbW_MqXPcfl-1yusL75rQ66pAr0jlqBxi9AsbrxCAVMhn_c4HqINPod_4h1-Y\
        oCjNY6FtoEqxTAK6ZH-ddX83hT1OdL8Zifx-hBokbg";

    #[test]
    fn signatures_of_rsa() {
        let set = |kty: &str, n: &str| json!({"keys": [{"kty": kty, "kid": "r", "n": n, "e": "AQAB"}]});
        let signature = URL_SAFE_NO_PAD.decode(SIGNATURE).unwrap();
        let zero =
            URL_SAFE_NO_PAD.encode([&[0], URL_SAFE_NO_PAD.decode(MODULUS).unwrap().as_slice()].concat());
        for modulus in [MODULUS, &zero] {
            let keys = Keys::parse(&set("RSA", modulus)).unwrap();
            let key = keys.find("r", Algorithm::Rs256).unwrap();
            assert!(key.verifies(b"a message", &signature));
            assert!(!key.verifies(b"another message", &signature));
            assert!(!key.verifies(b"a message", &signature[1..]));
            assert!(keys.find("r", Algorithm::Es256).is_none() && keys.find("x", Algorithm::Rs256).is_none());
        }
        let short = Keys::parse(&set("RSA", "AQAB")).unwrap();
        assert!(!short.find("r", Algorithm::Rs256).unwrap().verifies(b"a message", &signature));
    }

    #[test]
    fn keys_that_cannot_be_used_are_left_out() {
        let x = URL_SAFE_NO_PAD.encode([1; 32]);
        let good = json!({"kty": "EC", "crv": "P-256", "kid": "k", "x": x, "y": x});
        let with = |field: &str, value: &str| {
            let mut key = good.clone();
            key[field] = json!(value);
            Keys::parse(&json!({"keys": [key]})).unwrap().0.len()
        };
        assert_eq!(with("use", "sig"), 1);
        assert_eq!(with("alg", "ES256"), 1);
        for (field, value) in
            [("use", "enc"), ("alg", "ES384"), ("crv", "P-384"), ("kty", "oct"), ("x", "AQ"), ("x", "!")]
        {
            assert_eq!(with(field, value), 0, "{field} {value}");
        }
        assert!(Keys::parse(&json!({})).is_none() && Keys::parse(&json!({"keys": {}})).is_none());
    }
}
