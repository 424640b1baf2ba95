//! Files come as they are or as gzip wrote them. What a small file unpacks to is bounded before it is there.

use crate::{Error, LARGEST};
use flate2::read::MultiGzDecoder;
use std::{borrow::Cow, io::Read};

/// The file itself.
pub(crate) fn unpacked(bytes: &[u8]) -> Result<Cow<'_, [u8]>, Error> {
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return if bytes.len() > LARGEST { Err(Error::TooLarge) } else { Ok(Cow::Borrowed(bytes)) };
    }
    let mut plain = Vec::new();
    // One byte more than may be: so that too much is told from just enough.
    let most = u64::try_from(LARGEST).unwrap_or(u64::MAX) + 1;
    MultiGzDecoder::new(bytes).take(most).read_to_end(&mut plain).map_err(|_| Error::Unpackable)?;
    if plain.len() > LARGEST { Err(Error::TooLarge) } else { Ok(Cow::Owned(plain)) }
}
