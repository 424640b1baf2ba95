//! Effects, memos and keyed lists with one copy of their machinery, where Leptos has one for each closure.

use crate::{Html, IntoHtml, each::Keyed};
use leptos::prelude::{Effect, Memo, Owner};

/// Does something now and whenever a signal changes that it read; never on the server.
pub fn effect(run: impl FnMut() + 'static) {
    fn start(mut run: Box<dyn FnMut()>) {
        Effect::new(move |_| run());
    }
    start(Box::new(run));
}

/// A value made from signals, made again only when one of them changed.
#[must_use]
pub fn memo<T: PartialEq + Send + Sync + 'static>(make: impl Fn() -> T + Send + Sync + 'static) -> Memo<T> {
    fn start<T: PartialEq + Send + Sync + 'static>(make: Box<dyn Fn() -> T + Send + Sync>) -> Memo<T> {
        Memo::new(move |_| make())
    }
    start(Box::new(make))
}

/// A list whose pieces stay who they are: a piece is made when its key appears, moves with it, and ends when it goes. `make`
/// runs once for a key, and what it reads while it runs does not make it run again: what changes in a piece is read in closures.
pub fn each(keys: impl Fn() -> Vec<u128> + Send + 'static, make: impl Fn(u128) -> Html + Send + Sync + 'static) -> Html {
    let keyed = Keyed::new(Box::new(make), Owner::current().unwrap_or_default());
    (move || Html::Keyed(Box::new((keys(), keyed.clone())))).into_html()
}
