//! How the gate keeps what even the database must not be able to give away. The key belongs to the process; this is only how it is asked.

use crate::Failed;
use std::sync::Arc;

/// Encrypts and opens. `what` binds a box to its place: one that was moved to another row does not open.
pub trait Seal: Send + Sync {
    fn seal(&self, what: &str, plain: &[u8]) -> Vec<u8>;
    fn open(&self, what: &str, sealed: &[u8]) -> Option<Vec<u8>>;
    /// What nobody can guess.
    fn random(&self) -> [u8; 32];
}

/// The one who seals, once there is one.
pub(crate) type Sealer = Option<Arc<dyn Seal>>;

pub(crate) fn with(sealer: &Sealer) -> Result<&dyn Seal, Failed> {
    sealer.as_deref().ok_or_else(|| Failed::Conflict("This console was started without a key, so it keeps no secrets.".into()))
}
