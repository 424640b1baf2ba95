//! What a signed-in client holds, and the two things derived from it: the hash by which the sign-in
//! is found, and the scope told to the database in each transaction. The database keeps only hashes
//! of both, so that neither a copy of it nor its logs let anybody in.

use sha2::{Digest, Sha256};

/// A 256-bit secret in hexadecimal.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// From random bytes made at the edge of the process.
    #[must_use]
    pub fn from_bytes(random: [u8; 32]) -> Self {
        Self(hex::encode(random))
    }

    /// From what a client sent; `None` when it cannot be a token.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let plausible = text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit());
        plausible.then(|| Self(text.to_ascii_lowercase()))
    }

    /// What the client is given.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Key of the sign-in row.
    #[must_use]
    pub fn hash(&self) -> Vec<u8> {
        Sha256::digest(self.0.as_bytes()).to_vec()
    }

    /// The secret the database's policies look for; not the client's token, so that the database
    /// never hears what would sign somebody in.
    #[must_use]
    pub fn scope(&self) -> String {
        hex::encode(Sha256::digest(format!("scope of {}", self.0).as_bytes()))
    }

    /// Hash of the scope, as kept in the sign-in row.
    #[must_use]
    pub fn scope_hash(&self) -> Vec<u8> {
        Sha256::digest(self.scope().as_bytes()).to_vec()
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}
