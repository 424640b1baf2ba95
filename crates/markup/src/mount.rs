//! [`Html`] that is on the page: which nodes are whose, and how they move.

use crate::{
    browser::Settings,
    build::Listening,
    each::{Keyed, Piece},
    template::Template,
};
use leptos::{
    prelude::{AnyView, Mountable, Render},
    tachys::reactive_graph::RenderEffectState,
};
use web_sys::{Comment, Element, Node, Text};

/// What became of a piece.
pub enum State {
    Nothing(Comment),
    Text(Text, std::borrow::Cow<'static, str>),
    Element(Box<ElementState>),
    Row(Vec<State>),
    List(Vec<State>, Comment),
    Keyed(Vec<Piece>, Comment, Keyed),
    Live(RenderEffectState<State>),
    View(<AnyView as Render>::State),
}

/// What became of an element.
pub struct ElementState {
    pub(crate) node: Element,
    pub(crate) template: Template,
    pub(crate) settings: Settings,
    pub(crate) listening: Vec<Listening>,
    pub(crate) children: Vec<State>,
}

impl Mountable for State {
    fn unmount(&mut self) {
        match self {
            Self::Nothing(node) => node.unmount(),
            Self::Text(node, _) => node.unmount(),
            Self::Element(state) => state.node.unmount(),
            Self::Row(states) => states.iter_mut().for_each(Mountable::unmount),
            Self::List(states, end) => {
                states.iter_mut().for_each(Mountable::unmount);
                end.unmount();
            }
            Self::Keyed(pieces, end, _) => {
                pieces.iter_mut().for_each(|piece| piece.state.unmount());
                end.unmount();
            }
            Self::Live(state) => state.unmount(),
            Self::View(state) => state.unmount(),
        }
    }

    fn mount(&mut self, parent: &Element, before: Option<&Node>) {
        match self {
            Self::Nothing(node) => node.mount(parent, before),
            Self::Text(node, _) => node.mount(parent, before),
            Self::Element(state) => state.node.mount(parent, before),
            Self::Row(states) => states.iter_mut().for_each(|state| state.mount(parent, before)),
            Self::List(states, end) => {
                states.iter_mut().for_each(|state| state.mount(parent, before));
                end.mount(parent, before);
            }
            Self::Keyed(pieces, end, _) => {
                pieces.iter_mut().for_each(|piece| piece.state.mount(parent, before));
                end.mount(parent, before);
            }
            Self::Live(state) => state.mount(parent, before),
            Self::View(state) => state.mount(parent, before),
        }
    }

    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
        match self {
            Self::Nothing(node) => node.insert_before_this(child),
            Self::Text(node, _) => node.insert_before_this(child),
            Self::Element(state) => state.node.insert_before_this(child),
            Self::Row(states) => states.iter().any(|state| state.insert_before_this(child)),
            Self::List(states, end) => states.iter().any(|state| state.insert_before_this(child)) || end.insert_before_this(child),
            Self::Keyed(pieces, end, _) => {
                pieces.iter().any(|piece| piece.state.insert_before_this(child)) || end.insert_before_this(child)
            }
            Self::Live(state) => state.insert_before_this(child),
            Self::View(state) => state.insert_before_this(child),
        }
    }

    fn elements(&self) -> Vec<Element> {
        match self {
            Self::Nothing(_) | Self::Text(..) => Vec::new(),
            Self::Element(state) => vec![state.node.clone()],
            Self::Row(states) | Self::List(states, _) => states.iter().flat_map(Mountable::elements).collect(),
            Self::Keyed(pieces, ..) => pieces.iter().flat_map(|piece| piece.state.elements()).collect(),
            Self::Live(state) => state.elements(),
            Self::View(state) => state.elements(),
        }
    }
}
