//! Recomputes the audit's hash chain from its first link and names the first that does not fit.
//! Reads the links as a stream: the chain may be longer than memory.

use futures::TryStreamExt;
use sha2::{Digest, Sha256};
use sqlx::PgConnection;

/// The chain starts from the hash of these words.
const GENESIS: &[u8] = b"support operations console: genesis";

/// What verifying found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// Links that were recomputed.
    pub links: i64,
    pub first_bad: Option<Bad>,
}

/// The first thing that does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bad {
    pub seq: i64,
    pub entry: Option<i64>,
    pub what: String,
}

/// Verifies links, head and entries. The database says of each link whether its text is what was hashed, because nobody who
/// looks may read the text; that one follows the other is checked here.
pub async fn verify(connection: &mut PgConnection) -> Result<Checked, sqlx::Error> {
    let (links, last, chain) = walk(connection).await?;
    let (head_seq, head_hash): (i64, Vec<u8>) =
        sqlx::query_as("select seq, hash from audit.head where one").fetch_one(&mut *connection).await?;
    let head = (chain.is_none() && (head_seq, &head_hash) != (links, &last)).then(|| Bad {
        seq: head_seq.min(links) + 1,
        entry: None,
        what: format!("the chain ends at link {links}, but its head says {head_seq}: links at the end are missing or were added"),
    });
    let row: Option<(i64, i64, String)> =
        sqlx::query_as("select seq, entry_id, what from audit.first_mismatch()").fetch_optional(&mut *connection).await?;
    let entry = row.map(|(seq, entry, what)| Bad { seq, entry: Some(entry), what });
    let first_bad = [chain, head, entry].into_iter().flatten().min_by_key(|bad| bad.seq);
    Ok(Checked { links, first_bad })
}

type LinkRow = (i64, i64, Vec<u8>, Vec<u8>, bool);

async fn walk(connection: &mut PgConnection) -> Result<(i64, Vec<u8>, Option<Bad>), sqlx::Error> {
    let mut previous = Sha256::digest(GENESIS).to_vec();
    let mut expected = 0;
    let mut links = sqlx::query_as::<_, LinkRow>("select seq, entry_id, prev, hash, fits from audit.links()").fetch(connection);
    while let Some((seq, entry, prev, hash, fits)) = links.try_next().await? {
        expected += 1;
        let bad = |what: String| Ok((expected, previous.clone(), Some(Bad { seq: expected, entry: Some(entry), what })));
        if seq != expected {
            return bad(format!("link {expected} is missing; the next is {seq}"));
        }
        if prev != previous {
            return bad(format!("link {seq} does not follow the one before it"));
        }
        if !fits {
            return bad(format!("the text of link {seq} (entry #{entry}) is not what was hashed"));
        }
        previous = hash;
    }
    Ok((expected, previous, None))
}
