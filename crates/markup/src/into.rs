//! What can stand between braces in markup.

use crate::Html;
use leptos::prelude::{AnyView, IntoAny, RenderHtml};
use std::{any::Any, borrow::Cow};

/// What can be a piece of a page.
pub trait IntoHtml {
    fn into_html(self) -> Html;
}

/// Words that never change.
#[must_use]
pub fn text(words: &'static str) -> Html {
    Html::Text(Cow::Borrowed(words))
}

/// What a component gave: our own values as they are, Leptos's views wrapped.
pub fn component<V: RenderHtml + 'static>(view: V) -> Html {
    let mut view = Some(view);
    let ours = (&mut view as &mut dyn Any).downcast_mut::<Option<Html>>().and_then(Option::take);
    match (ours, view) {
        (Some(html), _) => html,
        (None, Some(view)) => Html::View(Box::new(view.into_any())),
        (None, None) => Html::Nothing,
    }
}

impl IntoHtml for Html {
    fn into_html(self) -> Html {
        self
    }
}

impl IntoHtml for AnyView {
    fn into_html(self) -> Html {
        Html::View(Box::new(self))
    }
}

impl IntoHtml for () {
    fn into_html(self) -> Html {
        Html::Nothing
    }
}

impl IntoHtml for &'static str {
    fn into_html(self) -> Html {
        text(self)
    }
}

impl IntoHtml for String {
    fn into_html(self) -> Html {
        Html::Text(Cow::Owned(self))
    }
}

impl<T: IntoHtml> IntoHtml for Option<T> {
    fn into_html(self) -> Html {
        self.map_or(Html::Nothing, IntoHtml::into_html)
    }
}

impl<T: IntoHtml> IntoHtml for Vec<T> {
    fn into_html(self) -> Html {
        Html::List(self.into_iter().map(IntoHtml::into_html).collect())
    }
}

impl<T: IntoHtml, const N: usize> IntoHtml for [T; N] {
    fn into_html(self) -> Html {
        Html::Row(self.into_iter().map(IntoHtml::into_html).collect())
    }
}

leaves!(IntoHtml, into_html, Html);
