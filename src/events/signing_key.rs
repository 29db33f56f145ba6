//! Signs security event tokens: JWS with ES256 (RFC 7515, RFC 7518 section 3.4), and the public key as a JWK. Pure: the
//! source of randomness is a parameter.
//!
//! ring produces keys and signatures in exactly the form that JWS requires. The rest is base64url, so no JOSE library is needed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SecureRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::base::Secret;

/// The `typ` of a token, and its media type below `application/` (RFC 8417 section 2.3).
pub const TOKEN_TYPE: &str = "secevent+jwt";
/// The bytes of a coordinate of P-256.
const COORDINATE: usize = 32;

/// A key in the form in which it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredKey {
    /// The thumbprint of the public key (RFC 7638), which tokens name as `kid`.
    pub id: String,
    /// The private key: PKCS#8 in base64url.
    pub private: Secret,
}

/// A failure to make or to use a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SigningKeyError {
    #[error("the stored key cannot be read")]
    Unreadable,
    #[error("the operating system returned no random bytes")]
    NoRandomness,
}

/// A key that signs tokens.
#[derive(Debug)]
pub struct SigningKey {
    id: String,
    pair: EcdsaKeyPair,
}

impl SigningKey {
    /// Generates a key.
    ///
    /// # Errors
    /// [`SigningKeyError::NoRandomness`].
    pub fn generate(random: &dyn SecureRandom) -> Result<StoredKey, SigningKeyError> {
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, random)
            .map_err(|_| SigningKeyError::NoRandomness)?;
        let pair = pair(document.as_ref(), random)?;
        let private = Secret::new(URL_SAFE_NO_PAD.encode(document.as_ref()));
        Ok(StoredKey { id: thumbprint(&pair)?, private })
    }

    /// Reads a stored key.
    ///
    /// # Errors
    /// [`SigningKeyError::Unreadable`].
    pub fn read(stored: &StoredKey, random: &dyn SecureRandom) -> Result<Self, SigningKeyError> {
        let bytes = URL_SAFE_NO_PAD.decode(stored.private.expose()).map_err(|_| SigningKeyError::Unreadable)?;
        Ok(Self { id: stored.id.clone(), pair: pair(&bytes, random)? })
    }

    /// Signs claims, and returns the token in its compact form.
    ///
    /// # Errors
    /// [`SigningKeyError::NoRandomness`].
    pub fn sign(&self, claims: &Value, random: &dyn SecureRandom) -> Result<String, SigningKeyError> {
        let header = json!({"alg": "ES256", "typ": TOKEN_TYPE, "kid": self.id});
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", encode(&header), encode(claims));
        let signature = self.pair.sign(random, signed.as_bytes()).map_err(|_| SigningKeyError::NoRandomness)?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    /// Returns the public key as a JWK (RFC 7517).
    ///
    /// # Errors
    /// [`SigningKeyError::Unreadable`].
    pub fn public_jwk(&self) -> Result<Value, SigningKeyError> {
        let [x, y] = coordinates(&self.pair)?;
        Ok(json!({"kty": "EC", "crv": "P-256", "x": x, "y": y, "use": "sig", "alg": "ES256", "kid": self.id}))
    }
}

fn pair(pkcs8: &[u8], random: &dyn SecureRandom) -> Result<EcdsaKeyPair, SigningKeyError> {
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8, random).map_err(|_| SigningKeyError::Unreadable)
}

/// Returns the coordinates of the public key in base64url. ring has it as an uncompressed point: 4, x, y.
fn coordinates(pair: &EcdsaKeyPair) -> Result<[String; 2], SigningKeyError> {
    let point = pair.public_key().as_ref().strip_prefix(&[4]).and_then(|point| point.split_at_checked(COORDINATE));
    let (x, y) = point.ok_or(SigningKeyError::Unreadable)?;
    Ok([x, y].map(|coordinate| URL_SAFE_NO_PAD.encode(coordinate)))
}

/// Returns the thumbprint of the public key (RFC 7638 section 3).
fn thumbprint(pair: &EcdsaKeyPair) -> Result<String, SigningKeyError> {
    let [x, y] = coordinates(pair)?;
    let required = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
    Ok(URL_SAFE_NO_PAD.encode(Sha256::digest(required)))
}

#[cfg(test)]
mod tests {
    use ring::rand::SystemRandom;
    use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

    use super::*;

    #[test]
    fn a_token_is_verified_with_the_published_key() {
        let random = SystemRandom::new();
        let stored = SigningKey::generate(&random).unwrap();
        let key = SigningKey::read(&stored, &random).unwrap();
        let claims = json!({"jti": "T1.stream_1"});
        let token = key.sign(&claims, &random).unwrap();
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let (header, payload) = signed.split_once('.').unwrap();
        let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
        let header: Value = serde_json::from_slice(&decode(header)).unwrap();
        assert_eq!(header, json!({"alg": "ES256", "typ": "secevent+jwt", "kid": stored.id}));
        assert_eq!(serde_json::from_slice::<Value>(&decode(payload)).unwrap(), claims);

        let jwk = key.public_jwk().unwrap();
        assert_eq!(jwk["kid"], header["kid"]);
        let point = [vec![4], decode(jwk["x"].as_str().unwrap()), decode(jwk["y"].as_str().unwrap())].concat();
        let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
        public.verify(signed.as_bytes(), &decode(signature)).unwrap();
        assert!(public.verify(b"other", &decode(signature)).is_err());
        assert_ne!(SigningKey::generate(&random).unwrap(), stored);
    }

    #[test]
    fn a_key_that_was_damaged_is_refused() {
        let random = SystemRandom::new();
        for private in ["", "****", "AAAA"] {
            let stored = StoredKey { id: "k".to_owned(), private: Secret::new(private) };
            assert_eq!(SigningKey::read(&stored, &random).unwrap_err(), SigningKeyError::Unreadable);
        }
    }
}
