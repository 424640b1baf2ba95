//! From [`Html`] to nodes: made anew, found in what the server sent, or changed from what was there.

use crate::{
    Html,
    browser::{apply, update},
    html::{Element, Listener},
    mount::{ElementState, State},
};
use leptos::{
    prelude::{Mountable, Render, RenderEffect, RenderHtml},
    tachys::{
        hydration::Cursor,
        renderer::{CastFrom, RemoveEventHandler, Rndr},
        view::{Position, PositionState},
    },
};
use std::borrow::Cow;
use web_sys::{Node, Text};

const SVG: &str = "http://www.w3.org/2000/svg";

/// A handler on the page; dropping `_remove` takes it away.
pub(crate) struct Listening {
    event: Cow<'static, str>,
    _remove: RemoveEventHandler<web_sys::Element>,
}

impl State {
    /// Makes the nodes; they are not on the page yet.
    pub(crate) fn built(html: Html) -> Self {
        match html {
            Html::Nothing => Self::Nothing(Rndr::create_placeholder()),
            Html::Text(text) => Self::Text(Rndr::create_text_node(&text), text),
            Html::Element(element) => Self::Element(Box::new(built_element(*element))),
            Html::Row(pieces) => Self::Row(pieces.into_iter().map(Self::built).collect()),
            Html::List(pieces) => Self::List(pieces.into_iter().map(Self::built).collect(), Rndr::create_placeholder()),
            Html::Keyed(list) => {
                let (keys, keyed) = *list;
                let pieces = keys.into_iter().map(|key| keyed.piece(key, Self::built)).collect();
                Self::Keyed(pieces, Rndr::create_placeholder(), keyed)
            }
            Html::Live(make) => live(make, Self::built),
            Html::View(view) => Self::View(view.build()),
        }
    }

    /// Finds the nodes the server sent. Text is taken as it stands there.
    pub(crate) fn found(html: Html, cursor: &Cursor, position: &PositionState) -> Self {
        match html {
            Html::Nothing => Self::Nothing(cursor.next_placeholder(position)),
            Html::Text(text) => Self::Text(found_text(cursor, position), text),
            Html::Element(element) => Self::Element(Box::new(found_element(*element, cursor, position))),
            Html::Row(pieces) => Self::Row(pieces.into_iter().map(|piece| Self::found(piece, cursor, position)).collect()),
            Html::List(pieces) => {
                let states = pieces.into_iter().map(|piece| Self::found(piece, cursor, position)).collect();
                Self::List(states, cursor.next_placeholder(position))
            }
            Html::Keyed(list) => {
                let (keys, keyed) = *list;
                let found = |key| keyed.piece(key, |html| Self::found(html, cursor, position));
                let pieces = keys.into_iter().map(found).collect();
                Self::Keyed(pieces, cursor.next_placeholder(position), keyed)
            }
            Html::Live(make) => {
                let (cursor, position) = (cursor.clone(), position.clone());
                live(make, move |html| Self::found(html, &cursor, &position))
            }
            Html::View(view) => Self::View(view.hydrate::<true>(cursor, position)),
        }
    }

    /// Changes what is there into `html`, keeping every node that can stay: the focus, what is open, where one has scrolled.
    pub(crate) fn update(&mut self, html: Html) {
        match (self, html) {
            (Self::Nothing(_), Html::Nothing) => {}
            (Self::Text(node, before), Html::Text(text)) => {
                if *before != text {
                    Rndr::set_text(node, &text);
                    *before = text;
                }
            }
            (Self::Element(state), Html::Element(element)) if is_same_place(state, &element) => update_element(state, *element),
            (Self::Row(states), Html::Row(pieces)) if states.len() == pieces.len() => {
                states.iter_mut().zip(pieces).for_each(|(state, piece)| state.update(piece));
            }
            (Self::List(states, end), Html::List(pieces)) => update_list(states, end, pieces),
            (Self::Keyed(pieces, end, keyed), Html::Keyed(list)) if keyed.is(&list.1) => keyed.update(pieces, end, list.0),
            (Self::View(state), Html::View(view)) => view.rebuild(state),
            // A live piece is followed by its own effect; a new one has other signals.
            (old, html) => {
                let mut new = Self::built(html);
                old.insert_before_this(&mut new);
                old.unmount();
                *old = new;
            }
        }
    }
}

/// Follows the signals read by `make`; `first` puts what it gives at first on the page.
fn live(mut make: Box<dyn FnMut() -> Html + Send>, first: impl Fn(Html) -> State + 'static) -> State {
    let effect = RenderEffect::new(move |before: Option<State>| {
        let html = make();
        match before {
            Some(mut state) => {
                state.update(html);
                state
            }
            None => first(html),
        }
    });
    State::Live(effect.into())
}

fn built_element(element: Element) -> ElementState {
    let Element { template, settings, events, reference, children } = element;
    let node = Rndr::create_element(template.tag(), template.is_svg().then_some(SVG));
    template.attributes().for_each(|(name, value)| Rndr::set_attribute(&node, name, value));
    if template.text().is_some() {
        node.set_text_content(template.text());
    }
    let settings = apply(settings, &node, true);
    let children = children
        .into_iter()
        .map(|child| {
            let mut child = State::built(child);
            child.mount(&node, None);
            child
        })
        .collect();
    let listening = listen(events, &node);
    if let Some(reference) = reference {
        reference(&node);
    }
    ElementState { node, template, settings, listening, children }
}

fn found_element(element: Element, cursor: &Cursor, position: &PositionState) -> ElementState {
    let Element { template, settings, events, reference, children } = element;
    let node = web_sys::Element::cast_from(next(cursor, position)).expect("an element where the server wrote one");
    let settings = apply(settings, &node, false);
    position.set(Position::FirstChild);
    let children = children.into_iter().map(|child| State::found(child, cursor, position)).collect();
    let listening = listen(events, &node);
    if let Some(reference) = reference {
        reference(&node);
    }
    cursor.set(node.clone().into());
    position.set(Position::NextChild);
    ElementState { node, template, settings, listening, children }
}

fn found_text(cursor: &Cursor, position: &PositionState) -> Text {
    let after_text = position.get() == Position::NextChildAfterText;
    let mut node = next(cursor, position);
    // The comment that keeps two texts apart.
    if after_text {
        cursor.sibling();
        node = cursor.current();
    }
    position.set(Position::NextChildAfterText);
    Text::cast_from(node).expect("a text where the server wrote one")
}

/// The node whose turn it is.
fn next(cursor: &Cursor, position: &PositionState) -> Node {
    match position.get() {
        Position::FirstChild => cursor.child(),
        Position::Current => {}
        _ => cursor.sibling(),
    }
    cursor.current()
}

fn listen(events: Vec<Listener>, node: &web_sys::Element) -> Vec<Listening> {
    let start =
        |Listener { event, handler }: Listener| Listening { _remove: Rndr::add_event_listener(node, &event, handler.take()), event };
    events.into_iter().map(start).collect()
}

/// Whether `element` comes from the place in the code that made `state`, so that only values can differ.
fn is_same_place(state: &ElementState, element: &Element) -> bool {
    state.template == element.template
        && state.children.len() == element.children.len()
        && state.settings.iter().map(|(what, _)| *what).eq(element.settings.iter().map(|setting| setting.what))
        && state.listening.iter().map(|listening| &listening.event).eq(element.events.iter().map(|listener| &listener.event))
}

fn update_element(state: &mut ElementState, element: Element) {
    let Element { settings, events, reference, children, .. } = element;
    update(&mut state.settings, settings, &state.node);
    state.children.iter_mut().zip(children).for_each(|(state, child)| state.update(child));
    // What a handler knows may be new.
    state.listening = listen(events, &state.node);
    if let Some(reference) = reference {
        reference(&state.node);
    }
}

fn update_list(states: &mut Vec<State>, end: &web_sys::Comment, pieces: Vec<Html>) {
    for state in states.drain(pieces.len().min(states.len())..) {
        let mut state = state;
        state.unmount();
    }
    let mut pieces = pieces.into_iter();
    states.iter_mut().zip(pieces.by_ref()).for_each(|(state, piece)| state.update(piece));
    for piece in pieces {
        let mut state = State::built(piece);
        Rndr::try_mount_before(&mut state, end.as_ref());
        states.push(state);
    }
}
