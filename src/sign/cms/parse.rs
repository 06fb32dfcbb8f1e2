//! Reads a signature around content of any size: BER where it is the outside,
//! DER where it is signed.

use std::io::{Cursor, Read};

use cms::signed_data::SignerInfo;
use x509_cert::{
    Certificate,
    der::{Decode, asn1::ObjectIdentifier},
    spki::AlgorithmIdentifierOwned,
};

use super::{
    CmsError, SHA256, SHA384, SHA512, SIGNED_DATA,
    der::{FIRST, OCTETS, SEQUENCE, SET},
};
use crate::sign::{Hash, file::Content};

/// The most that is held of a signature, without its content, in bytes.
const LIMIT: u64 = 4 << 20;
/// How many may sign one content.
const SIGNERS: usize = 16;
/// The tag of a string in pieces, and that of the revocation lists.
const PIECES: u8 = 0x24;
const REVOKED: u8 = 0xa1;

/// What a signature holds.
pub(super) struct Parsed {
    /// The type of what is signed.
    pub(super) content_type: ObjectIdentifier,
    /// The hashes of the content that is in it; none: it is elsewhere.
    pub(super) content: Option<Vec<(Hash, Vec<u8>)>>,
    pub(super) certificates: Vec<Certificate>,
    pub(super) infos: Vec<SignerInfo>,
}

/// The hash function of an algorithm.
pub(super) fn hash_of(algorithm: &AlgorithmIdentifierOwned) -> Result<Hash, CmsError> {
    match algorithm.oid {
        SHA256 => Ok(Hash::Sha256),
        SHA384 => Ok(Hash::Sha384),
        SHA512 => Ok(Hash::Sha512),
        other => Err(CmsError::Unknown(format!("the hash function {other}"))),
    }
}

/// Reads a signature, in DER, BER or PEM.
pub(super) fn parse(signature: &mut dyn Content) -> Result<Parsed, CmsError> {
    let mut begins = Vec::new();
    signature.take(11).read_to_end(&mut begins)?;
    signature.rewind()?;
    if begins != b"-----BEGIN " {
        return Reader { from: signature, at: 0, held: 0 }.document();
    }
    let mut text = Vec::new();
    signature.take(LIMIT).read_to_end(&mut text)?;
    let block = pem::parse(text).map_err(|error| damaged(error.to_string()))?;
    Reader { from: &mut Cursor::new(block.into_contents()), at: 0, held: 0 }.document()
}

/// Reads element by element.
struct Reader<'r> {
    from: &'r mut dyn Content,
    /// How many bytes were read.
    at: u64,
    /// How many bytes of them are held.
    held: u64,
}

/// An element that was begun.
#[derive(Clone, Copy)]
struct Open {
    tag: u8,
    /// Where it ends; none: where a mark says so.
    end: Option<u64>,
}

impl Reader<'_> {
    fn document(&mut self) -> Result<Parsed, CmsError> {
        let outer = self.expect(SEQUENCE)?;
        if ObjectIdentifier::from_der(&self.element()?)? != SIGNED_DATA {
            return Err(damaged("it is of another type"));
        }
        let tagged = self.expect(FIRST)?;
        let data = self.expect(SEQUENCE)?;
        let _version = self.element()?;
        let mut hashes = Vec::new();
        for algorithm in elements(&self.element()?)? {
            let hash = hash_of(&AlgorithmIdentifierOwned::from_der(&algorithm)?).ok();
            hashes.extend(hash.filter(|hash| !hashes.contains(hash)));
        }
        let (content_type, content) = self.content(&hashes)?;
        let (mut certificates, mut infos) = (Vec::new(), Vec::new());
        while !self.is_over(data)? {
            let element = self.element()?;
            let kind = element.first().copied();
            match kind {
                // Other forms of certificates are left out.
                Some(FIRST) => {
                    let all = elements(&element)?.into_iter();
                    let x509 = all.filter(|der| der.first() == Some(&SEQUENCE));
                    for der in x509 {
                        certificates.push(Certificate::from_der(&der)?);
                    }
                }
                Some(REVOKED) => {}
                Some(SET) => {
                    for der in elements(&element)? {
                        infos.push(SignerInfo::from_der(&der)?);
                    }
                }
                _ => return Err(damaged("it contains unknown data")),
            }
        }
        for open in [tagged, outer] {
            self.close(open)?;
        }
        // The content is read once for each.
        if infos.len() > SIGNERS {
            return Err(damaged(format!("it has more than {SIGNERS} signers")));
        }
        Ok(Parsed { content_type, content, certificates, infos })
    }

    /// `EncapsulatedContentInfo`, of which the content is hashed.
    #[expect(clippy::type_complexity, reason = "it is parsed at once")]
    fn content(
        &mut self,
        hashes: &[Hash],
    ) -> Result<(ObjectIdentifier, Option<Vec<(Hash, Vec<u8>)>>), CmsError> {
        let encapsulated = self.expect(SEQUENCE)?;
        let content_type = ObjectIdentifier::from_der(&self.element()?)?;
        if self.is_over(encapsulated)? {
            return Ok((content_type, None));
        }
        let mut hashing: Vec<_> = hashes.iter().map(|hash| (*hash, hash.start())).collect();
        let tagged = self.expect(FIRST)?;
        let string = self.open()?;
        match string.tag {
            OCTETS => self.octets(string, &mut hashing)?,
            PIECES => {
                while !self.is_over(string)? {
                    let piece = self.expect(OCTETS)?;
                    self.octets(piece, &mut hashing)?;
                }
            }
            _ => return Err(damaged("its content is not an octet string")),
        }
        for open in [tagged, encapsulated] {
            self.close(open)?;
        }
        let hashes = hashing.into_iter().map(|(hash, hashing)| (hash, hashing.finish()));
        Ok((content_type, Some(hashes.collect())))
    }

    fn octets(
        &mut self,
        open: Open,
        hashing: &mut [(Hash, crate::sign::Hashing)],
    ) -> Result<(), CmsError> {
        let end = open.end.ok_or_else(|| damaged("a string has no end"))?;
        let mut chunk = vec![0; 64 << 10];
        while self.at < end {
            let wanted = usize::try_from(end - self.at).unwrap_or(usize::MAX).min(chunk.len());
            self.fill(&mut chunk[..wanted])?;
            for (_, hashing) in hashing.iter_mut() {
                hashing.update(&chunk[..wanted]);
            }
        }
        Ok(())
    }

    /// Begins an element.
    fn open(&mut self) -> Result<Open, CmsError> {
        let mut start = [0; 2];
        self.fill(&mut start)?;
        let [tag, length] = start;
        let length = match length {
            0x80 if tag & 0x20 != 0 => return Ok(Open { tag, end: None }),
            short @ 0..0x80 => u64::from(short),
            long @ 0x81..=0x88 => {
                let mut bytes = [0; 8];
                self.fill(&mut bytes[8 - usize::from(long & 0x7f)..])?;
                u64::from_be_bytes(bytes)
            }
            _ => return Err(damaged("it has an impossible length")),
        };
        let end = self.at.checked_add(length).ok_or_else(|| damaged("it has no end"))?;
        Ok(Open { tag, end: Some(end) })
    }

    fn expect(&mut self, tag: u8) -> Result<Open, CmsError> {
        let open = self.open()?;
        if open.tag == tag { Ok(open) } else { Err(damaged("it is something else")) }
    }

    /// Whether an element ends here; a mark that says so is read.
    fn is_over(&mut self, open: Open) -> Result<bool, CmsError> {
        if let Some(end) = open.end {
            return if self.at > end {
                Err(damaged("it is truncated"))
            } else {
                Ok(self.at == end)
            };
        }
        let mut mark = [0; 2];
        self.fill(&mut mark)?;
        if mark != [0, 0] {
            self.from.seek(std::io::SeekFrom::Current(-2))?;
            self.at -= 2;
        }
        Ok(mark == [0, 0])
    }

    fn close(&mut self, open: Open) -> Result<(), CmsError> {
        if self.is_over(open)? { Ok(()) } else { Err(damaged("it contains too much")) }
    }

    /// A whole element, with its tag and length.
    fn element(&mut self) -> Result<Vec<u8>, CmsError> {
        let start = self.at;
        let open = self.open()?;
        let end = open.end.ok_or_else(|| damaged("it is only partly DER"))?;
        self.held = self.held.saturating_add(end - start);
        if self.held > LIMIT {
            return Err(damaged(format!("without its content it has more than {LIMIT} bytes")));
        }
        let back = i64::try_from(self.at - start).unwrap_or_default();
        self.from.seek(std::io::SeekFrom::Current(-back))?;
        self.at = start;
        let mut bytes = vec![0; usize::try_from(end - start).unwrap_or_default()];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), CmsError> {
        self.from.read_exact(bytes).map_err(|error| match error.kind() {
            std::io::ErrorKind::UnexpectedEof => damaged("it is truncated"),
            _ => error.into(),
        })?;
        self.at += bytes.len() as u64;
        Ok(())
    }
}

/// The elements in one that is held, each whole.
fn elements(element: &[u8]) -> Result<Vec<Vec<u8>>, CmsError> {
    let mut cursor = Cursor::new(element);
    let mut reader = Reader { from: &mut cursor, at: 0, held: 0 };
    let open = reader.open()?;
    let mut all = Vec::new();
    while !reader.is_over(open)? {
        all.push(reader.element()?);
    }
    Ok(all)
}

fn damaged(why: impl Into<String>) -> CmsError {
    CmsError::Damaged(why.into())
}
