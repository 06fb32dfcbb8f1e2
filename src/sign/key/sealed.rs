//! Private keys as cosign encrypts them: a JSON document in PEM, with the key
//! in a `NaCl` secretbox; its key is derived from the passphrase by scrypt.

use base64::{Engine, prelude::BASE64_STANDARD};
use crypto_secretbox::{KeyInit, XSalsa20Poly1305, aead::Aead};
use scrypt::Params;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::KeyError;

/// What stands around such a key.
pub(super) const TAG: &str = "ENCRYPTED SIGSTORE PRIVATE KEY";
/// What stood there before.
pub(super) const OLD_TAG: &str = "ENCRYPTED COSIGN PRIVATE KEY";
/// The logarithm of scrypt's cost: as cosign has it.
const LOG_N: u8 = 16;
/// The largest cost that is paid, in bytes: 128 · r · N (RFC 7914, section 2).
const COST_LIMIT: u64 = 1 << 30;

#[derive(Serialize, Deserialize)]
struct Sealed {
    kdf: Kdf,
    cipher: Cipher,
    ciphertext: String,
}

#[derive(Serialize, Deserialize)]
struct Kdf {
    name: String,
    params: Cost,
    salt: String,
}

#[derive(Serialize, Deserialize)]
struct Cost {
    #[serde(rename = "N")]
    n: u64,
    r: u32,
    p: u32,
}

#[derive(Serialize, Deserialize)]
struct Cipher {
    name: String,
    nonce: String,
}

pub(super) fn open(json: &[u8], passphrase: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    // Errors of readers quote what they read, which may be a secret.
    let damaged = |what: &str| KeyError::Damaged(what.to_owned());
    let sealed: Sealed = serde_json::from_slice(json)
        .map_err(|_| damaged("it does not have the JSON of an encrypted key"))?;
    if (sealed.kdf.name.as_str(), sealed.cipher.name.as_str()) != ("scrypt", "nacl/secretbox") {
        let what = format!("`{}` and `{}`", sealed.kdf.name, sealed.cipher.name);
        return Err(KeyError::Unknown(crate::model::escape(&what).to_string()));
    }
    let bytes = |text: &str| {
        BASE64_STANDARD.decode(text).map_err(|_| damaged("one of its values is not Base64"))
    };
    let salt = bytes(&sealed.kdf.salt)?;
    let nonce: [u8; 24] =
        bytes(&sealed.cipher.nonce)?.try_into().map_err(|_| damaged("the nonce is too short"))?;
    let key = derived(passphrase, &salt, &sealed.kdf.params)?;
    XSalsa20Poly1305::new((&*key).into())
        .decrypt((&nonce).into(), bytes(&sealed.ciphertext)?.as_slice())
        .map(Zeroizing::new)
        .map_err(|_| KeyError::Passphrase)
}

pub(super) fn seal(der: &[u8], passphrase: &[u8]) -> Result<String, KeyError> {
    let (mut salt, mut nonce) = ([0; 32], [0; 24]);
    aws_lc_rs::rand::fill(&mut salt).map_err(|_| KeyError::Refused)?;
    aws_lc_rs::rand::fill(&mut nonce).map_err(|_| KeyError::Refused)?;
    let params = Cost { n: 1 << LOG_N, r: 8, p: 1 };
    let key = derived(passphrase, &salt, &params)?;
    let ciphertext = XSalsa20Poly1305::new((&*key).into())
        .encrypt((&nonce).into(), der)
        .map_err(|_| KeyError::Refused)?;
    let sealed = Sealed {
        kdf: Kdf { name: "scrypt".to_owned(), params, salt: BASE64_STANDARD.encode(salt) },
        cipher: Cipher { name: "nacl/secretbox".to_owned(), nonce: BASE64_STANDARD.encode(nonce) },
        ciphertext: BASE64_STANDARD.encode(ciphertext),
    };
    let json = serde_json::to_vec(&sealed).map_err(|error| KeyError::Damaged(error.to_string()))?;
    let config = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
    Ok(pem::encode_config(&pem::Pem::new(TAG, json), config))
}

fn derived(passphrase: &[u8], salt: &[u8], cost: &Cost) -> Result<Zeroizing<[u8; 32]>, KeyError> {
    let too_much = || KeyError::Damaged("its scrypt parameters are out of bounds".to_owned());
    let paid = cost.n.saturating_mul(u64::from(cost.r)).saturating_mul(128);
    if !cost.n.is_power_of_two() || paid > COST_LIMIT || cost.p > 16 {
        return Err(too_much());
    }
    let log_n = u8::try_from(cost.n.ilog2()).map_err(|_| too_much())?;
    let params = Params::new(log_n, cost.r, cost.p, 32).map_err(|_| too_much())?;
    let mut key = Zeroizing::new([0; 32]);
    scrypt::scrypt(passphrase, salt, &params, &mut *key).map_err(|_| too_much())?;
    Ok(key)
}
