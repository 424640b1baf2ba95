//! What a deed may use before its transaction begins: work that takes long and needs no database. The tools belong to the process; this
//! is only how they are asked.

use crate::{
    Change, Failed, Gate,
    deed::{Ended, Way},
};
use domain::{Action, ArtifactKind};
use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, OnceLock},
};

/// Makes of an artifact what is looked up. A hostile file may end whoever reads it, so this is done where that harms nobody.
pub trait Digester: Send + Sync {
    /// The no is a sentence for whoever sent it.
    fn digest(&self, kind: ArtifactKind, file: Vec<u8>) -> Pin<Box<dyn Future<Output = Result<Digested, String>> + Send + '_>>;
}

/// What became of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digested {
    /// Of the file, once it was unpacked; in hexadecimal digits.
    pub sha256: String,
    /// Its size, once it was unpacked.
    pub size: i64,
    /// False: names of functions only.
    pub lines: bool,
    pub digest: Vec<u8>,
}

/// The tools, as a deed gets them.
#[derive(Default)]
pub struct Aside {
    digester: OnceLock<Arc<dyn Digester>>,
}

impl Aside {
    /// What becomes of an artifact.
    pub async fn digest(&self, kind: ArtifactKind, file: Vec<u8>) -> Result<Digested, Failed> {
        let digester = self.digester.get();
        let digester = digester.ok_or_else(|| Failed::Conflict("This console was started without what digests artifacts.".into()))?;
        digester.digest(kind, file).await.map_err(Failed::BadInput)
    }
}

/// How an action is carried out that makes something ready before its transaction, so that it holds no connection and no row meanwhile.
/// Everything is judged by then.
pub trait Prepare: Action {
    type Ready: Send;
    /// May take out of the action what is not needed afterwards.
    fn ready(&mut self, aside: &Aside) -> impl Future<Output = Result<Self::Ready, Failed>> + Send;
    fn execute(self, ready: Self::Ready, change: &mut Change) -> impl Future<Output = Result<Self::Output, Failed>> + Send;
}

/// The way of an action that is prepared.
pub(crate) struct Prepared;

impl<A: Prepare> Way<A> for Prepared {
    type Ready = A::Ready;
    async fn ready(action: &mut A, aside: &Aside) -> Result<A::Ready, Failed> {
        action.ready(aside).await
    }
    async fn work(action: A, ready: A::Ready, change: &mut Change, _: i64) -> Result<(A::Output, Ended), Failed> {
        Ok((action.execute(ready, change).await?, Ended::Done))
    }
}

impl Gate {
    /// Gives the gate what digests artifacts; it does not change while the process runs.
    pub fn digests_with(&self, digester: Arc<dyn Digester>) {
        // A second time would be a slip of the start; the first stays.
        self.aside.digester.set(digester).ok();
    }
}
