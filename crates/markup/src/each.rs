//! Lists with identity: which pieces are there, and how they follow their keys.

use crate::{Html, mount::State};
use leptos::{
    prelude::{Mountable, Owner, untrack},
    tachys::renderer::Rndr,
};
use std::sync::Arc;
use web_sys::Comment;

/// How the pieces of a keyed list are made.
#[derive(Clone)]
pub struct Keyed {
    make: Arc<dyn Fn(u128) -> Html + Send + Sync>,
    /// Outlives the runs of the effect that lists the keys, so that pieces do too.
    parent: Owner,
}

/// A piece on the page with what it owns.
pub struct Piece {
    key: u128,
    pub(crate) state: State,
    owner: Owner,
}

impl Drop for Piece {
    fn drop(&mut self) {
        // What waits in it (a `Transition`) lets go of its effects only at its next turn; until then they must not read what is gone.
        self.owner.pause();
        self.owner.cleanup();
    }
}

impl Keyed {
    pub(crate) fn new(make: Box<dyn Fn(u128) -> Html + Send + Sync>, parent: Owner) -> Self {
        Self { make: make.into(), parent }
    }

    /// Whether this is the list that `other` was when it was put on the page. Another one has other signals, even if its keys
    /// are the same.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.make, &other.make)
    }

    /// The piece of a key, for whoever writes it down.
    pub(crate) fn html(&self, key: u128) -> Html {
        self.parent.with(|| untrack(|| (self.make)(key)))
    }

    /// The piece of a key, put on the page by `put`.
    pub(crate) fn piece(&self, key: u128, put: impl FnOnce(Html) -> State) -> Piece {
        let owner = self.parent.child();
        let state = owner.with(|| untrack(|| put((self.make)(key))));
        Piece { key, state, owner }
    }

    /// Brings the pieces in front of `end` to the order of `keys`.
    pub(crate) fn update(&self, pieces: &mut Vec<Piece>, end: &Comment, keys: Vec<u128>) {
        let mut old: Vec<Option<Piece>> = pieces.drain(..).map(Some).collect();
        // Pieces stay where they are as long as they come in the order they had.
        let mut reached = 0;
        let mut moves = Vec::new();
        for key in keys {
            let at = old.iter().position(|piece| piece.as_ref().is_some_and(|piece| piece.key == key));
            let piece = at.and_then(|at| old[at].take());
            moves.push(at.is_none_or(|at| at < reached));
            reached = at.map_or(reached, |at| reached.max(at));
            pieces.push(piece.unwrap_or_else(|| self.piece(key, State::built)));
        }
        old.into_iter().flatten().for_each(|mut piece| piece.state.unmount());
        // From the end, so that what a piece stands before is in its place already.
        for at in (0..pieces.len()).rev().filter(|at| moves[*at]) {
            let (before, after) = pieces.split_at_mut(at + 1);
            let piece = &mut before[at].state;
            if !after.first().is_some_and(|next| next.state.insert_before_this(piece)) {
                Rndr::try_mount_before(piece, end.as_ref());
            }
        }
    }
}
