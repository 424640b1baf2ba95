//! [`Html`] as a view of Leptos. Server and browser walk the same value in the same order, so the browser finds its nodes by
//! counting. The conventions are those of Leptos 0.8's renderer: nothing is a comment; two texts side by side have a comment
//! between them; a list has a comment at its end; an empty text is a space.

use crate::{
    Html,
    mount::State,
    server::{self, Out},
};
use futures::future::join_all;
use leptos::{
    attr::{Attribute, any_attribute::AnyAttribute},
    prelude::{AddAnyAttr, Render, RenderHtml},
    tachys::{
        hydration::Cursor,
        ssr::StreamBuilder,
        view::{Position, PositionState},
    },
};
use std::{future::Future, pin::Pin};

impl Render for Html {
    type State = State;

    fn build(self) -> State {
        State::built(self)
    }

    fn rebuild(self, state: &mut State) {
        state.update(self);
    }
}

impl AddAnyAttr for Html {
    type Output<SomeNewAttr: Attribute> = Self;

    /// Attributes are written where the element is; none are passed on to it from outside.
    fn add_any_attr<NewAttr: Attribute>(self, _: NewAttr) -> Self {
        self
    }
}

impl RenderHtml for Html {
    type AsyncOutput = Self;
    type Owned = Self;

    const MIN_LENGTH: usize = 0;

    fn dry_resolve(&mut self) {
        server::dry_resolve(self);
    }

    fn resolve(self) -> impl Future<Output = Self> + Send {
        resolved(self)
    }

    fn to_html_with_buf(self, buf: &mut String, position: &mut Position, escape: bool, mark: bool, _: Vec<AnyAttribute>) {
        server::write(self, &mut Out::Text(buf), position, escape, mark);
    }

    fn to_html_async_with_buf<const OUT_OF_ORDER: bool>(
        self,
        buf: &mut StreamBuilder,
        position: &mut Position,
        escape: bool,
        mark: bool,
        _: Vec<AnyAttribute>,
    ) {
        let mut out = if OUT_OF_ORDER { Out::Streamed(buf) } else { Out::Whole(buf) };
        server::write(self, &mut out, position, escape, mark);
    }

    fn hydrate<const FROM_SERVER: bool>(self, cursor: &Cursor, position: &PositionState) -> State {
        State::found(self, cursor, position)
    }

    async fn hydrate_async(self, cursor: &Cursor, position: &PositionState) -> State {
        State::found(self, cursor, position)
    }

    fn into_owned(self) -> Self {
        self
    }
}

/// The value once everything it waits for is there.
fn resolved(html: Html) -> Pin<Box<dyn Future<Output = Html> + Send>> {
    Box::pin(async move {
        match html {
            Html::Element(mut element) => {
                element.children = join_all(element.children.into_iter().map(resolved)).await;
                Html::Element(element)
            }
            Html::Row(pieces) => Html::Row(join_all(pieces.into_iter().map(resolved)).await),
            Html::List(pieces) => Html::List(join_all(pieces.into_iter().map(resolved)).await),
            Html::Live(mut make) => resolved(make()).await,
            Html::View(view) => Html::View(Box::new(view.resolve().await)),
            Html::Keyed(list) => Html::List(join_all(list.0.iter().map(|key| resolved(list.1.html(*key)))).await),
            fixed @ (Html::Nothing | Html::Text(_)) => fixed,
        }
    })
}
