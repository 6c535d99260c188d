//! Encrypts and decrypts what must not be read by others, in the form of Pulumi's passphrase secrets.

use std::env;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aes_gcm::aead::{Aead, Generate, KeyInit};
use aes_gcm::{Aes256Gcm, Nonce};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::Sha256;

const PASSPHRASE: &str = "PULUMI_CONFIG_PASSPHRASE";
const PASSPHRASE_FILE: &str = "PULUMI_CONFIG_PASSPHRASE_FILE";
const ROUNDS: u32 = 1_000_000;
/// What a salt carries in encrypted form, so that a wrong passphrase is told from a broken secret.
const CANARY: &str = "pulumi";

/// What decrypts a stack's secrets. Cheap to clone; clones share the derived key.
#[derive(Clone, Debug, Default)]
pub enum Secrets {
    /// No passphrase was given: the first secret that is met is an error.
    #[default]
    None,
    Passphrase(Arc<Passphrase>),
}

/// A passphrase and, once a secret was met, the key that was derived from it.
pub struct Passphrase {
    phrase: String,
    key: Mutex<Key>,
}

#[derive(Default)]
struct Key {
    /// `v1:<base64 salt>:<ciphertext of the canary>`.
    salt: Option<String>,
    cipher: Option<Aes256Gcm>,
}

/// Why a secret cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    #[error("there is a secret, and no passphrase to encrypt or decrypt it with")]
    NoPassphrase,
    #[error("the passphrase file {} cannot be read", path.display())]
    PassphraseFile {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("the passphrase is not the one that the secrets were encrypted with")]
    WrongPassphrase,
    #[error("there is an encrypted secret, and no encryptionsalt to decrypt it with")]
    NoSalt,
    #[error("encryptionsalt {salt:?} is not of the form v1:<salt>:v1:<nonce>:<ciphertext>")]
    BadSalt { salt: String },
    #[error("an encrypted secret is not of the form v1:<nonce>:<ciphertext>")]
    BadCiphertext,
    #[error("an encrypted secret was damaged, or belongs to another stack")]
    Damaged,
    #[error("the operating system gives no random numbers")]
    NoRandom,
}

impl SecretError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            SecretError::NoPassphrase => Some(format!(
                "set {PASSPHRASE} (it may be empty), or {PASSPHRASE_FILE} to a file that holds the passphrase"
            )),
            SecretError::PassphraseFile { .. } => {
                Some(format!("correct {PASSPHRASE_FILE}, or set {PASSPHRASE} instead"))
            }
            SecretError::WrongPassphrase => {
                Some(format!("correct {PASSPHRASE}, or the file that {PASSPHRASE_FILE} names"))
            }
            SecretError::NoSalt => Some(
                "restore the line `encryptionsalt:` of Pulumi.<stack>.yaml from version control".to_owned(),
            ),
            SecretError::BadSalt { .. } => Some(
                "restore it from version control; it cannot be made anew for existing secrets".to_owned(),
            ),
            SecretError::BadCiphertext | SecretError::Damaged => {
                Some("restore the value from version control, or set the secret again".to_owned())
            }
            SecretError::NoRandom => None,
        }
    }
}

impl Secrets {
    /// With the passphrase that the environment gives, if it gives one.
    ///
    /// `salt` is the stack's `encryptionsalt`, if it has one yet.
    ///
    /// # Errors
    /// When `PULUMI_CONFIG_PASSPHRASE_FILE` names a file that cannot be read.
    pub fn from_env(salt: Option<String>) -> Result<Secrets, SecretError> {
        if let Some(phrase) = env::var_os(PASSPHRASE) {
            return Ok(Secrets::passphrase(phrase.to_string_lossy(), salt));
        }
        // An empty name is how shells unset a variable for one command.
        let Some(path) = env::var_os(PASSPHRASE_FILE).filter(|it| !it.is_empty()).map(PathBuf::from) else {
            return Ok(Secrets::None);
        };
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(Secrets::passphrase(text.trim(), salt)),
            Err(source) => Err(SecretError::PassphraseFile { path, source }),
        }
    }

    /// With a given passphrase, which may be empty. No key is derived yet.
    pub fn passphrase(phrase: impl Into<String>, salt: Option<String>) -> Secrets {
        let key = Mutex::new(Key { salt, cipher: None });
        Secrets::Passphrase(Arc::new(Passphrase { phrase: phrase.into(), key }))
    }

    /// The same passphrase for secrets of another salt; shares the key when the salt is the same, and
    /// takes the salt over when there was none yet.
    #[must_use]
    pub fn with_salt(&self, salt: &str) -> Secrets {
        match self {
            Secrets::None => Secrets::None,
            Secrets::Passphrase(it) => {
                let mut key = it.key();
                match &key.salt {
                    Some(own) if own == salt => self.clone(),
                    Some(_) => Secrets::passphrase(it.phrase.clone(), Some(salt.to_owned())),
                    None => {
                        key.salt = Some(salt.to_owned());
                        self.clone()
                    }
                }
            }
        }
    }

    /// What to keep as `encryptionsalt`: what was given, or what the first secret made necessary.
    pub fn salt(&self) -> Option<String> {
        match self {
            Secrets::None => None,
            Secrets::Passphrase(it) => it.key().salt.clone(),
        }
    }

    /// Whether the key is there already, so that encrypting and decrypting take no time.
    pub fn is_unlocked(&self) -> bool {
        match self {
            Secrets::None => false,
            Secrets::Passphrase(it) => it.key().cipher.is_some(),
        }
    }

    /// Derives the key, which takes about half a second, and makes a salt if there is none.
    ///
    /// # Errors
    /// When there is no passphrase, when it is wrong, and when the salt is not one.
    pub fn unlock(&self) -> Result<(), SecretError> {
        self.cipher().map(drop)
    }

    /// Encrypts a text: a config secret as it is, a state secret as its JSON.
    ///
    /// # Errors
    /// As [`Secrets::unlock`].
    pub fn encrypt(&self, text: &str) -> Result<String, SecretError> {
        seal(&self.cipher()?, text)
    }

    /// Decrypts what [`Secrets::encrypt`] or Pulumi encrypted.
    ///
    /// # Errors
    /// As [`Secrets::unlock`], and when the ciphertext is damaged or of another key.
    pub fn decrypt(&self, ciphertext: &str) -> Result<String, SecretError> {
        if let Secrets::Passphrase(it) = self
            && it.key().salt.is_none()
        {
            return Err(SecretError::NoSalt);
        }
        open(&self.cipher()?, ciphertext)
    }

    fn cipher(&self) -> Result<Aes256Gcm, SecretError> {
        match self {
            Secrets::None => Err(SecretError::NoPassphrase),
            Secrets::Passphrase(it) => it.cipher(),
        }
    }
}

impl Passphrase {
    fn key(&self) -> MutexGuard<'_, Key> {
        self.key.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn cipher(&self) -> Result<Aes256Gcm, SecretError> {
        // Held while deriving: whoever else needs the key would only derive the same one.
        let mut key = self.key();
        if let Some(cipher) = &key.cipher {
            return Ok(cipher.clone());
        }
        let cipher = match &key.salt {
            Some(text) => {
                let bad = || SecretError::BadSalt { salt: text.clone() };
                let (salt, canary) =
                    text.strip_prefix("v1:").and_then(|it| it.split_once(':')).ok_or_else(bad)?;
                let cipher = derive(&self.phrase, &STANDARD.decode(salt).map_err(|_| bad())?);
                match open(&cipher, canary) {
                    Ok(text) if text == CANARY => cipher,
                    Ok(_) | Err(SecretError::Damaged) => return Err(SecretError::WrongPassphrase),
                    Err(_) => return Err(bad()),
                }
            }
            None => {
                let salt = <[u8; 8]>::try_generate().map_err(|_| SecretError::NoRandom)?;
                let cipher = derive(&self.phrase, &salt);
                key.salt = Some(format!("v1:{}:{}", STANDARD.encode(salt), seal(&cipher, CANARY)?));
                cipher
            }
        };
        key.cipher = Some(cipher.clone());
        Ok(cipher)
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

fn derive(phrase: &str, salt: &[u8]) -> Aes256Gcm {
    let mut key = aes_gcm::Key::<Aes256Gcm>::default();
    pbkdf2::pbkdf2_hmac::<Sha256>(phrase.as_bytes(), salt, ROUNDS, &mut key);
    Aes256Gcm::new(&key)
}

fn seal(cipher: &Aes256Gcm, text: &str) -> Result<String, SecretError> {
    let nonce = <[u8; 12]>::try_generate().map_err(|_| SecretError::NoRandom)?;
    let sealed = cipher.encrypt(&Nonce::from(nonce), text.as_bytes()).map_err(|_| SecretError::Damaged)?;
    Ok(format!("v1:{}:{}", STANDARD.encode(nonce), STANDARD.encode(sealed)))
}

fn open(cipher: &Aes256Gcm, ciphertext: &str) -> Result<String, SecretError> {
    let (nonce, sealed) = ciphertext
        .strip_prefix("v1:")
        .and_then(|it| it.split_once(':'))
        .and_then(|(nonce, sealed)| Some((STANDARD.decode(nonce).ok()?, STANDARD.decode(sealed).ok()?)))
        .ok_or(SecretError::BadCiphertext)?;
    let nonce = <[u8; 12]>::try_from(nonce).map_err(|_| SecretError::BadCiphertext)?;
    let text = cipher.decrypt(&Nonce::from(nonce), sealed.as_slice()).map_err(|_| SecretError::Damaged)?;
    String::from_utf8(text).map_err(|_| SecretError::Damaged)
}

#[cfg(test)]
mod tests {
    use super::*;

    // Made with Node's crypto: pbkdf2 of "correct horse" and aes-256-gcm, with fixed salt and nonces.
    const SALT: &str = "v1:AQIDBAUGBwg=:v1:AAECAwQFBgcICQoL:E27pUA/wPCIWegHkV0laI4yxSAT80Q==";
    const HUNTER: &str = "v1:DA0ODxAREhMUFRYX:HPMQEo0Zmo9TKHnA7LVK/YgaKK9UlVs=";
    const HUNTER_JSON: &str = "v1:GBkaGxwdHh8gISIj:/+Ups6ovzh4OVm7ssAqdImjXMr9pYHEFDw==";

    #[test]
    fn known_vectors() {
        let secrets = Secrets::passphrase("correct horse", Some(SALT.to_owned()));
        assert!(!secrets.is_unlocked());
        assert_eq!(secrets.decrypt(HUNTER).unwrap(), "hunter2");
        assert_eq!(secrets.decrypt(HUNTER_JSON).unwrap(), "\"hunter2\"");
        assert!(secrets.is_unlocked());
        assert!(matches!(secrets.decrypt("v2:x"), Err(SecretError::BadCiphertext)));
        assert!(matches!(secrets.decrypt(&HUNTER.replace("HPM", "HPN")), Err(SecretError::Damaged)));
    }

    #[test]
    fn a_salt_is_made_once_and_opens_again() {
        let secrets = Secrets::passphrase("", None);
        assert_eq!(secrets.salt(), None);
        assert!(matches!(secrets.decrypt(HUNTER), Err(SecretError::NoSalt)));
        let sealed = secrets.encrypt("grüße").unwrap();
        assert_ne!(sealed, secrets.encrypt("grüße").unwrap());
        let again = Secrets::passphrase("", secrets.salt());
        assert_eq!(again.decrypt(&sealed).unwrap(), "grüße");
    }

    #[test]
    fn errors_say_what_to_do() {
        let wrong = Secrets::passphrase("wrong", Some(SALT.to_owned())).decrypt(HUNTER).unwrap_err();
        assert!(matches!(wrong, SecretError::WrongPassphrase));
        assert!(wrong.hint().unwrap().contains(PASSPHRASE));
        let none = Secrets::None.decrypt(HUNTER).unwrap_err();
        assert!(none.hint().unwrap().contains("may be empty"));
        assert!(matches!(
            Secrets::passphrase("x", Some("v1:nope".to_owned())).encrypt("x"),
            Err(SecretError::BadSalt { .. })
        ));
    }

    #[test]
    fn shown_as_nothing() {
        assert_eq!(format!("{:?}", Secrets::passphrase("hunter2", None)), "Passphrase((secret))");
    }
}
